// What loads and stores do with a value once they know where it is in memory, or in an object: the steps that their
// handlers share. Expand in a handler, whose state they use by name.
#pragma once
#include <cstring>

#include "exec/interp/operand.h"
#include "exec/interp/unwind.h"
#include "exec/num_access.h"

namespace heddle::interp {

template <Op op>
constexpr char kResult = info(op).sig.results[0];
template <Op op>
constexpr char kStored = info(op).sig.params[1];

template <Op op, uint8_t dest>
inline v128 put_vector(Slot* slot, v128 vec, typename num::LoadOf<op>::Value value) {
  if constexpr (dest != kNowhere) write_slot(slot, value);
  if constexpr (sizeof(value) == 16) {
    return value;
  } else {
    return with_low_lane(vec, value);
  }
}

// What load `op` makes of what is at `from`, to the register of its kind and to where `dest` says.
#define LOAD(op, from, dest, slot)                                               \
  typename num::LoadOf<op>::Memory raw_;                                         \
  HEDDLE_STAND();                                                                \
  std::memcpy(&raw_, (from), sizeof raw_);                                       \
  HEDDLE_STAND();                                                                \
  if constexpr (is_int_letter(kResult<op>)) {                                    \
    WRITE_INT(dest, slot, num::LoadOf<op>::extend(raw_));                        \
  } else {                                                                       \
    vec = put_vector<op, dest>(&fp[(slot)], vec, num::LoadOf<op>::extend(raw_)); \
  }

// The operand of store `op`, as `name`: of class `cls`, in `slot`, or `imm`.
#define READ_STORED(name, op, cls, slot, imm)                  \
  using Value_ = typename num::StoreOf<op>::Value;             \
  Value_ name;                                                 \
  if constexpr (is_int_letter(kStored<op>)) {                  \
    name = READ_INT(Value_, cls, slot, imm);                   \
  } else if constexpr (sizeof(Value_) == 16) {                 \
    name = (cls) == kAcc ? vec : read_slot<v128>(&fp[(slot)]); \
  } else {                                                     \
    name = READ_FLOAT(Value_, cls, slot);                      \
  }

#define STORE(op, to, value)                                              \
  typename num::StoreOf<op>::Memory raw_ = num::StoreOf<op>::wrap(value); \
  HEDDLE_STAND();                                                         \
  std::memcpy((to), &raw_, sizeof raw_);                                  \
  HEDDLE_STAND()

}  // namespace heddle::interp
