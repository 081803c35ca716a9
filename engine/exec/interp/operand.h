// Reading operands by class and writing results by destination: what every variant handler consists of. Expands in a
// handler, whose state (fp, acc, l0, l1, vec) it uses by name.
#pragma once
#include <type_traits>

#include "exec/interp/families.h"

namespace heddle::interp {

// An index into a memory or a table.
template <uint8_t flags>
using Index = std::conditional_t<flags == kFlagWide, uint64_t, uint32_t>;

}  // namespace heddle::interp

// The operand of type T: `slot` names its slot, `imm` its immediate. Unused expressions cost nothing.
#define READ_INT(T, cls, slot, imm)             \
  ((cls) == kSlot   ? read_slot<T>(&fp[(slot)]) \
   : (cls) == kAcc  ? static_cast<T>(acc)       \
   : (cls) == kPin0 ? static_cast<T>(l0)        \
   : (cls) == kPin1 ? static_cast<T>(l1)        \
                    : static_cast<T>(static_cast<int64_t>(imm)))
#define READ_FLOAT(T, cls, slot) ((cls) == kAcc ? low_lane<T>(vec) : read_slot<T>(&fp[(slot)]))

// `value` goes to acc and to where `dest` says.
#define WRITE_INT(dest, slot, value)                                \
  do {                                                              \
    acc = to_word(value);                                           \
    if constexpr ((dest) != kNowhere) write_slot(&fp[(slot)], acc); \
    if constexpr ((dest) == kToPin0) l0 = acc;                      \
    if constexpr ((dest) == kToPin1) l1 = acc;                      \
  } while (0)
#define WRITE_FLOAT(dest, slot, value)                                  \
  do {                                                                  \
    auto result_ = (value);                                             \
    vec = with_low_lane(vec, result_);                                  \
    if constexpr ((dest) != kNowhere) write_slot(&fp[(slot)], result_); \
  } while (0)
