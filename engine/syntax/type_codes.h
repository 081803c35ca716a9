// The bytes that types start with (spec 5.3), in one place for what reads and what writes them.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "syntax/types.h"

namespace heddle {

inline constexpr uint8_t kRefNullCode = 0x63, kRefCode = 0x64, kExactCode = 0x62, kEmptyBlockCode = 0x40;

// Of an abstract heap type; as a reference type it is short for the nullable reference.
constexpr uint8_t code_of(HeapKind kind) {
  constexpr uint8_t kCodes[] = {
      0x6e, 0x6d, 0x6c, 0x6b, 0x6a, 0x71,  // any, eq, i31, struct, array, none
      0x70, 0x73,                          // func, nofunc
      0x6f, 0x72,                          // extern, noextern
      0x69, 0x74,                          // exn, noexn
      0x68, 0x75,                          // cont, nocont
  };
  return kCodes[static_cast<size_t>(kind)];
}

// Of the number and vector types and the packed types.
constexpr uint8_t code_of(ValKind kind) {
  switch (kind) {
    case ValKind::i32: return 0x7f;
    case ValKind::i64: return 0x7e;
    case ValKind::f32: return 0x7d;
    case ValKind::f64: return 0x7c;
    case ValKind::v128: return 0x7b;
    case ValKind::i8: return 0x78;
    case ValKind::i16: return 0x77;
    case ValKind::bot:
    case ValKind::ref: break;
  }
  return 0;
}

inline constexpr auto kHeapKindOfCode = [] {
  std::array<std::optional<HeapKind>, 256> kinds{};
  for (int i = 0; i <= static_cast<int>(HeapKind::nocont); ++i) {
    kinds[code_of(static_cast<HeapKind>(i))] = static_cast<HeapKind>(i);
  }
  return kinds;
}();

constexpr std::optional<HeapKind> heap_kind_of(uint8_t code) { return kHeapKindOfCode[code]; }

}  // namespace heddle
