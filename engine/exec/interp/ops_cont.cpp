// Stack switching (github.com/WebAssembly/stack-switching). A continuation is a fiber: a value stack of its own, on
// which its frames live. Resuming, suspending and switching change which fiber's frames the loop works on; the native
// stack stays.
//
// A running fiber knows its parent and the parent's resume cell, through whose handlers it looks when it suspends. A
// suspended continuation is a chain of fibers: it is held by the innermost one, which suspended; the outermost one
// has no parent until the chain is resumed. Chains never reach over the fiber on which an activation began: a host
// frame is a barrier.
#include <algorithm>
#include <span>

#include "exec/interp/code.h"
#include "exec/interp/control.h"
#include "exec/interp/unwind.h"

namespace heddle::interp {

namespace {

using rt::Fiber;
using rt::FiberState;

// What a fiber's first frame returns to.
struct FiberCells {
  Word call[kCallWords];
  Handler leave;
};
const FiberCells kFiberReturn{{0, 0, 0}, &op_fiber_return};

// The state of a handler when it calls out.
struct Here {
  const Word* pc;
  Slot* fp;
  Instance* ctx;
  rt::Store& store() const { return *ctx->store; }
  rt::Activation& act() const { return *ctx->context->activation; }
  Slot* base() const { return fp + static_cast<uint32_t>(pc[1]); }  // operands and results of the cell
  uint32_t lo() const { return static_cast<uint32_t>(pc[2]); }
  uint32_t hi() const { return static_cast<uint32_t>(pc[2] >> 32); }
  // The first `slots` operand slots, and all below, are live.
  void keep(uint32_t slots) const { ctx->context->fiber->value_sp = base() + slots; }
};

Next fail(const Here& at, ErrorCode code) {
  raise(at.pc, at.fp, at.ctx, code);
  return Next::leave;
}

gc::Continuation* continuation_at(Slot ref) { return static_cast<gc::Continuation*>(gc::to_object(ref)); }

// Takes the fiber out of a continuation.
ErrorCode consume(Slot ref, Fiber*& fiber) {
  if (ref == 0) return ErrorCode::null_continuation;
  gc::Continuation* cont = continuation_at(ref);
  if (!cont->fiber) return ErrorCode::continuation_consumed;
  fiber = cont->fiber;
  cont->fiber = nullptr;
  return ErrorCode::none;
}

Fiber* outermost(Fiber* fiber) {
  while (fiber->parent) fiber = fiber->parent;
  return fiber;
}

// Where the next arguments of a continuation go.
Slot* argument_place(Fiber& fiber) {
  if (fiber.state == FiberState::fresh) return fiber.value_base + fiber.bound;
  return fiber.resume_fp + static_cast<uint32_t>(fiber.resume_pc[1]) + fiber.bound;
}

// The activation goes on at word `pc` of a frame.
void go_on(rt::Activation& act, const Function& function, const Word* pc, Slot* fp, Instance* ctx) {
  act.pc = pc;
  act.fp = fp;
  act.ctx = ctx;
  act.pinned[0] = function.pinned[0];
  act.pinned[1] = function.pinned[1];
}

// Behind the call-like cell at `pc`, whose results have been delivered.
Next go_on_behind(rt::Activation& act, const Word* pc, Slot* fp, Instance* ctx) {
  go_on(act, *function_at(*ctx->module, pc), pc + kCallWords, fp, ctx);
  return Next::caught;
}

// The current fiber's function has returned, its results at `results`: they are the results of the parent's resume
// cell.
Next return_from_fiber(rt::Store& store, rt::Activation& act, const Slot* results) {
  Fiber* fiber = store.context.fiber;
  const Word* pc = fiber->parent_pc;
  Slot* fp = fiber->parent_fp;
  Instance* ctx = fiber->parent_instance;
  std::copy_n(results, fiber->target->code->result_slots, fp + static_cast<uint32_t>(pc[1]));
  fiber->state = FiberState::done;
  store.switch_to(fiber->parent);
  store.release_fiber(fiber);
  return go_on_behind(act, pc, fp, ctx);
}

// A function that is not interpreted runs to its end at once.
Next run_host(const Here& at, Fiber& fiber) {
  const rt::FuncCode& code = *fiber.target->code;
  Slot* args = fiber.value_base;
  fiber.value_sp = args + std::max(code.param_slots, code.result_slots);
  stand_at(kFiberReturn.call, args, at.ctx);
  rt::Outcome outcome = code.array.load(std::memory_order_acquire)(*fiber.target, args);
  if (outcome == rt::Outcome::returned) return return_from_fiber(at.store(), at.act(), args);
  if (outcome == rt::Outcome::threw) {
    if (leave_fiber(at.store(), at.act())) return throw_pending(at.act().pc, at.act().fp, at.act().ctx);
  }
  at.act().outcome = outcome;
  return Next::leave;
}

// Runs the chain whose innermost fiber is `fiber`, its arguments delivered and its parent set.
Next run(const Here& at, Fiber* fiber) {
  bool fresh = fiber->state == FiberState::fresh;
  fiber->state = FiberState::running;
  fiber->bound = 0;
  at.store().switch_to(fiber);
  if (!fresh) return go_on_behind(at.act(), fiber->resume_pc, fiber->resume_fp, fiber->resume_instance);
  if (!fiber->target->code->interp.load(std::memory_order_acquire)) return run_host(at, *fiber);
  at.act().fp = fiber->value_base;
  return Next::go_on;  // the handler enters the function
}

// The current fiber, at the cell `at`, becomes the parent of the chain.
void adopt(const Here& at, Fiber* chain) {
  Fiber* top = outermost(chain);
  top->parent = at.ctx->context->fiber;
  top->parent_pc = at.pc;
  top->parent_fp = at.fp;
  top->parent_instance = at.ctx;
}

// Who handles `tag`: the fiber whose parent has the handler, and the handler; or why there is none to use.
struct Found {
  Fiber* child = nullptr;
  const ResumeHandler* handler = nullptr;
  const Function* function = nullptr;
  ErrorCode code = ErrorCode::unhandled_suspension;
};

Found find_handler(const Here& at, const rt::Tag* tag, bool switches) {
  bool over_host = false;
  for (Fiber* fiber = at.ctx->context->fiber; fiber->parent; fiber = fiber->parent) {
    over_host |= fiber == at.act().fiber;
    Instance* ctx = fiber->parent_instance;
    const Function* function = function_at(*ctx->module, fiber->parent_pc);
    const Resumption& range = function->resumptions[static_cast<uint32_t>(fiber->parent_pc[2])];
    for (const ResumeHandler& handler : std::span(function->handlers).subspan(range.first, range.count)) {
      if (handler.switches != switches || ctx->tags()[handler.tag] != tag) continue;
      if (over_host) return {.code = ErrorCode::barrier_crossed};
      return {fiber, &handler, function};
    }
  }
  return {};
}

// Makes a continuation of the fibers from the current one, suspended at the cell `at`, to `child`.
Result<Slot> suspend_chain(const Here& at, Fiber* child, uint32_t live_slots) {
  Fiber* current = at.ctx->context->fiber;
  at.keep(live_slots);
  auto cont = at.store().heap.new_continuation(kNoType, current);
  if (!cont.ok()) return cont.error();
  current->resume_pc = at.pc;
  current->resume_fp = at.fp;
  current->resume_instance = at.ctx;
  current->state = FiberState::suspended;
  child->parent = nullptr;
  return gc::to_ref(cont.value());
}

// ---- the operators ----

ErrorCode cont_new(const Here& at) {
  Slot* operand = at.base();
  if (*operand == 0) return ErrorCode::null_function;
  at.keep(1);
  auto fiber = at.store().add_fiber();
  if (!fiber.ok()) return fiber.error().code;
  fiber.value()->target = rt::to_func(*operand);
  fiber.value()->bound = 0;
  fiber.value()->value_sp = fiber.value()->value_base;
  auto cont = at.store().heap.new_continuation(at.lo(), fiber.value());
  if (!cont.ok()) {
    at.store().release_fiber(fiber.value());
    return cont.error().code;
  }
  *operand = gc::to_ref(cont.value());
  return ErrorCode::none;
}

ErrorCode cont_bind(const Here& at) {
  const uint32_t slots = at.hi();
  Slot* args = at.base();
  at.keep(slots + 1);
  if (args[slots] == 0) return ErrorCode::null_continuation;
  if (!continuation_at(args[slots])->fiber) return ErrorCode::continuation_consumed;
  auto bound = at.store().heap.new_continuation(at.lo(), nullptr);
  if (!bound.ok()) return bound.error().code;
  Fiber* fiber = nullptr;
  ErrorCode code = consume(args[slots], fiber);
  HEDDLE_ASSERT(code == ErrorCode::none);
  std::copy_n(args, slots, argument_place(*fiber));
  fiber->bound += slots;
  if (fiber->state == FiberState::fresh) fiber->value_sp = fiber->value_base + fiber->bound;
  bound.value()->fiber = fiber;
  args[0] = gc::to_ref(bound.value());
  return ErrorCode::none;
}

Next resume(const Here& at) {
  const uint32_t slots = at.hi();
  Slot* args = at.base();
  at.keep(slots + 1);
  Fiber* fiber = nullptr;
  if (ErrorCode code = consume(args[slots], fiber); code != ErrorCode::none) return fail(at, code);
  std::copy_n(args, slots, argument_place(*fiber));
  adopt(at, fiber);
  return run(at, fiber);
}

// `exception` is thrown where the continuation stands, or, where it has not begun, at the resume itself.
Next resume_with(const Here& at, Slot cont, rt::Ref exception) {
  Fiber* fiber = nullptr;
  if (ErrorCode code = consume(cont, fiber); code != ErrorCode::none) return fail(at, code);
  at.store().pending.exception = exception;
  if (fiber->state == FiberState::fresh) {
    at.store().release_fiber(fiber);
    return throw_pending(at.pc, at.fp, at.ctx);
  }
  adopt(at, fiber);
  fiber->state = FiberState::running;
  fiber->bound = 0;
  at.store().switch_to(fiber);
  return throw_pending(fiber->resume_pc, fiber->resume_fp, fiber->resume_instance);
}

Next resume_throw(const Here& at) {
  const Function* function = function_at(*at.ctx->module, at.pc);
  rt::Tag* tag = at.ctx->tags()[function->resumptions[at.lo()].tag];
  const uint32_t slots = at.hi();
  Slot* args = at.base();
  at.keep(slots + 1);
  if (args[slots] == 0) return fail(at, ErrorCode::null_continuation);
  if (!continuation_at(args[slots])->fiber) return fail(at, ErrorCode::continuation_consumed);
  auto exception = at.store().heap.new_exception(tag, slots);
  if (!exception.ok()) return fail(at, exception.error().code);
  std::copy_n(args, slots, exception.value()->args());
  return resume_with(at, args[slots], gc::to_ref(exception.value()));
}

Next resume_throw_ref(const Here& at) {
  Slot* args = at.base();
  at.keep(2);
  if (args[0] == 0) return fail(at, ErrorCode::null_exception);
  return resume_with(at, args[1], args[0]);
}

Next suspend(const Here& at) {
  const rt::Tag* tag = at.ctx->tags()[at.lo()];
  Found found = find_handler(at, tag, false);
  if (!found.handler) return fail(at, found.code);
  uint32_t live = std::max(at.hi(), at.store().engine->types[tag->type].result_slots);
  std::fill(at.base() + at.hi(), at.base() + live, 0);
  Fiber* above = found.child->parent;
  auto cont = suspend_chain(at, found.child, live);
  if (!cont.ok()) return fail(at, cont.error().code);
  at.store().switch_to(above);
  Slot* to = found.child->parent_fp + found.handler->slot;
  std::copy_n(at.base(), at.hi(), to);
  to[at.hi()] = cont.value();
  go_on(at.act(), *found.function, found.function->words + found.handler->target, found.child->parent_fp,
        found.child->parent_instance);
  return Next::caught;
}

Next switch_to(const Here& at) {
  const rt::Tag* tag = at.ctx->tags()[at.lo()];
  // `live`: what will come back may take more room than the arguments, and cont.bind puts some of it here before.
  const uint32_t slots = at.hi() & 0xffff, live = at.hi() >> 16;
  Slot* args = at.base();
  at.keep(slots + 1);
  if (args[slots] == 0) return fail(at, ErrorCode::null_continuation);
  if (!continuation_at(args[slots])->fiber) return fail(at, ErrorCode::continuation_consumed);
  Found found = find_handler(at, tag, true);
  if (!found.handler) return fail(at, found.code);
  Fiber* child = found.child;
  Fiber* above = child->parent;
  std::fill(args + slots + 1, args + live, 0);
  auto self = suspend_chain(at, child, live);
  if (!self.ok()) return fail(at, self.error().code);
  Fiber* next = nullptr;
  ErrorCode code = consume(args[slots], next);
  HEDDLE_ASSERT(code == ErrorCode::none);
  Slot* to = std::copy_n(args, slots, argument_place(*next));
  *to = self.value();
  Fiber* top = outermost(next);
  top->parent = above;
  top->parent_pc = child->parent_pc;
  top->parent_fp = child->parent_fp;
  top->parent_instance = child->parent_instance;
  return run(at, next);
}

Next fiber_return(const Here& at) { return return_from_fiber(at.store(), at.act(), at.fp); }

// Out of line, and without a local of the handler's whose address would stand in the way of its tail call.
template <auto operation>
[[gnu::noinline]] auto call(const Word* pc, Slot* fp, Instance* ctx) {
  return operation(Here{pc, fp, ctx});
}

}  // namespace

bool leave_fiber(rt::Store& store, rt::Activation& act) {
  Fiber* fiber = store.context.fiber;
  if (fiber == act.fiber || !fiber->parent) return false;
  act.pc = fiber->parent_pc;
  act.fp = fiber->parent_fp;
  act.ctx = fiber->parent_instance;
  fiber->state = FiberState::done;
  store.switch_to(fiber->parent);
  store.release_fiber(fiber);
  return true;
}

// Goes where `next` says: out of the loop, to the place in the activation, or into the function of the current fiber.
#define GO_ON(next)                                              \
  do {                                                           \
    Next next_ = (next);                                         \
    if (next_ == Next::leave) HEDDLE_LEAVE();                    \
    if (next_ == Next::caught) GO_ON_CAUGHT();                   \
    const rt::FuncRef* target_ = ctx->context->fiber->target;    \
    fp = ctx->context->activation->fp;                           \
    ctx = target_->instance;                                     \
    mem = ctx->memory0_base;                                     \
    acc = reinterpret_cast<Word>(&kFiberReturn);                 \
    l0 = reinterpret_cast<Word>(fp);                             \
    l1 = reinterpret_cast<Word>(ctx);                            \
    JUMP(target_->code->interp.load(std::memory_order_acquire)); \
  } while (0)

// A new reference, or a trap; the cell is laid out like a call.
#define GO_ON_BEHIND(code)                     \
  do {                                         \
    ErrorCode code_ = (code);                  \
    if (code_ != ErrorCode::none) [[unlikely]] \
      TRAP(code_);                             \
    acc = 0;                                   \
    vec = v128{};                              \
    NEXT(kCallWords);                          \
  } while (0)

HEDDLE_HANDLER(op_cont_new) {
  HEDDLE_BIND
  GO_ON_BEHIND(call<cont_new>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_cont_bind) {
  HEDDLE_BIND
  GO_ON_BEHIND(call<cont_bind>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_suspend) {
  HEDDLE_BIND
  GO_ON(call<suspend>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_resume) {
  HEDDLE_BIND
  GO_ON(call<resume>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_resume_throw) {
  HEDDLE_BIND
  GO_ON(call<resume_throw>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_resume_throw_ref) {
  HEDDLE_BIND
  GO_ON(call<resume_throw_ref>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_switch) {
  HEDDLE_BIND
  GO_ON(call<switch_to>(pc, fp, ctx));
}

HEDDLE_HANDLER(op_fiber_return) {
  HEDDLE_BIND
  GO_ON(call<fiber_return>(pc, fp, ctx));
}

}  // namespace heddle::interp
