#include "component/canon/embedding.h"

#include <algorithm>

#include "component/canon/lift.h"
#include "component/canon/lower.h"
#include "component/canon/stream.h"
#include "component/canon/subtask.h"

namespace heddle::component::canon {
namespace {

bool nobody_may_enter(const ComponentInstance& inst) {
  for (const ComponentInstance& i : inst.self_and_ancestors()) {
    if (i.may_enter) return false;
  }
  return true;
}

// An end of a stream holds the stream, which holds what is to be told to the end.
void forget(Handle& handle) {
  if (!handle.is_waitable()) return;
  static_cast<Waitable&>(handle).set_pending_event(nullptr);
  if (handle.kind == Handle::Kind::subtask) {
    static_cast<Subtask&>(handle).on_cancel = nullptr;
  } else {
    static_cast<CopyEnd&>(handle).shared->reset_pending();
  }
}

// A new call may have to wait for a task that uses the instance alone, and that what it waited for has come to: it
// goes on now, within the call, until it waits again. The definitions resume nobody here; the official suite
// (async/sync-streams.wast) expects it to be out of the way. One that yields has its turn when others have had
// theirs.
Result<void> let_exclusive_go_on(ComponentInstance& inst) {
  Thread* const thread = inst.exclusive_thread;
  if (!thread || !thread->place.source || !thread->ready()) return {};
  return thread->resume();
}

}  // namespace

size_t Choices::among(size_t count) {
  return random_ ? std::uniform_int_distribution<size_t>(0, count - 1)(*random_) : 0;
}

ComponentInstance& Store::add_instance(ComponentInstance* parent) {
  instances_.push_back(std::make_unique<ComponentInstance>(*this, parent));
  return *instances_.back();
}

// Some twice: those that have entered and wait, or have failed.
std::vector<std::shared_ptr<Thread>> Store::all_threads() const {
  std::vector<std::shared_ptr<Thread>> threads(waiting.all().begin(), waiting.all().end());
  threads.insert(threads.end(), failed.begin(), failed.end());
  for (const auto& inst : instances_) {
    for (const auto& thread : inst->threads.all()) {
      if (thread) threads.push_back(thread);
    }
  }
  return threads;
}

// Threads and tasks, and what a call's two sides know of each other, hold on to one another in circles.
void Store::close() {
  const auto threads = all_threads();
  waiting.clear();
  failed.clear();
  for (const auto& thread : threads) thread->cont.reset();
  for (const auto& thread : threads) thread->task->forget_caller();
  for (const auto& inst : instances_) {
    for (const auto& handle : inst->handles.all()) {
      if (handle) forget(*handle);
    }
  }
  for (const auto& inst : instances_) {
    inst->threads.clear();
    inst->handles.clear();
  }
}

Result<OnCancel> Store::invoke(const FuncInst& f, std::shared_ptr<Caller> caller) {
  ++nesting_depth;
  auto on_cancel = f(std::move(caller), nullptr);
  --nesting_depth;
  return on_cancel;
}

FuncInst Store::lift(CoreFuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst) {
  if (opts.async && !opts.callback) inst.let_have_threads();
  return [&of = lifted_.emplace_back(std::move(f), ft, opts, inst)](std::shared_ptr<Caller> caller,
                                                                    ComponentInstance* from) {
    return of.inst.store->call(of.f, of.ft, of.opts, of.inst, std::move(caller), from);
  };
}

Result<OnCancel> Store::call(const CoreFuncInst& f, const FuncType& ft, const CanonicalOptions& opts,
                             ComponentInstance& inst, std::shared_ptr<Caller> caller, ComponentInstance* from) const {
  HEDDLE_ASSERT(!from || from == &current_instance());
  const bool nested = from && from != &inst && (inst.is_within(*from) || from->is_within(inst));
  TRAP_IF(!inst.may_enter_from(from) || (nested && !donut_wrapping), cannot_enter);
  return inst.inside(from, [&]() -> Result<OnCancel> {
    if (ft.async && (!opts.async || opts.callback)) TRY(let_exclusive_go_on(inst));
    return canon_lift(f, ft, opts, inst, std::move(caller));
  });
}

CoreFuncInst Store::lower(FuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst,
                          const Passage* passage) {
  return [&lowered = lowered_.emplace_back(std::move(f), ft, opts, inst, passage)](
             std::span<const CoreVal> args) -> Result<CoreVals> {
    HEDDLE_ASSERT(&lowered.inst == &current_instance());
    // Its allocator may run for a callee's result while nobody is within it.
    if (!lowered.inst.may_leave) return ErrorCode::cannot_leave;
    HEDDLE_ASSERT(nobody_may_enter(lowered.inst));
    CoreVals results = TRY(canon_lower(lowered.f, lowered.ft, lowered.opts, args, lowered.passage));
    HEDDLE_ASSERT(nobody_may_enter(lowered.inst));
    return results;
  };
}

Result<bool> Store::tick() {
  HEDDLE_ASSERT(nesting_depth == 0);
  Thread* thread = waiting.pick(choices);
  if (!thread) return false;
  ++nesting_depth;
  ComponentInstance& inst = thread->task->inst;
  const auto resumed = inst.inside(nullptr, [thread] { return thread->resume(); });
  --nesting_depth;
  TRY(resumed);
  waiting.open_gates(inst);
  return true;
}

}  // namespace heddle::component::canon
