// A thread of execution inside a store: a value stack that grows up. The store's root fiber runs what the host calls;
// every continuation (stack switching) is one more. Interpreted frames live entirely on the value stack, so that
// switching between fibers of one activation is data-structure work; where C++ has to wait too, a native stack lies
// below in the same space (strand.h), and machine code gets one likewise.
//
//   [guard][native stack, grows down, where there is one][value stack, grows up][guard]
#pragma once
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "os/stack_space.h"
#include "runtime/budget.h"
#include "runtime/tier.h"

namespace heddle::rt {

enum class FiberState : uint8_t { root, fresh, suspended, running, done };

struct Fiber {
  Slot* value_base = nullptr;
  Slot* value_end = nullptr;
  Slot* value_limit = nullptr;  // frames must end at or below; of a strand's below value_end, until more is paid for
  Slot* value_sp = nullptr;     // first free slot: what lies below is live for the collector
  Fiber* parent = nullptr;      // who resumed it; null for a root and while suspended
  void* native_sp = nullptr;
  FiberState state = FiberState::root;
  uint32_t store_index = 0;  // of a continuation's fiber: its place in Store::fibers
  Budget* budget = nullptr;
  os::StackSpace space;  // of its own

  // What a continuation's fiber runs; fresh: called when it is first resumed. `bound` slots of its arguments, or of
  // the results of the instruction at which it is suspended, have been given by cont.bind.
  const FuncRef* target = nullptr;
  uint32_t bound = 0;
  // Where a suspended interpreted fiber goes on (exec/interp/frame.h).
  const uint64_t* resume_pc = nullptr;
  Slot* resume_fp = nullptr;
  Instance* resume_instance = nullptr;
  // Of the parent at the resume instruction: its frame and the cell that lists the handlers.
  const uint64_t* parent_pc = nullptr;
  Slot* parent_fp = nullptr;
  Instance* parent_instance = nullptr;

  // Both charge the budget, where there is one: budget_exceeded; out_of_memory.
  static Result<std::unique_ptr<Fiber>> create(uint64_t value_bytes, Budget* budget);
  // On somebody else's space: `value_bytes` from `base`.
  static Result<std::unique_ptr<Fiber>> create_on(uint8_t* base, uint64_t value_bytes, Budget* budget);
  Fiber() = default;
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  uint64_t value_bytes() const { return static_cast<uint64_t>(value_end - value_base) * sizeof(Slot); }
};

}  // namespace heddle::rt
