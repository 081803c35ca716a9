// Faults as traps. Whoever runs code that may touch guard pages enters a FaultScope on its thread; the process-wide
// handler of SIGSEGV and SIGBUS hands a fault to the innermost scope that owns the address, and every other fault to
// the handler that was there before. The handler takes no lock and allocates nothing: it only redirects execution to
// `land`, which then runs on the normal stack, below the faulting frame, as ordinary code, and never returns (it
// unwinds to the scope's owner).
#pragma once
#include <cstdint>

#include "base/result.h"

namespace heddle::os {

struct Fault {
  const void* address = nullptr;  // what was accessed
  uintptr_t code = 0;             // the faulting instruction
  // The registers that hold the first four arguments of an interpreter handler: a hint only.
  uintptr_t argument[4] = {};
};

struct FaultScope {
  bool (*owns)(const FaultScope& self, const Fault& fault) = nullptr;
  void (*land)(const FaultScope& self, const Fault& fault) = nullptr;  // does not return
  FaultScope* outer = nullptr;
};

// Installs the handlers (once a process) and this thread's alternate stack (once a thread). Cheap afterwards.
Result<void> prepare_thread_for_faults();
FaultScope*& current_fault_scope();  // of this thread

// Can faults become traps on this system? Otherwise memories are always checked explicitly.
constexpr bool faults_supported() {
#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__))
  return true;
#else
  return false;
#endif
}

}  // namespace heddle::os
