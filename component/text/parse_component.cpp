// Components and their definitions (Explainer.md, "Component Definitions"), imports, exports and aliases.
#include "component/binary/decode.h"
#include "component/binary/names.h"
#include "component/text/parser.h"

namespace heddle::component {
namespace {

constexpr std::string_view kDefinition = "a definition";

}  // namespace

Result<Parsed> Parser::run() {
  Parsed parsed;
  TRY(in_.open(Word::component));
  in_.take(Word::definition);
  TRY(whole(parsed.component, parsed.names));
  TRY(in_.close());
  if (!in_.at(Tok::eof)) return in_.unexpected("the end of the text");
  TRY(notes_.check(0, in_.index(), false));
  parsed.component.storage = std::move(storage_);
  return parsed;
}

Result<Parsed> Parser::run_definitions() {
  Parsed parsed;
  const auto last = static_cast<uint32_t>(tokens_.tokens.size() - 1);
  TRY(contents(parsed.component, parsed.names, {}));
  if (!in_.at(Tok::eof)) return in_.unexpected(kDefinition);
  TRY(notes_.check(0, last, false));
  parsed.component.storage = std::move(storage_);
  return parsed;
}

// --- a component, behind its first word

Result<void> Parser::whole(Component& component, Names& names) {
  component.at = in_.token(in_.index() - 2).offset;
  const Binding called = TRY(binding());
  names.component = shown_name(called);
  if (in_.at(Word::binary)) return binary_component(component, names);
  return contents(component, names, id_name(called));
}

Result<void> Parser::contents(Component& component, Names& names, std::string_view id) {
  Inside inside(*this, id);
  TRY(inside.check());
  Scope& scope = inside.scope;
  scope.order = &component.order;
  scope.aliases = &component.aliases;
  scope.core_types = &component.core_types;
  scope.types = &component.types;
  scope.imports = &component.imports;
  scope.component = &component;
  scope.names = &names;
  while (!in_.at(Tok::rparen) && !in_.at(Tok::eof)) {
    TRY(custom_sections());
    TRY(definition());
  }
  TRY(custom_sections());
  return flush_exports();
}

Result<void> Parser::binary_component(Component& component, Names& names) {
  in_.skip();
  const Token& first = in_.peek();
  const syntax::Bytes bytes = keep_bytes(in_.bytes());
  auto decoded = decode(bytes, features_, core_features_, in_.sink());
  if (!decoded.ok()) return in_.fail(decoded.error().code, first);
  component = std::move(decoded).value();
  std::string called = std::move(names.component);
  names = decode_names(component);
  if (!called.empty()) names.component = std::move(called);
  return {};
}

Result<void> Parser::custom_sections() {
  for (heddle::text::Annotation& note : notes_.at(in_.index(), in_.index())) {
    if (note.kind != heddle::text::Annotation::Kind::custom || note.used) continue;
    note.used = true;
    Custom custom;
    custom.name = keep(TRY(notes_.custom_name(note)));
    custom.at = note.offset;
    custom.bytes = keep_bytes(TRY(notes_.strings(note, note.first_item + 1)));
    TRY(append(DefKind::custom, scope_->component->customs, custom));
  }
  return {};
}

// Inline exports stand for exports behind everything else.
Result<void> Parser::flush_exports() {
  for (Export& item : scope_->exports) {
    const Sort sort = item.what.sort;
    TRY(append(DefKind::export_, scope_->component->exports, std::move(item)));
    TRY(define(sort, {}));
  }
  return {};
}

// --- definitions

Result<void> Parser::definition() {
  const uint32_t at = place(), end = in_.peek().length;
  if (!in_.at(Tok::lparen)) return in_.unexpected(kDefinition);
  in_.skip();
  if (in_.take(Word::import)) {
    TRY(import(at));
  } else if (in_.take(Word::export_)) {
    TRY(export_definition(at));
  } else if (in_.take(Word::alias)) {
    TRY(alias(at));
  } else if (in_.take(Word::canon)) {
    TRY(canon(at));
  } else if (in_.take(Word::start)) {
    TRY(start(at));
  } else if (in_.at(Word::core) && in_.word(1) == text_of(Word::rec)) {
    in_.skip(2);
    TRY(core_rec(at));
  } else {
    TRY(sorted_definition(at, end));
  }
  return in_.close();
}

Result<void> Parser::sorted_definition(uint32_t at, uint32_t end) {
  const Sort sort = TRY(this->sort(kDefinition));
  Head head = TRY(this->head(sort, at));
  head.end = end;
  if (TRY(abbreviation(head))) return {};
  switch (sort) {
    case Sort::core_func: return core_func(head);
    case Sort::core_type: return core_type(head);
    case Sort::core_module: return core_module(head);
    case Sort::core_instance: return core_instance(head);
    case Sort::func: return func(head);
    case Sort::value: return value(head);
    case Sort::type: return type(head);
    case Sort::component: return nested_component(head);
    case Sort::instance: return instance(head);
    case Sort::core_table:
    case Sort::core_memory:
    case Sort::core_global:
    case Sort::core_tag: break;
  }
  return in_.unexpected("`(alias core export`");
}

// `(word "name" attribute*)` and nothing more: an inline import or export, and no definition or item.
bool Parser::at_inline(Word word) const {
  if (!in_.at_open(word) || in_.peek(2).kind != Tok::string) return false;
  uint32_t i = in_.index() + 3;
  while (at_attribute(i)) i = in_.token(i).length + 1;
  return in_.token(i).kind == Tok::rparen;
}

// `(alias ...)` that does not say its sort at the end.
bool Parser::at_inline_alias() const {
  return in_.at_open(Word::alias) && in_.token(in_.peek().length - 1).kind != Tok::rparen;
}

Result<Parser::Head> Parser::head(Sort sort, uint32_t at) {
  Head head;
  head.sort = sort;
  head.at = at;
  head.binding = TRY(binding());
  const bool exportable = scope_->component && (!is_core(sort) || sort == Sort::core_module);
  while (exportable && at_inline(Word::export_)) {
    in_.skip(2);
    head.exports.push_back(TRY(extern_name()));
    TRY(in_.close());
  }
  return head;
}

// What is written by its sort but is an import or an alias.
Result<bool> Parser::abbreviation(const Head& head) {
  if (at_inline_alias()) {
    in_.skip(2);
    const Alias alias = TRY(alias_target(head.sort, head.at));
    TRY(in_.close());
    TRY(add_alias(alias, head));
    return true;
  }
  if ((is_core(head.sort) && head.sort != Sort::core_module) || !at_inline(Word::import)) return false;
  in_.skip(2);
  Import import;
  import.at = head.at;
  import.name = TRY(extern_name());
  TRY(in_.close());
  import.type.sort = head.sort;
  TRY(extern_type_of(import.type));
  TRY(append(DefKind::import, *scope_->imports, std::move(import)));
  TRY(defined(head));
  return true;
}

// It has been appended: it gets its index and what it is called. A module or component keeps a name itself, which
// is what an annotation beside its identifier says.
Result<void> Parser::defined(const Head& head) {
  const bool has_own_name = head.sort == Sort::core_module || head.sort == Sort::component;
  const Binding called = has_own_name ? Binding{head.binding.id, {}} : head.binding;
  const SortIndex what{head.sort, TRY(define(head.sort, called))};
  for (const ExternName& name : head.exports) scope_->exports.push_back({name, what, std::nullopt, head.at});
  return {};
}

Result<void> Parser::nested_component(const Head& head) {
  Component component;
  component.at = head.at;
  Names names;
  names.component = shown_name(head.binding);
  if (in_.at(Word::binary)) {
    TRY(binary_component(component, names));
  } else {
    TRY(contents(component, names, id_name(head.binding)));
  }
  scope_->names->components.push_back(std::move(names));
  TRY(append(DefKind::component, scope_->component->components, std::move(component)));
  return defined(head);
}

Result<void> Parser::func(const Head& head) {
  const uint32_t type = TRY(type_use(Sort::func));
  TRY(in_.open(Word::canon));
  Canon canon = TRY(canon_body(head.at));
  if (canon.op != CanonOp::lift) return in_.unexpected("a function that is lifted");
  canon.type = type;
  TRY(in_.close());
  return add_canon(std::move(canon), head);
}

Result<void> Parser::core_func(const Head& head) {
  TRY(in_.open(Word::canon));
  Canon canon = TRY(canon_body(head.at));
  if (canon.op == CanonOp::lift) return in_.unexpected("a core function, which `lift` does not make");
  TRY(in_.close());
  return add_canon(std::move(canon), head);
}

Result<void> Parser::type(const Head& head) {
  DefType type = TRY(def_type(id_name(head.binding)));
  type.at = head.at;
  TRY(append(DefKind::type, *scope_->types, std::move(type)));
  TRY(defined(head));
  know({scope_, static_cast<uint32_t>(scope_->types->size() - 1)});
  return {};
}

// --- imports and exports

bool Parser::at_attribute(uint32_t index) const {
  if (in_.token(index).kind != Tok::lparen) return false;
  const Token& word = in_.token(index + 1);
  for (std::string_view text : kAttributeTexts) {
    if (word.kind != Tok::string && in_.text(word) == text) return true;
  }
  return false;
}

// A name with its attributes, of each kind at most one.
Result<ExternName> Parser::extern_name() {
  ExternName name;
  name.text = TRY(string());
  uint32_t seen = 0;
  while (at_attribute(in_.index())) {
    const Token& at = in_.peek();
    Attribute attribute;
    for (size_t i = 0; i < std::size(kAttributeTexts); ++i) {
      if (in_.word(1) == kAttributeTexts[i]) attribute.kind = static_cast<Attribute::Kind>(i);
    }
    const uint32_t bit = 1u << static_cast<uint32_t>(attribute.kind);
    if (seen & bit) return in_.unexpected("one `" + std::string(text_of(attribute.kind)) + "` at most");
    seen |= bit;
    const bool canonical = attribute.kind == Attribute::Kind::version_suffix;
    TRY(need(canonical ? Feature::canonical_names : Feature::implements, at));
    in_.skip(2);
    attribute.text = TRY(string());
    TRY(in_.close());
    name.attributes.push_back(attribute);
  }
  return name;
}

Result<void> Parser::import(uint32_t at) {
  Import import;
  import.at = at;
  import.name = TRY(extern_name());
  const Binding binding = TRY(extern_type(import.type, true));
  const ExternType type = import.type;
  TRY(append(DefKind::import, *scope_->imports, std::move(import)));
  TRY(define(type.sort, binding));
  if (type.sort == Sort::type && type.bound == ExternType::Bound::eq) know(scope_->known(type.index));
  return {};
}

Result<void> Parser::export_definition(uint32_t at) {
  Export item;
  item.at = at;
  const Binding called = TRY(binding());
  item.name = TRY(extern_name());
  item.what = TRY(any_item());
  if (!in_.at(Tok::rparen)) TRY(extern_type(item.type.emplace(), false));
  const SortIndex what = item.what;
  TRY(append(DefKind::export_, scope_->component->exports, std::move(item)));
  TRY(define(what.sort, called));
  if (what.sort == Sort::type) know(scope_->known(what.index));
  return {};
}

// --- aliases

Result<void> Parser::alias(uint32_t at) {
  // The sort comes last, but says what an identifier before it stands for.
  const uint32_t start = in_.index(), before = in_.at(Word::core) ? 4 : 3;
  Head head;
  head.at = at;
  if (in_.peek(before).kind == Tok::lparen) {
    in_.skip(before + 1);
    head.sort = TRY(alias_sort());
    in_.jump(start);
  }
  const Alias alias = TRY(alias_target(head.sort, at));
  TRY(in_.expect(Tok::lparen, "`(` and a sort"));
  TRY(alias_sort());
  head.binding = TRY(binding());
  TRY(in_.close());
  return add_alias(alias, head);
}

Result<void> Parser::add_alias(const Alias& alias, const Head& head) {
  TRY(append(DefKind::alias, *scope_->aliases, alias));
  TRY(defined(head));
  if (alias.target != Alias::Target::outer || alias.sort != Sort::type) return {};
  if (const Scope* outer = outwards(alias.scope)) know(outer->known(alias.index));
  return {};
}

// In a module type there are no types but core ones.
Result<Sort> Parser::alias_sort() { return scope_->types ? sort("a sort") : core_sort("`type`"); }

Result<Alias> Parser::alias_target(Sort sort, uint32_t at) {
  Alias alias;
  alias.at = at;
  alias.sort = sort;
  if (in_.take(Word::outer)) {
    alias.target = Alias::Target::outer;
    if (!is_outer_sort(sort)) return in_.unexpected("an alias of a module, type or component");
    alias.scope = TRY(outer_scope());
    alias.index = TRY(outer_index(sort, alias.scope));
    return alias;
  }
  const bool core = in_.take(Word::core);
  if (!in_.at(Word::export_)) return in_.unexpected(core ? "`export`" : "`export`, `core export` or `outer`");
  const bool fits = core ? is_core_export(sort) : !is_core(sort) || sort == Sort::core_module;
  if (!fits) return in_.unexpected("an alias of what is exported there, not of a " + name_of(sort));
  in_.skip();
  alias.target = core ? Alias::Target::core_export : Alias::Target::export_;
  alias.scope = TRY(index(core ? Sort::core_instance : Sort::instance));
  alias.name = TRY(string());
  return alias;
}

// --- start functions

Result<void> Parser::start(uint32_t at) {
  TRY(need(Feature::values, in_.token(in_.index() - 1)));
  Start start;
  start.at = at;
  start.func = TRY(index_or_item(Sort::func, Prefix::none));
  while (in_.at_open(Word::value)) start.args.push_back(TRY(item(Sort::value, Prefix::none)));
  std::vector<Binding> results;
  while (in_.take_open(Word::result)) {
    TRY(in_.open(Word::value));
    results.push_back(TRY(binding()));
    TRY(in_.close());
    TRY(in_.close());
  }
  start.results = static_cast<uint32_t>(results.size());
  TRY(append(DefKind::start, scope_->component->starts, std::move(start)));
  for (const Binding& result : results) TRY(define(Sort::value, result));
  return {};
}

}  // namespace heddle::component
