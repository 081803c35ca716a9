// Keywords as numbers. A keyword is either the mnemonic of an instruction or one of words.inc; the lexer looks
// every one up once, in a hash table computed at compile time, so that the parser compares integers. Of
// instructions that share a mnemonic the first is meant, as in op_of_text.
#pragma once
#include <cstdint>
#include <string_view>

#include "syntax/op.h"

namespace heddle::text {

enum class Word : uint16_t {
#define WORD(name, text) name,
#include "text/words.inc"
#undef WORD
};

inline constexpr std::string_view kWordTexts[] = {
#define WORD(name, text) text,
#include "text/words.inc"
#undef WORD
};
constexpr std::string_view text_of(Word word) { return kWordTexts[static_cast<size_t>(word)]; }

class Keyword {
 public:
  constexpr Keyword() = default;
  constexpr explicit Keyword(Op op) : raw_(static_cast<uint16_t>(op)) {}
  constexpr Keyword(Word word) : raw_(static_cast<uint16_t>(kOpCount + static_cast<size_t>(word))) {}

  constexpr bool known() const { return raw_ != kUnknown; }
  constexpr bool is_op() const { return raw_ < kOpCount; }
  constexpr Op op() const { return static_cast<Op>(raw_); }  // of one that is an instruction
  constexpr bool is(Word word) const { return *this == Keyword(word); }
  constexpr bool is(Op op) const { return *this == Keyword(op); }
  friend constexpr bool operator==(Keyword, Keyword) = default;

 private:
  static constexpr uint16_t kUnknown = 0xffff;
  uint16_t raw_ = kUnknown;
};

Keyword find_keyword(std::string_view text);  // unknown if there is none

}  // namespace heddle::text
