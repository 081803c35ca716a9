#include "component/canon/instance.h"

#include <utility>

#include "component/canon/embedding.h"

namespace heddle::component::canon {

ComponentInstance::ComponentInstance(Store& store, ComponentInstance* parent)
    : store(&store),
      parent(parent),
      depth(parent ? parent->depth + 1 : 0),
      handles(store.core.budget),
      threads(store.core.budget) {}

bool ComponentInstance::may_enter_from(const ComponentInstance* caller) const {
  for (const ComponentInstance& inst : entering_set(caller)) {
    if (!inst.may_enter) return false;
  }
  return true;
}

void ComponentInstance::set_exclusive_thread(Thread* thread) {
  HEDDLE_ASSERT(!thread != !exclusive_thread);
  exclusive_thread = thread;
  if (!thread) store->waiting.open_gates(*this);
}

void ComponentInstance::let_have_threads() {
  may_block = true;
  if (!std::exchange(has_threads, true)) store->waiting.sort_out(*this);
}

bool ComponentInstance::is_within(const ComponentInstance& outer) const {
  for (const ComponentInstance& inst : self_and_ancestors()) {
    if (&inst == &outer) return true;
  }
  return false;
}

void ComponentInstance::enter_from(const ComponentInstance* caller) const {
  for (ComponentInstance& inst : entering_set(caller)) {
    HEDDLE_ASSERT(inst.may_enter);
    inst.may_enter = false;
  }
}

void ComponentInstance::leave_to(const ComponentInstance* caller) const {
  for (ComponentInstance& inst : entering_set(caller)) {
    HEDDLE_ASSERT(!inst.may_enter);
    inst.may_enter = !inst.trapped;
  }
}

void ComponentInstance::poison() {
  trapped = true;
  may_enter = false;
}

void ComponentInstance::trap_to(const ComponentInstance* caller) const {
  for (ComponentInstance& inst : entering_set(caller)) inst.poison();
}

// Ancestries are chains: what this one has and the caller's has not is all below the first that both have.
Ancestry ComponentInstance::entering_set(const ComponentInstance* caller) const {
  const ComponentInstance* common = this;
  while (common != caller) {
    if (caller && (!common || caller->depth > common->depth)) {
      caller = caller->parent;
    } else if (common && (!caller || common->depth > caller->depth)) {
      common = common->parent;
    } else {
      common = common->parent;
      caller = caller->parent;
    }
  }
  return {const_cast<ComponentInstance*>(this), const_cast<ComponentInstance*>(common)};
}

}  // namespace heddle::component::canon
