#include "wasi/host/random.h"

#include <sys/random.h>

#include <algorithm>

namespace heddle::wasi {

Fallible<void> random_bytes(std::span<uint8_t> out, const Stop& stop) {
  constexpr size_t kAtOnce = size_t{1} << 20;  // then a look whether the guest is to stop
  while (!out.empty()) {
    ssize_t size = getrandom(out.data(), std::min(out.size(), kAtOnce), 0);
    if (size < 0 && errno != EINTR) return Failure::last();
    if (size > 0) out = out.subspan(static_cast<size_t>(size));
    if (!out.empty() && stop.load(std::memory_order_relaxed) != 0) return Failure{kStopped};
  }
  return {};
}

}  // namespace heddle::wasi
