// A cursor over a component's text. Its words are no tokens of their own, for the lexer is that of core Wasm: they
// are told by their letters, and all of them are known where an error is to say what was meant.
#pragma once
#include "component/syntax/component.h"
#include "text/cursor.h"

namespace heddle::component {

using heddle::text::Tok;
using heddle::text::Token;
using heddle::text::Tokens;

enum class Word : uint8_t {
#define WORD(name, text) name,
#include "component/text/words.inc"
#undef WORD
};
inline constexpr std::string_view kWordTexts[] = {
#define WORD(name, text) text,
#include "component/text/words.inc"
#undef WORD
};
constexpr std::string_view text_of(Word word) { return kWordTexts[static_cast<size_t>(word)]; }

class Cursor : public heddle::text::Cursor {
 public:
  using Base = heddle::text::Cursor;

  Cursor(const Tokens& tokens, ErrorSink* sink);

  // The letters of a word; nothing if the token is none.
  std::string_view word(uint32_t ahead = 0) const {
    const Token& token = peek(ahead);
    return token.kind == Tok::keyword || token.kind == Tok::reserved ? text(token) : std::string_view();
  }
  using Base::at;
  bool at(Word wanted) const { return word() == text_of(wanted); }
  bool at_open(std::string_view wanted) const { return at(Tok::lparen) && word(1) == wanted; }
  bool at_open(Word wanted) const { return at_open(text_of(wanted)); }
  bool take(Word wanted) { return at(wanted) && (skip(), true); }
  bool take_open(Word wanted) { return at_open(wanted) && (skip(2), true); }
  Result<void> open(Word wanted);    // "(" word
  Result<void> expect(Word wanted);  // word
  using Base::expect;
};

// Where the row of a table is whose text this is.
template <class Row, size_t kCount>
std::optional<size_t> find_text(const Row (&rows)[kCount], std::string_view text) {
  for (size_t i = 0; i < kCount; ++i) {
    if (!text.empty() && rows[i].text == text) return i;
  }
  return std::nullopt;
}

std::string name_of(Sort sort);  // "core func", as errors call it

}  // namespace heddle::component
