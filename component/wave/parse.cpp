// A descent along the type: what may stand at a place is known before it is looked at.
#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/utf8.h"
#include "component/canon/shape.h"
#include "component/wave/lexer.h"
#include "component/wave/wave.h"

namespace heddle::component::wave {
namespace {

using canon::Shape;
using canon::T;
using canon::Val;

class Parser : Lexer {
 public:
  using Lexer::Lexer;

  Result<Val> value(const T& type);
  Result<std::vector<Val>> arguments(const std::vector<std::string_view>& names, const std::vector<T>& types);
  Result<Val> whole(const T& type) {
    Val made = TRY(value(type));
    if (!at_end()) return fail("the end");
    return made;
  }

 private:
  Result<Val> primitive(Primitive type);
  template <class Int>
  Result<Val> integer(std::string_view what);
  template <class Float>
  Result<Float> real();
  Result<Val> list(const Shape& shape);
  Result<Val> tuple(size_t count, const std::function<T(size_t)>& part);
  Result<Val> record(const Shape& shape);
  Result<Val> flags(const Shape& shape);
  Result<Val> option(const Shape& shape);
  Result<Val> result(const Shape& shape);
  Result<Val> variant(const Shape& shape);
  Result<Val> with_payload(const Shape& shape, uint32_t index, const std::string& label);
  Result<Val> flat(const Shape& shape, uint32_t index, std::string_view wanted);
  Result<Val> part(const std::string& name, const T& type);
  std::optional<uint32_t> label_index(const Shape& shape, std::string_view label);

  std::unordered_map<const Type*, std::unordered_map<std::string_view, uint32_t>> labels_;  // where there are many
};

std::optional<uint32_t> Parser::label_index(const Shape& shape, std::string_view label) {
  constexpr size_t kFew = 16;
  const List<Field>& fields = shape.type->fields;
  if (fields.size() <= kFew) return shape.label_index(label);
  auto& labels = labels_[shape.type];
  if (labels.empty()) {
    for (uint32_t i = 0; i < fields.size(); ++i) labels.emplace(fields[i].label, i);
  }
  const auto found = labels.find(label);
  return found == labels.end() ? std::nullopt : std::optional(found->second);
}

Result<Val> Parser::part(const std::string& name, const T& type) {
  const size_t outer = path.size();
  if (!path.empty()) path += '.';
  path += name;
  Val made = TRY(value(type));
  path.resize(outer);
  return made;
}

// --- primitives

template <class Int>
Result<Val> Parser::integer(std::string_view what) {
  const Lexer here = *this;
  const std::string_view digits = number();
  Int value{};
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (read.ec == std::errc() && read.ptr == digits.data() + digits.size()) {
    return Val::integer(static_cast<uint64_t>(static_cast<int64_t>(value)));
  }
  static_cast<Lexer&>(*this) = here;
  return fail(what);
}

// Of a number that is out of a type's range: is it too large? Else it is too small.
bool is_large(std::string_view number) {
  const size_t e = std::min(number.find_first_of("eE"), number.size());
  int32_t exponent = 0;
  if (e < number.size()) {
    const std::string_view digits = number.substr(e + (number[e + 1] == '+' ? 2 : 1));
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (read.ec != std::errc()) return digits[0] != '-';
  }
  const std::string_view mantissa = number.substr(0, e);
  const auto point = static_cast<int64_t>(std::min(mantissa.find('.'), mantissa.size()));
  return exponent + point > static_cast<int64_t>(mantissa.find_first_of("123456789"));
}

// The nearest number that the type has; beyond all of them infinity.
template <class Float>
Result<Float> Parser::real() {
  constexpr Float kInfinity = std::numeric_limits<Float>::infinity();
  if (take_keyword("nan")) return std::numeric_limits<Float>::quiet_NaN();
  if (take_keyword("inf")) return kInfinity;
  if (take_keyword("-inf")) return -kInfinity;
  const std::string_view digits = number();
  if (digits.empty()) return fail("a number, `nan`, `inf` or `-inf`");
  Float value = 0;
  if (std::from_chars(digits.data(), digits.data() + digits.size(), value).ec == std::errc()) return value;
  return std::copysign(is_large(digits) ? kInfinity : Float{0}, digits[0] == '-' ? Float{-1} : Float{1});
}

Result<Val> Parser::primitive(Primitive type) {
  switch (type) {
    case Primitive::bool_: {
      if (take_keyword("true")) return Val::integer(1);
      return take_keyword("false") ? Result<Val>(Val::integer(0)) : fail("`true` or `false`");
    }
    case Primitive::u8: return integer<uint8_t>("a number from 0 to 255");
    case Primitive::u16: return integer<uint16_t>("a number from 0 to 65535");
    case Primitive::u32: return integer<uint32_t>("a number from 0 to 4294967295");
    case Primitive::u64: return integer<uint64_t>("a number from 0 to 18446744073709551615");
    case Primitive::s8: return integer<int8_t>("a number from -128 to 127");
    case Primitive::s16: return integer<int16_t>("a number from -32768 to 32767");
    case Primitive::s32: return integer<int32_t>("a number from -2147483648 to 2147483647");
    case Primitive::s64: return integer<int64_t>("a number of 64 bits with a sign");
    case Primitive::f32: return Val::f32(std::bit_cast<uint32_t>(TRY(real<float>())));
    case Primitive::f64: return Val::f64(std::bit_cast<uint64_t>(TRY(real<double>())));
    case Primitive::char_: return Val::integer(TRY(character()));
    case Primitive::string: {
      Val made{.kind = Val::Kind::string};
      made.string.text = TRY(string());
      made.string.tagged_code_units = made.string.text.size();
      return made;
    }
    case Primitive::error_context: break;
  }
  return fail("nothing: an error context has no text");
}

// --- values with parts

Result<Val> Parser::list(const Shape& shape) {
  TRY(want('['));
  const T element = shape.element();
  const bool fixed = shape.kind == TypeKind::fixed_list;
  const std::string wanted = fixed ? "a list of " + std::to_string(shape.type->number) + " elements" : "";
  std::vector<Val> parts;
  while (peek() != ']') {
    if (fixed && parts.size() == shape.type->number) return fail(wanted);
    parts.push_back(TRY(part(std::to_string(parts.size()), element)));
    if (!take(',')) break;
  }
  if (fixed && parts.size() != shape.type->number) return fail(wanted);
  TRY(want(']'));
  return Val::of(Val::Kind::list, std::move(parts));
}

Result<Val> Parser::tuple(size_t count, const std::function<T(size_t)>& type_of) {
  TRY(want('('));
  std::vector<Val> parts;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) TRY(want(','));
    parts.push_back(TRY(part(std::to_string(i), type_of(i))));
  }
  take(',');
  TRY(want(')'));
  return Val::of(Val::Kind::record, std::move(parts));
}

// "`a`, `b`"
std::string labels_of(const Shape& shape) {
  constexpr size_t kMost = 100;
  std::string text;
  for (const Field& field : shape.type->fields) {
    if (text.size() + field.label.size() > kMost) return text + (text.empty() ? "..." : ", ...");
    text += (text.empty() ? "`" : ", `") + std::string(field.label) + '`';
  }
  return text;
}

// Fields in any order; those of options may be missing.
Result<Val> Parser::record(const Shape& shape) {
  TRY(want('{'));
  std::vector<std::optional<Val>> given(shape.type->fields.size());
  if (!take(':')) {
    while (peek() != '}') {
      const auto index = label_index(shape, peek_word());
      if (!index) return fail("a field: " + labels_of(shape));
      if (given[*index]) return fail("a field once");
      const std::string label(word());
      TRY(want(':'));
      given[*index] = TRY(part(label, shape.field(*index)));
      if (!take(',')) break;
    }
  }
  std::vector<Val> parts;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i] && shape_of(shape.field(i)).kind != TypeKind::option) {
      return fail((peek() == '}' ? "the field `" : "`,` and the field `") + std::string(shape.type->fields[i].label) +
                  "`");
    }
    parts.push_back(given[i] ? std::move(*given[i]) : Val::of(Val::Kind::variant, {}, 0));
  }
  TRY(want('}'));
  return Val::of(Val::Kind::record, std::move(parts));
}

Result<Val> Parser::flags(const Shape& shape) {
  TRY(want('{'));
  uint64_t bits = 0;
  while (peek() != '}') {
    const auto index = label_index(shape, peek_word());
    if (!index) return fail("a flag: " + labels_of(shape));
    if (bits >> *index & 1) return fail("a flag once");
    word();
    bits |= uint64_t{1} << *index;
    if (!take(',')) break;
  }
  TRY(want('}'));
  return Val::integer(bits);
}

// A payload in parentheses, where the case has one.
Result<Val> Parser::with_payload(const Shape& shape, uint32_t index, const std::string& label) {
  const T payload = shape.payload(index);
  if (!payload.present()) return Val::of(Val::Kind::variant, {}, index);
  TRY(want('('));
  std::vector<Val> parts;
  parts.push_back(TRY(part(label, payload)));
  TRY(want(')'));
  return Val::of(Val::Kind::variant, std::move(parts), index);
}

// The payload alone, unless it could be taken for what it is in.
Result<Val> Parser::flat(const Shape& shape, uint32_t index, std::string_view wanted) {
  const T payload = shape.payload(index);
  if (!payload.present()) return fail(wanted);
  const TypeKind kind = payload.parts() ? TypeKind::tuple : shape_of(payload).kind;
  if (kind == TypeKind::option || kind == TypeKind::result) return fail(wanted);
  std::vector<Val> parts;
  parts.push_back(TRY(value(payload)));
  return Val::of(Val::Kind::variant, std::move(parts), index);
}

Result<Val> Parser::option(const Shape& shape) {
  if (take_keyword("none")) return with_payload(shape, 0, "none");
  if (take_keyword("some")) return with_payload(shape, 1, "some");
  return flat(shape, 1, "`none` or `some`");
}

Result<Val> Parser::result(const Shape& shape) {
  if (take_keyword("ok")) return with_payload(shape, 0, "ok");
  if (take_keyword("err")) return with_payload(shape, 1, "err");
  return flat(shape, 0, "`ok` or `err`");
}

Result<Val> Parser::variant(const Shape& shape) {
  const auto index = label_index(shape, peek_word());
  if (!index) return fail((shape.type->fields.size() > 1 ? "one of " : "") + labels_of(shape));
  return with_payload(shape, *index, std::string(word()));
}

Result<Val> Parser::value(const T& type) {
  if (type.parts()) return tuple(type.parts()->size(), [&](size_t i) { return (*type.parts())[i]; });
  const Shape shape = shape_of(type);
  switch (shape.kind) {
    case TypeKind::primitive: return primitive(shape.primitive);
    case TypeKind::list:
    case TypeKind::fixed_list:
    case TypeKind::map: return list(shape);
    case TypeKind::tuple: return tuple(shape.type->fields.size(), [&](size_t i) { return shape.field(i); });
    case TypeKind::record: return record(shape);
    case TypeKind::flags: return flags(shape);
    case TypeKind::option: return option(shape);
    case TypeKind::result: return result(shape);
    case TypeKind::variant:
    case TypeKind::enum_: return variant(shape);
    default: return fail("nothing: a handle, stream or future has no text");
  }
}

// Options at the end may be missing.
Result<std::vector<Val>> Parser::arguments(const std::vector<std::string_view>& names, const std::vector<T>& types) {
  std::vector<Val> values;
  const bool none = at_end();
  if (!none) {
    TRY(want('('));
    while (peek() != ')') {
      if (values.size() == types.size()) return fail("no more arguments");
      const size_t i = values.size();
      values.push_back(TRY(part(std::string(names[i]), types[i])));
      if (!take(',')) break;
    }
  }
  if (none || peek() == ')') {
    for (size_t i = values.size(); i < types.size(); ++i) {
      if (shape_of(types[i]).kind != TypeKind::option) return fail("the argument `" + std::string(names[i]) + "`");
      values.push_back(Val::of(Val::Kind::variant, {}, 0));
    }
  }
  if (!none) TRY(want(')'));
  if (!at_end()) return fail("the end");
  return values;
}

}  // namespace

Result<Val> parse(std::string_view text, const T& type, ErrorSink* sink) {
  if (!utf8::valid(text)) return Error{ErrorCode::bad_utf8};
  return Parser(text, 0, sink).whole(type);
}

Call split_call(std::string_view text) {
  const size_t open = std::min(text.find('('), text.size());
  std::string_view name = text.substr(0, open);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  while (!name.empty() && name.front() == ' ') name.remove_prefix(1);
  return {name, text.substr(open), static_cast<uint32_t>(open)};
}

Result<std::vector<Val>> parse_arguments(const Call& call, const std::vector<std::string_view>& names,
                                         const std::vector<T>& types, ErrorSink* sink) {
  if (!utf8::valid(call.arguments)) return Error{ErrorCode::bad_utf8};
  return Parser(call.arguments, call.offset, sink).arguments(names, types);
}

}  // namespace heddle::component::wave
