// Operations on what is open: files, directories, standard streams.
#pragma once
#include <sys/types.h>
#include <sys/uio.h>

#include <cstdint>
#include <optional>
#include <span>

#include "wasi/host/descriptor.h"
#include "wasi/host/fallible.h"
#include "wasi/host/wait.h"

namespace heddle::wasi {

FileType file_type(mode_t mode);  // a FIFO is `unknown`; sockets are told apart by type_of

struct FileStat {
  uint64_t device = 0, inode = 0, links = 0, size_bytes = 0;
  FileType type = FileType::unknown;
  uint64_t accessed_ns = 0, modified_ns = 0, changed_ns = 0;  // since 1970; 0 before
};

// A time to set: as it is, the present, or a moment.
struct NewTime {
  enum class Kind : uint8_t { keep, now, at } kind = Kind::keep;
  uint64_t ns = 0;
};

enum class Advice : uint8_t { normal, sequential, random, will_need, dont_need, no_reuse };
enum class Whence : uint8_t { set, cur, end };

// Takes the standard stream `number` of the process over for a guest. Nothing where it is closed.
std::optional<Descriptor> standard_stream(int number, bool readable);

// Reads and writes wait where they must, unless the guest said nonblock; a wait ends with kStopped where `stop` asks.
Fallible<uint32_t> read(Descriptor& file, std::span<const iovec> into, const Stop& stop);
Fallible<uint32_t> write(Descriptor& file, std::span<const iovec> from, const Stop& stop);
Fallible<uint32_t> read_at(Descriptor& file, std::span<const iovec> into, uint64_t offset);
Fallible<uint32_t> write_at(Descriptor& file, std::span<const iovec> from, uint64_t offset);
Fallible<uint64_t> seek(Descriptor& file, int64_t offset, Whence whence);

Fallible<FileStat> stat_of(int fd);
Fallible<void> set_size(Descriptor& file, uint64_t size_bytes);
Fallible<void> set_times(Descriptor& file, NewTime accessed, NewTime modified);
Fallible<void> allocate(Descriptor& file, uint64_t offset, uint64_t size);
Fallible<void> advise(Descriptor& file, uint64_t offset, uint64_t size, Advice advice);
Fallible<void> sync_all(Descriptor& file);
Fallible<void> sync_data(Descriptor& file);
Fallible<void> set_append(Descriptor& file, bool on);

// Bytes that can be read without waiting; 0 where the system does not say.
uint64_t available(const Descriptor& file);

// For utimensat and futimens; EINVAL where a moment is beyond what the system can say.
struct TimePair {
  timespec times[2];
};
Fallible<TimePair> time_pair(NewTime accessed, NewTime modified);

}  // namespace heddle::wasi
