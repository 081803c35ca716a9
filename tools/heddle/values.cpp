// Text to slots and back.
#include "tools/heddle/values.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <span>

namespace heddle::cli {
namespace {

using rt::Slot;

template <class T>
bool parse_all(std::string_view digits, T& value, int base) {
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  return code == std::errc() && end == digits.data() + digits.size();
}

struct Sign {
  bool negative = false;
  std::string_view rest;
};

Sign split_sign(std::string_view text) {
  bool signed_text = text.starts_with('-') || text.starts_with('+');
  return {text.starts_with('-'), signed_text ? text.substr(1) : text};
}

bool hexadecimal(std::string_view text) { return text.starts_with("0x") || text.starts_with("0X"); }

// Anything that fits `bits` bits, read as signed or as unsigned.
std::optional<uint64_t> parse_integer(std::string_view text, unsigned bits) {
  Sign sign = split_sign(text);
  bool hex = hexadecimal(sign.rest);
  uint64_t magnitude = 0;
  if (!parse_all(hex ? sign.rest.substr(2) : sign.rest, magnitude, hex ? 16 : 10)) return std::nullopt;
  uint64_t most = sign.negative ? uint64_t{1} << (bits - 1) : ~uint64_t{0} >> (64 - bits);
  if (magnitude > most) return std::nullopt;
  return sign.negative ? 0 - magnitude : magnitude;
}

template <class F>
std::optional<F> parse_float(std::string_view text) {
  Sign sign = split_sign(text);
  bool hex = hexadecimal(sign.rest);
  std::string_view digits = hex ? sign.rest.substr(2) : sign.rest;
  F value = 0;
  auto format = hex ? std::chars_format::hex : std::chars_format::general;
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value, format);
  if (digits.empty() || digits[0] == '-' || code != std::errc() || end != digits.data() + digits.size())
    return std::nullopt;
  return sign.negative ? -value : value;
}

std::optional<exec::Val> parse_vector(std::string_view text) {
  exec::Val value{.type = kV128};
  if (!hexadecimal(text)) {
    auto low = parse_integer(text, 64);
    if (!low || text.starts_with('-')) return std::nullopt;
    value.bits[0] = *low;
    return value;
  }
  std::string_view digits = text.substr(2);
  size_t low_digits = digits.size() < 16 ? digits.size() : 16;
  std::string_view high = digits.substr(0, digits.size() - low_digits);
  if (!parse_all(digits.substr(high.size()), value.bits[0], 16)) return std::nullopt;
  if (!high.empty() && (high.size() > 16 || !parse_all(high, value.bits[1], 16))) return std::nullopt;
  return value;
}

template <class F>
std::string format_float(F value) {
  if (std::isnan(value)) return std::signbit(value) ? "-nan" : "nan";
  return fmt::format("{}", value);
}

std::string format_reference(rt::Ref ref, ValType type, const TypeRegistry& types) {
  if (ref == 0) return "null";
  HeapKind top = types.top_of(type.heap());
  if (top == HeapKind::func) return "<funcref>";
  if (top == HeapKind::exn) return "<exnref>";
  if (top == HeapKind::cont) return "<contref>";
  if (gc::is_i31(ref)) return fmt::format("i31:{}", static_cast<int32_t>(gc::i31_s(ref)));
  gc::Object* object = gc::to_object(ref);
  if (object->type == gc::kHostRefType) return fmt::format("extern:{}", static_cast<gc::HostRef*>(object)->payload);
  return types[object->type].kind == CompKind::array ? "<arrayref>" : "<structref>";
}

}  // namespace

std::optional<exec::Val> parse_value(std::string_view text, ValType type) {
  exec::Val value{.type = type};
  switch (type.kind()) {
    case ValKind::i32:
    case ValKind::i64: {
      auto bits = parse_integer(text, type.is(ValKind::i32) ? 32 : 64);
      if (!bits) return std::nullopt;
      value.bits[0] = type.is(ValKind::i32) ? static_cast<uint32_t>(*bits) : *bits;
      return value;
    }
    case ValKind::f32: {
      auto number = parse_float<float>(text);
      if (!number) return std::nullopt;
      value.bits[0] = std::bit_cast<uint32_t>(*number);
      return value;
    }
    case ValKind::f64: {
      auto number = parse_float<double>(text);
      if (!number) return std::nullopt;
      value.bits[0] = std::bit_cast<uint64_t>(*number);
      return value;
    }
    case ValKind::v128: return parse_vector(text);
    case ValKind::ref:
      if (text != "null" || !type.nullable()) return std::nullopt;
      return value;
    case ValKind::bot:
    case ValKind::i8:
    case ValKind::i16: return std::nullopt;
  }
  return std::nullopt;
}

std::string format_value(const exec::Val& value, const TypeRegistry& types) {
  Slot bits = value.bits[0];
  switch (value.type.kind()) {
    case ValKind::i32: return fmt::format("{}", static_cast<int32_t>(bits));
    case ValKind::i64: return fmt::format("{}", static_cast<int64_t>(bits));
    case ValKind::f32: return format_float(std::bit_cast<float>(static_cast<uint32_t>(bits)));
    case ValKind::f64: return format_float(std::bit_cast<double>(bits));
    case ValKind::v128: return fmt::format("0x{:016x}{:016x}", value.bits[1], bits);
    case ValKind::ref: return format_reference(bits, value.type, types);
    case ValKind::bot:
    case ValKind::i8:
    case ValKind::i16: break;
  }
  return "?";
}

std::string format_signature(const DefType& type) {
  std::string text;
  auto add = [&](std::string_view label, std::span<const ValType> list) {
    if (list.empty()) return;
    if (!text.empty()) text += ' ';
    text.append("(").append(label);
    for (ValType t : list) text.append(" ").append(to_string(t));
    text += ')';
  };
  add("param", type.params);
  add("result", type.results);
  return text;
}

}  // namespace heddle::cli
