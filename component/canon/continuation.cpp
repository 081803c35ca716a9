#include "component/canon/continuation.h"

#include "component/canon/embedding.h"
#include "component/canon/task.h"

namespace heddle::component::canon {
namespace {

thread_local Handler* thread_local_handler = nullptr;

// Not inlined: what a function has found out about its thread's variables does not hold behind a switch.
[[gnu::noinline]] Handler* handler() { return thread_local_handler; }
[[gnu::noinline]] void set_handler(Handler* to) { thread_local_handler = to; }

void thread_base(void* argument) {
  Run& run = *static_cast<Run*>(argument);
  auto ended = run.f(run.block_result);
  run.f = nullptr;
  run.ended = true;
  run.error = ended.ok() ? Error{} : ended.error();
}

Result<void> run_until_blocked(Run& run, Thread* current_thread) {
  Handler here{current_thread, &run, handler()};
  set_handler(&here);
  auto resumed = run.strand->resume();
  set_handler(here.outer);
  return resumed;
}

}  // namespace

Result<std::unique_ptr<Run>> RunPool::take() {
  if (spare_.empty()) {
    auto run = std::make_unique<Run>();
    run->strand = TRY(rt::Strand::create(store_));
    return run;
  }
  if (!spare_.back()->strand->pay()) return ErrorCode::budget_exceeded;
  std::unique_ptr<Run> run = std::move(spare_.back());
  spare_.pop_back();
  return run;
}

void RunPool::give_back(std::unique_ptr<Run> run) {
  run->strand->pay_back();
  run->ended = false;
  run->error = {};
  if (spare_.size() < kMost) spare_.push_back(std::move(run));
}

void Continuation::reset() {
  there_ = false;
  f = nullptr;
  const std::unique_ptr<Run> gone = std::move(run);
  if (!gone || !gone->strand->in_the_middle()) return;
  gone->abandoned = true;
  auto unwound = run_until_blocked(*gone, nullptr);
  HEDDLE_ASSERT(unwound.ok() && gone->ended);
}

Continuation& Continuation::operator=(Continuation&& other) noexcept {
  reset();
  f = std::move(other.f);
  run = std::move(other.run);
  there_ = std::exchange(other.there_, false);
  return *this;
}

Result<std::shared_ptr<Thread>> resume(Continuation cont, Cancelled block_result, Thread& current_thread) {
  const ComponentInstance& inst = current_thread.task->inst;
  if (!cont.run && !inst.may_block) {
    const OnCallersStrand running(current_thread);
    TRY(cont.f(block_result));
    return std::shared_ptr<Thread>();
  }
  RunPool& pool = inst.store->runs;
  if (!cont.run) {
    cont.run = TRY(pool.take());
    cont.run->f = std::move(cont.f);
    cont.run->strand->start(&thread_base, cont.run.get());
  }
  Run& run = *cont.run;
  run.block_result = block_result;
  TRY(run_until_blocked(run, &current_thread));
  std::shared_ptr<Thread> switch_to = std::move(run.block_arg);
  if (!run.ended) {
    current_thread.cont = std::move(cont);
    return switch_to;
  }
  const Error error = run.error;
  pool.give_back(std::move(cont.run));
  if (error.code != ErrorCode::none) return error;
  return switch_to;
}

namespace {

// On its caller's strand a function that is not async blocks, and of its instance nothing else can run: it goes on at
// once or never.
Result<Cancelled> block_on_callers_strand(Thread& thread) {
  thread.cont = Continuation(ContFunc());
  TRAP_IF(!thread.ready(), sync_task_blocks);
  thread.stop_waiting_internal(Cancelled::false_);
  thread.cont.reset();
  return Cancelled::false_;
}

}  // namespace

Result<Cancelled> block(std::shared_ptr<Thread> switch_to) {
  if (!handler()->run) return block_on_callers_strand(current_thread());
  Run& run = *handler()->run;
  if (run.abandoned) return ErrorCode::store_closed;
  run.block_arg = std::move(switch_to);
  run.strand->park();
  if (run.abandoned) return ErrorCode::store_closed;
  return run.block_result;
}

OnCallersStrand::OnCallersStrand(Thread& thread) : here_{&thread, nullptr, handler()} { set_handler(&here_); }
OnCallersStrand::~OnCallersStrand() { set_handler(here_.outer); }

Thread& current_thread() {
  HEDDLE_ASSERT(has_current_thread());
  return *handler()->current_thread;
}

Task& current_task() { return *current_thread().task; }
ComponentInstance& current_instance() { return current_task().inst; }
bool has_current_thread() { return handler() && handler()->current_thread; }

}  // namespace heddle::component::canon
