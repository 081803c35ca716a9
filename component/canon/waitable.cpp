#include "component/canon/waitable.h"

#include <algorithm>
#include <utility>

#include "component/canon/embedding.h"

namespace heddle::component::canon {

void Waitable::set_pending_event(PendingEvent event) {
  pending_event = std::move(event);
  if (wset) wset->event_changed(*this);
  if (has_pending_event()) wake();
}

Result<void> Waitable::wait_for_pending_event() {
  HEDDLE_ASSERT(!in_waitable_set() && !has_sync_waiter);
  has_sync_waiter = true;
  TRY(current_thread().wait_until({[this] { return has_pending_event(); }, this}));
  has_sync_waiter = false;
  return {};
}

EventTuple Waitable::get_pending_event() {
  const PendingEvent event = std::exchange(pending_event, nullptr);
  if (wset) wset->event_changed(*this);
  return event();
}

void Waitable::leave_set() {
  if (wset) wset->remove(*this);
  wset = nullptr;
}

void Waitable::join(WaitableSet* set) {
  HEDDLE_ASSERT(!has_sync_waiter);
  leave_set();
  wset = set;
  if (set) set->add(*this);
}

Result<void> Waitable::drop() {
  HEDDLE_ASSERT(!has_pending_event());
  HEDDLE_ASSERT(!has_sync_waiter);
  join(nullptr);
  return {};
}

WaitableSet::~WaitableSet() {
  for (const auto& [joined, w] : elems) w->wset = nullptr;
}

void WaitableSet::add(Waitable& w) {
  w.joined_ = ++joins_;
  elems.emplace(w.joined_, &w);
  event_changed(w);
}

void WaitableSet::remove(Waitable& w) {
  elems.erase(w.joined_);
  with_event_.erase(w.joined_);
}

void WaitableSet::event_changed(Waitable& w) {
  if (w.has_pending_event()) {
    with_event_.emplace(w.joined_, &w);
    wake();
  } else {
    with_event_.erase(w.joined_);
  }
}

// The first that joined, or any.
EventTuple WaitableSet::get_pending_event() {
  HEDDLE_ASSERT(has_pending_event());
  const size_t which = current_instance().store->choices.among(with_event_.size());
  Waitable& w = *std::next(with_event_.begin(), static_cast<ptrdiff_t>(which))->second;
  HEDDLE_ASSERT(w.wset == this);
  return w.get_pending_event();
}

Result<EventTuple> WaitableSet::wait_for_event_and(const ReadyFunc& ready_func, bool cancellable) {
  auto ready_and_has_event = [this, &ready_func] { return ready_func() && has_pending_event(); };
  ++num_waiting;
  const Cancelled cancelled = TRY(current_thread().wait_until({ready_and_has_event, this}, cancellable));
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

Result<void> WaitableSet::drop() const {
  TRAP_IF(!elems.empty(), waitable_set_not_empty);
  TRAP_IF(num_waiting > 0, waitable_set_has_waiters);
  return {};
}

}  // namespace heddle::component::canon
