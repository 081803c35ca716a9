// Vectors of buffers in guest memory, for the system to read and write directly.
#pragma once
#include <sys/uio.h>

#include <span>

#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {

// As many as a system call takes; the guest sees that less was transferred than it asked for.
class Iovecs {
 public:
  Errno load(P1& p1, GuestSpan<Iovec> from);
  std::span<const iovec> span() const { return {list_, count_}; }

 private:
  static constexpr uint32_t kMost = 1024;  // IOV_MAX
  iovec list_[kMost];
  uint32_t count_ = 0;
};

inline Errno Iovecs::load(P1& p1, GuestSpan<Iovec> from) {
  for (uint32_t i = 0; i < from.count(); ++i) {
    Iovec part = from.get(i);
    auto bytes = p1.memory().slice(part.address, part.size);
    if (!bytes.ok()) return Errno::fault;
    if (i < kMost) list_[count_++] = {bytes.value().data(), bytes.value().size()};
  }
  return Errno::success;
}

// A call that gives how many bytes it transferred.
inline Errno put_size(Fallible<uint32_t> size, GuestPtr<Size> out) {
  out.set(P1_TRY(size));
  return Errno::success;
}

}  // namespace heddle::wasi::p1
