#include "wasi/host/wait.h"

#include <algorithm>

#include "os/clock.h"

namespace heddle::wasi {

Fallible<Woken> wait(std::span<pollfd> fds, std::optional<uint64_t> until_ns, const Stop& stop) {
  constexpr uint64_t kSliceNs = 20'000'000;
  for (;;) {
    uint64_t left_ns = kSliceNs;
    if (until_ns) {
      uint64_t now_ns = *until_ns == 0 ? 0 : os::monotonic_ns();
      left_ns = *until_ns <= now_ns ? 0 : std::min(kSliceNs, *until_ns - now_ns);
    }
    if (left_ns != 0 && stop.load(std::memory_order_relaxed) != 0) return Woken::stopped;
    timespec slice = {0, static_cast<long>(left_ns)};
    int ready = ppoll(fds.data(), fds.size(), &slice, nullptr);
    if (ready < 0 && errno != EINTR) return Failure::last();
    if (ready > 0) return Woken::ready;
    if (ready == 0 && left_ns < kSliceNs) return Woken::late;
  }
}

}  // namespace heddle::wasi
