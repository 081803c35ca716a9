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
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  static constexpr uint32_t kMost = 1024;  // IOV_MAX
  iovec list_[kMost];
  uint32_t count_ = 0;
  uint64_t size_bytes_ = 0;
};

inline Errno Iovecs::load(P1& p1, GuestSpan<Iovec> from) {
  for (uint32_t i = 0; i < from.count(); ++i) {
    Iovec part = from.get(i);
    auto bytes = p1.memory().slice(part.address, part.size);
    if (!bytes.ok()) return Errno::fault;
    if (i >= kMost) continue;
    list_[count_++] = {bytes.value().data(), bytes.value().size()};
    size_bytes_ += part.size;
  }
  return Errno::success;
}

// Moves bytes between the buffers and somewhere else, as many as `move` says: `ssize_or_errno move()`.
template <class Move>
Errno transfer(P1& p1, const Iovecs& list, GuestPtr<Size> out, Move move) {
  P1_CHECK(p1.charge(list.size_bytes()));
  Fallible<uint32_t> moved = move();
  p1.refund(list.size_bytes(), moved.ok() ? moved.value() : 0);
  out.set(P1_TRY(moved));
  return Errno::success;
}

}  // namespace heddle::wasi::p1
