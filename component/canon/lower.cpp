#include "component/canon/lower.h"

#include "component/canon/flattening.h"
#include "component/canon/lift.h"
#include "component/canon/subtask.h"

namespace heddle::component::canon {
namespace {

// A call as long as its callee may still ask for arguments or give a result: perhaps longer than the function that
// began it.
struct Lowered final : Subtask, Caller {
  Lowered(const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst, std::span<const CoreVal> args,
          const Passage* passage)
      : Subtask(inst.store->core.budget),
        ft(ft),
        max_flat_params(opts.async ? kMaxFlatAsyncParams : kMaxFlatParams),
        max_flat_results(opts.async ? 0 : kMaxFlatResults),
        core_args(args.begin(), args.end()),
        flat_args(core_args),
        cx(opts, inst, this),
        passage(passage) {}

  const ComponentInstance* instance() const override { return &cx.inst; }
  Result<std::vector<Val>> on_start() override {
    begin();
    return lift_flat_values(cx, max_flat_params, flat_args, ft.params);
  }
  Result<std::optional<CoreVals>> on_start_flat(LiftLowerContext& callee) override {
    if (!passage) return std::optional<CoreVals>();
    begin();
    return std::optional(TRY(passage->params(cx, core_args, callee)));
  }
  void begin() {
    maybe_on_progress();
    HEDDLE_ASSERT(state == State::starting);
    state = State::started;
  }

  // Its instance has ended since it called. What it is given goes with the values.
  bool is_nobody_left() {
    const bool ended = cx.inst.has_ended();
    if (ended) on_cancel = nullptr;
    return ended;
  }

  Result<void> on_resolve(std::optional<std::vector<Val>> result) override {
    using enum State;
    if (is_nobody_left()) return {};
    maybe_on_progress();
    if (!result) {
      HEDDLE_ASSERT(cancellation_requested);
      HEDDLE_ASSERT(state == starting || state == started);
      resolve(state == starting ? cancelled_before_started : cancelled_before_returned, {});
    } else {
      HEDDLE_ASSERT(state == started);
      resolve(returned, TRY(lower_flat_values(cx, max_flat_results, *result, ft.result_type(), &flat_args)));
    }
    on_cancel = nullptr;
    return {};
  }

  Result<bool> on_resolve_flat(LiftLowerContext& callee, std::span<const CoreVal> values, size_t max_flat) override {
    if (!passage || is_nobody_left()) return false;
    maybe_on_progress();
    HEDDLE_ASSERT(state == State::started);
    resolve(State::returned, TRY(passage->results(callee, values, max_flat, cx, core_args)));
    on_cancel = nullptr;
    return true;
  }

  // The event says how things stand when it is looked at.
  void maybe_on_progress() {
    if (subtaski == 0) return;
    set_pending_event([this] {
      if (resolved()) deliver_resolve();
      return EventTuple{EventCode::subtask, subtaski, static_cast<uint32_t>(state)};
    });
  }

  const FuncType& ft;
  const uint8_t max_flat_params, max_flat_results;
  uint32_t subtaski = 0;  // its index, once it has one
  const std::vector<CoreVal> core_args;
  CoreValueIter flat_args;
  LiftLowerContext cx;
  const Passage* const passage;
};

}  // namespace

Result<CoreVals> canon_lower(const FuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                             std::span<const CoreVal> flat_args, const Passage* passage) {
  Thread& thread = current_thread();
  ComponentInstance& inst = thread.task->inst;
  TRAP_IF(!inst.may_leave, cannot_leave);
  // The definitions look whether such a call may block when it does; the official suite wants it refused before.
  TRAP_IF(!opts.async && ft.async && !may_block(), sync_task_blocks);
  HEDDLE_ASSERT_SLOW(types_match_values(flatten_functype(opts, ft, Context::lower).params, flat_args));
  const auto subtask = std::make_shared<Lowered>(ft, opts, inst, flat_args, passage);
  OnCancel on_cancel = TRY(callee(subtask, &inst));
  if (inst.has_ended())
    return ErrorCode::cannot_enter;  // an allocator, which another call's result has run meanwhile
  if (!subtask->resolved()) subtask->on_cancel = std::move(on_cancel);
  HEDDLE_ASSERT(ft.async || subtask->state == Subtask::State::returned);
  if (!opts.async) {
    if (!subtask->resolved()) TRY(thread.wait_until({[s = subtask.get()] { return s->resolved(); }, subtask.get()}));
    subtask->deliver_resolve();
    HEDDLE_ASSERT_SLOW(types_match_values(flatten_functype(opts, ft, Context::lower).results, subtask->flat_results));
    return std::move(subtask->flat_results);
  }
  if (subtask->resolved()) {
    subtask->deliver_resolve();
    HEDDLE_ASSERT(subtask->flat_results.empty());
    return CoreVals{{CoreVal::Type::i32, static_cast<uint32_t>(Subtask::State::returned)}};
  }
  subtask->subtaski = TRY(inst.handles.add(subtask));
  return CoreVals{{CoreVal::Type::i32, static_cast<uint32_t>(subtask->state) | (subtask->subtaski << 4)}};
}

}  // namespace heddle::component::canon
