// "### Threads" (CanonicalABI.md): a thread of a task, running, suspended (until somebody resumes it) or waiting
// (until it is ready and the store resumes it). Threads are cooperative: one of a store runs at a time.
//
// A thread belongs to the table of its instance while it is registered, to Store::waiting while it waits, to who
// resumes it while it runs, and to Store::failed when it has trapped. One that waits with nothing on its stack that
// matters leaves its strand.
#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "component/canon/continuation.h"
#include "component/canon/waiting.h"

namespace heddle::component::canon {

using ReadyFunc = std::function<bool()>;

// What a thread waits for, and who will tell (waiting.h): nobody where it is ready already.
struct Wait {
  ReadyFunc ready;
  WaitSource* source = nullptr;
  Gate gate = Gate::none;
};

class Thread : public std::enable_shared_from_this<Thread> {
 public:
  Thread(std::shared_ptr<Task> task, ContFunc thread_func);
  explicit Thread(std::shared_ptr<Task> task);  // runs already (OnCallersStrand)

  static constexpr uint64_t cost() { return 1024; }  // with its task and what it waits for
  bool running() const { return !cont; }
  bool suspended() const { return !running() && !ready_func; }
  bool waiting() const { return !running() && ready_func; }
  bool ready() const { return waiting() && ready_func(); }

  void start_waiting_internal(Wait wait);
  void stop_waiting_internal(Cancelled cancelled);
  void resume_later();
  Result<void> resume(Cancelled cancelled = Cancelled::false_);
  Result<Cancelled> block_internal(bool cancellable);
  Result<Cancelled> switch_to_internal(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> suspend(bool cancellable);
  // Where it is ready already the definitions leave it open whether others come first: here it goes on at once, as
  // the official suite expects of events that are there, unless it is asked to give way.
  Result<Cancelled> wait_until(Wait wait, bool cancellable = false, bool gives_way = false);
  // The same in three parts: is there no need to wait? Else the thread begins to, goes on by `next`, and has only to
  // end what it does on its strand.
  std::optional<Cancelled> needs_no_wait(const Wait& wait, bool cancellable, bool gives_way);
  void leave_strand(Wait wait, bool cancellable, ContFunc next);
  Result<Cancelled> yield(bool cancellable);
  Result<Cancelled> suspend_then_resume(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> yield_then_resume(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> suspend_then_promote(bool cancellable, std::shared_ptr<Thread> other);
  Result<Cancelled> yield_then_promote(bool cancellable, std::shared_ptr<Thread> other);

  Continuation cont;
  ReadyFunc ready_func;
  std::shared_ptr<Task> task;
  bool cancellable = false;
  std::optional<uint32_t> index;
  uint64_t storage[2] = {0, 0};
  WaitPlace place;
  // Its neighbours in Task::threads: a guest may have many, and end them in any order.
  Thread *older = nullptr, *newer = nullptr;
};

}  // namespace heddle::component::canon
