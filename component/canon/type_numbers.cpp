#include "component/canon/type_numbers.h"

#include <algorithm>
#include <utility>

namespace heddle::component::canon {
namespace {

constexpr uint32_t kNone = 0, kFirstPrimitive = 1, kFirstDefinition = 256;

}  // namespace

bool TypeNumbers::same(const T& a, const T& b) {
  if (a.parts() || b.parts()) {
    return a.parts() && b.parts() &&
           std::equal(a.parts()->begin(), a.parts()->end(), b.parts()->begin(), b.parts()->end(),
                      [this](const T& x, const T& y) { return same(x, y); });
  }
  if (a.space() == b.space() && a.type() == b.type()) return true;
  if (of_instances_ > kMostOfInstances) *this = {};
  return number_of(a.space(), a.type()) == number_of(b.space(), b.type());
}

uint32_t TypeNumbers::number_of(const TypeSpace* space, ValType type) {
  if (!type.present()) return kNone;
  if (type.is_primitive()) return kFirstPrimitive + static_cast<uint32_t>(type.primitive());
  const Type& definition = (*space->types)[type];
  if (definition.kind == TypeKind::primitive) return number_of(space, definition.first);  // it is that type
  const Definition of{&definition, definition.has_resource ? space : nullptr};
  if (const auto known = numbers_.find(of); known != numbers_.end()) return known->second;
  std::string shape = shape_of(space, definition);  // before the next number is taken: it takes some itself
  const auto next = static_cast<uint32_t>(kFirstDefinition + shapes_.size());
  const uint32_t number = shapes_.try_emplace(std::move(shape), next).first->second;
  numbers_.emplace(of, number);
  if (of.space) ++of_instances_;
  return number;
}

std::string TypeNumbers::shape_of(const TypeSpace* space, const Type& type) {
  std::string shape;
  auto put = [&](uint64_t value) { shape.append(reinterpret_cast<const char*>(&value), sizeof(value)); };
  put(static_cast<uint64_t>(type.kind));
  put(type.number);
  if (type.resource != kNoTypeId) {
    put(reinterpret_cast<uintptr_t>(space->resource(type.resource).get()));
    return shape;
  }
  put(number_of(space, type.first));
  put(number_of(space, type.second));
  for (const Field& field : type.fields) {
    put(field.label.size());
    shape.append(field.label);
    put(number_of(space, field.type));
  }
  return shape;
}

bool operator==(const T& a, const T& b) { return TypeNumbers().same(a, b); }

}  // namespace heddle::component::canon
