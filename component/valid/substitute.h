// Replaces resource types, and entries of types, by others throughout a type: what instantiation does to the types of
// what comes out (Explainer.md, "Type Checking"). What does not change stays the same entry; what changes is made
// once.
#pragma once
#include <unordered_map>

#include "component/valid/context.h"
#include "component/valid/types.h"

namespace heddle::component {

class Substitution {
 public:
  Substitution(Types& types, Context& context) : types_(types), context_(context) {}

  void replace(ResourceId from, ResourceId by) { resources_[from] = by; }
  // An entry; other entries of the same type become entries of what replaces it, but stay entries of their own.
  void replace(TypeId from, TypeId by) {
    made_[index_of(from)] = index_of(by);
    if (!types_.is_resource(from)) same_.emplace(types_.identity(from), by);
  }

  Result<TypeId> type(TypeId id);
  Result<ValType> value(ValType type);
  Result<Entity> entity(const Entity& entity);
  Result<Items> items(const Items& items);

 private:
  Result<TypeId> another(TypeId of);
  Result<TypeId> resource(TypeId id);
  Result<TypeId> rebuild(TypeId id);
  Result<bool> fields(List<Field>& fields);
  Result<bool> items_in_place(Items& items);
  Result<std::unique_ptr<Interface>> interface(const Interface& old);
  bool bound(List<ResourceId>& resources) const;

  Types& types_;
  Context& context_;
  std::unordered_map<ResourceId, ResourceId> resources_;
  std::unordered_map<uint64_t, TypeId> same_;
  std::unordered_map<uint32_t, uint32_t> made_;  // entries by those they replace; the same where nothing changed
};

}  // namespace heddle::component
