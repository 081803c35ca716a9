#include "component/canon/waitable.h"

#include <algorithm>
#include <utility>

#include "component/canon/embedding.h"

namespace heddle::component::canon {

Result<void> Waitable::wait_for_pending_event() {
  HEDDLE_ASSERT(!in_waitable_set() && !has_sync_waiter);
  has_sync_waiter = true;
  TRY(current_thread().wait_until([this] { return has_pending_event(); }, false));
  has_sync_waiter = false;
  return {};
}

EventTuple Waitable::get_pending_event() { return std::exchange(pending_event, nullptr)(); }

void Waitable::leave_set() {
  if (wset) wset->elems.erase(std::find(wset->elems.begin(), wset->elems.end(), this));
  wset = nullptr;
}

void Waitable::join(WaitableSet* set) {
  HEDDLE_ASSERT(!has_sync_waiter);
  leave_set();
  wset = set;
  if (set) set->elems.push_back(this);
}

Result<void> Waitable::drop() {
  HEDDLE_ASSERT(!has_pending_event());
  HEDDLE_ASSERT(!has_sync_waiter);
  join(nullptr);
  return {};
}

WaitableSet::~WaitableSet() {
  for (Waitable* w : elems) w->wset = nullptr;
}

bool WaitableSet::has_pending_event() const {
  return std::any_of(elems.begin(), elems.end(), [](const Waitable* w) { return w->has_pending_event(); });
}

EventTuple WaitableSet::get_pending_event() {
  HEDDLE_ASSERT(has_pending_event());
  current_instance().store->choices.shuffle(elems);
  const auto found =
      std::find_if(elems.begin(), elems.end(), [](const Waitable* w) { return w->has_pending_event(); });
  HEDDLE_ASSERT((*found)->wset == this);
  return (*found)->get_pending_event();
}

Result<EventTuple> WaitableSet::wait_for_event_and(const ReadyFunc& ready_func, bool cancellable) {
  auto ready_and_has_event = [this, &ready_func] { return ready_func() && has_pending_event(); };
  ++num_waiting;
  const Cancelled cancelled = TRY(current_thread().wait_until(ready_and_has_event, cancellable));
  const EventTuple event =
      cancelled == Cancelled::true_ ? EventTuple{EventCode::task_cancelled} : get_pending_event();
  --num_waiting;
  return event;
}

Result<EventTuple> WaitableSet::wait_for_event(bool cancellable) {
  return wait_for_event_and([] { return true; }, cancellable);
}

EventTuple WaitableSet::poll(bool cancellable) {
  if (current_task().deliver_pending_cancel(cancellable)) return {EventCode::task_cancelled};
  return has_pending_event() ? get_pending_event() : EventTuple{EventCode::none};
}

Result<void> WaitableSet::drop() {
  TRAP_IF(!elems.empty(), waitable_set_not_empty);
  TRAP_IF(num_waiting > 0, waitable_set_has_waiters);
  return {};
}

}  // namespace heddle::component::canon
