// Calls of the embedder's: begun, answered, given up.
#include <algorithm>
#include <iterator>

#include "component/api/internal.h"

namespace heddle::api::detail {

std::shared_ptr<CallValues> new_call(StoreCell* cell, const WitFunc& func, bool may_store) {
  auto made = std::make_shared<CallValues>(cell);
  // SAFETY: functions of handles are FuncData, all of them.
  made->stored = may_store && !func.scalars && static_cast<const FuncData&>(func).lifted;
  if (made->stored) {
    made->args_memory = take_spare_memory();
    made->args_memory->allocate(func.args->alignment, func.args->size);
  } else {
    made->args.resize(func.params.size());
  }
  return made;
}

Outgoing& outgoing(CallValues& call) { return call.out; }
Value& arg_of(CallValues& call, size_t i) { return call.args[i]; }
Value& result_of(CallValues& call) { return call.result; }

// --- one call

void Call::begin() {
  State* state = State::find(cell.get());
  if (!state) {
    error = gone(cell.get());
    done = true;
    return;
  }
  state->loop->later(shared_from_this(), [](Call& call) {
    State* now = State::find(call.cell.get());
    if (now && !call.done) call.begin_now(*now);
  });
}

// Who ended without an answer, by a trap perhaps, may have lent on what was lent to it.
Call::~Call() {
  if (!started || resolved || values->out.lent.empty()) return;
  State* state = State::find(cell.get());
  if (state) std::ranges::move(std::exchange(values->out.lent, {}), std::back_inserter(state->never_returned));
}

::heddle::Result<std::vector<Value>> Call::on_start() {
  started = true;
  values->out.hand_over();
  return std::move(values->args);
}

::heddle::Result<void> Call::on_resolve(std::optional<std::vector<Value>> result) {
  if (!result) {
    if (!done) error = misuse("the call was cancelled");
  } else if (func->result && (done || !keep(bytes_of(result->at(0))))) {
    discard(cell.get(), *func->result, result->at(0));
    if (!done) return ErrorCode::budget_exceeded;
  } else if (func->result) {
    values->result = std::move(result->at(0));
  }
  answered();
  return {};
}

::heddle::Result<std::optional<canon::CoreVals>> Call::on_start_flat(canon::LiftLowerContext& callee) {
  if (!values->stored) return std::optional<canon::CoreVals>();
  const SpareMemory args = std::move(values->args_memory);
  return std::optional(TRY(link::lower_args(State::find(cell.get())->components, *data().lifted, *args, callee)));
}

::heddle::Result<bool> Call::on_resolve_flat(canon::LiftLowerContext& callee, std::span<const canon::CoreVal> result,
                                             size_t max_flat) {
  if (!values->stored) return false;
  values->result_memory = take_spare_memory();
  TRY(link::lift_result(State::find(cell.get())->components, *data().lifted, callee, result, max_flat,
                        *values->result_memory));
  if (!keep(values->result_memory->bytes().size())) return ErrorCode::budget_exceeded;
  answered();
  return true;
}

// Of a result that may wait for whom it is for. Little ones are among what any call costs.
bool Call::keep(uint64_t bytes) {
  constexpr uint64_t kWithCall = 512;
  return bytes <= kWithCall || kept.emplace(cell).add(bytes);
}

// By the component, whether somebody listens or not.
void Call::answered() {
  resolved = true;
  on_cancel = nullptr;
  if (done) {
    values->out.end_loans();
  } else {
    finish();
  }
}

bool Call::is_at_once() const { return data().lifted && data().lifted->may_be_called_at_once(); }

// False: it has to be called in the general way.
::heddle::Result<bool> Call::invoke_at_once(State& state) {
  if (!is_at_once()) return false;
  const link::LiftedFunc* lifted = data().lifted;
  if (!values->stored) return link::call_from_host(state.components, *lifted, *this);
  const SpareMemory args = std::move(values->args_memory);
  values->result_memory = take_spare_memory();
  TRY(link::call_from_host(state.components, *lifted, *args, *values->result_memory));
  answered();
  return true;
}

::heddle::Result<canon::OnCancel> Call::invoke(State& state) {
  if (TRY(invoke_at_once(state))) return canon::OnCancel();
  return state.components.canon().invoke(data().inst, shared_from_this());
}

void Call::begin_now(State& state) {
  if (Error why; !state.may_begin(data(), why)) return fail(std::move(why));
  if (!is_at_once() && !state.has_room_for_calls())
    return fail(Access::error(ErrorCode::budget_exceeded, state.components.core().budget.refusal()));
  state.calls.add(shared_from_this());
  const bool kept = std::ranges::any_of(values->out.lent, [](const auto& handle) { return handle->ended; });
  if (kept) return fail(misuse("the handle was lent for a call that is over"));
  Call* const outer = std::exchange(state.starting, this);
  auto begun = invoke(state);
  state.starting = outer;
  if (begun.ok()) {
    if (resolved) return;
    on_cancel = std::move(begun).value();
    if (done) cancel_later(state);  // given up by what it has called
    return;
  }
  const Error why = state.take_failure(begun.error());
  const bool told = !done;
  if (told) fail(why);
  state.fail_dead(why, told);
}

void Call::fail(Error why) {
  error = std::move(why);
  finish();
}

// What it lent comes back when the component has answered.
void Call::finish() {
  done = true;
  State* state = State::find(cell.get());
  if (!state) return;
  if (resolved) values->out.end_loans();
  std::shared_ptr<Call> kept = state->calls.remove(*this);
  if (waiting) state->loop->resume(kept ? std::move(kept) : shared_from_this());
}

void Call::abandon() {
  if (done) {  // nobody has heard of its answer
    if (resolved && !error && func->result) discard(cell.get(), *func->result, values->result);
    return;
  }
  const std::shared_ptr<Call> kept = shared_from_this();
  done = true;
  State* state = State::find(cell.get());
  if (!state) return;
  state->calls.remove(*this);
  cancel_later(*state);
}

// While it is being begun there is nothing to cancel yet.
void Call::cancel_later(State& state) {
  if (!on_cancel) return;
  state.loop->later(shared_from_this(), [](Call& call) {
    State* now = State::find(call.cell.get());
    if (!now || call.resolved || !call.on_cancel) return;
    const canon::OnCancel cancel = std::exchange(call.on_cancel, nullptr);
    ++now->components.canon().nesting_depth;
    auto cancelled = cancel->on_cancel(nullptr);
    --now->components.canon().nesting_depth;
    if (!cancelled.ok()) now->fail_dead(now->take_failure(cancelled.error()));
  });
}

std::shared_ptr<Operation> call_operation(const std::shared_ptr<StoreCell>& cell, std::shared_ptr<const WitFunc> func,
                                          std::shared_ptr<CallValues> values) {
  return std::make_shared<Call>(cell, std::move(func), std::move(values));
}

const Error* error_of(const Operation& call) {
  const auto& error = static_cast<const Call&>(call).error;
  return error ? &*error : nullptr;
}

bool call(const std::shared_ptr<StoreCell>& cell, const std::shared_ptr<const WitFunc>& func,
          const std::shared_ptr<CallValues>& values, Error& error) {
  if (!alive(cell.get()).ok()) return error = gone(cell.get()), false;
  State& state = State::in(*cell);
  const auto call = std::make_shared<Call>(cell, func, values);
  const bool may_wait = state.may_wait();
  call->begin_now(state);
  if (!call->done && !may_wait) {
    call->abandon();
    error =
        misuse("the call has to wait, and a host function or a task that runs cannot: co_await `async` in a task");
    return false;
  }
  if (!call->done) {
    Result<void> ran = state.run_until([&] { return call->done; });
    if (!call->done) call->abandon();
    state.loop->tell_of_work();
    if (!ran) return error = ran.error(), false;
  }
  if (may_wait) state.flush_drops();
  state.loop->tell_of_work();
  if (!call->error) return true;
  return error = *call->error, false;
}

std::optional<bool> call_numbers(const std::shared_ptr<StoreCell>& cell, const WitFunc& func, uint64_t* values,
                                 Error& error) {
  if (!alive(cell.get()).ok()) return error = gone(cell.get()), false;
  State& state = State::in(*cell);
  const auto& data = static_cast<const FuncData&>(func);
  if (!data.lifted) return std::nullopt;
  if (!state.may_begin(data, error)) [[unlikely]]
    return false;
  const auto called = link::call_from_host(state.components, *data.lifted, values);
  if (!called.ok()) {
    error = state.take_failure(called.error());
    state.fail_dead(error, true);
    return false;
  }
  if (!called.value()) return std::nullopt;
  if (!state.drops.empty() && state.may_wait()) state.flush_drops();
  state.loop->tell_of_work();
  return true;
}

void discard(StoreCell* cell, const WitType& type, Value& value) {
  Incoming in(cell);
  switch (type.kind) {
    case WitKind::own: get_own(in, type, value); return;
    case WitKind::stream:
    case WitKind::future: get_end(in, type, value); return;
    default: break;
  }
  auto part = [&](const WitType* of, Value& at) {
    if (of) discard(cell, *of, at);
  };
  switch (type.kind) {
    case WitKind::list:
    case WitKind::fixed_list:
      for (Value& element : value.parts) part(type.part(), element);
      return;
    case WitKind::record:
    case WitKind::tuple:
      for (size_t i = 0; i < value.parts.size(); ++i) part(type.part(i), value.parts[i]);
      return;
    case WitKind::option:
      for (Value& some : value.parts) part(type.part(), some);
      return;
    case WitKind::variant:
    case WitKind::result:
      for (Value& payload : value.parts) part(type.part(value.bits), payload);
      return;
    case WitKind::map:
      for (Value& pair : value.parts) {
        for (size_t i = 0; i < pair.parts.size(); ++i) part(type.part(i), pair.parts[i]);
      }
      return;
    default: return;
  }
}

}  // namespace heddle::api::detail
