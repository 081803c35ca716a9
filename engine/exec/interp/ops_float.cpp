// Handlers of the float operators: arithmetic, comparisons (alone and fused with a branch), rounding and conversions
// from floats. Operands and results are slots or the lowest lane of the vector register.
#include "exec/interp/operand.h"
#include "exec/interp/tables.h"
#include "exec/kernels.h"

namespace heddle::interp {
namespace {

template <Op op>
using Float = num::TypeOfLetter<info(op).sig.params[0]>;

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_fbin) {
  HEDDLE_BIND
  using T = Float<op>;
  WRITE_FLOAT(dest, field_c(pc), num::KernelOf<op>::fn(READ_FLOAT(T, a, field_a(pc)), READ_FLOAT(T, b, field_b(pc))));
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_frel) {
  HEDDLE_BIND
  using T = Float<op>;
  WRITE_INT(dest, field_c(pc), num::KernelOf<op>::fn(READ_FLOAT(T, a, field_a(pc)), READ_FLOAT(T, b, field_b(pc))));
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_fun) {
  HEDDLE_BIND
  auto r = num::KernelOf<op>::fn(READ_FLOAT(Float<op>, a, field_a(pc)));
  if constexpr (info(op).shape == Shape::trap_un) {
    if (r.trap != ErrorCode::none) [[unlikely]]
      TRAP(r.trap);
    WRITE_INT(dest, field_b(pc), r.value);
  } else if constexpr (is_int_letter(info(op).sig.results[0])) {
    WRITE_INT(dest, field_b(pc), r);
  } else {
    WRITE_FLOAT(dest, field_b(pc), r);
  }
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, bool negate, bool poll>
HEDDLE_HANDLER(op_fbranch) {
  HEDDLE_BIND
  using T = Float<op>;
  bool holds = num::KernelOf<op>::fn(READ_FLOAT(T, a, field_a(pc)), READ_FLOAT(T, b, field_b(pc)));
  if (holds != negate) {
    if constexpr (poll) POLL();
    JUMP(pc + field_offset(pc));
  }
  NEXT(2);
}

// Operands are in slots or the register, not both in that.
constexpr bool possible(uint8_t a, uint8_t b) { return !(a == kAcc && b == kAcc); }

struct MakeFloatBin {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (possible(a, b)) return op_fbin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeFloatRel {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (possible(a, b)) return op_frel<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeFloatUn {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (is_int_letter(info(op).sig.results[0]) || dest <= kToSlot) return op_fun<op, a, dest>;
    return nullptr;
  }
};
struct MakeFloatBranch {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (possible(a, b))
      return op_fbranch < op, a, b, (flags & kFlagNegate) != 0, (flags & kFlagPoll) != 0 > ;
    return nullptr;
  }
};

constexpr Extent kTwo{.a = kAcc + 1, .b = kAcc + 1, .dest = kToSlot + 1};

}  // namespace

constexpr Grid kFloatBinGrid = grid<kFloatBinOps, kTwo, MakeFloatBin>();
constexpr Grid kFloatRelGrid = grid<kFloatRelOps, kTwo, MakeFloatRel>();
constexpr Grid kFloatUnGrid = grid<kFloatUnOps, Extent{.a = kAcc + 1, .dest = kDests}, MakeFloatUn>();
constexpr Grid kFloatBranchGrid =
    grid<kFloatRelOps, Extent{.a = kAcc + 1, .b = kAcc + 1, .flags = 4}, MakeFloatBranch>();

}  // namespace heddle::interp
