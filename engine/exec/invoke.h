// Calling functions from C++ (spec 4.7.3, "invocation"). Everything that may execute guest code or allocate
// references in a store goes through an Entry, which bounds nesting and the native stack and tells the collector
// where C++ begins.
#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "base/result.h"
#include "runtime/store.h"

namespace heddle::exec {

// One entry of C++ into a store. Entries nest: host -> guest -> host -> guest. While it lives, references in local
// variables of the functions below it are seen by the collector.
class Entry {
 public:
  // `base`: the frame of the function that enters, the highest one in which references may lie.
  explicit Entry(rt::Store& store, const void* base = __builtin_frame_address(0));
  ~Entry();
  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;
  // ErrorCode::none, or why the store cannot be entered: then nothing may run.
  ErrorCode refused() const { return refused_; }

 private:
  rt::Store& store_;
  rt::Fiber* fiber_;
  rt::Activation* activation_;
  rt::Slot* value_sp_;
  ErrorCode refused_ = ErrorCode::none;
};

// Where the arguments of the next call from C++ go: the top of the current fiber's value stack. Null where there is
// no room for the larger of parameters and results.
inline rt::Slot* arg_slots(rt::Store& store, const rt::FuncRef& callee) {
  const rt::Fiber& fiber = *store.context.fiber;
  size_t slots = std::max(callee.code->param_slots, callee.code->result_slots);
  if (slots <= static_cast<size_t>(fiber.value_limit - fiber.value_sp)) [[likely]]
    return fiber.value_sp;
  return store.make_value_room(fiber.value_sp + slots) == ErrorCode::none ? fiber.value_sp : nullptr;
}

// Calls with `args` == arg_slots(store, callee), which hold the arguments and receive the results. The outcome is
// never tail_call; what was thrown or trapped is in store.pending.
rt::Outcome invoke(rt::Store& store, const rt::FuncRef& callee, rt::Slot* args);

// A value and its canonical type.
struct Val {
  ValType type;
  rt::Slot bits[2] = {};  // as a slot holds it; v128 has both
};

// Checks the arguments against the callee's type (wrong_signature, wrong_value), calls, and collects the results if
// it returned. References in `args` and `results` are roots only as far as they are on this thread's stack or
// handles.
Result<rt::Outcome> call(rt::Store& store, const rt::FuncRef& callee, std::span<const Val> args,
                         std::vector<Val>& results);

}  // namespace heddle::exec
