// Files. Every number a guest gave is checked against the signed 64-bit offsets of the system here, once.
#include "wasi/host/file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <climits>

namespace heddle::wasi {
namespace {

// A pipe takes so many bytes at once or not at all, so that a write after POLLOUT does not wait.
constexpr size_t kSureBytes = PIPE_BUF;

bool fits(uint64_t offset, uint64_t size = 0) { return offset <= INT64_MAX && size <= INT64_MAX - offset; }

FileType socket_type(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0) return FileType::unknown;
  return type == SOCK_STREAM ? FileType::socket_stream : FileType::socket_dgram;
}

uint64_t to_ns(const timespec& time) {
  if (time.tv_sec < 0) return 0;
  uint64_t ns;
  if (__builtin_mul_overflow(static_cast<uint64_t>(time.tv_sec), uint64_t{1'000'000'000}, &ns) ||
      __builtin_add_overflow(ns, static_cast<uint64_t>(time.tv_nsec), &ns)) {
    return UINT64_MAX;
  }
  return ns;
}

Fallible<timespec> to_timespec(NewTime time) {
  switch (time.kind) {
    case NewTime::Kind::keep: return timespec{0, UTIME_OMIT};
    case NewTime::Kind::now: return timespec{0, UTIME_NOW};
    case NewTime::Kind::at: break;
  }
  return timespec{static_cast<time_t>(time.ns / 1'000'000'000), static_cast<long>(time.ns % 1'000'000'000)};
}

// May a transfer on it wait for somebody?
bool may_wait(const Descriptor& file) {
  return file.type != FileType::regular_file && file.type != FileType::directory;
}

// The first bytes of `from` that make up at most `most`.
size_t shorten(std::span<const iovec> from, iovec (&out)[8], size_t most) {
  size_t count = 0;
  for (const iovec& part : from) {
    if (count == 8 || most == 0) break;
    out[count] = {part.iov_base, std::min(part.iov_len, most)};
    most -= out[count++].iov_len;
  }
  return count;
}

// One transfer by `call`, which waits here, where it can be stopped, and not in the system.
template <class Call>
Fallible<uint32_t> transfer(Descriptor& file, short event, const Stop& stop, Call call) {
  for (;;) {
    if (may_wait(file)) {
      pollfd wanted = {file.number(), event, 0};
      Woken woken = TRY(wait({&wanted, 1}, file.nonblock ? std::optional<uint64_t>(0) : std::nullopt, stop));
      if (woken == Woken::stopped) return Failure{kStopped};
      if (woken == Woken::late) return Failure{EAGAIN};
    }
    ssize_t size = call();
    if (size >= 0) return static_cast<uint32_t>(size);
    if (errno == EINTR || (errno == EAGAIN && !file.nonblock)) continue;
    return Failure::last();
  }
}

}  // namespace

FileType file_type(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFBLK: return FileType::block_device;
    case S_IFCHR: return FileType::character_device;
    case S_IFDIR: return FileType::directory;
    case S_IFREG: return FileType::regular_file;
    case S_IFLNK: return FileType::symbolic_link;
    case S_IFSOCK: return FileType::socket_stream;
    default: return FileType::unknown;
  }
}

std::optional<Descriptor> standard_stream(int number, bool readable) {
  Fallible<FileStat> about = stat_of(number);
  if (!about) return std::nullopt;
  Descriptor stream;
  stream.fd = std::make_shared<const Fd>(Fd::borrowed(number));
  stream.type = about.value().type;
  stream.readable = readable;
  stream.writable = !readable;
  stream.shared = true;
  return stream;
}

Fallible<uint32_t> read(Descriptor& file, std::span<const iovec> into, const Stop& stop) {
  if (!file.readable) return Failure{EBADF};
  return transfer(file, POLLIN, stop,
                  [&] { return readv(file.number(), into.data(), static_cast<int>(into.size())); });
}

Fallible<uint32_t> write(Descriptor& file, std::span<const iovec> from, const Stop& stop) {
  if (!file.writable) return Failure{EBADF};
  iovec part[8];
  // Only the guest thinks that it does not block: the system would wait with what does not fit.
  if (may_wait(file) && file.nonblock && file.shared) from = {part, shorten(from, part, kSureBytes)};
  return transfer(file, POLLOUT, stop,
                  [&] { return writev(file.number(), from.data(), static_cast<int>(from.size())); });
}

Fallible<uint32_t> read_at(Descriptor& file, std::span<const iovec> into, uint64_t offset) {
  if (!file.readable) return Failure{EBADF};
  if (!fits(offset)) return Failure{EINVAL};
  ssize_t size = preadv(file.number(), into.data(), static_cast<int>(into.size()), static_cast<off_t>(offset));
  if (size < 0) return Failure::last();
  return static_cast<uint32_t>(size);
}

Fallible<uint32_t> write_at(Descriptor& file, std::span<const iovec> from, uint64_t offset) {
  if (!file.writable) return Failure{EBADF};
  if (!fits(offset)) return Failure{EINVAL};
  ssize_t size = pwritev(file.number(), from.data(), static_cast<int>(from.size()), static_cast<off_t>(offset));
  if (size < 0) return Failure::last();
  return static_cast<uint32_t>(size);
}

Fallible<uint64_t> seek(Descriptor& file, int64_t offset, Whence whence) {
  constexpr int kWhence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  off_t now = lseek(file.number(), offset, kWhence[static_cast<int>(whence)]);
  if (now < 0) return Failure::last();
  return static_cast<uint64_t>(now);
}

Fallible<FileStat> stat_of(int fd) {
  struct stat from;
  if (fstat(fd, &from) < 0) return Failure::last();
  FileStat about;
  about.device = from.st_dev;
  about.inode = from.st_ino;
  about.links = from.st_nlink;
  about.size_bytes = static_cast<uint64_t>(from.st_size);
  about.type = S_ISSOCK(from.st_mode) ? socket_type(fd) : file_type(from.st_mode);
  about.accessed_ns = to_ns(from.st_atim);
  about.modified_ns = to_ns(from.st_mtim);
  about.changed_ns = to_ns(from.st_ctim);
  return about;
}

Fallible<void> set_size(Descriptor& file, uint64_t size_bytes) {
  if (!file.writable) return Failure{EINVAL};
  if (!fits(size_bytes)) return Failure{EINVAL};
  return done(ftruncate(file.number(), static_cast<off_t>(size_bytes)));
}

Fallible<TimePair> time_pair(NewTime accessed, NewTime modified) {
  return TimePair{{TRY(to_timespec(accessed)), TRY(to_timespec(modified))}};
}

Fallible<void> set_times(Descriptor& file, NewTime accessed, NewTime modified) {
  if (!file.may_change) return Failure{EROFS};
  TimePair pair = TRY(time_pair(accessed, modified));
  return done(futimens(file.number(), pair.times));
}

Fallible<void> allocate(Descriptor& file, uint64_t offset, uint64_t size) {
  if (!file.writable) return Failure{EBADF};
  if (size == 0) return Failure{EINVAL};
  if (!fits(offset, size)) return Failure{EFBIG};
  return done(fallocate(file.number(), 0, static_cast<off_t>(offset), static_cast<off_t>(size)));
}

Fallible<void> advise(Descriptor& file, uint64_t offset, uint64_t size, Advice advice) {
  constexpr int kAdvice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL, POSIX_FADV_RANDOM,
                             POSIX_FADV_WILLNEED, POSIX_FADV_DONTNEED,   POSIX_FADV_NOREUSE};
  if (!fits(offset, size)) return Failure{EINVAL};
  int problem = posix_fadvise(file.number(), static_cast<off_t>(offset), static_cast<off_t>(size),
                              kAdvice[static_cast<int>(advice)]);
  return problem ? Fallible<void>(Failure{problem}) : Fallible<void>();
}

Fallible<void> sync_all(Descriptor& file) { return done(fsync(file.number())); }
Fallible<void> sync_data(Descriptor& file) { return done(fdatasync(file.number())); }

Fallible<void> set_append(Descriptor& file, bool on) {
  if (on == file.append) return {};
  if (file.shared) return Failure{ENOTSUP};
  int flags = fcntl(file.number(), F_GETFL);
  if (flags < 0) return Failure::last();
  TRY(done(fcntl(file.number(), F_SETFL, on ? flags | O_APPEND : flags & ~O_APPEND)));
  file.append = on;
  return {};
}

uint64_t available(const Descriptor& file) {
  if (file.type == FileType::regular_file) {
    Fallible<FileStat> about = stat_of(file.number());
    off_t at = lseek(file.number(), 0, SEEK_CUR);
    if (!about || at < 0 || static_cast<uint64_t>(at) > about.value().size_bytes) return 0;
    return about.value().size_bytes - static_cast<uint64_t>(at);
  }
  int bytes = 0;
  return ioctl(file.number(), FIONREAD, &bytes) == 0 && bytes > 0 ? static_cast<uint64_t>(bytes) : 0;
}

}  // namespace heddle::wasi
