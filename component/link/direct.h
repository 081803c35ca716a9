// Calls of functions that are not async, lifted and lowered without `async`: from component to component without a
// strand, a tree of values or an allocation; to and from the host so where all values are scalars. What canon_lower
// and canon_lift do, in their order.
//
// Such a call has its result when it returns. Of an instance without threads to leave it for
// (ComponentInstance::has_threads) nothing else can run until then, so its thread runs on the strand of its caller.
#pragma once
#include <memory>

#include "component/canon/embedding.h"
#include "component/canon/nested.h"
#include "component/link/host_memory.h"
#include "component/link/items.h"
#include "component/link/passage.h"
#include "runtime/store.h"

namespace heddle::component::link {

class ComponentStore;

// Options of a canonical definition, with the functions among them as the engine has them.
struct Options : canon::CanonicalOptions {
  rt::FuncRef* post_return_func = nullptr;
};

// What `canon lift` has made. Lives as long as the store, as all that it refers to.
struct LiftedFunc {
  LiftedFunc(const canon::FuncType& type, const Options& opts, canon::ComponentInstance& inst, rt::FuncRef& core)
      : type(type), opts(opts), inst(inst), core(core), tasks(type, opts, inst) {}

  bool may_be_direct() const { return !type.async && !opts.async; }
  bool may_be_called_at_once() const { return may_be_direct() && !inst.has_threads; }
  // The task has its result: so the caller, and the function is told where it wants to be.
  Result<void> resolve(ComponentStore& store, canon::Task& task, rt::Slot* core_results, size_t count) const;
  // By slots that hold the arguments and take the result, from whoever has entered the instance.
  Result<void> call_with_scalars(ComponentStore& store, const CallPlan& plan, rt::Slot* values) const;
  // The same by values that lie in the host's memory.
  Result<void> call_with_stored(ComponentStore& store, HostMemory& args, HostMemory& result) const;
  // By trees of values.
  Result<void> call_with_values(ComponentStore& store, canon::Caller& caller) const;

  const canon::FuncType& type;
  const Options& opts;
  canon::ComponentInstance& inst;
  rt::FuncRef& core;
  mutable canon::NestedTasks tasks;
  mutable std::unique_ptr<const CallPlan> from_host, from_host_memory;
};

// A function that is not async and has scalars only, called from the host: `values` hold the arguments as core values
// and take the result. False: it is none of those, and the general way is to be gone.
Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, rt::Slot* values);
// The same of one that may_be_called_at_once(), with values that lie in memory, among which there are no handles.
Result<void> call_from_host(ComponentStore& store, const LiftedFunc& func, HostMemory& args, HostMemory& result);
// With values of any type. It has a result when this returns.
Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, canon::Caller& caller);

// What `canon lower` has made of a function that may_be_direct().
class DirectCall {
 public:
  // `inst`: the callee by canon, which calls of instances that have threads go through.
  DirectCall(ComponentStore& store, const LiftedFunc& callee, canon::FuncInst inst, const canon::FuncType& type,
             const Options& opts, canon::ComponentInstance& caller, heddle::TypeId core_type);

  ComponentStore& store() const { return store_; }
  const canon::ComponentInstance& caller() const { return caller_; }
  Result<void> run(rt::Slot* args);

 private:
  Result<void> run_inside(rt::Slot* args);
  Result<void> enter();
  void leave();
  Result<void> pass_and_call(const CallPlan& plan, rt::Slot* args, canon::Task& task);

  ComponentStore& store_;
  const LiftedFunc& callee_;
  const Options& opts_;
  canon::ComponentInstance& caller_;
  const CallPassage passage_;
  canon::CoreFuncInst otherwise_;
  heddle::TypeId core_type_;
  const bool nested_;  // one of the instances is in the other
  const bool alone_;   // the callee's instance is all that a call enters
};

// What `canon lower` has made of a function of the host's that is HostScalars.
class HostCall {
 public:
  HostCall(ComponentStore& store, const HostScalars& callee, const canon::FuncType& type,
           const canon::ComponentInstance& caller)
      : store_(store), callee_(callee), type_(type), caller_(caller) {}

  ComponentStore& store() const { return store_; }
  const canon::ComponentInstance& caller() const { return caller_; }
  Result<void> run(rt::Slot* args);

 private:
  ComponentStore& store_;
  const HostScalars& callee_;
  const canon::FuncType& type_;
  const canon::ComponentInstance& caller_;
  std::unique_ptr<const CallPlan> plan_;
};

// The same of one that is HostStored.
class StoredHostCall {
 public:
  StoredHostCall(ComponentStore& store, const HostStored& callee, const canon::FuncType& type, const Options& opts,
                 canon::ComponentInstance& caller)
      : store_(store), callee_(callee), type_(type), opts_(opts), caller_(caller) {}

  ComponentStore& store() const { return store_; }
  const canon::ComponentInstance& caller() const { return caller_; }
  Result<void> run(rt::Slot* args);

 private:
  Result<void> pass_and_call(rt::Slot* args, StoredValues& values);

  ComponentStore& store_;
  const HostStored& callee_;
  const canon::FuncType& type_;
  const Options& opts_;
  canon::ComponentInstance& caller_;
  std::unique_ptr<const CallPlan> plan_;
};

}  // namespace heddle::component::link
