// From a guest's path to something in the file system, without ever leaving the directory the path starts at: not by
// `..`, not by an absolute path, not by a symbolic link, whatever other processes do meanwhile. What leads outside is
// EPERM.
//
// The kernel does it (openat2, RESOLVE_BENEATH); where it cannot, a walk does, component by component, which holds
// the directories it came through and so never asks the file system for a `..`.
#pragma once
#include <sys/types.h>

#include <string>

#include "wasi/host/fallible.h"
#include "wasi/host/fd.h"

namespace heddle::wasi {

enum class Resolver : uint8_t { kernel, walk };  // kernel: openat2 where there is one

// A guest's path: not empty, without NUL, short enough. ENOENT, EINVAL, ENAMETOOLONG.
Fallible<std::string> checked_path(std::string_view text);

struct OpenHow {
  int flags = 0;        // of open(2), without O_CLOEXEC and O_NOFOLLOW
  mode_t mode = 0;      // of a file made by O_CREAT
  bool follow = false;  // a symbolic link at the end
  Resolver resolver = Resolver::kernel;
};

// Opens `path` beneath the directory `root`. Symbolic links on the way are followed inside of it.
Fallible<Fd> open_beneath(int root, const std::string& path, const OpenHow& how);

// The directory in which the last component of a path lies, for calls of the ...at family: `name` is that component
// without slashes, never `..`, and never followed by such a call. A path that ends in `.` or `..` gives the directory
// it means and the name ".".
struct Parent {
  Fd owned;  // empty where the directory is the root
  int dir = -1;
  std::string name;
  bool slash = false;  // the path ended in one: it means a directory
};
Fallible<Parent> parent_beneath(int root, const std::string& path, Resolver resolver);

}  // namespace heddle::wasi
