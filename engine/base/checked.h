// Arithmetic on sizes a guest or a file can choose: the sum or product, or nothing where it does not fit.
#pragma once
#include <cstdint>
#include <optional>

namespace heddle {

inline std::optional<uint64_t> checked_add(uint64_t a, uint64_t b) {
  uint64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

inline std::optional<uint64_t> checked_mul(uint64_t a, uint64_t b) {
  uint64_t product;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

// Is [start, start + length) inside [0, size)? The one question every bounds check asks.
constexpr bool in_bounds(uint64_t start, uint64_t length, uint64_t size) {
  return length <= size && start <= size - length;
}

}  // namespace heddle
