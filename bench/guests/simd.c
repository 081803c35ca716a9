// Programs over vectors: each export takes a size and gives a checksum.
// clang-19 --target=wasm32 -msimd128 -O2 -nostdlib -Wl,--no-entry -o simd.wasm simd.c
#include <wasm_simd128.h>
#define EXPORT(name) __attribute__((export_name(name)))

enum { kCount = 1 << 14 };
static float x[kCount], y[kCount];
static unsigned char text[kCount];

static void fill(void) {
  for (int i = 0; i < kCount; ++i) x[i] = (float)(i % 97), y[i] = (float)(i % 31), text[i] = (unsigned char)(i * 7);
}

EXPORT("saxpy") int saxpy(int rounds) {
  fill();
  for (int round = 0; round < rounds; ++round) {
    const v128_t a = wasm_f32x4_splat(round % 2 ? 0.5f : -0.5f);
    for (int i = 0; i < kCount; i += 4) {
      wasm_v128_store(&y[i], wasm_f32x4_add(wasm_f32x4_mul(a, wasm_v128_load(&x[i])), wasm_v128_load(&y[i])));
    }
  }
  float sum = 0;
  for (int i = 0; i < kCount; ++i) sum += y[i];
  return (int)sum;
}

EXPORT("dot") int dot(int rounds) {
  fill();
  float total = 0;
  for (int round = 0; round < rounds; ++round) {
    v128_t sum = wasm_f32x4_const_splat(0);
    for (int i = 0; i < kCount; i += 4) {
      sum = wasm_f32x4_add(sum, wasm_f32x4_mul(wasm_v128_load(&x[i]), wasm_v128_load(&y[i])));
    }
    total += wasm_f32x4_extract_lane(sum, 0) + wasm_f32x4_extract_lane(sum, 1) + wasm_f32x4_extract_lane(sum, 2) +
             wasm_f32x4_extract_lane(sum, 3);
    x[round % kCount] += 1;
  }
  return (int)(total / 1e6f);
}

EXPORT("mandelbrot") int mandelbrot(int side) {
  int inside = 0;
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; column += 4) {
      const v128_t cr =
          wasm_f32x4_add(wasm_f32x4_splat(-2.0f + 3.0f * (float)column / (float)side),
                         wasm_f32x4_mul(wasm_f32x4_make(0, 1, 2, 3), wasm_f32x4_splat(3.0f / (float)side)));
      const v128_t ci = wasm_f32x4_splat(-1.5f + 3.0f * (float)row / (float)side);
      v128_t zr = wasm_f32x4_const_splat(0), zi = zr, count = zr;
      for (int i = 0; i < 64; ++i) {
        const v128_t rr = wasm_f32x4_mul(zr, zr), ii = wasm_f32x4_mul(zi, zi);
        const v128_t in = wasm_f32x4_le(wasm_f32x4_add(rr, ii), wasm_f32x4_const_splat(4));
        if (!wasm_v128_any_true(in)) break;
        count = wasm_i32x4_sub(count, in);
        zi = wasm_f32x4_add(wasm_f32x4_mul(wasm_f32x4_add(zr, zr), zi), ci);
        zr = wasm_f32x4_add(wasm_f32x4_sub(rr, ii), cr);
      }
      inside += wasm_i32x4_extract_lane(count, 0) + wasm_i32x4_extract_lane(count, 1) +
                wasm_i32x4_extract_lane(count, 2) + wasm_i32x4_extract_lane(count, 3);
    }
  }
  return inside;
}

// Bytes: upper case, a count, a sum of absolute differences by shuffles and saturation.
EXPORT("bytes") int bytes(int rounds) {
  fill();
  v128_t sum = wasm_i32x4_const_splat(0);
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < kCount; i += 16) {
      const v128_t v = wasm_v128_load(&text[i]);
      const v128_t lower =
          wasm_v128_and(wasm_u8x16_ge(v, wasm_i8x16_const_splat('a')), wasm_u8x16_le(v, wasm_i8x16_const_splat('z')));
      const v128_t upper = wasm_i8x16_sub(v, wasm_v128_and(lower, wasm_i8x16_const_splat(32)));
      const v128_t turned = wasm_i8x16_shuffle(upper, upper, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
      const v128_t apart = wasm_v128_or(wasm_u8x16_sub_sat(v, turned), wasm_u8x16_sub_sat(turned, v));
      sum = wasm_i32x4_add(sum, wasm_u32x4_extadd_pairwise_u16x8(wasm_u16x8_extadd_pairwise_u8x16(apart)));
      sum = wasm_i32x4_add(sum, wasm_i32x4_shl(sum, 1));
      sum = wasm_v128_xor(sum, wasm_u32x4_shr(sum, 7));
    }
  }
  return wasm_i32x4_extract_lane(sum, 0) ^ wasm_i32x4_extract_lane(sum, 1) ^ wasm_i32x4_extract_lane(sum, 2) ^
         wasm_i32x4_extract_lane(sum, 3);
}
