// The fixed signatures of the op table as type words, which the checker compares with those on its value stack.
#pragma once
#include <array>
#include <cstdint>

#include "syntax/op.h"
#include "syntax/types.h"

namespace heddle::valid {

inline constexpr uint32_t kAddr = 0xf;  // in a signature: the address type of the instruction's memory

constexpr uint32_t word_of(char letter) {
  switch (letter) {
    case 'i': return kI32.bits();
    case 'l': return kI64.bits();
    case 'f': return kF32.bits();
    case 'd': return kF64.bits();
    case 's': return kV128.bits();
    case 'e': return ValType::ref(HeapKind::eq, true).bits();
    case 'a': return ValType::ref(HeapKind::array, true).bits();
    case 't': return ValType::ref(HeapKind::i31, true).bits();
    case 'I': return ValType::ref(HeapKind::i31, false).bits();
    default: return kAddr;
  }
}

struct SigRow {
  uint8_t pops = 0, pushes = 0;
  std::array<uint32_t, 4> params{};
  std::array<uint32_t, 2> results{};
};

inline constexpr auto kSigs = [] {
  std::array<SigRow, kOpCount> rows{};
  for (size_t i = 0; i < kOpCount; ++i) {
    for (char letter : kOps[i].sig.params) rows[i].params[rows[i].pops++] = word_of(letter);
    for (char letter : kOps[i].sig.results) rows[i].results[rows[i].pushes++] = word_of(letter);
  }
  return rows;
}();

}  // namespace heddle::valid
