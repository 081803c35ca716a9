// What types are made of.
#pragma once
#include "component/valid/types.h"

namespace heddle::component::plug {

// A type of one of the components.
struct Foreign {
  const Types* types = nullptr;
  TypeId id = kNoTypeId;
};

// Calls `take` with what a type that is no resource type refers to. Types are at most kTypeDepth deep.
template <class Take>
Result<void> each_part(const Foreign& of, Take take) {
  const Type& type = (*of.types)[of.id];
  const auto value = [&](ValType part) {
    return part.is_defined() ? take(Foreign{of.types, type_id(part)}) : Result<void>();
  };
  const auto items = [&](const Items& items) -> Result<void> {
    for (const Item& item : items) {
      if (item.entity.sort == Sort::core_module) continue;
      TRY(item.entity.sort == Sort::value ? value(item.entity.value) : take(Foreign{of.types, item.entity.type()}));
    }
    return {};
  };
  TRY(value(type.first));
  TRY(value(type.second));
  if (type.resource != kNoTypeId) TRY(take(Foreign{of.types, type.resource}));
  for (const Field& field : type.fields) TRY(value(field.type));
  if (!type.interface) return {};
  TRY(items(type.interface->imports));
  return items(type.interface->exports);
}

}  // namespace heddle::component::plug
