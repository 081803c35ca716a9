// The numeric operators of the specification (4.3.2-4.3.4) and, bound to them below, one kernel for each scalar
// numeric instruction: num::i32_add is iadd over 32 bits. Interpreter, constant folder and compiled code all call
// these.
//
// Kernels are pure and total: what traps says so in a Trapping, integers are unsigned and wrap, shift counts are
// masked. They assume round-to-nearest and no contraction or errno: the build sets -ffp-contract=off and
// -fno-math-errno.
#pragma once
#include <bit>
#include <cstdint>
#include <type_traits>

#include "base/error.h"

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

namespace heddle::num {

// The result of a partial operator. Inlined, `if (r.trap != ErrorCode::none)` is the operator's own check.
template <class T>
struct Trapping {
  T value;
  ErrorCode trap = ErrorCode::none;
};

// ---- integers (4.3.2). T is unsigned; 8 and 16 bits are lanes and narrow memory accesses.

template <class T>
using Signed = std::make_signed_t<T>;
template <class T>
inline constexpr uint32_t kBits = sizeof(T) * 8;
template <class T>
inline constexpr T kSignBit = static_cast<T>(T{1} << (kBits<T> - 1));
template <class T>
constexpr Signed<T> as_signed(T a) {
  return static_cast<Signed<T>>(a);
}

// clang-format off
template <class T>
constexpr T iadd(T a, T b) { return a + b; }
template <class T>
constexpr T isub(T a, T b) { return a - b; }
template <class T>
constexpr T imul(T a, T b) { return a * b; }
template <class T>
constexpr T iand(T a, T b) { return a & b; }
template <class T>
constexpr T ior(T a, T b) { return a | b; }
template <class T>
constexpr T ixor(T a, T b) { return a ^ b; }
template <class T>
constexpr T ishl(T a, T b) { return a << (b & (kBits<T> - 1)); }
template <class T>
constexpr T ishr_u(T a, T b) { return a >> (b & (kBits<T> - 1)); }
template <class T>
constexpr T ishr_s(T a, T b) { return static_cast<T>(as_signed(a) >> (b & (kBits<T> - 1))); }
template <class T>
constexpr T irotl(T a, T b) { return std::rotl(a, static_cast<int>(b & (kBits<T> - 1))); }
template <class T>
constexpr T irotr(T a, T b) { return std::rotr(a, static_cast<int>(b & (kBits<T> - 1))); }
template <class T>
constexpr T iclz(T a) { return static_cast<T>(std::countl_zero(a)); }
template <class T>
constexpr T ictz(T a) { return static_cast<T>(std::countr_zero(a)); }
// clang-format on

// Sums in ever wider fields. Not std::popcount, for which g++ calls a function where the machine may lack the
// instruction;
// clang knows the pattern.
template <class T>
constexpr T ipopcnt(T a) {
  constexpr T kOnes = static_cast<T>(-1);
  a -= a >> 1 & kOnes / 3;
  a = (a & kOnes / 15 * 3) + (a >> 2 & kOnes / 15 * 3);
  a = (a + (a >> 4)) & kOnes / 255 * 15;
  return a * (kOnes / 255) >> (kBits<T> - 8);
}

template <class T>
constexpr Trapping<T> idiv_u(T a, T b) {
  if (b == 0) return {0, ErrorCode::integer_divide_by_zero};
  return {static_cast<T>(a / b)};
}
template <class T>
constexpr Trapping<T> idiv_s(T a, T b) {
  if (b == 0) return {0, ErrorCode::integer_divide_by_zero};
  if (a == kSignBit<T> && b == static_cast<T>(-1)) return {0, ErrorCode::integer_overflow};
  return {static_cast<T>(as_signed(a) / as_signed(b))};
}
template <class T>
constexpr Trapping<T> irem_u(T a, T b) {
  if (b == 0) return {0, ErrorCode::integer_divide_by_zero};
  return {static_cast<T>(a % b)};
}
template <class T>
constexpr Trapping<T> irem_s(T a, T b) {
  if (b == 0) return {0, ErrorCode::integer_divide_by_zero};
  if (b == static_cast<T>(-1)) return {0};  // the quotient may not be representable, the remainder is
  return {static_cast<T>(as_signed(a) % as_signed(b))};
}

// clang-format off
template <class T>
constexpr uint32_t ieqz(T a) { return a == 0; }
template <class T>
constexpr uint32_t ieq(T a, T b) { return a == b; }
template <class T>
constexpr uint32_t ine(T a, T b) { return a != b; }
template <class T>
constexpr uint32_t ilt_u(T a, T b) { return a < b; }
template <class T>
constexpr uint32_t ilt_s(T a, T b) { return as_signed(a) < as_signed(b); }
template <class T>
constexpr uint32_t igt_u(T a, T b) { return a > b; }
template <class T>
constexpr uint32_t igt_s(T a, T b) { return as_signed(a) > as_signed(b); }
template <class T>
constexpr uint32_t ile_u(T a, T b) { return a <= b; }
template <class T>
constexpr uint32_t ile_s(T a, T b) { return as_signed(a) <= as_signed(b); }
template <class T>
constexpr uint32_t ige_u(T a, T b) { return a >= b; }
template <class T>
constexpr uint32_t ige_s(T a, T b) { return as_signed(a) >= as_signed(b); }

// extend_{M,N}, wrap_{M,N}: the widths are those of the types. iextendN_s(i) extends the low N bits of i in place.
template <class To, class From>
constexpr To extend_u(From a) { return a; }
template <class To, class From>
constexpr To extend_s(From a) { return static_cast<To>(static_cast<Signed<To>>(as_signed(a))); }
template <class To, class From>
constexpr To wrap(From a) { return static_cast<To>(a); }
template <class T, class Narrow>
constexpr T extend_low_s(T a) { return extend_s<T>(wrap<Narrow>(a)); }
// clang-format on

// ---- floating point (4.3.3). A NaN result of the hardware is one the specification allows: an operand made
// quiet, or the canonical NaN of either sign. Sign operators work on the bits, so that they keep any payload.

template <class F>
using BitsOf = std::conditional_t<sizeof(F) == 4, uint32_t, uint64_t>;
template <class F>
inline constexpr int kFractionBits = sizeof(F) == 4 ? 23 : 52;
// clang-format off
template <class F>
constexpr BitsOf<F> bits_of(F z) { return std::bit_cast<BitsOf<F>>(z); }
template <class F>
constexpr F of_bits(BitsOf<F> bits) { return std::bit_cast<F>(bits); }

template <class F>
constexpr F fadd(F a, F b) { return a + b; }
template <class F>
constexpr F fsub(F a, F b) { return a - b; }
template <class F>
constexpr F fmul(F a, F b) { return a * b; }
template <class F>
constexpr F fdiv(F a, F b) { return a / b; }
// clang-format on
template <class F>
inline F fsqrt(F a) {
  if constexpr (sizeof(F) == 4) {
    return __builtin_sqrtf(a);
  } else {
    return __builtin_sqrt(a);
  }
}

// clang-format off
template <class F>
constexpr F fabs(F a) { return of_bits<F>(bits_of(a) & ~kSignBit<BitsOf<F>>); }
template <class F>
constexpr F fneg(F a) { return of_bits<F>(bits_of(a) ^ kSignBit<BitsOf<F>>); }
// clang-format on
template <class F>
constexpr F fcopysign(F a, F b) {
  constexpr BitsOf<F> sign = kSignBit<BitsOf<F>>;
  return of_bits<F>((bits_of(a) & ~sign) | (bits_of(b) & sign));
}

// Equal operands differ in the sign of zero at most: the minimum is negative if one of them is.
template <class F>
constexpr F fmin(F a, F b) {
  if (a < b) return a;
  if (b < a) return b;
  if (a == b) return of_bits<F>(bits_of(a) | bits_of(b));
  return a + b;  // a NaN
}
template <class F>
constexpr F fmax(F a, F b) {
  if (a > b) return a;
  if (b > a) return b;
  if (a == b) return of_bits<F>(bits_of(a) & bits_of(b));
  return a + b;  // a NaN
}

// clang-format off
template <class F>
constexpr uint32_t feq(F a, F b) { return a == b; }
template <class F>
constexpr uint32_t fne(F a, F b) { return a != b; }
template <class F>
constexpr uint32_t flt(F a, F b) { return a < b; }
template <class F>
constexpr uint32_t fgt(F a, F b) { return a > b; }
template <class F>
constexpr uint32_t fle(F a, F b) { return a <= b; }
template <class F>
constexpr uint32_t fge(F a, F b) { return a >= b; }
// clang-format on

// Rounding to an integral value. From 2^fraction on every value is integral; below, adding that power and taking it
// away again rounds to nearest even, and one correction makes it the rounding asked for. The sign is that of the
// operand always, of zero too. Without SSE4.1 this is several times faster than a call of the C library.
template <class F>
inline constexpr F kAllIntegral = static_cast<F>(uint64_t{1} << kFractionBits<F>);

template <class F>
constexpr F quiet(F a) {
  return a == a ? a : of_bits<F>(bits_of(a) | BitsOf<F>{1} << (kFractionBits<F> - 1));
}
template <class F>
constexpr F fnearest(F a) {
  if (!(fabs(a) < kAllIntegral<F>)) return quiet(a);
  const F power = fcopysign(kAllIntegral<F>, a);
  return fcopysign((a + power) - power, a);
}
template <class F>
constexpr F ffloor(F a) {
  const F near = fnearest(a);
  return near > a ? near - 1 : near;
}
template <class F>
constexpr F fceil(F a) {
  const F near = fnearest(a);
  return near < a ? fcopysign(near + 1, a) : near;
}
// clang-format off
template <class F>
constexpr F ftrunc(F a) { return fcopysign(ffloor(fabs(a)), a); }
// clang-format on

// ---- conversions (4.3.4)

// Whether the truncated value is an integer of the type. Where the type's lower bound less one is not a value of
// F, the bound itself is the next one.
template <class I, class F>
constexpr bool truncates_s(F z) {
  constexpr F bound = -2 * static_cast<F>(as_signed<I>(kSignBit<I> >> 1)), below = bound - 1;
  return (below < bound ? z > below : z >= bound) && z < -bound;
}
template <class I, class F>
constexpr bool truncates_u(F z) {
  return z > -1 && z < 2 * static_cast<F>(kSignBit<I>);
}

template <class I, class F>
constexpr Trapping<I> trunc_s(F z) {
  if (truncates_s<I>(z)) return {static_cast<I>(static_cast<Signed<I>>(z))};
  return {0, z == z ? ErrorCode::integer_overflow : ErrorCode::invalid_conversion};
}
template <class I, class F>
constexpr Trapping<I> trunc_u(F z) {
  if (truncates_u<I>(z)) return {static_cast<I>(z)};
  return {0, z == z ? ErrorCode::integer_overflow : ErrorCode::invalid_conversion};
}
template <class I, class F>
constexpr I trunc_sat_s(F z) {
  if (truncates_s<I>(z)) return static_cast<I>(static_cast<Signed<I>>(z));
  if (z != z) return 0;
  return z < 0 ? kSignBit<I> : static_cast<I>(kSignBit<I> - 1);
}
template <class I, class F>
constexpr I trunc_sat_u(F z) {
  if (truncates_u<I>(z)) return static_cast<I>(z);
  return z > 0 ? static_cast<I>(-1) : 0;
}
// clang-format off
template <class F, class I>
constexpr F convert_s(I a) { return static_cast<F>(as_signed(a)); }
template <class F, class I>
constexpr F convert_u(I a) { return static_cast<F>(a); }
template <class To, class From>
constexpr To promote(From z) { return z; }
template <class To, class From>
constexpr To demote(From z) { return static_cast<To>(z); }
template <class To, class From>
constexpr To reinterpret(From a) { return std::bit_cast<To>(a); }
// clang-format on

// ---- wide arithmetic: 128-bit values are pairs of operands, low half first

__extension__ typedef unsigned __int128 uint128_t;
__extension__ typedef __int128 int128_t;

constexpr uint128_t wide_of(uint64_t low, uint64_t high) { return static_cast<uint128_t>(high) << 64 | low; }
constexpr void put_wide(uint64_t* to, uint128_t value) {
  to[0] = static_cast<uint64_t>(value);
  to[1] = static_cast<uint64_t>(value >> 64);
}

// ---- the kernels

constexpr void i64_add128(uint64_t* o) { put_wide(o, wide_of(o[0], o[1]) + wide_of(o[2], o[3])); }
constexpr void i64_sub128(uint64_t* o) { put_wide(o, wide_of(o[0], o[1]) - wide_of(o[2], o[3])); }
constexpr void i64_mul_wide_u(uint64_t* o) { put_wide(o, static_cast<uint128_t>(o[0]) * o[1]); }
constexpr void i64_mul_wide_s(uint64_t* o) {
  put_wide(o, static_cast<uint128_t>(static_cast<int128_t>(as_signed(o[0])) * as_signed(o[1])));
}

inline constexpr auto& i32_eqz = ieqz<uint32_t>;
inline constexpr auto& i32_eq = ieq<uint32_t>;
inline constexpr auto& i32_ne = ine<uint32_t>;
inline constexpr auto& i32_lt_s = ilt_s<uint32_t>;
inline constexpr auto& i32_lt_u = ilt_u<uint32_t>;
inline constexpr auto& i32_gt_s = igt_s<uint32_t>;
inline constexpr auto& i32_gt_u = igt_u<uint32_t>;
inline constexpr auto& i32_le_s = ile_s<uint32_t>;
inline constexpr auto& i32_le_u = ile_u<uint32_t>;
inline constexpr auto& i32_ge_s = ige_s<uint32_t>;
inline constexpr auto& i32_ge_u = ige_u<uint32_t>;

inline constexpr auto& i64_eqz = ieqz<uint64_t>;
inline constexpr auto& i64_eq = ieq<uint64_t>;
inline constexpr auto& i64_ne = ine<uint64_t>;
inline constexpr auto& i64_lt_s = ilt_s<uint64_t>;
inline constexpr auto& i64_lt_u = ilt_u<uint64_t>;
inline constexpr auto& i64_gt_s = igt_s<uint64_t>;
inline constexpr auto& i64_gt_u = igt_u<uint64_t>;
inline constexpr auto& i64_le_s = ile_s<uint64_t>;
inline constexpr auto& i64_le_u = ile_u<uint64_t>;
inline constexpr auto& i64_ge_s = ige_s<uint64_t>;
inline constexpr auto& i64_ge_u = ige_u<uint64_t>;

inline constexpr auto& f32_eq = feq<float>;
inline constexpr auto& f32_ne = fne<float>;
inline constexpr auto& f32_lt = flt<float>;
inline constexpr auto& f32_gt = fgt<float>;
inline constexpr auto& f32_le = fle<float>;
inline constexpr auto& f32_ge = fge<float>;

inline constexpr auto& f64_eq = feq<double>;
inline constexpr auto& f64_ne = fne<double>;
inline constexpr auto& f64_lt = flt<double>;
inline constexpr auto& f64_gt = fgt<double>;
inline constexpr auto& f64_le = fle<double>;
inline constexpr auto& f64_ge = fge<double>;

inline constexpr auto& i32_clz = iclz<uint32_t>;
inline constexpr auto& i32_ctz = ictz<uint32_t>;
inline constexpr auto& i32_popcnt = ipopcnt<uint32_t>;
inline constexpr auto& i32_add = iadd<uint32_t>;
inline constexpr auto& i32_sub = isub<uint32_t>;
inline constexpr auto& i32_mul = imul<uint32_t>;
inline constexpr auto& i32_div_s = idiv_s<uint32_t>;
inline constexpr auto& i32_div_u = idiv_u<uint32_t>;
inline constexpr auto& i32_rem_s = irem_s<uint32_t>;
inline constexpr auto& i32_rem_u = irem_u<uint32_t>;
inline constexpr auto& i32_and = iand<uint32_t>;
inline constexpr auto& i32_or = ior<uint32_t>;
inline constexpr auto& i32_xor = ixor<uint32_t>;
inline constexpr auto& i32_shl = ishl<uint32_t>;
inline constexpr auto& i32_shr_s = ishr_s<uint32_t>;
inline constexpr auto& i32_shr_u = ishr_u<uint32_t>;
inline constexpr auto& i32_rotl = irotl<uint32_t>;
inline constexpr auto& i32_rotr = irotr<uint32_t>;

inline constexpr auto& i64_clz = iclz<uint64_t>;
inline constexpr auto& i64_ctz = ictz<uint64_t>;
inline constexpr auto& i64_popcnt = ipopcnt<uint64_t>;
inline constexpr auto& i64_add = iadd<uint64_t>;
inline constexpr auto& i64_sub = isub<uint64_t>;
inline constexpr auto& i64_mul = imul<uint64_t>;
inline constexpr auto& i64_div_s = idiv_s<uint64_t>;
inline constexpr auto& i64_div_u = idiv_u<uint64_t>;
inline constexpr auto& i64_rem_s = irem_s<uint64_t>;
inline constexpr auto& i64_rem_u = irem_u<uint64_t>;
inline constexpr auto& i64_and = iand<uint64_t>;
inline constexpr auto& i64_or = ior<uint64_t>;
inline constexpr auto& i64_xor = ixor<uint64_t>;
inline constexpr auto& i64_shl = ishl<uint64_t>;
inline constexpr auto& i64_shr_s = ishr_s<uint64_t>;
inline constexpr auto& i64_shr_u = ishr_u<uint64_t>;
inline constexpr auto& i64_rotl = irotl<uint64_t>;
inline constexpr auto& i64_rotr = irotr<uint64_t>;

inline constexpr auto& f32_abs = fabs<float>;
inline constexpr auto& f32_neg = fneg<float>;
inline constexpr auto& f32_ceil = fceil<float>;
inline constexpr auto& f32_floor = ffloor<float>;
inline constexpr auto& f32_trunc = ftrunc<float>;
inline constexpr auto& f32_nearest = fnearest<float>;
inline constexpr auto& f32_sqrt = fsqrt<float>;
inline constexpr auto& f32_add = fadd<float>;
inline constexpr auto& f32_sub = fsub<float>;
inline constexpr auto& f32_mul = fmul<float>;
inline constexpr auto& f32_div = fdiv<float>;
inline constexpr auto& f32_min = fmin<float>;
inline constexpr auto& f32_max = fmax<float>;
inline constexpr auto& f32_copysign = fcopysign<float>;

inline constexpr auto& f64_abs = fabs<double>;
inline constexpr auto& f64_neg = fneg<double>;
inline constexpr auto& f64_ceil = fceil<double>;
inline constexpr auto& f64_floor = ffloor<double>;
inline constexpr auto& f64_trunc = ftrunc<double>;
inline constexpr auto& f64_nearest = fnearest<double>;
inline constexpr auto& f64_sqrt = fsqrt<double>;
inline constexpr auto& f64_add = fadd<double>;
inline constexpr auto& f64_sub = fsub<double>;
inline constexpr auto& f64_mul = fmul<double>;
inline constexpr auto& f64_div = fdiv<double>;
inline constexpr auto& f64_min = fmin<double>;
inline constexpr auto& f64_max = fmax<double>;
inline constexpr auto& f64_copysign = fcopysign<double>;

inline constexpr auto& i32_wrap_i64 = wrap<uint32_t, uint64_t>;

inline constexpr auto& i32_trunc_f32_s = trunc_s<uint32_t, float>;
inline constexpr auto& i32_trunc_f32_u = trunc_u<uint32_t, float>;
inline constexpr auto& i32_trunc_f64_s = trunc_s<uint32_t, double>;
inline constexpr auto& i32_trunc_f64_u = trunc_u<uint32_t, double>;

inline constexpr auto& i64_extend_i32_s = extend_s<uint64_t, uint32_t>;
inline constexpr auto& i64_extend_i32_u = extend_u<uint64_t, uint32_t>;

inline constexpr auto& i64_trunc_f32_s = trunc_s<uint64_t, float>;
inline constexpr auto& i64_trunc_f32_u = trunc_u<uint64_t, float>;
inline constexpr auto& i64_trunc_f64_s = trunc_s<uint64_t, double>;
inline constexpr auto& i64_trunc_f64_u = trunc_u<uint64_t, double>;

inline constexpr auto& f32_convert_i32_s = convert_s<float, uint32_t>;
inline constexpr auto& f32_convert_i32_u = convert_u<float, uint32_t>;
inline constexpr auto& f32_convert_i64_s = convert_s<float, uint64_t>;
inline constexpr auto& f32_convert_i64_u = convert_u<float, uint64_t>;

inline constexpr auto& f32_demote_f64 = demote<float, double>;

inline constexpr auto& f64_convert_i32_s = convert_s<double, uint32_t>;
inline constexpr auto& f64_convert_i32_u = convert_u<double, uint32_t>;
inline constexpr auto& f64_convert_i64_s = convert_s<double, uint64_t>;
inline constexpr auto& f64_convert_i64_u = convert_u<double, uint64_t>;

inline constexpr auto& f64_promote_f32 = promote<double, float>;

inline constexpr auto& i32_reinterpret_f32 = reinterpret<uint32_t, float>;
inline constexpr auto& i64_reinterpret_f64 = reinterpret<uint64_t, double>;
inline constexpr auto& f32_reinterpret_i32 = reinterpret<float, uint32_t>;
inline constexpr auto& f64_reinterpret_i64 = reinterpret<double, uint64_t>;

inline constexpr auto& i32_extend8_s = extend_low_s<uint32_t, uint8_t>;
inline constexpr auto& i32_extend16_s = extend_low_s<uint32_t, uint16_t>;
inline constexpr auto& i64_extend8_s = extend_low_s<uint64_t, uint8_t>;
inline constexpr auto& i64_extend16_s = extend_low_s<uint64_t, uint16_t>;
inline constexpr auto& i64_extend32_s = extend_low_s<uint64_t, uint32_t>;

inline constexpr auto& i32_trunc_sat_f32_s = trunc_sat_s<uint32_t, float>;
inline constexpr auto& i32_trunc_sat_f32_u = trunc_sat_u<uint32_t, float>;
inline constexpr auto& i32_trunc_sat_f64_s = trunc_sat_s<uint32_t, double>;
inline constexpr auto& i32_trunc_sat_f64_u = trunc_sat_u<uint32_t, double>;
inline constexpr auto& i64_trunc_sat_f32_s = trunc_sat_s<uint64_t, float>;
inline constexpr auto& i64_trunc_sat_f32_u = trunc_sat_u<uint64_t, float>;
inline constexpr auto& i64_trunc_sat_f64_s = trunc_sat_s<uint64_t, double>;
inline constexpr auto& i64_trunc_sat_f64_u = trunc_sat_u<uint64_t, double>;

}  // namespace heddle::num
