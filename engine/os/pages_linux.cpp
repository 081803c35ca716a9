#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <mutex>

#include "base/assert.h"
#include "os/pages.h"

namespace heddle::os {
namespace {

constexpr int kPrivate = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

void* map(uint64_t bytes, int protection) {
  uint64_t size = to_pages(bytes);
  if (size == 0 || size > PTRDIFF_MAX) return nullptr;
  void* start = mmap(nullptr, size, protection, kPrivate, -1, 0);
  return start == MAP_FAILED ? nullptr : start;
}

struct Range {
  void* start = nullptr;
  uint64_t size = 0;
};

// What the system did not take back: a piece out of the middle of a mapping leaves two, and a process may have only
// so many. Its memory is gone at once, its addresses wait here until there are fewer; of more than these they are
// lost. Nothing is allocated, which would fail then too.
struct Leftovers {
  std::mutex lock;
  std::array<Range, 1024> ranges;
  std::atomic<size_t> count{0};
};
constinit Leftovers leftovers;

bool unmap(void* start, uint64_t size) {
  if (munmap(start, size) == 0) return true;
  HEDDLE_ASSERT(errno == ENOMEM);
  return false;
}

void release_later(void* start, uint64_t size) {
  static_cast<void>(madvise(start, size, MADV_DONTNEED));
  static_cast<void>(mprotect(start, size, PROT_NONE));  // one mapping with what is around it, perhaps
  if (unmap(start, size)) return;
  const std::lock_guard held(leftovers.lock);
  if (leftovers.count < leftovers.ranges.size()) leftovers.ranges[leftovers.count++] = {start, size};
}

void release_leftovers() {
  const std::lock_guard held(leftovers.lock);
  while (leftovers.count > 0) {
    const Range& last = leftovers.ranges[leftovers.count - 1];
    if (!unmap(last.start, last.size)) return;
    --leftovers.count;
  }
}

}  // namespace

uint64_t page_size() {
  static const uint64_t size = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return size;
}

uint64_t to_pages(uint64_t bytes) {
  uint64_t mask = page_size() - 1;
  return bytes > UINT64_MAX - mask ? UINT64_MAX : (bytes + mask) & ~mask;
}

void* reserve(uint64_t bytes) { return map(bytes, PROT_NONE); }

void* map_zeroed(uint64_t bytes) { return map(bytes, PROT_READ | PROT_WRITE); }

void* map_aligned(uint64_t bytes, uint64_t alignment) {
  uint64_t size = to_pages(bytes);
  if (size > PTRDIFF_MAX - alignment) return nullptr;
  void* whole = map_zeroed(size + alignment);
  if (!whole) return nullptr;
  auto first = reinterpret_cast<uintptr_t>(whole);
  uintptr_t start = (first + alignment - 1) & ~(alignment - 1);
  uintptr_t end = first + size + alignment;
  if (start != first) release(whole, start - first);
  if (start + size != end) release(reinterpret_cast<void*>(start + size), end - start - size);
  return reinterpret_cast<void*>(start);
}

bool commit(void* start, uint64_t bytes) {
  // SAFETY: only pages that reserve() handed out become accessible.
  return bytes == 0 || mprotect(start, to_pages(bytes), PROT_READ | PROT_WRITE) == 0;
}

bool protect(void* start, uint64_t bytes) {
  // SAFETY: takes access away.
  return bytes == 0 || mprotect(start, to_pages(bytes), PROT_NONE) == 0;
}

bool discard(void* start, uint64_t bytes) {
  return bytes == 0 || madvise(start, to_pages(bytes), MADV_DONTNEED) == 0;
}

void* remap(void* start, uint64_t old_bytes, uint64_t new_bytes) {
  uint64_t size = to_pages(new_bytes);
  if (size == 0 || size > PTRDIFF_MAX) return nullptr;
  void* moved = mremap(start, to_pages(old_bytes), size, MREMAP_MAYMOVE);
  return moved == MAP_FAILED ? nullptr : moved;
}

void release(void* start, uint64_t bytes) {
  if (!start || bytes == 0) return;
  if (!unmap(start, to_pages(bytes))) return release_later(start, to_pages(bytes));
  if (leftovers.count.load(std::memory_order_relaxed) > 0) [[unlikely]]
    release_leftovers();
}

}  // namespace heddle::os
