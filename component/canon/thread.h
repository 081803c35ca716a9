// "### Threads" (CanonicalABI.md): a thread of a task, running, suspended (until somebody resumes it) or waiting
// (until it is ready and the store resumes it). Threads are cooperative: one of a store runs at a time.
//
// A thread belongs to the table of its instance while it is registered, to Store::waiting while it waits, and to who
// resumes it while it runs.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <optional>

#include "component/canon/continuation.h"

namespace heddle::component::canon {

using ThreadFunc = std::function<Result<void>()>;
using ReadyFunc = std::function<bool()>;

class Thread : public std::enable_shared_from_this<Thread> {
 public:
  Thread(std::shared_ptr<Task> task, ThreadFunc thread_func);
  explicit Thread(std::shared_ptr<Task> task);  // runs already (OnCallersStrand)

  static constexpr uint64_t cost() { return 2048; }  // with its task and what it waits for
  bool running() const { return !cont; }
  bool suspended() const { return !running() && !ready_func; }
  bool waiting() const { return !running() && ready_func; }
  bool ready() const { return waiting() && ready_func(); }

  void start_waiting_internal(ReadyFunc ready_func);
  void stop_waiting_internal(Cancelled cancelled);
  void resume_later();
  Result<void> resume(Cancelled cancelled = Cancelled::false_);
  Result<Cancelled> block_internal(bool cancellable);
  Result<Cancelled> switch_to_internal(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> suspend(bool cancellable);
  // Where it is ready already the definitions leave it open whether others come first: here it goes on at once, as
  // the official suite expects of events that are there, unless it is asked to give way.
  Result<Cancelled> wait_until(ReadyFunc ready_func, bool cancellable = false, bool gives_way = false);
  Result<Cancelled> yield(bool cancellable);
  Result<Cancelled> suspend_then_resume(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> yield_then_resume(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> suspend_then_promote(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> yield_then_promote(bool cancellable, std::shared_ptr<Thread> other);

  std::unique_ptr<Continuation> cont;
  ReadyFunc ready_func;
  std::shared_ptr<Task> task;
  bool cancellable = false;
  std::optional<uint32_t> index;
  uint64_t storage[2] = {0, 0};

 private:
  std::list<std::shared_ptr<Thread>>::iterator place_;  // in Store::waiting, while it waits
};

}  // namespace heddle::component::canon
