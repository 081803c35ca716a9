// Every character is looked at a bounded number of times. Block comments nest, which takes a counter only.
#include "component/wit/lexer.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "base/utf8.h"
#include "component/syntax/extern_name.h"
#include "component/syntax/semver.h"

namespace heddle::component::wit {
namespace {

// WIT.md, "Keywords". Sorted.
constexpr std::string_view kKeywords[] = {
    "as",  "async",  "bool",   "borrow",  "char",   "constructor", "enum",    "export",    "f32",
    "f64", "flags",  "from",   "func",    "future", "import",      "include", "interface", "list",
    "map", "option", "own",    "package", "record", "resource",    "result",  "s16",       "s32",
    "s64", "s8",     "static", "stream",  "string", "tuple",       "type",    "u16",       "u32",
    "u64", "u8",     "use",    "variant", "with",   "world",
};
static_assert(std::is_sorted(std::begin(kKeywords), std::end(kKeywords)));

constexpr std::string_view kPunctuation = "=,:;(){}<>*/.@_";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
constexpr bool in_word(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; }
constexpr bool in_version(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '+'; }

// The characters of the comment that `text` begins with: 0 where there is none, all and one more where it does not
// end.
size_t comment_length(std::string_view text) {
  if (text.starts_with("//")) return std::min(text.find('\n'), text.size());
  if (!text.starts_with("/*")) return 0;
  size_t depth = 1, at = 2;
  while (at < text.size()) {
    std::string_view two = text.substr(at, 2);
    if (two == "/*") {
      ++depth, at += 2;
    } else if (two == "*/") {
      at += 2;
      if (--depth == 0) return at;
    } else {
      ++at;
    }
  }
  return text.size() + 1;
}

// What a comment says, if it is documentation: `/// text` or `/** text */`.
bool documents(std::string_view& comment) {
  if (comment.starts_with("///")) {
    comment.remove_prefix(comment.find_first_not_of('/') == std::string_view::npos ? comment.size()
                                                                                   : comment.find_first_not_of('/'));
    return true;
  }
  if (!comment.starts_with("/**") || comment.size() < 5) return false;
  comment = comment.substr(3, comment.size() - 5);
  return true;
}

std::string_view without_trailing_space(std::string_view line) {
  while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
  return line;
}

void append_lines(std::string_view text, std::vector<std::string_view>& lines) {
  while (true) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(without_trailing_space(text.substr(0, end)));
    if (end == text.size()) return;
    text.remove_prefix(end + 1);
  }
}

std::string joined_without_indentation(std::vector<std::string_view> lines) {
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  const auto first = std::find_if(lines.begin(), lines.end(), [](std::string_view line) { return !line.empty(); });
  lines.erase(lines.begin(), first);
  size_t indentation = SIZE_MAX;
  for (std::string_view line : lines) {
    if (!line.empty()) indentation = std::min(indentation, line.find_first_not_of(" \t\r"));
  }
  std::string joined;
  for (std::string_view line : lines) {
    if (!joined.empty()) joined += '\n';
    joined += line.substr(std::min(indentation, line.size()));
  }
  return joined;
}

// The scalar value at the start of valid UTF-8, and its length.
struct Scalar {
  uint32_t value, length;
};
Scalar scalar(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<uint8_t>(text[i])); };
  if (byte(0) < 0x80) return {byte(0), 1};
  if (byte(0) < 0xe0) return {(byte(0) & 0x1f) << 6 | (byte(1) & 0x3f), 2};
  if (byte(0) < 0xf0) return {(byte(0) & 0x0f) << 12 | (byte(1) & 0x3f) << 6 | (byte(2) & 0x3f), 3};
  return {(byte(0) & 0x07) << 18 | (byte(1) & 0x3f) << 12 | (byte(2) & 0x3f) << 6 | (byte(3) & 0x3f), 4};
}

// Where a text that is not UTF-8 stops being it.
uint32_t first_invalid(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t length = utf8::sequence_length(static_cast<uint8_t>(text[at]));
    if (!utf8::valid(text.substr(at, length))) break;
    at += length;
  }
  return static_cast<uint32_t>(at);
}

// Why a character may not stand in a text, or null.
const char* objection(uint32_t c) {
  if (c == '\n' || c == '\r' || c == '\t') return nullptr;
  if (c < 0x20 || (c >= 0x7f && c < 0xa0)) return "a control character";
  if ((c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069)) return "a character that turns the direction";
  constexpr uint32_t kDeprecated[] = {0x149, 0x673, 0xf77, 0xf79, 0x17a3, 0x17a4, 0x17b4, 0x17b5};
  const bool deprecated = std::find(std::begin(kDeprecated), std::end(kDeprecated), c) != std::end(kDeprecated);
  return deprecated ? "a character that Unicode deprecates" : nullptr;
}

constexpr int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Takes an escape's characters behind the backslash, and appends what it stands for.
bool decode_escape(std::string_view& rest, std::string& out) {
  constexpr std::string_view kLetters = "tnr\"'\\", kMeanings = "\t\n\r\"'\\";
  if (rest.empty()) return false;
  if (const size_t letter = kLetters.find(rest.front()); letter != std::string_view::npos) {
    out += kMeanings[letter];
    rest.remove_prefix(1);
    return true;
  }
  if (rest.starts_with("u{")) {
    const size_t end = rest.find('}');
    if (end == std::string_view::npos || end == 2) return false;
    uint32_t value = 0;
    for (char c : rest.substr(2, end - 2)) {
      if (hex_value(c) < 0 || value > 0x10ffff) return false;
      value = value * 16 + static_cast<uint32_t>(hex_value(c));
    }
    if (value > 0x10ffff || (value >= 0xd800 && value < 0xe000)) return false;
    utf8::append(out, value);
    rest.remove_prefix(end + 1);
    return true;
  }
  if (rest.size() < 2 || hex_value(rest[0]) < 0 || hex_value(rest[1]) < 0) return false;
  out += static_cast<char>(hex_value(rest[0]) * 16 + hex_value(rest[1]));
  rest.remove_prefix(2);
  return true;
}

}  // namespace

bool is_keyword(std::string_view word) {
  return std::binary_search(std::begin(kKeywords), std::end(kKeywords), word);
}

std::optional<BadCharacter> bad_character(std::string_view text) {
  for (uint32_t at = 0; at < text.size();) {
    const Scalar c = scalar(text.substr(at));
    if (const char* why = objection(c.value)) return BadCharacter{why, at};
    at += c.length;
  }
  return std::nullopt;
}

std::string normal_docs(std::string_view text) {
  std::vector<std::string_view> lines;
  append_lines(text, lines);
  return joined_without_indentation(std::move(lines));
}

Result<void> Lexer::check_characters() const {
  if (!utf8::valid(text_)) return fail(first_invalid(text_), "the text is not UTF-8");
  if (const auto bad = bad_character(text_)) return fail(bad->at, std::string(bad->what) + " may not stand in WIT");
  return {};
}

// What editors put before a text to say that it is UTF-8 is no part of it.
Result<uint32_t> Lexer::skip_gap(uint32_t from) const {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  size_t at = from == 0 && text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : from;
  while (at < text_.size()) {
    if (is_space(text_[at])) {
      ++at;
      continue;
    }
    const size_t length = comment_length(text_.substr(at));
    if (length == 0) break;
    if (length > text_.size() - at) return fail(static_cast<uint32_t>(at), "the comment does not end");
    at += length;
  }
  return static_cast<uint32_t>(at);
}

Result<Token> Lexer::next(uint32_t from) const {
  Token token;
  token.gap = from;
  token.offset = token.end = TRY(skip_gap(from));
  std::string_view rest = text_.substr(token.offset);
  if (rest.empty()) return token;
  if (is_letter(rest[0]) || rest[0] == '%') return word(token);
  if (rest[0] == '"') return string(token);
  size_t length = 1;
  if (is_digit(rest[0])) {
    token.kind = Token::Kind::integer;
    length = std::min(rest.find_first_not_of("0123456789"), rest.size());
  } else if (rest.starts_with("->")) {
    token.kind = Token::Kind::punctuation;
    length = 2;
  } else if (kPunctuation.find(rest[0]) != std::string_view::npos) {
    token.kind = Token::Kind::punctuation;
  } else {
    return fail(token.offset, "unexpected character " + quoted(rest.substr(0, scalar(rest).length)));
  }
  token.text = rest.substr(0, length);
  token.end += static_cast<uint32_t>(length);
  return token;
}

Result<Token> Lexer::word(Token token) const {
  const bool explicit_id = text_[token.offset] == '%';
  const uint32_t begin = token.offset + (explicit_id ? 1 : 0);
  uint32_t end = begin;
  while (end < text_.size() && in_word(text_[end])) ++end;
  token.text = text_.substr(begin, end - begin);
  token.end = end;
  token.kind = !explicit_id && is_keyword(token.text) ? Token::Kind::keyword : Token::Kind::id;
  if (is_label(token.text)) return token;
  return fail(
      token.offset,
      quoted(token.text) + " is no identifier: these are words, in lower or in upper case, with hyphens between");
}

Result<Token> Lexer::string(Token token) const {
  token.kind = Token::Kind::string;
  for (uint32_t at = token.offset + 1; at < text_.size() && text_[at] != '\n'; ++at) {
    if (text_[at] == '\\') {
      ++at;
    } else if (text_[at] == '"') {
      token.end = at + 1;
      token.text = text_.substr(token.offset, token.end - token.offset);
      return token;
    }
  }
  return fail(token.offset, "the string does not end");
}

Result<std::string_view> Lexer::version(uint32_t from) const {
  // A dot belongs to it only where it goes on behind that: `@1.0.0.{type}` does not.
  size_t end = from;
  while (end < text_.size() && in_version(text_[end])) ++end;
  while (end > from && text_[end - 1] == '.') --end;
  std::string_view found = text_.substr(from, end - from);
  std::string why;
  if (!parse_semver(found, &why)) return fail(from, "expected a semantic version: " + why);
  return found;
}

Result<std::string> Lexer::decoded(const Token& string) const {
  std::string_view rest = string.text.substr(1, string.text.size() - 2);
  std::string out;
  while (!rest.empty()) {
    const char c = rest.front();
    const auto at = static_cast<uint32_t>(rest.data() - text_.data());
    rest.remove_prefix(1);
    if (c != '\\') {
      out += c;
    } else if (!decode_escape(rest, out)) {
      return fail(at, "malformed string escape");
    }
  }
  if (!utf8::valid(out)) return fail(string.offset, "the string is not UTF-8");
  return out;
}

std::string Lexer::docs(const Token& token) const {
  std::vector<std::string_view> lines;
  std::string_view gap = text_.substr(token.gap, token.offset - token.gap);
  while (!gap.empty()) {
    std::string_view comment = gap.substr(0, comment_length(gap));
    gap.remove_prefix(std::max<size_t>(comment.size(), 1));
    if (documents(comment)) append_lines(comment, lines);
  }
  return joined_without_indentation(std::move(lines));
}

}  // namespace heddle::component::wit
