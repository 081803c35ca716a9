// What becomes of who has to do with an instance that has trapped. The definitions end all there is; here only who
// would wait for ever ends as well: for an answer, or for the value of a future. An end of a stream that has gone is
// what it is at other times.
#include "component/canon/embedding.h"
#include "component/canon/future.h"

namespace heddle::component::canon {
namespace {

void break_off_copies(const ComponentInstance& inst) {
  for (const auto& handle : inst.handles.all()) {
    if (!handle || !handle->is_waitable() || handle->kind == Handle::Kind::subtask) continue;
    const bool writes =
        handle->kind == Handle::Kind::writable_stream_end || handle->kind == Handle::Kind::writable_future_end;
    static_cast<CopyEnd&>(*handle).shared->break_off(writes);
  }
}

const ComponentInstance* waits_for(const Task& task) { return task.caller ? task.caller->instance() : nullptr; }

}  // namespace

// As many rounds as there are instances that wait for one another in a row, which are as many as the host has linked
// so: those of one component end together.
void Store::end_trapped() const {
  HEDDLE_ASSERT(nesting_depth == 0);
  const auto threads = all_threads();
  for (bool found = true; found;) {
    found = false;
    for (const auto& inst : instances_) {
      if (inst->given_up || !inst->has_ended()) continue;
      found = inst->given_up = true;
      break_off_copies(*inst);
    }
    for (const auto& thread : threads) {
      const ComponentInstance* const caller = waits_for(*thread->task);
      if (!caller || !thread->task->inst.has_ended() || caller->has_ended()) continue;
      caller->trap_to(nullptr);
      found = true;
    }
  }
}

void SharedStreamImpl::break_off(bool) {
  broken = true;
  if (pending_inst && pending_inst->has_ended()) reset_pending();
  drop();
}

// A reader cannot be told that there will be no value.
void SharedFutureImpl::break_off(bool by_writer) {
  broken = true;
  if (pending_inst && pending_inst->has_ended()) reset_pending();
  if (!by_writer) return drop();
  if (ComponentInstance* const reader = pending_inst) {
    reset_pending();
    reader->trap_to(nullptr);
  }
}

}  // namespace heddle::component::canon
