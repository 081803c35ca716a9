// What can be done by path. Where the system would follow a link or look at slashes in its own way, the path's last
// component is handed to it alone.
#include "wasi/host/directory.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <climits>
#include <cstdio>

namespace heddle::wasi {
namespace {

// The parent of what is to be made, changed or removed.
Fallible<Parent> changeable_parent(const Descriptor& dir, const std::string& path) {
  if (!dir.is_directory()) return Failure{ENOTDIR};
  if (!dir.may_change) return Failure{EROFS};
  return parent_beneath(dir.number(), path, dir.resolver);
}

// Of the component itself: nothing is followed.
Fallible<mode_t> mode_at(const Parent& parent) {
  struct stat about;
  if (fstatat(parent.dir, parent.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) < 0) return Failure::last();
  return about.st_mode;
}

// A path that ends in a slash means a directory.
Fallible<void> check_slash(const Parent& parent) {
  if (!parent.slash) return {};
  return S_ISDIR(TRY(mode_at(parent))) ? Fallible<void>() : Failure{ENOTDIR};
}

// No file can be made under a name that ends in a slash. What is wrong depends on what is there.
Fallible<void> refuse_slash(const Parent& parent) {
  if (!parent.slash) return {};
  return Failure{S_ISDIR(TRY(mode_at(parent))) ? EEXIST : ENOTDIR};
}

int open_flags(const OpenOptions& options) {
  bool write = options.write || options.truncate;
  bool read = options.read || !write;
  int flags = O_NONBLOCK | O_NOCTTY;  // opening a FIFO or a terminal has no effect and takes no time
  flags |= read ? (write ? O_RDWR : O_RDONLY) : O_WRONLY;
  if (options.create) flags |= O_CREAT | (options.exclusive ? O_EXCL : 0);
  if (options.truncate) flags |= O_TRUNC;
  if (options.directory) flags |= O_DIRECTORY;
  if (options.append) flags |= O_APPEND;
  if (options.sync) flags |= O_SYNC;
  if (options.data_sync) flags |= O_DSYNC;
  return flags;
}

Fallible<Fd> open_to_look(const Descriptor& dir, const std::string& path, bool follow) {
  if (!dir.is_directory()) return Failure{ENOTDIR};
  return open_beneath(dir.number(), path, {.flags = O_PATH, .follow = follow, .resolver = dir.resolver});
}

}  // namespace

Fallible<Descriptor> open_directory(const std::string& host_path, bool may_change) {
  Fd fd = Fd::owned(open(host_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd && errno == EACCES) fd = Fd::owned(open(host_path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return Failure::last();
  Descriptor dir;
  dir.fd = std::make_shared<const Fd>(std::move(fd));
  dir.type = FileType::directory;
  dir.may_change = may_change;
  return dir;
}

Fallible<Descriptor> open_at(const Descriptor& dir, const std::string& path, const OpenOptions& options) {
  if (!dir.is_directory()) return Failure{ENOTDIR};
  if (options.create && options.directory) return Failure{EINVAL};
  if (!dir.may_change && (options.write || options.create || options.truncate)) return Failure{EROFS};
  OpenHow how = {.flags = open_flags(options), .mode = 0666, .follow = options.follow, .resolver = dir.resolver};
  Fd fd = TRY(open_beneath(dir.number(), path, how));
  Descriptor opened;
  opened.type = TRY(stat_of(fd.number())).type;
  opened.fd = std::make_shared<const Fd>(std::move(fd));
  opened.readable = options.read || !options.write;
  opened.writable = options.write;
  opened.may_change = dir.may_change;
  opened.append = options.append;
  opened.nonblock = options.nonblock;
  opened.resolver = dir.resolver;
  return opened;
}

Fallible<void> create_directory_at(const Descriptor& dir, const std::string& path) {
  Parent parent = TRY(changeable_parent(dir, path));
  return done(mkdirat(parent.dir, parent.name.c_str(), 0777));
}

Fallible<void> remove_directory_at(const Descriptor& dir, const std::string& path) {
  Parent parent = TRY(changeable_parent(dir, path));
  return done(unlinkat(parent.dir, parent.name.c_str(), AT_REMOVEDIR));
}

Fallible<void> unlink_file_at(const Descriptor& dir, const std::string& path) {
  Parent parent = TRY(changeable_parent(dir, path));
  TRY(check_slash(parent));
  return done(unlinkat(parent.dir, parent.name.c_str(), 0));
}

Fallible<FileStat> stat_at(const Descriptor& dir, const std::string& path, bool follow) {
  return stat_of(TRY(open_to_look(dir, path, follow)).number());
}

Fallible<void> set_times_at(const Descriptor& dir, const std::string& path, bool follow, NewTime accessed,
                            NewTime modified) {
  if (dir.is_directory() && !dir.may_change) return Failure{EROFS};
  TimePair pair = TRY(time_pair(accessed, modified));
  Fd fd = TRY(open_to_look(dir, path, follow));
  Fallible<void> set = done(utimensat(fd.number(), "", pair.times, AT_EMPTY_PATH));
  if (set.code() != EINVAL && set.code() != ENOENT) return set;
  // Before Linux 5.8. The link in /proc leads to what is open, which may itself be a link.
  char name[32];
  (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd.number());
  return done(utimensat(AT_FDCWD, name, pair.times, 0));
}

Fallible<std::string> read_link_at(const Descriptor& dir, const std::string& path) {
  if (!dir.is_directory()) return Failure{ENOTDIR};
  Parent parent = TRY(parent_beneath(dir.number(), path, dir.resolver));
  if (parent.slash) {
    TRY(open_beneath(dir.number(), path, {.flags = O_PATH | O_DIRECTORY, .follow = true, .resolver = dir.resolver}));
    return Failure{EINVAL};
  }
  char target[PATH_MAX];
  ssize_t size = readlinkat(parent.dir, parent.name.c_str(), target, sizeof target);
  if (size < 0) return Failure::last();
  return std::string(target, static_cast<size_t>(size));
}

Fallible<void> symlink_at(const std::string& target, const Descriptor& dir, const std::string& path) {
  Parent parent = TRY(changeable_parent(dir, path));
  if (target.starts_with('/')) return Failure{EPERM};
  TRY(refuse_slash(parent));
  return done(symlinkat(target.c_str(), parent.dir, parent.name.c_str()));
}

Fallible<void> link_at(const PathAt& from, const PathAt& to) {
  Parent old_parent = TRY(changeable_parent(from.dir, from.path));
  Parent new_parent = TRY(changeable_parent(to.dir, to.path));
  TRY(check_slash(old_parent));
  TRY(refuse_slash(new_parent));
  return done(linkat(old_parent.dir, old_parent.name.c_str(), new_parent.dir, new_parent.name.c_str(), 0));
}

Fallible<void> rename_at(const PathAt& from, const PathAt& to) {
  Parent old_parent = TRY(changeable_parent(from.dir, from.path));
  Parent new_parent = TRY(changeable_parent(to.dir, to.path));
  TRY(check_slash(old_parent));
  if (new_parent.slash && !S_ISDIR(TRY(mode_at(old_parent)))) return Failure{ENOTDIR};
  return done(renameat(old_parent.dir, old_parent.name.c_str(), new_parent.dir, new_parent.name.c_str()));
}

}  // namespace heddle::wasi
