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

// Division by a constant d of at least 2, which cannot trap: two multiplications instead. With m = 2^64 / d, rounded
// up, the quotient of n is the upper half of m * n, and the lower half is the fraction, whose product with d has the
// remainder in its upper half (Lemire, Kaser and Kurz, "Faster remainder by direct computation"). Signed: of the
// magnitude.
template <Op op, uint8_t a, uint8_t dest>
HEDDLE_HANDLER(op_div_by) {
  HEDDLE_BIND
  constexpr bool is_signed = ends_with(info(op).text, "_s"),
                 remainder = info(op).text.find(".rem") != std::string_view::npos;
  const uint32_t n = READ_INT(uint32_t, a, field_a(pc), 0), sign = is_signed ? uint32_t{0} - (n >> 31) : 0;
  const num::uint128_t product = num::uint128_t{pc[2]} * ((n ^ sign) - sign);
  const num::uint128_t whole = remainder ? num::uint128_t{static_cast<Word>(product)} * field_hi(pc) : product;
  const uint32_t r = static_cast<uint32_t>(whole >> 64);
  WRITE_INT(dest, field_b(pc), (r ^ sign) - sign);
  NEXT(3);
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
  const T right = READ_INT(T, b, field_b(pc), static_cast<int16_t>(field_b(pc)));
  if (num::KernelOf<op>::fn(READ_INT(T, a, field_a(pc), 0), right)) {
    if constexpr (poll) POLL();
    JUMP(pc + field_offset(pc));
  }
  NEXT(2);
}

// How most loops end: `local += step; if (local op b) goto head`.
template <Op op, uint8_t a, uint8_t b, bool poll>
HEDDLE_HANDLER(op_step_branch) {
  HEDDLE_BIND
  using T = Int<op>;
  constexpr uint8_t dest = a == kPin0 ? kToPin0 : a == kPin1 ? kToPin1 : kToSlot;
  const T value = READ_INT(T, a, field_a(pc), 0) + static_cast<T>(pc[2]);
  WRITE_INT(dest, field_a(pc), value);
  const T right = READ_INT(T, b, field_b(pc), static_cast<int16_t>(field_b(pc)));
  if (num::KernelOf<op>::fn(value, right)) {
    if constexpr (poll) POLL();
    JUMP(pc + field_offset(pc));
  }
  NEXT(3);
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
struct MakeDivBy {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_div_by<op, a, dest>;
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

struct MakeStepBranch {
  template <Op op, uint8_t a, uint8_t b, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a != kImm && a != kAcc && b != kAcc) return op_step_branch < op, a, b, flags == kFlagPoll > ;
    return nullptr;
  }
};

}  // namespace

constexpr Grid kBinGrid = grid<kBinOps, Extent{.a = kClasses, .b = kClasses, .dest = kDests}, MakeBin>();
constexpr Grid kRelGrid = grid<kRelOps, Extent{.a = kClasses, .b = kClasses, .dest = kToSlot + 1}, MakeBin>();
constexpr Grid kTrapBinGrid =
    grid<kTrapBinOps, Extent{.a = kAcc + 1, .b = kImm + 1, .dest = kToSlot + 1}, MakeTrapBin>();
constexpr Grid kDivByGrid = grid<kDivByOps, Extent{.a = kClasses, .dest = kDests}, MakeDivBy>();
constexpr Grid kUnGrid = grid<kUnOps, Extent{.a = kClasses, .dest = kDests}, MakeUn>();
constexpr Grid kBranchGrid = grid<kRelOps, Extent{.a = kClasses, .b = kClasses, .flags = 2}, MakeBranch>();
constexpr Grid kStepBranchGrid = grid<kRelOps, Extent{.a = kClasses, .b = kClasses, .flags = 2}, MakeStepBranch>();

}  // namespace heddle::interp
