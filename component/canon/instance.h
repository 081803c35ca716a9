// "## Component Instances" (CanonicalABI.md): what an instance of a component has while it runs.
#pragma once
#include <cstdint>

#include "component/canon/resource.h"
#include "component/canon/table.h"
#include "component/canon/waiting.h"

namespace heddle::component::canon {

class NestedTasks;
class Store;
class Thread;

// An instance and those it is nested in, from the inside out.
class Ancestry {
 public:
  class Iterator {
   public:
    explicit Iterator(ComponentInstance* at) : at_(at) {}
    ComponentInstance& operator*() const { return *at_; }
    Iterator& operator++();
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    ComponentInstance* at_;
  };
  Ancestry(ComponentInstance* first, ComponentInstance* last) : first_(first), last_(last) {}
  Iterator begin() const { return Iterator(first_); }
  Iterator end() const { return Iterator(last_); }

 private:
  ComponentInstance *first_, *last_;  // without `last`
};

struct ComponentInstance {
  explicit ComponentInstance(Store& store, ComponentInstance* parent = nullptr);

  // May `caller`, another instance or (null) the host, call this one? Everything that the call would enter and that
  // the caller is not in already must be free to be entered.
  bool may_enter_from(const ComponentInstance* caller) const;
  void enter_from(const ComponentInstance* caller) const;
  void leave_to(const ComponentInstance* caller) const;
  // Entered for `f`, and left after it; where that traps never to be entered again.
  template <class F>
  auto inside(const ComponentInstance* caller, const F& f) const {
    enter_from(caller);
    auto done = f();
    if (done.ok()) [[likely]] {
      leave_to(caller);
    } else {
      trap_to(caller);
    }
    return done;
  }
  void trap_to(const ComponentInstance* caller) const;
  void poison();  // whoever is within it, or nobody
  Ancestry entering_set(const ComponentInstance* caller) const;
  Ancestry self_and_ancestors() const { return {const_cast<ComponentInstance*>(this), nullptr}; }
  bool is_within(const ComponentInstance& outer) const;
  // Has it trapped, or what it is nested in?
  bool has_ended() const {
    for (const ComponentInstance* inst = this; inst; inst = inst->parent) {
      if (inst->trapped) return true;
    }
    return false;
  }
  void set_exclusive_thread(Thread* thread);
  void let_have_threads();  // which may block as well

  Store* const store;
  ComponentInstance* const parent;
  const uint32_t depth;  // how many it is nested in
  Table<Handle> handles;
  Table<Thread> threads;
  // May it have threads that are left in the middle for one another, or name them: built-ins for threads, tasks with
  // a stack of their own?
  bool has_threads = false;
  ThreadsBySince beside_the_stack;  // then: candidates among its threads (waiting.h)
  // May a function of its block in the middle: by a built-in that waits, or a call that does? Else its threads need
  // no strand: they wait before it begins, or after it has returned.
  bool may_block = true;
  bool may_enter = true;
  bool may_leave = true;
  bool trapped = false;   // it has ended: nobody gives it values or takes some from it any more
  bool given_up = false;  // then: and what it had (Store::end_trapped)
  uint32_t backpressure = 0;
  uint32_t num_waiting_to_enter = 0;
  Thread* exclusive_thread = nullptr;
  Gates gates;
  std::shared_ptr<NestedTasks> allocations;  // calls of its allocators; made by the first
};

inline Ancestry::Iterator& Ancestry::Iterator::operator++() {
  at_ = at_->parent;
  return *this;
}

}  // namespace heddle::component::canon
