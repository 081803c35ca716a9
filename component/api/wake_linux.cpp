// Waking a thread by an eventfd: one descriptor for both sides.
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "component/api/internal.h"

namespace heddle::api::detail {

bool Wake::open() {
  reading_ = writing_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  return is_open();
}

Wake::~Wake() {
  if (reading_ >= 0) ::close(reading_);
}

void Wake::signal() const {
  const uint64_t one = 1;
  if (writing_ >= 0) [[maybe_unused]]
    const ssize_t written = ::write(writing_, &one, sizeof one);  // full: it is readable already
}

void Wake::clear() const {
  uint64_t count = 0;
  if (reading_ >= 0) [[maybe_unused]]
    const ssize_t got = ::read(reading_, &count, sizeof count);
}

void Wake::wait() const {
  pollfd readable{reading_, POLLIN, 0};
  ::poll(&readable, 1, -1);
}

}  // namespace heddle::api::detail
