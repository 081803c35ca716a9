// HEDDLE_ASSERT is for our own invariants and stays on in release: a broken one means that memory safety can no
// longer be promised, so the process stops with a message. What a guest can cause is never asserted: it is an Error.
#pragma once

namespace heddle {
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;
// The same end for a mistake of the embedder's after which there is nothing to go on with.
[[noreturn]] void misused(const char* message) noexcept;
}  // namespace heddle

#define HEDDLE_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : ::heddle::assertion_failed(#condition, __FILE__, __LINE__))
