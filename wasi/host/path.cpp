// Path resolution. Both resolvers give the same answers (tests/wasi/host/path_test.cpp runs every case by both).
#include "wasi/host/path.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <algorithm>
#include <climits>
#include <string_view>
#include <vector>

namespace heddle::wasi {
namespace {

constexpr int kRaces = 32;          // how often openat2 may find that somebody moved directories meanwhile
constexpr int kMostLinks = 40;      // as the kernel has it
constexpr size_t kMostDepth = 256;  // directories the walk holds open at a time

// Opens one component, never through a link.
int open_component(int dir, const char* name, int flags, mode_t mode) {
  int fd;
  do {
    fd = openat(dir, name, flags | O_NOFOLLOW | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

Fallible<Fd> open_by_kernel(int root, const char* path, const OpenHow& how) {
  open_how request = {};
  request.flags = static_cast<uint64_t>(how.flags | O_CLOEXEC | (how.follow ? 0 : O_NOFOLLOW));
  request.mode = how.flags & O_CREAT ? how.mode : 0;
  request.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  for (int tries = 0;;) {
    long fd = syscall(SYS_openat2, root, path, &request, sizeof request);
    if (fd >= 0) return Fd::owned(static_cast<int>(fd));
    if (errno == EINTR) continue;
    if (errno == EAGAIN && ++tries < kRaces) continue;
    if (errno == EXDEV) return Failure{EPERM};
    return Failure::last();
  }
}

// The walk: the directories entered so far, and the text that is left, which grows where a link is met.
class Walk {
 public:
  Walk(int root, std::string path) : root_(root), left_(std::move(path)) {}

  Fallible<Fd> open(const OpenHow& how);

 private:
  int here() const { return entered_.empty() ? root_ : entered_.back().number(); }
  // Takes the next component off what is left.
  std::string next();
  bool at_end() const { return left_.find_first_not_of('/', at_) == std::string::npos; }
  bool slash_at_end() const { return at_ < left_.size(); }
  Fallible<void> enter(Fd component);
  Fallible<void> follow(const char* name, int dir);
  Fallible<void> step(const std::string& name);
  Fallible<Fd> open_last(const std::string& name, OpenHow how, bool& followed);
  Fallible<Fd> open_here(int flags);

  int root_;
  std::string left_;
  size_t at_ = 0;
  int links_ = 0;
  std::vector<Fd> entered_;
};

std::string Walk::next() {
  at_ = left_.find_first_not_of('/', at_);
  if (at_ == std::string::npos) return at_ = left_.size(), std::string();
  size_t end = std::min(left_.find('/', at_), left_.size());
  std::string name = left_.substr(at_, end - at_);
  at_ = end;
  return name;
}

Fallible<void> Walk::enter(Fd component) {
  if (entered_.size() == kMostDepth) return Failure{ENAMETOOLONG};
  entered_.push_back(std::move(component));
  return {};
}

// Puts what the link says in front of what is left. `name` may be "" where `dir` is the link itself.
Fallible<void> Walk::follow(const char* name, int dir) {
  if (++links_ > kMostLinks) return Failure{ELOOP};
  char target[PATH_MAX];
  ssize_t size = readlinkat(dir, name, target, sizeof target);
  if (size < 0) return Failure::last();
  if (size == 0) return Failure{ENOENT};
  if (target[0] == '/') return Failure{EPERM};
  std::string rest(target, static_cast<size_t>(size));
  rest.append(left_, at_);
  if (rest.size() >= PATH_MAX) return Failure{ENAMETOOLONG};
  left_ = std::move(rest);
  at_ = 0;
  return {};
}

// One component that is not the last.
Fallible<void> Walk::step(const std::string& name) {
  if (name == "..") {
    if (entered_.empty()) return Failure{EPERM};
    entered_.pop_back();
    return {};
  }
  Fd component = Fd::owned(open_component(here(), name.c_str(), O_PATH, 0));
  if (!component) return Failure::last();
  struct stat about;
  if (fstat(component.number(), &about) < 0) return Failure::last();
  if (S_ISLNK(about.st_mode)) return follow("", component.number());
  if (!S_ISDIR(about.st_mode)) return Failure{ENOTDIR};
  return enter(std::move(component));
}

Fallible<Fd> Walk::open_here(int flags) {
  if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL)) return Failure{EEXIST};
  if (flags & O_CREAT) return Failure{EISDIR};
  Fd opened = Fd::owned(open_component(here(), ".", flags, 0));
  if (!opened) return Failure::last();
  return opened;
}

// The last component; `followed` tells that it was a link and the walk goes on.
Fallible<Fd> Walk::open_last(const std::string& name, OpenHow how, bool& followed) {
  if (slash_at_end()) {
    if (how.flags & O_CREAT) return Failure{EISDIR};
    how.flags |= O_DIRECTORY;
    how.follow = true;
  }
  Fd opened = Fd::owned(open_component(here(), name.c_str(), how.flags, how.mode));
  int problem = opened ? 0 : errno;
  struct stat about;
  bool may_be_link = problem == ELOOP || problem == ENOTDIR || (opened && (how.flags & O_PATH));
  bool is_link =
      may_be_link &&
      (opened ? fstat(opened.number(), &about) : fstatat(here(), name.c_str(), &about, AT_SYMLINK_NOFOLLOW)) == 0 &&
      S_ISLNK(about.st_mode);
  if (is_link && how.follow) {
    followed = true;
    TRY(opened ? follow("", opened.number()) : follow(name.c_str(), here()));
    return Fd();
  }
  if (problem) return Failure{problem};
  return opened;
}

Fallible<Fd> Walk::open(const OpenHow& how) {
  if (left_.starts_with('/')) return Failure{EPERM};
  for (;;) {
    std::string name = next();
    if (name.empty()) return open_here(how.flags);
    if (name == ".") continue;
    if (name == ".." || !at_end()) {
      TRY(step(name));
      continue;
    }
    bool followed = false;
    Fd opened = TRY(open_last(name, how, followed));
    if (!followed) return opened;
  }
}

}  // namespace

Fallible<std::string> checked_path(std::string_view text) {
  if (text.empty()) return Failure{ENOENT};
  if (text.size() >= PATH_MAX) return Failure{ENAMETOOLONG};
  if (text.find('\0') != std::string_view::npos) return Failure{EINVAL};
  return std::string(text);
}

Fallible<Fd> open_beneath(int root, const std::string& path, const OpenHow& how) {
  // A sandbox around this process may refuse openat2 with any errno; the start of a walk is always there.
  static const bool kernel_can = open_by_kernel(AT_FDCWD, ".", {.flags = O_PATH | O_DIRECTORY}).ok();
  if (how.resolver == Resolver::kernel && kernel_can) return open_by_kernel(root, path.c_str(), how);
  return Walk(root, path).open(how);
}

Fallible<Parent> parent_beneath(int root, const std::string& path, Resolver resolver) {
  if (path.starts_with('/')) return Failure{EPERM};
  size_t end = path.find_last_not_of('/') + 1;
  size_t start = path.rfind('/', end - 1);
  start = start == std::string::npos ? 0 : start + 1;
  Parent parent;
  parent.dir = root;
  parent.name = path.substr(start, end - start);
  parent.slash = end < path.size();
  std::string above = path.substr(0, start);
  if (parent.name == "." || parent.name == "..") {
    above = path;
    parent.name = ".";
  }
  if (above.empty()) return parent;
  parent.owned =
      TRY(open_beneath(root, above, {.flags = O_PATH | O_DIRECTORY, .follow = true, .resolver = resolver}));
  parent.dir = parent.owned.number();
  return parent;
}

}  // namespace heddle::wasi
