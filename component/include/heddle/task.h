// Task<T>: a computation that may have to wait. A coroutine makes one; it begins when it is awaited, or started by an
// EventLoop (event_loop.h), and runs on the thread of that loop's store. Destroying it is cancelling it: what it
// waits for is told, what it holds is destroyed.
//
//   Task<Result<uint32_t>> both(const TypedComponentFunc<uint32_t(std::string_view)>& f) {
//     Result<uint32_t> a = co_await f.async("a");
//     if (!a) co_return a.error();
//     co_return co_await f.async("b");
//   }
//
// A task awaits other tasks, calls of components, ends of streams and Completions: what another thread, or a loop of
// the embedder's own, has to say. One task at a time may await another, or a Completion: the second one gets an error
// from a Completion. To await a task that is none, or that another one awaits already, ends the process. Who awaits a
// task that is destroyed waits for ever. A task must not destroy itself, nor one that holds it, while it runs.
#pragma once
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <heddle/result.h>

namespace heddle::api {

template <class T = void>
class Task;

namespace detail {

struct TaskAccess;
struct Loop;  // what is ready to run on a store's thread; outlives the store

// A task that is to begin, as long as it is there.
struct Starter {
  std::coroutine_handle<> task{};
};

struct PromiseBase;

// Begins a task with the loop's next turn.
void begin_later(const std::shared_ptr<Loop>& loop, PromiseBase& promise, std::coroutine_handle<> task);

// Who awaits a task, as long as both are there: either may be destroyed first.
class TaskWaiter {
 public:
  TaskWaiter() = default;
  ~TaskWaiter() {
    stop();
    if (gone_) *gone_ = true;
  }
  TaskWaiter(const TaskWaiter&) = delete;
  TaskWaiter& operator=(const TaskWaiter&) = delete;
  inline void wait(PromiseBase& awaited);
  // Begins what is awaited, unless it is begun already. False: it has ended, and nobody is to be resumed.
  inline bool begin(std::coroutine_handle<> awaited, std::coroutine_handle<> by, const PromiseBase& from);
  inline void stop();
  std::coroutine_handle<> waiting{};  // who is to be resumed; none while it is on the stack

 private:
  friend struct PromiseBase;
  PromiseBase* awaited_ = nullptr;
  bool* gone_ = nullptr;
};

struct PromiseBase {
  // Tasks that begin one another are on top of one another on the stack; after so many one goes on from the loop.
  static constexpr uint32_t kMostInARow = 64;

  PromiseBase() = default;
  ~PromiseBase() {
    if (starter) starter->task = nullptr;
    if (waiter) waiter->awaited_ = nullptr;
  }
  PromiseBase(const PromiseBase&) = delete;
  PromiseBase& operator=(const PromiseBase&) = delete;

  std::shared_ptr<Loop> loop{};
  std::shared_ptr<Starter> starter{};
  TaskWaiter* waiter = nullptr;
  void (*on_done)(void*) = nullptr;
  void* done_context = nullptr;
  uint32_t depth = 0;  // of those that have begun one another
  bool begun = false;
  std::exception_ptr thrown{};  // NOLINT(bugprone-throw-keyword-missing): it waits here to be thrown

  struct Final {
    static bool await_ready() noexcept { return false; }
    template <class P>
    static std::coroutine_handle<> await_suspend(std::coroutine_handle<P> ended) noexcept {
      PromiseBase& promise = ended.promise();
      if (promise.on_done) promise.on_done(promise.done_context);
      const bool resumes = promise.waiter && promise.waiter->waiting;
      return resumes ? promise.waiter->waiting : std::noop_coroutine();
    }
    static void await_resume() noexcept {}
  };
  // Is it begun at once? Else the loop does it.
  bool begin_from(const PromiseBase& from, std::coroutine_handle<> task) {
    depth = from.depth + 1;
    if (depth % kMostInARow == 0) {
      begin_later(from.loop, *this, task);
      return false;
    }
    begun = true;
    loop = from.loop;
    return true;
  }
  static std::suspend_always initial_suspend() noexcept { return {}; }
  static Final final_suspend() noexcept { return {}; }
#if defined(__cpp_exceptions)
  void unhandled_exception() noexcept { thrown = std::current_exception(); }
  void rethrow() const {
    if (thrown) std::rethrow_exception(thrown);
  }
#else
  static void unhandled_exception() noexcept {}
  static void rethrow() {}
#endif
};

void TaskWaiter::wait(PromiseBase& awaited) {
  if (awaited.waiter) no_value(Error(ErrorKind::misuse, "two tasks await the same"));
  awaited_ = &awaited;
  awaited.waiter = this;
}

// What is awaited may end while it is begun, which is told by the return; and it may destroy who awaits it, and this
// with it.
bool TaskWaiter::begin(std::coroutine_handle<> awaited, std::coroutine_handle<> by, const PromiseBase& from) {
  if (!awaited_->begun && awaited_->begin_from(from, awaited)) {
    bool gone = false;
    gone_ = &gone;
    awaited.resume();
    if (gone) return true;
    gone_ = nullptr;
    if (awaited_ && awaited.done()) return false;
  }
  waiting = by;
  return true;
}

void TaskWaiter::stop() {
  if (awaited_) awaited_->waiter = nullptr;
  awaited_ = nullptr;
}

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value{};
  Task<T> get_return_object();
  void return_value(T returned) { value.emplace(std::move(returned)); }
  T take() {
    rethrow();
    return *std::move(value);
  }
};
template <>
struct Promise<void> : PromiseBase {
  Task<void> get_return_object();
  void return_void() {}
  void take() const { rethrow(); }
};

// What somebody has thrown says of itself; the library itself is compiled without exceptions.
using WordsOf = std::string(const std::exception_ptr& thrown);
inline std::string words_of([[maybe_unused]] const std::exception_ptr& thrown) {
#if defined(__cpp_exceptions)
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
  }
#endif
  return "something that is no std::exception";
}

template <class P>
concept TaskPromise = std::is_base_of_v<PromiseBase, P>;

template <class P>
std::coroutine_handle<P> checked(std::coroutine_handle<P> task) {
  if (!task) no_value(Error(ErrorKind::misuse, "there is no task to await"));
  return task;
}

}  // namespace detail

template <class T>
class [[nodiscard]] Task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;  // none
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    const Task before(std::exchange(handle_, std::exchange(other.handle_, nullptr)));
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  explicit operator bool() const { return static_cast<bool>(handle_); }
  bool done() const { return handle_ && handle_.done(); }

  // In a task: begins it, unless it is begun already, and waits for its value. An exception that left it is thrown.
  class Awaiter {
   public:
    explicit Awaiter(Handle awaited) : awaited_(awaited) {}
    bool await_ready() const noexcept { return awaited_.done(); }
    template <detail::TaskPromise P>
    bool await_suspend(std::coroutine_handle<P> waiting) {
      waiter_.wait(awaited_.promise());
      return waiter_.begin(awaited_, waiting, waiting.promise());
    }
    T await_resume() {
      waiter_.stop();
      return awaited_.promise().take();
    }

   private:
    Handle awaited_;
    detail::TaskWaiter waiter_;
  };
  Awaiter operator co_await() const noexcept { return Awaiter(detail::checked(handle_)); }

 private:
  friend struct detail::Promise<T>;
  friend struct detail::TaskAccess;
  explicit Task(Handle handle) : handle_(handle) {}
  Handle handle_;
};

namespace detail {

template <class T>
Task<T> Promise<T>::get_return_object() {
  return Task<T>(std::coroutine_handle<Promise<T>>::from_promise(*this));
}
inline Task<void> Promise<void>::get_return_object() {
  return Task<void>(std::coroutine_handle<Promise<void>>::from_promise(*this));
}

// In a task: lets another one run until it waits, and goes on.
template <class T>
struct Begin {
  std::coroutine_handle<Promise<T>> begun;
  static bool await_ready() noexcept { return false; }
  template <TaskPromise P>
  bool await_suspend(std::coroutine_handle<P> from) const {
    if (!begun.promise().begun && begun.promise().begin_from(from.promise(), begun)) begun.resume();
    return false;
  }
  static void await_resume() noexcept {}
};

struct TaskAccess {
  template <class T>
  static std::coroutine_handle<Promise<T>> handle(const Task<T>& task) {
    return task.handle_;
  }
};

template <class T>
Begin<T> begin_task(const Task<T>& task) {
  return {checked(TaskAccess::handle(task))};
}

enum class SignalWait : uint8_t {
  none,     // it is set
  waits,    // the task is resumed when it is
  refused,  // another task waits
};

// Told once, by any thread; awaited by one task at a time.
class Signal : public std::enable_shared_from_this<Signal> {
 public:
  Signal();
  ~Signal();  // not virtual: who derives from it is kept by a shared_ptr, and the library has no type information
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  bool is_set() const;
  void set();
  SignalWait wait(const std::shared_ptr<Loop>& loop, std::coroutine_handle<> waiting);
  void forget();  // who waits does not any more
  std::coroutine_handle<> take_waiting();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

template <class T>
struct CompletionState : Signal {
  std::atomic<bool> claimed{false};
  std::optional<Result<T>> value{};
};

template <class T>
struct CompletionSource {
  explicit CompletionSource(std::shared_ptr<CompletionState<T>> state) : state(std::move(state)) {}
  ~CompletionSource() { complete(Error(ErrorKind::host, "what was waited for will not come")); }
  CompletionSource(const CompletionSource&) = delete;
  CompletionSource& operator=(const CompletionSource&) = delete;
  bool complete(Result<T> value) const {
    if (state->claimed.exchange(true)) return false;
    state->value.emplace(std::move(value));
    state->set();
    return true;
  }
  const std::shared_ptr<CompletionState<T>> state;
};

}  // namespace detail

// The other side of a Completion. Copyable, usable from any thread; when all copies are gone without a value, who
// waits gets an error.
template <class T = void>
class Completer {
 public:
  // False: there was a value already.
  bool complete(Result<T> value) const { return source_ && source_->complete(std::move(value)); }
  bool complete() const
    requires std::is_void_v<T>
  {
    return complete(Result<T>());
  }

 private:
  template <class>
  friend class Completion;
  explicit Completer(std::shared_ptr<detail::CompletionSource<T>> source) : source_(std::move(source)) {}
  std::shared_ptr<detail::CompletionSource<T>> source_;
};

// Something that happens once, perhaps on another thread: a task awaits it, and gets a Result<T>.
//   Completion<int> answer;
//   pool.post([completer = answer.completer()] { completer.complete(compute()); });
//   Result<int> value = co_await answer;
template <class T = void>
class Completion {
 public:
  Completion()
      : source_(std::make_shared<detail::CompletionSource<T>>(std::make_shared<detail::CompletionState<T>>())),
        state_(source_->state) {}
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&&) noexcept = default;
  Completion(const Completion&) = delete;
  Completion& operator=(const Completion&) = delete;

  // The first call makes it, and this side keeps none: ask once, and copy what you get.
  Completer<T> completer() { return Completer<T>(std::exchange(source_, nullptr)); }

  class Awaiter {
   public:
    explicit Awaiter(std::shared_ptr<detail::CompletionState<T>> state) : state_(std::move(state)) {}
    ~Awaiter() {
      if (wait_ == detail::SignalWait::waits) state_->forget();
    }
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    bool await_ready() const { return !state_ || state_->is_set(); }
    template <detail::TaskPromise P>
    bool await_suspend(std::coroutine_handle<P> waiting) {
      wait_ = state_->wait(waiting.promise().loop, waiting);
      return wait_ == detail::SignalWait::waits;
    }
    Result<T> await_resume() {
      if (!state_) return Error(ErrorKind::misuse, "the completion was moved from");
      const auto waited = std::exchange(wait_, detail::SignalWait::none);
      if (waited == detail::SignalWait::refused) return Error(ErrorKind::misuse, "two tasks await one completion");
      return *std::exchange(state_->value, Result<T>(Error(ErrorKind::misuse, "a completion awaited twice")));
    }

   private:
    std::shared_ptr<detail::CompletionState<T>> state_;
    detail::SignalWait wait_ = detail::SignalWait::none;
  };
  Awaiter operator co_await() const { return Awaiter(state_); }

 private:
  std::shared_ptr<detail::CompletionSource<T>> source_;
  std::shared_ptr<detail::CompletionState<T>> state_;
};

namespace detail {

// Something of a store's that takes its time. `begin` is called once, `abandon` if nobody waits for it any more, or
// for what it has come to.
struct Operation {
  Operation() = default;
  virtual ~Operation() = default;
  Operation(const Operation&) = delete;
  Operation& operator=(const Operation&) = delete;
  virtual void begin() = 0;
  virtual void abandon() = 0;
  std::coroutine_handle<> waiting{};
  Loop* loop = nullptr;  // who waits runs there
  bool done = false;
};

class Awaited {
 public:
  explicit Awaited(std::shared_ptr<Operation> operation) : operation_(std::move(operation)) {}
  ~Awaited() {
    operation_->waiting = nullptr;
    if (begun_) operation_->abandon();
  }
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;
  bool await_ready() const { return operation_->done; }
  template <TaskPromise P>
  bool await_suspend(std::coroutine_handle<P> waiting) {
    const std::shared_ptr<Operation> kept = operation_;
    kept->waiting = waiting;
    kept->loop = waiting.promise().loop.get();
    begun_ = true;
    kept->begin();
    if (!kept->done) return true;
    kept->waiting = nullptr;
    return false;
  }
  void await_resume() { begun_ = false; }

 private:
  std::shared_ptr<Operation> operation_;
  bool begun_ = false;  // and who waits has not gone on
};

}  // namespace detail

// All of them, at the same time; their values in order.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
  for (const Task<T>& task : tasks) co_await detail::begin_task(task);
  std::vector<T> values;
  values.reserve(tasks.size());
  for (const Task<T>& task : tasks) values.push_back(co_await task);
  co_return values;
}
inline Task<> when_all(std::vector<Task<>> tasks) {
  for (const Task<>& task : tasks) co_await detail::begin_task(task);
  for (const Task<>& task : tasks) co_await task;
}
template <class... T>
  requires(sizeof...(T) > 1 && (... && !std::is_void_v<T>))
Task<std::tuple<T...>> when_all(Task<T>... tasks) {
  (co_await detail::begin_task(tasks), ...);
  co_return std::tuple<T...>{co_await tasks...};
}

// The value of the first that has one; the other is destroyed, which cancels it. So a call has a limit of time:
//   auto first = co_await when_any(f.async("a"), timer(5s));  // a task of the embedder's
//   if (first.index() == 1) co_return Error(ErrorKind::host, "too late");
template <class A, class B>
  requires(!std::is_void_v<A> && !std::is_void_v<B>)
Task<std::variant<A, B>> when_any(Task<A> a, Task<B> b) {
  Completion<> either;
  Completer<> done = either.completer();
  auto tell = [&done](detail::PromiseBase& promise) {
    promise.on_done = [](void* completer) { static_cast<const Completer<>*>(completer)->complete(); };
    promise.done_context = &done;
  };
  tell(detail::checked(detail::TaskAccess::handle(a)).promise());
  tell(detail::checked(detail::TaskAccess::handle(b)).promise());
  co_await detail::begin_task(a);
  if (!a.done()) co_await detail::begin_task(b);
  if (!a.done() && !b.done()) static_cast<void>(co_await either);
  if (a.done()) {
    b = {};
    co_return std::variant<A, B>(std::in_place_index<0>, co_await a);
  }
  a = {};
  co_return std::variant<A, B>(std::in_place_index<1>, co_await b);
}

}  // namespace heddle::api
