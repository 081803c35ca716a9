// Linker: definitions by module and name, and how imports find them.
#include "api/internal.h"
#include "exec/instantiate.h"
#include "runtime/host_module.h"

#include <algorithm>
#include <map>

namespace heddle::api {

using detail::Access;
using detail::HostDefinition;
using detail::StoreCell;

namespace {

// An object of one store, or a shared memory.
struct Object {
  std::shared_ptr<StoreCell> cell;
  exec::Extern value;
  std::shared_ptr<rt::Memory> shared;
  std::shared_ptr<rt::Engine> engine;  // of a shared memory
};

using Definition = std::variant<std::shared_ptr<const HostDefinition>, Object>;
using Names = std::map<std::string, Definition, std::less<>>;

// Modules of functions that are made when they are imported. A definition by name goes before.
using HostModules = std::map<std::string, std::shared_ptr<rt::HostModule>, std::less<>>;

}  // namespace

struct Linker::Impl {
  std::shared_ptr<rt::Engine> engine;
  std::map<std::string, Names, std::less<>> modules;
  HostModules host_modules;
  ErrorCode broken = ErrorCode::none;  // a definition could not be made; instantiate says so

  const Definition* find(std::string_view module, std::string_view name) const {
    auto names = modules.find(module);
    if (names == modules.end()) return nullptr;
    auto found = names->second.find(name);
    return found == names->second.end() ? nullptr : &found->second;
  }
  bool offers(const ImportType& import) const {
    auto host = host_modules.find(import.module);
    if (host == host_modules.end()) return false;
    std::vector<std::string> names = host->second->names_in(import.module);
    return std::find(names.begin(), names.end(), import.name) != names.end();
  }
  void set(std::string_view module, std::string_view name, Definition definition) {
    modules[std::string(module)].insert_or_assign(std::string(name), std::move(definition));
  }
  void set(std::string_view module, std::string_view name, StoreCell* cell, exec::Extern value) {
    set(module, name, Object{cell ? cell->shared_from_this() : nullptr, value, nullptr, nullptr});
  }
};

namespace {

class Resolver final : public exec::ImportResolver {
 public:
  Resolver(const std::map<std::string, Names, std::less<>>& names, const HostModules& host_modules, StoreCell* cell)
      : modules_(names), host_modules_(host_modules), cell_(cell) {}

  std::optional<exec::Extern> find(std::string_view module, std::string_view name) override {
    auto names = modules_.find(module);
    if (names == modules_.end()) return find_in_host_module(module, name);
    auto found = names->second.find(name);
    if (found == names->second.end()) return find_in_host_module(module, name);
    if (auto* host = std::get_if<std::shared_ptr<const HostDefinition>>(&found->second)) {
      return exec::Extern::of(detail::func_in(cell_, *host));
    }
    const Object& object = std::get<Object>(found->second);
    bool usable = object.shared ? object.engine == cell_->store->engine : object.cell.get() == cell_;
    if (!usable) {
      wrong_store = '"' + std::string(module) + "\" \"" + std::string(name) + '"';
      return std::nullopt;
    }
    if (object.shared) cell_->store->adopt(object.shared);
    return object.value;
  }

  std::vector<std::string> names_in(std::string_view module) override {
    auto names = modules_.find(module);
    std::vector<std::string> out = names == modules_.end() ? std::vector<std::string>() : keys(names->second);
    if (auto host = host_modules_.find(module); host != host_modules_.end()) {
      for (std::string& name : host->second->names_in(module)) out.push_back(std::move(name));
    }
    return out;
  }
  std::vector<std::string> modules() override {
    std::vector<std::string> out = keys(modules_);
    for (std::string& name : keys(host_modules_)) {
      if (!modules_.contains(name)) out.push_back(std::move(name));
    }
    return out;
  }

  std::string wrong_store;  // an import that another store's object is defined for

 private:
  template <class Map>
  static std::vector<std::string> keys(const Map& map) {
    std::vector<std::string> out;
    out.reserve(map.size());
    for (const auto& entry : map) out.push_back(entry.first);
    return out;
  }

  std::optional<exec::Extern> find_in_host_module(std::string_view module, std::string_view name) {
    auto host = host_modules_.find(module);
    if (host == host_modules_.end()) return std::nullopt;
    rt::FuncRef* function = host->second->find(*cell_->store, module, name);
    return function ? std::optional(exec::Extern::of(function)) : std::nullopt;
  }

  const std::map<std::string, Names, std::less<>>& modules_;
  const HostModules& host_modules_;
  StoreCell* cell_;
};

}  // namespace

Linker::Linker(const Engine& engine) : impl_(std::make_unique<Impl>()) { impl_->engine = Access::engine(engine); }
Linker::~Linker() = default;
Linker::Linker(Linker&&) noexcept = default;
Linker& Linker::operator=(Linker&&) noexcept = default;
Linker::Linker(const Linker& other) : impl_(std::make_unique<Impl>(*other.impl_)) {}
Linker& Linker::operator=(const Linker& other) {
  if (this != &other) impl_ = std::make_unique<Impl>(*other.impl_);
  return *this;
}

Linker& Linker::define_host(std::string_view module, std::string_view name, detail::HostFunction function) {
  auto definition = detail::define(*impl_->engine, std::move(function));
  if (definition.ok()) {
    impl_->set(module, name, std::move(definition).value());
  } else {
    impl_->broken = definition.error().code;
  }
  return *this;
}

Linker& Linker::define_module(std::string_view module, std::shared_ptr<rt::HostModule> functions) {
  impl_->host_modules.insert_or_assign(std::string(module), std::move(functions));
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, const Func& func) {
  if (func.is_null()) misused("Linker::define of a null function");
  // SAFETY: the FuncRef is the store's own and not const there; imports are pointers to it.
  impl_->set(module, name, Access::cell(func), exec::Extern::of(const_cast<rt::FuncRef*>(Access::func(func))));
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, const Memory& memory) {
  exec::Extern value = exec::Extern::of(Access::memory(memory));
  if (Access::shared(memory)) {
    impl_->set(module, name, Object{nullptr, value, Access::shared(memory), Access::engine(memory)});
  } else {
    impl_->set(module, name, Access::cell(memory), value);
  }
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, const Table& table) {
  impl_->set(module, name, Access::cell(table), exec::Extern::of(Access::table(table)));
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, const Global& global) {
  impl_->set(module, name, Access::cell(global), exec::Extern::of(Access::global(global)));
  return *this;
}

Linker& Linker::define(std::string_view module, std::string_view name, const Tag& tag) {
  impl_->set(module, name, Access::cell(tag), exec::Extern::of(Access::tag(tag)));
  return *this;
}

Linker& Linker::define_instance(std::string_view module, const Instance& instance) {
  StoreCell* cell = Access::cell(instance);
  if (!detail::alive(cell).ok()) return *this;
  rt::Instance& from = *Access::instance(instance);
  for (const syntax::Export& e : from.module->syntax.exports) {
    exec::Extern value = exec::export_of(from, e);
    if (value.kind == ::heddle::ExternKind::memory) {
      define(module, e.name, Access::memory(cell, value.memory));
    } else {
      impl_->set(module, e.name, cell, value);
    }
  }
  return *this;
}

std::vector<ImportType> Linker::missing(const Module& module) const {
  std::vector<ImportType> out;
  for (ImportType& import : module.imports()) {
    if (!impl_->find(import.module, import.name) && !impl_->offers(import)) out.push_back(std::move(import));
  }
  return out;
}

Result<Instance> Linker::instantiate(StoreRef in, const Module& module) const {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  if (impl_->engine != store.engine) return Access::error(ErrorCode::wrong_engine, "the linker's is not the store's");
  if (impl_->broken != ErrorCode::none) return Access::error(impl_->broken);
  const std::shared_ptr<rt::Module>& code = Access::module(module);
  if (code->engine != store.engine) return Access::error(ErrorCode::wrong_engine, "the module's is not the store's");
  ErrorSink sink;
  Resolver resolver(impl_->modules, impl_->host_modules, cell);
  auto imports = exec::resolve_imports(*code, resolver, &sink);
  if (!resolver.wrong_store.empty()) return Access::error(ErrorCode::wrong_store, resolver.wrong_store);
  if (!imports.ok()) return Access::error(imports.error(), sink);
  auto instance = exec::instantiate(store, code, imports.value(), &sink);
  if (instance.ok()) return Access::instance(cell, instance.value());
  ErrorCode code_of_error = instance.error().code;
  if (code_of_error == ErrorCode::uncaught_exception) return detail::failure(cell, rt::Outcome::threw);
  if (store.pending.trap.code == code_of_error) return detail::failure(cell, rt::Outcome::trapped);
  if (code_of_error == ErrorCode::budget_exceeded) return Access::error(code_of_error, store.budget.refusal());
  return Access::error(instance.error(), sink);
}

}  // namespace heddle::api
