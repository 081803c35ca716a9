// What components find under the names they import.
#include "component/link/linker.h"

#include <set>

#include "component/api/internal.h"

namespace heddle::api {

using detail::Access;
using detail::ComponentAccess;
using detail::HostComponentFunction;
using detail::ResourceDefinition;
using detail::State;

namespace {

// What is defined for one interface; for what is imported by itself, for "".
struct Definitions {
  std::map<std::string, std::shared_ptr<const HostComponentFunction>, std::less<>> funcs;
  std::map<std::string, std::shared_ptr<const ResourceDefinition>, std::less<>> resources;
  std::optional<ComponentInstance> instance;
};

struct Interfaces {
  std::map<std::string, Definitions, std::less<>> all;

  // For one more in an interface: not an instance's any more.
  Definitions& to_define(std::string_view interface) {
    Definitions& made = all[std::string(interface)];
    made.instance.reset();
    return made;
  }

  // For one more in what serves the interface, if something does.
  Definitions& to_add(std::string_view interface) {
    const std::string* serving = find_name(interface);
    return all[serving ? *serving : std::string(interface)];
  }

  // Those of the name, or of the latest compatible version of it; null: there are none.
  const Definitions* find(std::string_view name) const {
    const std::string* found = find_name(name);
    return found ? &all.find(*found)->second : nullptr;
  }
  const std::string* find_name(std::string_view name) const {
    const auto exact = all.find(name);
    if (exact != all.end()) return &exact->first;
    const std::string* best = nullptr;
    for (const auto& [defined, definitions] : all) {
      if (!detail::link::serves(defined, name)) continue;
      if (!best || detail::link::serves(defined, *best)) best = &defined;
    }
    return best;
  }

  // For what is imported by itself `interface` is "".
  std::string instead(std::string_view interface, std::string_view name) const {
    std::vector<std::string> names;
    if (const Definitions* there = find(interface)) {
      for (const auto& [func, definition] : there->funcs) names.push_back(func);
      for (const auto& [type, definition] : there->resources) names.push_back(type);
      return detail::instead_of(name, names);
    }
    for (const auto& [defined, definitions] : all) {
      if (!defined.empty()) names.push_back(defined);
    }
    return detail::instead_of(interface, names);
  }
};

}  // namespace

struct ComponentLinker::Impl {
  std::shared_ptr<rt::Engine> engine;
  Interfaces interfaces;
};

ComponentLinker::ComponentLinker(const Engine& engine) : impl_(std::make_unique<Impl>()) {
  impl_->engine = Access::engine(engine);
}
ComponentLinker::~ComponentLinker() = default;
ComponentLinker::ComponentLinker(ComponentLinker&& other) noexcept : impl_(std::make_unique<Impl>()) {
  impl_->engine = other.impl_->engine;
  impl_.swap(other.impl_);
}
ComponentLinker& ComponentLinker::operator=(ComponentLinker&& other) noexcept {
  ComponentLinker moved(std::move(other));
  impl_.swap(moved.impl_);
  return *this;
}
ComponentLinker::ComponentLinker(const ComponentLinker& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
ComponentLinker& ComponentLinker::operator=(const ComponentLinker& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}

std::pair<std::string_view, std::string_view> ComponentLinker::split(std::string_view name) {
  const size_t hash = name.find('#');
  if (hash == std::string_view::npos) return {"", name};
  return {name.substr(0, hash), name.substr(hash + 1)};
}

void ComponentLinker::define_host(std::string_view interface, std::string_view name, HostComponentFunction function) {
  impl_->interfaces.to_define(interface).funcs.insert_or_assign(
      std::string(name), std::make_shared<const HostComponentFunction>(std::move(function)));
}

void ComponentLinker::define_resource(std::string_view interface, std::string_view name, const void* key) {
  impl_->interfaces.to_define(interface).resources.insert_or_assign(
      std::string(name), std::make_shared<const ResourceDefinition>(ResourceDefinition{key}));
}

ComponentLinker& ComponentLinker::define_instance(std::string_view name, const ComponentInstance& instance) {
  impl_->interfaces.all[std::string(name)].instance = instance;
  return *this;
}

// --- what is missing

namespace {

using component::Entity;
using component::Sort;
using component::Types;

bool offers(const Definitions* definitions, std::string_view name, Sort sort, bool resource) {
  if (sort == Sort::type && !resource) return true;
  if (!definitions) return false;
  if (sort == Sort::func) return definitions->funcs.contains(name);
  return sort == Sort::type && definitions->resources.contains(name);
}

std::string type_of(const detail::TypeNames& names, const Entity& entity) {
  if (entity.sort != Sort::func) return "";
  const Types& types = names.types();
  detail::canon::TypeSpace space;
  space.types = &types;
  const bool async = types.kind(entity.type()) == component::TypeKind::async_func;
  const component::Type& type = types[entity.type()];
  return detail::wit_func("", detail::func_type(space, type, async), type, names)->to_string();
}

}  // namespace

std::vector<ComponentItem> ComponentLinker::missing(const Component& component) const {
  std::vector<ComponentItem> all;
  const auto& loaded = *ComponentAccess::loaded(component);
  const Types& types = loaded.checked.types;
  detail::Lister lister(ComponentAccess::loaded(component));
  std::set<component::ResourceId> known;  // other names of a resource type need no definition
  auto look = [&](const Definitions* definitions, const component::Item& item, const std::string& prefix) {
    const bool resource = item.entity.sort == Sort::type && types.is_resource(item.entity.type());
    const bool again = resource && !known.insert(types.resource(item.entity.type())).second;
    if (again || offers(definitions, item.name->text, item.entity.sort, resource)) return;
    all.push_back(lister.item(item.entity, prefix + std::string(item.name->text)));
  };
  const Definitions* alone = impl_->interfaces.find("");
  for (const component::Item& item : loaded.type().imports) {
    const Definitions* definitions = impl_->interfaces.find(item.name->text);
    if (definitions && definitions->instance) continue;
    if (item.entity.sort != Sort::instance) {
      look(alone, item, "");
      continue;
    }
    for (const component::Item& inner : types.interface(item.entity.type()).exports) {
      look(definitions, inner, std::string(item.name->text) + "#");
    }
  }
  return all;
}

namespace {

struct Undefined;  // the class of resources that nobody defines

bool trap_undefined(void*, ComponentCaller&, const detail::WitFunc& func, detail::CallValues& call, Error& error) {
  for (size_t i = 0; i < func.params.size(); ++i) {
    detail::discard(detail::outgoing(call).cell, *func.params[i], detail::arg_of(call, i));
  }
  error = Trap("called `" + func.name + "`, which nothing defines");
  return false;
}

}  // namespace

ComponentLinker& ComponentLinker::define_missing_as_traps(const Component& component) {
  const auto trap = std::make_shared<const HostComponentFunction>(
      HostComponentFunction{.check =
                                [](detail::SignatureCheck& c, const detail::WitFunc&) {
                                  c.has_handles = true;  // or may have
                                  return true;
                                },
                            .call = &trap_undefined});
  for (const ComponentItem& item : missing(component)) {
    const auto [interface, name] = split(item.name);
    if (item.kind == ComponentKind::func) {
      impl_->interfaces.to_add(interface).funcs.emplace(name, trap);
    } else if (item.kind == ComponentKind::type) {
      impl_->interfaces.to_add(interface).resources.emplace(
          name, std::make_shared<const ResourceDefinition>(ResourceDefinition{&detail::resource_key<Undefined>}));
    }
  }
  return *this;
}

// --- imports of one instantiation

namespace {

namespace link = detail::link;
namespace canon = detail::canon;

// As WIT has it; "" of what has no such text.
std::string wit_of(const detail::TypeNames& names, const Entity& entity) {
  if (entity.sort != Sort::type || names.types().is_resource(entity.type())) return type_of(names, entity);
  canon::TypeSpace space;
  space.types = &names.types();
  return detail::to_string(detail::wit_type(canon::T(&space, component::val_type(entity.type()))).get());
}

// Of what is given for an import, the first that is not what is wanted; to follow an error.
std::string difference(const detail::TypeNames& given, const Entity& exported, const detail::TypeNames& wanted,
                       const Entity& imported) {
  if (imported.sort != Sort::instance || exported.sort != Sort::instance) return "";
  for (const component::Item& item : wanted.types().interface(imported.type()).exports) {
    const component::Item* found = given.types().interface(exported.type()).exports.find(item.name->text);
    if (!found || found->entity.sort != item.entity.sort) continue;
    const std::string one = wit_of(wanted, item.entity), other = wit_of(given, found->entity);
    if (one == other) continue;
    std::string said = "; `";
    return said.append(item.name->text).append("` should be ").append(one).append(", and is ").append(other);
  }
  return "";
}

class Importer {
 public:
  Importer(State& state, const std::shared_ptr<const link::Loaded>& loaded, const Interfaces& interfaces)
      : state_(state),
        interfaces_(interfaces),
        own_(state.imported.emplace_back()),
        names_(std::make_shared<detail::TypeNames>(loaded)) {
    own_.loaded = loaded;
    own_.space.types = &loaded->checked.types;
  }

  const std::shared_ptr<const detail::TypeNames>& names() const { return names_; }

  Result<link::Item> alone(const Definitions* definitions, const component::Item& import) {
    return make(definitions, import, "");
  }

  Result<link::Item> interface(const Definitions* definitions, const component::Item& import) {
    auto made = std::make_shared<link::InstanceItem>();
    for (const component::Item& item : types().interface(import.entity.type()).exports) {
      Result<link::Item> inner = make(definitions, item, import.name->text);
      if (!inner) return inner.error();
      made->exports[std::string(item.name->text)] = *std::move(inner);
    }
    return link::Item(std::shared_ptr<const link::InstanceItem>(std::move(made)));
  }

  // What another instance exports.
  Result<link::Item> other(const ComponentInstance& from, const component::Item& import) {
    const std::string name(import.name->text);
    if (ComponentAccess::cell(from).get() != &state_.cell) return Access::error(ErrorCode::wrong_store, name);
    const auto& data = ComponentAccess::data(from);
    Entity entity = Entity::of(Sort::instance, data.type);
    link::Item item = data.item;
    if (!data.exported) {
      const component::Item* found = link::find_compatible(data.interface().exports, name);
      if (!found) {
        std::vector<std::string> there;
        for (const component::Item& item : data.interface().exports) there.emplace_back(item.name->text);
        return Access::error(ErrorCode::unknown_import,
                             "`" + name + "`, which the instance does not export" + detail::instead_of(name, there));
      }
      entity = found->entity;
      item = *data.item->find(found->name->text);
    }
    ErrorSink sink;
    const component::Features features;
    auto right = link::check_import(*state_.components.core().engine, *data.loaded, entity, *own_.loaded,
                                    import.entity, name, features, &sink);
    if (!right.ok()) {
      const std::string why = (sink.headline.empty() ? "`" + name + "`: " : "") + sink.headline + sink.detail;
      return Access::error(ErrorCode::incompatible_import,
                           why + difference(*data.names, entity, *names_, import.entity));
    }
    if (auto bound = link::bind_resources(own_.space, import.entity, item, name, &sink); !bound.ok()) {
      return Access::error(bound.error(), sink);
    }
    return item;
  }

 private:
  const Types& types() const { return *own_.space.types; }

  // `interface`: "" of what is imported by itself.
  Result<link::Item> make(const Definitions* definitions, const component::Item& item, std::string_view interface) {
    const std::string name(item.name->text);
    if (item.entity.sort == Sort::type) return type(definitions, item.entity, name, interface);
    if (!offers(definitions, name, item.entity.sort, false)) return unknown(item.entity, name, interface);
    return func(definitions->funcs.find(name)->second, item.entity, full_name(interface, name));
  }

  static std::string full_name(std::string_view interface, const std::string& name) {
    return interface.empty() ? name : std::string(interface) + "#" + name;
  }

  Error unknown(const Entity& entity, const std::string& name, std::string_view interface) const {
    const std::string type = type_of(*names_, entity);
    return Access::error(ErrorCode::unknown_import, "`" + full_name(interface, name) + "`" +
                                                        (type.empty() ? "" : ": " + type) +
                                                        interfaces_.instead(interface, name));
  }

  Result<link::Item> type(const Definitions* definitions, const Entity& entity, const std::string& name,
                          std::string_view interface) {
    if (!types().is_resource(entity.type())) return link::Item(link::TypeItem());
    std::shared_ptr<canon::ResourceType>& made = own_.space.resources[types().resource(entity.type())];
    if (!made) {
      if (!offers(definitions, name, Sort::type, true)) return unknown(entity, name, interface);
      made = state_.host_resource(definitions->resources.find(name)->second).type();
    }
    return link::Item(link::TypeItem{made});
  }

  Result<link::Item> func(const std::shared_ptr<const HostComponentFunction>& function, const Entity& entity,
                          const std::string& full) {
    const component::Type& definition = types()[entity.type()];
    const bool async = types().kind(entity.type()) == component::TypeKind::async_func;
    canon::FuncType& type = own_.types.emplace_back(detail::func_type(own_.space, definition, async));
    auto wit = detail::wit_func(full, type, definition, *names_);
    detail::SignatureCheck c{.cell = &state_.cell};
    if (function->start && !async) {
      c.what = "the component calls a function that is not async, the C++ function is a task";
    } else if (function->check(c, *wit)) {
      const bool may_store = !c.has_handles && !wit->scalars;
      link::FuncItem made{detail::host_func(&state_.cell, function, wit, may_store), &type};
      made.in_host_memory = may_store;
      if (function->call_numbers && !async) {
        made.scalars = &state_.host_numbers.emplace_back(state_, function);
      } else if (function->call_stored && !async && !c.has_handles) {
        made.stored = &state_.host_bytes.emplace_back(state_, function, std::move(wit));
      }
      return link::Item(std::move(made));
    }
    return Access::error(ErrorCode::incompatible_import,
                         "`" + full + "`" + (c.where.empty() ? "" : ", " + c.where) + ": " + c.what);
  }

  State& state_;
  const Interfaces& interfaces_;
  State::Imported& own_;
  const std::shared_ptr<const detail::TypeNames> names_;
};

}  // namespace

Result<ComponentInstance> ComponentLinker::instantiate(StoreRef in, const Component& component) const {
  detail::StoreCell* cell = Access::cell(in);
  if (!detail::alive(cell).ok()) return detail::gone(cell);
  if (impl_->engine != cell->store->engine) {
    return Access::error(ErrorCode::wrong_engine, "the linker's is not the store's");
  }
  if (ComponentAccess::engine(component) != impl_->engine) {
    return Access::error(ErrorCode::wrong_engine, "the component's is not the store's");
  }
  State& state = State::in(*cell);
  if (state.nested()) return detail::misuse("a host function cannot instantiate components in the store it runs in");
  const auto loaded = ComponentAccess::loaded(component);  // a start function may call one that destroys `component`
  Importer importer(state, loaded, impl_->interfaces);
  link::InstanceItem given;
  for (const component::Item& import : loaded->type().imports) {
    const Definitions* definitions = impl_->interfaces.find(import.name->text);
    Result<link::Item> item = definitions && definitions->instance ? importer.other(*definitions->instance, import)
                              : import.entity.sort == Sort::instance
                                  ? importer.interface(definitions, import)
                                  : importer.alone(impl_->interfaces.find(""), import);
    if (!item) return item.error();
    given.exports[std::string(import.name->text)] = *std::move(item);
  }
  canon::ComponentInstance& root = state.components.canon().add_instance(nullptr);
  auto made = link::instantiate(state.components, {loaded, &loaded->root, nullptr}, given, &root);
  if (!made.ok()) {
    const Error why = state.take_failure(made.error());
    state.fail_dead(why, true);
    return why;
  }
  auto data = std::make_shared<ComponentAccess::InstanceData>();
  data->item = std::move(made).value();
  data->loaded = loaded;
  data->names = importer.names();
  data->type = loaded->checked.root.type;
  return ComponentAccess::instance(cell->shared_from_this(), std::move(data));
}

}  // namespace heddle::api
