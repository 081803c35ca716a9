// What is ready to run on a store's thread, and how other threads add to it; the public EventLoop.
#include "component/api/internal.h"

namespace heddle::api {
namespace detail {

// --- signals

struct Signal::State {
  std::mutex lock;
  bool set = false;
  std::shared_ptr<Loop> loop;  // whose task waits
  std::coroutine_handle<> waiting;
};

Signal::Signal() : state_(std::make_unique<State>()) {}
Signal::~Signal() = default;

bool Signal::is_set() const {
  const std::lock_guard held(state_->lock);
  return state_->set;
}

void Signal::set() {
  std::shared_ptr<Loop> loop;
  {
    const std::lock_guard held(state_->lock);
    state_->set = true;
    loop = state_->loop;
  }
  if (loop) loop->tell(shared_from_this());
}

SignalWait Signal::wait(const std::shared_ptr<Loop>& loop, std::coroutine_handle<> waiting) {
  const std::lock_guard held(state_->lock);
  if (state_->set) return SignalWait::none;
  if (state_->waiting) return SignalWait::refused;
  state_->loop = loop;
  state_->waiting = waiting;
  ++loop->waiting;
  return SignalWait::waits;
}

void Signal::forget() { take_waiting(); }

std::coroutine_handle<> Signal::take_waiting() {
  const std::lock_guard held(state_->lock);
  if (state_->loop) --state_->loop->waiting;
  state_->loop = nullptr;
  return std::exchange(state_->waiting, nullptr);
}

// --- the loop

void Loop::resume(std::shared_ptr<Operation> operation) {
  later(std::move(operation), [](Operation& done) {
    if (const auto waiting = std::exchange(done.waiting, nullptr)) waiting.resume();
  });
}

void Loop::tell(std::shared_ptr<Signal> signal) {
  const std::lock_guard held(lock);
  told.push_back(std::move(signal));
  any_told = true;
  wake.signal();
}

void Loop::wake_up() {
  const std::lock_guard held(lock);
  any_told = true;
  wake.signal();
}

void Loop::drain() {
  if (!any_told) return;
  std::vector<std::shared_ptr<Signal>> now;
  {
    const std::lock_guard held(lock);
    any_told = false;
    now.swap(told);
    wake.clear();
  }
  for (std::shared_ptr<Signal>& signal : now) {
    later(std::move(signal), [](Signal& set) {
      if (const auto waiting = set.take_waiting()) waiting.resume();
    });
  }
}

int Loop::fd() {
  const std::lock_guard held(lock);
  if (!wake.is_open() && wake.open()) {  // nobody has told of what there is to do already
    any_told = true;
    wake.signal();
  }
  return wake.fd();
}

void begin_later(const std::shared_ptr<Loop>& loop, PromiseBase& promise, std::coroutine_handle<> task) {
  promise.loop = loop;
  promise.begun = true;
  promise.starter = std::make_shared<Starter>();
  promise.starter->task = task;
  loop->later(promise.starter, [](Starter& starter) {
    if (const auto begun = std::exchange(starter.task, nullptr)) begun.resume();
  });
}

void Loop::wait() {
  if (fd() >= 0) wake.wait();
}

}  // namespace detail

// --- the public one

using detail::Access;
using detail::Spawned;
using detail::State;

EventLoop::EventLoop(StoreRef store) {
  if (detail::StoreCell* cell = Access::cell(store)) cell_ = cell->shared_from_this();
}

Result<Progress> EventLoop::progress(std::optional<std::chrono::nanoseconds> at_most) {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  return State::in(*cell_).progress(at_most);
}

int EventLoop::fd() const { return detail::alive(cell_.get()).ok() ? State::in(*cell_).loop->fd() : -1; }

void EventLoop::begin_later(detail::PromiseBase& promise, std::coroutine_handle<> task) {
  if (!detail::alive(cell_.get()).ok()) return;
  detail::begin_later(State::in(*cell_).loop, promise, task);
}

void EventLoop::spawn(Task<> task, detail::WordsOf* words_of) {
  if (!detail::alive(cell_.get()).ok() || !task || task.done()) return;
  start(task);
  detail::PromiseBase& promise = detail::TaskAccess::handle(task).promise();
  const auto spawned = std::make_shared<Spawned>(cell_.get(), std::move(task), words_of);
  State::in(*cell_).spawned.add(spawned);
  promise.done_context = spawned.get();
  // It goes when it does not run any more; and what it holds, ends of streams for example, at once.
  promise.on_done = [](void* context) {
    const auto& done = *static_cast<Spawned*>(context);
    State* state = State::find(done.cell);
    if (state && done.place)
      state->loop->later(**done.place, [](Spawned& ended) {
        State* now = State::find(ended.cell);
        if (!now) return;
        if (const auto& thrown = detail::TaskAccess::handle(ended.task).promise().thrown)
          now->tell_unclaimed(Error(ErrorKind::host, "a spawned task has thrown: " + ended.words_of(thrown)));
        now->spawned.remove(ended);
      });
  };
}

Result<void> EventLoop::run_until(bool (*done)(void*), void* task) {
  if (!detail::alive(cell_.get()).ok()) return detail::gone(cell_.get());
  if (!task) return detail::misuse("there is no task to run");
  return State::in(*cell_).run_until([done, task] { return done(task); });
}

void EventLoop::break_deadlock() {
  if (detail::alive(cell_.get()).ok()) State::in(*cell_).end_waiting(Access::error(ErrorCode::deadlock));
}

}  // namespace heddle::api
