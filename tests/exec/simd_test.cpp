// The vector kernels against models of single lanes, written here in plain wide integers and the scalar kernels.
// Every kernel sees all pairs of boundary lanes and a few hundred pseudo-random vectors.
#include "exec/simd.h"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <limits>
#include <vector>

#include "exec/kernels.h"

using namespace heddle;
using num::v128;

namespace {

bool same(v128 a, v128 b) {
  using Bytes = std::array<uint8_t, 16>;
  return std::bit_cast<Bytes>(a) == std::bit_cast<Bytes>(b);
}

v128 of(uint64_t low, uint64_t high) { return num::pack(num::Lanes<uint64_t>{low, high}); }
v128 bytes(std::initializer_list<int> values) {
  v128 r{};
  size_t i = 0;
  for (int value : values) r[i++] = static_cast<uint8_t>(value);
  return r;
}

// Vectors that together hold the boundaries of every lane type at every lane, then pseudo-random ones.
const std::vector<v128>& samples() {
  static const std::vector<v128> all = [] {
    std::vector<v128> r;
    const uint64_t words[] = {0,
                              0xffffffffffffffff,
                              0x8080808080808080,
                              0x7f7f7f7f7f7f7f7f,
                              0x0101010101010101,
                              0x8000800080008000,
                              0x7fff7fff7fff7fff,
                              0x8000000080000000,
                              0x7fffffff7fffffff,
                              0x8000000000000000,
                              0x7fffffffffffffff,
                              0x0000000100000001,
                              0x00ff00ff00ff00ff,
                              0x3f8000004f000000,
                              0xcf0000004f800000,
                              0x7fc000007fa00000,
                              0xff8000007f800000,
                              0x3ff8000000000000,
                              0xc004000000000000,
                              0x41e0000000000000,
                              0xc1e0000000200000,
                              0x7ff0000000000000,
                              0x7ff4000000000000,
                              0xbfe0000000000000,
                              0x43300000bf000000};
    for (uint64_t a : words) {
      for (uint64_t b : words) r.push_back(of(a, b));
    }
    uint64_t state = 88172645463325252;
    const auto next = [&state] {
      state ^= state << 13;
      state ^= state >> 7;
      return state ^= state << 17;
    };
    for (int i = 0; i < 200; ++i) {
      const uint64_t a = next(), b = next();
      r.push_back(of(a, b));
    }
    return r;
  }();
  return all;
}

// The second operand runs over the samples at a stride, so that boundaries meet boundaries without squaring the work.
template <class Fn>
void for_pairs(Fn fn) {
  const auto& all = samples();
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = i % 7; j < all.size(); j += 7) fn(all[i], all[j]);
  }
}

using Unary = v128(v128);
using Binary = v128(v128, v128);

// Lane i of the result is model(lane i of a, lane i of b); models compute in int64_t and are truncated to the lane.
template <class T, class Model>
void zip(const char* name, Binary& kernel, Model model) {
  CAPTURE(name);
  for_pairs([&](v128 a, v128 b) {
    const auto x = num::lanes<T>(a), y = num::lanes<T>(b), r = num::lanes<T>(kernel(a, b));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<T>; ++i) good &= r[i] == static_cast<T>(model(x[i], y[i]));
    if (!good) FAIL_CHECK("differs from the model");
  });
}
template <class T, class Model>
void map(const char* name, Unary& kernel, Model model) {
  CAPTURE(name);
  for (v128 a : samples()) {
    const auto x = num::lanes<T>(a), r = num::lanes<T>(kernel(a));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<T>; ++i) good &= r[i] == static_cast<T>(model(x[i]));
    CHECK(good);
  }
}

// Floating-point lanes are compared by bits, any quiet NaN with any other.
template <class F>
bool agrees(F got, F wanted) {
  constexpr auto kQuiet = num::bits_of(static_cast<F>(__builtin_nanf("")));
  if (wanted != wanted) return (num::bits_of(got) & kQuiet) == kQuiet;
  return num::bits_of(got) == num::bits_of(wanted);
}
template <class F>
void zip_float(const char* name, Binary& kernel, F (&scalar)(F, F)) {
  CAPTURE(name);
  for_pairs([&](v128 a, v128 b) {
    const auto x = num::lanes<F>(a), y = num::lanes<F>(b), r = num::lanes<F>(kernel(a, b));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<F>; ++i) good &= agrees<F>(r[i], scalar(x[i], y[i]));
    if (!good) FAIL_CHECK("differs from the scalar kernel");
  });
}
template <class F>
void map_float(const char* name, Unary& kernel, F (&scalar)(F)) {
  CAPTURE(name);
  for (v128 a : samples()) {
    const auto x = num::lanes<F>(a), r = num::lanes<F>(kernel(a));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<F>; ++i) good &= agrees<F>(r[i], scalar(x[i]));
    CHECK(good);
  }
}

const auto add = [](auto a, auto b) { return static_cast<uint64_t>(a) + static_cast<uint64_t>(b); };
const auto sub = [](auto a, auto b) { return static_cast<uint64_t>(a) - static_cast<uint64_t>(b); };
const auto mul = [](auto a, auto b) { return static_cast<uint64_t>(a) * static_cast<uint64_t>(b); };
const auto neg = [](auto a) { return 0 - static_cast<uint64_t>(a); };
const auto absolute = [](auto a) { return a < 0 ? 0 - static_cast<uint64_t>(a) : static_cast<uint64_t>(a); };
const auto min = [](auto a, auto b) { return b < a ? b : a; };
const auto max = [](auto a, auto b) { return b > a ? b : a; };
const auto eq = [](auto a, auto b) { return a == b ? -1 : 0; };
const auto ne = [](auto a, auto b) { return a != b ? -1 : 0; };
const auto lt = [](auto a, auto b) { return a < b ? -1 : 0; };
const auto gt = [](auto a, auto b) { return a > b ? -1 : 0; };
const auto le = [](auto a, auto b) { return a <= b ? -1 : 0; };
const auto ge = [](auto a, auto b) { return a >= b ? -1 : 0; };
const auto avgr = [](auto a, auto b) { return (a + b + 1) / 2; };

template <class T>
int64_t clamp(int64_t value) {
  const auto low = int64_t{std::numeric_limits<T>::min()};
  const auto high = int64_t{std::numeric_limits<T>::max()};
  return value < low ? low : value > high ? high : value;
}
template <class T>
int64_t add_sat(T a, T b) {
  return clamp<T>(int64_t{a} + b);
}
template <class T>
int64_t sub_sat(T a, T b) {
  return clamp<T>(int64_t{a} - b);
}

}  // namespace

#define ZIP(T, name, model) zip<T>(#name, num::name, model)
#define MAP(T, name, model) map<T>(#name, num::name, model)

TEST_CASE("integer lanes wrap") {
  ZIP(uint8_t, i8x16_add, add);
  ZIP(uint8_t, i8x16_sub, sub);
  ZIP(uint16_t, i16x8_add, add);
  ZIP(uint16_t, i16x8_sub, sub);
  ZIP(uint16_t, i16x8_mul, mul);
  ZIP(uint32_t, i32x4_add, add);
  ZIP(uint32_t, i32x4_sub, sub);
  ZIP(uint32_t, i32x4_mul, mul);
  ZIP(uint64_t, i64x2_add, add);
  ZIP(uint64_t, i64x2_sub, sub);
  ZIP(uint64_t, i64x2_mul, mul);
  MAP(uint8_t, i8x16_neg, neg);
  MAP(uint16_t, i16x8_neg, neg);
  MAP(uint32_t, i32x4_neg, neg);
  MAP(uint64_t, i64x2_neg, neg);
  MAP(int8_t, i8x16_abs, absolute);
  MAP(int16_t, i16x8_abs, absolute);
  MAP(int32_t, i32x4_abs, absolute);
  MAP(int64_t, i64x2_abs, absolute);
  MAP(uint8_t, i8x16_popcnt, num::ipopcnt<uint8_t>);
}

TEST_CASE("integer lanes saturate") {
  ZIP(int8_t, i8x16_add_sat_s, add_sat<int8_t>);
  ZIP(uint8_t, i8x16_add_sat_u, add_sat<uint8_t>);
  ZIP(int8_t, i8x16_sub_sat_s, sub_sat<int8_t>);
  ZIP(uint8_t, i8x16_sub_sat_u, sub_sat<uint8_t>);
  ZIP(int16_t, i16x8_add_sat_s, add_sat<int16_t>);
  ZIP(uint16_t, i16x8_add_sat_u, add_sat<uint16_t>);
  ZIP(int16_t, i16x8_sub_sat_s, sub_sat<int16_t>);
  ZIP(uint16_t, i16x8_sub_sat_u, sub_sat<uint16_t>);
  ZIP(uint8_t, i8x16_avgr_u, avgr);
  ZIP(uint16_t, i16x8_avgr_u, avgr);
  const auto q15mulr = [](int64_t a, int64_t b) { return clamp<int16_t>((a * b + 0x4000) >> 15); };
  ZIP(int16_t, i16x8_q15mulr_sat_s, q15mulr);
  ZIP(int16_t, i16x8_relaxed_q15mulr_s, q15mulr);
}

TEST_CASE("integer lanes compare by signedness") {
  ZIP(uint8_t, i8x16_eq, eq);
  ZIP(uint8_t, i8x16_ne, ne);
  ZIP(int8_t, i8x16_lt_s, lt);
  ZIP(uint8_t, i8x16_lt_u, lt);
  ZIP(int8_t, i8x16_gt_s, gt);
  ZIP(uint8_t, i8x16_gt_u, gt);
  ZIP(int8_t, i8x16_le_s, le);
  ZIP(uint8_t, i8x16_le_u, le);
  ZIP(int8_t, i8x16_ge_s, ge);
  ZIP(uint8_t, i8x16_ge_u, ge);
  ZIP(uint16_t, i16x8_eq, eq);
  ZIP(uint16_t, i16x8_ne, ne);
  ZIP(int16_t, i16x8_lt_s, lt);
  ZIP(uint16_t, i16x8_lt_u, lt);
  ZIP(int16_t, i16x8_gt_s, gt);
  ZIP(uint16_t, i16x8_gt_u, gt);
  ZIP(int16_t, i16x8_le_s, le);
  ZIP(uint16_t, i16x8_le_u, le);
  ZIP(int16_t, i16x8_ge_s, ge);
  ZIP(uint16_t, i16x8_ge_u, ge);
  ZIP(uint32_t, i32x4_eq, eq);
  ZIP(uint32_t, i32x4_ne, ne);
  ZIP(int32_t, i32x4_lt_s, lt);
  ZIP(uint32_t, i32x4_lt_u, lt);
  ZIP(int32_t, i32x4_gt_s, gt);
  ZIP(uint32_t, i32x4_gt_u, gt);
  ZIP(int32_t, i32x4_le_s, le);
  ZIP(uint32_t, i32x4_le_u, le);
  ZIP(int32_t, i32x4_ge_s, ge);
  ZIP(uint32_t, i32x4_ge_u, ge);
  ZIP(uint64_t, i64x2_eq, eq);
  ZIP(uint64_t, i64x2_ne, ne);
  ZIP(int64_t, i64x2_lt_s, lt);
  ZIP(int64_t, i64x2_gt_s, gt);
  ZIP(int64_t, i64x2_le_s, le);
  ZIP(int64_t, i64x2_ge_s, ge);
  ZIP(int8_t, i8x16_min_s, min);
  ZIP(uint8_t, i8x16_min_u, min);
  ZIP(int8_t, i8x16_max_s, max);
  ZIP(uint8_t, i8x16_max_u, max);
  ZIP(int16_t, i16x8_min_s, min);
  ZIP(uint16_t, i16x8_min_u, min);
  ZIP(int16_t, i16x8_max_s, max);
  ZIP(uint16_t, i16x8_max_u, max);
  ZIP(int32_t, i32x4_min_s, min);
  ZIP(uint32_t, i32x4_min_u, min);
  ZIP(int32_t, i32x4_max_s, max);
  ZIP(uint32_t, i32x4_max_u, max);
}

namespace {

using Shift = v128(v128, uint32_t);

template <class T>
void check_shifts(Shift& shl, Shift& shr_s, Shift& shr_u) {
  for (v128 a : samples()) {
    const auto x = num::lanes<T>(a);
    for (uint32_t count : {0u, 1u, 3u, 7u, 8u, 15u, 16u, 31u, 33u, 63u, 64u, 0xffffffffu}) {
      const uint32_t by = count % num::kBits<T>;
      const auto left = num::lanes<T>(shl(a, count)), down = num::lanes<T>(shr_s(a, count)),
                 right = num::lanes<T>(shr_u(a, count));
      bool good = true;
      for (size_t i = 0; i < num::kLanes<T>; ++i) {
        good &= left[i] == static_cast<T>(uint64_t{x[i]} << by);
        good &= down[i] == static_cast<T>(int64_t{num::as_signed<T>(x[i])} >> by);
        good &= right[i] == static_cast<T>(uint64_t{x[i]} >> by);
      }
      CHECK(good);
    }
  }
}

// A result lane from lanes of another width: model(i) of the operands' lanes, for each lane i of Wide.
template <class T, class Wide, class Model>
void widen(Unary& kernel, Model model) {
  for (v128 a : samples()) {
    const auto x = num::lanes<T>(a);
    const auto r = num::lanes<Wide>(kernel(a));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<Wide>; ++i) good &= r[i] == static_cast<Wide>(model(x, i));
    CHECK(good);
  }
}
template <class T, class Wide, class Model>
void widen(Binary& kernel, Model model) {
  for_pairs([&](v128 a, v128 b) {
    const auto x = num::lanes<T>(a), y = num::lanes<T>(b);
    const auto r = num::lanes<Wide>(kernel(a, b));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<Wide>; ++i) good &= r[i] == static_cast<Wide>(model(x, y, i));
    if (!good) FAIL_CHECK("differs from the model");
  });
}

template <class T, class Wide>
void check_extend(Unary& low, Unary& high, Binary& mul_low, Binary& mul_high) {
  constexpr size_t kHalf = num::kLanes<Wide>;
  const auto product = [](Wide a, Wide b) { return static_cast<Wide>(mul(a, b)); };
  widen<T, Wide>(low, [](auto x, size_t i) { return x[i]; });
  widen<T, Wide>(high, [](auto x, size_t i) { return x[i + kHalf]; });
  widen<T, Wide>(mul_low, [&](auto x, auto y, size_t i) { return product(x[i], y[i]); });
  widen<T, Wide>(mul_high, [&](auto x, auto y, size_t i) { return product(x[i + kHalf], y[i + kHalf]); });
}

template <class Narrow, class T>
void check_narrow(Binary& kernel) {
  for_pairs([&](v128 a, v128 b) {
    const auto x = num::lanes<T>(a), y = num::lanes<T>(b);
    const auto r = num::lanes<Narrow>(kernel(a, b));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<T>; ++i) {
      good &= r[i] == clamp<Narrow>(x[i]) && r[i + num::kLanes<T>] == clamp<Narrow>(y[i]);
    }
    if (!good) FAIL_CHECK("differs from the model");
  });
}

}  // namespace

TEST_CASE("vector shift counts are taken modulo the lane") {
  check_shifts<uint8_t>(num::i8x16_shl, num::i8x16_shr_s, num::i8x16_shr_u);
  check_shifts<uint16_t>(num::i16x8_shl, num::i16x8_shr_s, num::i16x8_shr_u);
  check_shifts<uint32_t>(num::i32x4_shl, num::i32x4_shr_s, num::i32x4_shr_u);
  check_shifts<uint64_t>(num::i64x2_shl, num::i64x2_shr_s, num::i64x2_shr_u);
}

TEST_CASE("lanes widen and narrow") {
  using namespace num;
  check_extend<int8_t, int16_t>(i16x8_extend_low_i8x16_s, i16x8_extend_high_i8x16_s, i16x8_extmul_low_i8x16_s,
                                i16x8_extmul_high_i8x16_s);
  check_extend<uint8_t, uint16_t>(i16x8_extend_low_i8x16_u, i16x8_extend_high_i8x16_u, i16x8_extmul_low_i8x16_u,
                                  i16x8_extmul_high_i8x16_u);
  check_extend<int16_t, int32_t>(i32x4_extend_low_i16x8_s, i32x4_extend_high_i16x8_s, i32x4_extmul_low_i16x8_s,
                                 i32x4_extmul_high_i16x8_s);
  check_extend<uint16_t, uint32_t>(i32x4_extend_low_i16x8_u, i32x4_extend_high_i16x8_u, i32x4_extmul_low_i16x8_u,
                                   i32x4_extmul_high_i16x8_u);
  check_extend<int32_t, int64_t>(i64x2_extend_low_i32x4_s, i64x2_extend_high_i32x4_s, i64x2_extmul_low_i32x4_s,
                                 i64x2_extmul_high_i32x4_s);
  check_extend<uint32_t, uint64_t>(i64x2_extend_low_i32x4_u, i64x2_extend_high_i32x4_u, i64x2_extmul_low_i32x4_u,
                                   i64x2_extmul_high_i32x4_u);
  check_narrow<int8_t, int16_t>(i8x16_narrow_i16x8_s);
  check_narrow<uint8_t, int16_t>(i8x16_narrow_i16x8_u);
  check_narrow<int16_t, int32_t>(i16x8_narrow_i32x4_s);
  check_narrow<uint16_t, int32_t>(i16x8_narrow_i32x4_u);
}

TEST_CASE("neighbouring lanes combine") {
  using namespace num;
  const auto pair = [](auto x, size_t i) { return int64_t{x[2 * i]} + x[2 * i + 1]; };
  widen<int8_t, int16_t>(i16x8_extadd_pairwise_i8x16_s, pair);
  widen<uint8_t, uint16_t>(i16x8_extadd_pairwise_i8x16_u, pair);
  widen<int16_t, int32_t>(i32x4_extadd_pairwise_i16x8_s, pair);
  widen<uint16_t, uint32_t>(i32x4_extadd_pairwise_i16x8_u, pair);
  const auto dot = [](auto x, auto y, size_t i) {
    return int64_t{x[2 * i]} * y[2 * i] + int64_t{x[2 * i + 1]} * y[2 * i + 1];
  };
  widen<int16_t, int32_t>(i32x4_dot_i16x8_s, dot);
  widen<int8_t, int16_t>(i16x8_relaxed_dot_i8x16_i7x16_s,
                         [&](auto x, auto y, size_t i) { return clamp<int16_t>(dot(x, y, i)); });
  for_pairs([&](v128 a, v128 b) {
    const v128 pairs = i32x4_extadd_pairwise_i16x8_s(i16x8_relaxed_dot_i8x16_i7x16_s(a, b));
    if (!same(i32x4_relaxed_dot_i8x16_i7x16_add_s(a, b, a), i32x4_add(pairs, a))) FAIL_CHECK("differs");
  });
}

namespace {

template <class T>
void check_truth(uint32_t (&all_true)(v128), uint32_t (&bitmask)(v128)) {
  for (v128 a : samples()) {
    const auto x = num::lanes<num::Signed<T>>(a);
    uint32_t all = 1, mask = 0;
    for (size_t i = 0; i < num::kLanes<T>; ++i) {
      all &= x[i] != 0;
      mask |= static_cast<uint32_t>(x[i] < 0) << i;
    }
    CHECK(all_true(a) == all);
    CHECK(bitmask(a) == mask);
  }
}

}  // namespace

TEST_CASE("lanes are tested and gathered") {
  check_truth<uint8_t>(num::i8x16_all_true, num::i8x16_bitmask);
  check_truth<uint16_t>(num::i16x8_all_true, num::i16x8_bitmask);
  check_truth<uint32_t>(num::i32x4_all_true, num::i32x4_bitmask);
  check_truth<uint64_t>(num::i64x2_all_true, num::i64x2_bitmask);
  CHECK(num::v128_any_true(v128{}) == 0);
  for (size_t i = 0; i < 16; ++i) {
    v128 one{};
    one[i] = 0x80;
    CHECK(num::v128_any_true(one) == 1);
    CHECK(num::i8x16_bitmask(one) == 1u << i);
  }
}

TEST_CASE("bits combine") {
  const auto and_ = [](uint64_t a, uint64_t b) { return a & b; };
  const auto or_ = [](uint64_t a, uint64_t b) { return a | b; };
  const auto xor_ = [](uint64_t a, uint64_t b) { return a ^ b; };
  const auto andnot = [](uint64_t a, uint64_t b) { return a & ~b; };
  ZIP(uint64_t, v128_and, and_);
  ZIP(uint64_t, v128_or, or_);
  ZIP(uint64_t, v128_xor, xor_);
  ZIP(uint64_t, v128_andnot, andnot);
  MAP(uint64_t, v128_not, [](uint64_t a) { return ~a; });
  const v128 a = num::i8x16_splat(0xaa), b = num::i8x16_splat(0xbb), mask = num::i8x16_splat(0xf0);
  using Select = v128(v128, v128, v128);
  Select* const selects[] = {num::v128_bitselect, num::i8x16_relaxed_laneselect, num::i16x8_relaxed_laneselect,
                             num::i32x4_relaxed_laneselect, num::i64x2_relaxed_laneselect};
  for (Select* select : selects) CHECK(same(select(a, b, mask), num::i8x16_splat(0xab)));
}

TEST_CASE("bytes are picked by index") {
  const v128 a = bytes({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15});
  const v128 b = bytes({100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114, 115});
  const v128 indices = bytes({15, 14, 0, 1, 16, 17, 31, 128, 255, 144, 7, 8, 9, 32, 2, 15});
  const v128 picked = bytes({115, 114, 100, 101, 0, 0, 0, 0, 0, 0, 107, 108, 109, 0, 102, 115});
  CHECK(same(num::i8x16_swizzle(b, indices), picked));
  CHECK(same(num::i8x16_relaxed_swizzle(b, indices), picked));
  const v128 lanes = bytes({0, 16, 15, 31, 1, 17, 2, 18, 30, 14, 29, 13, 7, 7, 23, 23});
  CHECK(same(num::i8x16_shuffle(a, b, lanes),
             bytes({0, 100, 15, 115, 1, 101, 2, 102, 114, 14, 113, 13, 7, 7, 107, 107})));
}

TEST_CASE("lanes are made, read and replaced") {
  using namespace num;
  CHECK(same(i8x16_splat(0x1ff),
             bytes({255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255})));
  CHECK(same(i16x8_splat(0x18000), of(0x8000800080008000, 0x8000800080008000)));
  CHECK(same(i32x4_splat(7), of(0x700000007, 0x700000007)));
  CHECK(same(i64x2_splat(7), of(7, 7)));
  CHECK(same(f32x4_splat(-0.0f), i32x4_splat(0x80000000)));
  CHECK(same(f64x2_splat(std::bit_cast<double>(0x7ff4000000000001)), i64x2_splat(0x7ff4000000000001)));
  const v128 v = of(0x8877665544332211, 0xfeedface80007fff);
  CHECK(i8x16_extract_lane_s(v, 7) == 0xffffff88);
  CHECK(i8x16_extract_lane_u(v, 7) == 0x88);
  CHECK(i16x8_extract_lane_s(v, 5) == 0xffff8000);
  CHECK(i16x8_extract_lane_u(v, 4) == 0x7fff);
  CHECK(i32x4_extract_lane(v, 1) == 0x88776655);
  CHECK(i64x2_extract_lane(v, 1) == 0xfeedface80007fff);
  CHECK(std::bit_cast<uint32_t>(f32x4_extract_lane(i32x4_splat(0x7fa00001), 3)) == 0x7fa00001);
  CHECK(f64x2_extract_lane(f64x2_splat(1.5), 1) == 1.5);
  CHECK(same(i8x16_replace_lane(v128{}, 0x1ff, 8), of(0, 255)));
  CHECK(same(i16x8_replace_lane(v128{}, 0x12345, 3), of(uint64_t{0x2345} << 48, 0)));
  CHECK(same(i32x4_replace_lane(v128{}, 9, 2), of(0, 9)));
  CHECK(same(i64x2_replace_lane(v, 1, 1), of(0x8877665544332211, 1)));
  CHECK(same(f32x4_replace_lane(v128{}, 1.0f, 0), of(0x3f800000, 0)));
  CHECK(same(f64x2_replace_lane(v128{}, 1.0, 1), of(0, 0x3ff0000000000000)));
}

#define ZIP_F32(name) zip_float<float>(#name, num::f32x4_##name, num::f32_##name)
#define ZIP_F64(name) zip_float<double>(#name, num::f64x2_##name, num::f64_##name)
#define MAP_F32(name) map_float<float>(#name, num::f32x4_##name, num::f32_##name)
#define MAP_F64(name) map_float<double>(#name, num::f64x2_##name, num::f64_##name)

TEST_CASE("floating-point lanes do as the scalars do") {
  ZIP_F32(add);
  ZIP_F32(sub);
  ZIP_F32(mul);
  ZIP_F32(div);
  ZIP_F32(min);
  ZIP_F32(max);
  ZIP_F64(add);
  ZIP_F64(sub);
  ZIP_F64(mul);
  ZIP_F64(div);
  ZIP_F64(min);
  ZIP_F64(max);
  MAP_F32(sqrt);
  MAP_F32(ceil);
  MAP_F32(floor);
  MAP_F32(trunc);
  MAP_F32(nearest);
  MAP_F64(sqrt);
  MAP_F64(ceil);
  MAP_F64(floor);
  MAP_F64(trunc);
  MAP_F64(nearest);
  zip_float<float>("relaxed_min", num::f32x4_relaxed_min, num::f32_min);
  zip_float<float>("relaxed_max", num::f32x4_relaxed_max, num::f32_max);
  zip_float<double>("relaxed_min", num::f64x2_relaxed_min, num::f64_min);
  zip_float<double>("relaxed_max", num::f64x2_relaxed_max, num::f64_max);
}

namespace {

// Sign operators, pmin and pmax return operands bit for bit, NaNs too; a comparison is all ones or zeroes.
template <class F, class Model>
void zip_bits(Binary& kernel, Model model) {
  using Bits = num::BitsOf<F>;
  for_pairs([&](v128 a, v128 b) {
    const auto x = num::lanes<F>(a), y = num::lanes<F>(b);
    const auto xb = num::lanes<Bits>(a), yb = num::lanes<Bits>(b), r = num::lanes<Bits>(kernel(a, b));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<F>; ++i) {
      good &= r[i] == static_cast<Bits>(model(F{x[i]}, F{y[i]}, xb[i], yb[i]));
    }
    if (!good) FAIL_CHECK("differs from the model");
  });
}
template <class F>
void check_comparisons(Binary& eq, Binary& ne, Binary& lt, Binary& gt, Binary& le, Binary& ge) {
  zip_bits<F>(eq, [](F a, F b, auto, auto) { return a == b ? -1 : 0; });
  zip_bits<F>(ne, [](F a, F b, auto, auto) { return a != b ? -1 : 0; });
  zip_bits<F>(lt, [](F a, F b, auto, auto) { return a < b ? -1 : 0; });
  zip_bits<F>(gt, [](F a, F b, auto, auto) { return a > b ? -1 : 0; });
  zip_bits<F>(le, [](F a, F b, auto, auto) { return a <= b ? -1 : 0; });
  zip_bits<F>(ge, [](F a, F b, auto, auto) { return a >= b ? -1 : 0; });
}

}  // namespace

TEST_CASE("floating-point lanes compare, and pass operands through") {
  using namespace num;
  check_comparisons<float>(f32x4_eq, f32x4_ne, f32x4_lt, f32x4_gt, f32x4_le, f32x4_ge);
  check_comparisons<double>(f64x2_eq, f64x2_ne, f64x2_lt, f64x2_gt, f64x2_le, f64x2_ge);
  const auto pmin = [](auto a, auto b, auto abits, auto bbits) { return b < a ? bbits : abits; };
  const auto pmax = [](auto a, auto b, auto abits, auto bbits) { return a < b ? bbits : abits; };
  zip_bits<float>(f32x4_pmin, pmin);
  zip_bits<float>(f32x4_pmax, pmax);
  zip_bits<double>(f64x2_pmin, pmin);
  zip_bits<double>(f64x2_pmax, pmax);
  MAP(uint32_t, f32x4_abs, [](uint32_t a) { return a & 0x7fffffff; });
  MAP(uint32_t, f32x4_neg, [](uint32_t a) { return a ^ 0x80000000; });
  MAP(uint64_t, f64x2_abs, [](uint64_t a) { return a & 0x7fffffffffffffff; });
  MAP(uint64_t, f64x2_neg, [](uint64_t a) { return a ^ 0x8000000000000000; });
}

namespace {

// To lanes from From lanes: those that exist by the scalar kernel, zero above.
template <class From, class To>
void check_convert(Unary& kernel, To (&scalar)(From)) {
  for (v128 a : samples()) {
    const auto x = num::lanes<From>(a);
    const auto r = num::lanes<To>(kernel(a));
    bool good = true;
    for (size_t i = 0; i < num::kLanes<To>; ++i) {
      const To wanted = i < num::kLanes<From> ? scalar(x[i]) : To{0};
      if constexpr (std::is_floating_point_v<To>) {
        good &= agrees<To>(r[i], wanted);
      } else {
        good &= r[i] == wanted;
      }
    }
    CHECK(good);
  }
}

}  // namespace

TEST_CASE("lanes convert as the scalars do") {
  using namespace num;
  check_convert<float, uint32_t>(i32x4_trunc_sat_f32x4_s, i32_trunc_sat_f32_s);
  check_convert<float, uint32_t>(i32x4_trunc_sat_f32x4_u, i32_trunc_sat_f32_u);
  check_convert<double, uint32_t>(i32x4_trunc_sat_f64x2_s_zero, i32_trunc_sat_f64_s);
  check_convert<double, uint32_t>(i32x4_trunc_sat_f64x2_u_zero, i32_trunc_sat_f64_u);
  check_convert<float, uint32_t>(i32x4_relaxed_trunc_f32x4_s, i32_trunc_sat_f32_s);
  check_convert<float, uint32_t>(i32x4_relaxed_trunc_f32x4_u, i32_trunc_sat_f32_u);
  check_convert<double, uint32_t>(i32x4_relaxed_trunc_f64x2_s_zero, i32_trunc_sat_f64_s);
  check_convert<double, uint32_t>(i32x4_relaxed_trunc_f64x2_u_zero, i32_trunc_sat_f64_u);
  check_convert<uint32_t, float>(f32x4_convert_i32x4_s, f32_convert_i32_s);
  check_convert<uint32_t, float>(f32x4_convert_i32x4_u, f32_convert_i32_u);
  check_convert<uint32_t, double>(f64x2_convert_low_i32x4_s, f64_convert_i32_s);
  check_convert<uint32_t, double>(f64x2_convert_low_i32x4_u, f64_convert_i32_u);
  check_convert<double, float>(f32x4_demote_f64x2_zero, f32_demote_f64);
  check_convert<float, double>(f64x2_promote_low_f32x4, f64_promote_f32);
}

TEST_CASE("relaxed multiply-add rounds twice") {
  using namespace num;
  // x * y is 1 + 2^-15 + 2^-22 + 2^-37: fused, the last bit would remain.
  const v128 x = f32x4_splat(0x1.000004p+0f), y = f32x4_splat(0x1.0002p+0f), z = f32x4_splat(-0x1.000204p+0f);
  CHECK(same(f32x4_relaxed_madd(x, y, z), v128{}));
  CHECK(same(f32x4_relaxed_nmadd(f32x4_neg(x), y, z), v128{}));
  const v128 big = f64x2_splat(0x1.fffffffffffffp+1023), two = f64x2_splat(2.0);
  CHECK(same(f64x2_relaxed_madd(big, two, f64x2_neg(big)), f64x2_splat(__builtin_inf())));
  CHECK(same(f64x2_relaxed_nmadd(two, two, f64x2_splat(5.0)), f64x2_splat(1.0)));
}

TEST_CASE("vector loads fill the lanes") {
  const uint64_t m = 0x80ff7f0102030405;
  CHECK(same(num::LoadOf<Op::v128_load8x8_s>::extend(m), of(0x0002000300040005, 0xff80ffff007f0001)));
  CHECK(same(num::LoadOf<Op::v128_load8x8_u>::extend(m), of(0x0002000300040005, 0x008000ff007f0001)));
  CHECK(same(num::LoadOf<Op::v128_load16x4_s>::extend(m), of(0x0000020300000405, 0xffff80ff00007f01)));
  CHECK(same(num::LoadOf<Op::v128_load32x2_u>::extend(m), of(0x0000000002030405, 0x0000000080ff7f01)));
  CHECK(same(num::LoadOf<Op::v128_load32x2_s>::extend(m), of(0x0000000002030405, 0xffffffff80ff7f01)));
  CHECK(same(num::LoadOf<Op::v128_load8_splat>::extend(0x80), num::i8x16_splat(0x80)));
  CHECK(same(num::LoadOf<Op::v128_load64_splat>::extend(m), of(m, m)));
  CHECK(same(num::LoadOf<Op::v128_load32_zero>::extend(0xffffffff), of(0xffffffff, 0)));
  CHECK(same(num::LoadOf<Op::v128_load64_zero>::extend(m), of(m, 0)));
  using Load16 = num::LaneOf<Op::v128_load16_lane>;
  static_assert(Load16::kLanes == 8 && std::is_same_v<Load16::Memory, uint16_t>);
  CHECK(same(Load16::set(v128{}, 7, 0xabcd), of(0, uint64_t{0xabcd} << 48)));
  CHECK(num::LaneOf<Op::v128_store64_lane>::get(of(1, m), 1) == m);
}
