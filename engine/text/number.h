// Numbers as text (spec 6.3.1, 6.3.2): what is a numeral of which kind, and the conversions, each of which says
// when the value does not fit. Floating-point literals are rounded once, to nearest, ties to even, however many
// digits they have.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace heddle::text {

// nat: digits or 0x and hex digits. integer: a nat with a sign. real: everything else a float may be.
enum class Numeral : uint8_t { none, nat, integer, real };
Numeral classify_numeral(std::string_view text);

constexpr int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The text is a numeral of a fitting kind. Nothing where the value is out of range.
std::optional<uint64_t> parse_nat(std::string_view text, unsigned bits);
std::optional<uint64_t> parse_int(std::string_view text, unsigned bits);  // signed or unsigned; two's complement
std::optional<uint32_t> parse_f32(std::string_view text);                 // its bits
std::optional<uint64_t> parse_f64(std::string_view text);

}  // namespace heddle::text
