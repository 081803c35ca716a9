// Tokens (WIT.md, "Lexical structure"). They are cut one at a time, where the parser asks for one, since versions can
// be told from numbers and dots only by where they stand. The characters of a text were looked at as a whole before.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "component/wit/source.h"

namespace heddle::component::wit {

struct Token {
  enum class Kind : uint8_t { end, id, keyword, integer, string, punctuation };
  Kind kind = Kind::end;
  uint32_t gap = 0;       // where the white space before it begins, in its text
  uint32_t offset = 0;    // in its text
  std::string_view text;  // of an id without `%`, of a string with its quotes
  uint32_t end = 0;       // behind its last character

  bool is(std::string_view word) const {
    return text == word && (kind == Kind::keyword || kind == Kind::punctuation);
  }
};

class Lexer {
 public:
  Lexer(const Source& source, ErrorSink* sink) : text_(source.text), base_(source.base), sink_(sink) {}

  // UTF-8 without control characters and others that deceive whoever reads.
  Result<void> check_characters() const;
  // The first token behind `from`.
  Result<Token> next(uint32_t from) const;
  // The semantic version at `from`.
  Result<std::string_view> version(uint32_t from) const;
  // What a string says.
  Result<std::string> decoded(const Token& string) const;
  // The lines of the documentation in the white space before a token, without their common indentation.
  std::string docs(const Token& token) const;

  Error fail(uint32_t at, std::string what) const { return malformed(sink_, base_ + at, std::move(what)); }
  void note(std::string text) const {
    if (sink_) sink_->notes.push_back(std::move(text));
  }
  uint32_t base() const { return base_; }
  std::string_view text() const { return text_; }

 private:
  Result<uint32_t> skip_gap(uint32_t from) const;
  Result<Token> word(Token token) const;
  Result<Token> string(Token token) const;

  std::string_view text_;
  uint32_t base_;
  ErrorSink* sink_;
};

bool is_keyword(std::string_view word);

// The first character of valid UTF-8 that may not stand in WIT: what it is, and where.
struct BadCharacter {
  const char* what;
  uint32_t at;
};
std::optional<BadCharacter> bad_character(std::string_view text);

// Documentation without the common indentation of its lines, space at their ends and empty lines around them.
std::string normal_docs(std::string_view text);

}  // namespace heddle::component::wit
