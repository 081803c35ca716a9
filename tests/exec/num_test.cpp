// The scalar kernels at the boundaries of every family, and what num_access.h reads off the mnemonics. Tables hold
// bits, so that signed zeroes and NaN payloads are compared exactly.
#include "exec/num.h"

#include <doctest/doctest.h>

#include "exec/kernels.h"

using namespace heddle;

namespace {

constexpr uint32_t kMin32 = 0x80000000, kMax32 = 0x7fffffff, kAll32 = 0xffffffff;
constexpr uint64_t kMin64 = 0x8000000000000000, kMax64 = 0x7fffffffffffffff, kAll64 = 0xffffffffffffffff;

float f32(uint32_t bits) { return std::bit_cast<float>(bits); }
double f64(uint64_t bits) { return std::bit_cast<double>(bits); }
uint32_t bits(float z) { return std::bit_cast<uint32_t>(z); }
uint64_t bits(double z) { return std::bit_cast<uint64_t>(z); }

constexpr uint32_t kInf32 = 0x7f800000, kNegInf32 = 0xff800000, kNan32 = 0x7fc00000, kSignalling32 = 0x7fa00000;
constexpr uint64_t kInf64 = 0x7ff0000000000000, kNegInf64 = 0xfff0000000000000, kNan64 = 0x7ff8000000000000,
                   kSignalling64 = 0x7ff4000000000000;

bool quiet_nan(float z) { return (bits(z) & kNan32) == kNan32; }
bool quiet_nan(double z) { return (bits(z) & kNan64) == kNan64; }

template <class T>
struct Binary {
  T (*kernel)(T, T);
  T a, b, result;
};
template <class T>
struct Relation {
  uint32_t (*kernel)(T, T);
  T a, b;
  uint32_t result;
};
template <class T>
struct Partial {
  num::Trapping<T> (*kernel)(T, T);
  T a, b, result;
  ErrorCode trap;
};

template <class Rows>
void check_binary(const Rows& rows) {
  for (const auto& row : rows) {
    CAPTURE(&row - &rows[0]);
    CHECK(row.kernel(row.a, row.b) == row.result);
  }
}
template <class Rows>
void check_partial(const Rows& rows) {
  for (const auto& row : rows) {
    CAPTURE(&row - &rows[0]);
    const auto r = row.kernel(row.a, row.b);
    CHECK(r.trap == row.trap);
    CHECK(r.value == row.result);
  }
}

}  // namespace

TEST_CASE("integer arithmetic wraps and shift counts are masked") {
  const Binary<uint32_t> rows32[] = {{num::i32_add, kMax32, 1, kMin32},
                                     {num::i32_add, kAll32, 1, 0},
                                     {num::i32_sub, 0, 1, kAll32},
                                     {num::i32_sub, kMin32, 1, kMax32},
                                     {num::i32_mul, kMin32, kAll32, kMin32},
                                     {num::i32_mul, 0x12345678, 0x87654321, 0x70b88d78},
                                     {num::i32_and, 0xf0f0f0f0, 0xff00ff00, 0xf000f000},
                                     {num::i32_or, 0xf0f0f0f0, 0xff00ff00, 0xfff0fff0},
                                     {num::i32_xor, 0xf0f0f0f0, 0xff00ff00, 0x0ff00ff0},
                                     {num::i32_shl, 1, 31, kMin32},
                                     {num::i32_shl, 1, 32, 1},
                                     {num::i32_shl, 1, 33, 2},
                                     {num::i32_shl, 1, kAll32, kMin32},
                                     {num::i32_shr_s, kMin32, 31, kAll32},
                                     {num::i32_shr_s, kMin32, 32, kMin32},
                                     {num::i32_shr_s, kMax32, 30, 1},
                                     {num::i32_shr_u, kMin32, 31, 1},
                                     {num::i32_shr_u, kMin32, 32, kMin32},
                                     {num::i32_shr_u, kAll32, kAll32, 1},
                                     {num::i32_rotl, 0xabcd9876, 1, 0x579b30ed},
                                     {num::i32_rotl, 1, 32, 1},
                                     {num::i32_rotl, kMin32, 33, 1},
                                     {num::i32_rotr, 1, 1, kMin32},
                                     {num::i32_rotr, 0xb0c1d2e3, 0xff05, 0x1d860e97},
                                     {num::i32_rotr, 5, 0, 5}};
  check_binary(rows32);
  const Binary<uint64_t> rows64[] = {{num::i64_add, kMax64, 1, kMin64},
                                     {num::i64_sub, 0, 1, kAll64},
                                     {num::i64_mul, kMin64, kAll64, kMin64},
                                     {num::i64_mul, kAll64, kAll64, 1},
                                     {num::i64_and, kAll64, kMin64, kMin64},
                                     {num::i64_or, kMax64, kMin64, kAll64},
                                     {num::i64_xor, kAll64, kMin64, kMax64},
                                     {num::i64_shl, 1, 63, kMin64},
                                     {num::i64_shl, 1, 64, 1},
                                     {num::i64_shr_s, kMin64, 63, kAll64},
                                     {num::i64_shr_s, kMin64, 64, kMin64},
                                     {num::i64_shr_u, kMin64, 63, 1},
                                     {num::i64_rotl, kMin64, 65, 1},
                                     {num::i64_rotr, 1, 1, kMin64},
                                     {num::i64_rotr, 1, 64, 1}};
  check_binary(rows64);
}

TEST_CASE("division traps on zero and overflow, the remainder on zero only") {
  const auto none = ErrorCode::none, zero = ErrorCode::integer_divide_by_zero, overflow = ErrorCode::integer_overflow;
  const Partial<uint32_t> rows32[] = {{num::i32_div_s, 7, static_cast<uint32_t>(-2), static_cast<uint32_t>(-3), none},
                                      {num::i32_div_s, kMin32, kAll32, 0, overflow},
                                      {num::i32_div_s, kMin32, 1, kMin32, none},
                                      {num::i32_div_s, 1, 0, 0, zero},
                                      {num::i32_div_u, kMin32, kAll32, 0, none},
                                      {num::i32_div_u, kAll32, 2, kMax32, none},
                                      {num::i32_div_u, 0, 0, 0, zero},
                                      {num::i32_rem_s, kMin32, kAll32, 0, none},
                                      {num::i32_rem_s, static_cast<uint32_t>(-7), 2, kAll32, none},
                                      {num::i32_rem_s, 1, 0, 0, zero},
                                      {num::i32_rem_u, kMin32, kAll32, kMin32, none},
                                      {num::i32_rem_u, 5, 0, 0, zero}};
  check_partial(rows32);
  const Partial<uint64_t> rows64[] = {{num::i64_div_s, kMin64, kAll64, 0, overflow},
                                      {num::i64_div_s, kMin64, 2, 0xc000000000000000, none},
                                      {num::i64_div_s, 1, 0, 0, zero},
                                      {num::i64_div_u, kAll64, kMin64, 1, none},
                                      {num::i64_div_u, 1, 0, 0, zero},
                                      {num::i64_rem_s, kMin64, kAll64, 0, none},
                                      {num::i64_rem_s, static_cast<uint64_t>(-5), 3, static_cast<uint64_t>(-2), none},
                                      {num::i64_rem_s, 1, 0, 0, zero},
                                      {num::i64_rem_u, kAll64, 10, 5, none},
                                      {num::i64_rem_u, 1, 0, 0, zero}};
  check_partial(rows64);
}

TEST_CASE("bits are counted, of zero too") {
  CHECK(num::i32_clz(0) == 32);
  CHECK(num::i32_clz(kAll32) == 0);
  CHECK(num::i32_clz(0x8000) == 16);
  CHECK(num::i32_ctz(0) == 32);
  CHECK(num::i32_ctz(kMin32) == 31);
  CHECK(num::i32_popcnt(0xdeadbeef) == 24);
  CHECK(num::i64_clz(0) == 64);
  CHECK(num::i64_clz(1) == 63);
  CHECK(num::i64_ctz(0) == 64);
  CHECK(num::i64_ctz(kMin64) == 63);
  CHECK(num::i64_popcnt(kAll64) == 64);
}

TEST_CASE("integer comparisons respect signedness") {
  const Relation<uint32_t> rows32[] = {{num::i32_eq, 1, 1, 1},
                                       {num::i32_ne, 1, 1, 0},
                                       {num::i32_lt_s, kMin32, 0, 1},
                                       {num::i32_lt_u, kMin32, 0, 0},
                                       {num::i32_gt_s, 0, kAll32, 1},
                                       {num::i32_gt_u, 0, kAll32, 0},
                                       {num::i32_le_s, kMin32, kMax32, 1},
                                       {num::i32_le_u, kMin32, kMax32, 0},
                                       {num::i32_ge_s, kMin32, kMax32, 0},
                                       {num::i32_ge_u, kMin32, kMax32, 1},
                                       {num::i32_ge_s, 5, 5, 1},
                                       {num::i32_le_u, 5, 5, 1}};
  check_binary(rows32);
  const Relation<uint64_t> rows64[] = {{num::i64_eq, kMin64, 0, 0},        {num::i64_ne, kMin64, 0, 1},
                                       {num::i64_lt_s, kAll64, 0, 1},      {num::i64_lt_u, kAll64, 0, 0},
                                       {num::i64_gt_s, 0, kMin64, 1},      {num::i64_gt_u, 0, kMin64, 0},
                                       {num::i64_le_s, kMin64, kMax64, 1}, {num::i64_le_u, kMin64, kMax64, 0},
                                       {num::i64_ge_s, kMin64, kMax64, 0}, {num::i64_ge_u, kMin64, kMax64, 1}};
  check_binary(rows64);
  CHECK(num::i32_eqz(0) == 1);
  CHECK(num::i32_eqz(kMin32) == 0);
  CHECK(num::i64_eqz(0) == 1);
  CHECK(num::i64_eqz(0x100000000) == 0);
}

TEST_CASE("widths change by extension and wrapping") {
  CHECK(num::i32_wrap_i64(0x123456789abcdef0) == 0x9abcdef0);
  CHECK(num::i64_extend_i32_s(kMin32) == 0xffffffff80000000);
  CHECK(num::i64_extend_i32_u(kMin32) == kMin32);
  CHECK(num::i32_extend8_s(0x12345680) == 0xffffff80);
  CHECK(num::i32_extend8_s(0xffffff7f) == 0x7f);
  CHECK(num::i32_extend16_s(0x8000) == 0xffff8000);
  CHECK(num::i64_extend8_s(0x80) == 0xffffffffffffff80);
  CHECK(num::i64_extend16_s(0x7fff) == 0x7fff);
  CHECK(num::i64_extend32_s(0x80000000) == 0xffffffff80000000);
}

TEST_CASE("sign operators keep NaN payloads") {
  CHECK(bits(num::f32_abs(f32(0xffa00001))) == 0x7fa00001);
  CHECK(bits(num::f32_neg(f32(kSignalling32))) == 0xffa00000);
  CHECK(bits(num::f32_copysign(f32(kSignalling32), f32(0x80000000))) == 0xffa00000);
  CHECK(bits(num::f32_neg(0.0f)) == 0x80000000);
  CHECK(bits(num::f64_abs(f64(0xfff4000000000001))) == 0x7ff4000000000001);
  CHECK(bits(num::f64_neg(f64(kSignalling64))) == 0xfff4000000000000);
  CHECK(bits(num::f64_copysign(f64(0xc000000000000000), 1.0)) == 0x4000000000000000);
  CHECK(num::i32_reinterpret_f32(f32(kSignalling32)) == kSignalling32);
  CHECK(num::i64_reinterpret_f64(f64(kSignalling64)) == kSignalling64);
  CHECK(bits(num::f32_reinterpret_i32(kSignalling32)) == kSignalling32);
  CHECK(bits(num::f64_reinterpret_i64(kSignalling64)) == kSignalling64);
}

TEST_CASE("minimum and maximum order zeroes and propagate NaNs") {
  CHECK(bits(num::f32_min(0.0f, -0.0f)) == 0x80000000);
  CHECK(bits(num::f32_min(-0.0f, 0.0f)) == 0x80000000);
  CHECK(bits(num::f32_max(0.0f, -0.0f)) == 0);
  CHECK(bits(num::f32_max(-0.0f, 0.0f)) == 0);
  CHECK(bits(num::f64_min(0.0, -0.0)) == kMin64);
  CHECK(bits(num::f64_max(-0.0, 0.0)) == 0);
  CHECK(num::f32_min(f32(kNegInf32), 1.0f) == f32(kNegInf32));
  CHECK(num::f64_max(f64(kInf64), 1.0) == f64(kInf64));
  CHECK(num::f64_min(1.0, 2.0) == 1.0);
  CHECK(num::f64_max(1.0, 2.0) == 2.0);
  CHECK(num::f64_max(-1.0, -1.0) == -1.0);
  CHECK(quiet_nan(num::f32_min(f32(kSignalling32), 1.0f)));
  CHECK(quiet_nan(num::f32_max(1.0f, f32(kSignalling32))));
  CHECK(quiet_nan(num::f64_min(f64(kNegInf64), f64(kSignalling64))));
  CHECK(quiet_nan(num::f64_max(f64(kNan64), f64(kInf64))));
  CHECK((bits(num::f32_min(f32(kNan32), 1.0f)) & kMax32) == kNan32);  // canonical stays canonical
}

TEST_CASE("floating-point arithmetic rounds to nearest and makes NaNs quiet") {
  CHECK(bits(num::f32_add(16777216.0f, 1.0f)) == bits(16777216.0f));
  CHECK(bits(num::f32_add(16777216.0f, 3.0f)) == bits(16777220.0f));
  CHECK(bits(num::f32_mul(f32(1), 0.5f)) == 0);
  CHECK(bits(num::f32_div(1.0f, -0.0f)) == kNegInf32);
  CHECK(quiet_nan(num::f32_sub(f32(kInf32), f32(kInf32))));
  CHECK(quiet_nan(num::f32_add(f32(kSignalling32), 0.0f)));
  CHECK(num::f64_add(0.1, 0.2) == 0.30000000000000004);
  CHECK(bits(num::f64_sub(0.0, 0.0)) == 0);
  CHECK(bits(num::f64_mul(-0.0, 5.0)) == kMin64);
  CHECK(bits(num::f64_div(1.0, 3.0)) == 0x3fd5555555555555);
  CHECK(num::f32_sqrt(2.25f) == 1.5f);
  CHECK(bits(num::f64_sqrt(-0.0)) == kMin64);
  CHECK(bits(num::f64_sqrt(2.0)) == 0x3ff6a09e667f3bcd);
  CHECK(quiet_nan(num::f64_sqrt(-1.0)));
}

TEST_CASE("floating-point comparisons are false on NaNs, but for inequality") {
  CHECK(num::f32_lt(-0.0f, 0.0f) == 0);
  CHECK(num::f32_lt(-1.0f, 0.5f) == 1);
  CHECK(num::f32_le(-0.0f, 0.0f) == 1);
  CHECK(num::f32_le(1.0f, 0.5f) == 0);
  CHECK(num::f32_eq(-0.0f, 0.0f) == 1);
  CHECK(num::f32_eq(f32(kNan32), f32(kNan32)) == 0);
  CHECK(num::f32_ne(f32(kNan32), f32(kNan32)) == 1);
  CHECK(num::f32_le(f32(kNan32), 1.0f) == 0);
  CHECK(num::f32_ge(f32(kNegInf32), f32(kNegInf32)) == 1);
  CHECK(num::f32_gt(2.0f, 1.0f) == 1);
  CHECK(num::f64_lt(f64(kNegInf64), 1.0) == 1);
  CHECK(num::f64_gt(f64(kNan64), 1.0) == 0);
  CHECK(num::f64_le(1.0, 1.0) == 1);
  CHECK(num::f64_ge(1.0, f64(kNan64)) == 0);
  CHECK(num::f64_eq(1.0, 1.0) == 1);
  CHECK(num::f64_ne(1.0, 1.0) == 0);
}

TEST_CASE("rounding is exact and keeps the sign of zero") {
  struct Row {
    double z, floor, ceil, trunc, nearest;
  };
  const Row rows[] = {{0.0, 0.0, 0.0, 0.0, 0.0},
                      {0.25, 0.0, 1.0, 0.0, 0.0},
                      {0.5, 0.0, 1.0, 0.0, 0.0},
                      {0.75, 0.0, 1.0, 0.0, 1.0},
                      {1.5, 1.0, 2.0, 1.0, 2.0},
                      {2.5, 2.0, 3.0, 2.0, 2.0},
                      {3.0, 3.0, 3.0, 3.0, 3.0},
                      {4194303.5, 4194303, 4194304, 4194303, 4194304},
                      {8388607.0, 8388607.0, 8388607.0, 8388607.0, 8388607.0},
                      {8388609.0, 8388609.0, 8388609.0, 8388609.0, 8388609.0}};
  for (const Row& row : rows) {
    CAPTURE(row.z);
    const float z = static_cast<float>(row.z);
    CHECK(bits(num::f64_floor(row.z)) == bits(row.floor));
    CHECK(bits(num::f64_ceil(row.z)) == bits(row.ceil));
    CHECK(bits(num::f64_trunc(row.z)) == bits(row.trunc));
    CHECK(bits(num::f64_nearest(row.z)) == bits(row.nearest));
    CHECK(bits(num::f64_floor(-row.z)) == bits(-row.ceil));
    CHECK(bits(num::f64_ceil(-row.z)) == bits(-row.floor));
    CHECK(bits(num::f64_trunc(-row.z)) == bits(-row.trunc));
    CHECK(bits(num::f64_nearest(-row.z)) == bits(-row.nearest));
    CHECK(bits(num::f32_floor(z)) == bits(static_cast<float>(row.floor)));
    CHECK(bits(num::f32_ceil(-z)) == bits(static_cast<float>(-row.floor)));
    CHECK(bits(num::f32_trunc(-z)) == bits(static_cast<float>(-row.trunc)));
    CHECK(bits(num::f32_nearest(z)) == bits(static_cast<float>(row.nearest)));
    CHECK(bits(num::f32_floor(-z)) == bits(static_cast<float>(-row.ceil)));
  }
  CHECK(num::f64_floor(4503599627370495.5) == 4503599627370495.0);
  CHECK(num::f64_ceil(4503599627370495.5) == 4503599627370496.0);
  CHECK(num::f64_nearest(4503599627370495.5) == 4503599627370496.0);
  CHECK(num::f64_trunc(9007199254740991.0) == 9007199254740991.0);
  CHECK(bits(num::f64_floor(f64(kNegInf64))) == kNegInf64);
  CHECK(bits(num::f32_ceil(f32(kInf32))) == kInf32);
  CHECK(bits(num::f32_floor(f32(0x80000001))) == bits(-1.0f));
  CHECK(bits(num::f32_ceil(f32(0x80000001))) == 0x80000000);
  CHECK(quiet_nan(num::f64_floor(f64(kSignalling64))));
  CHECK(quiet_nan(num::f64_ceil(f64(kSignalling64))));
  CHECK(quiet_nan(num::f32_trunc(f32(kSignalling32))));
  CHECK(quiet_nan(num::f32_nearest(f32(kSignalling32))));
}

TEST_CASE("rounding agrees with the C library") {
  uint64_t state = 0x9e3779b97f4a7c15;
  for (int i = 0; i < 20000; ++i) {
    state = state * 6364136223846793005 + 1442695040888963407;
    const double z = f64((state & 0x800fffffffffffff) | (0x3f0 + (state >> 40) % 0x60) << 52);
    const float y = static_cast<float>(z);
    REQUIRE(bits(num::f64_floor(z)) == bits(__builtin_floor(z)));
    REQUIRE(bits(num::f64_ceil(z)) == bits(__builtin_ceil(z)));
    REQUIRE(bits(num::f64_trunc(z)) == bits(__builtin_trunc(z)));
    REQUIRE(bits(num::f64_nearest(z)) == bits(__builtin_nearbyint(z)));
    REQUIRE(bits(num::f32_floor(y)) == bits(__builtin_floorf(y)));
    REQUIRE(bits(num::f32_ceil(y)) == bits(__builtin_ceilf(y)));
    REQUIRE(bits(num::f32_trunc(y)) == bits(__builtin_truncf(y)));
    REQUIRE(bits(num::f32_nearest(y)) == bits(__builtin_nearbyintf(y)));
  }
}

namespace {

// One truncation: the partial kernel and the saturating one must agree where the former is defined.
template <class I, class F>
struct Truncation {
  num::Trapping<I> (*partial)(F);
  I (*saturating)(F);
  F z;
  I result;
  bool in_range;
};

template <class Rows>
void check_truncation(const Rows& rows) {
  for (const auto& row : rows) {
    CAPTURE(row.z);
    const auto r = row.partial(row.z);
    if (row.in_range) {
      CHECK(r.trap == ErrorCode::none);
      CHECK(r.value == row.result);
    } else {
      CHECK(r.trap == (row.z == row.z ? ErrorCode::integer_overflow : ErrorCode::invalid_conversion));
    }
    CHECK(row.saturating(row.z) == row.result);
  }
}

}  // namespace

TEST_CASE("truncation to 32 bits accepts exactly what truncates into range") {
  auto& pf = num::i32_trunc_f32_s;
  auto& sf = num::i32_trunc_sat_f32_s;
  auto& pfu = num::i32_trunc_f32_u;
  auto& sfu = num::i32_trunc_sat_f32_u;
  const Truncation<uint32_t, float> rows_f[] = {{pf, sf, -2147483648.0f, kMin32, true},
                                                {pf, sf, f32(0xcf000001), kMin32, false},
                                                {pf, sf, 2147483520.0f, 2147483520, true},
                                                {pf, sf, 2147483648.0f, kMax32, false},
                                                {pf, sf, -1.9f, kAll32, true},
                                                {pf, sf, f32(kNan32), 0, false},
                                                {pf, sf, f32(kNegInf32), kMin32, false},
                                                {pf, sf, f32(kInf32), kMax32, false},
                                                {pfu, sfu, -0.9f, 0, true},
                                                {pfu, sfu, -1.0f, 0, false},
                                                {pfu, sfu, 4294967040.0f, 4294967040, true},
                                                {pfu, sfu, 4294967296.0f, kAll32, false},
                                                {pfu, sfu, f32(kSignalling32), 0, false},
                                                {pfu, sfu, f32(kInf32), kAll32, false}};
  check_truncation(rows_f);
  auto& pd = num::i32_trunc_f64_s;
  auto& sd = num::i32_trunc_sat_f64_s;
  auto& pdu = num::i32_trunc_f64_u;
  auto& sdu = num::i32_trunc_sat_f64_u;
  const Truncation<uint32_t, double> rows_d[] = {{pd, sd, -2147483648.9, kMin32, true},
                                                 {pd, sd, -2147483649.0, kMin32, false},
                                                 {pd, sd, 2147483647.9, kMax32, true},
                                                 {pd, sd, 2147483648.0, kMax32, false},
                                                 {pd, sd, f64(kNan64), 0, false},
                                                 {pdu, sdu, -0.9999999999999999, 0, true},
                                                 {pdu, sdu, -1.0, 0, false},
                                                 {pdu, sdu, 4294967295.9, kAll32, true},
                                                 {pdu, sdu, 4294967296.0, kAll32, false},
                                                 {pdu, sdu, f64(kNegInf64), 0, false}};
  check_truncation(rows_d);
}

TEST_CASE("truncation to 64 bits accepts exactly what truncates into range") {
  auto& pf = num::i64_trunc_f32_s;
  auto& sf = num::i64_trunc_sat_f32_s;
  auto& pfu = num::i64_trunc_f32_u;
  auto& sfu = num::i64_trunc_sat_f32_u;
  const Truncation<uint64_t, float> rows_f[] = {{pf, sf, -9223372036854775808.0f, kMin64, true},
                                                {pf, sf, f32(0xdf000001), kMin64, false},
                                                {pf, sf, f32(0x5effffff), 0x7fffff8000000000, true},
                                                {pf, sf, 9223372036854775808.0f, kMax64, false},
                                                {pf, sf, f32(kNan32), 0, false},
                                                {pfu, sfu, f32(0x5f7fffff), 0xffffff0000000000, true},
                                                {pfu, sfu, 18446744073709551616.0f, kAll64, false},
                                                {pfu, sfu, -1.0f, 0, false}};
  check_truncation(rows_f);
  auto& pd = num::i64_trunc_f64_s;
  auto& sd = num::i64_trunc_sat_f64_s;
  auto& pdu = num::i64_trunc_f64_u;
  auto& sdu = num::i64_trunc_sat_f64_u;
  const Truncation<uint64_t, double> rows_d[] = {{pd, sd, -9223372036854775808.0, kMin64, true},
                                                 {pd, sd, -9223372036854777856.0, kMin64, false},
                                                 {pd, sd, 9223372036854774784.0, 0x7ffffffffffffc00, true},
                                                 {pd, sd, 9223372036854775808.0, kMax64, false},
                                                 {pdu, sdu, 9223372036854775808.0, kMin64, true},
                                                 {pdu, sdu, 18446744073709549568.0, 0xfffffffffffff800, true},
                                                 {pdu, sdu, 18446744073709551616.0, kAll64, false},
                                                 {pdu, sdu, -0.5, 0, true},
                                                 {pdu, sdu, f64(kNan64), 0, false}};
  check_truncation(rows_d);
}

TEST_CASE("conversions round once") {
  CHECK(num::f32_convert_i32_s(kMin32) == -2147483648.0f);
  CHECK(num::f32_convert_i32_s(16777217) == 16777216.0f);
  CHECK(num::f32_convert_i32_u(kAll32) == 4294967296.0f);
  CHECK(num::f32_convert_i64_s(0x8000004000000001) == -9223371487098961920.0f);
  CHECK(bits(num::f32_convert_i64_u(0x8000008000000001)) == 0x5f000001);  // rounded to double first it would be even
  CHECK(bits(num::f32_convert_i64_u(0x0020000020000001)) == 0x5a000001);
  CHECK(num::f64_convert_i32_s(kAll32) == -1.0);
  CHECK(num::f64_convert_i32_u(kAll32) == 4294967295.0);
  CHECK(num::f64_convert_i64_s(kMin64) == -9223372036854775808.0);
  CHECK(bits(num::f64_convert_i64_u(0x8000000000000401)) == 0x43e0000000000001);
  CHECK(bits(num::f64_convert_i64_u(kAll64)) == 0x43f0000000000000);
  CHECK(bits(num::f32_demote_f64(1e40)) == kInf32);
  CHECK(bits(num::f32_demote_f64(f64(0x380fffffe0000000))) == 0x00800000);  // half a step below the normal numbers
  CHECK(bits(num::f32_demote_f64(-1e-60)) == 0x80000000);
  CHECK(num::f64_promote_f32(f32(1)) == 0x1p-149);
  CHECK(quiet_nan(num::f32_demote_f64(f64(kSignalling64))));
  CHECK(quiet_nan(num::f64_promote_f32(f32(kSignalling32))));
  CHECK(bits(num::f64_promote_f32(f32(kNan32))) == kNan64);
}

TEST_CASE("wide arithmetic carries between the halves") {
  uint64_t add[] = {kAll64, 1, 1, 2};
  num::i64_add128(add);
  CHECK(add[0] == 0);
  CHECK(add[1] == 4);
  uint64_t sub[] = {0, 0, 1, 0};
  num::i64_sub128(sub);
  CHECK(sub[0] == kAll64);
  CHECK(sub[1] == kAll64);
  uint64_t mul_u[] = {kAll64, kAll64};
  num::i64_mul_wide_u(mul_u);
  CHECK(mul_u[0] == 1);
  CHECK(mul_u[1] == kAll64 - 1);
  uint64_t mul_s[] = {kMin64, kAll64};
  num::i64_mul_wide_s(mul_s);
  CHECK(mul_s[0] == kMin64);
  CHECK(mul_s[1] == 0);
}

// kernels.h compiles only if every row has its kernel; what it maps to is checked here.
static_assert(num::KernelOf<Op::i32_add>::fn == &num::i32_add);
static_assert(num::KernelOf<Op::i32_add>::fn(2, 3) == 5);
static_assert(std::is_same_v<num::KernelOf<Op::i64_div_s>::Result, num::Trapping<uint64_t>>);
static_assert(std::is_same_v<num::KernelOf<Op::f64_lt>::Result, uint32_t>);
static_assert(std::is_same_v<num::KernelOf<Op::i64_mul_wide_s>::Params, num::TypeList<uint64_t*>>);
static_assert(num::KernelOf<Op::i8x16_shuffle>::Params::kSize == 3);
static_assert(num::KernelOf<Op::i32x4_replace_lane>::Params::kSize == 3);

TEST_CASE("accesses are read off the mnemonics") {
  using num::Extension;
  struct Row {
    const char* text;
    int bytes;
    Extension extension;
  };
  const Row rows[] = {{"i32.load", 4, Extension::none},
                      {"f64.load", 8, Extension::none},
                      {"v128.load", 16, Extension::none},
                      {"i32.load8_s", 1, Extension::sign},
                      {"i64.load32_u", 4, Extension::zero},
                      {"i64.store16", 2, Extension::zero},
                      {"v128.load8x8_s", 8, Extension::pairs_s},
                      {"v128.load32x2_u", 8, Extension::pairs_u},
                      {"v128.load16_splat", 2, Extension::splat},
                      {"v128.load64_zero", 8, Extension::zero},
                      {"v128.store32_lane", 4, Extension::lane},
                      {"i64.atomic.load", 8, Extension::none},
                      {"i64.atomic.store8", 1, Extension::zero},
                      {"i32.atomic.rmw.add", 4, Extension::none},
                      {"i64.atomic.rmw16.cmpxchg_u", 2, Extension::zero}};
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const num::Access access = num::access_of(op_of_text(row.text));
    CHECK(access.bytes == row.bytes);
    CHECK(access.extension == row.extension);
  }
}

TEST_CASE("loads extend and stores wrap") {
  CHECK(num::LoadOf<Op::i32_load8_s>::extend(0x80) == 0xffffff80);
  CHECK(num::LoadOf<Op::i32_load16_u>::extend(0x8000) == 0x8000);
  CHECK(num::LoadOf<Op::i64_load32_s>::extend(kMin32) == 0xffffffff80000000);
  CHECK(num::LoadOf<Op::i64_load32_u>::extend(kMin32) == kMin32);
  CHECK(num::LoadOf<Op::f32_load>::extend(1.5f) == 1.5f);
  CHECK(num::LoadOf<Op::i64_atomic_load16_u>::extend(0xffff) == 0xffff);
  CHECK(num::StoreOf<Op::i64_store8>::wrap(0x1234) == 0x34);
  CHECK(num::StoreOf<Op::i32_store16>::wrap(0x12345678) == 0x5678);
  CHECK(num::StoreOf<Op::f64_store>::wrap(2.5) == 2.5);
  static_assert(std::is_same_v<num::LoadOf<Op::f64_load>::Memory, double>);
  static_assert(std::is_same_v<num::LoadOf<Op::i64_load8_u>::Memory, uint8_t>);
  static_assert(std::is_same_v<num::StoreOf<Op::i64_atomic_store32>::Memory, uint32_t>);
}

TEST_CASE("atomics combine at the width of the memory") {
  CHECK(num::AtomicOf<Op::i32_atomic_rmw8_add_u>::combine(0xff, 0x101) == 0);
  CHECK(num::AtomicOf<Op::i32_atomic_rmw_sub>::combine(0, 1) == kAll32);
  CHECK(num::AtomicOf<Op::i64_atomic_rmw16_and_u>::combine(0xff0f, 0x1234f0ff) == 0xf00f);
  CHECK(num::AtomicOf<Op::i64_atomic_rmw_or>::combine(1, kMin64) == (kMin64 | 1));
  CHECK(num::AtomicOf<Op::i64_atomic_rmw32_xor_u>::combine(kAll32, 0x1ffffffff) == 0);
  CHECK(num::AtomicOf<Op::i32_atomic_rmw16_xchg_u>::combine(7, 0x12345) == 0x2345);
  CHECK(num::AtomicOf<Op::i64_atomic_rmw8_cmpxchg_u>::wrap(0x1ff) == 0xff);
  static_assert(num::AtomicOf<Op::i64_atomic_rmw8_cmpxchg_u>::kRmw == num::Rmw::cmpxchg);
}
