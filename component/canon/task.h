// "### Tasks" (CanonicalABI.md): one call of a lifted function, from its arguments to its result, by one thread and
// those that it makes.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "component/canon/options.h"
#include "component/canon/thread.h"

namespace heddle::component::canon {

// What a call knows of its caller ("OnStart", "OnResolve"): where the arguments come from once it starts, where the
// result goes (nothing: it was cancelled). Each is asked once, in the one form or the other.
class Caller {
 public:
  Caller() = default;
  virtual ~Caller() = default;
  Caller(const Caller&) = delete;
  Caller& operator=(const Caller&) = delete;
  virtual Result<std::vector<Val>> on_start() = 0;
  virtual Result<void> on_resolve(std::optional<std::vector<Val>> result) = 0;
  virtual const ComponentInstance* instance() const { return nullptr; }  // null: it is the host

  // The same as core values of the callee's, where it has a passage for them (passage.h); else it answers nothing,
  // and that it wants them lifted.
  virtual Result<std::optional<CoreVals>> on_start_flat(LiftLowerContext&) { return std::optional<CoreVals>(); }
  virtual Result<bool> on_resolve_flat(LiftLowerContext&, std::span<const CoreVal>, size_t) { return false; }
};

// What a caller knows of its call ("OnCancel"): a way to ask for its cancellation.
class Callee {
 public:
  Callee() = default;
  virtual ~Callee() = default;
  Callee(const Callee&) = delete;
  Callee& operator=(const Callee&) = delete;
  virtual Result<void> on_cancel(ComponentInstance* caller) = 0;
};

// Null: it has been resolved.
using OnCancel = std::shared_ptr<Callee>;
using FuncInst = std::function<Result<OnCancel>(std::shared_ptr<Caller>, ComponentInstance*)>;

class Task final : public BorrowScope, public Callee {
 public:
  enum class State : uint8_t { initial, started, pending_cancel, cancel_delivered, resolved };

  // `ft` and `opts` live as long as `inst`.
  Task(const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst, std::shared_ptr<Caller> caller)
      : ft(ft), opts(opts), inst(inst), caller(std::move(caller)) {}

  bool needs_exclusive() const;
  // `then` is what it does when it has entered: at once, or after a wait for which it leaves its strand; not at all
  // if it is cancelled before.
  Result<void> enter_implicit_thread(std::function<Result<void>()> then);
  Result<void> register_thread(std::shared_ptr<Thread> thread);
  Result<void> exit_implicit_thread();
  Result<void> unregister_thread(Thread& thread);
  Result<void> request_cancellation(ComponentInstance* from);
  Result<void> on_cancel(ComponentInstance* from) override { return request_cancellation(from); }
  bool deliver_pending_cancel(bool cancellable);
  Result<std::vector<Val>> start();
  Result<void> return_(std::vector<Val> result);
  // The same, and lowering before or lifting after: by the caller's passage if it has one.
  Result<CoreVals> start_flat(LiftLowerContext& cx);
  Result<void> return_flat(LiftLowerContext& cx, std::span<const CoreVal> result, size_t max_flat);
  Result<void> cancel();
  void forget_caller();  // it will not be told anything any more
  bool has_backpressure() const;

  const FuncType& ft;
  const CanonicalOptions& opts;
  ComponentInstance& inst;
  std::shared_ptr<Caller> caller;  // null: it has been told
  State state = State::initial;
  Thread* implicit_thread = nullptr;  // until it has ended
  Thread* threads = nullptr;          // the latest of those that are registered; the others are beside it

 private:
  Result<void> stop_waiting_to_enter(Cancelled cancelled, const std::function<Result<void>()>& then);
  Result<void> enter(const std::function<Result<void>()>& then);
};

}  // namespace heddle::component::canon
