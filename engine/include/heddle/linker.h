// Linker: what modules find under the names they import (spec 4.7.2), and instantiation.
//
//   Linker linker(engine);
//   linker.define("env", "log", [](Caller& caller, uint32_t address, uint32_t size) -> Result<void> { ... });
//   Result<Instance> instance = linker.instantiate(store, module);
//
// Host functions belong to no store: one linker serves any number of stores. Functions, memories, tables, globals and
// tags that are defined as objects serve instances of their own store only (shared memories: any).
//
// Threads: define from one; when all is defined, any number may instantiate, each in its own store. Host functions
// are then called on the threads of those stores.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <heddle/func.h>
#include <heddle/instance.h>

namespace heddle::api {

class Linker {
 public:
  explicit Linker(const Engine& engine);
  ~Linker();
  Linker(Linker&&) noexcept;
  Linker& operator=(Linker&&) noexcept;
  Linker(const Linker&);
  Linker& operator=(const Linker&);

  // A host function: a lambda, a function pointer or an object with one call operator, whose C++ types are its
  // signature (see func.h). An optional first parameter of type Caller& tells who calls. It returns a value, a tuple,
  // nothing, or a Result of these; an error, like a C++ exception that leaves it, stops the guest with a trap. A
  // later definition of the same name replaces an earlier one.
  template <detail::Callable F>
  Linker& define(std::string_view module, std::string_view name, F function) {
    return define_host(module, name, detail::host_function(std::move(function)));
  }
  Linker& define(std::string_view module, std::string_view name, const Func& func);
  Linker& define(std::string_view module, std::string_view name, const Memory& memory);
  Linker& define(std::string_view module, std::string_view name, const Table& table);
  Linker& define(std::string_view module, std::string_view name, const Global& global);
  Linker& define(std::string_view module, std::string_view name, const Tag& tag);
  // Everything an instance exports, as module `module`.
  Linker& define_instance(std::string_view module, const Instance& instance);

  // The imports of a module for which there is no definition.
  std::vector<ImportType> missing(const Module& module) const;

  // Instantiates and runs the start function. Errors: unlinkable, with what was wanted and what there is; whatever
  // stopped the start function or the initialisation; then the store keeps what the module already did (spec 4.7.2).
  Result<Instance> instantiate(StoreRef store, const Module& module) const;

 private:
  friend struct detail::Access;
  friend class Wasi;  // heddle/wasi.h
  Linker& define_module(std::string_view module, std::shared_ptr<rt::HostModule> functions);
  Linker& define_host(std::string_view module, std::string_view name, detail::HostFunction function);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle::api
