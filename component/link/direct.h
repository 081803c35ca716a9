// Calls of functions that are not async, lifted and lowered without `async`: from component to component without a
// strand, a tree of values or an allocation; to and from the host so where all values are scalars. What canon_lower
// and canon_lift do, in their order.
//
// Such a call has its result when it returns. Of an instance without threads to leave it for
// (ComponentInstance::has_threads) nothing else can run until then, so its thread runs on the strand of its caller.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "component/canon/embedding.h"
#include "component/link/items.h"
#include "component/link/passage.h"
#include "runtime/store.h"

namespace heddle::component::link {

class ComponentStore;

// Options of a canonical definition, with the functions among them as the engine has them.
struct Options : canon::CanonicalOptions {
  rt::FuncRef* post_return_func = nullptr;
};

// The tasks of one function's calls on their callers' strands: mostly one, which the next call uses again when nobody
// holds it any more. A function may be called while it runs, by a component that is nested in its own.
class NestedTasks {
 public:
  NestedTasks(const canon::FuncType& ft, const canon::CanonicalOptions& opts, canon::ComponentInstance& inst)
      : ft_(ft), opts_(opts), inst_(inst) {}

  // One of them, while this lives. Its thread is not registered: an instance that has no means to name threads cannot
  // tell. Where it does not end by itself, it has trapped, and lives as long as the function.
  class Running {
   public:
    explicit Running(NestedTasks& of) : of_(of), thread_(of.take()), on_strand_(*thread_) {}
    ~Running() {
      if (thread_) of_.trapped_.push_back(std::move(thread_));
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    canon::Task& task() { return *thread_->task; }
    void end();  // its task has resolved

   private:
    NestedTasks& of_;
    std::shared_ptr<canon::Thread> thread_;
    const canon::OnCallersStrand on_strand_;
  };

 private:
  std::shared_ptr<canon::Thread> take();

  const canon::FuncType& ft_;
  const canon::CanonicalOptions& opts_;
  canon::ComponentInstance& inst_;
  std::shared_ptr<canon::Thread> spare_;
  std::vector<std::shared_ptr<canon::Thread>> trapped_;
};

// What `canon lift` has made. Lives as long as the store, as all that it refers to.
struct LiftedFunc {
  LiftedFunc(const canon::FuncType& type, const Options& opts, canon::ComponentInstance& inst, rt::FuncRef& core)
      : type(type), opts(opts), inst(inst), core(core), tasks(type, opts, inst) {}

  bool may_be_direct() const { return !type.async && !opts.async; }
  // The task has its result: so the caller, and the function is told where it wants to be.
  Result<void> resolve(ComponentStore& store, canon::Task& task, rt::Slot* core_results, size_t count) const;
  // By slots that hold the arguments and take the result, from whoever has entered the instance.
  Result<void> call_with_scalars(ComponentStore& store, const CallPlan& plan, rt::Slot* values) const;
  // The same by trees of values.
  Result<void> call_with_values(ComponentStore& store, canon::Caller& caller) const;

  const canon::FuncType& type;
  const Options& opts;
  canon::ComponentInstance& inst;
  rt::FuncRef& core;
  mutable NestedTasks tasks;
  mutable std::unique_ptr<const CallPlan> from_host;
};

// A function that is not async and has scalars only, called from the host: `values` hold the arguments as core values
// and take the result. False: it is none of those, and the general way is to be gone.
Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, rt::Slot* values);
// The same with values of any type. It has a result when this returns.
Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, canon::Caller& caller);

// What `canon lower` has made of a function that may_be_direct().
class DirectCall {
 public:
  // `inst`: the callee by canon, which calls of instances that have threads go through.
  DirectCall(ComponentStore& store, const LiftedFunc& callee, canon::FuncInst inst, const canon::FuncType& type,
             const Options& opts, canon::ComponentInstance& caller, heddle::TypeId core_type);

  static rt::Outcome call(void* direct_call, rt::Store& core, rt::Slot* args);  // an rt::HostCallback

 private:
  Result<void> run(rt::Slot* args);
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

  static rt::Outcome call(void* host_call, rt::Store& core, rt::Slot* args);  // an rt::HostCallback

 private:
  Result<void> run(rt::Slot* args);

  ComponentStore& store_;
  const HostScalars& callee_;
  const canon::FuncType& type_;
  const canon::ComponentInstance& caller_;
  std::unique_ptr<const CallPlan> plan_;
};

}  // namespace heddle::component::link
