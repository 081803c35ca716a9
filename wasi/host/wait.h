// Waiting for descriptors and time, in a way that another thread can end.
#pragma once
#include <poll.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <span>

#include "wasi/host/fallible.h"

namespace heddle::wasi {

// Nonzero asks the guest to stop (rt::StoreContext::poll). Nobody wakes a waiting thread: it looks every 20 ms.
using Stop = std::atomic<uint32_t>;

enum class Woken : uint8_t { ready, late, stopped };

// Until one of `fds` is ready (its `revents` say so), the monotonic clock is at `until_ns`, or `stop` asks. Of
// several that are true, the first. Without a time, for as long as it takes; with 0, only a look.
Fallible<Woken> wait(std::span<pollfd> fds, std::optional<uint64_t> until_ns, const Stop& stop);

}  // namespace heddle::wasi
