// Handlers of loads and stores of memory 0 where its indices have 32 bits: guarded by the reservation or checked
// explicitly.
#include "exec/interp/address.h"
#include "exec/interp/operand.h"
#include "exec/interp/tables.h"
#include "exec/num_access.h"

namespace heddle::interp {
namespace {

template <Op op>
constexpr char kResult = info(op).sig.results[0];
template <Op op>
constexpr char kStored = info(op).sig.params[1];

// Where the access goes, or a trap. In a guarded memory nothing is checked.
#define ADDRESS(name, T, flags, index, offset)                           \
  uint8_t* name;                                                         \
  if constexpr ((flags) & kFlagChecked) {                                \
    name = checked_address(*ctx->memory0, (index), (offset), sizeof(T)); \
    if (!name) [[unlikely]]                                              \
      TRAP(ErrorCode::out_of_bounds_memory);                             \
  } else {                                                               \
    name = guarded_address(mem, (index), (offset));                      \
  }

template <Op op, uint8_t dest>
inline v128 put_vector(Slot* slot, v128 vec, typename num::LoadOf<op>::Value value) {
  if constexpr (dest != kNowhere) write_slot(slot, value);
  if constexpr (sizeof(value) == 16) {
    return value;
  } else {
    return with_low_lane(vec, value);
  }
}

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

template <Op op, uint8_t a, uint8_t dest, uint8_t flags>
HEDDLE_HANDLER(op_load) {
  HEDDLE_BIND
  uint32_t index = READ_INT(uint32_t, a, field_a(pc), 0);
  ADDRESS(from, typename num::LoadOf<op>::Memory, flags, index, field_hi(pc))
  LOAD(op, from, dest, field_b(pc))
  NEXT(2);
}

// The sum of two operands, wrapping as the addition it replaces does.
template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_load_index) {
  HEDDLE_BIND
  uint32_t index = READ_INT(uint32_t, a, field_a(pc), 0) + READ_INT(uint32_t, b, field_b(pc), 0);
  ADDRESS(from, typename num::LoadOf<op>::Memory, kFlagNone, index, field_d(pc))
  LOAD(op, from, dest, field_c(pc))
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t flags>
HEDDLE_HANDLER(op_store) {
  HEDDLE_BIND
  using Value = typename num::StoreOf<op>::Value;
  uint32_t index = READ_INT(uint32_t, a, field_a(pc), 0);
  Value value;
  if constexpr (is_int_letter(kStored<op>)) {
    value = READ_INT(Value, b, field_b(pc), static_cast<int16_t>(field_b(pc)));
  } else if constexpr (b == kAcc && sizeof(Value) == 16) {
    value = vec;
  } else if constexpr (sizeof(Value) == 16) {
    value = read_slot<v128>(&fp[field_b(pc)]);
  } else {
    value = READ_FLOAT(Value, b, field_b(pc));
  }
  typename num::StoreOf<op>::Memory raw = num::StoreOf<op>::wrap(value);
  ADDRESS(to, typename num::StoreOf<op>::Memory, flags, index, field_hi(pc))
  HEDDLE_STAND();
  std::memcpy(to, &raw, sizeof raw);
  HEDDLE_STAND();
  NEXT(2);
}

struct MakeLoad {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a != kImm && (is_int_letter(kResult<op>) || dest <= kToSlot)) return op_load<op, a, dest, flags>;
    return nullptr;
  }
};
struct MakeLoadIndex {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm && b != kImm && !(a == kAcc && b == kAcc) && in_order(a, b)) {
      return op_load_index<op, a, b, dest>;
    }
    return nullptr;
  }
};
struct MakeStore {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    constexpr bool of_int = is_int_letter(kStored<op>);
    if constexpr (a != kImm && (of_int ? !(a == kAcc && b == kAcc) : b <= kAcc)) return op_store<op, a, b, flags>;
    return nullptr;
  }
};

}  // namespace

constexpr Grid kLoadGrid = grid<kLoadOps, Extent{.a = kClasses, .dest = kDests, .flags = 2}, MakeLoad>();
constexpr Grid kLoadIndexGrid =
    grid<kScalarLoadOps, Extent{.a = kClasses, .b = kClasses, .dest = kDests}, MakeLoadIndex>();
constexpr Grid kStoreGrid = grid<kStoreOps, Extent{.a = kClasses, .b = kClasses, .flags = 2}, MakeStore>();

}  // namespace heddle::interp
