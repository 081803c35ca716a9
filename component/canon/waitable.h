// "### Waitable State" (CanonicalABI.md): what something can be waited for, and sets of such.
#pragma once
#include <functional>
#include <map>
#include <memory>

#include "component/canon/resource.h"
#include "component/canon/thread.h"

namespace heddle::component::canon {

enum class EventCode : uint32_t {
  none = 0,
  subtask = 1,
  stream_read = 2,
  stream_write = 3,
  future_read = 4,
  future_write = 5,
  task_cancelled = 6,
};

struct EventTuple {
  EventCode code = EventCode::none;
  uint32_t p1 = 0, p2 = 0;
};

class WaitableSet;

class Waitable : public Handle, public WaitSource {
 public:
  using PendingEvent = std::function<EventTuple()>;

  explicit Waitable(Kind kind) : Handle(kind) {}
  ~Waitable() override { leave_set(); }

  void set_pending_event(PendingEvent event);
  bool has_event() const override { return has_pending_event(); }
  bool has_pending_event() const { return static_cast<bool>(pending_event); }
  bool in_waitable_set() const { return wset != nullptr; }
  Result<void> wait_for_pending_event();
  EventTuple get_pending_event();
  void join(WaitableSet* set);
  virtual Result<void> drop();

  PendingEvent pending_event;
  WaitableSet* wset = nullptr;  // which tells its elements when it goes
  bool has_sync_waiter = false;

 private:
  friend class WaitableSet;
  void leave_set();
  uint64_t joined_ = 0;  // its place in `wset`
};

class WaitableSet : public Handle, public WaitSource {
 public:
  WaitableSet() : Handle(Kind::waitable_set) {}
  ~WaitableSet() override;

  bool has_event() const override { return has_pending_event(); }
  bool has_pending_event() const { return !with_event_.empty(); }
  EventTuple get_pending_event();
  Result<EventTuple> wait_for_event_and(const ReadyFunc& ready_func, bool cancellable);
  Result<EventTuple> wait_for_event(bool cancellable);
  EventTuple poll(bool cancellable);
  Result<void> drop() const;

  std::map<uint64_t, Waitable*> elems;  // in the order in which they joined
  uint32_t num_waiting = 0;

 private:
  friend class Waitable;
  void add(Waitable& w);
  void remove(Waitable& w);
  void event_changed(Waitable& w);

  std::map<uint64_t, Waitable*> with_event_;
  uint64_t joins_ = 0;
};

}  // namespace heddle::component::canon
