// Identifiers, and what stands for an index: a number, an identifier, or an item of an instance. One of the latter is
// an alias that nobody wrote; so is an identifier of an outer scope (Explainer.md, "Alias Definitions").
#include "component/text/parser.h"
#include "text/nearest.h"

namespace heddle::component {
namespace {

std::optional<Sort> find_sort(std::string_view text, bool core) {
  for (size_t i = 0; i < kSorts; ++i) {
    if (is_core(static_cast<Sort>(i)) == core && kSortInfos[i].text == text) return static_cast<Sort>(i);
  }
  return std::nullopt;
}

}  // namespace

// --- what is bound

std::string_view Parser::id_name(const Token& id) {
  if (!id.escapes) return in_.text(id);
  tokens_.append_decoded(id, ids_.emplace_back());
  return ids_.back();
}

Result<Parser::Binding> Parser::binding() {
  Binding binding;
  if (in_.at(Tok::id)) {
    binding.id = &in_.peek();
    in_.skip();
  }
  binding.name = TRY(notes_.name(in_.index()));
  return binding;
}

Result<void> Parser::bind(Sort sort, const Token& id, uint32_t index) {
  const std::string_view name = id_name(id);
  if (symbols_.set(key(*scope_, sort), name, index)) {
    return in_.fail_headline(ErrorCode::duplicate_identifier, id,
                             "duplicate " + name_of(sort) + " " + heddle::text::show_id(name));
  }
  if (sort == Sort::core_type) return core_space().bind(id, index);
  return {};
}

std::string Parser::shown_name(const Binding& binding) {
  return binding.name ? *binding.name : std::string(id_name(binding));
}

Result<void> Parser::call(Sort sort, uint32_t index, const Binding& binding) {
  if (binding.id) TRY(bind(sort, *binding.id, index));
  if (scope_->names && (binding.id || binding.name)) {
    scope_->names->sorts[static_cast<size_t>(sort)][index] = shown_name(binding);
  }
  return {};
}

// The next index of a sort.
Result<uint32_t> Parser::define(Sort sort, const Binding& binding) {
  const uint32_t index = scope_->count(sort)++;
  TRY(call(sort, index, binding));
  return index;
}

void Parser::know(KnownType type) {
  scope_->known_types.resize(scope_->count(Sort::type));
  scope_->known_types.back() = type;
}

// --- what is looked up

Error Parser::unknown(Sort sort, const Token& id, const Scope* from) const {
  std::string name;
  tokens_.append_decoded(id, name);
  Error error = in_.fail_headline(ErrorCode::unknown_symbol, id,
                                  "unknown " + name_of(sort) + " " + heddle::text::show_id(name));
  if (!in_.sink()) return error;
  heddle::text::Nearest nearest(name);
  for (const Scope* scope = from; scope; scope = from == scope_ && is_outer_sort(sort) ? scope->outer : nullptr) {
    symbols_.each(key(*scope, sort), [&](std::string_view other, uint32_t) { nearest.offer(other); });
  }
  if (!nearest.best().empty()) {
    in_.sink()->notes.push_back("Did you mean " + heddle::text::show_id(nearest.best()) + "?");
  }
  return error;
}

Result<uint32_t> Parser::lookup(Sort sort, const Token& id) {
  const std::string_view name = id_name(id);
  Alias alias;
  alias.target = Alias::Target::outer;
  alias.sort = sort;
  alias.at = id.offset;
  for (const Scope* scope = scope_; scope; scope = scope->outer, ++alias.scope) {
    const auto found = find(*scope, sort, name);
    if (!found) continue;
    if (scope == scope_) return *found;
    if (!is_outer_sort(sort)) {
      return in_.fail_headline(ErrorCode::unknown_symbol, id,
                               "outer item `" + std::string(name) + "` is not a module, type, or component");
    }
    alias.index = *found;
    const uint32_t index = TRY(add_alias(alias));
    TRY(call(sort, index, {&id, {}}));
    if (sort == Sort::type) know(scope->known(*found));
    return index;
  }
  return unknown(sort, id, scope_);
}

Result<uint32_t> Parser::index(Sort sort) {
  if (in_.at(Tok::nat)) {
    const Token& at = in_.peek();
    const uint32_t index = TRY(in_.nat32());
    const bool is_type = sort == Sort::type || sort == Sort::core_type;
    if (is_type && index >= ValType::kMostTypes) return in_.fail(ErrorCode::unknown_type, at);
    return index;
  }
  if (!in_.at(Tok::id)) return in_.unexpected("the index of a " + name_of(sort));
  const uint32_t index = TRY(lookup(sort, in_.peek()));
  in_.skip();
  return index;
}

Result<uint32_t> Parser::add_alias(const Alias& alias) {
  TRY(append(DefKind::alias, *scope_->aliases, alias));
  return define(alias.sort, {});
}

// --- references

Result<Sort> Parser::core_sort(std::string_view what) {
  const auto found = find_sort(in_.word(), true);
  if (!found) return in_.unexpected(what);
  in_.skip();
  return *found;
}

Result<Sort> Parser::sort(std::string_view what) {
  if (in_.take(Word::core)) return core_sort(what);
  const auto found = find_sort(in_.word(), false);
  if (!found) return in_.unexpected(what);
  if (*found == Sort::value) TRY(need(Feature::values, in_.peek()));
  in_.skip();
  return *found;
}

// The export of an instance, or of one that it exports in turn.
Result<uint32_t> Parser::item_index(Sort sort) {
  if (!in_.at_index() || in_.peek(1).kind != Tok::string) return index(sort);
  Alias alias;
  alias.at = place();
  const bool from_core = is_core_export(sort);
  alias.target = from_core ? Alias::Target::core_export : Alias::Target::export_;
  alias.scope = TRY(index(from_core ? Sort::core_instance : Sort::instance));
  if (is_core(sort) && !from_core && sort != Sort::core_module) return in_.unexpected("`)`");
  for (;;) {
    alias.name = TRY(string());
    const bool last = from_core || !in_.at(Tok::string);
    alias.sort = last ? sort : Sort::instance;
    const uint32_t index = TRY(add_alias(alias));
    if (last) return index;
    alias.scope = index;
  }
}

Result<uint32_t> Parser::item(Sort sort, Prefix prefix) {
  TRY(in_.expect(Tok::lparen, "`(" + name_of(sort) + "`"));
  if (is_core(sort) && prefix != Prefix::none && !in_.take(Word::core) && prefix == Prefix::core) {
    return in_.unexpected("`core`");
  }
  if (in_.word() != info(sort).text) return in_.unexpected("`" + std::string(info(sort).text) + "`");
  in_.skip();
  const uint32_t index = TRY(item_index(sort));
  TRY(in_.close());
  return index;
}

Result<uint32_t> Parser::index_or_item(Sort sort, Prefix prefix) {
  return in_.at(Tok::lparen) ? item(sort, prefix) : index(sort);
}

Result<SortIndex> Parser::any_item() {
  SortIndex what;
  TRY(in_.expect(Tok::lparen, "`(` and a sort"));
  what.sort = TRY(sort("a sort"));
  what.index = TRY(item_index(what.sort));
  TRY(in_.close());
  return what;
}

// --- outer aliases

// How many scopes outwards: by number, or by the identifier of one of them.
Result<uint32_t> Parser::outer_scope() {
  if (!in_.at(Tok::id)) return in_.nat32();
  const std::string_view name = id_name(in_.peek());
  uint32_t count = 0;
  for (const Scope* scope = scope_; scope; scope = scope->outer, ++count) {
    if (scope->id != name) continue;
    in_.skip();
    return count;
  }
  return in_.fail_headline(ErrorCode::unknown_symbol, in_.peek(),
                           "unknown outer component " + heddle::text::show_id(name));
}

const Scope* Parser::outwards(uint32_t count) const {
  const Scope* scope = scope_;
  for (uint32_t i = 0; scope && i < count; ++i) scope = scope->outer;
  return scope;
}

// What is out of range by number is for validation to tell.
Result<uint32_t> Parser::outer_index(Sort sort, uint32_t scope) {
  if (!in_.at(Tok::id)) return in_.nat32();
  const Scope* outer = outwards(scope);
  if (!outer) {
    return in_.fail_headline(ErrorCode::unknown_symbol, in_.peek(),
                             "outer count of `" + std::to_string(scope) + "` is too large");
  }
  const auto found = find(*outer, sort, id_name(in_.peek()));
  if (!found) return unknown(sort, in_.peek(), outer);
  in_.skip();
  return *found;
}

}  // namespace heddle::component
