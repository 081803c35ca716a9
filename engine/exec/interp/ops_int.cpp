// Handlers of the integer operators: arithmetic, comparisons, division, conversions from integers, and comparisons
// fused with the branch that follows them.
#include "exec/interp/operand.h"
#include "exec/interp/tables.h"
#include "exec/kernels.h"

namespace heddle::interp {
namespace {

template <Op op>
using Int = num::TypeOfLetter<info(op).sig.params[0]>;

// An immediate b leaves 32 bits for itself: the result's slot then stands where b's would.
template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_bin) {
  HEDDLE_BIND
  using T = Int<op>;
  auto r = num::KernelOf<op>::fn(READ_INT(T, a, field_a(pc), 0), READ_INT(T, b, field_b(pc), field_offset(pc)));
  WRITE_INT(dest, b == kImm ? field_b(pc) : field_c(pc), r);
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_HANDLER(op_trap_bin) {
  HEDDLE_BIND
  using T = Int<op>;
  auto r = num::KernelOf<op>::fn(READ_INT(T, a, field_a(pc), 0), READ_INT(T, b, field_b(pc), field_offset(pc)));
  if (r.trap != ErrorCode::none) [[unlikely]]
    TRAP(r.trap);
  WRITE_INT(dest, b == kImm ? field_b(pc) : field_c(pc), r.value);
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_un) {
  HEDDLE_BIND
  auto r = num::KernelOf<op>::fn(READ_INT(Int<op>, a, field_a(pc), 0));
  if constexpr (is_int_letter(info(op).sig.results[0])) {
    WRITE_INT(dest, field_b(pc), r);
  } else {
    WRITE_FLOAT(dest, field_b(pc), r);
  }
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, bool poll>
HEDDLE_HANDLER(op_branch) {
  HEDDLE_BIND
  using T = Int<op>;
  T right = b == kImm ? static_cast<T>(static_cast<int64_t>(static_cast<int16_t>(field_b(pc))))
                      : READ_INT(T, b, field_b(pc), 0);
  if (num::KernelOf<op>::fn(READ_INT(T, a, field_a(pc), 0), right)) {
    if constexpr (poll) {
      if (ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]]
        HEDDLE_GOTO(op_interrupt);
    }
    JUMP(pc + field_offset(pc));
  }
  NEXT(2);
}

// Grids. Not every point of one is a handler: in_order (families.h) says which way round two operands stand where the
// operator may be turned, a result that is tested or divided rarely goes to a pinned local, and a division's operands
// rarely are one.
struct MakeBin {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kBinOps.ops[i / (kClasses * kClasses * kDests)];
    constexpr uint8_t a = i / (kClasses * kDests) % kClasses, b = i / kDests % kClasses, dest = i % kDests;
    if constexpr (can_stand(op, a, b)) return op_bin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeRel {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kRelOps.ops[i / (kClasses * kClasses * kDests)];
    constexpr uint8_t a = i / (kClasses * kDests) % kClasses, b = i / kDests % kClasses, dest = i % kDests;
    if constexpr (can_stand(op, a, b) && dest <= kToSlot) return op_bin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeTrapBin {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kTrapBinOps.ops[i / (kClasses * kClasses * kDests)];
    constexpr uint8_t a = i / (kClasses * kDests) % kClasses, b = i / kDests % kClasses, dest = i % kDests;
    if constexpr (can_stand(op, a, b) && a <= kAcc && b <= kImm && dest <= kToSlot)
      return op_trap_bin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeUn {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kUnOps.ops[i / (kClasses * kDests)];
    constexpr uint8_t a = i / kDests % kClasses, dest = i % kDests;
    constexpr bool to_int = is_int_letter(info(op).sig.results[0]);
    if constexpr (a != kImm && (to_int || dest == kNowhere || dest == kToSlot)) return op_un<op, a, dest>;
    return nullptr;
  }
};
struct MakeBranch {
  template <size_t i>
  static constexpr Handler at() {
    constexpr Op op = kRelOps.ops[i / (kClasses * kClasses * 2)];
    constexpr uint8_t a = i / (kClasses * 2) % kClasses, b = i / 2 % kClasses;
    if constexpr (can_stand(op, a, b)) return op_branch < op, a, b, i % 2 != 0 > ;
    return nullptr;
  }
};

constexpr size_t kGrid2 = kClasses * kClasses * kDests, kGrid1 = kClasses * kDests,
                 kGridBranch = kClasses * kClasses * 2;

}  // namespace

Handler pick_int(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags) {
  const size_t grid2 = (a * kClasses + b) * kDests + dest;
  switch (family) {
    case Family::bin: return look_up<MakeBin, kGrid2>(kBinOps, op, grid2);
    case Family::rel: return look_up<MakeRel, kGrid2>(kRelOps, op, grid2);
    case Family::trap_bin: return look_up<MakeTrapBin, kGrid2>(kTrapBinOps, op, grid2);
    case Family::un: return look_up<MakeUn, kGrid1>(kUnOps, op, a * kDests + dest);
    default: return look_up<MakeBranch, kGridBranch>(kRelOps, op, (a * kClasses + b) * 2 + (flags & kFlagPoll));
  }
}

}  // namespace heddle::interp
