// Waking a thread by a pipe, where there is nothing better.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "component/api/internal.h"

namespace heddle::api::detail {

bool Wake::open() {
  int ends[2];
  if (::pipe(ends) != 0) return false;
  reading_ = ends[0];
  writing_ = ends[1];
  for (const int fd : ends) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  return true;
}

Wake::~Wake() {
  if (reading_ >= 0) ::close(reading_);
  if (writing_ >= 0) ::close(writing_);
}

void Wake::signal() const {
  const char one = 1;
  if (writing_ >= 0) [[maybe_unused]]
    const ssize_t written = ::write(writing_, &one, 1);  // full: it is readable already
}

void Wake::clear() const {
  char some[64];
  while (reading_ >= 0 && ::read(reading_, some, sizeof some) > 0) {
  }
}

void Wake::wait() const {
  pollfd readable{reading_, POLLIN, 0};
  ::poll(&readable, 1, -1);
}

}  // namespace heddle::api::detail
