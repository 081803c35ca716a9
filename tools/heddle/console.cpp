// Standard error, and "did you mean".
#include "tools/heddle/console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace heddle::cli {
namespace {

constexpr std::string_view kRed = "\x1b[1;31m", kBlue = "\x1b[1;34m", kBold = "\x1b[1m", kPlain = "\x1b[0m";

// A control character of a file's or a guest's choice would let it paint over what we say.
void append_printable(std::string& out, std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out.push_back(c);
    } else if (c == '\n' || c == '\t') {
      out.push_back(c);
    } else {
      out.append("\\").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
    }
  }
}

void say(std::string_view label, std::string_view colour, std::string_view message) {
  std::string line;
  bool with_colour = coloured(STDERR_FILENO);
  if (with_colour) line.append(colour);
  line.append(label).append(":");
  if (with_colour) line.append(kPlain);
  line.append(" ");
  append_printable(line, message);
  line.push_back('\n');
  std::fwrite(line.data(), 1, line.size(), stderr);
}

// Edits (insert, delete, replace, swap of neighbours) that turn one into the other. Both are short: see nearest().
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

bool coloured(int fd) {
  const char* no_colour = std::getenv("NO_COLOR");
  if (no_colour && *no_colour) return false;
  const char* terminal = std::getenv("TERM");
  if (terminal && std::string_view(terminal) == "dumb") return false;
  return isatty(fd) == 1;
}

std::string emphasised(std::string_view text, int fd) {
  if (!coloured(fd)) return std::string(text);
  return std::string(kBold).append(text).append(kPlain);
}

void error(std::string_view message) { say("error", kRed, message); }
void note(std::string_view message) { say("note", kBlue, message); }

std::string_view nearest(std::string_view typed, const std::vector<std::string_view>& candidates) {
  constexpr size_t kLongest = 64;
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, std::min<size_t>(3, typed.size() / 2)) + 1;
  for (std::string_view candidate : candidates) {
    if (typed.size() > kLongest || candidate.size() > kLongest) continue;
    size_t distance = edit_distance(typed, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view typed, const std::vector<std::string_view>& candidates) {
  std::string_view best = nearest(typed, candidates);
  return best.empty() ? std::string() : std::string(" (did you mean `").append(best).append("`?)");
}

}  // namespace heddle::cli
