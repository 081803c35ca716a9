#include "runtime/waiters.h"

#include <algorithm>
#include <chrono>

namespace heddle::rt {
namespace {

using SteadyClock = std::chrono::steady_clock;
using std::chrono::nanoseconds;

// The end of a wait; the far future where the sum does not fit.
SteadyClock::time_point deadline_after(int64_t timeout_ns) {
  auto now = SteadyClock::now();
  if (timeout_ns < 0) return SteadyClock::time_point::max();
  nanoseconds left = SteadyClock::time_point::max() - now;
  return now + std::min(nanoseconds(timeout_ns), left);
}

}  // namespace

void Waiters::Queue::append(Waiter& waiter) {
  waiter.previous = last;
  (last ? last->next : first) = &waiter;
  last = &waiter;
}

void Waiters::Queue::remove(Waiter& waiter) {
  (waiter.previous ? waiter.previous->next : first) = waiter.next;
  (waiter.next ? waiter.next->previous : last) = waiter.previous;
  waiter.next = waiter.previous = nullptr;
}

Waiters::Queue& Waiters::queue_of(const void* cell) {
  uint64_t hash = (reinterpret_cast<uintptr_t>(cell) >> 2) * 0x9e3779b97f4a7c15;
  return queues_[hash >> 59];
}
static_assert(64 - 59 == 5, "queue_of takes five bits: one of 32 queues");

template <class T>
WaitResult Waiters::wait(T* cell, T expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll) {
  auto deadline = deadline_after(timeout_ns);
  Queue& queue = queue_of(cell);
  std::unique_lock lock(queue.lock);
  if (std::atomic_ref<T>(*cell).load(std::memory_order_seq_cst) != expected) return WaitResult::not_equal;
  Waiter self;
  self.cell = cell;
  queue.append(self);
  while (!self.woken) {
    auto now = SteadyClock::now();
    bool interrupted = poll.load(std::memory_order_relaxed) != 0;
    if (interrupted || now >= deadline) {
      queue.remove(self);
      return interrupted ? WaitResult::interrupted : WaitResult::timed_out;
    }
    self.condition.wait_until(lock, std::min(deadline, now + nanoseconds(kPollIntervalNs)));
  }
  return WaitResult::woken;
}

WaitResult Waiters::wait32(uint32_t* cell, uint32_t expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll) {
  return wait(cell, expected, timeout_ns, poll);
}

WaitResult Waiters::wait64(uint64_t* cell, uint64_t expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll) {
  return wait(cell, expected, timeout_ns, poll);
}

uint32_t Waiters::notify(const void* cell, uint32_t count) {
  Queue& queue = queue_of(cell);
  std::lock_guard lock(queue.lock);
  uint32_t woken = 0;
  for (Waiter* waiter = queue.first; waiter && woken < count;) {
    Waiter* next = waiter->next;
    if (waiter->cell == cell) {
      queue.remove(*waiter);
      waiter->woken = true;
      waiter->condition
          .notify_one();  // under the lock: the waiter, and its condition, may be gone once it is released
      woken++;
    }
    waiter = next;
  }
  return woken;
}

}  // namespace heddle::rt
