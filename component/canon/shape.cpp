#include "component/canon/shape.h"

namespace heddle::component::canon {

Shape shape_of(const T& t) {
  if (t.type().is_primitive()) return {TypeKind::primitive, t.type().primitive(), nullptr, nullptr};
  const Type& type = (*t.space()->types)[t.type()];
  if (type.kind == TypeKind::primitive) return {TypeKind::primitive, type.first.primitive(), nullptr, nullptr};
  return {type.kind, Primitive::bool_, &type, t.space()};
}

T Shape::payload(size_t index) const {
  switch (kind) {
    case TypeKind::option: return index == 1 ? part(type->first) : T();
    case TypeKind::result: return part(index == 1 ? type->second : type->first);
    default: return field(index);
  }
}

std::optional<uint32_t> Shape::label_index(std::string_view label) const {
  for (uint32_t i = 0; i < type->fields.size(); ++i) {
    if (type->fields[i].label == label) return i;
  }
  return std::nullopt;
}

}  // namespace heddle::component::canon
