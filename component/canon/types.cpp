#include "component/canon/types.h"

#include <algorithm>

#include "component/canon/resource.h"

namespace heddle::component::canon {

T T::tuple(std::vector<T> parts) {
  T t;
  t.tuple_ = std::make_shared<const std::vector<T>>(std::move(parts));
  return t;
}

namespace {

// A definition of a primitive type is that type.
ValType resolved(const T& t) {
  if (!t.type().is_defined()) return t.type();
  const Type& type = (*t.space()->types)[t.type()];
  return type.kind == TypeKind::primitive ? type.first : t.type();
}

}  // namespace

Despecialized despecialize(const T& t) {
  using Kind = Despecialized::Kind;
  if (t.parts()) return {.kind = Kind::record, .parts = Parts(t.parts())};
  const ValType type = resolved(t);
  if (type.is_primitive()) return {.kind = Kind::primitive, .primitive = type.primitive()};
  const TypeSpace* space = t.space();
  const Type& definition = (*space->types)[type];
  const ValType first = definition.first, second = definition.second;
  auto resource = [&] { return space->resource(definition.resource).get(); };
  auto pair = [&] { return T::tuple({T(space, first), T(space, second)}); };
  switch (definition.kind) {
    case TypeKind::record:
    case TypeKind::tuple: return {.kind = Kind::record, .parts = Parts(space, definition)};
    case TypeKind::variant:
    case TypeKind::enum_: return {.kind = Kind::variant, .parts = Parts(space, definition)};
    case TypeKind::option: return {.kind = Kind::variant, .parts = Parts(space, definition, ValType(), first)};
    case TypeKind::result: return {.kind = Kind::variant, .parts = Parts(space, definition, first, second)};
    case TypeKind::list: return {.kind = Kind::list, .parts = Parts(space, definition, first)};
    case TypeKind::fixed_list:
      return {.kind = Kind::list,
              .parts = Parts(space, definition, first),
              .has_length = true,
              .length = definition.number};
    case TypeKind::map:
      return {.kind = Kind::list, .parts = Parts(std::make_shared<const std::vector<T>>(1, pair()))};
    case TypeKind::flags: return {.kind = Kind::flags, .length = static_cast<uint32_t>(definition.fields.size())};
    case TypeKind::own: return {.kind = Kind::own, .rt = resource()};
    case TypeKind::borrow: return {.kind = Kind::borrow, .rt = resource()};
    case TypeKind::stream: return {.kind = Kind::stream, .parts = Parts(space, definition, first)};
    case TypeKind::future: return {.kind = Kind::future, .parts = Parts(space, definition, first)};
    default: break;
  }
  HEDDLE_ASSERT(!"a value type");
  return {};
}

// Validation has worked it out.
bool contains_borrow(const T& t) {
  if (t.parts()) return std::any_of(t.parts()->begin(), t.parts()->end(), contains_borrow);
  return t.type().is_defined() && (*t.space()->types)[t.type()].has_borrow;
}

bool none_or_number_type(const T& t) {
  if (!t.present()) return true;
  const Despecialized d = despecialize(t);
  if (d.kind != Despecialized::Kind::primitive) return false;
  switch (d.primitive) {
    case Primitive::bool_:
    case Primitive::char_:
    case Primitive::string:
    case Primitive::error_context: return false;
    default: return true;
  }
}

}  // namespace heddle::component::canon
