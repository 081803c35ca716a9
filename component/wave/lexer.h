// The tokens of WAVE, which its parser asks for one by one: what may stand at a place decides what is looked for.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace heddle::component::wave {

class Lexer {
 public:
  // `base`: the offset of `text` in what errors count in.
  Lexer(std::string_view text, uint32_t base, ErrorSink* sink) : text_(text), base_(base), sink_(sink) {}

  bool at_end() {
    skip_space();
    return at_ == text_.size();
  }
  char peek() { return at_end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  Result<void> want(char c) { return take(c) ? Result<void>() : fail(std::string("`") + c + '`'); }

  std::string_view word();  // a label, perhaps behind `%`, or a keyword; "" if there is none
  std::string_view peek_word();
  bool take_keyword(std::string_view keyword);  // not one behind `%`
  std::string_view number();                    // as JSON has them; "" if there is none
  Result<uint32_t> character();
  Result<std::string> string();

  // What is wrong is what comes next, in the part that `path` leads to.
  Error fail(std::string_view wanted);
  std::string path;

 private:
  void skip_space();
  bool sees(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  Result<uint32_t> code_point(std::string_view wanted);  // itself, or what a backslash stands for
  Result<std::string> multiline_string();
  std::string found() const;
  Error fail_here(std::string_view wanted);

  std::string_view text_;
  uint32_t base_;
  ErrorSink* sink_;
  size_t at_ = 0;
};

}  // namespace heddle::component::wave
