// One pass over the bytes, by a table of character classes. A run of identifier characters and strings is one token,
// whose first character says which kinds it can be.
#include "text/lexer.h"

#include <array>
#include <optional>

#include "base/utf8.h"
#include "text/number.h"

namespace heddle::text {
namespace {

enum Class : uint8_t { kIdChar = 1, kSpace = 2, kPunctuation = 4, kStringChar = 8 };

constexpr auto kClasses = [] {
  std::array<uint8_t, 256> classes{};
  auto add = [&](std::string_view chars, uint8_t bits) {
    for (char c : chars) classes[static_cast<uint8_t>(c)] |= bits;
  };
  for (unsigned c = 0x20; c < 0x7f; ++c) classes[c] |= kStringChar;
  for (unsigned c = 0x80; c < 0x100; ++c) classes[c] |= kStringChar;
  classes['"'] = classes['\\'] = 0;
  add("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+-*/\\^~=<>!?@#$%&|:`.'", kIdChar);
  add(" \t\n\r", kSpace);
  add(",;[]{}", kPunctuation);
  return classes;
}();

bool is(char c, uint8_t bits) { return kClasses[static_cast<uint8_t>(c)] & bits; }
bool is_newline(char c) { return c == '\n' || c == '\r'; }
bool is_high(char c) { return static_cast<uint8_t>(c) >= 0x80; }

constexpr std::string_view kAnnotationNames[] = {"custom", "name", "metadata.code.branch_hint"};

class Lexer {
 public:
  Lexer(std::string_view source, bool characters) : characters_(characters) { out_.source = source; }

  Tokens run();

 private:
  struct String {
    size_t end = 0;  // behind the closing quote
    bool escapes = false, high = false;
  };

  char at(size_t i) const { return i < out_.source.size() ? out_.source[i] : '\0'; }
  std::string_view view(size_t from, size_t to) const { return out_.source.substr(from, to - from); }
  bool fail(ErrorCode code, size_t offset);

  bool step();
  bool word();
  bool character();
  Token classify(size_t start, size_t end) const;
  bool parenthesis();
  bool stray();
  bool comment();
  bool line_comment();
  bool annotation();
  bool annotation_id(size_t start);
  void close_annotation();
  std::optional<String> string(size_t start, bool report);
  bool escape(size_t& i, bool& high) const;
  bool unicode_escape(size_t& i) const;
  void push(Token token);

  Tokens out_;
  const bool characters_;
  size_t pos_ = 0;
  std::vector<uint32_t> open_;     // left parentheses not closed yet
  std::vector<size_t> annotated_;  // of the annotation being read: its left parentheses
  bool record_ = false;            // its items
  Token error_;
};

bool Lexer::fail(ErrorCode code, size_t offset) {
  error_.kind = Tok::error;
  error_.offset = static_cast<uint32_t>(offset);
  error_.length = static_cast<uint32_t>(code);
  return false;
}

void Lexer::push(Token token) {
  if (annotated_.empty()) {
    out_.tokens.push_back(token);
  } else if (record_) {
    out_.items.push_back(token);
  }
}

Tokens Lexer::run() {
  out_.tokens.reserve(out_.source.size() / 6 + 2);
  bool good = true;
  while (good && pos_ < out_.source.size()) good = step();
  if (good && !annotated_.empty()) good = fail(ErrorCode::unclosed_annotation, annotated_.front());
  annotated_.clear();
  if (!good) push(error_);
  Token eof;
  eof.offset = static_cast<uint32_t>(good ? out_.source.size() : error_.offset);
  for (uint32_t open : open_) out_.tokens[open].length = static_cast<uint32_t>(out_.tokens.size());
  push(eof);
  return std::move(out_);
}

bool Lexer::step() {
  char c = out_.source[pos_];
  if (is(c, kSpace)) {
    do ++pos_;
    while (pos_ < out_.source.size() && is(out_.source[pos_], kSpace));
    return true;
  }
  if (c == '\'' && characters_ && character()) return true;
  if (is(c, kIdChar) || c == '"') return word();
  if (c == '(' || c == ')') return parenthesis();
  if (c == ';' && at(pos_ + 1) == ';') return line_comment();
  return stray();
}

// Everything a string may hold is checked here; decoding relies on it.
std::optional<Lexer::String> Lexer::string(size_t start, bool report) {
  auto bad = [&](ErrorCode code, size_t offset) -> std::optional<String> {
    if (report) fail(code, offset);
    return std::nullopt;
  };
  String result;
  bool high = false;
  size_t i = start + 1;
  for (;;) {
    while (i < out_.source.size() && is(out_.source[i], kStringChar)) high |= is_high(out_.source[i++]);
    if (i == out_.source.size() || is_newline(out_.source[i])) return bad(ErrorCode::unclosed_string, start);
    if (out_.source[i] == '"') break;
    if (out_.source[i] != '\\') return bad(ErrorCode::illegal_character, i);
    result.escapes = true;
    size_t escape_at = i;
    if (!escape(i, result.high)) return bad(ErrorCode::bad_string_escape, escape_at);
  }
  if (high && !utf8::valid(view(start + 1, i))) return bad(ErrorCode::bad_utf8, start);
  result.end = i + 1;
  return result;
}

bool Lexer::escape(size_t& i, bool& high) const {
  char c = at(i + 1);
  if (c == 'u') return unicode_escape(i);
  if (c != '\0' && std::string_view("nrt\\'\"").find(c) != std::string_view::npos) {
    i += 2;
    return true;
  }
  int first = hex_digit(c), second = hex_digit(at(i + 2));
  if (first < 0 || second < 0) return false;
  high |= first >= 8;
  i += 3;
  return true;
}

bool Lexer::unicode_escape(size_t& i) const {
  if (at(i + 2) != '{') return false;
  size_t end = i + 3;
  uint32_t value = 0;
  for (; at(end) != '}'; ++end) {
    if (at(end) == '_' && hex_digit(at(end - 1)) >= 0 && hex_digit(at(end + 1)) >= 0) continue;
    int digit = hex_digit(at(end));
    if (digit < 0) return false;
    value = value * 16 + static_cast<uint32_t>(digit);
    if (value > 0x10ffff) return false;
  }
  if (end == i + 3 || (value >= 0xd800 && value < 0xe000)) return false;
  i = end + 1;
  return true;
}

bool Lexer::word() {
  size_t start = pos_, end = pos_;
  size_t strings = 0;
  String last;
  for (;;) {
    while (end < out_.source.size() && is(out_.source[end], kIdChar)) ++end;
    if (at(end) != '"') break;
    auto found = string(end, end == start);
    if (!found) {
      if (end == start) return false;
      break;  // the error is found again, at the string
    }
    ++strings;
    last = *found;
    end = last.end;
  }
  pos_ = end;
  bool string_only = strings == 1 && out_.source[start] == '"' && out_.source[end - 1] == '"' && last.end == end;
  bool id_only = strings == 1 && out_.source[start] == '$' && at(start + 1) == '"' && last.end == end;
  Token token;
  if (string_only || id_only) {
    token.kind = id_only ? Tok::id : Tok::string;
    token.quoted = id_only;
    token.escapes = last.escapes;
  } else if (strings > 0) {
    token.kind = Tok::reserved;
  } else {
    token = classify(start, end);
  }
  token.offset = static_cast<uint32_t>(start);
  token.length = static_cast<uint32_t>(end - start);
  if (out_.source[start] == '$' && (end == start + 1 || (id_only && end == start + 3))) {
    return fail(ErrorCode::empty_identifier, start);
  }
  if (id_only && last.high) {
    std::string name;
    out_.append_decoded(token, name);
    if (!utf8::valid(name)) return fail(ErrorCode::bad_utf8, start);
  }
  push(token);
  return true;
}

// 'c', and nothing that goes on behind it.
bool Lexer::character() {
  Token token;
  token.kind = Tok::character;
  size_t end = pos_ + 1;
  bool high = false;
  if (at(end) == '\\') {
    if (!escape(end, high) || high) return false;
    token.escapes = true;
  } else {
    if (!is(at(end), kStringChar)) return false;
    end += utf8::sequence_length(static_cast<uint8_t>(at(end)));
    if (end > out_.source.size() || !utf8::valid(view(pos_ + 1, end))) return false;
  }
  if (at(end) != '\'' || is(at(end + 1), kIdChar) || at(end + 1) == '"') return false;
  token.offset = static_cast<uint32_t>(pos_);
  token.length = static_cast<uint32_t>(end + 1 - pos_);
  pos_ = end + 1;
  push(token);
  return true;
}

Token Lexer::classify(size_t start, size_t end) const {
  std::string_view text = view(start, end);
  Token token;
  token.kind = Tok::reserved;
  char c = text[0];
  if (c == '$') {
    token.kind = Tok::id;
    return token;
  }
  if ((c >= '0' && c <= '9') || c == '+' || c == '-' || text.starts_with("inf") || text.starts_with("nan")) {
    Numeral numeral = classify_numeral(text);
    if (numeral == Numeral::nat) token.kind = Tok::nat;
    if (numeral == Numeral::integer) token.kind = Tok::integer;
    if (numeral == Numeral::real) token.kind = Tok::real;
    if (numeral != Numeral::none) return token;
  }
  if (c < 'a' || c > 'z') return token;
  token.word = find_keyword(text);
  if (!token.word.known()) {
    for (Word prefix : {Word::offset_is, Word::align_is}) {
      if (!text.starts_with(text_of(prefix))) continue;
      if (classify_numeral(text.substr(text_of(prefix).size())) == Numeral::nat) token.word = prefix;
    }
  } else if (token.word.is(Word::offset_is) || token.word.is(Word::align_is)) {
    token.word = Keyword();  // the number is missing
  }
  if (token.word.known()) token.kind = Tok::keyword;
  return token;
}

bool Lexer::parenthesis() {
  char next = at(pos_ + 1);
  Token token;
  token.offset = static_cast<uint32_t>(pos_);
  token.length = 1;
  if (out_.source[pos_] == '(') {
    if (next == ';') return comment();
    if (next == '@' && annotated_.empty()) return annotation();  // inside another one it is a mere parenthesis
    token.kind = Tok::lparen;
    if (annotated_.empty()) {
      open_.push_back(static_cast<uint32_t>(out_.tokens.size()));
      push(token);
    } else {
      push(token);
      annotated_.push_back(pos_);
    }
    ++pos_;
    return true;
  }
  token.kind = Tok::rparen;
  ++pos_;
  if (!annotated_.empty()) {
    if (annotated_.size() > 1) {
      push(token);
    } else {
      close_annotation();
    }
    annotated_.pop_back();
    return true;
  }
  if (!open_.empty()) {
    out_.tokens[open_.back()].length = static_cast<uint32_t>(out_.tokens.size());
    open_.pop_back();
  }
  push(token);
  return true;
}

// What no token begins with outside comments and strings: punctuation is reserved, all else an error.
bool Lexer::stray() {
  char c = out_.source[pos_];
  if (is(c, kPunctuation)) {
    Token token;
    token.kind = Tok::reserved;
    token.offset = static_cast<uint32_t>(pos_++);
    token.length = 1;
    push(token);
    return true;
  }
  if (!is_high(c)) return fail(ErrorCode::illegal_character, pos_);
  for (size_t length = 2; length <= 4 && pos_ + length <= out_.source.size(); ++length) {
    if (utf8::valid(view(pos_, pos_ + length))) return fail(ErrorCode::illegal_character, pos_);
  }
  return fail(ErrorCode::bad_utf8, pos_);
}

bool Lexer::line_comment() {
  size_t start = pos_;
  bool high = false;
  while (pos_ < out_.source.size() && !is_newline(out_.source[pos_])) high |= is_high(out_.source[pos_++]);
  if (high && !utf8::valid(view(start, pos_))) return fail(ErrorCode::bad_utf8, start);
  return true;
}

bool Lexer::comment() {
  size_t start = pos_;
  bool high = false;
  uint32_t depth = 0;
  while (pos_ < out_.source.size()) {
    char c = out_.source[pos_++];
    high |= is_high(c);
    if (c == '(' && at(pos_) == ';') {
      ++depth;
      ++pos_;
    } else if (c == ';' && at(pos_) == ')') {
      ++pos_;
      if (--depth == 0) break;
    }
  }
  if (high && !utf8::valid(view(start, pos_))) return fail(ErrorCode::bad_utf8, start);
  return depth == 0 ? true : fail(ErrorCode::unclosed_comment, start);
}

// "(@" and an id or a string, together.
bool Lexer::annotation() {
  size_t start = pos_;
  pos_ += 2;
  if (!annotation_id(start)) return false;
  annotated_.push_back(start);
  return true;
}

bool Lexer::annotation_id(size_t start) {
  std::string name;
  if (at(pos_) == '"') {
    auto found = string(pos_, false);
    if (!found) return fail(ErrorCode::empty_annotation_id, start);
    Token token;
    token.kind = Tok::string;
    token.offset = static_cast<uint32_t>(pos_);
    token.length = static_cast<uint32_t>(found->end - pos_);
    token.escapes = found->escapes;
    out_.append_decoded(token, name);
    pos_ = found->end;
    if (!utf8::valid(name)) return fail(ErrorCode::bad_utf8, start);
  } else {
    size_t from = pos_;
    while (is(at(pos_), kIdChar)) ++pos_;
    name = view(from, pos_);
  }
  if (name.empty()) return fail(ErrorCode::empty_annotation_id, start);
  for (size_t i = 0; i < std::size(kAnnotationNames); ++i) {
    if (name != kAnnotationNames[i]) continue;
    record_ = true;
    Annotation note;
    note.kind = static_cast<Annotation::Kind>(i);
    note.offset = static_cast<uint32_t>(start);
    note.token = static_cast<uint32_t>(out_.tokens.size());
    note.first_item = static_cast<uint32_t>(out_.items.size());
    out_.annotations.push_back(note);
  }
  return true;
}

void Lexer::close_annotation() {
  if (!record_) return;
  Annotation& note = out_.annotations.back();
  note.item_count = static_cast<uint32_t>(out_.items.size()) - note.first_item;
  record_ = false;
}

}  // namespace

std::string_view Tokens::text(const Token& token) const {
  if (token.kind == Tok::lparen || token.kind == Tok::rparen) return source.substr(token.offset, 1);
  if (token.kind == Tok::eof || token.kind == Tok::error) return {};
  std::string_view whole = source.substr(token.offset, token.length);
  if (token.kind == Tok::string || token.kind == Tok::character) return whole.substr(1, whole.size() - 2);
  if (token.kind == Tok::id) return token.quoted ? whole.substr(2, whole.size() - 3) : whole.substr(1);
  return whole;
}

void Tokens::append_decoded(const Token& token, std::string& out) const {
  std::string_view raw = text(token);
  if (!token.escapes) {
    out.append(raw);
    return;
  }
  for (size_t i = 0; i < raw.size();) {
    size_t backslash = raw.find('\\', i);
    if (backslash == std::string_view::npos) backslash = raw.size();
    out.append(raw.substr(i, backslash - i));
    i = backslash;
    if (i == raw.size()) break;
    char c = raw[i + 1];
    if (c == 'u') {
      uint32_t code_point = 0;
      for (i += 3; raw[i] != '}'; ++i) {
        if (raw[i] != '_') code_point = code_point * 16 + static_cast<uint32_t>(hex_digit(raw[i]));
      }
      utf8::append(out, code_point);
      ++i;
      continue;
    }
    int high = hex_digit(c);
    if (high >= 0) {
      out.push_back(static_cast<char>(high * 16 + hex_digit(raw[i + 2])));
      i += 3;
      continue;
    }
    out.push_back(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
    i += 2;
  }
}

std::string_view Tokens::decoded(const Token& token, std::string& scratch) const {
  if (!token.escapes) return text(token);
  scratch.clear();
  append_decoded(token, scratch);
  return scratch;
}

Tokens tokenize(std::string_view source, bool characters) { return Lexer(source, characters).run(); }

}  // namespace heddle::text
