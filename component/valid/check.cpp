// Scopes, their index spaces, and the walk over the definitions.
#include "component/valid/check.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "component/valid/checker.h"

namespace heddle::component {

// --- look-ups

namespace {

template <class T>
Result<T> at(const std::vector<T>& items, uint32_t index, const Context& context, std::string_view space,
             std::string_view sort) {
  return index < items.size() ? Result<T>(items[index]) : context.fail_index(space, sort, index);
}

std::string at_index(uint32_t index) { return "type index " + std::to_string(index); }

}  // namespace

Result<TypeId> Checker::type_at(uint32_t index) { return at(spaces().types, index, context_, "type", "type"); }

Result<TypeId> Checker::type_at(uint32_t index, TypeKind kind, std::string_view what) {
  const TypeId found = TRY(type_at(index));
  if (types_.kind(found) == kind) return found;
  return context_.fail(at_index(index) + " is not " + std::string(what) + " type");
}

Result<TypeId> Checker::func_type_at(uint32_t index) {
  const TypeId found = TRY(type_at(index));
  if (types_.kind(found) == TypeKind::func || types_.kind(found) == TypeKind::async_func) return found;
  return context_.fail(at_index(index) + " is not a function type");
}

Result<TypeId> Checker::resource_at(uint32_t index) { return type_at(index, TypeKind::resource, "a resource"); }

Result<TypeId> Checker::func_at(uint32_t index) {
  return at(spaces().funcs, index, context_, "function", "function");
}

Result<TypeId> Checker::instance_at(uint32_t index) {
  return at(spaces().instances, index, context_, "instance", "instance");
}

Result<TypeId> Checker::component_at(uint32_t index) {
  return at(spaces().components, index, context_, "component", "component");
}

Result<ValType> Checker::use_value(uint32_t index) {
  TRY(context_.need(Feature::values, "a value"));
  const ValType found = TRY(at(spaces().values, index, context_, "value", "value"));
  if (std::exchange(scope().values[index].used, true)) {
    return context_.fail("value " + std::to_string(index) + " cannot be used more than once");
  }
  return found;
}

Result<heddle::TypeId> Checker::core_type_at(uint32_t index) {
  return at(spaces().core_types, index, context_, "type", "type");
}

Result<heddle::TypeId> Checker::core_func_at(uint32_t index) {
  return at(spaces().core_funcs, index, context_, "core function", "function");
}

Result<uint32_t> Checker::core_module_at(uint32_t index) {
  return at(spaces().core_modules, index, context_, "module", "module");
}

Result<uint32_t> Checker::core_instance_at(uint32_t index) {
  return at(spaces().core_instances, index, context_, "core instance", "instance");
}

// What can be given to an instantiation, or exported.
Result<Entity> Checker::entity_at(const SortIndex& what) {
  switch (what.sort) {
    case Sort::core_module: return Entity{what.sort, {}, TRY(core_module_at(what.index))};
    case Sort::func: return Entity::of(what.sort, TRY(func_at(what.index)));
    case Sort::value: return Entity{what.sort, TRY(use_value(what.index)), 0};
    case Sort::type: return Entity::of(what.sort, TRY(type_at(what.index)));
    case Sort::component: return Entity::of(what.sort, TRY(component_at(what.index)));
    case Sort::instance: return Entity::of(what.sort, TRY(instance_at(what.index)));
    default: return context_.fail("a core " + std::string(describe(what.sort)) + " cannot leave a component");
  }
}

Result<CanonicalType> Checker::core_entity_at(const SortIndex& what) {
  const IndexSpaces& all = spaces();
  CanonicalType type;
  switch (what.sort) {
    case Sort::core_func: type.type = TRY(core_func_at(what.index)); return type;
    case Sort::core_tag:
      type.kind = ExternKind::tag;
      type.type = TRY(at(all.core_tags, what.index, context_, "tag", "tag"));
      return type;
    case Sort::core_table:
      type.kind = ExternKind::table;
      type.table = TRY(at(all.core_tables, what.index, context_, "table", "table"));
      return type;
    case Sort::core_memory:
      type.kind = ExternKind::memory;
      type.memory = TRY(at(all.core_memories, what.index, context_, "memory", "memory"));
      return type;
    case Sort::core_global:
      type.kind = ExternKind::global;
      type.global = TRY(at(all.core_globals, what.index, context_, "global", "global"));
      return type;
    default: return context_.fail("a " + std::string(describe(what.sort)) + " cannot be exported by a core instance");
  }
}

void Checker::push(const Entity& entity) {
  switch (entity.sort) {
    case Sort::core_module: return spaces().core_modules.push_back(entity.id);
    case Sort::func: return spaces().funcs.push_back(entity.type());
    case Sort::type: return spaces().types.push_back(entity.type());
    case Sort::component: return spaces().components.push_back(entity.type());
    case Sort::instance: return spaces().instances.push_back(entity.type());
    default:
      HEDDLE_ASSERT(entity.sort == Sort::value);
      spaces().values.push_back(entity.value);
      scope().values.push_back({context_.at, false});
  }
}

void Checker::push(const CanonicalType& type) {
  switch (type.kind) {
    case ExternKind::func: return spaces().core_funcs.push_back(type.type);
    case ExternKind::table: return spaces().core_tables.push_back(type.table);
    case ExternKind::memory: return spaces().core_memories.push_back(type.memory);
    case ExternKind::global: return spaces().core_globals.push_back(type.global);
    case ExternKind::tag: return spaces().core_tags.push_back(type.type);
  }
}

// --- scopes

Result<void> Checker::enter(Scope::Kind kind) {
  if (scopes_.size() >= limits::kNesting) {
    return context_.fail_limit("nesting of components and types", scopes_.size() + 1, limits::kNesting);
  }
  scopes_.push_back(std::make_unique<Scope>(kind, types_.size()));
  return {};
}

std::unique_ptr<Scope> Checker::leave() {
  std::unique_ptr<Scope> left = std::move(scopes_.back());
  scopes_.pop_back();
  return left;
}

// The type of the innermost scope, a component or a component type.
Result<TypeId> Checker::finish_component_type() {
  Scope& current = scope();
  TRY(check_resources());
  Type type;
  type.kind = TypeKind::component;
  type.interface = std::make_unique<Interface>();
  type.interface->imports = std::move(current.imports.items);
  type.interface->exports = std::move(current.exports.items);
  type.interface->imports.make_index();
  type.interface->exports.make_index();
  type.interface->imported = std::move(current.imported);
  type.interface->defined = std::move(current.defined);
  return add(std::move(type));
}

namespace {

// Resource types that are exported, at the top or in an instance.
Result<void> explicit_resources(Context& context, const Types& types, const Items& exports,
                                std::unordered_set<ResourceId>& found) {
  for (const Item& item : exports) {
    TRY(context.step());
    const Entity& entity = item.entity;
    if (entity.sort == Sort::type && types.is_resource(entity.type())) found.insert(types.resource(entity.type()));
    if (entity.sort != Sort::instance || !types[entity.type()].has_resource) continue;
    TRY(explicit_resources(context, types, types.interface(entity.type()).exports, found));
  }
  return {};
}

}  // namespace

// Types that are defined inside can be told to the outside by exports only: not by imports, and not unnamed. Those
// that no export tells are nobody else's business.
Result<void> Checker::check_resources() {
  Scope& current = scope();
  if (current.defined.empty()) return {};
  const std::unordered_set<ResourceId> defined(current.defined.begin(), current.defined.end());
  std::unordered_set<ResourceId> free, told;
  for (size_t i = 0; i < current.imports.items.size(); ++i) {
    const Item& item = current.imports.items[i];
    free.clear();
    TRY(free_resources(item.entity, free));
    if (std::ranges::none_of(free, [&](ResourceId id) { return defined.contains(id); })) continue;
    context_.at = current.imports.places[i];
    return context_.fail("local resource type found in imports: " + quoted(item.name->text));
  }
  free.clear();
  for (const Item& item : current.exports.items) TRY(free_resources(item.entity, free));
  TRY(explicit_resources(context_, types_, current.exports.items, told));
  List<ResourceId> kept;
  for (ResourceId id : current.defined) {
    if (!free.contains(id)) continue;
    if (!told.contains(id)) return context_.fail("local resource type found in export but not exported itself");
    kept.push_back(id);
  }
  current.defined = std::move(kept);
  return {};
}

// --- the walk

Result<CheckedComponent> Checker::component(const Component& component) {
  context_.at = component.at;
  TRY(context_.need(Feature::base, "a component"));
  TRY(enter(Scope::Kind::component));
  TRY(each(component, [&](DefKind kind, uint32_t i) { return definition(component, kind, i); }));
  for (size_t i = 0; i < scope().values.size(); ++i) {
    if (scope().values[i].used) continue;
    context_.at = scope().values[i].at;
    return context_.fail("value " + std::to_string(i) + " is not used");
  }
  context_.at = component.at;
  CheckedComponent checked;
  checked.type = TRY(finish_component_type());
  const std::unique_ptr<Scope> done = leave();
  checked.spaces = std::move(done->spaces);
  checked.components = std::move(done->components);
  return checked;
}

namespace {

// " of import `a`", the first that is of this type.
template <class Items>
std::string user_of_type(const Items& items, std::string_view what, uint32_t type) {
  const auto uses = [&](const auto& item) {
    const Sort sort = item.type.sort;
    return (sort == Sort::func || sort == Sort::component || sort == Sort::instance) && item.type.index == type;
  };
  const auto found = std::ranges::find_if(items, uses);
  return found == items.end() ? "" : " of " + std::string(what) + " " + quoted(found->name.text);
}

}  // namespace

// The definition that failed: it would have come next in the index spaces of the innermost scope.
template <class Definitions>
std::string Checker::place(const Definitions& all, DefKind kind, uint32_t index) {
  const std::string words(text_of(kind));
  const auto numbered = [&](size_t number) { return words + " " + std::to_string(number); };
  switch (kind) {
    case DefKind::import: return words + " " + quoted(all.imports[index].name.text);
    case DefKind::export_: return words + " " + quoted(all.exports[index].name.text);
    case DefKind::core_module: return numbered(spaces().core_modules.size());
    case DefKind::core_instance: return numbered(spaces().core_instances.size());
    case DefKind::core_type: return numbered(spaces().core_types.size());
    case DefKind::component: return numbered(spaces().components.size());
    case DefKind::instance: return numbered(spaces().instances.size());
    case DefKind::value: return numbered(spaces().values.size());
    case DefKind::type: {
      const auto type = static_cast<uint32_t>(spaces().types.size());
      std::string user = user_of_type(all.imports, "import", type);
      if constexpr (std::is_same_v<Definitions, Declarations>) {
        if (user.empty()) user = user_of_type(all.exports, "export", type);
      }
      return numbered(type) + user;
    }
    default: return numbered(index);
  }
}
template std::string Checker::place(const Component& all, DefKind kind, uint32_t index);
template std::string Checker::place(const Declarations& all, DefKind kind, uint32_t index);

Result<void> Checker::definition(const Component& component, DefKind kind, uint32_t index) {
  switch (kind) {
    case DefKind::custom: return {};
    case DefKind::core_module: return core_module(component.core_modules[index]);
    case DefKind::core_instance: return core_instance(component.core_instances[index]);
    case DefKind::core_type: return core_type(component.core_types[index]);
    case DefKind::component: {
      CheckedComponent nested = TRY(this->component(component.components[index]));
      spaces().components.push_back(nested.type);
      scope().components.push_back(std::move(nested));
      return {};
    }
    case DefKind::instance: return instance(component.instances[index]);
    case DefKind::alias: return alias(component.aliases[index]);
    case DefKind::type: {
      context_.at = component.types[index].at;
      const TypeId made = TRY(define(component.types[index]));
      spaces().types.push_back(made);
      return {};
    }
    case DefKind::canon: return canon(component.canons[index]);
    case DefKind::start: return start(component.starts[index]);
    case DefKind::import: return import(component.imports[index]);
    case DefKind::export_: return export_(component.exports[index]);
    case DefKind::value: return value(component.values[index]);
  }
  return {};
}

Result<void> Checker::start(const Start& start) {
  context_.at = start.at;
  TRY(context_.need(Feature::values, "a start function"));
  const Type& func = types_[TRY(func_at(start.func))];
  if (func.fields.size() != start.args.size()) {
    return context_.fail("component start function requires " + std::to_string(func.fields.size()) +
                         " arguments but was given " + std::to_string(start.args.size()));
  }
  const uint32_t results = func.first.present() ? 1 : 0;
  if (start.results != results) {
    return context_.fail("component start function has a result count of " + std::to_string(start.results) +
                         " but the function type has a result count of " + std::to_string(results));
  }
  Matcher matcher(context_, registry_, types_, types_);
  for (size_t i = 0; i < start.args.size(); ++i) {
    const ValType given = TRY(use_value(start.args[i]));
    TRY(context_.in(matcher.value(given, func.fields[i].type), [&] {
      return "value type mismatch for component start function argument " + std::to_string(i);
    }));
  }
  if (results) push(Entity{Sort::value, func.first, 0});
  return {};
}

Result<Checked> Checker::run(const Component& component) {
  CheckedComponent root = TRY(this->component(component));
  return Checked{std::move(types_), std::move(root)};
}

Result<Checked> check(const Component& component, uint64_t bytes, const Features& features,
                      const heddle::Features& core, TypeRegistry& registry, ErrorSink* sink) {
  return Checker(features, core, registry, bytes, sink).run(component);
}

}  // namespace heddle::component
