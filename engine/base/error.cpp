// The error table: errors.inc unfolded once.
#include "base/error.h"

namespace heddle {
namespace {

struct Row {
  ErrorKind kind;
  std::string_view text;
};

constexpr Row kRows[] = {
#define ERR(kind, name, text) {ErrorKind::kind, text},
#include "base/errors.inc"
#undef ERR
};

constexpr std::string_view kKindNames[] = {
    "malformed", "malformed custom section", "invalid", "invalid custom section", "unlinkable", "trap", "exhaustion",
    "system",
};

}  // namespace

ErrorKind kind_of(ErrorCode code) { return kRows[static_cast<size_t>(code)].kind; }
std::string_view text_of(ErrorCode code) { return kRows[static_cast<size_t>(code)].text; }
std::string_view name_of(ErrorKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::string describe(const Error& error, const ErrorSink* sink) {
  std::string out(sink && !sink->headline.empty() ? std::string_view(sink->headline) : text_of(error.code));
  if (sink && !sink->detail.empty()) out.append(": ").append(sink->detail);
  return out;
}

}  // namespace heddle
