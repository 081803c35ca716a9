#include "component/link/instantiate.h"

#include <algorithm>

#include "component/link/instantiation.h"
#include "component/link/value.h"
#include "exec/instantiate.h"

namespace heddle::component::link {

// --- costs

namespace {

constexpr uint64_t kResource = 96;  // what an instance knows of a resource type

// Bytes that a core instance takes, about, beside what its memories and tables hold.
uint64_t cost_of(const rt::Module& module) {
  constexpr uint64_t kMemory = 512, kTable = 128;
  const syntax::Module& syntax = module.syntax;
  uint64_t bytes =
      rt::Budget::block_bytes(module.layout.size) + kMemory * syntax.memories.size() + kTable * syntax.tables.size();
  for (const syntax::Elem& elem : syntax.elems) bytes += rt::Budget::block_bytes(sizeof(rt::Ref) * elem.size());
  return bytes;
}

Result<void> charge(rt::Store& core, uint64_t bytes) {
  if (!core.budget.charge(rt::Resource::component_bytes, bytes)) return ErrorCode::budget_exceeded;
  return core.stop_if_asked();  // components may ask for very many: each may be the last
}

}  // namespace

// --- index spaces

const Frame& Instantiation::outer(uint32_t count) const {
  const Frame* frame = &frame_;
  for (; count > 0; --count) frame = frame->outer;
  return *frame;
}

Item Instantiation::item_at(const SortIndex& what) const {
  switch (what.sort) {
    case Sort::core_module: return frame_.core_modules[what.index];
    case Sort::func: return frame_.funcs[what.index];
    case Sort::value: return frame_.values[what.index];
    case Sort::type: return frame_.type_items[what.index];
    case Sort::component: return frame_.components[what.index];
    default: HEDDLE_ASSERT(what.sort == Sort::instance); return frame_.instances[what.index];
  }
}

exec::Extern Instantiation::core_item_at(const SortIndex& what) const {
  switch (what.sort) {
    case Sort::core_func: return exec::Extern::of(frame_.core_funcs[what.index]);
    case Sort::core_table: return exec::Extern::of(frame_.core_tables[what.index]);
    case Sort::core_memory: return exec::Extern::of(frame_.core_memories[what.index]);
    case Sort::core_global: return exec::Extern::of(frame_.core_globals[what.index]);
    default: HEDDLE_ASSERT(what.sort == Sort::core_tag); return exec::Extern::of(frame_.core_tags[what.index]);
  }
}

void Instantiation::push(const Item& item) {
  if (const auto* func = std::get_if<FuncItem>(&item)) return frame_.funcs.push_back(*func);
  if (const auto* type = std::get_if<TypeItem>(&item)) return frame_.type_items.push_back(*type);
  if (const auto* value = std::get_if<ValueItem>(&item)) return frame_.values.push_back(*value);
  if (const auto* component = std::get_if<ComponentItem>(&item)) return frame_.components.push_back(*component);
  if (const auto* module = std::get_if<std::shared_ptr<rt::Module>>(&item)) {
    return frame_.core_modules.push_back(*module);
  }
  frame_.instances.push_back(std::get<std::shared_ptr<const InstanceItem>>(item));
}

void Instantiation::push(const exec::Extern& item) {
  switch (item.kind) {
    case ExternKind::func: return frame_.core_funcs.push_back(item.func);
    case ExternKind::table: return frame_.core_tables.push_back(item.table);
    case ExternKind::memory: return frame_.core_memories.push_back(item.memory);
    case ExternKind::global: return frame_.core_globals.push_back(item.global);
    case ExternKind::tag: return frame_.core_tags.push_back(item.tag);
  }
}

Result<void> Instantiation::bind(const Entity& entity, const Item& item) {
  Bound bound;
  bind(entity, item, bound);
  return charge(store_.core(), kResource * bound.resources);
}

void Instantiation::bind(const Entity& entity, const Item& item, Bound& bound) {
  if (entity.sort == Sort::type && frame_.types.is_resource(entity.type())) {
    auto& resource = frame_.space.resources[frame_.types.resource(entity.type())];
    if (!resource) ++bound.resources;
    resource = std::get<TypeItem>(item).resource;
  } else if (entity.sort == Sort::instance && frame_.types[entity.type()].has_resource) {
    const auto& instance = *std::get<std::shared_ptr<const InstanceItem>>(item);
    if (!bound.instances.emplace(entity.type(), &instance).second) return;
    for (const component::Item& e : frame_.types.interface(entity.type()).exports) {
      if (e.entity.sort != Sort::type && e.entity.sort != Sort::instance) continue;
      if (const Item* found = instance.find(e.name->text)) bind(e.entity, *found, bound);
    }
  }
}

// --- the walk

namespace {

// As many as the index space has; whoever has none of a kind needs no memory for it.
template <class Items, class Space>
void reserve(Items& items, const Space& space) {
  if (!space.empty()) items.reserve(space.size());
}

}  // namespace

Result<std::shared_ptr<const InstanceItem>> Instantiation::run() {
  reserve(frame_.core_modules, spaces_.core_modules);
  reserve(frame_.core_instances, spaces_.core_instances);
  reserve(frame_.core_funcs, spaces_.core_funcs);
  reserve(frame_.core_tables, spaces_.core_tables);
  reserve(frame_.core_memories, spaces_.core_memories);
  reserve(frame_.core_globals, spaces_.core_globals);
  reserve(frame_.core_tags, spaces_.core_tags);
  reserve(frame_.funcs, spaces_.funcs);
  reserve(frame_.type_items, spaces_.types);
  reserve(frame_.values, spaces_.values);
  reserve(frame_.components, spaces_.components);
  reserve(frame_.instances, spaces_.instances);
  for (const Run& run : frame_.part.syntax->order) {
    for (uint32_t i = run.first; i < run.first + run.count; ++i) TRY(definition(run.kind, i));
  }
  auto made = std::make_shared<InstanceItem>();
  for (const Export& e : frame_.part.syntax->exports) made->exports[std::string(e.name.text)] = item_at(e.what);
  return std::shared_ptr<const InstanceItem>(std::move(made));
}

Result<void> Instantiation::definition(DefKind kind, uint32_t index) {
  const Component& component = *frame_.part.syntax;
  switch (kind) {
    case DefKind::custom:
    case DefKind::core_type: return {};
    case DefKind::core_module: frame_.core_modules.push_back(frame_.part.core_modules[index]); return {};
    case DefKind::core_instance: return core_instance(component.core_instances[index]);
    case DefKind::component:
      frame_.components.push_back({frame_.loaded, &frame_.part.parts[index], &frame_});
      return {};
    case DefKind::instance: return instance(component.instances[index]);
    case DefKind::alias: return alias(component.aliases[index]);
    case DefKind::type: type(component.types[index]); return {};
    case DefKind::canon: canon(component.canons[index]); return {};
    case DefKind::start: return start(component.starts[index]);
    case DefKind::import: return import(component.imports[index]);
    case DefKind::export_: export_(component.exports[index]); return {};
    case DefKind::value: return value(component.values[index]);
  }
  return {};
}

Result<void> Instantiation::import(const Import& import) {
  const Item* given = imports_.find(import.name.text);
  if (!given) return ErrorCode::unknown_import;
  const component::Item* wanted = frame_.types.interface(frame_.part.checked->type).imports.find(import.name.text);
  HEDDLE_ASSERT(wanted);
  TRY(bind(wanted->entity, *given));
  push(*given);
  return {};
}

void Instantiation::type(const DefType& type) {
  TypeItem item;
  if (type.kind == TypeKind::resource) {
    item.resource = std::make_shared<canon::ResourceType>();
    item.resource->impl = &frame_.inst;
    item.resource->rep = core_type(type.rep);
    if (type.number != kNoIndex) item.resource->dtor = store_.from_core(*frame_.core_funcs[type.number]);
    frame_.space.resources[frame_.types.resource(spaces_.types[frame_.type_items.size()])] = item.resource;
  }
  frame_.type_items.push_back(std::move(item));
}

// An export is one more index of what it exports.
void Instantiation::export_(const Export& e) { push(item_at(e.what)); }

// --- core instances

namespace {

class CoreArgs final : public exec::ImportResolver {
 public:
  CoreArgs(const CoreInstance& definition, std::span<const CoreInstanceItem> instances) : instances_(instances) {
    args_.reserve(definition.args.size());
    for (const CoreInstance::Arg& arg : definition.args) args_.emplace_back(arg.name, arg.instance);
    std::ranges::sort(args_);
  }
  std::optional<exec::Extern> find(std::string_view module, std::string_view name) override {
    const CoreInstanceItem* given = instance(module);
    return given ? given->find(name) : std::nullopt;
  }
  std::vector<std::string> names_in(std::string_view module) override {
    const CoreInstanceItem* given = instance(module);
    return given ? given->names() : std::vector<std::string>();
  }
  std::vector<std::string> modules() override {
    std::vector<std::string> names;
    names.reserve(args_.size());
    for (const auto& [name, instance] : args_) names.emplace_back(name);
    return names;
  }

 private:
  const CoreInstanceItem* instance(std::string_view module) const {
    const auto found = std::ranges::lower_bound(args_, module, {}, &Arg::first);
    return found == args_.end() || found->first != module ? nullptr : &instances_[found->second];
  }

  using Arg = std::pair<std::string_view, uint32_t>;
  std::span<const CoreInstanceItem> instances_;
  std::vector<Arg> args_;  // by their names
};

}  // namespace

Result<void> Instantiation::core_instance(const CoreInstance& definition) {
  if (definition.module) {
    frame_.core_instances.push_back(TRY(instantiate_core(definition)));
    return {};
  }
  CoreInstanceItem made;
  made.exports.reserve(definition.exports.size());
  for (const CoreInstance::Export& e : definition.exports) made.exports.emplace_back(e.name, core_item_at(e.what));
  std::ranges::sort(made.exports, {}, &std::pair<std::string_view, exec::Extern>::first);
  frame_.core_instances.push_back(std::move(made));
  return {};
}

namespace {

Result<rt::Instance*> instantiate_module(ComponentStore& store, const std::shared_ptr<rt::Module>& module,
                                         std::span<const exec::Extern> imports) {
  auto instance = exec::instantiate(store.core(), module, imports, nullptr);
  if (instance.ok()) return instance.value();
  if (instance.error().code == ErrorCode::uncaught_exception) return store.fail(rt::Outcome::threw);
  if (store.core().pending.trap.code != ErrorCode::none) return store.fail(rt::Outcome::trapped);
  return instance.error();
}

}  // namespace

// A start function is guest code: it runs as the task of a function that is not async. Where it blocks for ever its
// task is still there when the store ends, and so must be what it holds.
Result<CoreInstanceItem> Instantiation::instantiate_core(const CoreInstance& definition) {
  const std::shared_ptr<rt::Module>& module = frame_.core_modules[*definition.module];
  TRY(charge(store_.core(), cost_of(*module)));
  CoreArgs args(definition, frame_.core_instances);
  std::vector<exec::Extern> imports = TRY(exec::resolve_imports(*module, args, nullptr));
  if (!module->syntax.start) {
    store_.begin();
    return CoreInstanceItem{TRY(instantiate_module(store_, module, imports)), {}};
  }
  const auto made = std::make_shared<CoreInstanceItem>();
  auto run = [made, module, imports = std::move(imports),
              &store = store_](std::span<const canon::CoreVal>) -> Result<canon::CoreVals> {
    made->instance = TRY(instantiate_module(store, module, imports));
    return canon::CoreVals();
  };
  static const canon::FuncType type;
  static const canon::CanonicalOptions options;
  TRY(store_.call(store_.canon().lift(run, type, options, frame_.inst), {}));
  return *made;
}

// --- instances and aliases

Result<void> Instantiation::instance(const Instance& definition) {
  std::shared_ptr<const InstanceItem> made;
  if (definition.component) {
    InstanceItem args;
    for (const Instance::Arg& arg : definition.args) args.exports[std::string(arg.name)] = item_at(arg.what);
    made = TRY(instantiate(store_, frame_.components[*definition.component], args, &frame_.inst));
    TRY(bind(Entity::of(Sort::instance, spaces_.instances[frame_.instances.size()]), made));
  } else {  // of what is bound
    auto inlined = std::make_shared<InstanceItem>();
    for (const Instance::Export& e : definition.exports) {
      inlined->exports[std::string(e.name.text)] = item_at(e.what);
    }
    made = std::move(inlined);
  }
  frame_.instances.push_back(std::move(made));
  return {};
}

Result<void> Instantiation::alias(const Alias& alias) {
  switch (alias.target) {
    case Alias::Target::export_: {
      const Item* found = frame_.instances[alias.scope]->find(alias.name);
      HEDDLE_ASSERT(found);
      push(*found);
      return {};
    }
    case Alias::Target::core_export: {
      const auto found = frame_.core_instances[alias.scope].find(alias.name);
      HEDDLE_ASSERT(found);
      push(*found);
      return {};
    }
    case Alias::Target::outer: break;
  }
  const Frame& from = outer(alias.scope);
  switch (alias.sort) {
    case Sort::core_module: frame_.core_modules.push_back(from.core_modules[alias.index]); break;
    case Sort::component: frame_.components.push_back(from.components[alias.index]); break;
    case Sort::type: frame_.type_items.push_back(from.type_items[alias.index]); break;
    default: break;  // core types are all validation's
  }
  return {};
}

// --- values

Result<void> Instantiation::start(const Start& start) {
  std::vector<canon::Val> args;
  for (const uint32_t index : start.args) args.push_back(frame_.values[index].value);
  const FuncItem& func = frame_.funcs[start.func];
  std::vector<canon::Val> results = TRY(store_.call(func.inst, std::move(args)));
  for (canon::Val& result : results) frame_.values.push_back({std::move(result), func.type->result});
  return {};
}

Result<void> Instantiation::value(const Value& value) {
  const canon::T type(&frame_.space, spaces_.values[frame_.values.size()]);
  frame_.values.push_back({TRY(read_value(type, value.bytes)), type});
  return {};
}

Result<std::shared_ptr<const InstanceItem>> instantiate(ComponentStore& store, const ComponentItem& component,
                                                        const InstanceItem& imports,
                                                        canon::ComponentInstance* parent) {
  TRY(charge(store.core(), component.part->instance_bytes));
  Frame& frame =
      store.add_frame(*component.part, component.loaded->checked.types, component.loaded, component.outer, parent);
  return Instantiation(store, frame, imports).run();
}

}  // namespace heddle::component::link
