// The vector operators of the specification (4.3.5), generic in the lane type: vadd<uint8_t> adds sixteen bytes.
// simd.h binds the instructions to them. Integer lanes are unsigned, so that they wrap; Signed<T> lanes are used
// to compare, to shift arithmetically and to extend. Most are plain vector expressions: both compilers turn those
// into vector instructions of the baseline (SSE2, NEON), and a better target improves them without a change here.
#pragma once
#include "exec/num.h"
#include "exec/v128.h"

namespace heddle::num {

// A table of one-line operators, in the main.
// clang-format off

// ---- bits and lanes

inline v128 vnot(v128 a) { return ~a; }
inline v128 vand(v128 a, v128 b) { return a & b; }
inline v128 vandnot(v128 a, v128 b) { return a & ~b; }
inline v128 vor(v128 a, v128 b) { return a | b; }
inline v128 vxor(v128 a, v128 b) { return a ^ b; }
inline v128 vbitselect(v128 a, v128 b, v128 mask) { return (a & mask) | (b & ~mask); }
inline uint32_t vany_true(v128 a) {
  const auto halves = lanes<uint64_t>(a);
  return (halves[0] | halves[1]) != 0;
}

// T is the lane, V the value on the stack it comes from or goes to.
template <class T, class V>
inline v128 vsplat(V value) { return splat<T>(static_cast<T>(value)); }
template <class T, class V>
inline V vextract(v128 a, uint8_t lane) { return static_cast<V>(lanes<T>(a)[lane % kLanes<T>]); }
template <class T, class V>
inline v128 vreplace(v128 a, V value, uint8_t lane) {
  auto r = lanes<T>(a);
  r[lane % kLanes<T>] = static_cast<T>(value);
  return pack(r);
}

// Bytes chosen by a vector of indices, which wrap around.
template <size_t count>
struct Bytes {
  uint8_t at[count];
};
template <size_t count>
inline v128 look_up(const Bytes<count>& from, v128 indices) {
  const auto index = __builtin_bit_cast(Bytes<16>, indices);
  Bytes<16> r;
  for (size_t i = 0; i < 16; ++i) r.at[i] = from.at[index.at[i] % count];
  return __builtin_bit_cast(v128, r);
}
inline v128 vswizzle(v128 a, v128 indices) {
  return look_up(__builtin_bit_cast(Bytes<16>, a), indices) & pack(indices < 16);
}
inline v128 vshuffle(v128 a, v128 b, v128 indices) {
  struct Both {
    v128 first, second;
  };
  return look_up(__builtin_bit_cast(Bytes<32>, Both{a, b}), indices);
}

// An operator of 4.3.2-4.3.4, lane by lane.
template <class To, class From, To (*operation)(From)>
inline v128 vmap(v128 a) {
  const auto x = lanes<From>(a);
  return generate<To>([&](size_t i) { return i < kLanes<From> ? operation(x[i]) : To{0}; });
}

// ---- integer lanes

template <class T>
inline v128 vadd(v128 a, v128 b) { return pack(lanes<T>(a) + lanes<T>(b)); }
template <class T>
inline v128 vsub(v128 a, v128 b) { return pack(lanes<T>(a) - lanes<T>(b)); }
template <class T>
inline v128 vmul(v128 a, v128 b) { return pack(lanes<T>(a) * lanes<T>(b)); }
template <class T>
inline v128 vneg(v128 a) { return pack(-lanes<T>(a)); }
template <class T>
inline v128 vabs(v128 a) {
  const auto sign = lanes<T>(pack(lanes<Signed<T>>(a) >> (kBits<T> - 1)));
  return pack((lanes<T>(a) ^ sign) - sign);
}
template <class T>
inline v128 vshl(v128 a, uint32_t count) { return pack(lanes<T>(a) << static_cast<T>(count % kBits<T>)); }
template <class T>
inline v128 vshr(v128 a, uint32_t count) { return pack(lanes<T>(a) >> static_cast<T>(count % kBits<T>)); }

// Comparisons and extrema: T carries the signedness, or is a float. A lane is all ones where they hold.
template <class T>
inline v128 veq(v128 a, v128 b) { return pack(lanes<T>(a) == lanes<T>(b)); }
template <class T>
inline v128 vne(v128 a, v128 b) { return pack(lanes<T>(a) != lanes<T>(b)); }
template <class T>
inline v128 vlt(v128 a, v128 b) { return pack(lanes<T>(a) < lanes<T>(b)); }
template <class T>
inline v128 vgt(v128 a, v128 b) { return pack(lanes<T>(a) > lanes<T>(b)); }
template <class T>
inline v128 vle(v128 a, v128 b) { return pack(lanes<T>(a) <= lanes<T>(b)); }
template <class T>
inline v128 vge(v128 a, v128 b) { return pack(lanes<T>(a) >= lanes<T>(b)); }
template <class T>
inline v128 vmin(v128 a, v128 b) { return vbitselect(a, b, vlt<T>(a, b)); }
template <class T>
inline v128 vmax(v128 a, v128 b) { return vbitselect(a, b, vgt<T>(a, b)); }

template <class T>
inline uint32_t vall_true(v128 a) { return !vany_true(veq<T>(a, v128{})); }

// The sign bits, lane 0 lowest. Moving the top bits of eight bytes together is one multiplication: 2^(56-7i) takes
// the bit at 8i to 56+i, and no two products meet.
inline uint32_t gather_signs(uint64_t bytes) {
  return static_cast<uint32_t>((bytes >> 7 & 0x0101010101010101) * 0x0102040810204080 >> 56);
}
template <class T>
inline uint32_t vbitmask(v128 a) {
  if constexpr (sizeof(T) == 1) {
    return gather_signs(lanes<uint64_t>(a)[0]) | gather_signs(lanes<uint64_t>(a)[1]) << 8;
  } else if constexpr (sizeof(T) == 2) {
    const auto high_bytes = __builtin_convertvector(lanes<T>(a) >> T{8}, HalfLanes<uint8_t>);
    return gather_signs(__builtin_bit_cast(uint64_t, high_bytes));
  } else {
    uint32_t mask = 0;
    for (size_t i = 0; i < kLanes<T>; ++i) mask |= static_cast<uint32_t>(lanes<T>(a)[i] >> (kBits<T> - 1)) << i;
    return mask;
  }
}

template <class T>
inline v128 vadd_sat_u(v128 a, v128 b) {
  const v128 sum = vadd<T>(a, b);
  return sum | vlt<T>(sum, a);
}
template <class T>
inline v128 vsub_sat_u(v128 a, v128 b) { return vsub<T>(a, b) & vge<T>(a, b); }

// Signed overflow is where the result's sign is wrong; the bound that replaces it has the first operand's.
template <class T>
inline v128 saturate(v128 result, v128 overflow, v128 a) {
  const v128 bound = vshr<Signed<T>>(a, kBits<T> - 1) ^ splat<T>(kSignBit<T> - 1);
  return vbitselect(bound, result, vshr<Signed<T>>(overflow, kBits<T> - 1));
}
template <class T>
inline v128 vadd_sat_s(v128 a, v128 b) {
  const v128 sum = vadd<T>(a, b);
  return saturate<T>(sum, (a ^ sum) & (b ^ sum), a);
}
template <class T>
inline v128 vsub_sat_s(v128 a, v128 b) {
  const v128 difference = vsub<T>(a, b);
  return saturate<T>(difference, (a ^ b) & (a ^ difference), a);
}

// (a + b + 1) / 2 without the carry: a | b counts every common bit once and rounds the others up.
template <class T>
inline v128 vavgr_u(v128 a, v128 b) { return vsub<T>(a | b, vshr<T>(a ^ b, 1)); }

// Each step adds neighbouring counts: of one bit, two, four.
inline v128 vpopcnt(v128 a) {
  a = vsub<uint8_t>(a, vshr<uint8_t>(a, 1) & splat<uint8_t>(0x55));
  const v128 pairs = splat<uint8_t>(0x33), nibbles = splat<uint8_t>(0x0f);
  a = vadd<uint8_t>(a & pairs, vshr<uint8_t>(a, 2) & pairs);
  return vadd<uint8_t>(a, vshr<uint8_t>(a, 4)) & nibbles;
}

// ---- integer lanes of another width: Wide lanes are twice those of T; both carry the signedness

template <class T, class Wide>
inline v128 vextend_low(v128 a) { return pack(__builtin_convertvector(low_half<T>(a), Lanes<Wide>)); }
template <class T, class Wide>
inline v128 vextend_high(v128 a) { return pack(__builtin_convertvector(high_half<T>(a), Lanes<Wide>)); }

// Products of extended lanes never overflow Wide.
template <class T, class Wide>
inline v128 vextmul_low(v128 a, v128 b) { return vmul<Wide>(vextend_low<T, Wide>(a), vextend_low<T, Wide>(b)); }
template <class T, class Wide>
inline v128 vextmul_high(v128 a, v128 b) { return vmul<Wide>(vextend_high<T, Wide>(a), vextend_high<T, Wide>(b)); }

// Of each pair the first, or the second, extended.
template <class Wide>
inline v128 pair_first(v128 a) {
  return vshr<Wide>(vshl<std::make_unsigned_t<Wide>>(a, kBits<Wide> / 2), kBits<Wide> / 2);
}
template <class Wide>
inline v128 pair_second(v128 a) { return vshr<Wide>(a, kBits<Wide> / 2); }

template <class Wide>
inline v128 vextadd_pairwise(v128 a) { return vadd<Wide>(pair_first<Wide>(a), pair_second<Wide>(a)); }

// The sum of two products wraps: -2^15 squared, twice, is one more than 32 bits hold.
inline v128 vdot_i16_s(v128 a, v128 b) {
  const v128 first = vmul<uint32_t>(pair_first<int32_t>(a), pair_first<int32_t>(b));
  return vadd<uint32_t>(first, vmul<uint32_t>(pair_second<int32_t>(a), pair_second<int32_t>(b)));
}

// The lanes of a then b, clamped to the range of To; the operands are signed whatever To is.
template <class To, class Wide>
inline v128 vnarrow(v128 a, v128 b) {
  constexpr Wide kLow = static_cast<Wide>(std::is_signed_v<To> ? -(1 << (kBits<To> - 1)) : 0);
  constexpr Wide kHigh = static_cast<Wide>(kLow + (1 << kBits<To>) - 1);
  const auto half = [](v128 v) {
    const v128 clamped = vmin<Wide>(vmax<Wide>(v, splat<Wide>(kLow)), splat<Wide>(kHigh));
    return __builtin_convertvector(lanes<Wide>(clamped), HalfLanes<To>);
  };
  return pack_halves(half(a), half(b));
}

inline uint16_t q15mulr_sat_s(uint16_t a, uint16_t b) {
  const int32_t product = (int32_t{as_signed(a)} * as_signed(b) + 0x4000) >> 15;
  return static_cast<uint16_t>(product > 0x7fff ? 0x7fff : product);
}
inline v128 vq15mulr_sat_s(v128 a, v128 b) {
  const auto x = lanes<uint16_t>(a), y = lanes<uint16_t>(b);
  return generate<uint16_t>([&](size_t i) { return q15mulr_sat_s(x[i], y[i]); });
}

// ---- floating-point lanes: as their scalar counterparts in num.h, without branches

template <class F>
inline v128 vfadd(v128 a, v128 b) { return pack(lanes<F>(a) + lanes<F>(b)); }
template <class F>
inline v128 vfsub(v128 a, v128 b) { return pack(lanes<F>(a) - lanes<F>(b)); }
template <class F>
inline v128 vfmul(v128 a, v128 b) { return pack(lanes<F>(a) * lanes<F>(b)); }
template <class F>
inline v128 vfdiv(v128 a, v128 b) { return pack(lanes<F>(a) / lanes<F>(b)); }
template <class F>
inline v128 vfsqrt(v128 a) { return vmap<F, F, fsqrt<F>>(a); }

template <class F>
inline v128 sign_bits() { return splat<BitsOf<F>>(kSignBit<BitsOf<F>>); }
template <class F>
inline v128 vfabs(v128 a) { return a & ~sign_bits<F>(); }
template <class F>
inline v128 vfneg(v128 a) { return a ^ sign_bits<F>(); }
template <class F>
inline v128 vfcopysign(v128 a, v128 b) { return vbitselect(b, a, sign_bits<F>()); }

template <class F>
inline v128 vfpmin(v128 a, v128 b) { return vbitselect(b, a, vlt<F>(b, a)); }
template <class F>
inline v128 vfpmax(v128 a, v128 b) { return vbitselect(b, a, vlt<F>(a, b)); }

// Where the operands are equal or one is a NaN, a < b ? a : b is b: equal operands need their bits merged, and
// NaNs the sum, which is the quiet NaN.
template <class F>
inline v128 vfmin(v128 a, v128 b) {
  const v128 ordered = vbitselect(a, b, vlt<F>(a, b)) | (a & veq<F>(a, b));
  return vbitselect(ordered, vfadd<F>(a, b), veq<F>(a, a) & veq<F>(b, b));
}
template <class F>
inline v128 vfmax(v128 a, v128 b) {
  const v128 ordered = vbitselect(a, b, vgt<F>(a, b)) & (a | vne<F>(a, b));
  return vbitselect(ordered, vfadd<F>(a, b), veq<F>(a, a) & veq<F>(b, b));
}

template <class F>
inline v128 vquiet(v128 a) {
  return a | (vne<F>(a, a) & splat<BitsOf<F>>(BitsOf<F>{1} << (kFractionBits<F> - 1)));
}
template <class F>
inline v128 vfnearest(v128 a) {
  const v128 all_integral = splat<F>(kAllIntegral<F>), power = vfcopysign<F>(all_integral, a);
  const v128 near = vfcopysign<F>(vfsub<F>(vfadd<F>(a, power), power), a);
  return vbitselect(near, vquiet<F>(a), vlt<F>(vfabs<F>(a), all_integral));
}
template <class F>
inline v128 vffloor(v128 a) {
  const v128 near = vfnearest<F>(a);
  return vbitselect(vfsub<F>(near, splat<F>(1)), near, vgt<F>(near, a));
}
template <class F>
inline v128 vfceil(v128 a) {
  const v128 near = vfnearest<F>(a);
  return vfcopysign<F>(vbitselect(vfadd<F>(near, splat<F>(1)), near, vlt<F>(near, a)), a);
}
template <class F>
inline v128 vftrunc(v128 a) { return vfcopysign<F>(vffloor<F>(vfabs<F>(a)), a); }

// ---- conversions

// Between lanes of one width, or from the lower half to lanes twice as wide, or to half as wide with zeroes above.
template <class From, class To>
inline v128 vconvert(v128 a) { return pack(__builtin_convertvector(lanes<From>(a), Lanes<To>)); }
template <class From, class To>
inline v128 vconvert_low(v128 a) { return pack(__builtin_convertvector(low_half<From>(a), Lanes<To>)); }
template <class From, class To>
inline v128 vconvert_zero(v128 a) {
  return pack_halves(__builtin_convertvector(lanes<From>(a), HalfLanes<To>), HalfLanes<To>{});
}
template <class F>
inline v128 vtrunc_sat_s(v128 a) { return vmap<uint32_t, F, trunc_sat_s<uint32_t, F>>(a); }
template <class F>
inline v128 vtrunc_sat_u(v128 a) { return vmap<uint32_t, F, trunc_sat_u<uint32_t, F>>(a); }

// ---- relaxed operators that have no strict counterpart. As in the deterministic profile (4.3.6), multiply-add
// rounds twice, and the dot product is signed with pairs added under saturation.

template <class F>
inline v128 vrelaxed_madd(v128 a, v128 b, v128 c) { return vfadd<F>(vfmul<F>(a, b), c); }
template <class F>
inline v128 vrelaxed_nmadd(v128 a, v128 b, v128 c) { return vrelaxed_madd<F>(vfneg<F>(a), b, c); }

inline v128 vrelaxed_dot(v128 a, v128 b) {
  const v128 first = vmul<uint16_t>(pair_first<int16_t>(a), pair_first<int16_t>(b));
  return vadd_sat_s<uint16_t>(first, vmul<uint16_t>(pair_second<int16_t>(a), pair_second<int16_t>(b)));
}
inline v128 vrelaxed_dot_add(v128 a, v128 b, v128 c) {
  return vadd<uint32_t>(vextadd_pairwise<int32_t>(vrelaxed_dot(a, b)), c);
}
// clang-format on

}  // namespace heddle::num
