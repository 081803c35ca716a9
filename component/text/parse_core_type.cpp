// Core types and core module types (Explainer.md, "Core Type Definitions"): core Wasm's parser reads what they are
// made of, this one says which index space that is.
#include "component/text/parser.h"

namespace heddle::component {

// What has become a core type of the scope without being read there, is one of which nothing is known.
heddle::text::TypeSpace& Parser::core_space() {
  auto& space = scope_->core_space;
  if (!space) space = std::make_unique<heddle::text::TypeSpace>(tokens_, core_features_, in_.sink());
  while (space->size() < scope_->count(Sort::core_type)) space->add_opaque();
  return *space;
}

Result<void> Parser::core_type(const Head& head) {
  TRY(count_types(1, in_.peek()));
  CoreType type;
  type.at = head.at;
  if (in_.take_open(Word::module_)) {
    type.module = TRY(module_type(id_name(head.binding)));
    TRY(in_.close());
    TRY(append(DefKind::core_type, *scope_->core_types, std::move(type)));
    return defined(head);
  }
  // It may refer to itself.
  const uint32_t index = scope_->count(Sort::core_type);
  TRY(call(Sort::core_type, index, head.binding));
  type.types.push_back(TRY(core_space().sub_type(in_)));
  core_space().end_group(index);
  ++scope_->count(Sort::core_type);
  return append(DefKind::core_type, *scope_->core_types, std::move(type));
}

// A group of types, which may all refer to one another: they are called first, and read then.
Result<void> Parser::core_rec(uint32_t at) {
  CoreType group;
  group.at = at;
  group.is_rec = true;
  const uint32_t first = scope_->count(Sort::core_type), start = in_.index();
  std::vector<uint32_t> bodies;
  while (in_.at_open(Word::type)) {
    const uint32_t end = in_.peek().length;
    in_.skip(2);
    const Binding called = TRY(binding());
    TRY(call(Sort::core_type, first + static_cast<uint32_t>(bodies.size()), called));
    bodies.push_back(in_.index());
    in_.jump(end);
    TRY(in_.close());
  }
  const uint32_t end = in_.index();
  TRY(count_types(1 + bodies.size(), in_.token(start)));  // as the decoder does
  for (uint32_t body : bodies) {
    in_.jump(body);
    group.types.push_back(TRY(core_space().sub_type(in_)));
    TRY(in_.close());
  }
  in_.jump(end);
  core_space().end_group(first);
  scope_->count(Sort::core_type) += static_cast<uint32_t>(bodies.size());
  return append(DefKind::core_type, *scope_->core_types, std::move(group));
}

// --- module types

Result<std::unique_ptr<ModuleType>> Parser::module_type(std::string_view id) {
  Inside inside(*this, id);
  TRY(inside.check());
  auto type = std::make_unique<ModuleType>();
  Scope& scope = inside.scope;
  scope.order = &type->order;
  scope.aliases = &type->aliases;
  scope.core_types = &type->types;
  while (!in_.at(Tok::rparen)) TRY(module_declaration(*type));
  return type;
}

Result<void> Parser::module_declaration(ModuleType& type) {
  constexpr std::string_view kDeclaration = "a type, an alias, an import or an export";
  const uint32_t at = place();
  if (!in_.at(Tok::lparen)) return in_.unexpected(kDeclaration);
  in_.skip();
  if (in_.take(Word::import)) {
    TRY(module_import(type, at));
  } else if (in_.take(Word::export_)) {
    CoreExport item;
    item.at = at;
    item.name = TRY(string());
    item.type = TRY(core_extern_type());
    TRY(append(DefKind::export_, type.exports, item));
  } else if (in_.take(Word::alias)) {
    if (!in_.at(Word::outer)) return in_.unexpected("`outer`");
    TRY(alias(at));
  } else if (in_.take(Word::rec)) {
    TRY(core_rec(at));
  } else if (in_.take(Word::type)) {
    Head head;
    head.sort = Sort::core_type;
    head.at = at;
    head.binding = TRY(binding());
    TRY(core_type(head));
  } else {
    return in_.unexpected(kDeclaration);
  }
  return in_.close();
}

// Also (import "m" (item "a" (func)) ...) and (import "m" (item "a") ... (func)), as modules have them: each is an
// import of its own here, for a declaration holds one.
Result<void> Parser::module_import(ModuleType& type, uint32_t at) {
  CoreImport import;
  import.at = at;
  import.module = TRY(string());
  const auto add = [&](std::string_view name) -> Result<void> {
    import.name = name;
    return append(DefKind::import, type.imports, import);
  };
  if (!in_.at_open(Word::item)) {
    const std::string_view name = TRY(string());
    import.type = TRY(core_extern_type());
    return add(name);
  }
  if (!core_features_.has(heddle::Feature::compact_imports)) {
    return in_.fail(ErrorCode::feature_disabled, in_.peek(), "needs compact-import-section");
  }
  std::vector<std::string_view> shared;
  bool own_types = false;
  while (in_.take_open(Word::item)) {
    const std::string_view name = TRY(string());
    if (in_.at(Tok::rparen) && !own_types) {
      shared.push_back(name);
    } else {
      if (!shared.empty()) return in_.unexpected("`)`, for the names before it share a type");
      own_types = true;
      import.type = TRY(core_extern_type());
      TRY(add(name));
    }
    TRY(in_.close());
  }
  if (own_types) return {};
  import.type = TRY(core_extern_type());
  for (std::string_view name : shared) TRY(add(name));
  return {};
}

// The type of a function that is written out and new becomes one of the module type, before it.
Result<heddle::ExternType> Parser::core_extern_type() {
  CoreType added;
  added.at = place();
  std::optional<SubType> inline_type;
  const Token& at = in_.peek();
  heddle::ExternType type = TRY(core_space().extern_type(in_, inline_type));
  if (inline_type) {
    TRY(count_types(1, at));
    added.types.push_back(*std::move(inline_type));
    ++scope_->count(Sort::core_type);
    TRY(append(DefKind::core_type, *scope_->core_types, std::move(added)));
  }
  return type;
}

}  // namespace heddle::component
