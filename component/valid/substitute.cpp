// A type is copied when one of its parts has changed. Types are at most kTypeDepth deep, and so is the recursion.
#include "component/valid/substitute.h"

#include <algorithm>

namespace heddle::component {
namespace {

constexpr uint64_t kEntryBytes = 32;  // with what remembers it

}  // namespace

Result<TypeId> Substitution::type(TypeId id) {
  if (auto found = made_.find(index_of(id)); found != made_.end()) return TypeId{found->second};
  TRY(context_.step());
  const auto same = same_.find(types_.identity(id));
  const TypeId by =
      same != same_.end() ? TRY(another(same->second)) : TRY(types_.is_resource(id) ? resource(id) : rebuild(id));
  made_[index_of(id)] = index_of(by);
  if (const TypeId from = types_.named_from(id); by != id && from != kNoTypeId) {
    const auto replaced = made_.find(index_of(from));
    types_.set_named_from(by, replaced == made_.end() ? from : TypeId{replaced->second});
  }
  return by;
}

Result<TypeId> Substitution::another(TypeId of) {
  TRY(context_.make(kEntryBytes));
  return types_.add_name(of);
}

Result<TypeId> Substitution::resource(TypeId id) {
  auto found = resources_.find(types_.resource(id));
  if (found == resources_.end()) return id;
  TRY(context_.make(kEntryBytes));
  return types_.add_name(found->second);
}

Result<TypeId> Substitution::rebuild(TypeId id) {
  const Type& old = types_[id];  // which stays where it is
  const ValType first = TRY(value(old.first)), second = TRY(value(old.second));
  const TypeId handle = old.resource == kNoTypeId ? kNoTypeId : TRY(type(old.resource));
  List<Field> new_fields = old.fields;
  bool changed = first != old.first || second != old.second || handle != old.resource;
  changed |= TRY(fields(new_fields));
  std::unique_ptr<Interface> new_interface;
  if (old.interface) {
    new_interface = TRY(interface(*old.interface));
    changed |= new_interface != nullptr;
  }
  if (!changed) return id;
  TRY(context_.make(kEntryBytes + sizeof(Type) + new_fields.size() * sizeof(Field)));
  Type made;
  made.kind = old.kind;
  made.first = first;
  made.second = second;
  made.number = old.number;
  made.resource = handle;
  made.fields = std::move(new_fields);
  made.interface = std::move(new_interface);
  return types_.add(std::move(made));
}

Result<bool> Substitution::fields(List<Field>& fields) {
  TRY(context_.step(fields.size()));
  bool changed = false;
  for (Field& field : fields) {
    const ValType by = TRY(value(field.type));
    changed |= by != field.type;
    field.type = by;
  }
  return changed;
}

// Nothing where nothing changed.
Result<std::unique_ptr<Interface>> Substitution::interface(const Interface& old) {
  TRY(context_.step(old.imports.size() + old.exports.size()));
  auto made = std::make_unique<Interface>(old);
  bool changed = TRY(items_in_place(made->imports));
  changed |= TRY(items_in_place(made->exports));
  changed |= bound(made->imported);
  changed |= bound(made->defined);
  if (!changed) return std::unique_ptr<Interface>();
  TRY(context_.make((old.imports.size() + old.exports.size()) * sizeof(Item)));
  return made;
}

Result<bool> Substitution::items_in_place(Items& items) {
  bool changed = false;
  for (Item& item : items) {
    const Entity by = TRY(entity(item.entity));
    changed |= by.id != item.entity.id || by.value != item.entity.value;
    item.entity = by;
  }
  return changed;
}

bool Substitution::bound(List<ResourceId>& resources) const {
  bool changed = false;
  for (ResourceId& resource : resources) {
    auto found = resources_.find(resource);
    if (found == resources_.end()) continue;
    resource = found->second;
    changed = true;
  }
  if (changed) std::sort(resources.begin(), resources.end());
  return changed;
}

Result<ValType> Substitution::value(ValType type) {
  if (!type.present() || type.is_primitive()) return type;
  return val_type(TRY(this->type(type_id(type))));
}

Result<Entity> Substitution::entity(const Entity& entity) {
  if (entity.sort == Sort::core_module) return entity;
  Entity by = entity;
  if (entity.sort == Sort::value) {
    by.value = TRY(value(entity.value));
  } else {
    by.id = index_of(TRY(type(entity.type())));
  }
  return by;
}

Result<Items> Substitution::items(const Items& items) {
  TRY(context_.step(items.size()));
  TRY(context_.make(items.size() * sizeof(Item)));
  Items by = items;
  TRY(items_in_place(by));
  return by;
}

}  // namespace heddle::component
