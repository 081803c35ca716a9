// The checker's parts, each in a file of its own: types, core types and modules, names and visibility, imports and
// exports, instances, aliases, canonical definitions, values.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "component/syntax/extern_name.h"
#include "component/valid/match.h"
#include "component/valid/scope.h"
#include "component/valid/substitute.h"

namespace heddle::component {

enum class Direction : uint8_t { import, export_ };
constexpr std::string_view name_of(Direction direction) {
  return direction == Direction::import ? "import" : "export";
}

class Checker {
 public:
  Checker(const Features& features, const heddle::Features& core, TypeRegistry& registry, uint64_t bytes,
          ErrorSink* sink)
      : context_(features, sink, bytes), core_(core), registry_(registry) {}

  Result<Checked> run(const Component& component);

 private:
  // --- check.cpp: scopes, look-ups
  Result<CheckedComponent> component(const Component& component);
  Result<void> definition(const Component& component, DefKind kind, uint32_t index);
  template <class Definitions>
  std::string place(const Definitions& all, DefKind kind, uint32_t index);
  // All definitions of a component or a type, in their order. The path of an error has the one that failed.
  template <class Definitions, class One>
  Result<void> each(const Definitions& all, const One& one) {
    const size_t depth = scopes_.size();
    for (const Run& run : all.order) {
      for (uint32_t i = run.first; i < run.first + run.count; ++i) {
        Result<void> done = one(run.kind, i);
        if (done.ok()) continue;
        scopes_.resize(depth);
        if (context_.sink) context_.sink->within(place(all, run.kind, i));
        return done;
      }
    }
    return {};
  }
  Result<void> start(const Start& start);
  Result<TypeId> finish_component_type();
  Result<void> check_resources();
  Result<void> enter(Scope::Kind kind);
  std::unique_ptr<Scope> leave();
  Scope& scope() { return *scopes_.back(); }
  IndexSpaces& spaces() { return scope().spaces; }
  Result<TypeId> type_at(uint32_t index);
  Result<TypeId> type_at(uint32_t index, TypeKind kind, std::string_view what);
  Result<TypeId> func_type_at(uint32_t index);
  Result<TypeId> resource_at(uint32_t index);
  Result<TypeId> func_at(uint32_t index);
  Result<TypeId> instance_at(uint32_t index);
  Result<TypeId> component_at(uint32_t index);
  Result<ValType> use_value(uint32_t index);
  Result<heddle::TypeId> core_type_at(uint32_t index);
  Result<heddle::TypeId> core_func_at(uint32_t index);
  Result<uint32_t> core_module_at(uint32_t index);
  Result<uint32_t> core_instance_at(uint32_t index);
  Result<Entity> entity_at(const SortIndex& what);
  Result<CanonicalType> core_entity_at(const SortIndex& what);
  void push(const Entity& entity);
  void push(const CanonicalType& type);

  // --- check_types.cpp
  Result<TypeId> define(const DefType& type);
  Result<TypeId> define_value(const DefType& type);
  Result<TypeId> define_resource(const DefType& type);
  Result<TypeId> define_interface(const DefType& type);
  Result<void> declaration(const Declarations& declarations, DefKind kind, uint32_t index);
  Result<ValType> val_type(ValType type);
  Result<void> labels(const DefType& type);
  Result<void> parts(const DefType& type, Type& made);
  ValType undefined(ValType type) const;
  Result<void> no_borrow(ValType type, std::string_view where);
  Result<TypeId> add(Type type);

  // --- check_core.cpp
  Result<void> core_type(const CoreType& type);
  Result<void> refuse_modules(const CoreType& type);
  Result<uint32_t> module_type(const ModuleType& type);
  Result<void> module_declaration(const ModuleType& type, DefKind kind, uint32_t index,
                                  std::vector<heddle::TypeId>& ids, CoreModuleType& made, CoreItems& exports);
  Result<void> core_module(const CoreModule& module);
  Error in_component(const CoreModule& module, Error error);
  Result<uint32_t> add_module(CoreModuleType module, CoreItems exports);
  Result<void> core_instance(const CoreInstance& instance);
  Result<uint32_t> instantiate_core(const CoreInstance& instance);
  Result<uint32_t> core_exports(const CoreInstance& instance);
  Result<heddle::TypeId> core_func_type(std::span<const heddle::ValType> params,
                                        std::span<const heddle::ValType> results,
                                        std::span<const heddle::TypeId> named = {});  // what they refer to by index

  // --- check_externs.cpp
  Result<void> import(const Import& import);
  Result<void> export_(const Export& e);
  Result<void> export_declaration(const Import& e);
  Result<Entity> entity_of(const ExternType& type);
  Result<void> declare(const ExternName& name, Entity entity, Direction direction, bool fresh);
  Result<Entity> open_instance(Entity entity, Direction direction);
  Result<void> no_borrow_in(const Entity& entity);
  Result<bool> register_type(const Entity& entity, Direction direction);
  bool equals_export(TypeId id) const;
  Result<bool> all_named(TypeId id, NamedTypes& named_types);
  Result<bool> exports_named(TypeId id, NamedTypes& named_types);
  Result<bool> named(ValType type, NamedTypes& named_types);
  Result<bool> named_parts(const Type& type, NamedTypes& named_types);
  bool is_hidden(std::string_view name);

  // --- check_names.cpp
  Result<void> extern_name(Side& side, const ExternName& name, const Entity& entity, Direction direction);
  Result<void> attributes(const ExternName& name, const ParsedName& parsed, const Entity& entity);
  Result<void> annotation(const ParsedName& parsed, const Entity& entity, const ResourceNames& resources);
  Result<void> named_resource(TypeId resource, std::string_view name, const ResourceNames& resources);

  // --- check_instances.cpp
  Result<void> instance(const Instance& instance);
  Result<TypeId> instantiate(const Instance& instance);
  Result<TypeId> instance_of_exports(const Instance& instance);
  Result<void> rename(const Items& given, const Items& wanted, Substitution& by);
  Result<void> alias(const Alias& alias);
  Result<void> alias_export(const Alias& alias);
  Result<void> alias_core_export(const Alias& alias);
  Result<void> alias_outer(const Alias& alias);
  Result<const Scope*> outer(uint32_t count);
  Result<void> free_resources(TypeId id, std::unordered_set<ResourceId>& free);
  Result<void> free_resources(const Entity& entity, std::unordered_set<ResourceId>& free);
  Result<void> free_in_parts(const Type& type, std::unordered_set<ResourceId>& free);

  // --- check_canon.cpp
  struct Options;
  Result<void> canon(const Canon& canon);
  Result<void> lift(const Canon& canon);
  Result<void> lower(const Canon& canon);
  Result<void> resource_builtin(const Canon& canon);
  Result<void> task_return(const Canon& canon);
  Result<void> copy_builtin(const Canon& canon);
  Result<void> context_builtin(const Canon& canon);
  Result<void> error_context_builtin(const Canon& canon);
  Result<void> thread_builtin(const Canon& canon);
  Result<void> fixed_builtin(const Canon& canon);
  Result<Options> options(const Canon& canon);
  Result<void> option(const CanonOption& option, Options& options);
  Result<void> check_realloc(const Options& options);
  Result<void> require_memory(const Options& options);
  Result<void> require_realloc(const Options& options);
  Result<void> async_only_for(const Options& options, const Type& func);
  Result<void> core_func(std::initializer_list<heddle::ValType> params,
                         std::initializer_list<heddle::ValType> results);
  Result<heddle::ValType> address_of(uint32_t memory);

  // --- check_value.cpp
  Result<void> value(const Value& value);

  Context context_;
  const heddle::Features& core_;
  TypeRegistry& registry_;
  Types types_;
  std::vector<std::unique_ptr<Scope>> scopes_;
  std::unordered_map<uint64_t, List<ResourceId>> free_;  // free_resources() by the identity of a type
  std::unordered_set<std::string> matched_;              // instantiations of core modules, by what they are given
  std::string hidden_;                                   // the type that is not visible, and where it is used
};

}  // namespace heddle::component
