#include "wasi/p1/unstable.h"

#include "wasi/host/directory.h"

namespace heddle::wasi::p1::unstable {

Errno fd_seek(P1& p1, FdNumber fd, FileDelta offset, Whence whence, GuestPtr<FileSize> out) {
  constexpr wasi::Whence kWhence[] = {wasi::Whence::cur, wasi::Whence::end, wasi::Whence::set};
  return p1::fd_seek(p1, fd, offset, kWhence[static_cast<int>(whence)], out);
}

Errno fd_filestat_get(P1& p1, FdNumber fd, GuestPtr<FileStat> out) {
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_filestat_get, entry));
  out.set({P1_TRY(stat_of(entry->number()))});
  return Errno::success;
}

Errno path_filestat_get(P1& p1, FdNumber fd, LookupFlags flags, GuestText path, GuestPtr<FileStat> out) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_filestat_get, dir));
  out.set({P1_TRY(stat_at(*dir, P1_TRY(checked_path(path.view())), flags.has(kSymlinkFollow)))});
  return Errno::success;
}

Errno poll_oneoff(P1& p1, GuestArray<Subscription> in, GuestArray<Event> out, Size count, GuestPtr<Size> nevents) {
  if (count == 0 || count > kMostSubscriptions) return Errno::inval;
  GuestSpan<Subscription> wanted;
  GuestSpan<Event> events;
  if (!in.in(p1.memory(), count, wanted) || !out.in(p1.memory(), count, events)) return Errno::fault;
  std::vector<p1::Subscription> copies(count);
  for (Size i = 0; i < count; ++i) copies[i] = wanted.get(i).to;
  return poll_all(p1, copies, events, nevents);
}

}  // namespace heddle::wasi::p1::unstable
