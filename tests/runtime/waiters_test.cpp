#include "runtime/waiters.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

#include "os/clock.h"

using namespace heddle;
using namespace heddle::rt;

namespace {

constexpr int64_t kForever = -1;
const std::atomic<uint32_t> kNoPoll{0};

// Until `count` waiters of a cell have been woken: they may not have come yet.
void notify_all_of(Waiters& waiters, const void* cell, uint32_t count) {
  for (uint32_t woken = 0; woken < count;) {
    woken += waiters.notify(cell, count - woken);
    std::this_thread::yield();
  }
}

}  // namespace

TEST_CASE("waiters: not equal, timed out, nobody to wake") {
  Waiters waiters;
  uint32_t word = 5;
  uint64_t wide = uint64_t{5} << 32;
  CHECK(waiters.wait32(&word, 4, kForever, kNoPoll) == WaitResult::not_equal);
  CHECK(waiters.wait64(&wide, 5, kForever, kNoPoll) == WaitResult::not_equal);
  CHECK(waiters.wait32(&word, 5, 0, kNoPoll) == WaitResult::timed_out);
  CHECK(waiters.wait64(&wide, uint64_t{5} << 32, 0, kNoPoll) == WaitResult::timed_out);
  uint64_t start = os::monotonic_ns();
  CHECK(waiters.wait32(&word, 5, 30'000'000, kNoPoll) == WaitResult::timed_out);
  CHECK(os::monotonic_ns() - start >= 30'000'000);
  CHECK(waiters.notify(&word, 10) == 0);
}

TEST_CASE("waiters: woken by notify, in order, no more than asked for") {
  Waiters waiters;
  uint32_t cells[2] = {};
  std::atomic<int> woken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; i++) {
    threads.emplace_back([&] {
      CHECK(waiters.wait32(&cells[0], 0, INT64_MAX, kNoPoll) == WaitResult::woken);
      woken++;
    });
  }
  CHECK(waiters.notify(&cells[1], 100) == 0);
  CHECK(waiters.notify(&cells[0], 0) == 0);
  notify_all_of(waiters, &cells[0], 1);
  while (woken < 1) std::this_thread::yield();
  CHECK(woken == 1);
  notify_all_of(waiters, &cells[0], 2);
  for (auto& thread : threads) thread.join();
  CHECK(waiters.notify(&cells[0], 100) == 0);
}

TEST_CASE("waiters: an interrupt ends a wait without end") {
  Waiters waiters;
  uint32_t word = 0;
  std::atomic<uint32_t> poll{0};
  std::thread waiting([&] { CHECK(waiters.wait32(&word, 0, kForever, poll) == WaitResult::interrupted); });
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  poll = 1;
  waiting.join();
  CHECK(waiters.notify(&word, 1) == 0);
}

// A mutex of three states as programs build it: a lost wake-up would hang, a torn one break the count.
TEST_CASE("waiters: a futex mutex excludes and loses no wake-up") {
  Waiters waiters;
  uint32_t state = 0;
  uint64_t count = 0;
  constexpr int kThreads = 4, kRounds = 5000;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; t++) {
    threads.emplace_back([&] {
      std::atomic_ref<uint32_t> lock(state);
      for (int i = 0; i < kRounds; i++) {
        uint32_t seen = 0;
        if (!lock.compare_exchange_strong(seen, 1)) {
          while (lock.exchange(2) != 0) waiters.wait32(&state, 2, kForever, kNoPoll);
        }
        count++;
        if (lock.exchange(0) == 2) waiters.notify(&state, 1);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(count == uint64_t{kThreads} * kRounds);
}
