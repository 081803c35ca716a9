// What can go wrong, for whoever embeds heddle. An Error is small and cheap to copy; it says what kind of failure it
// is, in which words, and for a trap where: the frames of the guest, innermost first. Nothing in heddle throws.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <heddle/forward.h>

namespace heddle::api {

enum class ErrorKind : uint8_t {
  malformed,    // the bytes or the text are not a module (spec ch. 5, 6)
  invalid,      // a module that does not validate (spec ch. 3)
  unlinkable,   // an import is missing or of another type (spec 4.7.2)
  trap,         // the guest did something undefined (spec ch. 4): division by zero, out of bounds, unreachable ...
  host,         // a host function failed: it returned a Trap, or threw a C++ exception
  exception,    // the guest threw an exception (spec 4.6.4) that nobody caught
  exited,       // the guest ended itself: exit_code() says with what
  exhaustion,   // call stack, garbage-collected heap or a limit of the store ran out
  out_of_fuel,  // see Store::set_fuel
  deadline,     // see Store::set_deadline
  interrupted,  // see InterruptHandle
  misuse,       // the embedder's mistake: wrong store, wrong signature, no such export, a value of the wrong type
  system,       // the machine has no more memory or address space, a file cannot be read
};

std::string_view name_of(ErrorKind kind);  // "malformed", "out of fuel"

// A call that was going on when execution stopped.
struct Frame {
  std::string module;       // name from the name section (spec 7.4.1), or ""
  std::string func;         // name from the name section, else of an export, else ""
  uint32_t func_index = 0;  // in the module's function index space
  uint32_t offset = 0;      // of the instruction, in bytes from the start of the module's binary; 0 where unknown
};

// Why execution stopped. A host function makes one to stop its caller: `return Trap("no such key");`
struct Trap {
  Trap() = default;
  explicit Trap(std::string message) : message(std::move(message)) {}
  // Ends the guest as its own exit would.
  static Trap exit(int32_t code);

  ErrorKind kind = ErrorKind::host;
  std::string message;
  int32_t exit_code = 0;         // of ErrorKind::exited
  std::vector<Frame> backtrace;  // innermost first; at most 64
  uint32_t omitted_frames = 0;   // so many more followed
};

class [[nodiscard]] Error {
 public:
  Error(ErrorKind kind, std::string message);
  Error(Trap trap);
  // An exception of the guest's: what a host function returns to throw it (see Caller::exception), and what the
  // embedder gets where nobody caught it.
  explicit Error(ExnRef exception);
  Error() = default;

  ErrorKind kind() const;
  // "type mismatch: expected i32, found f32". The first words are those of the official test suite.
  const std::string& message() const;
  // Of the first wrong byte in the binary or text (malformed, invalid), else 0.
  uint32_t offset() const;
  // Where execution stopped, or null for an error that did not stop any.
  const Trap* trap() const;
  int32_t exit_code() const;
  // What the guest threw (ErrorKind::exception), else null. Keeps it alive: belongs to the store's thread.
  ExnRef exception() const;
  // Everything, for people: kind, message, place, one line a frame.
  std::string to_string() const;

 private:
  friend struct detail::Access;
  explicit Error(std::shared_ptr<const detail::ErrorData> data) : data_(std::move(data)) {}
  std::shared_ptr<const detail::ErrorData> data_;
};

}  // namespace heddle::api
