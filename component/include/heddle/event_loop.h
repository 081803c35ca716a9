// What drives a store in which more than one thing goes on: tasks of the embedder's, calls of components, host
// functions that wait. Nothing runs but inside of progress() and run(), on the thread that calls them.
//
//   EventLoop loop(store);
//   loop.spawn(serve(instance));
//   while (*loop.progress() == Progress::waiting) poll(loop.fd());
//
// One of a store is as good as another: they are views of it.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <heddle/store.h>
#include <heddle/task.h>

namespace heddle::api {

enum class Progress : uint8_t {
  done,     // nothing is left to do
  more,     // the time is up
  waiting,  // for Completions: the descriptor becomes readable when there is one
  stuck,    // what is left waits for something that only the embedder can still begin; or it is a deadlock
};

class EventLoop {
 public:
  explicit EventLoop(StoreRef store);

  // Runs whatever can be run, for about `at_most` if that is given: a single step, a guest's computation for example,
  // is not divided. The error is a trap that no call which anybody waits for has met, or what a spawned task has
  // thrown; what was left is still there.
  // Where the store's deadline has passed, or it was interrupted, all that waits for a component or for an end of a
  // stream ends with that error, here and in run(). To interrupt a guest that runs, or its running out of fuel, ends
  // its call and those that are in the same instance; what waits in others goes on. Nothing ends a task that waits
  // for a Completion but that, or its own end: see when_any().
  Result<Progress> progress(std::optional<std::chrono::nanoseconds> at_most = {});
  // Readable when progress() has something to do: a Completion was completed, the store is to stop, a task was begun
  // or a call was made outside of it, its time was up. It is the store's: do not close or read it. -1: the store is
  // gone, or the system had no descriptor.
  int fd() const;

  // Begins a task with the next progress(). It stays the caller's: destroying it cancels it.
  template <class T>
  void start(Task<T>& task) {
    auto handle = detail::TaskAccess::handle(task);
    if (!handle || handle.promise().begun) return;
    begin_later(handle.promise(), handle);
  }
  // The same, and the store keeps it until it has ended. What it throws is an error of progress().
  void spawn(Task<> task) { spawn(std::move(task), &detail::words_of); }
  // Runs a task to its end, with all that goes on besides; waits for Completions. Gives a Result of what the task
  // gives; of a Task<Result<T>> that Result itself, of a Task<> a Result<void>. Where nothing can go on, all that
  // waits in the store ends with a deadlock error, and then the task goes on from there.
  // It knows of this store alone: a task that waits for another one's calls needs progress() of both loops in turn.
  template <class T>
  auto run(Task<T> task);
  // All that waits for a component, or for an end of a stream, ends with a deadlock error: at the next progress().
  void break_deadlock();

 private:
  void spawn(Task<> task, detail::WordsOf* words_of);
  // Until the task is done; an error: it cannot be.
  Result<void> run_until(bool (*done)(void*), void* task);
  void begin_later(detail::PromiseBase& promise, std::coroutine_handle<> task);
  std::shared_ptr<detail::StoreCell> cell_;
};

template <class T>
auto EventLoop::run(Task<T> task) {
  using Outcome = std::conditional_t<std::is_void_v<T>, Result<void>, Result<T>>;
  auto handle = detail::TaskAccess::handle(task);
  start(task);
  Result<void> ran = run_until([](void* address) { return std::coroutine_handle<>::from_address(address).done(); },
                               handle.address());
  if constexpr (detail::kIsResult<T>) {
    if (!ran) return T(ran.error());
    return handle.promise().take();
  } else {
    if (!ran) return Outcome(ran.error());
    if constexpr (std::is_void_v<T>) {
      handle.promise().take();
      return Outcome();
    } else {
      return Outcome(handle.promise().take());
    }
  }
}

}  // namespace heddle::api
