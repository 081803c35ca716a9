// sock_*: on sockets that the guest was given as standard streams. It cannot make any.
#include <fcntl.h>
#include <sys/socket.h>

#include "wasi/p1/iovecs.h"
#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {
namespace {

Errno find_socket(P1& p1, FdNumber fd, Rights needed, Entry*& entry) {
  P1_CHECK(p1.find(fd, 0, entry));
  if (entry->type != FileType::socket_stream && entry->type != FileType::socket_dgram) return Errno::notsock;
  return p1.find(fd, needed, entry);
}

// Waits until the socket is ready, unless the guest does not want to.
Errno wait_for(P1& p1, const Entry& entry, short event) {
  pollfd wanted = {entry.number(), event, 0};
  Woken woken = P1_TRY(wait({&wanted, 1}, entry.nonblock ? std::optional<uint64_t>(0) : std::nullopt, p1.stop()));
  if (woken == Woken::stopped) return kErrnoStopped;
  return woken == Woken::ready ? Errno::success : Errno::again;
}

Fallible<uint32_t> moved(ssize_t size) {
  if (size < 0) return Failure::last();
  return static_cast<uint32_t>(size);
}

msghdr message(const Iovecs& list) {
  msghdr header = {};
  // SAFETY: the system takes a mutable pointer and does not write through it.
  header.msg_iov = const_cast<iovec*>(list.span().data());
  header.msg_iovlen = list.span().size();
  return header;
}

}  // namespace

Errno sock_accept(P1& p1, FdNumber fd, FdFlags flags, GuestPtr<FdNumber> out) {
  Entry* entry;
  P1_CHECK(find_socket(p1, fd, rights::sock_accept, entry));
  P1_CHECK(wait_for(p1, *entry, POLLIN));
  Fd accepted = Fd::owned(accept4(entry->number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!accepted) return to_errno(Failure::last());
  Entry made;
  made.type = entry->type;
  made.fd = std::make_shared<const Fd>(std::move(accepted));
  made.readable = made.writable = true;
  made.nonblock = flags.has(kNonblock);
  made.base = rights_of(made);
  made.flags = flags;
  FdNumber number;
  P1_CHECK(p1.add(std::move(made), number));
  out.set(number);
  return Errno::success;
}

Errno sock_recv(P1& p1, FdNumber fd, GuestSpan<Iovec> data, RiFlags flags, GuestPtr<Size> size,
                GuestPtr<uint16_t> roflags) {
  Entry* entry;
  P1_CHECK(find_socket(p1, fd, rights::fd_read, entry));
  Iovecs list;
  P1_CHECK(list.load(p1, data));
  P1_CHECK(wait_for(p1, *entry, POLLIN));
  msghdr header = message(list);
  int how = (flags.has(kRecvPeek) ? MSG_PEEK : 0) | (flags.has(kRecvWaitall) ? MSG_WAITALL : 0);
  P1_CHECK(transfer(p1, list, size, [&] { return moved(recvmsg(entry->number(), &header, how)); }));
  roflags.set(header.msg_flags & MSG_TRUNC ? kRecvDataTruncated : uint16_t{0});
  return Errno::success;
}

Errno sock_send(P1& p1, FdNumber fd, GuestSpan<Iovec> data, SiFlags, GuestPtr<Size> size) {
  Entry* entry;
  P1_CHECK(find_socket(p1, fd, rights::fd_write, entry));
  Iovecs list;
  P1_CHECK(list.load(p1, data));
  P1_CHECK(wait_for(p1, *entry, POLLOUT));
  msghdr header = message(list);
  return transfer(p1, list, size, [&] { return moved(sendmsg(entry->number(), &header, MSG_NOSIGNAL)); });
}

Errno sock_shutdown(P1& p1, FdNumber fd, SdFlags how) {
  Entry* entry;
  P1_CHECK(find_socket(p1, fd, rights::sock_shutdown, entry));
  if (how.bits == 0) return Errno::inval;
  int direction = how.has(kShutRead | kShutWrite) ? SHUT_RDWR : how.has(kShutRead) ? SHUT_RD : SHUT_WR;
  return to_errno(done(shutdown(entry->number(), direction)));
}

}  // namespace heddle::wasi::p1
