// What can go wrong, in eight bytes. An Error is a code and the byte offset (or text position) it was found at; its
// kind and words come from errors.inc. Everything longer ("expected i32, found f32", names, notes) goes to an
// optional ErrorSink, so that the paths that succeed stay small. A thrown Wasm exception is an outcome of a call,
// never an Error.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle {

enum class ErrorKind : uint8_t {
  malformed,
  malformed_custom,
  invalid,
  invalid_custom,
  unlinkable,
  trap,
  exhaustion,
  system,
};

enum class ErrorCode : uint16_t {
#define ERR(kind, name, text) name,
#include "base/errors.inc"
#undef ERR
};

struct [[nodiscard]] Error {
  ErrorCode code{};
  uint32_t offset = 0;  // bytes into the binary or the text; 0 where there is no place
};

ErrorKind kind_of(ErrorCode code);
std::string_view text_of(ErrorCode code);  // the suite's words
std::string_view name_of(ErrorKind kind);  // "malformed", "trap", ...

// Takes the details of the first error. Whoever detects it fills in what it knows; callers pass null where nobody
// reads.
struct ErrorSink {
  std::string headline;  // instead of text_of(code), where the suite's words hold a number: "unknown label 3"
  std::string detail;    // follows it after ": "
  std::vector<std::string> notes;  // whole sentences, one a line
  int64_t func_index = -1;         // the function whose body is wrong, or -1
  std::string path;                // of a component: the definitions that hold what is wrong, from the outside in

  // What the path has so far is in this.
  void within(std::string what) { path = path.empty() ? std::move(what) : std::move(what) + ", " + path; }
  std::string where() const { return path.empty() ? "" : " (in " + path + ")"; }
  void set(std::string text) {
    if (detail.empty()) detail = std::move(text);
  }
};

// "type mismatch: expected i32, found f32"
std::string describe(const Error& error, const ErrorSink* sink);

}  // namespace heddle
