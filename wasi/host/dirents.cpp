// Directory entries, as getdents64 gives them.
#include "wasi/host/dirents.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstddef>
#include <cstring>

#include "wasi/host/file.h"

namespace heddle::wasi {
namespace {

constexpr size_t kBufferBytes = 8192;

// struct linux_dirent64, field by field.
struct Record {
  uint64_t inode = 0;
  int64_t next = 0;
  uint16_t size = 0;
  uint8_t type = 0;
  const char* name = nullptr;

  explicit Record(const char* at) {
    std::memcpy(&inode, at, 8);
    std::memcpy(&next, at + 8, 8);
    std::memcpy(&size, at + 16, 2);
    std::memcpy(&type, at + 18, 1);
    name = at + 19;
  }
};

FileType type_of_entry(int dir, const char* name, uint8_t type) {
  if (type != DT_UNKNOWN) return file_type(DTTOIF(type));
  struct stat about;
  return fstatat(dir, name, &about, AT_SYMLINK_NOFOLLOW) == 0 ? file_type(about.st_mode) : FileType::unknown;
}

}  // namespace

Fallible<DirEntries> DirEntries::open(int dir) {
  Fd fd = Fd::owned(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return Failure::last();
  DirEntries entries(std::move(fd));
  entries.buffer_.resize(kBufferBytes);
  return entries;
}

Fallible<void> DirEntries::seek(uint64_t cookie) {
  if (cookie != 0 && cookie == cookie_) return {};
  if (cookie != 0) {  // still in the buffer?
    uint64_t before = first_;
    for (size_t at = 0; at < end_;) {
      if (before == cookie) return at_ = at, cookie_ = cookie, Fallible<void>();
      Record record(&buffer_[at]);
      before = static_cast<uint64_t>(record.next);
      at += record.size;
    }
  }
  if (cookie > INT64_MAX) return Failure{EINVAL};
  if (lseek(fd_.number(), static_cast<off_t>(cookie), SEEK_SET) < 0) return Failure::last();
  at_ = end_ = 0;
  first_ = cookie_ = cookie;
  return {};
}

Fallible<bool> DirEntries::next(DirEntry& entry) {
  if (at_ == end_) {
    long size = syscall(SYS_getdents64, fd_.number(), buffer_.data(), buffer_.size());
    if (size < 0) return Failure::last();
    at_ = 0;
    end_ = static_cast<size_t>(size);
    first_ = cookie_;
    if (size == 0) return false;
  }
  Record record(&buffer_[at_]);
  entry.name = record.name;
  entry.inode = record.inode;
  entry.next = static_cast<uint64_t>(record.next);
  entry.type = type_of_entry(fd_.number(), record.name, record.type);
  at_ += record.size;
  cookie_ = entry.next;
  return true;
}

}  // namespace heddle::wasi
