// The boundary between the runtime, the tiers that execute functions (interpreter, machine code) and the host.
// Everything that can be called looks the same from outside: a FuncRef, whose FuncCode holds two entries that are
// always callable.
//
//   state         array entry                        native entry
//   untouched     translate, then as interpreted     null until a tier with machine code is registered
//   interpreted   run the interpreter                "enter interpreter" stub of the signature
//   compiled      "slots to registers" stub          the code itself
//   host          the host trampoline                "registers to slots" stub, then the trampoline
//
// A tier changes FuncCode and nothing else. A slot is 8 bytes; v128 takes two; a reference is one pointer (null is 0,
// i31 is tagged in bit 0). Stacks: see Fiber. Interpreter frames: exec/interp/frame.h.
#pragma once
#include <atomic>
#include <cstdint>

#include "valid/registry.h"

namespace heddle::rt {

struct Instance;
struct Store;
struct FuncRef;
struct FuncCode;
struct Module;

using Slot = uint64_t;
using Ref = uint64_t;  // a reference as a slot holds it; 0 is null

// How a call ended. Never an Error: a thrown exception and a suspension are ordinary outcomes.
enum class Outcome : uint32_t {
  returned,   // results are in the slots
  threw,      // store.pending.exception holds it
  trapped,    // store.pending.trap holds it, its backtrace captured where it happened
  tail_call,  // store.pending.tail_target holds the function; its arguments are in the slots
};

// `args` lies on the value stack of the store's current fiber: it holds the parameters, receives the results and has
// room for the larger of both. The caller has set fiber->value_sp to the first slot behind them. Never returns
// tail_call to C++ callers other than exec/invoke.h, which loops on it.
using ArrayEntry = Outcome (*)(const FuncRef& callee, Slot* args);
// Machine code in the internal convention: x86-64 r14 = Instance*, r15 = base of memory 0, 6 integer and 8 float
// arguments and results in registers, the rest in a callee-popped area; every register is caller-saved. AArch64 x27,
// x28.
using NativeEntry = void (*)();

// One a function of a module, shared by all instances and threads. Where the function is interpreted, `interp` is its
// first cell; before the first call it is the cell that translates. Host functions have a FuncCode of their own with
// interp null.
struct FuncCode {
  std::atomic<ArrayEntry> array{nullptr};
  std::atomic<NativeEntry> native{nullptr};
  std::atomic<const uint64_t*> interp{nullptr};
  std::atomic<int32_t> heat{0};  // counts down where tier-up is on; below zero asks the tier to compile
  uint32_t index = 0;            // function index in its module
  TypeId type = kNoType;
  uint32_t param_slots = 0, result_slots = 0;
  const Module* module = nullptr;  // null for host functions
};

// A function reference: an import, a table element, a funcref. Made once by the instance that defines the function,
// so that reference equality is pointer equality; lives as long as its store. `type` stands first: call_indirect
// needs no second hop.
struct FuncRef {
  TypeId type = kNoType;
  FuncCode* code = nullptr;
  Instance* instance = nullptr;  // never null: host functions point to the store's host instance
};

inline Ref to_ref(const FuncRef* f) { return reinterpret_cast<uintptr_t>(f); }
inline FuncRef* to_func(Ref r) { return reinterpret_cast<FuncRef*>(static_cast<uintptr_t>(r)); }

// What a tier above the interpreter implements and the embedder registers with the engine. The engine never names
// one.
class Tier {
 public:
  virtual ~Tier() = default;
  // Asks for machine code of a function that became hot. May compile now, later on another thread, or never. When
  // done it stores the entries into the function's FuncCode.
  virtual void request(const Module& module, FuncCode& code) = 0;
};

}  // namespace heddle::rt
