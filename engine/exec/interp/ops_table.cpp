// Handlers that read and write an element of a table, and tell the size of a memory. An index has 32 or 64 bits.
#include "exec/interp/operand.h"
#include "exec/interp/tables.h"

namespace heddle::interp {
namespace {

// The element `index` of the table whose pointer the instance has at `place`, or a trap.
#define TABLE_ELEMENT(name, place, index)                 \
  const rt::Table& table_ = **ctx->at<rt::Table*>(place); \
  if ((index) >= table_.size) [[unlikely]]                \
    TRAP(ErrorCode::out_of_bounds_table);                 \
  rt::Ref* name = table_.elems + (index)

template <uint8_t a, uint8_t dest, uint8_t flags>
HEDDLE_HANDLER(op_table_get) {
  HEDDLE_BIND
  const Index<flags> index = READ_INT(Index<flags>, a, field_a(pc), 0);
  TABLE_ELEMENT(element, field_hi(pc), index);
  WRITE_INT(dest, field_b(pc), *element);
  NEXT(2);
}

template <uint8_t a, uint8_t b, uint8_t flags>
HEDDLE_HANDLER(op_table_set) {
  HEDDLE_BIND
  const Index<flags> index = READ_INT(Index<flags>, a, field_a(pc), 0);
  TABLE_ELEMENT(element, field_hi(pc), index);
  *element = READ_INT(Word, b, field_b(pc), 0);
  NEXT(2);
}

template <uint8_t dest>
HEDDLE_HANDLER(op_memory_size) {
  HEDDLE_BIND
  WRITE_INT(dest, field_a(pc), (*ctx->at<rt::Memory*>(field_hi(pc)))->pages());
  NEXT(2);
}

struct MakeTableGet {
  template <Op, uint8_t a, uint8_t, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a != kImm && flags != kFlagChecked) return op_table_get<a, dest, flags>;
    return nullptr;
  }
};
struct MakeTableSet {
  template <Op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a != kImm && flags != kFlagChecked && !(a == kAcc && b == kAcc)) return op_table_set<a, b, flags>;
    return nullptr;
  }
};
struct MakeMemorySize {
  template <Op, uint8_t, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_memory_size<dest>;
  }
};

}  // namespace

constexpr Grid kTableGetGrid = grid<kNoOps, Extent{.a = kClasses, .dest = kDests, .flags = 3}, MakeTableGet>();
constexpr Grid kTableSetGrid = grid<kNoOps, Extent{.a = kClasses, .b = kClasses, .flags = 3}, MakeTableSet>();
constexpr Grid kMemorySizeGrid = grid<kNoOps, Extent{.dest = kDests}, MakeMemorySize>();

}  // namespace heddle::interp
