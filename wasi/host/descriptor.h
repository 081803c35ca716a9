// What a guest holds of a file or directory: the descriptor of the process and what may be done through it.
// Permissions lie here, not in paths: everything opened beneath a directory that may not be changed may not be
// changed either.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "wasi/host/dirents.h"
#include "wasi/host/fd.h"
#include "wasi/host/path.h"

namespace heddle::wasi {

// With the values of p1.
enum class FileType : uint8_t {
  unknown,
  block_device,
  character_device,
  directory,
  regular_file,
  socket_dgram,
  socket_stream,
  symbolic_link,
};

struct Descriptor {
  std::shared_ptr<const Fd> fd;
  FileType type = FileType::unknown;
  bool readable = false, writable = false;  // the bytes of a file
  bool may_change = false;                  // attributes; of a directory, also what lies beneath it
  bool append = false;
  bool nonblock = false;                 // the guest's wish: operations that would wait give EAGAIN
  bool shared = false;                   // somebody else uses the open file too: its flags are not ours to set
  Resolver resolver = Resolver::kernel;  // of a directory: how paths beneath it are resolved

  std::unique_ptr<DirEntries> entries;  // of a directory that is being read

  int number() const { return fd->number(); }
  bool is_directory() const { return type == FileType::directory; }
};

}  // namespace heddle::wasi
