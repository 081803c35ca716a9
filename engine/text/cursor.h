// Walks the tokens of a source: looks, takes, and says what was expected where something else stands. A token that
// is no token of the grammar, or a lexical error, is reported as such wherever a parser stumbles over it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/lexer.h"
#include "text/nearest.h"

namespace heddle::text {

// The words of a text format, for errors: those of core Wasm are the lexer's keywords, a format that has more says
// which.
struct Vocabulary {
  bool (*has)(std::string_view word);
  void (*offer)(Nearest& nearest);  // every word
};
extern const Vocabulary kCoreWords;

class Cursor {
 public:
  Cursor(const Tokens& tokens, ErrorSink* sink, const Vocabulary& words = kCoreWords)
      : tokens_(tokens), sink_(sink), words_(words) {}

  const Tokens& tokens() const { return tokens_; }
  ErrorSink* sink() const { return sink_; }
  const Token& token(uint32_t index) const {
    return index < tokens_.tokens.size() ? tokens_.tokens[index] : tokens_.tokens.back();
  }
  const Token& peek(uint32_t ahead = 0) const { return token(at_ + ahead); }
  uint32_t index() const { return at_; }
  void jump(uint32_t index) { at_ = index; }
  void skip(uint32_t count = 1) { at_ += count; }

  bool at(Tok kind) const { return peek().kind == kind; }
  bool at(Word word) const { return peek().word.is(word); }
  bool at_open(Keyword word) const { return at(Tok::lparen) && peek(1).word == word; }
  bool at_index() const { return at(Tok::nat) || at(Tok::id); }
  bool at_number() const { return at(Tok::nat) || at(Tok::integer) || at(Tok::real); }
  bool take(Word word) { return at(word) && (skip(), true); }
  bool take_open(Keyword word) { return at_open(word) && (skip(2), true); }

  Result<void> expect(Tok kind, std::string_view what);
  Result<void> open(Word word);  // "(" word
  Result<void> close() { return expect(Tok::rparen, "`)`"); }
  Result<uint32_t> nat32();
  Result<uint64_t> nat64();
  Result<std::string> name();  // a string that is UTF-8
  std::string bytes();         // of all strings that follow

  std::string_view text(const Token& token) const { return tokens_.text(token); }
  std::string show(const Token& token) const;  // for messages

  Error fail(ErrorCode code, const Token& token) const { return Error{code, token.offset}; }
  Error fail(ErrorCode code, const Token& token, std::string detail) const;
  Error fail_headline(ErrorCode code, const Token& token, std::string headline) const;
  Error unexpected(std::string_view expected) const { return unexpected(peek(), expected); }
  Error unexpected(const Token& token, std::string_view expected) const;

 private:
  bool is_unknown(const Token& token) const { return token.kind == Tok::reserved && !words_.has(text(token)); }
  Error unknown_word(const Token& token, std::string_view expected) const;
  void note_unclosed() const;

  const Tokens& tokens_;
  ErrorSink* sink_;
  const Vocabulary& words_;
  uint32_t at_ = 0;
};

// A name as an identifier is written, with what a terminal should not see escaped: $f, $"a b".
std::string show_id(std::string_view name);

}  // namespace heddle::text
