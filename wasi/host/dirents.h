// Reading a directory from any entry on. A cookie is the kernel's own position behind an entry, 0 the start: it stays
// good while other entries come and go, and nothing is remembered for it.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "wasi/host/fallible.h"
#include "wasi/host/fd.h"

namespace heddle::wasi {

enum class FileType : uint8_t;

struct DirEntry {
  std::string_view name;
  uint64_t inode = 0;
  uint64_t next = 0;  // the cookie of the entry behind it
  FileType type{};
};

class DirEntries {
 public:
  // Reads through an open file of its own, so that nobody shares its position.
  static Fallible<DirEntries> open(int dir);

  // Goes to a cookie; 0 reads the directory anew.
  Fallible<void> seek(uint64_t cookie);
  // The next entry, valid until the next call; false at the end.
  Fallible<bool> next(DirEntry& entry);

 private:
  explicit DirEntries(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
  std::vector<char> buffer_;
  size_t at_ = 0, end_ = 0;
  uint64_t first_ = 0;   // the cookie of the buffer's first entry
  uint64_t cookie_ = 0;  // of the entry at at_
};

}  // namespace heddle::wasi
