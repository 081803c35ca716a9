#include "component/link/direct.h"

#include <array>

#include "component/canon/flattening.h"
#include "component/link/store.h"
#include "component/plan/copy.h"
#include "exec/invoke.h"

namespace heddle::component::link {

using canon::ComponentInstance;

namespace {

// Who answers for what the caller lends, as a subtask does.
class Lenders final : public canon::BorrowScope {
 public:
  explicit Lenders(rt::Budget& budget) : budget_(budget) {}
  ~Lenders() override {
    for (const auto& handle : lenders) --handle->num_lends;
    budget_.release(rt::Resource::component_bytes, kLenderCost * lenders.size());
  }
  Result<void> add_lender(const std::shared_ptr<canon::ResourceHandle>& handle) override {
    if (!budget_.charge(rt::Resource::component_bytes, kLenderCost)) return ErrorCode::budget_exceeded;
    return BorrowScope::add_lender(handle);
  }

 private:
  static constexpr uint64_t kLenderCost = 32;
  rt::Budget& budget_;
};

// How many core values arguments are: themselves, or a pointer to them.
size_t core_params(const plan::Program& params) { return params.flat() > kMaxFlatParams ? 1 : params.flat(); }

// The results replace the arguments in `values`.
Result<void> call_core(ComponentStore& store, const rt::FuncRef& func, rt::Slot* values, size_t args,
                       size_t results) {
  rt::Store& core = store.core();
  rt::Slot* slots = exec::arg_slots(core, func);
  if (!slots) return store.fail(core.trap(ErrorCode::call_stack_exhausted));
  for (size_t i = 0; i < args; ++i) slots[i] = values[i];
  const rt::Outcome outcome = exec::invoke(core, func, slots);
  if (outcome != rt::Outcome::returned) [[unlikely]]
    return store.fail(outcome);
  for (size_t i = 0; i < results; ++i) values[i] = slots[i];
  return {};
}

// What was lent to the task has been given back by the time its result is lifted, whose own traps come first.
Result<void> check_borrows(const canon::Task& task, const plan::Program& results, plan::Guest& callee,
                           std::span<rt::Slot> values) {
  if (task.num_borrows == 0) [[likely]]
    return {};
  TRY(plan::lift_only(results, callee, {values, kMaxFlatResults}));
  return ErrorCode::borrows_remain;
}

}  // namespace

// --- lifted functions

Result<void> LiftedFunc::call_with_scalars(ComponentStore& store, const CallPlan& plan, rt::Slot* values) const {
  canon::NestedTasks::Running running(tasks);
  rt::Slot passed[kMaxFlatParams];
  TRY(plan::copy_scalars(plan.params, values, passed));
  TRY(call_core(store, core, passed, plan.params.flat(), plan.results.flat()));
  TRY(plan::copy_scalars(plan.results, passed, values));
  TRAP_IF(running.task().num_borrows > 0, borrows_remain);
  TRY(resolve(store, running.task(), passed, plan.results.flat()));
  running.end();
  return {};
}

Result<void> LiftedFunc::call_with_stored(ComponentStore& store, HostMemory& host_args,
                                          HostMemory& host_result) const {
  const plan::Program &params = from_host_memory->params, &results = from_host_memory->results;
  canon::NestedTasks::Running running(tasks);
  canon::LiftLowerContext cx(opts, inst, &running.task());
  HostsGuest guest(cx);
  HostSide args(host_args, guest), result(host_result, guest);
  rt::Slot values[kMaxFlatParams];
  const size_t count = core_params(params);
  uint64_t at = 0;
  TRY(plan::copy(params, args, {{&at, 1}, 0}, guest, {{values, count}, kMaxFlatParams}));
  const size_t core_results = std::min<size_t>(results.flat(), 1);
  TRY(call_core(store, core, values, count, core_results));
  TRY(check_borrows(running.task(), results, guest, {values, core_results}));
  at = TRY(make_place(cx, host_result, results));
  TRY(plan::copy(results, guest, {{values, core_results}, kMaxFlatResults}, result, {{&at, 1}, 0, true}));
  TRY(resolve(store, running.task(), values, core_results));
  running.end();
  return {};
}

Result<void> LiftedFunc::call_with_values(ComponentStore& store, canon::Caller& caller) const {
  canon::NestedTasks::Running running(tasks);
  canon::LiftLowerContext cx(opts, inst, &running.task());
  const std::vector<canon::Val> args = TRY(caller.on_start());
  const canon::CoreVals flat_args = TRY(canon::lower_flat_values(cx, kMaxFlatParams, args, type.params));
  rt::Slot values[kMaxFlatParams];
  for (size_t i = 0; i < flat_args.size(); ++i) values[i] = bits_of(flat_args[i]);
  const auto& types = store.core().engine->types[core.type].results;
  TRY(call_core(store, core, values, flat_args.size(), types.size()));
  const canon::CoreVals flat_results = read_slots(types, values);
  canon::CoreValueIter vi(flat_results);
  std::vector<canon::Val> result = TRY(canon::lift_flat_values(cx, kMaxFlatResults, vi, type.result_type()));
  TRAP_IF(running.task().num_borrows > 0, borrows_remain);
  TRY(caller.on_resolve(std::move(result)));
  TRY(resolve(store, running.task(), values, types.size()));
  running.end();
  return {};
}

Result<void> LiftedFunc::resolve(ComponentStore& store, canon::Task& task, rt::Slot* core_results,
                                 size_t count) const {
  task.state = canon::Task::State::resolved;
  if (!opts.post_return_func) return {};
  inst.may_leave = false;
  TRY(call_core(store, *opts.post_return_func, core_results, count, 0));
  inst.may_leave = true;
  return {};
}

namespace {

// As Store::invoke, which counts how deep the host is in calls.
struct Invoked {
  explicit Invoked(canon::Store& store) : store(store) { ++store.nesting_depth; }
  ~Invoked() { --store.nesting_depth; }
  Invoked(const Invoked&) = delete;
  Invoked& operator=(const Invoked&) = delete;
  canon::Store& store;
};

template <class Call>
Result<bool> enter_and(ComponentStore& store, const LiftedFunc& func, const Call& call) {
  const Invoked invoked(store.canon());
  TRAP_IF(!func.inst.may_enter_from(nullptr), cannot_enter);
  TRY(func.inst.inside(nullptr, call));
  return true;
}

}  // namespace

Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, rt::Slot* values) {
  if (!func.may_be_called_at_once()) return false;
  if (!func.from_host) {
    const uint32_t pointer = pointer_of(func.opts);
    func.from_host = TRY(make_plan(store, func.type, func.type, {pointer, pointer}));
  }
  if (!func.from_host->scalars) return false;
  return enter_and(store, func, [&] { return func.call_with_scalars(store, *func.from_host, values); });
}

Result<void> call_from_host(ComponentStore& store, const LiftedFunc& func, HostMemory& args, HostMemory& result) {
  HEDDLE_ASSERT(func.may_be_called_at_once());
  TRY(plan_from_host(store, func));
  TRY(enter_and(store, func, [&] { return func.call_with_stored(store, args, result); }));
  return {};
}

Result<bool> call_from_host(ComponentStore& store, const LiftedFunc& func, canon::Caller& caller) {
  if (!func.may_be_called_at_once()) return false;
  return enter_and(store, func, [&] { return func.call_with_values(store, caller); });
}

// --- the call

DirectCall::DirectCall(ComponentStore& store, const LiftedFunc& callee, canon::FuncInst inst,
                       const canon::FuncType& type, const Options& opts, ComponentInstance& caller,
                       heddle::TypeId core_type)
    : store_(store),
      callee_(callee),
      opts_(opts),
      caller_(caller),
      passage_(store, {type, opts, core_type}, callee),
      otherwise_(store.canon().lower(std::move(inst), type, opts, caller, &passage_)),
      core_type_(core_type),
      nested_(&caller != &callee.inst && (caller.is_within(callee.inst) || callee.inst.is_within(caller))),
      alone_(callee.inst.parent == caller.parent && &caller != &callee.inst) {}

Result<void> DirectCall::enter() {
  ComponentInstance& inst = callee_.inst;
  if (alone_) {
    TRAP_IF(!inst.may_enter, cannot_enter);
    inst.may_enter = false;
    return {};
  }
  TRAP_IF(!inst.may_enter_from(&caller_) || (nested_ && !store_.canon().donut_wrapping), cannot_enter);
  inst.enter_from(&caller_);
  return {};
}

void DirectCall::leave() {
  if (alone_) {
    callee_.inst.may_enter = !callee_.inst.trapped;
  } else {
    callee_.inst.leave_to(&caller_);
  }
}

Result<void> DirectCall::run(rt::Slot* args) {
  if (callee_.inst.has_threads) return store_.call_canon(otherwise_, core_type_, args);
  TRAP_IF(!caller_.may_leave, cannot_leave);
  TRY(enter());
  const auto done = run_inside(args);
  if (done.ok()) [[likely]] {
    leave();
  } else {
    callee_.inst.trap_to(&caller_);
  }
  return done;
}

Result<void> DirectCall::run_inside(rt::Slot* args) {
  const CallPlan& plan = *TRY(passage_.plan());
  if (plan.scalars) return callee_.call_with_scalars(store_, plan, args);
  canon::NestedTasks::Running running(callee_.tasks);
  TRY(pass_and_call(plan, args, running.task()));
  running.end();
  return {};
}

Result<void> DirectCall::pass_and_call(const CallPlan& plan, rt::Slot* args, canon::Task& task) {
  const plan::Program &params = plan.params, &results = plan.results;
  Lenders lenders(store_.core().budget);
  canon::LiftLowerContext outside(opts_, caller_, &lenders), inside(callee_.opts, callee_.inst, &task);
  plan::Guest caller(outside), callee(inside);

  const size_t count = core_params(params);
  rt::Slot values[kMaxFlatParams];
  TRY(plan::copy(params, caller, {{args, count}, kMaxFlatParams}, callee, {{values, count}, kMaxFlatParams}));
  const size_t core_results = std::min<size_t>(results.flat(), 1);
  TRY(call_core(store_, callee_.core, values, count, core_results));

  TRY(check_borrows(task, results, callee, {values, core_results}));
  // Where the results go is the last argument if they are many.
  const bool to_pointer = results.flat() > kMaxFlatResults;
  TRY(plan::copy(results, callee, {{values, core_results}, kMaxFlatResults}, caller,
                 {{to_pointer ? args + count : args, core_results}, kMaxFlatResults, to_pointer}));
  return callee_.resolve(store_, task, values, core_results);
}

// --- the host's functions

Result<void> HostCall::run(rt::Slot* args) {
  TRAP_IF(!caller_.may_leave, cannot_leave);
  if (!plan_) {
    plan_ = TRY(make_plan(store_, type_, type_, {4, 4}));
    HEDDLE_ASSERT(plan_->scalars);
  }
  rt::Slot passed[kMaxFlatParams];
  TRY(plan::copy_scalars(plan_->params, args, passed));
  TRY(callee_.call(passed));
  return plan::copy_scalars(plan_->results, passed, args);
}

Result<void> StoredHostCall::run(rt::Slot* args) {
  TRAP_IF(!caller_.may_leave, cannot_leave);
  if (!plan_) plan_ = TRY(make_plan(store_, type_, type_, {pointer_of(opts_), HostMemory::kPointer}));
  StoredValues& values = callee_.begin();
  const auto done = pass_and_call(args, values);
  callee_.end(values);
  return done;
}

Result<void> StoredHostCall::pass_and_call(rt::Slot* args, StoredValues& values) {
  const plan::Program &params = plan_->params, &results = plan_->results;
  canon::LiftLowerContext cx(opts_, caller_);
  HostsGuest guest(cx);
  HostSide host_args(values.args, guest), host_result(values.result, guest);
  const size_t count = core_params(params);
  uint64_t at = TRY(make_place(cx, values.args, params));
  TRY(plan::copy(params, guest, {{args, count}, kMaxFlatParams}, host_args, {{&at, 1}, 0, true}));
  TRY(callee_.call(values));
  // Where the result goes is the last argument if it is many core values.
  const bool to_pointer = results.flat() > kMaxFlatResults;
  const size_t core_results = std::min<size_t>(results.flat(), 1);
  at = 0;
  return plan::copy(results, host_result, {{&at, 1}, 0}, guest,
                    {{to_pointer ? args + count : args, core_results}, kMaxFlatResults, to_pointer});
}

}  // namespace heddle::component::link
