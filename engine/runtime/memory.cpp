#include "runtime/memory.h"

#include <algorithm>
#include <new>

#include "os/pages.h"
#include "os/signals.h"
#include "runtime/instance.h"
#include "runtime/reservations.h"
#include "runtime/waiters.h"
#include "syntax/limits.h"

namespace heddle::rt {
namespace {

constexpr uint64_t kAddressSpace32 = uint64_t{1} << 32;
constexpr uint64_t kMaxSharedReservation = uint64_t{64} << 30;
constexpr uint64_t kRefused = UINT64_MAX;

// The most pages a memory of this type can ever have: its declared maximum, or what its addresses reach. With
// one-byte pages the page count itself has to fit the address type.
uint64_t max_pages(const MemType& type) {
  uint64_t reach = type.addr64 ? UINT64_MAX >> type.page_size_log2
                               : std::min(kAddressSpace32 >> type.page_size_log2, uint64_t{UINT32_MAX});
  return std::min(type.limits.max.value_or(UINT64_MAX), reach);
}

// Where capacity has to grow, it grows by half: the cost of moving, page tables only, is amortised.
uint64_t next_capacity(uint64_t capacity, uint64_t needed, uint64_t most) {
  uint64_t half_more = capacity + capacity / 2;
  return std::min(std::max(half_more, needed), std::max(most, needed));
}

}  // namespace

Result<std::unique_ptr<Memory>> Memory::create(const MemType& type, MemoryMode mode, Budget* budget) {
  if (type.limits.min > max_pages(type)) return ErrorCode::out_of_memory;
  uint64_t bytes = type.limits.min << type.page_size_log2;
  std::unique_ptr<Memory> memory(new (std::nothrow) Memory());
  if (!memory) return ErrorCode::out_of_memory;
  memory->type_ = type;
  memory->max_bytes_ = max_pages(type) << type.page_size_log2;
  if (type.shared) {
    memory->waiters_.reset(new (std::nothrow) Waiters());
    if (!memory->waiters_) return ErrorCode::out_of_memory;
  }
  if (budget && !budget->charge(Resource::memory_bytes, bytes)) return ErrorCode::budget_exceeded;
  memory->budget_ = budget;
  memory->size_.store(bytes, std::memory_order_relaxed);
  bool reserve = mode == MemoryMode::guard && os::faults_supported() && reservable(type);
  if (reserve && memory->map_with_guards(bytes)) return memory;
  bool mapped = type.shared ? memory->map_immovable(bytes) : memory->map_movable(bytes);
  if (!mapped) return ErrorCode::out_of_memory;
  return memory;
}

Memory::~Memory() {
  if (reserved_) {
    give_reservation({mapping_, os::to_pages(size())});
  } else {
    os::release(mapping_, mapping_size_);
  }
  if (budget_) budget_->release(Resource::memory_bytes, size());
}

bool Memory::can_reserve() {
  if (!os::faults_supported()) return false;
  void* mapping = os::reserve(Reservation::kBytes);
  if (!mapping) return false;
  os::release(mapping, Reservation::kBytes);
  return true;
}

// SAFETY: every address a 32-bit index and an offset below Reservation::kGuardBytes can form lies inside the
// reservation, of which exactly the first `bytes` behind the guard are accessible.
bool Memory::map_with_guards(uint64_t bytes) {
  const Reservation reservation = take_reservation(bytes);
  if (!reservation.start) return false;
  mapping_ = reservation.start;
  mapping_size_ = Reservation::kBytes;
  base_ = reservation.base();
  capacity_ = max_bytes_;
  reserved_ = true;
  return true;
}

// Shared and checked: other threads hold the base, so the space it may grow into is reserved now. Where less than the
// declared maximum is to be had, growth ends earlier.
bool Memory::map_immovable(uint64_t bytes) {
  uint64_t least = std::max(os::to_pages(bytes), os::page_size());
  uint64_t wanted = std::max(least, os::to_pages(std::min(max_bytes_, kMaxSharedReservation)));
  void* mapping = os::reserve(wanted);
  while (!mapping && wanted > least) {
    wanted = std::max(least, os::to_pages(wanted / 2));
    mapping = os::reserve(wanted);
  }
  if (!mapping) return false;
  mapping_ = mapping;
  mapping_size_ = wanted;
  base_ = static_cast<uint8_t*>(mapping);
  capacity_ = std::min(wanted, max_bytes_);
  return os::commit(base_, bytes);
}

// Checked and not shared: pages up to the capacity are accessible, for code compares with size() and fresh pages cost
// nothing.
bool Memory::map_movable(uint64_t bytes) {
  uint64_t wanted = std::max(os::to_pages(bytes), os::page_size());
  mapping_ = os::map_zeroed(wanted);
  if (!mapping_) return false;
  mapping_size_ = wanted;
  base_ = static_cast<uint8_t*>(mapping_);
  capacity_ = std::min(wanted, max_bytes_);
  return true;
}

bool Memory::move_to_capacity(uint64_t bytes) {
  uint64_t wanted = os::to_pages(next_capacity(mapping_size_, bytes, max_bytes_));
  void* moved = os::remap(mapping_, mapping_size_, wanted);
  if (!moved) {
    wanted = os::to_pages(bytes);
    moved = os::remap(mapping_, mapping_size_, wanted);
  }
  if (!moved) return false;
  mapping_ = moved;
  mapping_size_ = wanted;
  base_ = static_cast<uint8_t*>(moved);
  capacity_ = std::min(wanted, max_bytes_);
  for (Instance* user : users_) {
    if (user->memory0 == this) user->memory0_base = base_;
  }
  return true;
}

uint64_t Memory::grow(uint64_t delta_pages) {
  std::unique_lock lock(grow_lock_, std::defer_lock);
  if (type_.shared) lock.lock();
  uint64_t old_bytes = size();
  uint64_t old_pages = old_bytes >> type_.page_size_log2;
  uint64_t max_pages = max_bytes_ >> type_.page_size_log2;
  if (delta_pages > max_pages - old_pages) return kRefused;
  uint64_t delta_bytes = delta_pages << type_.page_size_log2;
  uint64_t new_bytes = old_bytes + delta_bytes;
  if (budget_ && !budget_->charge(Resource::memory_bytes, delta_bytes)) return kRefused;
  if (!make_accessible(old_bytes, new_bytes)) {
    if (budget_) budget_->release(Resource::memory_bytes, delta_bytes);
    return kRefused;
  }
  size_.store(new_bytes, std::memory_order_release);
  return old_pages;
}

bool Memory::make_accessible(uint64_t old_bytes, uint64_t new_bytes) {
  if (!reserved_ && !type_.shared) return new_bytes <= capacity_ || move_to_capacity(new_bytes);
  if (new_bytes > capacity_) return false;
  uint64_t done = os::to_pages(old_bytes), wanted = os::to_pages(new_bytes);
  return done == wanted || os::commit(base_ + done, wanted - done);
}

MemType Memory::current_type() const {
  MemType type = type_;
  type.limits.min = pages();
  return type;
}

bool Memory::reserves(const void* address) const {
  auto at = reinterpret_cast<uintptr_t>(address), start = reinterpret_cast<uintptr_t>(mapping_);
  return reserved_ && at - start < mapping_size_;
}

}  // namespace heddle::rt
