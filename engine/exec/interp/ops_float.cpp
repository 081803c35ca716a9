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
    if constexpr (poll) {
      if (ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]]
        HEDDLE_GOTO(op_interrupt);
    }
    JUMP(pc + field_offset(pc));
  }
  NEXT(2);
}

// Operand classes are kSlot and kAcc only; both cannot be the register. Results go nowhere else or to a slot.
constexpr bool possible(uint8_t a, uint8_t b) { return !(a == kAcc && b == kAcc); }
constexpr size_t kGridBin = 8, kGridUn = 4 * 2, kGridBranch = 16;

struct MakeFloatBin {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kFloatBinOps.ops[i / kGridBin];
    constexpr uint8_t a = i / 4 % 2, b = i / 2 % 2, dest = i % 2;
    if constexpr (possible(a, b)) return op_fbin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeFloatRel {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kFloatRelOps.ops[i / kGridBin];
    constexpr uint8_t a = i / 4 % 2, b = i / 2 % 2, dest = i % 2;
    if constexpr (possible(a, b)) return op_frel<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeFloatUn {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kFloatUnOps.ops[i / kGridUn];
    constexpr uint8_t a = i / kDests % 2, dest = i % kDests;
    if constexpr (is_int_letter(info(op).sig.results[0]) || dest <= kToSlot) return op_fun<op, a, dest>;
    return nullptr;
  }
};
struct MakeFloatBranch {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kFloatRelOps.ops[i / kGridBranch];
    constexpr uint8_t a = i / 8 % 2, b = i / 4 % 2;
    if constexpr (possible(a, b)) return op_fbranch < op, a, b, i / 2 % 2 != 0, i % 2 != 0 > ;
    return nullptr;
  }
};

}  // namespace

Handler pick_float(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags) {
  const size_t grid = a * 4u + b * 2u + dest;
  switch (family) {
    case Family::fbin: return look_up<MakeFloatBin, kGridBin>(kFloatBinOps, op, grid);
    case Family::frel: return look_up<MakeFloatRel, kGridBin>(kFloatRelOps, op, grid);
    case Family::fun: return look_up<MakeFloatUn, kGridUn>(kFloatUnOps, op, a * kDests + dest);
    default:
      return look_up<MakeFloatBranch, kGridBranch>(
          kFloatRelOps, op, a * 8u + b * 4u + (flags & kFlagNegate ? 2u : 0u) + (flags & kFlagPoll));
  }
}

}  // namespace heddle::interp
