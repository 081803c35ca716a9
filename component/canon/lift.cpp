#include "component/canon/lift.h"

#include "component/canon/flattening.h"
#include "component/canon/waitable.h"

namespace heddle::component::canon {
namespace {

// The loop of a task with a callback. Where it has to wait it leaves its strand: all that it needs to go on is here.
struct CallbackLoop {
  Task& task;

  // What a core function has returned says what is next.
  Result<void> go_on(CoreVals results) {
    ComponentInstance& inst = task.inst;
    Thread& thread = *task.implicit_thread;
    for (;;) {
      HEDDLE_ASSERT(results.size() == 1);
      const CallbackResult next = TRY(unpack_callback_result(static_cast<uint32_t>(results[0].bits)));
      if (next.code == CallbackCode::exit) return task.exit_implicit_thread();
      HEDDLE_ASSERT(task.needs_exclusive() && inst.exclusive_thread == &thread);
      inst.set_exclusive_thread(nullptr);
      const std::shared_ptr<WaitableSet> wset = TRY(set_of(next));
      const bool yields = next.code == CallbackCode::yield;
      Wait wait = what_for(wset.get());
      if (wset) ++wset->num_waiting;
      const std::optional<Cancelled> at_once = thread.needs_no_wait(wait, true, yields);
      if (!at_once) {
        // The set stays in its table: it cannot be dropped while somebody waits for it.
        thread.leave_strand(std::move(wait), true, [task = &task, wset = wset.get()](Cancelled cancelled) {
          return CallbackLoop{*task}.woken(wset, cancelled);
        });
        return {};
      }
      results = TRY(deliver(wset.get(), *at_once));
    }
  }

  Result<void> woken(WaitableSet* wset, Cancelled cancelled) const {
    return CallbackLoop{task}.go_on(TRY(deliver(wset, cancelled)));
  }

  // The event, to the callback.
  Result<CoreVals> deliver(WaitableSet* wset, Cancelled cancelled) const {
    EventTuple event{cancelled == Cancelled::true_ ? EventCode::task_cancelled : EventCode::none};
    if (wset && cancelled == Cancelled::false_) event = wset->get_pending_event();
    if (wset) --wset->num_waiting;
    task.inst.set_exclusive_thread(task.implicit_thread);
    const CoreVal args[] = {{CoreVal::Type::i32, static_cast<uint32_t>(event.code)},
                            {CoreVal::Type::i32, event.p1},
                            {CoreVal::Type::i32, event.p2}};
    return call_and_trap_on_throw(task.opts.callback, args);
  }

  Wait what_for(WaitableSet* wset) const {
    auto free_to_go_on = [&inst = task.inst] { return !inst.exclusive_thread; };
    auto and_has_event = [&inst = task.inst, wset] { return !inst.exclusive_thread && wset->has_pending_event(); };
    return wset ? Wait{and_has_event, wset, Gate::go_on} : Wait{free_to_go_on, nullptr, Gate::go_on};
  }

  // What it waits for an event of; null where it yields.
  Result<std::shared_ptr<WaitableSet>> set_of(const CallbackResult& next) const {
    if (next.code == CallbackCode::yield) return std::shared_ptr<WaitableSet>();
    const std::shared_ptr<Handle> wset = TRY(task.inst.handles.get(next.waitable_set_index));
    TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, next.waitable_set_index);
    return std::static_pointer_cast<WaitableSet>(wset);
  }
};

// A call, as its implicit thread executes it.
struct Lifted {
  Task& task;
  const CoreFuncInst& callee;
  const FuncType& ft = task.ft;
  const CanonicalOptions& opts = task.opts;
  ComponentInstance& inst = task.inst;

  Result<void> execute() const {
    return task.enter_implicit_thread([&task = task, &callee = callee] { return Lifted{task, callee}.entered(); });
  }

  Result<void> entered() const {
    LiftLowerContext cx(opts, inst, &task);
    const CoreVals flat_args = TRY(task.start_flat(cx));
    HEDDLE_ASSERT_SLOW(types_match_values(flatten_functype(opts, ft, Context::lift).params, flat_args));
    if (!opts.async) return sync(cx, flat_args);
    return opts.callback ? with_callback(flat_args) : stackful(flat_args);
  }

  Result<void> sync(LiftLowerContext& cx, const CoreVals& flat_args) const {
    const CoreVals flat_results = TRY(call_and_trap_on_throw(callee, flat_args));
    HEDDLE_ASSERT_SLOW(types_match_values(flatten_functype(opts, ft, Context::lift).results, flat_results));
    TRY(task.return_flat(cx, flat_results, kMaxFlatResults));
    if (opts.post_return) {
      HEDDLE_ASSERT(inst.may_leave);
      inst.may_leave = false;
      TRY(call_and_trap_on_throw(opts.post_return, flat_results));
      inst.may_leave = true;
    }
    return task.exit_implicit_thread();
  }

  Result<void> stackful(const CoreVals& flat_args) const {
    TRY(call_and_trap_on_throw(callee, flat_args));
    return task.exit_implicit_thread();
  }

  Result<void> with_callback(const CoreVals& flat_args) const {
    return CallbackLoop{task}.go_on(TRY(call_and_trap_on_throw(callee, flat_args)));
  }
};

// A function that is not async has a result when the call returns: what else is ready in its instance is run until it
// has. Without threads that is nothing but its own.
Thread* thread_to_run(const Task& task) {
  ComponentInstance& inst = task.inst;
  if (inst.has_threads) return inst.store->waiting.pick_beside_the_stack(inst);
  return task.implicit_thread && task.implicit_thread->ready() ? task.implicit_thread : nullptr;
}

Result<void> run_until_resolved(const Task& task) {
  while (task.state != Task::State::resolved) {
    Thread* const thread = thread_to_run(task);
    TRAP_IF(!thread, sync_task_blocks);
    TRY(thread->resume());
  }
  return {};
}

}  // namespace

Result<OnCancel> canon_lift(const CoreFuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                            ComponentInstance& inst, std::shared_ptr<Caller> caller) {
  auto task = std::make_shared<Task>(ft, opts, inst, std::move(caller));
  auto thread_func = [&task = *task, &callee](Cancelled) { return Lifted{task, callee}.execute(); };
  TRY(std::make_shared<Thread>(task, thread_func)->resume());
  if (!ft.async) TRY(run_until_resolved(*task));
  return OnCancel(std::move(task));
}

Result<CallbackResult> unpack_callback_result(uint32_t packed) {
  const uint32_t code = packed & 0xf;
  TRAP_IF(code > static_cast<uint32_t>(CallbackCode::max), unsupported_callback_code);
  static_assert(Table<Handle>::kMaxLength < (uint64_t{1} << 28));
  return CallbackResult{static_cast<CallbackCode>(code), packed >> 4};
}

bool may_block() {
  const Task& task = current_task();
  if (task.ft.async || task.state == Task::State::resolved) return true;
  ComponentInstance& inst = task.inst;
  return inst.has_threads && inst.store->waiting.has_any_beside_the_stack(inst);
}

Error told_first(const Error& fault, bool async) {
  return async || may_block() ? fault : Error{ErrorCode::sync_task_blocks};
}

Result<CoreVals> call_and_trap_on_throw(const CoreFuncInst& callee, std::span<const CoreVal> args) {
  return callee(args);
}

}  // namespace heddle::component::canon
