// Errors take their words from the token they stand at.
#include "text/cursor.h"

#include "base/utf8.h"
#include "text/number.h"
#include "text/parse.h"

namespace heddle::text {

const Vocabulary kCoreWords = {
    .has = [](std::string_view) { return false; },  // of what the lexer found to be no keyword
    .offer =
        [](Nearest& nearest) {
          for (const OpInfo& op : kOps) nearest.offer(op.text);
          for (std::string_view keyword : kWordTexts) nearest.offer(keyword);
        },
};

std::string show_id(std::string_view name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  bool plain = !name.empty();
  std::string shown;
  for (char c : name.substr(0, 80)) {
    auto byte = static_cast<uint8_t>(c);
    bool printable = byte > 0x20 && byte != 0x7f && c != '"' && c != '\\' && c != '(' && c != ')' && c != ';';
    plain &= printable && byte < 0x80;
    if (printable || c == ' ') {
      shown.push_back(c);
    } else {
      shown.append({'\\', kHex[byte >> 4], kHex[byte & 15]});
    }
  }
  if (name.size() > 80) shown.append("...");
  return plain ? "$" + shown : "$\"" + shown + "\"";
}

Result<void> Cursor::expect(Tok kind, std::string_view what) {
  if (!at(kind)) return unexpected(what);
  skip();
  return {};
}

Result<void> Cursor::open(Word word) {
  if (take_open(word)) return {};
  if (at(Tok::lparen)) skip();
  return unexpected("`(" + std::string(text_of(word)) + "`");
}

Result<uint32_t> Cursor::nat32() {
  if (!at(Tok::nat)) return unexpected("a number");
  auto value = parse_nat(text(peek()), 32);
  if (!value) return fail(ErrorCode::i32_constant_out_of_range, peek());
  skip();
  return static_cast<uint32_t>(*value);
}

Result<uint64_t> Cursor::nat64() {
  if (!at(Tok::nat)) return unexpected("a number");
  auto value = parse_nat(text(peek()), 64);
  if (!value) return fail(ErrorCode::i64_constant_out_of_range, peek());
  skip();
  return *value;
}

Result<std::string> Cursor::name() {
  if (!at(Tok::string)) return unexpected("a name in quotes");
  std::string result;
  tokens_.append_decoded(peek(), result);
  if (!utf8::valid(result)) return fail(ErrorCode::bad_utf8, peek());
  skip();
  return result;
}

std::string Cursor::bytes() {
  std::string result;
  for (; at(Tok::string); skip()) tokens_.append_decoded(peek(), result);
  return result;
}

std::string Cursor::show(const Token& token) const {
  switch (token.kind) {
    case Tok::eof: return "the end of the text";
    case Tok::error: return std::string(heddle::text_of(token.error()));
    case Tok::id: {
      std::string name;
      tokens_.append_decoded(token, name);
      return "`" + show_id(name) + "`";
    }
    case Tok::string: return "a string";
    case Tok::character: return "a character";
    case Tok::lparen:
    case Tok::rparen:
    case Tok::nat:
    case Tok::integer:
    case Tok::real:
    case Tok::keyword:
    case Tok::reserved: break;
  }
  std::string_view shown = text(token);
  return "`" + std::string(shown.substr(0, 80)) + (shown.size() > 80 ? "...`" : "`");
}

Error Cursor::fail(ErrorCode code, const Token& token, std::string detail) const {
  if (sink_) sink_->set(std::move(detail));
  return fail(code, token);
}

Error Cursor::fail_headline(ErrorCode code, const Token& token, std::string headline) const {
  if (sink_ && sink_->headline.empty()) sink_->headline = std::move(headline);
  return fail(code, token);
}

// A word that is no token of the grammar.
Error Cursor::unknown_word(const Token& token, std::string_view expected) const {
  std::string_view word = text(token);
  if (sink_) {
    sink_->set("expected " + std::string(expected));
    Nearest nearest(word);
    words_.offer(nearest);
    if (!nearest.best().empty()) sink_->notes.push_back("Did you mean `" + std::string(nearest.best()) + "`?");
  }
  std::string headline(heddle::text_of(ErrorCode::unknown_operator));
  headline.append(" ").append(word.substr(0, 80));
  return fail_headline(ErrorCode::unknown_operator, token, std::move(headline));
}

// The text has ended: say which parenthesis it is that is still open.
void Cursor::note_unclosed() const {
  auto end = static_cast<uint32_t>(tokens_.tokens.size() - 1);
  for (uint32_t i = end; i-- > 0;) {
    const Token& token = tokens_.tokens[i];
    if (token.kind != Tok::lparen || token.length != end) continue;
    Position at = position_of(tokens_.source, token.offset);
    sink_->notes.push_back("The parenthesis at line " + std::to_string(at.line) + ", column " +
                           std::to_string(at.column) + " is not closed.");
    return;
  }
}

Error Cursor::unexpected(const Token& token, std::string_view expected) const {
  if (token.kind == Tok::error) return fail(token.error(), token);
  if (is_unknown(token)) return unknown_word(token, expected);
  if (token.kind == Tok::eof && sink_) note_unclosed();
  std::string shown = show(token);
  if (token.kind == Tok::lparen) {
    const Token& next = *(&token + 1);  // there is one: the last token is eof
    if (is_unknown(next) || next.kind == Tok::error) return unexpected(next, expected);
    if (next.kind == Tok::keyword || next.kind == Tok::reserved) shown = "`(" + std::string(text(next)) + "`";
  }
  return fail(ErrorCode::unexpected_token, token, "expected " + std::string(expected) + ", found " + shown);
}

}  // namespace heddle::text
