// A trap: why execution stopped, in the suite's words, and where. Captured when it happens, before frames are gone.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/tier.h"

namespace heddle::rt {

struct Frame {
  const Module* module = nullptr;
  uint32_t func = 0;    // function index
  uint32_t offset = 0;  // of the instruction, in bytes of the module; 0 where unknown
};

struct Trap {
  ErrorCode code = ErrorCode::none;
  std::string message{};        // replaces the code's words by ones that say more; else empty
  int32_t exit_code = 0;        // where code is `exited`
  std::vector<Frame> frames{};  // innermost first, at most kMaxFrames; `omitted` more followed
  uint32_t omitted = 0;
  std::shared_ptr<const void> cause{};  // the embedder's own error, handed back to it as it came
};
inline constexpr uint32_t kMaxFrames = 64;

// "integer divide by zero", or the trap's own words: a host function's, or which segment did not fit.
std::string message_of(const Trap& trap);
// One line a frame: "  0: fib (func 3) at 0x1a2b". Module names where there are any.
std::string format_backtrace(const Trap& trap);

}  // namespace heddle::rt
