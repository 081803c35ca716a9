// fd_*: operations on descriptors.
#include <algorithm>

#include "wasi/p1/iovecs.h"
#include "wasi/p1/p1.h"
#include "wasi/p1/times.h"

namespace heddle::wasi::p1 {
namespace {

// What the reads and writes have in common: the file with the right, the guest's buffers, and how much was moved.
template <class Move>
Errno transfer_file(P1& p1, FdNumber fd, Rights right, GuestSpan<Iovec> iovs, GuestPtr<Size> done, Move move) {
  Entry* entry;
  P1_CHECK(p1.find_file(fd, right, entry));
  Iovecs list;
  P1_CHECK(list.load(p1, iovs));
  return transfer(p1, list, done, [&] { return move(*entry, list.span()); });
}

}  // namespace

Errno fd_advise(P1& p1, FdNumber fd, FileSize offset, FileSize len, Advice advice) {
  Entry* entry;
  P1_CHECK(p1.find_file(fd, rights::fd_advise, entry));
  return to_errno(advise(*entry, offset, len, advice));
}

Errno fd_allocate(P1& p1, FdNumber fd, FileSize offset, FileSize len) {
  Entry* entry;
  P1_CHECK(p1.find_file(fd, rights::fd_allocate, entry));
  return to_errno(allocate(*entry, offset, len));
}

Errno fd_close(P1& p1, FdNumber fd) { return p1.remove(fd); }

Errno fd_datasync(P1& p1, FdNumber fd) {
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_datasync, entry));
  return to_errno(sync_data(*entry));
}

Errno fd_sync(P1& p1, FdNumber fd) {
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_sync, entry));
  return to_errno(sync_all(*entry));
}

Errno fd_fdstat_get(P1& p1, FdNumber fd, GuestPtr<FdStat> out) {
  Entry* entry;
  P1_CHECK(p1.find(fd, 0, entry));
  out.set({entry->type, entry->flags, entry->base, entry->inheriting});
  return Errno::success;
}

Errno fd_fdstat_set_flags(P1& p1, FdNumber fd, FdFlags flags) {
  constexpr uint16_t kFixed = kDsync | kRsync | kSync;  // the system sets them when it opens a file, never later
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_fdstat_set_flags, entry));
  if ((flags.bits ^ entry->flags.bits) & kFixed) return Errno::notsup;
  P1_CHECK(to_errno(set_append(*entry, flags.has(kAppend))));
  entry->nonblock = flags.has(kNonblock);
  entry->flags = flags;
  return Errno::success;
}

Errno fd_fdstat_set_rights(P1& p1, FdNumber fd, Rights base, Rights inheriting) {
  Entry* entry;
  P1_CHECK(p1.find(fd, 0, entry));
  if ((base & ~entry->base) || (inheriting & ~entry->inheriting)) return Errno::notcapable;
  entry->base = base;
  entry->inheriting = inheriting;
  return Errno::success;
}

Errno fd_filestat_get(P1& p1, FdNumber fd, GuestPtr<FileStat> out) {
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_filestat_get, entry));
  out.set(P1_TRY(stat_of(entry->number())));
  return Errno::success;
}

Errno fd_filestat_set_size(P1& p1, FdNumber fd, FileSize size) {
  Entry* entry;
  P1_CHECK(p1.find_file(fd, rights::fd_filestat_set_size, entry));
  return to_errno(set_size(*entry, size));
}

Errno fd_filestat_set_times(P1& p1, FdNumber fd, Timestamp atim, Timestamp mtim, FstFlags flags) {
  Entry* entry;
  P1_CHECK(p1.find(fd, rights::fd_filestat_set_times, entry));
  NewTime accessed, modified;
  P1_CHECK(new_times(atim, mtim, flags, accessed, modified));
  return to_errno(set_times(*entry, accessed, modified));
}

Errno fd_prestat_get(P1& p1, FdNumber fd, GuestPtr<Prestat> out) {
  Entry* entry;
  P1_CHECK(p1.find(fd, 0, entry));
  if (!entry->preopen) return Errno::badf;  // how guests notice that there are no more
  out.set({PreopenType::dir, static_cast<Size>(entry->preopen->size())});
  return Errno::success;
}

Errno fd_prestat_dir_name(P1& p1, FdNumber fd, GuestSpan<uint8_t> path) {
  Entry* entry;
  P1_CHECK(p1.find(fd, 0, entry));
  if (!entry->preopen) return Errno::badf;
  if (path.count() < entry->preopen->size()) return Errno::nametoolong;
  std::copy(entry->preopen->begin(), entry->preopen->end(), path.bytes().begin());
  return Errno::success;
}

Errno fd_read(P1& p1, FdNumber fd, GuestSpan<Iovec> iovs, GuestPtr<Size> nread) {
  return transfer_file(p1, fd, rights::fd_read, iovs, nread,
                       [&](Entry& entry, auto buffers) { return read(entry, buffers, p1.stop()); });
}

Errno fd_write(P1& p1, FdNumber fd, GuestSpan<Iovec> iovs, GuestPtr<Size> nwritten) {
  return transfer_file(p1, fd, rights::fd_write, iovs, nwritten,
                       [&](Entry& entry, auto buffers) { return write(entry, buffers, p1.stop()); });
}

Errno fd_pread(P1& p1, FdNumber fd, GuestSpan<Iovec> iovs, FileSize offset, GuestPtr<Size> nread) {
  return transfer_file(p1, fd, rights::fd_read, iovs, nread,
                       [&](Entry& entry, auto buffers) { return read_at(entry, buffers, offset); });
}

Errno fd_pwrite(P1& p1, FdNumber fd, GuestSpan<Iovec> iovs, FileSize offset, GuestPtr<Size> nwritten) {
  return transfer_file(p1, fd, rights::fd_write, iovs, nwritten,
                       [&](Entry& entry, auto buffers) { return write_at(entry, buffers, offset); });
}

// Entries fill the buffer to its end, the last one cut off where it does not fit: that tells the guest that there are
// more, and it asks again from the last whole one.
Errno fd_readdir(P1& p1, FdNumber fd, GuestSpan<uint8_t> buf, Cookie cookie, GuestPtr<Size> bufused) {
  Entry* entry;
  P1_CHECK(p1.find_directory(fd, rights::fd_readdir, entry));
  if (!entry->entries) entry->entries = std::make_unique<DirEntries>(P1_TRY(DirEntries::open(entry->number())));
  P1_CHECK(to_errno(entry->entries->seek(cookie)));
  P1_CHECK(p1.charge(buf.count()));
  std::span<uint8_t> room = buf.bytes();
  auto put = [&](const uint8_t* bytes, size_t size) {
    size = std::min(size, room.size());
    std::copy_n(bytes, size, room.begin());
    room = room.subspan(size);
  };
  DirEntry found;
  while (!room.empty() && P1_TRY(entry->entries->next(found))) {
    uint8_t head[Layout<Dirent>::kSize] = {};
    Layout<Dirent>::put(head, {found.next, found.inode, static_cast<Size>(found.name.size()), found.type});
    put(head, sizeof head);
    put(reinterpret_cast<const uint8_t*>(found.name.data()), found.name.size());
  }
  const Size used = buf.count() - static_cast<Size>(room.size());
  p1.refund(buf.count(), used);
  bufused.set(used);
  return Errno::success;
}

Errno fd_renumber(P1& p1, FdNumber fd, FdNumber to) { return p1.renumber(fd, to); }

Errno fd_seek(P1& p1, FdNumber fd, FileDelta offset, Whence whence, GuestPtr<FileSize> out) {
  Entry* entry;
  P1_CHECK(p1.find_file(fd, 0, entry));
  bool only_asks = whence == Whence::cur && offset == 0;
  if (!(entry->base & (rights::fd_seek | rights::fd_tell)) && entry->type != FileType::regular_file)
    return Errno::spipe;
  P1_CHECK(p1.find(fd, only_asks ? rights::fd_tell : rights::fd_seek, entry));
  out.set(P1_TRY(seek(*entry, offset, whence)));
  return Errno::success;
}

Errno fd_tell(P1& p1, FdNumber fd, GuestPtr<FileSize> out) { return fd_seek(p1, fd, 0, Whence::cur, out); }

}  // namespace heddle::wasi::p1
