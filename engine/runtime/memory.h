// A linear memory (spec 4.2.9). Two kinds: `reserved` has address space for every 32-bit index plus guards
// (reservations.h), never moves and needs no check in code, for an access beyond its size faults; the rest is checked
// explicitly, and moves when it grows unless it is shared. `bounds_checked()` is what a tier asks at instantiation.
//
// Threads: a shared memory may be grown and accessed by any; `size` is then atomic and only rises. Others belong to
// their store.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/result.h"
#include "runtime/budget.h"
#include "syntax/types.h"

namespace heddle::rt {

struct Instance;
class Waiters;  // memory.atomic.wait and notify; runtime/waiters.h

enum class MemoryMode : uint8_t { guard, checked };  // guard: reserve where possible

class Memory {
 public:
  // `budget` may be null (shared memories belong to no store). Never aborts: out_of_memory or budget_exceeded.
  static Result<std::unique_ptr<Memory>> create(const MemType& type, MemoryMode mode, Budget* budget);
  // Types whose code needs no checks where their memories are reserved: 32-bit indices, pages of 64 KiB.
  static bool reservable(const MemType& type) { return !type.addr64 && type.page_size_log2 == 16; }
  // Do faults become traps here, and is there address space for a reservation? An engine asks once; where not, its
  // memories and its code are of the checked kind.
  static bool can_reserve();
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  uint8_t* base() const { return base_; }
  uint64_t size() const { return size_.load(std::memory_order_relaxed); }  // bytes
  uint64_t pages() const { return size() >> type_.page_size_log2; }
  const MemType& type() const { return type_; }  // as declared
  MemType current_type() const;                  // minimum is the current size
  bool bounds_checked() const { return !reserved_; }
  // The page count before, or -1 (all bits) where it cannot grow. Updates every instance's cached base.
  uint64_t grow(uint64_t delta_pages);
  // The one bounds check of C++ code: the bytes [start, start + length), or an empty span with ok = false.
  Result<std::span<uint8_t>> slice(uint64_t start, uint64_t length) {
    if (length > size() || start > size() - length) return ErrorCode::out_of_bounds_memory;
    return std::span<uint8_t>(base_ + start, length);
  }
  // Does the address lie in this memory's reservation? What the signal handler asks; takes no lock.
  bool reserves(const void* address) const;

  Waiters* waiters() const { return waiters_.get(); }  // shared memories only
  void add_user(Instance* instance) {
    users_.push_back(instance);
  }  // instances that cache base and size (not shared)

 private:
  Memory() = default;
  bool map_with_guards(uint64_t bytes);
  bool map_immovable(uint64_t bytes);
  bool map_movable(uint64_t bytes);
  bool move_to_capacity(uint64_t bytes);
  bool make_accessible(uint64_t old_bytes, uint64_t new_bytes);

  uint8_t* base_ = nullptr;
  std::atomic<uint64_t> size_{0};
  MemType type_;
  bool reserved_ = false;
  uint64_t max_bytes_ = 0;  // of its type
  uint64_t capacity_ = 0;   // bytes that may become accessible without moving
  void* mapping_ = nullptr;
  uint64_t mapping_size_ = 0;
  Budget* budget_ = nullptr;
  std::mutex grow_lock_;  // shared memories
  std::unique_ptr<Waiters> waiters_;
  std::vector<Instance*> users_;
};

}  // namespace heddle::rt
