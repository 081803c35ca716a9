// A vector value (spec 2.3.2) is sixteen bytes in a vector register, lane 0 in the lowest bytes. lanes<T> views it as
// lanes of T; vector arithmetic on those is that of GCC's and Clang's vector extensions, the same on every target.
#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

namespace heddle::num {

typedef uint8_t v128 __attribute__((vector_size(16)));

static_assert(std::endian::native == std::endian::little, "lanes and memory accesses rely on it");

template <class T>
struct VectorOf {
  typedef T Whole __attribute__((vector_size(16)));
  typedef T Half __attribute__((vector_size(8)));
};
template <class T>
using Lanes = typename VectorOf<T>::Whole;
template <class T>
using HalfLanes = typename VectorOf<T>::Half;
template <class T>
inline constexpr size_t kLanes = 16 / sizeof(T);

template <class T>
inline Lanes<T> lanes(v128 v) {
  return reinterpret_cast<Lanes<T>>(v);
}
template <class V>
inline v128 pack(V v) {
  return reinterpret_cast<v128>(v);
}

// The lower and the upper eight bytes as lanes, and the way back.
template <class T>
inline HalfLanes<T> low_half(v128 v) {
  return __builtin_bit_cast(HalfLanes<T>, uint64_t{lanes<uint64_t>(v)[0]});
}
template <class T>
inline HalfLanes<T> high_half(v128 v) {
  return __builtin_bit_cast(HalfLanes<T>, uint64_t{lanes<uint64_t>(v)[1]});
}
template <class H>
inline v128 pack_halves(H low, H high) {
  return pack(Lanes<uint64_t>{__builtin_bit_cast(uint64_t, low), __builtin_bit_cast(uint64_t, high)});
}

// Lane by lane, and all lanes alike.
template <class T, class Fn>
inline v128 generate(Fn fn) {
  Lanes<T> r{};
  for (size_t i = 0; i < kLanes<T>; ++i) r[i] = fn(i);
  return pack(r);
}
template <class T>
inline v128 splat(T value) {
  return generate<T>([value](size_t) { return value; });
}

}  // namespace heddle::num
