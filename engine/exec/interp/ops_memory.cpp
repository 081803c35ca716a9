// Handlers of loads and stores. Of memory 0: guarded by its reservation, or checked explicitly, with an index of 32
// or 64 bits. Of other memories, and between memory and a lane of a vector: checked, whatever the memory.
#include "exec/interp/access.h"
#include "exec/interp/address.h"
#include "exec/interp/tables.h"

namespace heddle::interp {
namespace {

// Where the access goes, or a trap. In a guarded memory nothing is checked.
#define ADDRESS(name, T, flags, index, offset)                                                             \
  if ((flags) != kFlagNone && !fits_near(ctx->memory0->size(), (index), (offset), sizeof(T))) [[unlikely]] \
    TRAP(ErrorCode::out_of_bounds_memory);                                                                 \
  uint8_t* name = address_in(mem, (index), (offset))

template <Op op, uint8_t a, uint8_t dest, uint8_t flags>
HEDDLE_HANDLER(op_load) {
  HEDDLE_BIND
  Index<flags> index = READ_INT(Index<flags>, a, field_a(pc), 0);
  ADDRESS(from, typename num::LoadOf<op>::Memory, flags, index, field_hi(pc));
  LOAD(op, from, dest, field_b(pc))
  NEXT(2);
}

// The sum of two operands, wrapping as the addition it replaces does.
template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_load_index) {
  HEDDLE_BIND
  uint32_t index = READ_INT(uint32_t, a, field_a(pc), 0) + READ_INT(uint32_t, b, field_b(pc), field_offset(pc));
  ADDRESS(from, typename num::LoadOf<op>::Memory, kFlagNone, index, b == kImm ? 0 : field_d(pc));
  LOAD(op, from, dest, b == kImm ? field_b(pc) : field_c(pc))
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t flags>
HEDDLE_HANDLER(op_store) {
  HEDDLE_BIND
  Index<flags> index = READ_INT(Index<flags>, a, field_a(pc), 0);
  READ_STORED(value, op, b, field_b(pc), static_cast<int16_t>(field_b(pc)))
  ADDRESS(to, typename num::StoreOf<op>::Memory, flags, index, field_hi(pc));
  STORE(op, to, value);
  NEXT(2);
}

// ---- any memory

#define FAR_ADDRESS(name, T, memory, a, offset)                                                       \
  uint8_t* name = far_address(ctx, (memory), READ_INT(Word, a, field_a(pc), 0), (offset), sizeof(T)); \
  if (!name) [[unlikely]]                                                                             \
  TRAP(ErrorCode::out_of_bounds_memory)

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_load_far) {
  HEDDLE_BIND
  FAR_ADDRESS(from, typename num::LoadOf<op>::Memory, pc[2], a, field_hi(pc));
  LOAD(op, from, dest, field_b(pc))
  NEXT(3);
}

template <Op op, uint8_t b>
HEDDLE_HANDLER(op_store_far) {
  HEDDLE_BIND
  READ_STORED(value, op, b, field_b(pc), 0)
  FAR_ADDRESS(to, typename num::StoreOf<op>::Memory, pc[2], kSlot, field_hi(pc));
  STORE(op, to, value);
  NEXT(3);
}

template <Op op, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_load_lane) {
  HEDDLE_BIND
  FAR_ADDRESS(from, typename num::LaneOf<op>::Memory, pc[3], kSlot, static_cast<uint32_t>(pc[2]));
  typename num::LaneOf<op>::Memory raw;
  std::memcpy(&raw, from, sizeof raw);
  vec = num::LaneOf<op>::set(b == kAcc ? vec : read_slot<v128>(&fp[field_b(pc)]), static_cast<uint8_t>(field_d(pc)),
                             raw);
  if constexpr (dest != kNowhere) write_slot(&fp[field_c(pc)], vec);
  NEXT(4);
}

template <Op op, uint8_t b>
HEDDLE_HANDLER(op_store_lane) {
  HEDDLE_BIND
  FAR_ADDRESS(to, typename num::LaneOf<op>::Memory, pc[3], kSlot, static_cast<uint32_t>(pc[2]));
  const auto raw =
      num::LaneOf<op>::get(b == kAcc ? vec : read_slot<v128>(&fp[field_b(pc)]), static_cast<uint8_t>(field_d(pc)));
  std::memcpy(to, &raw, sizeof raw);
  NEXT(4);
}

inline constexpr auto kLoadLaneOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::load_lane; }>();
inline constexpr auto kStoreLaneOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::store_lane; }>();

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
    constexpr bool has_dest = is_int_letter(kResult<op>) || dest <= kToSlot;
    if constexpr (a != kImm && !(a == kAcc && b == kAcc) && in_order(a, b) && has_dest) {
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
struct MakeLoadFar {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_load_far<op, a, dest>;
  }
};
struct MakeStoreFar {
  template <Op op, uint8_t, uint8_t b, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_store_far<op, b>;
  }
};
struct MakeLoadLane {
  template <Op op, uint8_t, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_load_lane<op, b, dest>;
  }
};
struct MakeStoreLane {
  template <Op op, uint8_t, uint8_t b, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_store_lane<op, b>;
  }
};

}  // namespace

constexpr Grid kLoadGrid = grid<kLoadOps, Extent{.a = kClasses, .dest = kDests, .flags = 3}, MakeLoad>();
constexpr Grid kLoadIndexGrid =
    grid<kIndexLoadOps, Extent{.a = kClasses, .b = kClasses, .dest = kDests}, MakeLoadIndex>();
constexpr Grid kStoreGrid = grid<kStoreOps, Extent{.a = kClasses, .b = kClasses, .flags = 3}, MakeStore>();
constexpr Grid kLoadFarGrid = grid<kLoadOps, Extent{.a = 2, .dest = 2}, MakeLoadFar>();
constexpr Grid kStoreFarGrid = grid<kStoreOps, Extent{.b = 2}, MakeStoreFar>();
constexpr Grid kLoadLaneGrid = grid<kLoadLaneOps, Extent{.b = 2, .dest = 2}, MakeLoadLane>();
constexpr Grid kStoreLaneGrid = grid<kStoreLaneOps, Extent{.b = 2}, MakeStoreLane>();

}  // namespace heddle::interp
