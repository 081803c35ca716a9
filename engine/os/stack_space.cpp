#include "os/stack_space.h"

#include <atomic>
#include <cstdio>

#include "base/assert.h"
#include "os/pages.h"

namespace heddle::os {
namespace {

constexpr uint64_t kGuardBytes = uint64_t{64} << 10;

std::atomic<uint64_t> stacks{0};

// The mappings that Linux gives to a process; what it gives unless it is told otherwise, where there is no asking.
uint64_t most_mappings() {
  unsigned long long most = 65'530;
  if (FILE* file = std::fopen("/proc/sys/vm/max_map_count", "r")) {
    if (std::fscanf(file, "%llu", &most) != 1) most = 65'530;
    (void)std::fclose(file);
  }
  return most;
}

bool take_one() {
  if (stacks.fetch_add(1, std::memory_order_relaxed) < StackSpace::most()) return true;
  stacks.fetch_sub(1, std::memory_order_relaxed);
  return false;
}

uint64_t guard_bytes() { return to_pages(kGuardBytes); }

}  // namespace

// Three quarters of the mappings, of which a stack takes two.
uint64_t StackSpace::most() {
  static const uint64_t most = most_mappings() / 8 * 3;
  return most;
}

uint64_t StackSpace::count() { return stacks.load(std::memory_order_relaxed); }

Result<StackSpace> StackSpace::create(uint64_t bytes) {
  if (bytes > kMaxBytes || !take_one()) return ErrorCode::out_of_memory;
  const uint64_t size = to_pages(bytes);
  void* mapping = reserve(size + 2 * guard_bytes());
  if (!mapping) {
    stacks.fetch_sub(1, std::memory_order_relaxed);
    return ErrorCode::out_of_memory;
  }
  StackSpace space(mapping, size);
  if (!commit(space.low(), size)) return ErrorCode::out_of_memory;
  return space;
}

StackSpace::~StackSpace() {
  if (!mapping_) return;
  release(mapping_, bytes_ + 2 * guard_bytes());
  stacks.fetch_sub(1, std::memory_order_relaxed);
}

uint8_t* StackSpace::low() const { return static_cast<uint8_t*>(mapping_) + guard_bytes(); }

}  // namespace heddle::os
