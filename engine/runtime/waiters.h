// Threads that wait in a shared memory (spec: threads, memory.atomic.wait and notify). A waiter's comparison with the
// expected value and its enqueuing are one step for notifiers, who take the same lock: no wake-up is lost, none is
// spurious. Waiters of one address are woken in the order they came.
#pragma once
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace heddle::rt {

// The first three are what the instruction returns; an interrupted wait traps.
enum class WaitResult : uint32_t { woken = 0, not_equal = 1, timed_out = 2, interrupted = 3 };

class Waiters {
 public:
  Waiters() = default;
  Waiters(const Waiters&) = delete;
  Waiters& operator=(const Waiters&) = delete;

  // Bounds, alignment and that the memory is shared have been checked: `cell` is naturally aligned and stays
  // accessible. A negative timeout waits for ever. A nonzero `poll` (StoreContext::poll) ends the wait within
  // kPollIntervalNs.
  WaitResult wait32(uint32_t* cell, uint32_t expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll);
  WaitResult wait64(uint64_t* cell, uint64_t expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll);
  uint32_t notify(const void* cell, uint32_t count);  // how many were woken

  static constexpr int64_t kPollIntervalNs = 10'000'000;

 private:
  struct Waiter {
    const void* cell = nullptr;
    Waiter* next = nullptr;
    Waiter* previous = nullptr;
    bool woken = false;
    std::condition_variable condition;
  };
  struct Queue {  // of the addresses that fall into one bucket
    std::mutex lock;
    Waiter* first = nullptr;
    Waiter* last = nullptr;
    void append(Waiter& waiter);
    void remove(Waiter& waiter);
  };
  static constexpr size_t kQueues = 32;

  template <class T>
  WaitResult wait(T* cell, T expected, int64_t timeout_ns, const std::atomic<uint32_t>& poll);
  Queue& queue_of(const void* cell);

  std::array<Queue, kQueues> queues_;
};

}  // namespace heddle::rt
