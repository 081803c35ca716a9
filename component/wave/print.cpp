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

std::string character(uint32_t c) {
  std::string made = "'";
  append_escaped(made, c, '\'');
  return made + "'";
}

// Of all but strings.
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
    case Primitive::error_context: return "<error-context>";
    default: return number(value.bits);
  }
}

std::string flags(const Val& value, const Shape& shape) {
  std::string text;
  for (size_t i = 0; i < shape.type->fields.size(); ++i) {
    if (value.bits >> i & 1) text += (text.empty() ? "" : ", ") + label(shape.type->fields[i].label);
  }
  return "{" + text + "}";
}

// Puts text together and hands it on in pieces: it may be several times as long as the value that it is of.
class Printer {
 public:
  explicit Printer(const Pieces& to) : to_(to) {}
  void value(const Val& value, const T& type);
  void end() { to_(text_); }

 private:
  static constexpr size_t kPiece = size_t{64} << 10;

  void put(std::string_view text) {
    text_ += text;
    if (text_.size() < kPiece) return;
    to_(text_);
    text_.clear();
  }
  void string(std::string_view text) {
    put("\"");
    for (const uint32_t c : canon::CodePoints(text)) {
      append_escaped(text_, c, '"');
      put({});
    }
    put("\"");
  }
  template <class Part>
  void joined(size_t count, const Part& part) {
    for (size_t i = 0; i < count; ++i) {
      if (i > 0) put(", ");
      part(i);
    }
  }
  void with_payload(std::string_view name, const Val& of, const T& payload) {
    put(name);
    if (of.parts.empty()) return;
    put("(");
    value(of.parts[0], payload);
    put(")");
  }
  void shaped(const Val& of, const Shape& shape);

  const Pieces& to_;
  std::string text_;
};

void Printer::value(const Val& of, const T& type) {
  if (!type.parts()) return shaped(of, shape_of(type));
  put("(");
  joined(of.parts.size(), [&](size_t i) { value(of.parts[i], (*type.parts())[i]); });
  put(")");
}

void Printer::shaped(const Val& of, const Shape& shape) {
  const std::vector<Val>& parts = of.parts;
  auto field = [&](size_t i) { value(parts[i], shape.field(i)); };
  switch (shape.kind) {
    case TypeKind::primitive:
      if (shape.primitive == Primitive::string) return string(of.string.text);
      return put(primitive(of, shape.primitive));
    case TypeKind::tuple: put("("), joined(parts.size(), field); return put(")");
    case TypeKind::list:
    case TypeKind::fixed_list:
    case TypeKind::map: {
      const T element = shape.element();
      Val scratch;
      put("[");
      joined(of.count(), [&](size_t i) { value(canon::element_of(of, element, i, scratch), element); });
      return put("]");
    }
    case TypeKind::record:
      put("{");
      joined(parts.size(), [&](size_t i) { put(label(shape.type->fields[i].label) + ": "), field(i); });
      return put("}");
    case TypeKind::flags: return put(flags(of, shape));
    case TypeKind::option: return with_payload(of.bits ? "some" : "none", of, shape.payload(1));
    case TypeKind::result: return with_payload(of.bits ? "err" : "ok", of, shape.payload(of.bits));
    case TypeKind::variant:
    case TypeKind::enum_: return with_payload(label(shape.type->fields[of.bits].label), of, shape.payload(of.bits));
    case TypeKind::own:
    case TypeKind::borrow: return put("<resource>");
    case TypeKind::stream: return put("<stream>");
    case TypeKind::future: return put("<future>");
    default: return put("?");
  }
}

}  // namespace

std::string label(std::string_view text) {
  constexpr std::string_view kWords[] = {"true", "false", "none", "some", "ok", "err", "inf", "nan"};
  const bool is_keyword = std::ranges::find(kWords, text) != std::end(kWords);
  return (is_keyword ? "%" : "") + std::string(text);
}

void print(const Val& value, const T& type, const Pieces& to) {
  Printer printer(to);
  printer.value(value, type);
  printer.end();
}

std::string print(const Val& value, const T& type) {
  std::string text;
  print(value, type, [&](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace heddle::component::wave
