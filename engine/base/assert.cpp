// Where a broken invariant ends: one line on stderr, then abort, so that a core dump shows the culprit.
#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace heddle {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "heddle: internal error: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

void misused(const char* message) noexcept {
  std::fprintf(stderr, "heddle: %s\n", message);
  std::abort();
}

}  // namespace heddle
