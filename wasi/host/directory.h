// Operations on what lies beneath a directory, by path. Each takes the directory's descriptor and asks it what may be
// done (EROFS where nothing may be changed); none leaves it (path.h).
#pragma once
#include <string>

#include "wasi/host/descriptor.h"
#include "wasi/host/fallible.h"
#include "wasi/host/file.h"
#include "wasi/host/path.h"

namespace heddle::wasi {

struct OpenOptions {
  bool read = false, write = false;  // neither: read
  bool create = false, exclusive = false, truncate = false, directory = false;
  bool append = false, nonblock = false, sync = false, data_sync = false;
  bool follow = false;
};

// A directory of the host's, for a guest to have.
Fallible<Descriptor> open_directory(const std::string& host_path, bool may_change);

Fallible<Descriptor> open_at(const Descriptor& dir, const std::string& path, const OpenOptions& options);
Fallible<void> create_directory_at(const Descriptor& dir, const std::string& path);
Fallible<void> remove_directory_at(const Descriptor& dir, const std::string& path);
Fallible<void> unlink_file_at(const Descriptor& dir, const std::string& path);
Fallible<FileStat> stat_at(const Descriptor& dir, const std::string& path, bool follow);
Fallible<void> set_times_at(const Descriptor& dir, const std::string& path, bool follow, NewTime accessed,
                            NewTime modified);
Fallible<std::string> read_link_at(const Descriptor& dir, const std::string& path);
// `target` is relative; where it leads is decided when it is followed.
Fallible<void> symlink_at(const std::string& target, const Descriptor& dir, const std::string& path);
struct PathAt {
  const Descriptor& dir;
  const std::string& path;
};
// Links are not followed. Both directories must allow changes: a link into another directory is a way around what its
// own does not allow.
Fallible<void> link_at(const PathAt& from, const PathAt& to);
Fallible<void> rename_at(const PathAt& from, const PathAt& to);

}  // namespace heddle::wasi
