#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/utf8.h"
#include "component/canon/encoding.h"
#include "component/canon/loading.h"
#include "component/canon/shape.h"
#include "component/wave/wave.h"

namespace heddle::component::wave {
namespace {

using canon::Shape;
using canon::T;
using canon::Val;

template <class Number>
std::string number(Number value) {
  char digits[64];
  return {digits, std::to_chars(digits, digits + sizeof digits, value).ptr};
}

template <class Float>
std::string real(Float value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  return number(value);
}

void append_escaped(std::string& to, uint32_t c, char quote) {
  switch (c) {
    case '\n': to += "\\n"; return;
    case '\r': to += "\\r"; return;
    case '\t': to += "\\t"; return;
    case '\\': to += "\\\\"; return;
    default: break;
  }
  if (c < 0x20 || c == 0x7f) {
    char digits[8];
    to += "\\u{" + std::string(digits, std::to_chars(digits, digits + sizeof digits, c, 16).ptr) + "}";
    return;
  }
  if (c == static_cast<uint8_t>(quote)) to += '\\';
  utf8::append(to, c);
}

std::string quoted(std::string_view text, char quote) {
  std::string made(1, quote);
  for (const uint32_t c : canon::CodePoints(text)) append_escaped(made, c, quote);
  return made + quote;
}

std::string character(uint32_t c) {
  std::string made = "'";
  append_escaped(made, c, '\'');
  return made + "'";
}

std::string primitive(const Val& value, Primitive type) {
  switch (type) {
    case Primitive::bool_: return value.bits ? "true" : "false";
    case Primitive::s8:
    case Primitive::s16:
    case Primitive::s32:
    case Primitive::s64: return number(static_cast<int64_t>(value.bits));
    case Primitive::f32: {
      float f = 0;
      const auto bits = static_cast<uint32_t>(value.bits);
      std::memcpy(&f, &bits, sizeof f);
      return real(f);
    }
    case Primitive::f64: {
      double f = 0;
      std::memcpy(&f, &value.bits, sizeof f);
      return real(f);
    }
    case Primitive::char_: return character(static_cast<uint32_t>(value.bits));
    case Primitive::string: return quoted(value.string.text, '"');
    case Primitive::error_context: return "<error-context>";
    default: return number(value.bits);
  }
}

template <class Part>
std::string joined(size_t count, const Part& part) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += (i > 0 ? ", " : "") + part(i);
  return text;
}

std::string with_payload(const std::string& name, const Val& value, const T& payload) {
  return value.parts.empty() ? name : name + "(" + print(value.parts[0], payload) + ")";
}

std::string flags(const Val& value, const Shape& shape) {
  std::string text;
  for (size_t i = 0; i < shape.type->fields.size(); ++i) {
    if (value.bits >> i & 1) text += (text.empty() ? "" : ", ") + label(shape.type->fields[i].label);
  }
  return "{" + text + "}";
}

}  // namespace

std::string label(std::string_view text) {
  constexpr std::string_view kWords[] = {"true", "false", "none", "some", "ok", "err", "inf", "nan"};
  const bool is_keyword = std::ranges::find(kWords, text) != std::end(kWords);
  return (is_keyword ? "%" : "") + std::string(text);
}

std::string print(const Val& value, const T& type) {
  const std::vector<Val>& parts = value.parts;
  if (type.parts()) {
    return "(" + joined(parts.size(), [&](size_t i) { return print(parts[i], (*type.parts())[i]); }) + ")";
  }
  const Shape shape = shape_of(type);
  auto field = [&](size_t i) { return print(parts[i], shape.field(i)); };
  switch (shape.kind) {
    case TypeKind::primitive: return primitive(value, shape.primitive);
    case TypeKind::tuple: return "(" + joined(parts.size(), field) + ")";
    case TypeKind::list:
    case TypeKind::fixed_list:
    case TypeKind::map: {
      const T element = shape.element();
      Val scratch;
      const auto one = [&](size_t i) { return print(canon::element_of(value, element, i, scratch), element); };
      return "[" + joined(value.count(), one) + "]";
    }
    case TypeKind::record:
      return "{" +
             joined(parts.size(), [&](size_t i) { return label(shape.type->fields[i].label) + ": " + field(i); }) +
             "}";
    case TypeKind::flags: return flags(value, shape);
    case TypeKind::option: return with_payload(value.bits ? "some" : "none", value, shape.payload(1));
    case TypeKind::result: return with_payload(value.bits ? "err" : "ok", value, shape.payload(value.bits));
    case TypeKind::variant:
    case TypeKind::enum_:
      return with_payload(label(shape.type->fields[value.bits].label), value, shape.payload(value.bits));
    case TypeKind::own:
    case TypeKind::borrow: return "<resource>";
    case TypeKind::stream: return "<stream>";
    case TypeKind::future: return "<future>";
    default: return "?";
  }
}

}  // namespace heddle::component::wave
