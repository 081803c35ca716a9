// Values of components in scripts: one word for each kind, behind which stands what it is made of.
#include "component/text/script.h"

#include "base/utf8.h"
#include "component/binary/decode.h"
#include "component/binary/names.h"
#include "component/text/input.h"
#include "text/number.h"

namespace heddle::component {
namespace {

using heddle::text::Pattern;
using Kind = ScriptValue::Kind;

constexpr uint32_t kMaxDepth = 64;

struct ValueWord {
  std::string_view text;
  Kind kind;
  Primitive type = Primitive::bool_;
  unsigned bits = 0;  // of integers
};
constexpr ValueWord kValueWords[] = {
    {"bool.const", Kind::primitive, Primitive::bool_},
    {"u8.const", Kind::primitive, Primitive::u8, 8},
    {"s8.const", Kind::primitive, Primitive::s8, 8},
    {"u16.const", Kind::primitive, Primitive::u16, 16},
    {"s16.const", Kind::primitive, Primitive::s16, 16},
    {"u32.const", Kind::primitive, Primitive::u32, 32},
    {"s32.const", Kind::primitive, Primitive::s32, 32},
    {"u64.const", Kind::primitive, Primitive::u64, 64},
    {"s64.const", Kind::primitive, Primitive::s64, 64},
    {heddle::info(Op::f32_const).text, Kind::primitive, Primitive::f32},
    {heddle::info(Op::f64_const).text, Kind::primitive, Primitive::f64},
    {"char.const", Kind::primitive, Primitive::char_},
    {"str.const", Kind::primitive, Primitive::string},
    {"list.const", Kind::list},
    {"record.const", Kind::record},
    {"tuple.const", Kind::tuple},
    {"variant.const", Kind::variant},
    {"enum.const", Kind::enum_},
    {"flags.const", Kind::flags},
    {"option.none", Kind::none},
    {"option.some", Kind::some},
    {"result.ok", Kind::ok},
    {"result.err", Kind::error},
};

constexpr heddle::text::Vocabulary kWords = {
    .has =
        [](std::string_view word) {
          return word == text_of(Word::component) || word == text_of(Word::field) ||
                 find_text(kValueWords, word).has_value();
        },
    .offer =
        [](heddle::text::Nearest& nearest) {
          heddle::text::kCoreWords.offer(nearest);
          nearest.offer(text_of(Word::component));
          for (const ValueWord& row : kValueWords) nearest.offer(row.text);
        },
};

// The one scalar value that a text consists of.
std::optional<uint32_t> only_scalar(std::string_view text) {
  if (text.empty() || !utf8::valid(text)) return std::nullopt;
  const auto lead = static_cast<uint8_t>(text[0]);
  const size_t length = utf8::sequence_length(lead);
  if (text.size() != length) return std::nullopt;
  uint32_t scalar = length == 1 ? lead : lead & (0x7fu >> length);
  for (size_t i = 1; i < length; ++i) scalar = scalar << 6 | (static_cast<uint8_t>(text[i]) & 0x3f);
  return scalar;
}

class ValueParser {
 public:
  ValueParser(heddle::text::Cursor& in, bool argument) : in_(in), argument_(argument) {}

  Result<ScriptValue> value(uint32_t depth);  // without parentheses, as the fields of records have it

 private:
  Result<void> primitive(ScriptValue& value, const ValueWord& row);
  Result<void> integer(ScriptValue& value, const ValueWord& row);
  Result<void> real(ScriptValue& value);
  Result<void> items(ScriptValue& value, uint32_t depth, size_t least, size_t most);
  Result<ScriptValue> item(uint32_t depth);
  std::string_view word(uint32_t ahead = 0) const {
    const Token& token = in_.peek(ahead);
    return token.kind == Tok::keyword || token.kind == Tok::reserved ? in_.text(token) : std::string_view();
  }

  heddle::text::Cursor& in_;
  bool argument_;
};

Result<ScriptValue> ValueParser::value(uint32_t depth) {
  if (depth == kMaxDepth) return in_.fail(ErrorCode::nesting_too_deep, in_.peek());
  const auto found = find_text(kValueWords, word());
  if (!found) return in_.unexpected("a value of a component");
  in_.skip();
  const ValueWord& row = kValueWords[*found];
  ScriptValue value;
  value.kind = row.kind;
  value.type = row.type;
  switch (row.kind) {
    case Kind::primitive: TRY(primitive(value, row)); break;
    case Kind::list:
    case Kind::tuple: TRY(items(value, depth, 0, SIZE_MAX)); break;
    case Kind::record:
      while (in_.at(Tok::lparen)) {
        in_.skip();
        if (word() != text_of(Word::field)) return in_.unexpected("`field`");
        in_.skip();
        value.labels.push_back(TRY(in_.name()));
        value.items.push_back(in_.at(Tok::lparen) ? TRY(item(depth)) : TRY(this->value(depth + 1)));
        TRY(in_.close());
      }
      break;
    case Kind::variant:
      value.text = TRY(in_.name());
      TRY(items(value, depth, 0, 1));
      break;
    case Kind::enum_: value.text = TRY(in_.name()); break;
    case Kind::flags:
      while (in_.at(Tok::string)) value.labels.push_back(TRY(in_.name()));
      break;
    case Kind::none: break;
    case Kind::some: TRY(items(value, depth, 1, 1)); break;
    case Kind::ok:
    case Kind::error: TRY(items(value, depth, 0, 1)); break;
  }
  return value;
}

Result<ScriptValue> ValueParser::item(uint32_t depth) {
  TRY(in_.expect(Tok::lparen, "a value of a component"));
  ScriptValue inner = TRY(value(depth + 1));
  TRY(in_.close());
  return inner;
}

Result<void> ValueParser::items(ScriptValue& value, uint32_t depth, size_t least, size_t most) {
  while (value.items.size() < most && (in_.at(Tok::lparen) || value.items.size() < least)) {
    value.items.push_back(TRY(item(depth)));
  }
  return {};
}

Result<void> ValueParser::primitive(ScriptValue& value, const ValueWord& row) {
  if (row.bits != 0) return integer(value, row);
  if (row.type == Primitive::bool_) {
    if (word() != text_of(Word::true_) && word() != text_of(Word::false_)) return in_.unexpected("`true` or `false`");
    value.bits = word() == text_of(Word::true_);
    in_.skip();
    return {};
  }
  if (row.type == Primitive::f32 || row.type == Primitive::f64) return real(value);
  const Token& at = in_.peek();
  value.text = TRY(in_.name());
  if (row.type == Primitive::string) return {};
  const auto scalar = only_scalar(value.text);
  if (!scalar) return in_.unexpected(at, "one character in quotes");
  value.bits = *scalar;
  value.text.clear();
  return {};
}

// Signed ones are kept extended to 64 bits.
Result<void> ValueParser::integer(ScriptValue& value, const ValueWord& row) {
  const bool is_signed = row.text.starts_with("s");
  if (!in_.at(Tok::nat) && !(is_signed && in_.at(Tok::integer))) {
    return in_.unexpected(is_signed ? "an integer" : "a number");
  }
  const std::string_view text = in_.text(in_.peek());
  const auto bits = is_signed ? heddle::text::parse_int(text, row.bits) : heddle::text::parse_nat(text, row.bits);
  const bool overflows = bits && is_signed && text[0] != '-' && *bits >> (row.bits - 1);
  if (!bits || overflows) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
  value.bits = *bits;
  in_.skip();
  return {};
}

Result<void> ValueParser::real(ScriptValue& value) {
  if (!argument_ && word() == "nan:canonical") value.nan = Pattern::Nan::canonical;
  if (!argument_ && word() == "nan:arithmetic") value.nan = Pattern::Nan::arithmetic;
  if (value.nan == Pattern::Nan::exact) {
    if (!in_.at_number()) return in_.unexpected("a number");
    const std::string_view text = in_.text(in_.peek());
    const bool is_f32 = value.type == Primitive::f32;
    const auto bits = is_f32 ? std::optional<uint64_t>(heddle::text::parse_f32(text)) : heddle::text::parse_f64(text);
    if (!bits) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
    value.bits = *bits;
  }
  in_.skip();
  return {};
}

class Components final : public heddle::text::ScriptExtension {
 public:
  std::string_view word() const override { return text_of(Word::component); }
  const heddle::text::Vocabulary& words() const override { return kWords; }
  bool has_value(std::string_view word) const override { return find_text(kValueWords, word).has_value(); }
  Result<uint64_t> value(heddle::text::Cursor& in, bool argument) override {
    values.push_back(TRY(ValueParser(in, argument).value(0)));
    return values.size() - 1;
  }

  std::vector<ScriptValue> values;
};

}  // namespace

Result<Script> parse_script(std::string_view source, const heddle::Features& core, ErrorSink* sink) {
  Components components;
  Script result;
  result.script = TRY(heddle::text::parse_script(source, core, sink, &components));
  result.values = std::move(components.values);
  return result;
}

// Floats look the same in both tiers.
std::optional<ScriptValue> Script::value_of(const Pattern& pattern) const {
  if (pattern.kind == Pattern::Kind::extended) return values[pattern.bits];
  const bool is_f32 = pattern.kind == Pattern::Kind::f32;
  if (!is_f32 && pattern.kind != Pattern::Kind::f64) return std::nullopt;
  ScriptValue value;
  value.type = is_f32 ? Primitive::f32 : Primitive::f64;
  value.bits = pattern.bits;
  value.nan = pattern.nan;
  return value;
}

Result<Parsed> parse(const heddle::text::ModuleSource& source, const Features& features, const heddle::Features& core,
                     ErrorSink* sink) {
  using enum heddle::text::ModuleSource::Kind;
  if (source.kind == text) return parse(source.content(), features, core, sink);
  if (source.kind == quote) return parse_definitions(source.content(), features, core, sink);
  std::vector<uint8_t> bytes(source.bytes.begin(), source.bytes.end());
  Parsed parsed;
  parsed.component = TRY(decode(bytes, features, core, sink));
  parsed.names = decode_names(parsed.component);
  parsed.component.storage.push_back(std::move(bytes));  // the views go with the buffer
  return parsed;
}

}  // namespace heddle::component
