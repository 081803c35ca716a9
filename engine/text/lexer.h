// Tokens (spec 6.3). The whole source is cut at once into an array of 12-byte tokens, which point into it; a left
// parenthesis knows its right one, so that a parser can skip what it does not need yet. Comments vanish; annotations
// leave the token array too: those the engine knows are kept aside with the index of the token they stand before, the
// others are checked for balance and dropped.
//
// A lexical error is a token as well, and the last one before `eof`: it is reported when a parser gets there, after
// whatever is wrong before it. What is made of the right characters but is no token of the grammar is `reserved`.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "text/keyword.h"

namespace heddle::text {

enum class Tok : uint8_t { eof, lparen, rparen, nat, integer, real, string, character, id, keyword, reserved, error };

struct Token {
  uint32_t offset = 0;
  uint32_t length = 0;  // of a left parenthesis: the index of the matching right one, or of eof
  Keyword word;         // of a keyword
  Tok kind = Tok::eof;
  // Of an id: it is $"...". Of a string, a character or such an id: it has escapes.
  bool quoted : 1 = false;
  bool escapes : 1 = false;
  ErrorCode error() const { return static_cast<ErrorCode>(length); }  // of Tok::error
};

struct Annotation {
  enum class Kind : uint8_t { custom, name, branch_hint };
  Kind kind = Kind::custom;
  bool used = false;
  uint32_t offset = 0;  // of its parenthesis
  uint32_t token = 0;   // it stands before this token
  uint32_t first_item = 0, item_count = 0;
};

struct Tokens {
  std::string_view source;
  std::vector<Token> tokens;  // the last one is eof
  std::vector<Annotation> annotations;
  std::vector<Token> items;  // of annotations: what is between the parentheses

  // The characters of a token; of a string, character or quoted id without quotes and `$`, still escaped.
  std::string_view text(const Token& token) const;
  void append_decoded(const Token& token, std::string& out) const;  // escapes resolved, where it may have some
  // As decoded, in the source itself where there are no escapes, else in `scratch`.
  std::string_view decoded(const Token& token, std::string& scratch) const;
};

// At most kMaxSource bytes.
inline constexpr size_t kMaxSource = 0xffff'fff0;
// `characters`: there are tokens 'c', as in the text format of components; in that of modules these are reserved.
Tokens tokenize(std::string_view source, bool characters = false);

}  // namespace heddle::text
