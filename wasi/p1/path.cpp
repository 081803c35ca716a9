// path_*: operations on what lies beneath a directory.
#include <algorithm>

#include "wasi/host/directory.h"
#include "wasi/p1/p1.h"
#include "wasi/p1/times.h"

namespace heddle::wasi::p1 {

Errno path_create_directory(P1& p1, FdNumber fd, GuestText path) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_create_directory, dir));
  return to_errno(create_directory_at(*dir, P1_TRY(checked_path(path.view()))));
}

Errno path_filestat_get(P1& p1, FdNumber fd, LookupFlags flags, GuestText path, GuestPtr<FileStat> out) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_filestat_get, dir));
  out.set(P1_TRY(stat_at(*dir, P1_TRY(checked_path(path.view())), flags.has(kSymlinkFollow))));
  return Errno::success;
}

Errno path_filestat_set_times(P1& p1, FdNumber fd, LookupFlags flags, GuestText path, Timestamp atim, Timestamp mtim,
                              FstFlags fst_flags) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_filestat_set_times, dir));
  NewTime accessed, modified;
  P1_CHECK(new_times(atim, mtim, fst_flags, accessed, modified));
  std::string text = P1_TRY(checked_path(path.view()));
  return to_errno(set_times_at(*dir, text, flags.has(kSymlinkFollow), accessed, modified));
}

Errno path_link(P1& p1, FdNumber old_fd, LookupFlags old_flags, GuestText old_path, FdNumber new_fd,
                GuestText new_path) {
  Entry *from, *to;
  P1_CHECK(p1.find_directory(old_fd, rights::path_link_source, from));
  P1_CHECK(p1.find_directory(new_fd, rights::path_link_target, to));
  if (old_flags.has(kSymlinkFollow)) return Errno::inval;
  std::string old_text = P1_TRY(checked_path(old_path.view()));
  std::string new_text = P1_TRY(checked_path(new_path.view()));
  return to_errno(link_at({*from, old_text}, {*to, new_text}));
}

Errno path_open(P1& p1, FdNumber fd, LookupFlags dirflags, GuestText path, OFlags oflags, Rights base, Rights,
                FdFlags fdflags, GuestPtr<FdNumber> out) {
  Entry* dir;
  Rights needed = rights::path_open;
  if (oflags.has(kCreat)) needed |= rights::path_create_file;
  if (oflags.has(kTrunc)) needed |= rights::path_filestat_set_size;
  P1_CHECK(p1.find_directory(fd, needed, dir));

  OpenOptions options;
  options.read = base & (rights::fd_read | rights::fd_readdir);
  options.write = base & rights::kThatWrite;
  options.create = oflags.has(kCreat);
  options.directory = oflags.has(kDirectory);
  options.exclusive = oflags.has(kExcl);
  options.truncate = oflags.has(kTrunc);
  options.append = fdflags.has(kAppend);
  options.nonblock = fdflags.has(kNonblock);
  options.data_sync = fdflags.has(kDsync);
  options.sync = fdflags.has_any(kSync | kRsync);
  options.follow = dirflags.has(kSymlinkFollow);

  Entry entry;
  static_cast<Descriptor&>(entry) = P1_TRY(open_at(*dir, P1_TRY(checked_path(path.view())), options));
  entry.base = rights_of(entry) & (entry.is_directory() ? dir->base : dir->inheriting);
  entry.inheriting = entry.is_directory() ? dir->inheriting : 0;
  entry.flags = fdflags;
  FdNumber number;
  P1_CHECK(p1.add(std::move(entry), number));
  out.set(number);
  return Errno::success;
}

Errno path_readlink(P1& p1, FdNumber fd, GuestText path, GuestSpan<uint8_t> buf, GuestPtr<Size> bufused) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_readlink, dir));
  std::string target = P1_TRY(read_link_at(*dir, P1_TRY(checked_path(path.view()))));
  size_t size = std::min<size_t>(target.size(), buf.count());  // as readlink(2): cut off without a word
  std::copy_n(target.begin(), size, buf.bytes().begin());
  bufused.set(static_cast<Size>(size));
  return Errno::success;
}

Errno path_remove_directory(P1& p1, FdNumber fd, GuestText path) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_remove_directory, dir));
  return to_errno(remove_directory_at(*dir, P1_TRY(checked_path(path.view()))));
}

Errno path_rename(P1& p1, FdNumber fd, GuestText old_path, FdNumber new_fd, GuestText new_path) {
  Entry *from, *to;
  P1_CHECK(p1.find_directory(fd, rights::path_rename_source, from));
  P1_CHECK(p1.find_directory(new_fd, rights::path_rename_target, to));
  std::string old_text = P1_TRY(checked_path(old_path.view()));
  std::string new_text = P1_TRY(checked_path(new_path.view()));
  return to_errno(rename_at({*from, old_text}, {*to, new_text}));
}

Errno path_symlink(P1& p1, GuestText old_path, FdNumber fd, GuestText new_path) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_symlink, dir));
  std::string target = P1_TRY(checked_path(old_path.view()));
  return to_errno(symlink_at(target, *dir, P1_TRY(checked_path(new_path.view()))));
}

Errno path_unlink_file(P1& p1, FdNumber fd, GuestText path) {
  Entry* dir;
  P1_CHECK(p1.find_directory(fd, rights::path_unlink_file, dir));
  return to_errno(unlink_file_at(*dir, P1_TRY(checked_path(path.view()))));
}

}  // namespace heddle::wasi::p1
