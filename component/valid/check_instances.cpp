// Instances and aliases (Explainer.md, "Instance Definitions", "Alias Definitions"). To instantiate a component is to
// replace, in the types of its exports, what it imports by what it is given, and the resource types it defines by new
// ones.
#include <algorithm>
#include <utility>

#include "component/valid/checker.h"

namespace heddle::component {
// --- instances

Result<void> Checker::instance(const Instance& instance) {
  context_.at = instance.at;
  const TypeId made = TRY(instance.component ? instantiate(instance) : instance_of_exports(instance));
  spaces().instances.push_back(made);
  return {};
}

Result<TypeId> Checker::instantiate(const Instance& instance) {
  const TypeId component = TRY(component_at(*instance.component));
  std::vector<ExternName> names(instance.args.size());
  Items given;
  std::unordered_set<std::string_view> taken;
  for (size_t i = 0; i < instance.args.size(); ++i) {
    const Instance::Arg& arg = instance.args[i];
    if (!taken.insert(arg.name).second) {
      return context_.fail("instantiation argument " + quoted(arg.name) + " conflicts with previous argument " +
                           quoted(arg.name));
    }
    names[i].text = arg.name;
    given.add({&names[i], TRY(entity_at(arg.what))});
  }
  given.make_index();
  const Interface& interface = types_.interface(component);
  Matcher matcher(context_, registry_, types_, types_);
  TRY(matcher.items(given, interface.imports, interface.imported, "import"));

  Substitution by(types_, context_);
  for (ResourceId id : interface.imported) {
    if (const auto bound = matcher.bound_to(id)) by.replace(id, *bound);
  }
  for (ResourceId id : interface.defined) {
    const ResourceId fresh = types_.resource(types_.add_resource());
    by.replace(id, fresh);
    scope().defined.push_back(fresh);
  }
  TRY(rename(given, interface.imports, by));
  Type made;
  made.kind = TypeKind::instance;
  made.interface = std::make_unique<Interface>();
  made.interface->exports = TRY(by.items(interface.exports));
  return add(std::move(made));
}

// Types that were imported are from here on known by the names of those that were given.
Result<void> Checker::rename(const Items& given, const Items& wanted, Substitution& by) {
  for (const Item& item : wanted) {
    TRY(context_.step());
    if (item.entity.sort != Sort::type && item.entity.sort != Sort::instance) continue;
    const Item* found = given.find(item.name->text);
    HEDDLE_ASSERT(found && found->entity.sort == item.entity.sort);
    if (item.entity.sort == Sort::type) {
      by.replace(item.entity.type(), found->entity.type());
    } else {
      TRY(rename(types_.interface(found->entity.type()).exports, types_.interface(item.entity.type()).exports, by));
    }
  }
  return {};
}

Result<TypeId> Checker::instance_of_exports(const Instance& instance) {
  Side side;  // in which no resource type has a name
  for (const Instance::Export& e : instance.exports) {
    const Entity entity = TRY(entity_at(e.what));
    TRY(extern_name(side, e.name, entity, Direction::export_));
    side.items.add({&e.name, entity});
  }
  side.items.make_index();
  Type made;
  made.kind = TypeKind::instance;
  made.interface = std::make_unique<Interface>();
  made.interface->exports = std::move(side.items);
  return add(std::move(made));
}

// --- aliases

Result<void> Checker::alias(const Alias& alias) {
  context_.at = alias.at;
  const bool allowed =
      alias.target == Alias::Target::export_
          ? alias.sort == Sort::type || alias.sort == Sort::instance
          : alias.target == Alias::Target::outer && (alias.sort == Sort::type || alias.sort == Sort::core_type);
  if (scope().is_type() && !allowed) {
    return context_.fail("aliases in a component or instance type may only refer to types or instances");
  }
  switch (alias.target) {
    case Alias::Target::export_: return alias_export(alias);
    case Alias::Target::core_export: return alias_core_export(alias);
    case Alias::Target::outer: return alias_outer(alias);
  }
  return {};
}

Result<void> Checker::alias_export(const Alias& alias) {
  if (alias.sort == Sort::value) TRY(context_.need(Feature::values, "a value"));
  const TypeId type = TRY(instance_at(alias.scope));
  const Item* found = types_.interface(type).exports.find(alias.name);
  const std::string instance = "instance " + std::to_string(alias.scope);
  if (!found) return context_.fail(instance + " has no export named " + quoted(alias.name));
  if (found->entity.sort != alias.sort) {
    return context_.fail("export " + quoted(alias.name) + " for " + instance + " is not a " +
                         std::string(describe(alias.sort)));
  }
  push(found->entity);
  return {};
}

namespace {

constexpr std::pair<Sort, ExternKind> kCoreSorts[] = {
    {Sort::core_func, ExternKind::func},     {Sort::core_table, ExternKind::table},
    {Sort::core_memory, ExternKind::memory}, {Sort::core_global, ExternKind::global},
    {Sort::core_tag, ExternKind::tag},
};

}  // namespace

Result<void> Checker::alias_core_export(const Alias& alias) {
  const uint32_t exports = TRY(core_instance_at(alias.scope));
  const std::string instance = "core instance " + std::to_string(alias.scope);
  const CoreItem* found = types_.core_exports[exports].find({}, alias.name);
  if (!found) return context_.fail(instance + " has no export named " + quoted(alias.name));
  const auto* sort = std::find(std::begin(kCoreSorts), std::end(kCoreSorts), std::pair(alias.sort, found->type.kind));
  if (sort == std::end(kCoreSorts)) {
    const std::string_view name = alias.sort == Sort::core_func ? "function" : describe(alias.sort);
    return context_.fail("export " + quoted(alias.name) + " for " + instance + " is not a " + std::string(name));
  }
  push(found->type);
  return {};
}

Result<const Scope*> Checker::outer(uint32_t count) {
  if (count < scopes_.size()) return &std::as_const(*scopes_[scopes_.size() - 1 - count]);
  return context_.fail("invalid outer alias count of " + std::to_string(count));
}

Result<void> Checker::alias_outer(const Alias& alias) {
  const Scope& from = *TRY(outer(alias.scope));
  auto find = [&](const auto& items, std::string_view sort, auto& into) -> Result<void> {
    if (alias.index >= items.size()) return context_.fail_index(sort, sort, alias.index);
    into.push_back(items[alias.index]);
    return {};
  };
  switch (alias.sort) {
    case Sort::core_module: return find(from.spaces.core_modules, "module", spaces().core_modules);
    case Sort::core_type: return find(from.spaces.core_types, "type", spaces().core_types);
    case Sort::component: return find(from.spaces.components, "component", spaces().components);
    case Sort::type: break;
    default:
      return context_.fail("a " + std::string(describe(alias.sort)) + " cannot be aliased from an outer scope");
  }
  TRY(find(from.spaces.types, "type", spaces().types));
  // A component is closed: it can name no resource type of those around it.
  const bool crosses = alias.scope > 0 && TRY(outer(alias.scope - 1))->kind == Scope::Kind::component;
  if (!crosses) {
    // A name for it there is one for its aliases.
    const TypeId entry = spaces().types.back();
    if (from.imports.named.has_name(entry)) scope().imports.named.add_name(entry);
    if (from.exports.named.has_name(entry)) scope().exports.named.add_name(entry);
    return {};
  }
  std::unordered_set<ResourceId> free;
  TRY(free_resources(spaces().types.back(), free));
  if (free.empty()) return {};
  return context_.fail(
      "cannot alias outer type which transitively refers to resources not defined in the current component");
}

// --- resource types that a type refers to and does not bind

Result<void> Checker::free_resources(const Entity& entity, std::unordered_set<ResourceId>& free) {
  if (entity.sort == Sort::core_module) return {};
  if (entity.sort != Sort::value) return free_resources(entity.type(), free);
  return entity.value.is_defined() ? free_resources(type_id(entity.value), free) : Result<void>();
}

// Types are written with sharing: what one has is remembered, by its body.
Result<void> Checker::free_resources(TypeId id, std::unordered_set<ResourceId>& free) {
  TRY(context_.step());
  if (types_.is_resource(id)) {
    free.insert(types_.resource(id));
    return {};
  }
  const Type& type = types_[id];
  if (!type.has_resource) return {};
  auto known = free_.find(types_.identity(id));
  if (known == free_.end()) {
    std::unordered_set<ResourceId> found;
    TRY(free_in_parts(type, found));
    constexpr uint64_t kEntryBytes = 64;
    TRY(context_.make(kEntryBytes + found.size() * sizeof(ResourceId)));
    const std::vector<ResourceId> list(found.begin(), found.end());
    known = free_.emplace(types_.identity(id), list).first;
  }
  TRY(context_.step(known->second.size()));
  free.insert(known->second.begin(), known->second.end());
  return {};
}

Result<void> Checker::free_in_parts(const Type& type, std::unordered_set<ResourceId>& free) {
  auto value = [&](ValType part) -> Result<void> {
    return part.is_defined() ? free_resources(type_id(part), free) : Result<void>();
  };
  if (type.resource != kNoTypeId) TRY(free_resources(type.resource, free));
  TRY(value(type.first));
  TRY(value(type.second));
  TRY(context_.step(type.fields.size()));
  for (const Field& field : type.fields) TRY(value(field.type));
  if (!type.interface) return {};
  for (const Item& item : type.interface->imports) TRY(free_resources(item.entity, free));
  for (const Item& item : type.interface->exports) TRY(free_resources(item.entity, free));
  for (ResourceId bound : type.interface->imported) free.erase(bound);
  for (ResourceId bound : type.interface->defined) free.erase(bound);
  return {};
}

}  // namespace heddle::component
