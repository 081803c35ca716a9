// "### Tasks" (CanonicalABI.md): one call of a lifted function, from its arguments to its result, by one thread and
// those that it makes.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "component/canon/options.h"
#include "component/canon/thread.h"

namespace heddle::component::canon {

// What a caller gives to a call: where the arguments come from once it starts, where the result goes (nothing: it was
// cancelled); and what it gets: a way to ask for its cancellation.
using OnStart = std::function<Result<std::vector<Val>>()>;
using OnResolve = std::function<Result<void>(std::optional<std::vector<Val>>)>;
using OnCancel = std::function<Result<void>(ComponentInstance* caller)>;
using FuncInst = std::function<Result<OnCancel>(OnStart, OnResolve, ComponentInstance* caller)>;

class Task : public BorrowScope {
 public:
  enum class State : uint8_t { initial, started, pending_cancel, cancel_delivered, resolved };

  // `ft` and `opts` live as long as `inst`.
  Task(const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst, OnStart on_start,
       OnResolve on_resolve)
      : ft(ft), opts(opts), inst(inst), on_start(std::move(on_start)), on_resolve(std::move(on_resolve)) {}

  bool needs_exclusive() const;
  Result<bool> enter_implicit_thread();  // false: it was cancelled before
  Result<void> register_thread(const std::shared_ptr<Thread>& thread);
  Result<void> exit_implicit_thread();
  Result<void> unregister_thread(Thread& thread);
  Result<void> request_cancellation(ComponentInstance* caller);
  bool deliver_pending_cancel(bool cancellable);
  Result<std::vector<Val>> start();
  Result<void> return_(std::vector<Val> result);
  Result<void> cancel();
  void forget_caller();  // it will not be told anything any more

  const FuncType& ft;
  const CanonicalOptions& opts;
  ComponentInstance& inst;
  OnStart on_start;
  OnResolve on_resolve;
  State state = State::initial;
  Thread* implicit_thread = nullptr;
  std::map<uint32_t, Thread*> threads;  // by their indices: a guest may have many, and end them in any order
};

}  // namespace heddle::component::canon
