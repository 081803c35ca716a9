#include "component/canon/lift.h"

#include "component/canon/flattening.h"
#include "component/canon/waitable.h"

namespace heddle::component::canon {
namespace {

// A call, as its implicit thread executes it.
struct Lifted {
  const CoreFuncInst& callee;
  const FuncType& ft;
  const CanonicalOptions& opts;
  ComponentInstance& inst;
  Task& task;

  Result<void> execute() {
    if (!TRY(task.enter_implicit_thread())) return {};
    LiftLowerContext cx(opts, inst, &task);
    const std::vector<Val> args = TRY(task.start());
    const CoreVals flat_args = TRY(lower_flat_values(cx, kMaxFlatParams, args, ft.params));
    const CoreFuncType flat_ft = flatten_functype(opts, ft, Context::lift);
    HEDDLE_ASSERT(types_match_values(flat_ft.params, flat_args));
    if (!opts.async) return sync(cx, flat_args, flat_ft);
    return opts.callback ? with_callback(flat_args) : stackful(flat_args);
  }

  Result<void> sync(LiftLowerContext& cx, const CoreVals& flat_args, const CoreFuncType& flat_ft) {
    const CoreVals flat_results = TRY(call_and_trap_on_throw(callee, flat_args));
    HEDDLE_ASSERT(types_match_values(flat_ft.results, flat_results));
    CoreValueIter vi(flat_results);
    TRY(task.return_(TRY(lift_flat_values(cx, kMaxFlatResults, vi, ft.result_type()))));
    if (opts.post_return) {
      HEDDLE_ASSERT(inst.may_leave);
      inst.may_leave = false;
      TRY(call_and_trap_on_throw(opts.post_return, flat_results));
      inst.may_leave = true;
    }
    return task.exit_implicit_thread();
  }

  Result<void> stackful(const CoreVals& flat_args) {
    TRY(call_and_trap_on_throw(callee, flat_args));
    return task.exit_implicit_thread();
  }

  Result<void> with_callback(const CoreVals& flat_args) {
    CallbackResult next = TRY(unpack(TRY(call_and_trap_on_throw(callee, flat_args))));
    while (next.code != CallbackCode::exit) {
      HEDDLE_ASSERT(task.needs_exclusive() && inst.exclusive_thread == task.implicit_thread);
      inst.exclusive_thread = nullptr;
      const EventTuple event = TRY(next_event(next));
      HEDDLE_ASSERT(!inst.exclusive_thread);
      inst.exclusive_thread = task.implicit_thread;
      const CoreVal args[] = {{CoreVal::Type::i32, static_cast<uint32_t>(event.code)},
                              {CoreVal::Type::i32, event.p1},
                              {CoreVal::Type::i32, event.p2}};
      next = TRY(unpack(TRY(call_and_trap_on_throw(opts.callback, args))));
    }
    return task.exit_implicit_thread();
  }

  Result<EventTuple> next_event(const CallbackResult& next) {
    auto free_to_go_on = [&inst = inst] { return !inst.exclusive_thread; };
    if (next.code == CallbackCode::yield) {
      const Cancelled cancelled = TRY(task.implicit_thread->wait_until(free_to_go_on, true, true));
      return EventTuple{cancelled == Cancelled::true_ ? EventCode::task_cancelled : EventCode::none};
    }
    const std::shared_ptr<Handle> wset = TRY(inst.handles.get(next.waitable_set_index));
    TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, next.waitable_set_index);
    return static_cast<WaitableSet&>(*wset).wait_for_event_and(free_to_go_on, true);
  }

  static Result<CallbackResult> unpack(const CoreVals& results) {
    HEDDLE_ASSERT(results.size() == 1);
    return unpack_callback_result(static_cast<uint32_t>(results[0].bits));
  }
};

// Would it go on to use the one stack in linear memory that the call may be using? ("Component Invariants", 3; the
// definitions exclude only the thread that has the right to at the moment, the official suite all that would take
// it.)
bool needs_the_stack(const Thread& thread) {
  const Task& task = *thread.task;
  return &thread == task.inst.exclusive_thread ||
         (&thread == task.implicit_thread && task.ft.async && task.needs_exclusive());
}

// A function that is not async has a result when the call returns: what else is ready in its instance is run until it
// has.
std::vector<std::shared_ptr<Thread>> threads_to_run(const ComponentInstance& inst) {
  std::vector<std::shared_ptr<Thread>> candidates;
  for (const auto& thread : inst.threads.all()) {
    if (thread && thread->ready() && !needs_the_stack(*thread)) candidates.push_back(thread);
  }
  return candidates;
}

Result<void> run_until_resolved(const Task& task, ComponentInstance& inst) {
  while (task.state != Task::State::resolved) {
    const std::vector<std::shared_ptr<Thread>> candidates = threads_to_run(inst);
    TRAP_IF(candidates.empty(), sync_task_blocks);
    TRY(candidates[inst.store->choices.among(candidates.size())]->resume());
  }
  return {};
}

}  // namespace

Result<OnCancel> canon_lift(const CoreFuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                            ComponentInstance& inst, OnStart on_start, OnResolve on_resolve) {
  auto task = std::make_shared<Task>(ft, opts, inst, std::move(on_start), std::move(on_resolve));
  auto thread_func = [callee, &ft, &opts, &inst, &task = *task] {
    return Lifted{callee, ft, opts, inst, task}.execute();
  };
  auto thread = std::make_shared<Thread>(task, std::move(thread_func));
  TRY(thread->resume());
  if (!ft.async) TRY(run_until_resolved(*task, inst));
  return OnCancel([task](ComponentInstance* caller) { return task->request_cancellation(caller); });
}

Result<CallbackResult> unpack_callback_result(uint32_t packed) {
  const uint32_t code = packed & 0xf;
  TRAP_IF(code > static_cast<uint32_t>(CallbackCode::max), unsupported_callback_code);
  static_assert(Table<Handle>::kMaxLength < (uint64_t{1} << 28));
  return CallbackResult{static_cast<CallbackCode>(code), packed >> 4};
}

bool may_block() {
  const Task& task = current_task();
  return task.ft.async || task.state == Task::State::resolved || !threads_to_run(task.inst).empty();
}

Error told_first(const Error& fault, bool async) {
  return async || may_block() ? fault : Error{ErrorCode::sync_task_blocks};
}

Result<std::vector<CoreVal>> call_and_trap_on_throw(const CoreFuncInst& callee, std::span<const CoreVal> args) {
  return callee(args);
}

}  // namespace heddle::component::canon
