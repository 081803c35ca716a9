// wasi_unstable, the first WASI: as wasi_snapshot_preview1 but for four functions.
#pragma once
#include "wasi/p1/p1.h"

namespace heddle::wasi::p1::unstable {

enum class Whence : uint8_t { cur, end, set };

struct FileStat {
  wasi::FileStat from;  // links are 32 bits here
};

// A clock's wish has one more field in front.
struct Subscription {
  p1::Subscription to;
};

Errno fd_seek(P1&, FdNumber fd, FileDelta offset, Whence whence, GuestPtr<FileSize> out);
Errno fd_filestat_get(P1&, FdNumber fd, GuestPtr<FileStat> out);
Errno path_filestat_get(P1&, FdNumber fd, LookupFlags flags, GuestText path, GuestPtr<FileStat> out);
Errno poll_oneoff(P1&, GuestArray<Subscription> in, GuestArray<Event> out, Size count, GuestPtr<Size> nevents);

}  // namespace heddle::wasi::p1::unstable

namespace heddle::wasi::p1 {

template <>
inline constexpr uint64_t kLast<unstable::Whence> = 2;

template <>
struct Layout<unstable::FileStat> {
  static constexpr uint32_t kSize = 56;
  static void put(uint8_t* at, const unstable::FileStat& stat) {
    put_number(at, stat.from.device);
    put_number(at + 8, stat.from.inode);
    put_number(at + 16, stat.from.type);
    put_number(at + 20, static_cast<uint32_t>(stat.from.links));
    put_number(at + 24, stat.from.size_bytes);
    put_number(at + 32, stat.from.accessed_ns);
    put_number(at + 40, stat.from.modified_ns);
    put_number(at + 48, stat.from.changed_ns);
  }
};

template <>
struct Layout<unstable::Subscription> {
  static constexpr uint32_t kSize = 56;
  static unstable::Subscription get(const uint8_t* at) {
    unstable::Subscription wish;
    wish.to.userdata = get_number<uint64_t>(at);
    wish.to.type = get_number<uint8_t>(at + 8);
    wish.to.fd = get_number<uint32_t>(at + 16);  // where a clock has an identifier that nobody reads
    wish.to.clock = get_number<uint32_t>(at + 24);
    wish.to.timeout = get_number<Timestamp>(at + 32);
    wish.to.clock_flags = get_number<uint16_t>(at + 48);
    return wish;
  }
};

}  // namespace heddle::wasi::p1
