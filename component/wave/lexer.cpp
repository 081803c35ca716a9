#include "component/wave/lexer.h"

#include <algorithm>
#include <charconv>

#include "base/utf8.h"
#include "component/canon/encoding.h"
#include "component/syntax/quote.h"

namespace heddle::component::wave {
namespace {

constexpr std::string_view kQuotes = "\"\"\"";  // of a string of several lines

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '-'; }

// How much of `text` is a number: an integer, then perhaps a fraction, then perhaps an exponent.
size_t number_length(std::string_view text) {
  size_t at = 0;
  auto digits = [&](size_t from) {
    size_t end = from;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end > from) at = end;
    return end > from;
  };
  auto is_any = [&](size_t i, std::string_view of) {
    return i < text.size() && of.find(text[i]) != std::string_view::npos;
  };
  const size_t first = text.starts_with('-') ? 1 : 0;
  if (is_any(first, "0")) {
    at = first + 1;
  } else if (!digits(first)) {
    return 0;
  }
  if (is_any(at, ".") && !digits(at + 1)) return 0;
  if (is_any(at, "eE") && !digits(at + (is_any(at + 1, "+-") ? 2 : 1))) return 0;
  return at;
}

}  // namespace

void Lexer::skip_space() {
  for (; at_ < text_.size(); ++at_) {
    const char c = text_[at_];
    if (c == '/' && sees("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size() - 1);
    } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
      return;
    }
  }
}

// --- words and numbers

std::string_view Lexer::word() {
  skip_space();
  if (sees("%")) ++at_;
  const size_t first = at_;
  while (at_ < text_.size() && is_word(text_[at_])) ++at_;
  return text_.substr(first, at_ - first);
}

std::string_view Lexer::peek_word() {
  const size_t here = at_;
  const std::string_view found = word();
  at_ = here;
  return found;
}

bool Lexer::take_keyword(std::string_view keyword) {
  if (peek() == '%' || peek_word() != keyword) return false;
  word();
  return true;
}

std::string_view Lexer::number() {
  skip_space();
  const std::string_view left = text_.substr(at_), found = left.substr(0, number_length(left));
  const size_t end = found.size();
  if (end < left.size() && (is_word(left[end]) || left[end] == '.')) return "";
  at_ += end;
  return found;
}

// --- texts

Result<uint32_t> Lexer::code_point(std::string_view wanted) {
  if (at_ == text_.size() || text_[at_] == '\n') return fail_here(wanted);
  if (text_[at_] != '\\') {
    const std::string_view one = text_.substr(at_, utf8::sequence_length(static_cast<uint8_t>(text_[at_])));
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
  constexpr size_t kMostDigits = 6;
  const std::string_view digits = sees("u{") ? text_.substr(at_ + 2, kMostDigits + 1) : "";
  uint32_t c = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), c, 16);
  const bool scalar = c < 0xd800 || (c > 0xdfff && c < 0x110000);
  if (error != std::errc() || end == digits.data() + digits.size() || *end != '}' || !scalar) {
    return fail_here("an escape");
  }
  at_ = static_cast<size_t>(end - text_.data()) + 1;
  return c;
}

Result<uint32_t> Lexer::character() {
  if (!take('\'')) return fail("a character in single quotes");
  if (sees("'")) return fail_here("a character");
  const uint32_t c = TRY(code_point("a character"));
  if (!sees("'")) return fail_here("`'`");
  ++at_;
  return c;
}

Result<std::string> Lexer::string() {
  skip_space();
  if (sees(kQuotes)) return multiline_string();
  if (!take('"')) return fail("a string in double quotes");
  std::string made;
  while (!sees("\"")) utf8::append(made, TRY(code_point("`\"`")));
  ++at_;
  return made;
}

// Its first line break and its last are none of it, nor are as many spaces before each line as are before its end.
Result<std::string> Lexer::multiline_string() {
  at_ += kQuotes.size();
  const size_t end = text_.find(kQuotes, at_);
  if (!sees("\n") && !sees("\r\n")) return fail_here("a line break");
  if (end == std::string_view::npos) {
    at_ = text_.size();
    return fail_here("`\"\"\"`");
  }
  const size_t last = text_.rfind('\n', end);
  const std::string_view indent = text_.substr(last + 1, end - last - 1);
  if (indent.find_first_not_of(' ') != std::string_view::npos) {
    at_ = end;
    return fail_here("a line break and spaces before `\"\"\"`");
  }
  std::string made;
  const size_t first = at_ = text_.find('\n', at_);
  while (at_ < last) {
    if (at_ > first) made += '\n';
    ++at_;
    if (!sees(indent)) return fail_here(std::to_string(indent.size()) + " spaces, as before the end");
    at_ += indent.size();
    const size_t line_end = text_.find('\n', at_);
    const size_t stop = line_end > at_ && text_[line_end - 1] == '\r' ? line_end - 1 : line_end;
    while (at_ < stop) utf8::append(made, TRY(code_point("a character")));
    at_ = line_end;
  }
  at_ = end + kQuotes.size();
  return made;
}

// --- errors

std::string Lexer::found() const {
  if (at_ == text_.size()) return "the end";
  const std::string_view left = text_.substr(at_);
  if (left[0] == '\n') return "a line break";
  const bool numeric = is_digit(left[0]) || left[0] == '-' || left[0] == '.';
  size_t end = left[0] == '%' ? 1 : 0;
  while (end < left.size() && (is_word(left[end]) || (numeric && (left[end] == '.' || left[end] == '+')))) ++end;
  if (end == 0) end = utf8::sequence_length(static_cast<uint8_t>(left[0]));
  return quoted(left.substr(0, end));
}

Error Lexer::fail_here(std::string_view wanted) {
  if (sink_ && sink_->detail.empty()) {
    sink_->set((path.empty() ? "" : path + ": ") + "expected " + std::string(wanted) + ", found " + found());
  }
  return {ErrorCode::wrong_value, base_ + static_cast<uint32_t>(at_)};
}

Error Lexer::fail(std::string_view wanted) {
  skip_space();
  return fail_here(wanted);
}

}  // namespace heddle::component::wave
