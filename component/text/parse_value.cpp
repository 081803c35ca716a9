// Value definitions (Explainer.md, "Value Definitions"): what is written, read by its type, in the binary format
// (Binary.md, "Value Definitions").
#include "base/utf8.h"
#include "binary/writer.h"
#include "component/text/parser.h"
#include "text/number.h"

namespace heddle::component {
namespace {

constexpr unsigned bits_of(Primitive type) {
  switch (type) {
    case Primitive::s8:
    case Primitive::u8: return 8;
    case Primitive::s16:
    case Primitive::u16: return 16;
    case Primitive::s32:
    case Primitive::u32: return 32;
    case Primitive::s64:
    case Primitive::u64: return 64;
    case Primitive::bool_:
    case Primitive::f32:
    case Primitive::f64:
    case Primitive::char_:
    case Primitive::string:
    case Primitive::error_context: break;
  }
  return 0;
}
constexpr bool is_signed(Primitive type) {
  return type == Primitive::s8 || type == Primitive::s16 || type == Primitive::s32 || type == Primitive::s64;
}

}  // namespace

class Parser::ValueParser {
 public:
  ValueParser(Parser& parser, std::vector<uint8_t>& bytes) : p_(parser), in_(parser.in_), out_(bytes) {}

  // A value of the type, whose indices are those of the scope.
  Result<void> value(ValType type, const Scope* scope);

 private:
  Result<void> primitive(Primitive type);
  Result<void> integer(Primitive type);
  Result<void> real(bool is_f32);
  Result<void> character();
  Result<void> defined(KnownType known);
  Result<void> list(const DefType& type, const Scope* scope);
  Result<void> variant(KnownType known);
  Result<void> flags(KnownType known);
  Result<void> either(const DefType& type, const Scope* scope);
  Result<uint32_t> label(KnownType known);
  static const DefType& of(KnownType known) { return (*known.scope->types)[known.position]; }
  Result<void> open(TypeKind kind) {
    if (!in_.at_open(info(kind).text)) return in_.unexpected("`(" + std::string(info(kind).text) + "`");
    in_.skip(2);
    return {};
  }

  Parser& p_;
  Cursor& in_;
  binary::Writer out_;
};

Result<void> Parser::value(const Head& head) {
  Value value;
  value.at = head.at;
  value.type = TRY(val_type());
  std::vector<uint8_t> bytes;
  TRY(ValueParser(*this, bytes).value(value.type, scope_));
  value.bytes = keep_bytes({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  TRY(append(DefKind::value, scope_->component->values, value));
  return defined(head);
}

Result<void> Parser::ValueParser::value(ValType type, const Scope* scope) {
  Deeper deeper(p_.open_types_);
  TRY(deeper.check(p_));
  if (in_.take_open(Word::binary)) {
    const std::string bytes = in_.bytes();
    out_.bytes({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    return in_.close();
  }
  if (type.is_primitive()) return primitive(type.primitive());
  const KnownType known = scope->known(type.index());
  if (!known.scope) return in_.unexpected("`(binary`, for what the type is cannot be seen here");
  return defined(known);
}

// --- primitive ones

Result<void> Parser::ValueParser::primitive(Primitive type) {
  if (bits_of(type) != 0) return integer(type);
  switch (type) {
    case Primitive::bool_:
      if (!in_.at(Word::true_) && !in_.at(Word::false_)) return in_.unexpected("`true` or `false`");
      out_.byte(in_.at(Word::true_));
      in_.skip();
      return {};
    case Primitive::f32: return real(true);
    case Primitive::f64: return real(false);
    case Primitive::char_: return character();
    case Primitive::string: out_.name(TRY(in_.name())); return {};
    default: return in_.unexpected("`(binary`");
  }
}

Result<void> Parser::ValueParser::integer(Primitive type) {
  const unsigned bits = bits_of(type);
  std::string_view text = in_.text(in_.peek());
  const bool fits = in_.at(Tok::nat) || (in_.at(Tok::integer) && (is_signed(type) || text[0] == '+'));
  if (!fits) return in_.unexpected(is_signed(type) ? "an integer" : "a number");
  if (text[0] == '+') text.remove_prefix(1);
  const auto value = is_signed(type) ? heddle::text::parse_int(text, bits) : heddle::text::parse_nat(text, bits);
  const bool overflows = value && is_signed(type) && text[0] != '-' && *value >> (bits - 1);
  if (!value || overflows) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
  in_.skip();
  if (bits == 8) {
    out_.byte(static_cast<uint8_t>(*value));
  } else if (is_signed(type)) {
    out_.s64(static_cast<int64_t>(*value));
  } else {
    out_.u64(*value);
  }
  return {};
}

// There is one NaN.
Result<void> Parser::ValueParser::real(bool is_f32) {
  const std::string_view text = in_.text(in_.peek());
  if (!in_.at_number() || (text.find("nan") != std::string_view::npos && text != "nan")) {
    return in_.unexpected("a number or `nan`");
  }
  if (is_f32) {
    const auto bits = heddle::text::parse_f32(text);
    if (!bits) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
    out_.fixed(*bits);
  } else {
    const auto bits = heddle::text::parse_f64(text);
    if (!bits) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
    out_.fixed(*bits);
  }
  in_.skip();
  return {};
}

Result<void> Parser::ValueParser::character() {
  if (!in_.at(Tok::character)) return in_.unexpected("a character in single quotes");
  std::string text;
  in_.tokens().append_decoded(in_.peek(), text);
  in_.skip();
  out_.bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  return {};
}

// --- defined ones

Result<void> Parser::ValueParser::defined(KnownType known) {
  const DefType& type = of(known);
  const Scope* scope = known.scope;
  switch (type.kind) {
    case TypeKind::primitive: return value(type.first, scope);
    case TypeKind::record:
    case TypeKind::tuple:
      TRY(open(type.kind));
      for (const Field& field : type.fields) TRY(value(field.type, scope));
      return in_.close();
    case TypeKind::list:
    case TypeKind::fixed_list: return list(type, scope);
    case TypeKind::variant: return variant(known);
    case TypeKind::enum_:
      TRY(open(type.kind));
      out_.u32(TRY(label(known)));
      return in_.close();
    case TypeKind::flags: return flags(known);
    case TypeKind::option:
    case TypeKind::result: return either(type, scope);
    case TypeKind::map:
    case TypeKind::own:
    case TypeKind::borrow:
    case TypeKind::stream:
    case TypeKind::future:
    case TypeKind::resource:
    case TypeKind::func:
    case TypeKind::async_func:
    case TypeKind::component:
    case TypeKind::instance: break;
  }
  return in_.unexpected("`(binary`, for a value of this type has no other form");
}

// The number of elements comes first, where it is not the type's.
Result<void> Parser::ValueParser::list(const DefType& type, const Scope* scope) {
  TRY(open(type.kind));
  std::vector<uint8_t> elements;
  ValueParser each(p_, elements);
  uint32_t count = 0;
  for (; !in_.at(Tok::rparen); ++count) TRY(each.value(type.first, scope));
  if (type.kind == TypeKind::list) {
    out_.u32(count);
  } else if (count != type.number) {
    return in_.unexpected(std::to_string(type.number) + " elements");
  }
  out_.bytes(elements);
  return in_.close();
}

// The labels of a type are gathered when one is first looked for.
Result<uint32_t> Parser::ValueParser::label(KnownType known) {
  const auto [scope, is_new] = p_.label_scopes_.try_emplace({known.scope->number, known.position},
                                                            static_cast<uint32_t>(p_.label_scopes_.size()));
  if (is_new) {
    const DefType& type = of(known);
    for (uint32_t i = 0; i < type.fields.size(); ++i) p_.labels_.set(scope->second, type.fields[i].label, i);
  }
  const Token& at = in_.peek();
  const auto found = p_.labels_.find(scope->second, TRY(in_.name()));
  if (!found) return in_.unexpected(at, "a label of the type");
  return *found;
}

Result<void> Parser::ValueParser::variant(KnownType known) {
  TRY(open(TypeKind::variant));
  const uint32_t i = TRY(label(known));
  out_.u32(i);
  const ValType type = of(known).fields[i].type;
  if (type.present()) TRY(value(type, known.scope));
  return in_.close();
}

Result<void> Parser::ValueParser::flags(KnownType known) {
  TRY(open(TypeKind::flags));
  std::vector<uint8_t> bits((of(known).fields.size() + 7) / 8);
  while (!in_.at(Tok::rparen)) {
    const uint32_t i = TRY(label(known));
    bits[i / 8] |= static_cast<uint8_t>(1u << i % 8);
  }
  out_.bytes(bits);
  return in_.close();
}

// `none`, `(some v)`, `ok`, `(ok v)`, `error`, `(error v)`: a byte says which, a value follows where the type has
// one.
Result<void> Parser::ValueParser::either(const DefType& type, const Scope* scope) {
  const bool is_option = type.kind == TypeKind::option;
  const Word words[] = {is_option ? Word::none : Word::ok, is_option ? Word::some : Word::error};
  const ValType types[] = {is_option ? ValType() : type.first, is_option ? type.first : type.second};
  for (uint8_t i = 0; i < 2; ++i) {
    const bool open = in_.at_open(words[i]);
    if (open != types[i].present() || (!open && !in_.at(words[i]))) continue;
    in_.skip(open ? 2 : 1);
    out_.byte(i);
    if (!open) return {};
    TRY(value(types[i], scope));
    return in_.close();
  }
  return in_.unexpected(is_option ? "`none` or `(some`" : "`ok` or `error`, with a value where the type has one");
}

}  // namespace heddle::component
