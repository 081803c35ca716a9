// A naive evaluator of random programs: an operand stack, one step a node, the operators' own kernels. What the
// interpreter makes of a program must not differ.
#pragma once
#include <array>
#include <span>

#include "base/error.h"
#include "tests/exec/interp/program.h"

namespace heddle::testing {

// Everything a call can change.
struct State {
  std::vector<uint8_t> memory;
  std::vector<Bits> globals;
};

struct Answer {
  enum class Kind : uint8_t { returned, trapped, threw, endless };
  Kind kind = Kind::returned;
  ErrorCode trap = ErrorCode::none;
  uint32_t thrown = 0;
  std::vector<Bits> results{};
};

Answer evaluate(const Program& program, uint32_t func, std::span<const Bits> args, State& state);

}  // namespace heddle::testing
