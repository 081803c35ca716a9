// Handlers of vector operators (spec 4.3.5) whose operands and results may be the vector register: chains of them
// store nothing. They are compiled for SSE4.2, which nearly every x86-64 machine has; where it is missing, and in the
// portable loop, the operators go from slots to slots (ops_slot.cpp).
#include "exec/interp/vectors.h"

#include "exec/interp/operand.h"
#include "exec/interp/tables.h"
#include "exec/kernels.h"

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#if defined(__x86_64__)
#define HEDDLE_VECTOR __attribute__((target("sse4.2")))
#else
#define HEDDLE_VECTOR
#endif

namespace heddle::interp {

bool has_vector_handlers() {
#if defined(HEDDLE_DISPATCH_LOOP)
  return false;
#elif defined(__x86_64__)
  return __builtin_cpu_supports("sse4.2");
#else
  return true;
#endif
}

#if !defined(HEDDLE_DISPATCH_LOOP)
namespace {

#define READ_VECTOR(cls, slot) ((cls) == kAcc ? vec : read_slot<v128>(&fp[(slot)]))
#define WRITE_VECTOR(dest, slot, value)                             \
  do {                                                              \
    vec = (value);                                                  \
    if constexpr ((dest) != kNowhere) write_slot(&fp[(slot)], vec); \
  } while (0)

// The bytes of `from` at the indices; zero where the index has its top bit set.
#if defined(__x86_64__)
HEDDLE_VECTOR inline v128 pick_bytes(v128 from, v128 indices) {
  typedef char Chars __attribute__((vector_size(16)));
  return reinterpret_cast<v128>(
      __builtin_ia32_pshufb128(reinterpret_cast<Chars>(from), reinterpret_cast<Chars>(indices)));
}
#elif defined(__aarch64__)
inline v128 pick_bytes(v128 from, v128 indices) {
  return reinterpret_cast<v128>(
      vqtbl1q_u8(reinterpret_cast<uint8x16_t>(from), reinterpret_cast<uint8x16_t>(indices)));
}
#else
inline v128 pick_bytes(v128 from, v128 indices) { return num::vswizzle(from, indices); }
#endif

template <Op op>
HEDDLE_VECTOR inline auto apply(v128 a, v128 b) {
  if constexpr (num::KernelOf<op>::fn == num::vswizzle) {
    return pick_bytes(a, b | num::pack(b > 15));
  } else {
    return num::KernelOf<op>::fn(a, b);
  }
}

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vbin) {
  HEDDLE_BIND
  WRITE_VECTOR(dest, field_c(pc), apply<op>(READ_VECTOR(a, field_a(pc)), READ_VECTOR(b, field_b(pc))));
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vun) {
  HEDDLE_BIND
  auto r = num::KernelOf<op>::fn(READ_VECTOR(a, field_a(pc)));
  if constexpr (sizeof(r) == 16) {
    WRITE_VECTOR(dest, field_b(pc), r);
  } else {
    WRITE_INT(dest, field_b(pc), r);
  }
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vshift) {
  HEDDLE_BIND
  uint32_t count = READ_INT(uint32_t, b, field_b(pc), field_b(pc));
  WRITE_VECTOR(dest, field_c(pc), num::KernelOf<op>::fn(READ_VECTOR(a, field_a(pc)), count));
  NEXT(2);
}

template <Op op, uint8_t a, uint8_t b, uint8_t c, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vtern) {
  HEDDLE_BIND
  WRITE_VECTOR(
      dest, field_d(pc),
      num::KernelOf<op>::fn(READ_VECTOR(a, field_a(pc)), READ_VECTOR(b, field_b(pc)), READ_VECTOR(c, field_c(pc))));
  NEXT(2);
}

template <Op op>
using Scalar = num::TypeOfLetter<info(op).shape == Shape::un        ? info(op).sig.params[0]
                                 : info(op).shape == Shape::extract ? info(op).sig.results[0]
                                                                    : info(op).sig.params[1]>;
template <Op op>
constexpr bool kOfInt = std::is_integral_v<Scalar<op>>;

template <Op op, uint8_t a, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vsplat) {
  HEDDLE_BIND
  Scalar<op> value;
  if constexpr (kOfInt<op>) {
    value = READ_INT(Scalar<op>, a, field_a(pc), 0);
  } else {
    value = READ_FLOAT(Scalar<op>, a, field_a(pc));
  }
  WRITE_VECTOR(dest, field_b(pc), num::KernelOf<op>::fn(value));
  NEXT(2);
}

// Bits of a lane, and whether it is extended by its sign: `i16x8.extract_lane_s`.
template <Op op>
constexpr uint32_t lane_bytes() {
  std::string_view text = info(op).text.substr(1);
  return num::parse::take_number(text) / 8;
}

// From the vector's slot: a lane of a register would go through memory as well.
template <Op op, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vextract) {
  HEDDLE_BIND
  using Raw = num::Uint<lane_bytes<op>()>;
  Raw raw;
  std::memcpy(&raw, reinterpret_cast<const uint8_t*>(&fp[field_a(pc)]) + field_c(pc) * sizeof raw, sizeof raw);
  if constexpr (!kOfInt<op>) {
    WRITE_FLOAT(dest, field_b(pc), std::bit_cast<Scalar<op>>(raw));
  } else if constexpr (ends_with(info(op).text, "_s")) {
    WRITE_INT(dest, field_b(pc), num::extend_s<Scalar<op>>(raw));
  } else {
    WRITE_INT(dest, field_b(pc), num::extend_u<Scalar<op>>(raw));
  }
  NEXT(2);
}

// The value in all lanes, of which a mask takes one: nothing goes through memory.
template <Op op, uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vreplace) {
  HEDDLE_BIND
  using Raw = num::Uint<lane_bytes<op>()>;
  Raw raw;
  if constexpr (kOfInt<op>) {
    raw = static_cast<Raw>(READ_INT(Scalar<op>, b, field_b(pc), 0));
  } else {
    raw = std::bit_cast<Raw>(READ_FLOAT(Scalar<op>, b, field_b(pc)));
  }
  const v128 numbers = num::generate<Raw>([](size_t i) { return static_cast<Raw>(i); });
  const v128 mask = num::veq<Raw>(numbers, num::splat<Raw>(static_cast<Raw>(field_d(pc))));
  WRITE_VECTOR(dest, field_c(pc), num::vbitselect(num::splat<Raw>(raw), READ_VECTOR(a, field_a(pc)), mask));
  NEXT(2);
}

template <uint8_t a, uint8_t b, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vshuffle) {
  HEDDLE_BIND
  WRITE_VECTOR(dest, field_c(pc),
               pick_bytes(READ_VECTOR(a, field_a(pc)), read_slot<v128>(pc + 2)) |
                   pick_bytes(READ_VECTOR(b, field_b(pc)), read_slot<v128>(pc + 4)));
  NEXT(6);
}

// Of one vector.
template <uint8_t a, uint8_t dest>
HEDDLE_VECTOR HEDDLE_HANDLER(op_vpermute) {
  HEDDLE_BIND
  WRITE_VECTOR(dest, field_c(pc), pick_bytes(READ_VECTOR(a, field_a(pc)), read_slot<v128>(pc + 2)));
  NEXT(6);
}

template <uint8_t dest>
HEDDLE_HANDLER(op_vconst) {
  HEDDLE_BIND
  WRITE_VECTOR(dest, field_b(pc), read_slot<v128>(pc + 2));
  NEXT(4);
}

struct MakeVectorBin {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    constexpr bool turned = b == kAcc && vector_commutes(op);
    if constexpr (!(a == kAcc && b == kAcc) && !turned) return op_vbin<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeVectorUn {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_vun<op, a, dest>;
  }
};
struct MakeVectorShift {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_vshift<op, a, b, dest>;
  }
};
struct MakeVectorTern {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    constexpr uint8_t c = flags == kFlagThird ? kAcc : kSlot;
    if constexpr (a + b + c <= kAcc) return op_vtern<op, a, b, c, dest>;
    return nullptr;
  }
};
struct MakeSplat {
  template <Op op, uint8_t a, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (kOfInt<op> ? a != kImm : a <= kAcc) return op_vsplat<op, a, dest>;
    return nullptr;
  }
};
struct MakeExtract {
  template <Op op, uint8_t, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (kOfInt<op> || dest <= kToSlot) return op_vextract<op, dest>;
    return nullptr;
  }
};
struct MakeReplace {
  template <Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (kOfInt<op> || !(a == kAcc && b == kAcc)) return op_vreplace<op, a, b, dest>;
    return nullptr;
  }
};
struct MakeShuffle {
  template <Op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (flags == kFlagOneVector) {
      return op_vpermute<a, dest>;
    } else if constexpr (!(a == kAcc && b == kAcc)) {
      return op_vshuffle<a, b, dest>;
    }
    return nullptr;
  }
};
struct MakeVectorConst {
  template <Op, uint8_t, uint8_t, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    return op_vconst<dest>;
  }
};

}  // namespace

constexpr Grid kVectorBinGrid = grid<kVectorBinOps, Extent{.a = 2, .b = 2, .dest = 2}, MakeVectorBin>();
constexpr Grid kVectorUnGrid = grid<kVectorUnOps, Extent{.a = 2, .dest = 2}, MakeVectorUn>();
constexpr Grid kVectorShiftGrid = grid<kVectorShiftOps, Extent{.a = 2, .b = 3, .dest = 2}, MakeVectorShift>();
constexpr Grid kVectorTernGrid =
    grid<kVectorTernOps, Extent{.a = 2, .b = 2, .dest = 2, .flags = 2}, MakeVectorTern>();
constexpr Grid kSplatGrid = grid<kSplatOps, Extent{.a = kClasses, .dest = 2}, MakeSplat>();
constexpr Grid kExtractGrid = grid<kExtractOps, Extent{.dest = kDests}, MakeExtract>();
constexpr Grid kReplaceGrid = grid<kReplaceOps, Extent{.a = 2, .b = 2, .dest = 2}, MakeReplace>();
constexpr Grid kShuffleGrid = grid<kNoOps, Extent{.a = 2, .b = 2, .dest = 2, .flags = 2}, MakeShuffle>();
constexpr Grid kVectorConstGrid = grid<kNoOps, Extent{.dest = 2}, MakeVectorConst>();

#else

constexpr Grid kVectorBinGrid{}, kVectorUnGrid{}, kVectorShiftGrid{}, kVectorTernGrid{}, kSplatGrid{}, kExtractGrid{},
    kReplaceGrid{}, kShuffleGrid{}, kVectorConstGrid{};

#endif

}  // namespace heddle::interp
