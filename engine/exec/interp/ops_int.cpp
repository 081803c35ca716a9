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

// Not every point of a grid is a handler: in_order (families.h) says which way round two operands stand where the
// operator may be turned; a result that is tested or divided does not go to a pinned local, and a division's operands
// are none.
struct MakeBin {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (can_stand(op, a, b)) return op_bin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeTrapBin {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (can_stand(op, a, b)) return op_trap_bin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeUn {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    constexpr bool to_int = is_int_letter(info(op).sig.results[0]);
    if constexpr (a != kImm && (to_int || dest <= kToSlot)) return op_un<op, a, dest>;
    return nullptr;
  }
};
struct MakeBranch {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (can_stand(op, a, b)) return op_branch < op, a, b, flags == kFlagPoll > ;
    return nullptr;
  }
};

}  // namespace

constexpr Grid kBinGrid = grid<kBinOps, Extent{.a = kClasses, .b = kClasses, .dest = kDests}, MakeBin>();
constexpr Grid kRelGrid = grid<kRelOps, Extent{.a = kClasses, .b = kClasses, .dest = kToSlot + 1}, MakeBin>();
constexpr Grid kTrapBinGrid =
    grid<kTrapBinOps, Extent{.a = kAcc + 1, .b = kImm + 1, .dest = kToSlot + 1}, MakeTrapBin>();
constexpr Grid kUnGrid = grid<kUnOps, Extent{.a = kClasses, .dest = kDests}, MakeUn>();
constexpr Grid kBranchGrid = grid<kRelOps, Extent{.a = kClasses, .b = kClasses, .flags = 2}, MakeBranch>();

}  // namespace heddle::interp
