// Errors for people: lines and columns are counted only here.
#include <algorithm>

#include "text/parse.h"

namespace heddle::text {
namespace {

bool is_continuation(char c) { return (static_cast<uint8_t>(c) & 0xc0) == 0x80; }
bool is_newline(char c) { return c == '\n' || c == '\r'; }

// The line an offset is in, cut to what fits a terminal: [from, to), and whether something is missing at either side.
struct Excerpt {
  size_t from, to;
  bool cut_before = false, cut_after = false;
};

Excerpt excerpt(std::string_view source, size_t offset) {
  constexpr size_t kBefore = 60, kAfter = 60;
  Excerpt e{offset, offset};
  while (e.from > 0 && !is_newline(source[e.from - 1]) && offset - e.from < kBefore) --e.from;
  while (e.to < source.size() && !is_newline(source[e.to]) && e.to - offset < kAfter) ++e.to;
  while (e.from < offset && is_continuation(source[e.from])) ++e.from;
  while (e.to > offset && e.to < source.size() && is_continuation(source[e.to])) --e.to;
  e.cut_before = e.from > 0 && !is_newline(source[e.from - 1]);
  e.cut_after = e.to < source.size() && !is_newline(source[e.to]);
  return e;
}

// Control characters would move the caret or worse.
std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (static_cast<uint8_t>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return out;
}

}  // namespace

Position position_of(std::string_view source, uint32_t offset) {
  std::string_view before = source.substr(0, offset);
  Position position;
  size_t line_start = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    if (!is_newline(before[i]) || (before[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n')) continue;
    ++position.line;
    line_start = i + 1;
  }
  for (char c : before.substr(line_start)) position.column += !is_continuation(c);
  return position;
}

std::string locate(std::string_view source, const Error& error, const ErrorSink* sink, std::string_view file) {
  size_t offset = std::min<size_t>(error.offset, source.size());
  Position at = position_of(source, static_cast<uint32_t>(offset));
  std::string out(file);
  out.append(":").append(std::to_string(at.line)).append(":").append(std::to_string(at.column));
  out.append(": error: ").append(describe(error, sink)).append("\n");
  Excerpt e = excerpt(source, offset);
  std::string_view lead = source.substr(e.from, offset - e.from);
  auto continued = std::count_if(lead.begin(), lead.end(), is_continuation);
  size_t indent = lead.size() - static_cast<size_t>(continued);
  out.append("  ").append(e.cut_before ? "..." : "").append(printable(source.substr(e.from, e.to - e.from)));
  out.append(e.cut_after ? "...\n" : "\n");
  out.append(2 + (e.cut_before ? 3 : 0) + indent, ' ').append("^\n");
  if (sink) {
    for (const std::string& note : sink->notes) out.append("  ").append(note).append("\n");
  }
  return out;
}

}  // namespace heddle::text
