// The state of a guest: its descriptors and the memory it calls with.
#include "wasi/p1/p1.h"

#include "exec/interp/frame.h"
#include "runtime/bulk.h"

namespace heddle::wasi::p1 {

namespace {

rt::Memory* exported_memory(rt::Instance& instance) {
  const syntax::Export* found = instance.module->find_export("memory");
  return found && found->kind == ExternKind::memory ? instance.memories()[found->index] : nullptr;
}

}  // namespace

P1::P1(std::shared_ptr<const Grants> grants) : grants_(std::move(grants)) {
  for (int i = 0; i < 3; ++i) {
    entries_.emplace_back();
    std::optional<Descriptor> stream = standard_stream(grants_->streams[i], i == 0);
    if (!stream) continue;
    auto entry = std::make_unique<Entry>();
    static_cast<Descriptor&>(*entry) = std::move(*stream);
    entry->base = rights_of(*entry);
    entries_.back() = std::move(entry);
  }
  for (const Grants::Preopen& preopen : grants_->preopens) {
    auto entry = std::make_unique<Entry>();
    entry->fd = preopen.fd;
    entry->type = FileType::directory;
    entry->may_change = preopen.may_change;
    entry->base = rights::kOfDirectory;
    entry->inheriting = rights::kAll;
    entry->preopen = &preopen.guest_name;
    entries_.push_back(std::move(entry));
  }
}

bool P1::enter(rt::Store& store) {
  store_ = &store;
  const rt::Activation* activation = store.context.activation;
  rt::Instance* caller = activation ? activation->ctx : nullptr;
  if (!caller || !caller->module) return false;
  if (caller != caller_) {
    memory_ = exported_memory(*caller);
    caller_ = caller;
  }
  return memory_ != nullptr;
}

Errno P1::charge(uint64_t bytes) const {
  return store_->consume_fuel(bytes / rt::kBulkBytesPerFuel) ? Errno::success : kErrnoOutOfFuel;
}

void P1::refund(uint64_t charged_bytes, uint64_t moved_bytes) const {
  store_->return_fuel(charged_bytes / rt::kBulkBytesPerFuel - moved_bytes / rt::kBulkBytesPerFuel);
}

Errno P1::find(FdNumber fd, Rights needed, Entry*& entry) {
  if (fd >= entries_.size() || !entries_[fd]) return Errno::badf;
  entry = entries_[fd].get();
  if ((entry->base & needed) == needed) return Errno::success;
  // What cannot be read or written is no descriptor for it, as everywhere else.
  bool transfer = !entry->is_directory() && (needed & (rights::fd_read | rights::fd_write));
  return transfer ? Errno::badf : Errno::notcapable;
}

Errno P1::find_file(FdNumber fd, Rights needed, Entry*& entry) {
  if (fd < entries_.size() && entries_[fd] && entries_[fd]->is_directory()) return Errno::isdir;
  return find(fd, needed, entry);
}

Errno P1::find_directory(FdNumber fd, Rights needed, Entry*& entry) {
  if (fd < entries_.size() && entries_[fd] && !entries_[fd]->is_directory()) return Errno::notdir;
  return find(fd, needed, entry);
}

Errno P1::add(Entry entry, FdNumber& fd) {
  fd = 0;
  while (fd < entries_.size() && entries_[fd]) ++fd;
  if (fd >= grants_->max_descriptors) return Errno::mfile;
  if (fd == entries_.size()) entries_.emplace_back();
  entries_[fd] = std::make_unique<Entry>(std::move(entry));
  return Errno::success;
}

Errno P1::remove(FdNumber fd) {
  if (fd >= entries_.size() || !entries_[fd]) return Errno::badf;
  entries_[fd] = nullptr;
  return Errno::success;
}

Errno P1::renumber(FdNumber from, FdNumber to) {
  if (from >= entries_.size() || !entries_[from] || to >= entries_.size() || !entries_[to]) return Errno::badf;
  if (from != to) entries_[to] = std::move(entries_[from]);
  return Errno::success;
}

Errno to_errno(Failure failure) {
  switch (failure.code) {
    case 0: return Errno::success;
    case kStopped: return kErrnoStopped;
#define ERRNO(posix, name) \
  case posix: return Errno::name;
#include "wasi/host/errno.inc"
#undef ERRNO
    default: return Errno::io;
  }
}

Rights rights_of(const Descriptor& descriptor) {
  if (descriptor.is_directory()) return rights::kOfDirectory;
  bool seekable = descriptor.type == FileType::regular_file || descriptor.type == FileType::block_device;
  Rights all = seekable ? rights::kOfFile : rights::kOfStream;
  if (!descriptor.readable) all &= ~Rights{rights::fd_read};
  if (!descriptor.writable) all &= ~rights::kThatWrite;
  return all;
}

}  // namespace heddle::wasi::p1
