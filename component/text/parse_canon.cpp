// Canonical definitions (Explainer.md, "Canonical Definitions"), with the sort first or last.
#include "component/text/parser.h"

namespace heddle::component {

// `(canon op operands (core func id?))`, or of a lifted function `(func id? type)`.
Result<void> Parser::canon(uint32_t at) {
  Canon canon = TRY(canon_body(at));
  Head head;
  head.at = at;
  head.sort = canon.op == CanonOp::lift ? Sort::func : Sort::core_func;
  const std::string shown = "`(" + name_of(head.sort) + "`";
  TRY(in_.expect(Tok::lparen, shown));
  if (TRY(sort(shown)) != head.sort) return in_.unexpected(in_.token(in_.index() - 1), shown);
  head.binding = TRY(binding());
  if (canon.op == CanonOp::lift) canon.type = TRY(type_use(Sort::func));
  TRY(in_.close());
  return add_canon(std::move(canon), head);
}

Result<void> Parser::add_canon(Canon canon, const Head& head) {
  TRY(append(DefKind::canon, scope_->component->canons, std::move(canon)));
  return defined(head);
}

Result<Canon> Parser::canon_body(uint32_t at) {
  Canon canon;
  canon.at = at;
  auto found = find_text(kCanons, in_.word());
  if (!found) return in_.unexpected("a canonical definition");
  canon.op = static_cast<CanonOp>(*found);
  TRY(need(info(canon.op).feature, in_.peek()));
  in_.skip();
  TRY(operands(canon));
  return canon;
}

Result<void> Parser::operands(Canon& canon) {
  auto core_index = [&](Sort sort) { return index_or_item(sort, Prefix::maybe); };
  switch (info(canon.op).operands) {
    case Operands::lift: canon.func = TRY(item(Sort::core_func, Prefix::core)); return options(canon);
    case Operands::lower: canon.func = TRY(item(Sort::func, Prefix::none)); return options(canon);
    case Operands::none: break;
    case Operands::type: canon.type = TRY(index_or_item(Sort::type, Prefix::none)); break;
    case Operands::type_options: canon.type = TRY(index_or_item(Sort::type, Prefix::none)); return options(canon);
    case Operands::type_async:
      canon.type = TRY(index_or_item(Sort::type, Prefix::none));
      canon.async = in_.take(Word::async);
      break;
    case Operands::task_return:
      if (in_.take_open(Word::result)) {
        canon.result = TRY(val_type());
        TRY(in_.close());
      }
      return options(canon);
    case Operands::async: canon.async = in_.take(Word::async); break;
    case Operands::cancellable: canon.cancellable = in_.take(Word::cancellable); break;
    case Operands::wait:
      canon.cancellable = in_.take(Word::cancellable);
      TRY(in_.open(Word::memory));
      canon.core_memory = TRY(option_index(Sort::core_memory));
      return in_.close();
    case Operands::context:
      canon.slot_type = TRY(core_space().val_type(in_));
      canon.slot = TRY(in_.nat32());
      break;
    case Operands::options: return options(canon);
    case Operands::thread_new:
      canon.core_type = TRY(core_index(Sort::core_type));
      canon.core_table = TRY(core_index(Sort::core_table));
      break;
    case Operands::spawn_ref:
      canon.shared = in_.take(Word::shared);
      canon.core_type = TRY(core_index(Sort::core_type));
      break;
    case Operands::spawn_indirect:
      canon.shared = in_.take(Word::shared);
      canon.core_type = TRY(core_index(Sort::core_type));
      canon.core_table = TRY(core_index(Sort::core_table));
      break;
    case Operands::shared: canon.shared = in_.take(Word::shared); break;
  }
  return {};
}

// --- options

Result<void> Parser::options(Canon& canon) {
  for (;;) {
    CanonOption option;
    if (!TRY(this->option(option))) return {};
    canon.options.push_back(option);
  }
}

// Those with an index are in parentheses, the others are words.
Result<bool> Parser::option(CanonOption& option) {
  const Token& at = in_.peek();
  const bool open = in_.at(Tok::lparen);
  const std::string_view word = in_.word(open ? 1 : 0);
  for (size_t i = 0; i < std::size(kOptionTexts); ++i) {
    option.kind = static_cast<OptionKind>(i);
    if (word != kOptionTexts[i] || open != has_index(option.kind)) continue;
    if (option.kind >= OptionKind::async) TRY(need(Feature::async, at));
    option.at = at.offset;
    in_.skip(open ? 2 : 1);
    if (!open) return true;
    option.index = TRY(option_index(option.kind == OptionKind::memory ? Sort::core_memory : Sort::core_func));
    TRY(in_.close());
    return true;
  }
  return false;
}

// Before there was a `core` in front of the items of core instances, a name could follow the index itself.
Result<uint32_t> Parser::option_index(Sort sort) {
  return in_.at(Tok::lparen) ? item(sort, Prefix::maybe) : item_index(sort);
}

}  // namespace heddle::component
