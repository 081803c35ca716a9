// Core modules, and the instances of both kinds (Explainer.md, "Instance Definitions"). Instances that are made of
// exports where an argument is expected become definitions of their own.
#include "component/text/parser.h"

namespace heddle::component {
namespace {

constexpr std::string_view kInstance = "`(instantiate` or `(export`";

}  // namespace

// --- core modules

Result<void> Parser::core_module(const Head& head) {
  CoreModule module;
  module.at = head.at;
  module.is_text = true;
  const Token& first = in_.peek(1);
  if (in_.take(Word::binary)) {
    module.bytes = keep_bytes(in_.bytes());
  } else if (in_.take(Word::quote)) {
    const std::string text = in_.bytes();
    auto parsed = heddle::text::parse_module(text, core_features_, in_.sink());
    if (!parsed.ok()) return in_.fail(parsed.error().code, first);
    keep_module(std::move(parsed).value(), head, module);
    module.text = nullptr;  // its places are in the quotes
  } else {
    keep_module(TRY(heddle::text::parse_fields(tokens_, in_, head.end, core_features_)), head, module);
  }
  TRY(append(DefKind::core_module, scope_->component->core_modules, module));
  return defined(head);
}

// --- core instances

Result<void> Parser::core_instance(const Head& head) {
  CoreInstance instance;
  instance.at = head.at;
  if (in_.take_open(Word::instantiate)) {
    instance.module = TRY(index_or_item(Sort::core_module, Prefix::maybe));
    TRY(core_args(instance));
    TRY(in_.close());
  } else {
    TRY(core_exports(instance));
  }
  TRY(append(DefKind::core_instance, scope_->component->core_instances, std::move(instance)));
  return defined(head);
}

Result<void> Parser::core_args(CoreInstance& instance) {
  while (!in_.at(Tok::rparen)) {
    TRY(in_.open(Word::with));
    CoreInstance::Arg arg;
    arg.name = TRY(string());
    if (at_exports()) {
      CoreInstance made;
      made.at = place();
      in_.skip(2);
      TRY(core_exports(made));
      TRY(append(DefKind::core_instance, scope_->component->core_instances, std::move(made)));
      arg.instance = TRY(define(Sort::core_instance, {}));
      TRY(in_.close());
    } else {
      arg.instance = TRY(item(Sort::core_instance, Prefix::maybe));
    }
    instance.args.push_back(arg);
    TRY(in_.close());
  }
  return {};
}

Result<void> Parser::core_exports(CoreInstance& instance) {
  while (!in_.at(Tok::rparen)) {
    if (!in_.take_open(Word::export_)) return in_.unexpected(kInstance);
    CoreInstance::Export item;
    item.name = TRY(string());
    TRY(in_.expect(Tok::lparen, "`(` and a core sort"));
    item.what.sort = TRY(core_sort("a core sort"));
    item.what.index = TRY(item_index(item.what.sort));
    instance.exports.push_back(item);
    TRY(in_.close());
    TRY(in_.close());
  }
  return {};
}

// `(instance (export ...)*)`, and no reference to one.
bool Parser::at_exports() const {
  return in_.at_open(Word::instance) && (in_.peek(2).kind == Tok::rparen || in_.peek(2).kind == Tok::lparen);
}

// --- instances

Result<void> Parser::instance(const Head& head) {
  Instance instance;
  instance.at = head.at;
  if (in_.take_open(Word::instantiate)) {
    instance.component = TRY(index_or_item(Sort::component, Prefix::none));
    TRY(args(instance));
    TRY(in_.close());
  } else {
    TRY(exports(instance));
  }
  TRY(append(DefKind::instance, scope_->component->instances, std::move(instance)));
  return defined(head);
}

Result<void> Parser::args(Instance& instance) {
  while (!in_.at(Tok::rparen)) {
    TRY(in_.open(Word::with));
    Instance::Arg arg;
    arg.name = TRY(string());
    if (at_exports()) {
      Instance made;
      made.at = place();
      in_.skip(2);
      TRY(exports(made));
      TRY(append(DefKind::instance, scope_->component->instances, std::move(made)));
      arg.what = {Sort::instance, TRY(define(Sort::instance, {}))};
      TRY(in_.close());
    } else {
      arg.what = TRY(any_item());
    }
    instance.args.push_back(arg);
    TRY(in_.close());
  }
  return {};
}

Result<void> Parser::exports(Instance& instance) {
  while (!in_.at(Tok::rparen)) {
    if (!in_.take_open(Word::export_)) return in_.unexpected(kInstance);
    Instance::Export item;
    item.name = TRY(extern_name());
    item.what = TRY(any_item());
    instance.exports.push_back(std::move(item));
    TRY(in_.close());
  }
  return {};
}

}  // namespace heddle::component
