#include "component/canon/task.h"

#include <algorithm>
#include <utility>

#include "component/canon/embedding.h"
#include "component/canon/flattening.h"

namespace heddle::component::canon {

bool Task::needs_exclusive() const {
  HEDDLE_ASSERT(ft.async);
  return !opts.async || opts.callback;
}

bool Task::has_backpressure() const {
  return inst.backpressure > 0 || (needs_exclusive() && inst.exclusive_thread != nullptr);
}

Result<void> Task::enter_implicit_thread(std::function<Result<void>()> then) {
  HEDDLE_ASSERT(state == State::initial);
  implicit_thread = &current_thread();
  if (!ft.async || (!has_backpressure() && inst.num_waiting_to_enter == 0)) return enter(then);
  ++inst.num_waiting_to_enter;
  const Wait wait{[this] { return !has_backpressure(); }, nullptr,
                  needs_exclusive() ? Gate::enter_alone : Gate::enter};
  if (const auto at_once = implicit_thread->needs_no_wait(wait, true, false)) {
    return stop_waiting_to_enter(*at_once, then);
  }
  implicit_thread->leave_strand(wait, true, [this, then = std::move(then)](Cancelled cancelled) {
    return stop_waiting_to_enter(cancelled, then);
  });
  return {};
}

Result<void> Task::stop_waiting_to_enter(Cancelled cancelled, const std::function<Result<void>()>& then) {
  --inst.num_waiting_to_enter;
  if (caller->instance() && caller->instance()->has_ended()) {  // and with it what it would pass
    state = State::resolved;
    forget_caller();
    return {};
  }
  return cancelled == Cancelled::true_ ? cancel() : enter(then);
}

Result<void> Task::enter(const std::function<Result<void>()>& then) {
  if (ft.async && needs_exclusive()) inst.set_exclusive_thread(implicit_thread);
  TRY(register_thread(implicit_thread->shared_from_this()));
  return then();
}

Result<void> Task::register_thread(std::shared_ptr<Thread> thread) {
  Thread& it = *thread;
  HEDDLE_ASSERT(it.task.get() == this && !it.index);
  it.index = TRY(inst.threads.add(std::move(thread)));
  it.older = threads;
  if (threads) threads->newer = &it;
  threads = &it;
  return {};
}

Result<void> Task::exit_implicit_thread() {
  HEDDLE_ASSERT(&current_thread() == implicit_thread);
  TRY(unregister_thread(*implicit_thread));
  if (ft.async && needs_exclusive()) {
    HEDDLE_ASSERT(inst.exclusive_thread == implicit_thread);
    inst.set_exclusive_thread(nullptr);
  }
  implicit_thread = nullptr;  // whose place in memory another thread of the task may have next
  return {};
}

Result<void> Task::unregister_thread(Thread& thread) {
  HEDDLE_ASSERT(thread.index && thread.task.get() == this);
  if (thread.older) thread.older->newer = thread.newer;
  (thread.newer ? thread.newer->older : threads) = thread.older;
  thread.older = thread.newer = nullptr;
  if (!threads) {
    TRAP_IF(state != State::resolved, unresolved_task);
    HEDDLE_ASSERT(num_borrows == 0);
  }
  TRY(inst.threads.remove(*thread.index));
  return {};
}

Result<void> Task::request_cancellation(ComponentInstance* from) {
  if (state == State::initial) {
    if (implicit_thread->running()) return {};  // no more: it failed as it entered
    state = State::cancel_delivered;
    return implicit_thread->resume(Cancelled::true_);
  }
  HEDDLE_ASSERT(state == State::started);
  std::vector<Thread*> candidates;
  for (Thread* thread = threads; thread; thread = thread->older) {
    const bool held = thread == implicit_thread && needs_exclusive() && inst.exclusive_thread &&
                      inst.exclusive_thread != implicit_thread;
    // One that runs, which a task of the same instance may ask for, is told when it next blocks.
    if (thread->cancellable && !thread->running() && !held) candidates.push_back(thread);
  }
  if (candidates.empty() || !inst.may_enter_from(from)) {
    state = State::pending_cancel;
    return {};
  }
  std::ranges::sort(candidates, {}, [](const Thread* thread) { return *thread->index; });
  state = State::cancel_delivered;
  Thread& chosen = *candidates[inst.store->choices.among(candidates.size())];
  return inst.inside(from, [&chosen] { return chosen.resume(Cancelled::true_); });
}

bool Task::deliver_pending_cancel(bool cancellable) {
  if (!cancellable || state != State::pending_cancel) return false;
  state = State::cancel_delivered;
  return true;
}

Result<std::vector<Val>> Task::start() {
  HEDDLE_ASSERT(state == State::initial);
  state = State::started;
  return caller->on_start();
}

Result<void> Task::return_(std::vector<Val> result) {
  TRAP_IF(state == State::resolved, task_resolved);
  TRAP_IF(num_borrows > 0, borrows_remain);
  TRY(caller->on_resolve(std::move(result)));
  state = State::resolved;
  forget_caller();
  return {};
}

Result<CoreVals> Task::start_flat(LiftLowerContext& cx) {
  HEDDLE_ASSERT(state == State::initial);
  state = State::started;
  if (auto passed = TRY(caller->on_start_flat(cx))) return *std::move(passed);
  return lower_flat_values(cx, kMaxFlatParams, TRY(caller->on_start()), ft.params);
}

// What may not be returned is lifted all the same: what is wrong with it comes first.
Result<void> Task::return_flat(LiftLowerContext& cx, std::span<const CoreVal> result, size_t max_flat) {
  const bool may_return = state != State::resolved && num_borrows == 0;
  if (may_return && TRY(caller->on_resolve_flat(cx, result, max_flat))) {
    state = State::resolved;
    forget_caller();
    return {};
  }
  CoreValueIter vi(result);
  return return_(TRY(lift_flat_values(cx, max_flat, vi, ft.result_type())));
}

Result<void> Task::cancel() {
  TRAP_IF(state != State::cancel_delivered, task_not_cancelled);
  TRAP_IF(num_borrows > 0, borrows_remain);
  TRY(caller->on_resolve(std::nullopt));
  state = State::resolved;
  forget_caller();
  return {};
}

// Which holds on to the call, which holds on to this task.
void Task::forget_caller() { const std::shared_ptr<Caller> forgotten = std::move(caller); }

}  // namespace heddle::component::canon
