// Types (Explainer.md, "Type Definitions"), and those of imports and exports. A type that is written where one is
// used becomes a definition of its own, before the one that uses it.
#include "component/text/parser.h"

namespace heddle::component {
namespace {

constexpr std::string_view kValType = "a value type";

constexpr bool is_value_type(TypeKind kind) { return kind < TypeKind::resource; }

}  // namespace

// --- value types

std::optional<Primitive> Parser::primitive() const {
  auto found = find_text(kPrimitives, in_.word());
  if (!found) return std::nullopt;
  return static_cast<Primitive>(*found);
}

bool Parser::at_val_type() const {
  if (in_.at_index() || primitive()) return true;
  return in_.at(Tok::lparen) && (find_text(kTypeInfos, in_.word(1)) || in_.word(1) == text_of(Word::type));
}

// `(type index)` or `(type index "export"*)`, and no declaration of a type.
bool Parser::at_type_item() const {
  if (!in_.at_open(Word::type)) return false;
  const Tok index = in_.peek(2).kind, behind = in_.peek(3).kind;
  return (index == Tok::nat || index == Tok::id) && (behind == Tok::rparen || behind == Tok::string);
}

Result<ValType> Parser::val_type() {
  const Token& at = in_.peek();
  if (auto found = primitive()) {
    if (*found == Primitive::error_context) TRY(need(Feature::error_context, at));
    in_.skip();
    return ValType(*found);
  }
  uint32_t index = 0;
  if (in_.at_index() || in_.at_open(Word::type)) {
    index = TRY(index_or_item(Sort::type, Prefix::none));
  } else {
    if (!at_val_type()) return in_.unexpected(kValType);
    DefType type = TRY(def_type({}));
    if (!is_value_type(type.kind)) return in_.unexpected(at, kValType);
    index = TRY(add_type(std::move(type)));
  }
  return ValType::defined(index);
}

Result<uint32_t> Parser::add_type(DefType type) {
  TRY(append(DefKind::type, *scope_->types, std::move(type)));
  const uint32_t index = TRY(define(Sort::type, {}));
  know({scope_, static_cast<uint32_t>(scope_->types->size() - 1)});
  return index;
}

// --- type definitions

// `id` is that of the definition, by which outer aliases inside it may count scopes.
Result<DefType> Parser::def_type(std::string_view id) {
  DefType type;
  type.at = place();
  TRY(count_types(1, in_.peek()));
  if (primitive()) {
    type.first = TRY(val_type());
    return type;
  }
  Deeper deeper(open_types_);
  TRY(deeper.check(*this));
  const Token& at = in_.peek();
  TRY(in_.expect(Tok::lparen, "a type"));
  auto found = find_text(kTypeInfos, in_.word());
  if (!found) return in_.unexpected("a type");
  in_.skip();
  type.kind = static_cast<TypeKind>(*found);
  TRY(need(info(type.kind).feature, at));
  TRY(parts(type, id));
  TRY(in_.close());
  return type;
}

// The first row of types.inc with a word stands for all that share it.
Result<void> Parser::parts(DefType& type, std::string_view id) {
  switch (type.kind) {
    case TypeKind::primitive: break;
    case TypeKind::record: return fields(type, Word::field);
    case TypeKind::variant: return fields(type, Word::case_);
    case TypeKind::list:
    case TypeKind::fixed_list: return list(type);
    case TypeKind::tuple:
      while (!in_.at(Tok::rparen)) type.fields.push_back({{}, TRY(val_type())});
      break;
    case TypeKind::flags:
    case TypeKind::enum_: return labels(type);
    case TypeKind::option: type.first = TRY(val_type()); break;
    case TypeKind::map:
      type.first = TRY(val_type());
      type.second = TRY(val_type());
      break;
    case TypeKind::result: return result(type);
    case TypeKind::own:
    case TypeKind::borrow: type.number = TRY(index_or_item(Sort::type, Prefix::none)); break;
    case TypeKind::stream:
    case TypeKind::future:
      if (!in_.at(Tok::rparen)) type.first = TRY(val_type());
      break;
    case TypeKind::func:
    case TypeKind::async_func: return func_type(type);
    case TypeKind::resource: return resource(type);
    case TypeKind::component:
    case TypeKind::instance: return declarations(type, id);
  }
  return {};
}

// `(word "label" type)`: fields, cases, which may have no type, parameters.
Result<void> Parser::fields(DefType& type, Word word) {
  while (in_.at(Tok::lparen) && (word != Word::param || in_.at_open(word))) {
    TRY(in_.open(word));
    Field field;
    field.label = TRY(string());
    if (word != Word::case_ || !in_.at(Tok::rparen)) field.type = TRY(val_type());
    type.fields.push_back(field);
    TRY(in_.close());
  }
  return {};
}

Result<void> Parser::labels(DefType& type) {
  while (in_.at(Tok::string)) type.fields.push_back({TRY(string()), {}});
  return {};
}

Result<void> Parser::list(DefType& type) {
  type.first = TRY(val_type());
  if (!in_.at(Tok::nat)) return {};
  type.kind = TypeKind::fixed_list;
  TRY(need(info(type.kind).feature, in_.peek()));
  type.number = TRY(in_.nat32());
  return {};
}

Result<void> Parser::result(DefType& type) {
  if (!in_.at(Tok::rparen) && !in_.at_open(Word::error)) type.first = TRY(val_type());
  if (!in_.take_open(Word::error)) return {};
  type.second = TRY(val_type());
  return in_.close();
}

Result<void> Parser::func_type(DefType& type) {
  type.kind = TypeKind::func;
  const Token& at = in_.peek();
  if (in_.take(Word::async)) type.kind = TypeKind::async_func;
  TRY(need(info(type.kind).feature, at));
  TRY(fields(type, Word::param));
  if (!in_.take_open(Word::result)) return {};
  type.first = TRY(val_type());
  return in_.close();
}

Result<void> Parser::resource(DefType& type) {
  type.number = kNoIndex;
  TRY(in_.open(Word::rep));
  type.rep = TRY(core_space().val_type(in_));
  TRY(in_.close());
  if (!in_.take_open(Word::dtor)) return {};
  const Token& at = in_.peek();
  type.number = TRY(index_or_item(Sort::core_func, Prefix::core));
  if (type.number == kNoIndex) return in_.fail(ErrorCode::unknown_function, at);
  return in_.close();
}

// --- component and instance types

Result<void> Parser::declarations(DefType& type, std::string_view id) {
  Inside inside(*this, id);
  TRY(inside.check());
  type.declarations = std::make_unique<Declarations>();
  Declarations& d = *type.declarations;
  Scope& scope = inside.scope;
  scope.order = &d.order;
  scope.aliases = &d.aliases;
  scope.core_types = &d.core_types;
  scope.types = &d.types;
  scope.imports = &d.imports;
  while (!in_.at(Tok::rparen)) TRY(declaration(type));
  return {};
}

Result<void> Parser::declaration(DefType& type) {
  const uint32_t at = place();
  const bool imports = type.kind == TypeKind::component;
  const std::string_view what =
      imports ? "a type, an alias, an import or an export" : "a type, an alias or an export";
  if (!in_.at(Tok::lparen)) return in_.unexpected(what);
  in_.skip();
  if (in_.take(Word::alias)) {
    TRY(alias(at));
  } else if (imports && in_.take(Word::import)) {
    TRY(import(at));
  } else if (in_.take(Word::export_)) {
    Import item;
    item.at = at;
    item.name = TRY(extern_name());
    const Binding called = TRY(extern_type(item.type, true));
    const Sort sort = item.type.sort;
    TRY(append(DefKind::export_, type.declarations->exports, std::move(item)));
    TRY(define(sort, called));
  } else if (in_.at(Word::core) && in_.word(1) == text_of(Word::rec)) {
    in_.skip(2);
    TRY(core_rec(at));
  } else if (in_.at(Word::type) || in_.at(Word::core)) {
    const Sort sort = TRY(this->sort(what));
    const Head head = TRY(this->head(sort, at));
    if (!TRY(abbreviation(head))) {
      if (head.sort != Sort::type && head.sort != Sort::core_type) return in_.unexpected(what);
      TRY(head.sort == Sort::type ? this->type(head) : core_type(head));
    }
  } else {
    return in_.unexpected(what);
  }
  return in_.close();
}

// --- the types of imports and exports

// A type by reference, or written out and so defined here.
Result<uint32_t> Parser::type_use(Sort sort) {
  if (at_type_item()) {
    const Sort of = sort == Sort::core_module ? Sort::core_type : Sort::type;
    return item(of, Prefix::none);
  }
  const Token& at = in_.peek();
  TRY(count_types(1, at));
  if (sort == Sort::core_module) {
    CoreType type;
    type.at = at.offset;
    type.module = TRY(module_type({}));
    TRY(append(DefKind::core_type, *scope_->core_types, std::move(type)));
    return define(Sort::core_type, {});
  }
  DefType type;
  type.at = at.offset;
  if (sort == Sort::func) {
    TRY(func_type(type));
  } else {
    type.kind = sort == Sort::component ? TypeKind::component : TypeKind::instance;
    TRY(declarations(type, {}));
  }
  return add_type(std::move(type));
}

// Of a definition, with what this is called; of an export that has one already, without.
Result<Parser::Binding> Parser::extern_type(ExternType& type, bool may_be_bound) {
  TRY(in_.expect(Tok::lparen, "`(` and a sort"));
  const Token& at = in_.peek();
  type.sort = TRY(sort("a sort"));
  if (is_core(type.sort) && type.sort != Sort::core_module) return in_.unexpected(at, "a sort of components");
  Binding called;
  const bool is_type = type.sort == Sort::value && in_.at(Tok::id) && in_.peek(1).kind == Tok::rparen;
  if (may_be_bound && !is_type) called = TRY(binding());
  TRY(extern_type_of(type));
  TRY(in_.close());
  return called;
}

Result<void> Parser::extern_type_of(ExternType& type) {
  if (type.sort == Sort::type) return type_bound(type);
  if (type.sort == Sort::value) return value_bound(type);
  type.index = TRY(type_use(type.sort));
  return {};
}

Result<void> Parser::type_bound(ExternType& type) {
  if (in_.take_open(Word::eq)) {
    type.index = TRY(index_or_item(Sort::type, Prefix::none));
  } else {
    if (!in_.take_open(Word::sub)) return in_.unexpected("`(eq` or `(sub resource)`");
    TRY(in_.expect(Word::resource));
    type.bound = ExternType::Bound::sub_resource;
  }
  return in_.close();
}

Result<void> Parser::value_bound(ExternType& type) {
  if (!in_.take_open(Word::eq)) {
    type.type = TRY(val_type());
    return {};
  }
  type.index = TRY(index_or_item(Sort::value, Prefix::none));
  return in_.close();
}

}  // namespace heddle::component
