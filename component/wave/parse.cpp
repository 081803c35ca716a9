// A descent along the type: what may stand at a place is known before it is looked at.
#include <charconv>
#include <cmath>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>

#include "base/utf8.h"
#include "component/canon/encoding.h"
#include "component/canon/shape.h"
#include "component/wave/wave.h"

namespace heddle::component::wave {
namespace {

using canon::Shape;
using canon::T;
using canon::Val;

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

class Parser {
 public:
  Parser(std::string_view text, uint32_t base, ErrorSink* sink) : text_(text), base_(base), sink_(sink) {}

  Result<Val> value(const T& type);
  Result<std::vector<Val>> arguments(const std::vector<std::string_view>& names, const std::vector<T>& types);
  Result<Val> whole(const T& type) {
    Val made = TRY(value(type));
    if (!at_end()) return fail("the end");
    return made;
  }

 private:
  // --- characters
  void skip_space();
  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }
  char peek() {
    skip_space();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  Result<void> want(char c) { return take(c) ? Result<void>() : fail(std::string("`") + c + '`'); }
  std::string_view word();  // letters, digits and hyphens from here on, perhaps behind `%`; "" if there are none
  std::string_view peek_word();
  Error fail(std::string_view wanted);

  // --- values
  Result<Val> primitive(Primitive type);
  template <class Int>
  Result<Val> integer(std::string_view what);
  Result<Val> real(bool is_f32);
  Result<uint32_t> character(char quote);
  Result<std::string> string();
  Result<Val> list(const Shape& shape);
  Result<Val> tuple(size_t count, const std::function<T(size_t)>& part);
  Result<Val> record(const Shape& shape);
  Result<Val> flags(const Shape& shape);
  Result<Val> option(const Shape& shape);
  Result<Val> result(const Shape& shape);
  Result<Val> variant(const Shape& shape);
  Result<Val> with_payload(const Shape& shape, uint32_t index);
  Result<Val> part(const std::string& name, const T& type);

  std::string_view text_;
  uint32_t base_;
  ErrorSink* sink_;
  size_t at_ = 0;
  std::string path_;
};

void Parser::skip_space() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '/' && text_.substr(at_, 2) == "//") {
      at_ = std::min(text_.find('\n', at_), text_.size() - 1);
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      return;
    }
  }
}

std::string_view Parser::word() {
  skip_space();
  if (at_ < text_.size() && text_[at_] == '%') ++at_;
  const size_t first = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(first, at_ - first);
}

std::string_view Parser::peek_word() {
  const size_t here = at_;
  const std::string_view found = word();
  at_ = here;
  return found;
}

Error Parser::fail(std::string_view wanted) {
  skip_space();
  if (sink_ && sink_->detail.empty()) {
    const std::string_view word = peek_word();
    const std::string found = at_ == text_.size() ? "the end"
                              : word.empty()      ? std::string("`") + text_[at_] + '`'
                                                  : "`" + std::string(word) + "`";
    sink_->set((path_.empty() ? "" : path_ + ": ") + "expected " + std::string(wanted) + ", found " + found);
  }
  return {ErrorCode::wrong_value, base_ + static_cast<uint32_t>(at_)};
}

Result<Val> Parser::part(const std::string& name, const T& type) {
  const size_t outer = path_.size();
  if (!path_.empty()) path_ += '.';
  path_ += name;
  Val made = TRY(value(type));
  path_.resize(outer);
  return made;
}

// --- primitives

template <class Int>
Result<Val> Parser::integer(std::string_view what) {
  skip_space();
  Int value{};
  const char* first = text_.data() + at_;
  const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
  if (error != std::errc() || end == first) return fail(what);
  at_ += static_cast<size_t>(end - first);
  if (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) return fail(what);
  return Val::integer(static_cast<uint64_t>(static_cast<int64_t>(value)));
}

Result<Val> Parser::real(bool is_f32) {
  skip_space();
  double value = 0;
  float narrow = 0;
  const std::string_view left = text_.substr(at_);
  const char* end = nullptr;
  if (left.starts_with("nan") || left.starts_with("inf") || left.starts_with("-inf")) {
    end = left.data() + (left[0] == '-' ? 4 : 3);
    value = left[0] == 'n' ? std::numeric_limits<double>::quiet_NaN() : left[0] == '-' ? -HUGE_VAL : HUGE_VAL;
    narrow = static_cast<float>(value);
  } else {
    const auto wide = std::from_chars(left.data(), left.data() + left.size(), value);
    if (wide.ec == std::errc::invalid_argument) return fail("a number");
    std::from_chars(left.data(), left.data() + left.size(), narrow);
    end = wide.ptr;
  }
  at_ += static_cast<size_t>(end - left.data());
  if (!is_f32) {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof bits);
    return Val::f64(bits);
  }
  uint32_t bits = 0;
  std::memcpy(&bits, &narrow, sizeof bits);
  return Val::f32(bits);
}

// One of a text in quotes: itself, or what a backslash stands for.
Result<uint32_t> Parser::character(char quote) {
  if (at_ == text_.size()) return fail(std::string("`") + quote + '`');
  const auto lead = static_cast<uint8_t>(text_[at_]);
  if (lead != '\\') {
    const std::string_view one = text_.substr(at_, utf8::sequence_length(lead));
    at_ += one.size();
    return *canon::CodePoints(one).begin();
  }
  constexpr std::pair<char, char> kEscapes[] = {{'n', '\n'},  {'r', '\r'}, {'t', '\t'},
                                                {'\\', '\\'}, {'"', '"'},  {'\'', '\''}};
  ++at_;
  for (const auto& [letter, meant] : kEscapes) {
    if (at_ < text_.size() && text_[at_] == letter) {
      ++at_;
      return static_cast<uint32_t>(meant);
    }
  }
  if (text_.substr(at_, 2) != "u{") return fail("an escape");
  const char* first = text_.data() + at_ + 2;
  uint32_t c = 0;
  const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), c, 16);
  const bool scalar = c < 0xd800 || (c > 0xdfff && c < 0x110000);
  if (error != std::errc() || end == text_.data() + text_.size() || *end != '}' || !scalar) return fail("an escape");
  at_ = static_cast<size_t>(end - text_.data()) + 1;
  return c;
}

Result<std::string> Parser::string() {
  TRY(want('"'));
  std::string made;
  while (at_ == text_.size() || text_[at_] != '"') utf8::append(made, TRY(character('"')));
  ++at_;
  return made;
}

Result<Val> Parser::primitive(Primitive type) {
  switch (type) {
    case Primitive::bool_: {
      const std::string_view found = peek_word();
      if (found != "true" && found != "false") return fail("`true` or `false`");
      word();
      return Val::integer(found == "true");
    }
    case Primitive::u8: return integer<uint8_t>("a number from 0 to 255");
    case Primitive::u16: return integer<uint16_t>("a number from 0 to 65535");
    case Primitive::u32: return integer<uint32_t>("a number from 0 to 4294967295");
    case Primitive::u64: return integer<uint64_t>("a number from 0 to 18446744073709551615");
    case Primitive::s8: return integer<int8_t>("a number from -128 to 127");
    case Primitive::s16: return integer<int16_t>("a number from -32768 to 32767");
    case Primitive::s32: return integer<int32_t>("a number from -2147483648 to 2147483647");
    case Primitive::s64: return integer<int64_t>("a number of 64 bits with a sign");
    case Primitive::f32: return real(true);
    case Primitive::f64: return real(false);
    case Primitive::char_: {
      TRY(want('\''));
      const uint32_t c = TRY(character('\''));
      TRY(want('\''));
      return Val::integer(c);
    }
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
  std::vector<Val> parts;
  while (peek() != ']') {
    parts.push_back(TRY(part(std::to_string(parts.size()), element)));
    if (!take(',')) break;
  }
  TRY(want(']'));
  if (shape.kind == TypeKind::fixed_list && parts.size() != shape.type->number) {
    return fail("a list of " + std::to_string(shape.type->number) + " elements before");
  }
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

// Fields in any order; those of options may be missing.
Result<Val> Parser::record(const Shape& shape) {
  TRY(want('{'));
  std::vector<std::optional<Val>> given(shape.type->fields.size());
  if (take(':')) {
    TRY(want('}'));
  } else {
    while (peek() != '}') {
      const auto index = shape.label_index(peek_word());
      if (!index || given[*index]) return fail(index ? "a field once" : "a field");
      const std::string label(word());
      TRY(want(':'));
      given[*index] = TRY(part(label, shape.field(*index)));
      if (!take(',')) break;
    }
    TRY(want('}'));
  }
  std::vector<Val> parts;
  for (size_t i = 0; i < given.size(); ++i) {
    if (!given[i]) {
      const T type = shape.field(i);
      if (shape_of(type).kind != TypeKind::option) {
        return fail("the field `" + std::string(shape.type->fields[i].label) + "` before");
      }
      given[i] = Val::of(Val::Kind::variant, {}, 0);
    }
    parts.push_back(std::move(*given[i]));
  }
  return Val::of(Val::Kind::record, std::move(parts));
}

Result<Val> Parser::flags(const Shape& shape) {
  TRY(want('{'));
  uint64_t bits = 0;
  while (peek() != '}') {
    const auto index = shape.label_index(peek_word());
    if (!index || bits >> *index & 1) return fail(index ? "a flag once" : "a flag");
    word();
    bits |= uint64_t{1} << *index;
    if (!take(',')) break;
  }
  TRY(want('}'));
  return Val::integer(bits);
}

// A payload in parentheses, where the case has one.
Result<Val> Parser::with_payload(const Shape& shape, uint32_t index) {
  const T payload = shape.payload(index);
  const std::string label(word());
  if (!payload.present()) return Val::of(Val::Kind::variant, {}, index);
  TRY(want('('));
  std::vector<Val> parts;
  parts.push_back(TRY(part(label, payload)));
  TRY(want(')'));
  return Val::of(Val::Kind::variant, std::move(parts), index);
}

Result<Val> Parser::option(const Shape& shape) {
  const std::string_view next = peek_word();
  if (next == "none") return with_payload(shape, 0);
  if (next == "some") return with_payload(shape, 1);
  std::vector<Val> parts;
  parts.push_back(TRY(value(shape.payload(1))));
  return Val::of(Val::Kind::variant, std::move(parts), 1);
}

Result<Val> Parser::result(const Shape& shape) {
  const std::string_view next = peek_word();
  if (next == "ok") return with_payload(shape, 0);
  if (next == "err") return with_payload(shape, 1);
  if (!shape.payload(0).present()) return fail("`ok` or `err`");
  std::vector<Val> parts;
  parts.push_back(TRY(value(shape.payload(0))));
  return Val::of(Val::Kind::variant, std::move(parts), 0);
}

Result<Val> Parser::variant(const Shape& shape) {
  const auto index = shape.label_index(peek_word());
  if (index) return with_payload(shape, *index);
  std::string wanted;
  for (const Field& field : shape.type->fields) {
    if (wanted.size() > 60) break;
    wanted += (wanted.empty() ? "`" : ", `") + std::string(field.label) + '`';
  }
  return fail((shape.type->fields.size() > 1 ? "one of " : "") + wanted);
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

Result<std::vector<Val>> Parser::arguments(const std::vector<std::string_view>& names, const std::vector<T>& types) {
  std::vector<Val> values;
  if (!at_end()) {
    TRY(want('('));
    while (peek() != ')') {
      if (values.size() == types.size()) return fail("no more arguments");
      const size_t i = values.size();
      values.push_back(TRY(part(std::string(names[i]), types[i])));
      if (!take(',')) break;
    }
    TRY(want(')'));
    if (!at_end()) return fail("the end");
  }
  if (values.size() < types.size()) return fail("the argument `" + std::string(names[values.size()]) + "` before");
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
