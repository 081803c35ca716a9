// A native stack besides the thread's own, and a function on it that can stop in the middle and be gone on with: what
// lets C++ code wait below guest code that waits. The stack is somebody else's, with a guard below it. Boost.Context
// switches; where it is not to be had, the C library's ucontext does. Sanitizers are told.
//
// Threads: a fiber may be gone on with on another thread than the one it stopped on; only one runs it at a time.
#pragma once
#include <cstdint>
#include <memory>

#include "base/result.h"

namespace heddle::os {

class NativeFiber {
 public:
  using Body = void (*)(void* argument);

  // On the whole pages from `low`, of which the last are used first. out_of_memory.
  static Result<std::unique_ptr<NativeFiber>> create_on(uint8_t* low, uint64_t bytes);
  ~NativeFiber();  // its body must have returned: what lies on the stack is not unwound
  NativeFiber(const NativeFiber&) = delete;
  NativeFiber& operator=(const NativeFiber&) = delete;

  void start(Body body, void* argument);  // what the next resume() begins with; the body before has returned
  void resume();                          // runs it until it parks or returns
  void park();                            // called on its stack: back to resume()

  // While nothing runs on it: gives back to the system all but the first `bytes`, whole pages, that would be used
  // next. False where it cannot.
  [[nodiscard]] bool discard_below(uint64_t bytes);

  bool in_the_middle() const { return state_ == State::parked; }
  const void* low() const { return low_; }  // usable from here
  const void* high() const { return high_; }
  uint64_t bytes() const { return static_cast<uint64_t>(high_ - low_); }
  // While it is parked: the lowest address in use on its stack. While it runs: that on the stack that resumed it.
  const void* parked_at() const;
  const void* resumed_from() const;

 private:
  enum class State : uint8_t { idle, ready, running, parked };
  struct Switch;

  NativeFiber(uint8_t* low, uint8_t* high);
  void run();

  uint8_t *low_, *high_;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  State state_ = State::idle;
  std::unique_ptr<Switch> switch_;
};

}  // namespace heddle::os
