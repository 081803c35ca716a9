// A value type with what despecializing it forgets: its kind, and the labels of its parts. For those who read and
// write values as text.
#pragma once
#include <optional>
#include <string_view>

#include "component/canon/types.h"

namespace heddle::component::canon {

struct Shape {
  TypeKind kind = TypeKind::primitive;
  Primitive primitive = Primitive::bool_;
  const Type* type = nullptr;  // of all but primitives, and tuples without a definition
  const TypeSpace* space = nullptr;
  T part(ValType of) const { return {space, of}; }
  T field(size_t i) const { return part(type->fields[i].type); }
  // Of lists, and of maps, whose elements are pairs.
  T element() const {
    return kind == TypeKind::map ? T::tuple({part(type->first), part(type->second)}) : part(type->first);
  }
  // Of a variant, an option or a result.
  T payload(size_t index) const;
  std::optional<uint32_t> label_index(std::string_view label) const;
};

Shape shape_of(const T& t);  // not of a tuple without a definition

}  // namespace heddle::component::canon
