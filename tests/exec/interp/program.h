// Random programs for differential tests: a program is a tree whose nodes do, in order, what their children do and
// then what they are themselves. So encoding one and evaluating it on an operand stack are the same walk, and neither
// folds anything.
//
// A program always ends: loops count down, functions only call functions of lower index. It may trap or throw.
#pragma once
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "syntax/op.h"

namespace heddle::testing {

struct Bits {
  uint64_t low = 0, high = 0;
};

struct Node {
  enum class Kind : uint8_t {
    sequence,  // the children, nothing else
    hole,      // a value that is on the stack already
    constant,  // bits
    plain,     // op, after its operands
    local,     // op: local.get, local.set, local.tee; index
    global,    // op: global.get, global.set; index
    access,    // op: a load or store; offset
    block,     // op: block, loop; label, params, results
    if_,       // label; the condition is the first child, then the arms up to `split` and behind it
    branch,    // op: br, br_if; label
    table,     // br_table: targets, the last one the default
    call,      // op: call, return_call, and the indirect ones through table 0; index of the function
    throw_,    // the tag's i32
    try_,      // try_table whose only clause leads to `label`, a block around it
    drop,
    select,
    return_,
    unreachable,
  };
  Kind kind = Kind::sequence;
  Op op{};
  uint32_t index = 0, label = 0, offset = 0, split = 0;
  Bits bits{};
  std::string params{}, results{};  // letters as in op.h
  std::vector<uint32_t> targets{};
  std::vector<Node> children{};
};

struct Func {
  std::string params, results, locals;
  Node body;  // a sequence
};

struct Program {
  std::vector<Func> funcs;
  std::string globals;
  uint32_t padding = 0;  // v128 locals in front of each function's own: they push these beyond what 16 bits can name
};

// Memory: integers and vectors below kFloats, f32 from there on, f64 from kDoubles on. NaNs may differ in their bits
// between two runs, so nothing reads those as anything but floats.
inline constexpr uint32_t kMemoryBytes = 65536, kFloats = 0x8000, kDoubles = 0xc000;
inline constexpr uint32_t kTableFuncs = 4;  // the first functions are in table 0

Program random_program(std::mt19937_64& random, uint32_t funcs);
std::vector<uint8_t> encode(const Program& program);

}  // namespace heddle::testing
