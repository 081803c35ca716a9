// WASI preview 1 (wasi_snapshot_preview1): a thin binding of wasi/host. P1 is the state of one guest process; a
// function of WASI is a C++ function whose types are its signature (abi.h).
//
// Rights, of which p1 has many, say what a descriptor can do at all. Those asked for at path_open only decide between
// reading and writing. fd_fdstat_set_rights takes rights away for good, from all that is opened through it as well.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "runtime/store.h"
#include "wasi/host/descriptor.h"
#include "wasi/p1/guest.h"
#include "wasi/p1/types.h"

namespace heddle::wasi::p1 {

// What guests are given; fixed, and shared by all of them.
struct Grants {
  struct Preopen {
    std::shared_ptr<const Fd> fd;
    std::string guest_name;
    bool may_change = false;
  };
  std::vector<std::string> args, env;  // env: "NAME=VALUE"
  std::vector<Preopen> preopens;
  int streams[3] = {0, 1, 2};
  uint32_t max_descriptors = 1024;
};

// A descriptor of the guest.
struct Entry : Descriptor {
  Rights base = 0, inheriting = 0;
  FdFlags flags;
  const std::string* preopen = nullptr;  // its name in the guest, of one that was there from the start
};

class P1 {
 public:
  explicit P1(std::shared_ptr<const Grants> grants);

  // Before each call: who calls, and with which memory. False where the caller exports none.
  bool enter(rt::Store& store);
  rt::Store& store() const { return *store_; }
  rt::Memory& memory() const { return *memory_; }
  const Stop& stop() const { return store_->context.poll; }
  const Grants& grants() const { return *grants_; }

  // Takes the fuel for bytes that a call is going to move; kErrnoOutOfFuel where there is not enough: then nothing
  // may be moved. Each 64 cost one, on top of Config::host_call_fuel; free where the engine does not count.
  Errno charge(uint64_t bytes) const;
  // Gives back what was taken for more bytes than were moved in the end.
  void refund(uint64_t charged_bytes, uint64_t moved_bytes) const;

  // A descriptor with all of these rights: any, one that is not a directory, one that is.
  Errno find(FdNumber fd, Rights needed, Entry*& entry);
  Errno find_file(FdNumber fd, Rights needed, Entry*& entry);
  Errno find_directory(FdNumber fd, Rights needed, Entry*& entry);

  // The lowest free number; `mfile` where there are too many.
  Errno add(Entry entry, FdNumber& fd);
  Errno remove(FdNumber fd);
  Errno renumber(FdNumber from, FdNumber to);

 private:
  std::shared_ptr<const Grants> grants_;
  std::vector<std::unique_ptr<Entry>> entries_;  // by number; null: free
  rt::Store* store_ = nullptr;
  rt::Memory* memory_ = nullptr;
  const rt::Instance* caller_ = nullptr;  // whose memory it is; instances live as long as their store
};

// A store's errno of POSIX in p1's words.
Errno to_errno(Failure failure);
inline Errno to_errno(Errno error) { return error; }
template <class T>
Errno to_errno(const Fallible<T>& result) {
  return result.ok() ? Errno::success : to_errno(result.error());
}

// What a descriptor of this kind can do.
Rights rights_of(const Descriptor& descriptor);

// What ends the guest instead of giving an errno.
struct Ends {
  rt::Outcome outcome;
};

// The wishes of a poll, read from whatever layout a version has. More than kMostSubscriptions are refused before:
// they would be a way to make the host allocate without end.
inline constexpr Size kMostSubscriptions = 8192;
Errno poll_all(P1&, std::span<const Subscription> wanted, GuestSpan<Event> events, GuestPtr<Size> nevents);

// The functions, in the order of the witx file.
Errno args_get(P1&, GuestArray<uint32_t> argv, GuestArray<uint8_t> argv_buf);
Errno args_sizes_get(P1&, GuestPtr<Size> argc, GuestPtr<Size> argv_buf_size);
Errno environ_get(P1&, GuestArray<uint32_t> environ, GuestArray<uint8_t> environ_buf);
Errno environ_sizes_get(P1&, GuestPtr<Size> count, GuestPtr<Size> buf_size);
Errno clock_res_get(P1&, ClockId id, GuestPtr<Timestamp> out);
Errno clock_time_get(P1&, ClockId id, Timestamp precision, GuestPtr<Timestamp> out);
Errno fd_advise(P1&, FdNumber fd, FileSize offset, FileSize len, Advice advice);
Errno fd_allocate(P1&, FdNumber fd, FileSize offset, FileSize len);
Errno fd_close(P1&, FdNumber fd);
Errno fd_datasync(P1&, FdNumber fd);
Errno fd_fdstat_get(P1&, FdNumber fd, GuestPtr<FdStat> out);
Errno fd_fdstat_set_flags(P1&, FdNumber fd, FdFlags flags);
Errno fd_fdstat_set_rights(P1&, FdNumber fd, Rights base, Rights inheriting);
Errno fd_filestat_get(P1&, FdNumber fd, GuestPtr<FileStat> out);
Errno fd_filestat_set_size(P1&, FdNumber fd, FileSize size);
Errno fd_filestat_set_times(P1&, FdNumber fd, Timestamp atim, Timestamp mtim, FstFlags flags);
Errno fd_pread(P1&, FdNumber fd, GuestSpan<Iovec> iovs, FileSize offset, GuestPtr<Size> nread);
Errno fd_prestat_get(P1&, FdNumber fd, GuestPtr<Prestat> out);
Errno fd_prestat_dir_name(P1&, FdNumber fd, GuestSpan<uint8_t> path);
Errno fd_pwrite(P1&, FdNumber fd, GuestSpan<Iovec> iovs, FileSize offset, GuestPtr<Size> nwritten);
Errno fd_read(P1&, FdNumber fd, GuestSpan<Iovec> iovs, GuestPtr<Size> nread);
Errno fd_readdir(P1&, FdNumber fd, GuestSpan<uint8_t> buf, Cookie cookie, GuestPtr<Size> bufused);
Errno fd_renumber(P1&, FdNumber fd, FdNumber to);
Errno fd_seek(P1&, FdNumber fd, FileDelta offset, Whence whence, GuestPtr<FileSize> out);
Errno fd_sync(P1&, FdNumber fd);
Errno fd_tell(P1&, FdNumber fd, GuestPtr<FileSize> out);
Errno fd_write(P1&, FdNumber fd, GuestSpan<Iovec> iovs, GuestPtr<Size> nwritten);
Errno path_create_directory(P1&, FdNumber fd, GuestText path);
Errno path_filestat_get(P1&, FdNumber fd, LookupFlags flags, GuestText path, GuestPtr<FileStat> out);
Errno path_filestat_set_times(P1&, FdNumber fd, LookupFlags flags, GuestText path, Timestamp atim, Timestamp mtim,
                              FstFlags fst_flags);
Errno path_link(P1&, FdNumber old_fd, LookupFlags old_flags, GuestText old_path, FdNumber new_fd, GuestText new_path);
Errno path_open(P1&, FdNumber fd, LookupFlags dirflags, GuestText path, OFlags oflags, Rights base, Rights inheriting,
                FdFlags fdflags, GuestPtr<FdNumber> out);
Errno path_readlink(P1&, FdNumber fd, GuestText path, GuestSpan<uint8_t> buf, GuestPtr<Size> bufused);
Errno path_remove_directory(P1&, FdNumber fd, GuestText path);
Errno path_rename(P1&, FdNumber fd, GuestText old_path, FdNumber new_fd, GuestText new_path);
Errno path_symlink(P1&, GuestText old_path, FdNumber fd, GuestText new_path);
Errno path_unlink_file(P1&, FdNumber fd, GuestText path);
Errno poll_oneoff(P1&, GuestArray<Subscription> in, GuestArray<Event> out, Size count, GuestPtr<Size> nevents);
Ends proc_exit(P1&, ExitCode code);
Errno proc_raise(P1&, Signal signal);
Errno sched_yield(P1&);
Errno random_get(P1&, GuestSpan<uint8_t> buf);
Errno sock_accept(P1&, FdNumber fd, FdFlags flags, GuestPtr<FdNumber> out);
Errno sock_recv(P1&, FdNumber fd, GuestSpan<Iovec> data, RiFlags flags, GuestPtr<Size> size,
                GuestPtr<uint16_t> roflags);
Errno sock_send(P1&, FdNumber fd, GuestSpan<Iovec> data, SiFlags flags, GuestPtr<Size> size);
Errno sock_shutdown(P1&, FdNumber fd, SdFlags how);

}  // namespace heddle::wasi::p1

// Errno error = ...; unwraps what is fallible, or returns its errno. In functions that return Errno.
#define P1_TRY(expr)                                           \
  __extension__({                                              \
    auto p1_result_ = (expr);                                  \
    if (!p1_result_.ok()) [[unlikely]]                         \
      return ::heddle::wasi::p1::to_errno(p1_result_.error()); \
    std::move(p1_result_).value();                             \
  })
#define P1_CHECK(expr)                                                                                              \
  do {                                                                                                              \
    if (::heddle::wasi::p1::Errno p1_error_ = (expr); p1_error_ != ::heddle::wasi::p1::Errno::success) [[unlikely]] \
      return p1_error_;                                                                                             \
  } while (false)
