// Host functions as components call them.
#include "component/api/internal.h"

namespace heddle::api {

ComponentCaller::operator StoreRef() const { return detail::Access::caller(cell_); }

namespace detail {

// The embedder's error becomes the trap, its words and its place included.
::heddle::Error host_failure(State& state, const Error& error) {
  fail(&state.cell, error);
  return state.components.fail(rt::Outcome::trapped);
}

namespace {

// The arguments, from a guest that lifts them: `from`, or one behind the host's own call.
::heddle::Result<std::shared_ptr<CallValues>> take_args(StoreCell* cell, canon::Caller& caller,
                                                        canon::ComponentInstance* from, bool may_store) {
  auto values = std::make_shared<CallValues>(cell);
  if (may_store && from) {
    values->args_memory = take_spare_memory();
    link::HostContext host(*values->args_memory, *from);
    values->stored = TRY(caller.on_start_flat(host.cx)).has_value();
  }
  if (!values->stored) values->args = TRY(caller.on_start());
  return values;
}

// And the result.
::heddle::Result<void> give_result(CallValues& values, const WitFunc& func, canon::Caller& caller,
                                   canon::ComponentInstance* from) {
  if (values.stored) {
    if (!values.result_memory) values.result_memory = take_spare_memory();  // there is none
    link::HostContext host(*values.result_memory, *from);
    TRY(caller.on_resolve_flat(host.cx, {}, 0));
  } else {
    std::vector<Value> results;
    if (func.result) results.push_back(std::move(values.result));
    TRY(caller.on_resolve(std::move(results)));
  }
  values.out.hand_over();
  return {};
}

::heddle::Result<canon::OnCancel> call_now(State& state, const HostComponentFunction& function, const WitFunc& func,
                                           CallValues& values, canon::Caller& caller,
                                           canon::ComponentInstance* from) {
  ComponentCaller to = ComponentAccess::caller(&state.cell);
  Error error;
  const bool fine = function.call(function.function.get(), to, func, values, error);
  values.out.end_borrows();
  if (!fine) return host_failure(state, error);
  TRY(give_result(values, func, caller, from));
  return canon::OnCancel();
}

// Of arguments that nobody has taken yet.
uint64_t bytes_of_args(const CallValues& values) {
  if (values.stored) return values.args_memory->bytes().size();
  uint64_t bytes = 0;
  for (const Value& arg : values.args) bytes += bytes_of(arg);
  return bytes;
}

// A task runs to where it waits at once.
::heddle::Result<canon::OnCancel> begin(State& state, const std::shared_ptr<HostCall>& call) {
  Error error;
  const uint64_t bytes = bytes_of_args(*call->values);
  call->task = call->function->start(call->function->function.get(), ComponentAccess::caller(&state.cell),
                                     *call->func, *call->values, error);
  if (!call->task) return host_failure(state, error);
  call->values->args_memory.reset();  // the task has them
  call->values->args.clear();
  state.host_calls.add(call);
  call->beginning = true;
  call->task->begin(state.loop, [](void* context) { static_cast<HostCall*>(context)->ended(); }, call.get());
  call->beginning = false;
  const bool done = call->task->done(), kept = !done && call->keep(bytes);
  if (kept) return canon::OnCancel(call);
  state.host_calls.remove(*call);
  call->over = true;
  if (!done) {
    call->task.reset();
    return ErrorCode::budget_exceeded;
  }
  const bool fine = call->task->finish(*call->func, *call->values, error);
  call->task.reset();
  call->values->out.end_borrows();
  if (!fine) return host_failure(state, error);
  TRY(give_result(*call->values, *call->func, *call->caller, call->from));
  return canon::OnCancel();
}

}  // namespace

bool HostCall::keep(uint64_t bytes) {
  constexpr uint64_t kTask = 1024;  // about, with what is the embedder's
  return paid.emplace(cell->shared_from_this()).add(kTask + bytes);
}

void HostCall::ended() {
  State* state = State::find(cell);
  if (beginning || !state) return;
  resolve_later(*state);
}

// The task may be running this very moment: it goes when it is not.
::heddle::Result<void> HostCall::on_cancel(canon::ComponentInstance*) {
  if (State* state = State::find(cell)) resolve_later(*state);
  return {};
}

// Tells the component, from outside of it.
void HostCall::resolve_later(State& state) {
  state.loop->later(shared_from_this(), [](HostCall& call) {
    if (State* now = State::find(call.cell); now && !call.over) call.resolve(*now);
  });
}

void HostCall::resolve(State& state) {
  over = true;
  const std::shared_ptr<HostCall> kept = shared_from_this();
  state.host_calls.remove(*this);
  Error error;
  const bool ended = task->done();
  const bool fine = !ended || task->finish(*func, *values, error);
  task.reset();
  values->out.end_borrows();
  paid.reset();
  const std::shared_ptr<canon::Caller> told = std::move(caller);
  auto tell = [&]() -> ::heddle::Result<void> {
    if (!fine) return host_failure(state, error);
    return ended ? give_result(*values, *func, *told, from) : told->on_resolve(std::nullopt);
  };
  if (from && !from->may_enter_from(nullptr)) return;  // it has trapped meanwhile
  if (from) {
    if (!state.inside(*from, tell, error)) state.fail_dead(error);
  } else if (const std::shared_ptr<Call> call = direct.lock(); !fine && call && !call->done) {
    call->fail(error);
  } else if (fine) {
    auto done = tell();
    if (!done.ok()) state.fail_dead(state.take_failure(done.error()));
  }
}

::heddle::Result<void> HostNumbers::call(rt::Slot* values) const {
  ComponentCaller caller = ComponentAccess::caller(&state_.cell);
  Error error;
  if (function_->call_numbers(function_->function.get(), caller, values, error)) return {};
  return host_failure(state_, error);
}

canon::FuncInst host_func(StoreCell* cell, std::shared_ptr<const HostComponentFunction> function,
                          std::shared_ptr<const WitFunc> func, bool may_store) {
  return [cell, function = std::move(function), func = std::move(func), may_store](
             std::shared_ptr<canon::Caller> caller,
             canon::ComponentInstance* from) -> ::heddle::Result<canon::OnCancel> {
    State* state = State::find(cell);
    if (!state) return ErrorCode::store_closed;
    std::shared_ptr<CallValues> values = TRY(take_args(cell, *caller, from, may_store));
    if (!function->start) return call_now(*state, *function, *func, *values, *caller, from);
    auto call = std::make_shared<HostCall>();
    call->cell = cell;
    call->function = function;
    call->func = func;
    call->values = std::move(values);
    call->caller = std::move(caller);
    call->from = from;
    if (!from && state->starting) call->direct = state->starting->weak_from_this();
    return begin(*state, call);
  };
}

}  // namespace detail
}  // namespace heddle::api
