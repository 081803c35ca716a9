// "### `canon context.get`" to "`task.cancel`", and "`subtask.cancel`", "`subtask.drop`" (CanonicalABI.md).
#include "component/canon/builtins.h"
#include "component/canon/embedding.h"
#include "component/canon/lift.h"
#include "component/canon/subtask.h"

namespace heddle::component::canon {

uint64_t canon_context_get(CoreVal::Type t, uint32_t i) {
  const Thread& thread = current_thread();
  HEDDLE_ASSERT(t == CoreVal::Type::i32 || t == CoreVal::Type::i64);
  HEDDLE_ASSERT(i < std::size(thread.storage));
  const uint64_t result = thread.storage[i];
  HEDDLE_ASSERT(t == CoreVal::Type::i64 || result <= UINT32_MAX);
  return result;
}

void canon_context_set(CoreVal::Type t, uint32_t i, uint64_t v) {
  Thread& thread = current_thread();
  HEDDLE_ASSERT(t == CoreVal::Type::i32 || t == CoreVal::Type::i64);
  HEDDLE_ASSERT(i < std::size(thread.storage));
  HEDDLE_ASSERT(t == CoreVal::Type::i64 || v <= UINT32_MAX);
  thread.storage[i] = v;
}

namespace {
constexpr uint32_t kMostBackpressure = 1u << 16;
}

Result<void> canon_backpressure_inc() {
  ComponentInstance& inst = current_instance();
  HEDDLE_ASSERT(inst.backpressure < kMostBackpressure);
  TRAP_IF(inst.backpressure + 1 == kMostBackpressure, backpressure_overflow);
  ++inst.backpressure;
  return {};
}

Result<void> canon_backpressure_dec() {
  ComponentInstance& inst = current_instance();
  HEDDLE_ASSERT(inst.backpressure < kMostBackpressure);
  TRAP_IF(inst.backpressure == 0, backpressure_underflow);
  if (--inst.backpressure == 0) inst.store->waiting.open_gates(inst);
  return {};
}

Result<void> canon_task_return(const T& result_type, const LiftOptions& opts, std::span<const CoreVal> flat_args) {
  Task& task = current_task();
  TRAP_IF(!task.inst.may_leave, cannot_leave);
  TRAP_IF(!task.opts.async, sync_task_returns);
  TRAP_IF(!task.inst.store->type_numbers.same(result_type, task.ft.result), wrong_task_return);
  TRAP_IF(!LiftOptions::equal(opts, task.opts), wrong_task_return);
  LiftLowerOptions lift_opts;
  static_cast<LiftOptions&>(lift_opts) = opts;
  LiftLowerContext cx(lift_opts, task.inst, &task);
  return task.return_flat(cx, flat_args, kMaxFlatParams);
}

Result<void> canon_task_cancel() {
  Task& task = current_task();
  TRAP_IF(!task.inst.may_leave, cannot_leave);
  TRAP_IF(!task.opts.async, sync_task_returns);
  return task.cancel();
}

namespace {

// That it has begun is an event too, which may be pending: what is waited for is how it ended.
Result<void> wait_until_resolved(Subtask& subtask) {
  TRAP_IF(subtask.in_waitable_set(), sync_in_waitable_set);
  HEDDLE_ASSERT(!subtask.has_sync_waiter);
  subtask.has_sync_waiter = true;
  TRY(current_thread().wait_until({[&subtask] { return subtask.resolved(); }, &subtask}));
  subtask.has_sync_waiter = false;
  return {};
}

}  // namespace

Result<uint32_t> canon_subtask_cancel(bool async, uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const auto found = inst.handles.get(i);
  if (!found.ok()) return told_first(found.error(), async);
  const std::shared_ptr<Handle>& handle = found.value();
  TRAP_IF_AT(handle->kind != Handle::Kind::subtask, wrong_handle, i);
  auto& subtask = static_cast<Subtask&>(*handle);
  TRAP_IF(subtask.resolve_delivered(), subtask_delivered);
  TRAP_IF(subtask.cancellation_requested, subtask_cancelled_twice);
  TRAP_IF(subtask.in_waitable_set() && !async, sync_in_waitable_set);
  if (subtask.resolved()) {
    HEDDLE_ASSERT(subtask.has_pending_event());
  } else {
    subtask.cancellation_requested = true;
    const OnCancel on_cancel = subtask.on_cancel;  // which forgets itself when the subtask is resolved
    TRY(on_cancel->on_cancel(&inst));
    // It may have run code of this very instance, which has put the subtask into a set or taken its event.
    TRAP_IF(subtask.resolve_delivered(), subtask_delivered);
    if (!subtask.resolved()) {
      if (async) return kBlocked;
      TRY(wait_until_resolved(subtask));
    }
  }
  const EventTuple event = subtask.get_pending_event();
  HEDDLE_ASSERT(event.code == EventCode::subtask && event.p1 == i);
  HEDDLE_ASSERT(event.p2 == static_cast<uint32_t>(subtask.state) && subtask.resolve_delivered());
  return event.p2;
}

Result<void> canon_subtask_drop(uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> s = TRY(inst.handles.get(i));
  TRAP_IF_AT(s->kind != Handle::Kind::subtask, wrong_handle, i);
  TRY(static_cast<Subtask&>(*s).drop());
  TRY(inst.handles.remove(i));  // not before: what a trap leaves behind is where it was
  return {};
}

}  // namespace heddle::component::canon
