#include "component/canon/thread.h"

#include "component/canon/embedding.h"
#include "component/canon/task.h"

namespace heddle::component::canon {

Thread::Thread(std::shared_ptr<Task> task, ContFunc thread_func)
    : cont(cont_new(std::move(thread_func))), task(std::move(task)) {
  HEDDLE_ASSERT(suspended());
}

Thread::Thread(std::shared_ptr<Task> task) : task(std::move(task)) {}

// The specification has a thread that yields to another waiting before it blocks.
void Thread::start_waiting_internal(Wait wait) {
  HEDDLE_ASSERT(!waiting() && !ready_func);
  ready_func = std::move(wait.ready);
  task->inst.store->waiting.start(shared_from_this(), wait.source, wait.gate);
}

void Thread::stop_waiting_internal(Cancelled cancelled) {
  HEDDLE_ASSERT(waiting() && ready_func);
  HEDDLE_ASSERT(cancelled == Cancelled::true_ || ready());
  ready_func = nullptr;
  task->inst.store->waiting.stop(*this);
}

void Thread::resume_later() {
  HEDDLE_ASSERT(suspended());
  start_waiting_internal({[] { return true; }});
  HEDDLE_ASSERT(ready());
}

Result<void> Thread::resume(Cancelled cancelled) {
  HEDDLE_ASSERT(!running() && (cancellable || cancelled == Cancelled::false_));
  std::shared_ptr<Thread> thread = shared_from_this();
  if (waiting()) stop_waiting_internal(cancelled);
  while (thread) {
    auto next = canon::resume(std::move(thread->cont), cancelled, *thread);
    if (!next.ok()) {
      Store& store = *thread->task->inst.store;
      store.failed.push_back(std::move(thread));
      return next.error();
    }
    thread = std::move(next).value();
    cancelled = Cancelled::false_;
  }
  return {};
}

Result<Cancelled> Thread::block_internal(bool cancellable) { return switch_to_internal(cancellable, nullptr); }

Result<Cancelled> Thread::switch_to_internal(bool may_cancel, std::shared_ptr<Thread> other) {
  cancellable = may_cancel;
  const Cancelled cancelled = TRY(block(std::move(other)));
  HEDDLE_ASSERT(running() && (cancellable || cancelled == Cancelled::false_));
  return cancelled;
}

Result<Cancelled> Thread::suspend(bool cancellable) {
  HEDDLE_ASSERT(running());
  if (task->deliver_pending_cancel(cancellable)) return Cancelled::true_;
  return block_internal(cancellable);
}

std::optional<Cancelled> Thread::needs_no_wait(const Wait& wait, bool may_cancel, bool gives_way) {
  HEDDLE_ASSERT(running());
  if (task->deliver_pending_cancel(may_cancel)) return Cancelled::true_;
  if (!gives_way && wait.ready()) return Cancelled::false_;
  return std::nullopt;
}

Result<Cancelled> Thread::wait_until(Wait wait, bool cancellable, bool gives_way) {
  if (const auto at_once = needs_no_wait(wait, cancellable, gives_way)) return *at_once;
  start_waiting_internal(std::move(wait));
  return block_internal(cancellable);
}

void Thread::leave_strand(Wait wait, bool may_cancel, ContFunc next) {
  start_waiting_internal(std::move(wait));
  cancellable = may_cancel;
  cont = cont_new(std::move(next));
}

Result<Cancelled> Thread::yield(bool cancellable) {
  return wait_until({[] { return true; }}, cancellable, true);
}

Result<Cancelled> Thread::suspend_then_resume(bool cancellable, std::shared_ptr<Thread> other) {
  HEDDLE_ASSERT(running() && other->suspended());
  if (task->deliver_pending_cancel(cancellable)) return Cancelled::true_;
  return switch_to_internal(cancellable, std::move(other));
}

Result<Cancelled> Thread::yield_then_resume(bool cancellable, std::shared_ptr<Thread> other) {
  HEDDLE_ASSERT(running() && other->suspended());
  if (task->deliver_pending_cancel(cancellable)) return Cancelled::true_;
  start_waiting_internal({[] { return true; }});
  return switch_to_internal(cancellable, std::move(other));
}

Result<Cancelled> Thread::suspend_then_promote(bool cancellable, std::shared_ptr<Thread> other) {
  HEDDLE_ASSERT(running());
  if (task->deliver_pending_cancel(cancellable)) return Cancelled::true_;
  if (!other->ready()) return suspend(cancellable);
  other->stop_waiting_internal(Cancelled::false_);
  return suspend_then_resume(cancellable, std::move(other));
}

Result<Cancelled> Thread::yield_then_promote(bool cancellable, std::shared_ptr<Thread> other) {
  HEDDLE_ASSERT(running());
  if (task->deliver_pending_cancel(cancellable)) return Cancelled::true_;
  if (!other->ready()) return yield(cancellable);
  other->stop_waiting_internal(Cancelled::false_);
  return yield_then_resume(cancellable, std::move(other));
}

}  // namespace heddle::component::canon
