#include "component/link/host_memory.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "component/canon/alignment.h"

namespace heddle::component::link {

uint8_t* HostMemory::at(uint64_t ptr, uint64_t size) {
  HEDDLE_ASSERT(in_bounds(ptr, size, size_));
  return bytes_.get() + ptr;
}

uint64_t HostMemory::allocate(uint64_t alignment, uint64_t size) {
  constexpr uint64_t kFirst = 1024;
  const uint64_t ptr = canon::align_to(size_, alignment), end = ptr + size;
  if (end > capacity_) {
    capacity_ = std::max({end, 2 * capacity_, kFirst});
    auto moved = std::make_unique_for_overwrite<uint8_t[]>(capacity_);
    if (size_ > 0) std::memcpy(moved.get(), bytes_.get(), size_);
    bytes_ = std::move(moved);
  }
  size_ = end;
  return ptr;
}

uint64_t HostMemory::reallocate(uint64_t old, uint64_t old_size, uint64_t alignment, uint64_t size) {
  if (size <= old_size) return old;
  const uint64_t ptr = allocate(alignment, size);
  if (old_size > 0) std::memcpy(at(ptr, old_size), at(old, old_size), old_size);
  return ptr;
}

void HostMemory::clear() {
  size_ = 0;
  if (capacity_ <= kKept) return;
  bytes_.reset();
  capacity_ = 0;
}

}  // namespace heddle::component::link
