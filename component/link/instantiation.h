// One instantiation: the walk and, in canons.cpp, what canonical definitions make.
#pragma once
#include <set>
#include <utility>

#include "component/canon/builtins.h"
#include "component/link/instantiate.h"

namespace heddle::component::link {

class Instantiation {
 public:
  Instantiation(ComponentStore& store, Frame& frame, const InstanceItem& imports)
      : store_(store), frame_(frame), imports_(imports), spaces_(frame.part.checked->spaces) {}

  Result<std::shared_ptr<const InstanceItem>> run();

 private:
  // --- instantiate.cpp
  Result<void> definition(DefKind kind, uint32_t index);
  Result<void> import(const Import& import);
  Result<void> core_instance(const CoreInstance& definition);
  Result<CoreInstanceItem> instantiate_core(const CoreInstance& definition);
  Result<void> instance(const Instance& definition);
  Result<void> alias(const Alias& alias);
  Result<void> start(const Start& start);
  void type(const DefType& type);
  void export_(const Export& e);
  Result<void> value(const Value& value);
  const Frame& outer(uint32_t count) const;
  Item item_at(const SortIndex& what) const;
  exec::Extern core_item_at(const SortIndex& what) const;
  void push(const Item& item);
  void push(const exec::Extern& item);
  // Resource types that `entity` names are what `item` has in their place.
  Result<void> bind(const Entity& entity, const Item& item);
  // What one of those has come upon: an instance may be in another many times.
  struct Bound {
    std::set<std::pair<TypeId, const InstanceItem*>> instances;
    uint64_t resources = 0;
  };
  void bind(const Entity& entity, const Item& item, Bound& bound);

  // --- canons.cpp
  void canon(const Canon& canon);
  void lift(const Canon& canon);
  rt::FuncRef* lower(const Canon& canon, heddle::TypeId core_type);
  bool may_overlap(const LiftedFunc& callee, const Options& opts) const;
  rt::FuncRef* by_canon(canon::CoreFuncInst&& func, heddle::TypeId core_type);
  canon::CoreFuncInst builtin(const Canon& canon);
  canon::CoreFuncInst resource_builtin(const Canon& canon);
  canon::CoreFuncInst task_builtin(const Canon& canon);
  canon::CoreFuncInst waitable_builtin(const Canon& canon);
  canon::CoreFuncInst copy_builtin(const Canon& canon);
  canon::CoreFuncInst thread_builtin(const Canon& canon);
  // A built-in that makes a thread of a function in a table.
  using NewThread = decltype(&canon::canon_thread_new_indirect);
  canon::CoreFuncInst from_table(const Canon& canon, NewThread f);
  canon::CoreFuncInst error_context_builtin(const Canon& canon);
  const Options& options(const Canon& canon);
  const canon::FuncType& func_type(TypeId id);
  canon::T element_type(const Canon& canon) const;
  canon::T task_result(const Canon& canon) const;

  ComponentStore& store_;
  Frame& frame_;
  const InstanceItem& imports_;
  const IndexSpaces& spaces_;
};

}  // namespace heddle::component::link
