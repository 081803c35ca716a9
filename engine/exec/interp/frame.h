// What the interpreter keeps of a function and of a run: translated code, the frame on the value stack, the
// activation on the native stack.
//
//   fp -> [parameters, room for the results | link | other locals | temporaries by operand-stack height ...]
//
// The callee's parameters are the caller's topmost temporaries, so that a call copies nothing. The link stands behind
// max(parameter slots, result slots), which caller and callee both know. Calls between interpreted functions, of one
// instance or several, push frames and stay in one activation: the native stack does not grow.
#pragma once
#include <csetjmp>
#include <cstdint>
#include <memory>
#include <vector>

#include "exec/interp/dispatch.h"
#include "os/signals.h"
#include "runtime/tier.h"
#include "runtime/trap.h"

namespace heddle::interp {

struct Function;

// The words of a link, by index. Which function a frame belongs to is found from its pc and instance (code.h).
enum Link : uint32_t {
  kReturnPc,  // the call's cell: execution goes on kCallWords after it; that of the exit cell leaves the activation
  kCallerFp,
  kCallerCtx,  // Instance* of the caller
  kLinkSlots,
};

// Every cell that calls looks alike, so that returning needs no knowledge of how the call was made:
//   [handler][u32 frame delta | u16 pinned 0 | u16 pinned 1][target]
inline constexpr uint32_t kCallWords = 3;

// Where an exception goes (spec 4.6.4): one entry a catch clause, innermost try first; a range is in words of the
// code, from the first cell of the body to behind the last. Of calls the call's own cell counts.
struct CatchEntry {
  enum class Kind : uint8_t { catch_, catch_ref, catch_all, catch_all_ref, delegate };
  uint32_t begin = 0, end = 0;
  Kind kind = Kind::catch_all;
  uint32_t tag = 0;     // tag index of the module, for catch_ and catch_ref
  uint32_t target = 0;  // word to go on at
  uint32_t slot = 0;    // where the arguments go, and behind them the exception reference of the _ref kinds
  bool keep_exception =
      false;           // legacy catch: the exception goes to `slot`, for rethrow, and the arguments behind it
  uint32_t depth = 0;  // nesting of the try
  uint32_t delegate_depth = 0;  // delegate: only entries of this depth or less are asked from here on
};

// One (on $tag ...) of a resume instruction (stack switching).
struct ResumeHandler {
  bool switches = false;
  uint32_t tag = 0;     // tag index of the module
  uint32_t target = 0;  // word to go on at
  uint32_t slot = 0;    // where the tag's arguments and the continuation go
};

// What a resume cell names: its handlers, as a range of the function's, and the tag that resume_throw throws.
struct Resumption {
  uint32_t first = 0, count = 0;
  uint32_t tag = 0;
};

// A translated function: made once, then immutable; shared by the module's instances and threads.
struct Function {
  const rt::Module* module = nullptr;
  rt::FuncCode* code = nullptr;
  uint32_t index = 0;
  uint32_t frame_slots = 0;  // parameters to deepest temporary
  uint32_t link = 0;         // slot of the link
  uint32_t pinned[2] = {0, 0};
  uint32_t word_count = 0;
  const Word* words = nullptr;
  std::vector<CatchEntry> catches;
  std::vector<ResumeHandler> handlers;
  std::vector<Resumption> resumptions;  // one a resume cell
};

}  // namespace heddle::interp

namespace heddle::rt {

// One run: entered from C++ (or, later, from machine code through a stub), left with an outcome; lies on the native
// stack. `pc`, `fp` and `ctx` are set before anything that looks at frames: a trap, a call out.
struct Activation {
  os::FaultScope scope;  // first: the fault handler hands it back
  Activation* outer = nullptr;
  Store* store = nullptr;
  Fiber* fiber = nullptr;  // current when the activation began; what a trap returns to
  Outcome outcome = Outcome::returned;
  const uint64_t* pc = nullptr;
  Slot* fp = nullptr;
  Instance* ctx = nullptr;
  uint32_t pinned[2] = {0, 0};  // of the function in which a caught exception goes on
  void* machine = nullptr;      // of the dispatch loop, where there is one
  jmp_buf unwind;
};

}  // namespace heddle::rt
