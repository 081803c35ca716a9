// Systems where faults do not become traps: memories are always checked explicitly there, and no scope is ever asked.
#include "os/signals.h"

namespace heddle::os {

FaultScope*& current_fault_scope() {
  thread_local FaultScope* scope = nullptr;
  return scope;
}

Result<void> prepare_thread_for_faults() { return {}; }

}  // namespace heddle::os
