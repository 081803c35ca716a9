// The interpreter as the rest of the engine sees it: the baseline tier, in which everything starts.
#pragma once
#include "runtime/module.h"
#include "runtime/store.h"

namespace heddle::interp {

// Gives every function of a freshly loaded module its entries: the array entry below, and the cell that translates.
void attach(rt::Module& module);

// The array entry of interpreted functions (runtime/tier.h).
rt::Outcome entry(const rt::FuncRef& callee, rt::Slot* args);

// The frames of all activations of the store, innermost first.
void capture_backtrace(rt::Store& store, rt::Trap& trap);

}  // namespace heddle::interp
