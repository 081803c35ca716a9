// The types of wasi_snapshot_preview1 (its witx file), in C++: what they are called there, with their values. Each
// says which numbers are valid (`kValid`), and each struct where its fields lie in guest memory (Layout, in guest.h).
#pragma once
#include <cstdint>

#include "wasi/host/file.h"

namespace heddle::wasi::p1 {

enum class Errno : uint16_t {
  success,
#define ERRNO(posix, name) name,
#include "wasi/host/errno.inc"
#undef ERRNO
  notcapable,
};
// These never reach a guest, for it is to end: because somebody wants it to (kStopped), and for want of fuel.
inline constexpr auto kErrnoStopped = static_cast<Errno>(0xffff);
inline constexpr auto kErrnoOutOfFuel = static_cast<Errno>(0xfffe);

using FdNumber = uint32_t;
using Size = uint32_t;
using FileSize = uint64_t;
using FileDelta = int64_t;
using Timestamp = uint64_t;
using Cookie = uint64_t;
using ExitCode = uint32_t;

enum class ClockId : uint32_t { realtime, monotonic, process_cputime_id, thread_cputime_id };
enum class Signal : uint8_t {};  // of which none can be raised
enum class EventType : uint8_t { clock, fd_read, fd_write };
enum class PreopenType : uint8_t { dir };

// The largest valid number of an enumeration.
template <class E>
inline constexpr uint64_t kLast = 0;
template <>
inline constexpr uint64_t kLast<ClockId> = 3;
template <>
inline constexpr uint64_t kLast<Whence> = 2;
template <>
inline constexpr uint64_t kLast<Advice> = 5;
template <>
inline constexpr uint64_t kLast<Signal> = 30;

// A set of flags; kAll has every valid one.
template <class Tag, class Bits, Bits kAllBits>
struct Flags {
  static constexpr Bits kAll = kAllBits;
  Bits bits = 0;
  constexpr bool has(Bits wanted) const { return (bits & wanted) == wanted; }
  constexpr bool has_any(Bits wanted) const { return (bits & wanted) != 0; }
};

using LookupFlags = Flags<struct LookupFlagsTag, uint32_t, 1>;
inline constexpr uint32_t kSymlinkFollow = 1;

using OFlags = Flags<struct OFlagsTag, uint16_t, 15>;
inline constexpr uint16_t kCreat = 1, kDirectory = 2, kExcl = 4, kTrunc = 8;

using FdFlags = Flags<struct FdFlagsTag, uint16_t, 31>;
inline constexpr uint16_t kAppend = 1, kDsync = 2, kNonblock = 4, kRsync = 8, kSync = 16;

using FstFlags = Flags<struct FstFlagsTag, uint16_t, 15>;
inline constexpr uint16_t kAtim = 1, kAtimNow = 2, kMtim = 4, kMtimNow = 8;

using SubclockFlags = Flags<struct SubclockFlagsTag, uint16_t, 1>;
inline constexpr uint16_t kAbstime = 1;

using RiFlags = Flags<struct RiFlagsTag, uint16_t, 3>;
inline constexpr uint16_t kRecvPeek = 1, kRecvWaitall = 2;
using SiFlags = Flags<struct SiFlagsTag, uint16_t, 0>;
using SdFlags = Flags<struct SdFlagsTag, uint8_t, 3>;
inline constexpr uint8_t kShutRead = 1, kShutWrite = 2;
inline constexpr uint16_t kRecvDataTruncated = 1, kHangup = 1;

// Rights: any bits are taken, unknown ones mean nothing.
using Rights = uint64_t;
namespace rights {
enum : Rights {
  fd_datasync = 1 << 0,
  fd_read = 1 << 1,
  fd_seek = 1 << 2,
  fd_fdstat_set_flags = 1 << 3,
  fd_sync = 1 << 4,
  fd_tell = 1 << 5,
  fd_write = 1 << 6,
  fd_advise = 1 << 7,
  fd_allocate = 1 << 8,
  path_create_directory = 1 << 9,
  path_create_file = 1 << 10,
  path_link_source = 1 << 11,
  path_link_target = 1 << 12,
  path_open = 1 << 13,
  fd_readdir = 1 << 14,
  path_readlink = 1 << 15,
  path_rename_source = 1 << 16,
  path_rename_target = 1 << 17,
  path_filestat_get = 1 << 18,
  path_filestat_set_size = 1 << 19,
  path_filestat_set_times = 1 << 20,
  fd_filestat_get = 1 << 21,
  fd_filestat_set_size = 1 << 22,
  fd_filestat_set_times = 1 << 23,
  path_symlink = 1 << 24,
  path_remove_directory = 1 << 25,
  path_unlink_file = 1 << 26,
  poll_fd_readwrite = 1 << 27,
  sock_shutdown = 1 << 28,
  sock_accept = 1 << 29,
};
inline constexpr Rights kAll = (1 << 30) - 1;
inline constexpr Rights kOfDirectory =
    fd_fdstat_set_flags | fd_sync | fd_datasync | path_create_directory | path_create_file | path_link_source |
    path_link_target | path_open | fd_readdir | path_readlink | path_rename_source | path_rename_target |
    path_filestat_get | path_filestat_set_size | path_filestat_set_times | fd_filestat_get | fd_filestat_set_times |
    path_symlink | path_remove_directory | path_unlink_file;
inline constexpr Rights kOfFile = fd_datasync | fd_read | fd_seek | fd_fdstat_set_flags | fd_sync | fd_tell |
                                  fd_write | fd_advise | fd_allocate | fd_filestat_get | fd_filestat_set_size |
                                  fd_filestat_set_times | poll_fd_readwrite;
inline constexpr Rights kOfStream =
    fd_read | fd_write | fd_fdstat_set_flags | fd_filestat_get | poll_fd_readwrite | sock_shutdown | sock_accept;
inline constexpr Rights kThatWrite = fd_write | fd_allocate | fd_filestat_set_size;
}  // namespace rights

struct FdStat {
  FileType type = FileType::unknown;
  FdFlags flags;
  Rights base = 0, inheriting = 0;
};

struct Prestat {
  PreopenType type = PreopenType::dir;
  Size name_size = 0;
};

struct Dirent {
  Cookie next = 0;
  uint64_t inode = 0;
  Size name_size = 0;
  FileType type = FileType::unknown;
};

struct Iovec {
  uint32_t address = 0;
  Size size = 0;
};

// The two kinds of wishes of poll_oneoff, as one struct: `clock` says which fields count.
struct Subscription {
  uint64_t userdata = 0;
  uint8_t type = 0;  // an EventType, if it is valid
  uint32_t clock = 0;
  Timestamp timeout = 0;
  uint16_t clock_flags = 0;
  FdNumber fd = 0;
};

struct Event {
  uint64_t userdata = 0;
  Errno error = Errno::success;
  EventType type = EventType::clock;
  FileSize bytes = 0;
  uint16_t flags = 0;
};

}  // namespace heddle::wasi::p1
