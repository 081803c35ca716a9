// The watchdog: deadlines ordered by time, one thread that sleeps until the first.
#include "runtime/watchdog.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "os/clock.h"

namespace heddle::rt {

void Interruptor::raise(uint32_t bits) {
  std::lock_guard guard(lock_);
  if (poll_) poll_->fetch_or(bits, std::memory_order_relaxed);
  if (wake_) wake_();
}

void Interruptor::clear(uint32_t bits) {
  std::lock_guard guard(lock_);
  if (poll_) poll_->fetch_and(~bits, std::memory_order_relaxed);
}

void Interruptor::detach() {
  std::lock_guard guard(lock_);
  poll_ = nullptr;
  wake_ = nullptr;
}

void Interruptor::on_raise(std::function<void()> wake) {
  std::lock_guard guard(lock_);
  wake_ = std::move(wake);
}

Watchdog::~Watchdog() {
  {
    std::lock_guard guard(lock_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::arm(const std::shared_ptr<Interruptor>& who, uint64_t at_ns) {
  bool first;
  {
    std::lock_guard guard(lock_);
    forget(*who);
    who->deadline_ = by_time_.emplace(at_ns, who);
    who->armed_ = true;
    first = who->deadline_ == by_time_.begin();
    if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  }
  if (first) wake_.notify_one();
}

void Watchdog::disarm(const std::shared_ptr<Interruptor>& who) {
  std::lock_guard guard(lock_);
  forget(*who);
}

void Watchdog::forget(Interruptor& who) {
  if (who.armed_) by_time_.erase(who.deadline_);
  who.armed_ = false;
  who.clear(kDeadline);
}

void Watchdog::run() {
  std::unique_lock guard(lock_);
  while (!stopping_) {
    if (by_time_.empty()) {
      wake_.wait(guard);
      continue;
    }
    uint64_t now = os::monotonic_ns(), next = by_time_.begin()->first;
    if (next > now) {
      // At most an hour a time: a deadline in the far future must not overflow the clock's arithmetic.
      wake_.wait_for(guard, std::chrono::nanoseconds(std::min<uint64_t>(next - now, 3'600'000'000'000)));
      continue;
    }
    by_time_.begin()->second->raise(kDeadline);
    by_time_.begin()->second->armed_ = false;
    by_time_.erase(by_time_.begin());
  }
}

}  // namespace heddle::rt
