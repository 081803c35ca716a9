// How other threads stop a store. An Interruptor is the store's letter box: it sets bits of the poll word that code
// looks at in loops and function entries, and outlives the store, so that a handle to it is safe at any time. The
// watchdog of an engine raises kDeadline in those whose time has come; its thread starts with the first deadline and
// ends with the engine.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

namespace heddle::rt {

// Bits of StoreContext::poll.
enum Interrupt : uint32_t { kInterrupted = 1, kDeadline = 2 };

class Interruptor;
using Deadlines = std::multimap<uint64_t, std::shared_ptr<Interruptor>>;  // by time

class Interruptor {
 public:
  explicit Interruptor(std::atomic<uint32_t>* poll) : poll_(poll) {}
  void raise(uint32_t bits);  // any thread; nothing happens once the store is gone
  void clear(uint32_t bits);
  void detach();  // by the store when it goes
  // `wake` is called, by any thread and with a lock held, when something is raised: who waits for anything else than
  // the poll word may look at it then.
  void on_raise(std::function<void()> wake);

 private:
  friend class Watchdog;
  std::mutex lock_;
  std::atomic<uint32_t>* poll_;
  std::function<void()> wake_;
  Deadlines::iterator deadline_;  // the watchdog's, under its lock
  bool armed_ = false;
};

class Watchdog {
 public:
  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // Raises kDeadline at `at_ns` of os::monotonic_ns(). Replaces what the same interruptor asked for before.
  void arm(const std::shared_ptr<Interruptor>& who, uint64_t at_ns);
  // Afterwards nothing is raised for it any more and the bit is clear.
  void disarm(const std::shared_ptr<Interruptor>& who);

 private:
  void run();
  void forget(Interruptor& who);  // under the lock

  std::mutex lock_;
  std::condition_variable wake_;
  Deadlines by_time_;
  std::thread thread_;
  bool stopping_ = false;
};

}  // namespace heddle::rt
