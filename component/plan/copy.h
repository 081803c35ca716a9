// Runs a program (program.h): values pass from one guest to another as "## Lifting and Lowering Values"
// (CanonicalABI.md) has it, without a tree of them in between. What comes out is what canon's lift_flat_values and
// lower_flat_values make of the same: the same core values, memory, handles, calls of realloc and traps.
//
// Values are lowered while they are lifted, part by part. Where lowering fails, lifting still goes on to the end:
// what would have trapped there comes first.
#pragma once
#include <span>

#include "component/canon/options.h"
#include "component/plan/program.h"

namespace heddle::component::plan {

// A guest on one side of a copy, or one who is like it.
class Guest {
 public:
  explicit Guest(canon::LiftLowerContext& cx) : cx(cx) {}
  virtual ~Guest() = default;
  Guest(const Guest&) = delete;
  Guest& operator=(const Guest&) = delete;

  // As LiftLowerContext has them. Memories may have moved after the first.
  virtual Result<uint64_t> reallocate(uint64_t old, uint64_t old_size, uint64_t alignment, uint64_t new_size) {
    return cx.reallocate(old, old_size, alignment, new_size);
  }
  virtual Result<void> take(uint64_t bytes, uint64_t work) { return cx.take(bytes, work); }
  void look_again() { memory = cx.opts.memory ? cx.opts.memory->bytes() : std::span<uint8_t>(); }

  canon::LiftLowerContext& cx;
  std::span<uint8_t> memory{};
  bool texts_are_valid = false;  // all strings there have been looked at
};

// Core values on one side: one each in its low bits, or, where there are more than `most`, a pointer to them in the
// first. What is written has its high bits clear.
struct CoreValues {
  std::span<uint64_t> values;
  size_t most = 0;
  // Lowering: the pointer to write more values to is there already ("out_param").
  bool has_pointer = false;
};

// Where they are all scalars, and core values on both sides: nothing else has to be known.
Result<void> copy_scalars(const Program& program, const uint64_t* in, uint64_t* out);
Result<void> copy(const Program& program, Guest& from, const CoreValues& in, Guest& to, const CoreValues& out);

// Lifts, and does nothing with it but trap where lifting does.
Result<void> lift_only(const Program& program, Guest& from, const CoreValues& in);

// Elements of a list, `n` of the one value that the program is for, from `src` on to `dst`: aligned and in bounds.
Result<void> copy_elements(const Program& program, Guest& from, uint64_t src, Guest& to, uint64_t dst, uint32_t n);

}  // namespace heddle::component::plan
