// Hexadecimal floats are rounded here, from a 64-bit significand and a sticky bit; decimal ones by std::from_chars.
#include "text/number.h"

#include <bit>
#include <charconv>
#include <limits>
#include <string>

namespace heddle::text {
namespace {

bool is_digit(char c, bool hex) { return hex ? hex_digit(c) >= 0 : c >= '0' && c <= '9'; }

// Moves past digits with single underscores between them. False if there is not at least one digit.
bool skip_digits(std::string_view text, size_t& i, bool hex) {
  if (i == text.size() || !is_digit(text[i], hex)) return false;
  for (++i; i < text.size(); ++i) {
    if (text[i] == '_' && i + 1 < text.size() && is_digit(text[i + 1], hex)) ++i;
    if (!is_digit(text[i], hex)) break;
  }
  return true;
}

bool take_sign(std::string_view& text) {
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  text.remove_prefix(1);
  return true;
}

bool take_hex_prefix(std::string_view& text) {
  if (!text.starts_with("0x")) return false;
  text.remove_prefix(2);
  return true;
}

struct FloatFormat {
  int significand_bits, exponent_bits;
  int max_exponent() const { return (1 << (exponent_bits - 1)) - 1; }
  uint64_t infinity() const { return ((uint64_t{1} << exponent_bits) - 1) << (significand_bits - 1); }
  uint64_t sign() const { return uint64_t{1} << (significand_bits + exponent_bits - 1); }
};
constexpr FloatFormat kF32{24, 8}, kF64{53, 11};

// The digits after 'e' or 'p', clamped far beyond every exponent that matters and every length a source can have.
int64_t parse_exponent(std::string_view text) {
  bool negative = !text.empty() && text[0] == '-';
  take_sign(text);
  int64_t value = 0;
  for (char c : text) {
    if (c != '_' && value < (int64_t{1} << 50)) value = value * 10 + (c - '0');
  }
  return negative ? -value : value;
}

// significand * 2^exponent, where a set sticky bit says that a little was cut off the significand.
std::optional<uint64_t> round_to(const FloatFormat& format, uint64_t significand, bool sticky, int64_t exponent) {
  if (significand == 0) return 0;
  int zeros = std::countl_zero(significand);
  significand <<= zeros;
  exponent += 63 - zeros;  // now the value is significand / 2^63 * 2^exponent
  if (exponent > format.max_exponent()) return std::nullopt;
  int64_t drop = 64 - format.significand_bits;
  int64_t lowest = 1 - format.max_exponent();
  if (exponent < lowest) drop += lowest - exponent;
  if (drop > 64) return 0;
  uint64_t kept = drop == 64 ? 0 : significand >> drop;
  uint64_t half = uint64_t{1} << (drop - 1);
  uint64_t rest = drop == 64 ? significand : significand & (half * 2 - 1);
  if (rest > half || (rest == half && (sticky || (kept & 1)))) ++kept;
  // A carry out of the significand lands in the exponent, which is what rounding up to the next binade means.
  uint64_t biased = exponent < lowest ? 0 : static_cast<uint64_t>(exponent + format.max_exponent() - 1);
  uint64_t bits = (biased << (format.significand_bits - 1)) + kept;
  if (bits >= format.infinity()) return std::nullopt;
  return bits;
}

std::optional<uint64_t> parse_hex_float(const FloatFormat& format, std::string_view text) {
  uint64_t significand = 0;
  bool sticky = false, fraction = false;
  int64_t exponent = 0;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'p' && text[i] != 'P'; ++i) {
    if (text[i] == '_') continue;
    if (text[i] == '.') {
      fraction = true;
      continue;
    }
    auto digit = static_cast<uint64_t>(hex_digit(text[i]));
    if (significand >> 60) {
      sticky |= digit != 0;
      if (!fraction) exponent += 4;
    } else {
      significand = significand << 4 | digit;
      if (fraction) exponent -= 4;
    }
  }
  if (i < text.size()) exponent += parse_exponent(text.substr(i + 1));
  return round_to(format, significand, sticky, exponent);
}

// from_chars does not say which way a value is out of range: the place of the first digit that counts does.
bool is_huge(std::string_view text) {
  int64_t point = 0;  // digits before the point, or minus zeros behind it
  bool fraction = false, significant = false;
  size_t i = 0;
  for (; i < text.size() && text[i] != 'e' && text[i] != 'E'; ++i) {
    if (text[i] == '.') {
      fraction = true;
    } else {
      significant |= text[i] != '0';
      if (significant && !fraction) ++point;
      if (!significant && fraction) --point;
    }
  }
  if (!significant) return false;
  return point + (i < text.size() ? parse_exponent(text.substr(i + 1)) : 0) > 0;
}

template <class T, class Bits>
std::optional<uint64_t> parse_decimal_float(std::string_view text) {
  std::string digits;
  if (text.find('_') != std::string_view::npos) {
    digits.reserve(text.size());
    for (char c : text) {
      if (c != '_') digits.push_back(c);
    }
    text = digits;
  }
  T value = 0;
  auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    if (is_huge(text)) return std::nullopt;
    return 0;
  }
  if (value > std::numeric_limits<T>::max()) return std::nullopt;
  return std::bit_cast<Bits>(value);
}

template <class T, class Bits>
std::optional<uint64_t> parse_float(const FloatFormat& format, std::string_view text) {
  uint64_t sign = text[0] == '-' ? format.sign() : 0;
  take_sign(text);
  uint64_t quiet = uint64_t{1} << (format.significand_bits - 2);
  std::optional<uint64_t> magnitude;
  if (text == "inf") {
    magnitude = format.infinity();
  } else if (text == "nan") {
    magnitude = format.infinity() | quiet;
  } else if (text.starts_with("nan:")) {
    auto payload = parse_nat(text.substr(4), static_cast<unsigned>(format.significand_bits - 1));
    if (payload && *payload != 0) magnitude = format.infinity() | *payload;
  } else if (take_hex_prefix(text)) {
    magnitude = parse_hex_float(format, text);
  } else {
    magnitude = parse_decimal_float<T, Bits>(text);
  }
  if (!magnitude) return std::nullopt;
  return *magnitude | sign;
}

std::optional<uint64_t> parse_magnitude(std::string_view text) {
  uint64_t base = take_hex_prefix(text) ? 16 : 10, value = 0;
  for (char c : text) {
    if (c == '_') continue;
    if (__builtin_mul_overflow(value, base, &value)) return std::nullopt;
    if (__builtin_add_overflow(value, static_cast<uint64_t>(hex_digit(c)), &value)) return std::nullopt;
  }
  return value;
}

}  // namespace

Numeral classify_numeral(std::string_view text) {
  bool sign = take_sign(text);
  if (text == "inf" || text == "nan") return Numeral::real;
  size_t i = 0;
  if (text.starts_with("nan:0x")) {
    i = 6;
    return skip_digits(text, i, true) && i == text.size() ? Numeral::real : Numeral::none;
  }
  bool hex = take_hex_prefix(text);
  if (!skip_digits(text, i, hex)) return Numeral::none;
  if (i == text.size()) return sign ? Numeral::integer : Numeral::nat;
  if (text[i] == '.') {
    ++i;
    if (i < text.size() && is_digit(text[i], hex)) skip_digits(text, i, hex);
  }
  if (i < text.size() && (text[i] == (hex ? 'p' : 'e') || text[i] == (hex ? 'P' : 'E'))) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!skip_digits(text, i, false)) return Numeral::none;
  }
  return i == text.size() ? Numeral::real : Numeral::none;
}

std::optional<uint64_t> parse_nat(std::string_view text, unsigned bits) {
  auto value = parse_magnitude(text);
  if (!value || (bits < 64 && *value >> bits)) return std::nullopt;
  return value;
}

std::optional<uint64_t> parse_int(std::string_view text, unsigned bits) {
  bool negative = text[0] == '-';
  take_sign(text);
  auto value = parse_magnitude(text);
  if (!value) return std::nullopt;
  if (negative) {
    if (*value > uint64_t{1} << (bits - 1)) return std::nullopt;
    return ~*value + 1;
  }
  if (bits < 64 && *value >> bits) return std::nullopt;
  return value;
}

std::optional<uint32_t> parse_f32(std::string_view text) {
  auto bits = parse_float<float, uint32_t>(kF32, text);
  if (!bits) return std::nullopt;
  return static_cast<uint32_t>(*bits);
}

std::optional<uint64_t> parse_f64(std::string_view text) { return parse_float<double, uint64_t>(kF64, text); }

}  // namespace heddle::text
