// Type definitions (Explainer.md, "Type Definitions"): what may be in one, and what is made of it.
#include <utility>

#include "component/valid/checker.h"

namespace heddle::component {
namespace {

// How messages call what a kind of type is made of.
struct PartWords {
  TypeKind kind;
  std::string_view part, previous;  // names
  std::string_view none;            // where there must be at least one
};
constexpr PartWords kPartWords[] = {
    {TypeKind::record, "record field", "field", "record type must have at least one field"},
    {TypeKind::variant, "variant case", "case", "variant type must have at least one case"},
    {TypeKind::tuple, "", "", "tuple type must have at least one type"},
    {TypeKind::flags, "flag", "flag", "flags must have at least one entry"},
    {TypeKind::enum_, "enum tag", "tag", "enum type must have at least one variant"},
    {TypeKind::func, "function parameter", "parameter", ""},
    {TypeKind::async_func, "function parameter", "parameter", ""},
};

const PartWords* words_of(TypeKind kind) {
  for (const PartWords& words : kPartWords) {
    if (words.kind == kind) return &words;
  }
  return nullptr;
}

bool is_key(Primitive type) {
  return type != Primitive::f32 && type != Primitive::f64 && type != Primitive::error_context;
}

}  // namespace

Result<TypeId> Checker::define(const DefType& type) {
  TRY(context_.need(info(type.kind).feature, quoted(info(type.kind).text)));
  switch (type.kind) {
    case TypeKind::resource: return define_resource(type);
    case TypeKind::component:
    case TypeKind::instance: return define_interface(type);
    default: return define_value(type);
  }
}

// What any type may be at most.
Result<TypeId> Checker::add(Type type) {
  const TypeId id = types_.add(std::move(type));
  const Type& made = types_[id];
  if (made.depth > limits::kTypeDepth) return context_.fail_limit("type nesting", made.depth, limits::kTypeDepth);
  if (made.size > limits::kTypeSize) return context_.fail_limit("type size", made.size, limits::kTypeSize);
  if (made.abi64.size >= limits::kElemSize) {
    return context_.fail("a value of this type exceeds maximum byte size " + std::to_string(limits::kElemSize - 1));
  }
  return id;
}

// --- value and function types

Result<ValType> Checker::val_type(ValType type) {
  if (!type.present()) return type;
  if (type.is_primitive()) {
    if (type.primitive() == Primitive::error_context) TRY(context_.need(Feature::error_context, "`error-context`"));
    return type;
  }
  const TypeId id = TRY(type_at(type.index()));
  switch (types_.kind(id)) {
    case TypeKind::resource:
    case TypeKind::func:
    case TypeKind::async_func:
    case TypeKind::component:
    case TypeKind::instance:
      return context_.fail("type index " + std::to_string(type.index()) + " is not a defined type");
    default: return component::val_type(id);
  }
}

Result<TypeId> Checker::define_value(const DefType& type) {
  TRY(labels(type));
  Type made;
  made.kind = type.kind;
  made.first = TRY(val_type(type.first));
  made.second = TRY(val_type(type.second));
  made.fields.reserve(type.fields.size());
  for (const Field& field : type.fields) made.fields.push_back({field.label, TRY(val_type(field.type))});
  TRY(parts(type, made));
  return add(std::move(made));
}

Result<void> Checker::labels(const DefType& type) {
  const PartWords* words = words_of(type.kind);
  if (!words) return {};
  if (type.fields.empty() && !words->none.empty()) return context_.fail(std::string(words->none));
  if (type.kind == TypeKind::flags && type.fields.size() > limits::kFlags) {
    return context_.fail("cannot have more than " + std::to_string(limits::kFlags) + " flags");
  }
  if (type.kind == TypeKind::tuple) return {};
  std::unordered_map<std::string, std::string_view> taken;
  taken.reserve(type.fields.size());
  for (const Field& field : type.fields) {
    const std::string part(words->part);
    if (field.label.empty()) return context_.fail(part + " name cannot be empty");
    if (!is_label(field.label)) return context_.fail(part + " name " + quoted(field.label) + " is not in kebab case");
    auto [other, fresh] = taken.try_emplace(unique_key(field.label), field.label);
    if (fresh) continue;
    return context_.fail(part + " name " + quoted(field.label) + " conflicts with previous " +
                         std::string(words->previous) + " name " + quoted(other->second));
  }
  return {};
}

// A primitive type is that type by whatever index.
ValType Checker::undefined(ValType type) const {
  return type.is_defined() && types_[type].kind == TypeKind::primitive ? types_[type].first : type;
}

// What is special about the parts of a kind.
Result<void> Checker::parts(const DefType& type, Type& made) {
  switch (type.kind) {
    case TypeKind::fixed_list:
      made.number = type.number;
      return type.number > 0 ? Result<void>() : context_.fail("lists of a fixed length have more than zero elements");
    case TypeKind::map:
      made.first = undefined(made.first);
      if (made.first.is_primitive() && is_key(made.first.primitive())) return {};
      return context_.fail("`" + std::string(describe(types_, made.first)) + "` is no type for the keys of a map");
    case TypeKind::own:
    case TypeKind::borrow: made.resource = TRY(resource_at(type.number)); return {};
    case TypeKind::stream: {
      if (undefined(made.first) == ValType(Primitive::char_)) {
        return context_.fail(
            "`stream<char>` is not valid at this time, but a `stream<u8>` can say how it encodes characters");
      }
      return no_borrow(made.first, "the elements of a stream");
    }
    case TypeKind::future: return no_borrow(made.first, "the value of a future");
    case TypeKind::func:
    case TypeKind::async_func: return no_borrow(made.first, "function result");
    default: return {};
  }
}

Result<void> Checker::no_borrow(ValType type, std::string_view where) {
  if (!type.is_defined() || !types_[type].has_borrow) return {};
  return context_.fail(std::string(where) + " cannot contain a `borrow` type");
}

// --- resource types

Result<TypeId> Checker::define_resource(const DefType& type) {
  if (scope().is_type()) return context_.fail("resources can only be defined within a concrete component");
  if (type.rep != kI32 && type.rep != kI64) {
    return context_.fail("resources can only be represented by `i32` or `i64`, not `" + to_string(type.rep) + "`");
  }
  if (type.rep == kI64) TRY(context_.need(Feature::memory64, "a resource represented by `i64`"));
  if (type.number != kNoIndex) {
    const heddle::DefType& destructor = registry_[TRY(core_func_at(type.number))];
    const bool fits = destructor.params.size() == 1 && destructor.params[0] == type.rep && destructor.results.empty();
    if (!fits) {
      return context_.fail("core function " + std::to_string(type.number) + " has wrong signature for a destructor");
    }
  }
  const TypeId id = types_.add_resource();
  scope().defined.push_back(types_.resource(id));
  scope().own[types_.resource(id)] = type.rep;
  return id;
}

// --- component and instance types

Result<TypeId> Checker::define_interface(const DefType& type) {
  const bool component = type.kind == TypeKind::component;
  TRY(enter(component ? Scope::Kind::component_type : Scope::Kind::instance_type));
  const Declarations& all = *type.declarations;
  TRY(each(all, [&](DefKind kind, uint32_t i) { return declaration(all, kind, i); }));
  context_.at = type.at;
  if (component) {
    const TypeId made = TRY(finish_component_type());
    leave();
    return made;
  }
  const std::unique_ptr<Scope> done = leave();
  Type made;
  made.kind = TypeKind::instance;
  made.interface = std::make_unique<Interface>();
  made.interface->exports = std::move(done->exports.items);
  made.interface->exports.make_index();
  made.interface->defined = std::move(done->defined);
  return add(std::move(made));
}

Result<void> Checker::declaration(const Declarations& declarations, DefKind kind, uint32_t index) {
  switch (kind) {
    case DefKind::core_type: return core_type(declarations.core_types[index]);
    case DefKind::type: {
      context_.at = declarations.types[index].at;
      const TypeId made = TRY(define(declarations.types[index]));
      spaces().types.push_back(made);
      return {};
    }
    case DefKind::alias: return alias(declarations.aliases[index]);
    case DefKind::import: return import(declarations.imports[index]);
    case DefKind::export_: return export_declaration(declarations.exports[index]);
    default: break;
  }
  HEDDLE_ASSERT(!"a declaration");
  return {};
}

}  // namespace heddle::component
