// Handlers of control: entering, calling, returning, leaving, and the bridge to cold operators and the host.
#include "exec/interp/code.h"
#include "exec/interp/cold.h"
#include "exec/interp/control.h"
#include "exec/interp/interp.h"
#include "exec/interp/unwind.h"

namespace heddle::interp {
namespace {

inline rt::FuncRef* func_at(Slot ref) { return rt::to_func(ref); }

// Calls to C++ that a handler makes are out of line, so that the handler's own path stays free of spills.
#define SLOW [[gnu::noinline]]

SLOW const Word* translate_now(rt::FuncCode* code) {
  auto entry = code_of(*code);
  return entry.ok() ? entry.value() : nullptr;
}

SLOW ErrorCode make_room(Instance* ctx, const Slot* top) { return ctx->store->make_value_room(top); }

SLOW bool is_subtype(Instance* ctx, TypeId sub, TypeId super) {
  return ctx->store->engine->types.is_subtype(sub, super);
}

SLOW uint32_t param_slots(Instance* ctx, TypeId type) { return ctx->store->engine->types[type].param_slots; }

// The callee may be of the host or of another tier.
SLOW Next call_array(const Word* pc, Slot* fp, Instance* ctx, rt::FuncRef* callee, Slot* args) {
  rt::StoreContext& context = *ctx->context;
  rt::Activation& act = *context.activation;
  act.pc = pc;
  act.fp = fp;
  act.ctx = ctx;
  const rt::FuncCode& code = *callee->code;
  Slot* top = args + (code.param_slots > code.result_slots ? code.param_slots : code.result_slots);
  if (top > context.value_limit) [[unlikely]] {
    if (ErrorCode refused = ctx->store->make_value_room(top); refused != ErrorCode::none) {
      raise(pc, fp, ctx, refused);
      return Next::leave;
    }
  }
  context.fiber->value_sp = top;
  rt::Outcome outcome = code.array.load(std::memory_order_acquire)(*callee, args);
  if (outcome == rt::Outcome::returned) [[likely]]
    return Next::go_on;
  if (outcome == rt::Outcome::threw) return throw_pending(pc, fp, ctx);
  act.outcome = outcome;
  return Next::leave;
}

SLOW ErrorCode call_cold(const Word* pc, Slot* fp, Instance* ctx) {
  Slot* sp = fp + field_lo(pc);
  ctx->context->fiber->value_sp = sp + field_d(pc);
  return reinterpret_cast<ColdOp>(pc[2])(*ctx, sp, pc + 3);
}

}  // namespace

// ---- entering and leaving ----

HEDDLE_HANDLER(op_trap) {
  HEDDLE_BIND
  raise(pc, fp, ctx, static_cast<ErrorCode>(acc));
  HEDDLE_LEAVE();
}

HEDDLE_HANDLER(op_interrupt) {
  HEDDLE_BIND
  raise_interrupt(pc, fp, ctx);
  HEDDLE_LEAVE();
}

HEDDLE_HANDLER(op_exit) {
  HEDDLE_BIND
  HEDDLE_LEAVE();
}

// A frame that cannot be made is the caller's trap, at its call.
#define BACK_TO_CALLER()                   \
  pc = reinterpret_cast<const Word*>(acc); \
  fp = reinterpret_cast<Slot*>(l0);        \
  ctx = reinterpret_cast<Instance*>(l1)

// In the place of an entering cell whose frame ends behind the limit.
static HEDDLE_HANDLER(op_overflow) {
  HEDDLE_BIND
  ErrorCode code = make_room(ctx, fp + field_lo(pc));
  if (code != ErrorCode::none) [[unlikely]] {
    BACK_TO_CALLER();
    TRAP(code);
  }
  JUMP(pc);
}

HEDDLE_HANDLER(op_translate) {
  HEDDLE_BIND
  const Word* entry = translate_now(reinterpret_cast<rt::FuncCode*>(pc[1]));
  if (!entry) [[unlikely]] {
    BACK_TO_CALLER();
    TRAP(ErrorCode::out_of_memory);
  }
  JUMP(entry);
}

#define MAKE_LINK()                                               \
  if (fp + field_lo(pc) > ctx->context->value_limit) [[unlikely]] \
    HEDDLE_GOTO(op_overflow);                                     \
  Slot* link = fp + field_hi(pc);                                 \
  link[kReturnPc] = acc;                                          \
  link[kCallerFp] = l0;                                           \
  link[kCallerCtx] = l1

// The locals behind the link are zero at first.
#define MAKE_FRAME()                                                                                    \
  MAKE_LINK();                                                                                          \
  Slot* local = fp + field_hi(pc) + kLinkSlots;                                                         \
  for (uint32_t n = static_cast<uint32_t>(pc[2]); n != 0; --n) {                                        \
    *local++ = 0;                                                                                       \
    __asm__ volatile("" ::: "memory"); /* stays a loop: a call of memset would spill the whole state */ \
  }                                                                                                     \
  l0 = fp[pc[2] >> 32 & 0xffff];                                                                        \
  l1 = fp[pc[2] >> 48];                                                                                 \
  NEXT(3)

// The frame is made as far as a backtrace looks at it.
static HEDDLE_HANDLER(op_enter_interrupted) {
  HEDDLE_BIND
  MAKE_LINK();
  HEDDLE_GOTO(op_interrupt);
}

HEDDLE_HANDLER(op_enter) {
  HEDDLE_BIND
  MAKE_FRAME();
}

HEDDLE_HANDLER(op_enter_poll) {
  HEDDLE_BIND
  if (ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]]
    HEDDLE_GOTO(op_enter_interrupted);
  MAKE_FRAME();
}

HEDDLE_HANDLER(op_ret) {
  HEDDLE_BIND
  RETURN_TO_CALLER(field_hi(pc));
}

HEDDLE_HANDLER(op_ret_many) {
  HEDDLE_BIND
  const Slot* from = fp + field_lo(pc);
  for (Word i = 0; i < pc[2]; ++i) fp[i] = from[i];
  acc = fp[0];
  RETURN_TO_CALLER(field_hi(pc));
}

HEDDLE_HANDLER(op_fuel) {
  HEDDLE_BIND
  int64_t left = ctx->context->fuel - static_cast<int64_t>(field_lo(pc));
  ctx->context->fuel = left;
  if (left < 0) [[unlikely]]
    TRAP(ErrorCode::out_of_fuel);
  NEXT(2);
}

// ---- branches and constants ----

HEDDLE_HANDLER(op_unreachable) {
  HEDDLE_BIND
  TRAP(ErrorCode::unreachable_executed);
}

HEDDLE_HANDLER(op_br) {
  HEDDLE_BIND
  JUMP(pc + field_offset(pc));
}

HEDDLE_HANDLER(op_br_poll) {
  HEDDLE_BIND
  POLL();
  JUMP(pc + field_offset(pc));
}

HEDDLE_HANDLER(op_const64) {
  HEDDLE_BIND
  fp[field_a(pc)] = pc[2];
  NEXT(3);
}

HEDDLE_HANDLER(op_const128) {
  HEDDLE_BIND
  fp[field_a(pc)] = pc[2];
  fp[field_a(pc) + 1] = pc[3];
  NEXT(4);
}

HEDDLE_HANDLER(op_mov128) {
  HEDDLE_BIND
  write_slot(&fp[field_b(pc)], read_slot<v128>(&fp[field_a(pc)]));
  NEXT(2);
}

HEDDLE_HANDLER(op_mov_wide) {
  HEDDLE_BIND
  for (Word i = 0; i < pc[2]; ++i) fp[field_hi(pc) + i] = fp[field_lo(pc) + i];
  NEXT(3);
}

HEDDLE_HANDLER(op_select128) {
  HEDDLE_BIND
  uint32_t chosen = static_cast<uint32_t>(fp[field_c(pc)]) ? field_a(pc) : field_b(pc);
  write_slot(&fp[field_d(pc)], read_slot<v128>(&fp[chosen]));
  NEXT(2);
}

static inline Slot* global128(Instance* ctx, const Word* pc) {
  return pc[2] ? ctx->at<Slot>(field_hi(pc)) : (*ctx->at<rt::Global*>(field_hi(pc)))->value;
}

HEDDLE_HANDLER(op_global_get128) {
  HEDDLE_BIND
  write_slot(&fp[field_lo(pc)], read_slot<v128>(global128(ctx, pc)));
  NEXT(3);
}

HEDDLE_HANDLER(op_global_set128) {
  HEDDLE_BIND
  write_slot(global128(ctx, pc), read_slot<v128>(&fp[field_lo(pc)]));
  NEXT(3);
}

HEDDLE_HANDLER(op_ref_func) {
  HEDDLE_BIND
  fp[field_a(pc)] = rt::to_ref(ctx->func(FuncIdx{field_hi(pc)}));
  NEXT(2);
}

// ---- calls ----

HEDDLE_HANDLER(op_call) {
  HEDDLE_BIND
  const Word* entry = reinterpret_cast<rt::FuncCode*>(pc[2])->interp.load(std::memory_order_acquire);
  ENTER(fp + field_lo(pc), entry);
}

// The callee may belong to another instance, and may not be interpreted.
#define CALL_REF(callee)                                                        \
  do {                                                                          \
    rt::FuncRef* callee_ = (callee);                                            \
    const Word* entry_ = callee_->code->interp.load(std::memory_order_acquire); \
    Slot* frame_ = fp + field_lo(pc);                                           \
    if (!entry_) {                                                              \
      acc = reinterpret_cast<Word>(callee_);                                    \
      l0 = reinterpret_cast<Word>(frame_);                                      \
      HEDDLE_GOTO(op_call_host);                                                \
    }                                                                           \
    acc = reinterpret_cast<Word>(pc);                                           \
    l0 = reinterpret_cast<Word>(fp);                                            \
    l1 = reinterpret_cast<Word>(ctx);                                           \
    ctx = callee_->instance;                                                    \
    mem = ctx->memory0_base;                                                    \
    fp = frame_;                                                                \
    JUMP(entry_);                                                               \
  } while (0)

// pc, fp and ctx are the caller's: of a tail call those of the frame that stands in for it.
HEDDLE_HANDLER(op_call_host) {
  HEDDLE_BIND
  Slot* args = reinterpret_cast<Slot*>(l0);
  Next next = call_array(pc, fp, ctx, reinterpret_cast<rt::FuncRef*>(acc), args);
  if (next == Next::leave) [[unlikely]]
    HEDDLE_LEAVE();
  if (next == Next::caught) [[unlikely]]
    GO_ON_CAUGHT();
  mem = ctx->memory0_base;
  l0 = fp[field_c(pc)];
  l1 = fp[field_d(pc)];
  acc = args[0];
  vec = v128{};
  NEXT(kCallWords);
}

HEDDLE_HANDLER(op_call_import) {
  HEDDLE_BIND
  CALL_REF(*ctx->at<rt::FuncRef*>(static_cast<uint32_t>(pc[2])));
}

// The element of table `table` at the index in `slot`, of the type in the lower half of `word`, or a trap.
#define TABLE_FUNC(name, word, table, slot)                                                               \
  const rt::Table* table_ = ctx->tables()[(table)];                                                       \
  Word index_ = fp[(slot)];                                                                               \
  if (index_ >= table_->size) [[unlikely]]                                                                \
    TRAP(ErrorCode::undefined_element);                                                                   \
  rt::FuncRef* name = func_at(table_->elems[index_]);                                                     \
  if (!name) [[unlikely]]                                                                                 \
    TRAP(ErrorCode::uninitialized_element);                                                               \
  if (name->type != static_cast<TypeId>(word) && !is_subtype(ctx, name->type, static_cast<TypeId>(word))) \
      [[unlikely]]                                                                                        \
  TRAP(ErrorCode::indirect_call_mismatch)

HEDDLE_HANDLER(op_call_indirect) {
  HEDDLE_BIND
  TABLE_FUNC(callee, pc[2], pc[2] >> 32 & 0xffff, pc[2] >> 48);
  CALL_REF(callee);
}

HEDDLE_HANDLER(op_call_indirect_far) {
  HEDDLE_BIND
  TABLE_FUNC(callee, pc[2], pc[2] >> 32, field_lo(pc) + param_slots(ctx, static_cast<TypeId>(pc[2])));
  CALL_REF(callee);
}

HEDDLE_HANDLER(op_call_ref) {
  HEDDLE_BIND
  rt::FuncRef* callee = func_at(fp[pc[2] >> 48]);
  if (!callee) [[unlikely]]
    TRAP(ErrorCode::null_function);
  CALL_REF(callee);
}

// ---- tail calls: the arguments move to the frame's start, and the callee returns to the caller's caller ----

#define TAKE_FRAME()                                                                                  \
  const Slot* link = fp + static_cast<uint32_t>(pc[3]);                                               \
  const Word return_pc = link[kReturnPc], caller_fp = link[kCallerFp], caller_ctx = link[kCallerCtx]; \
  const Slot* from = fp + field_lo(pc);                                                               \
  for (uint32_t i = 0, n = field_hi(pc); i < n; ++i) fp[i] = from[i]

HEDDLE_HANDLER(op_tail_call) {
  HEDDLE_BIND
  const Word* entry = reinterpret_cast<rt::FuncCode*>(pc[2])->interp.load(std::memory_order_acquire);
  TAKE_FRAME();
  acc = return_pc;
  l0 = caller_fp;
  l1 = caller_ctx;
  JUMP(entry);
}

#define TAIL_CALL_REF(callee)                                                   \
  do {                                                                          \
    rt::FuncRef* callee_ = (callee);                                            \
    const Word* entry_ = callee_->code->interp.load(std::memory_order_acquire); \
    TAKE_FRAME();                                                               \
    if (!entry_) {                                                              \
      acc = reinterpret_cast<Word>(callee_);                                    \
      l0 = reinterpret_cast<Word>(fp);                                          \
      pc = reinterpret_cast<const Word*>(return_pc);                            \
      fp = reinterpret_cast<Slot*>(caller_fp);                                  \
      ctx = reinterpret_cast<Instance*>(caller_ctx);                            \
      HEDDLE_GOTO(op_call_host);                                                \
    }                                                                           \
    acc = return_pc;                                                            \
    l0 = caller_fp;                                                             \
    l1 = caller_ctx;                                                            \
    ctx = callee_->instance;                                                    \
    mem = ctx->memory0_base;                                                    \
    JUMP(entry_);                                                               \
  } while (0)

HEDDLE_HANDLER(op_tail_call_import) {
  HEDDLE_BIND
  TAIL_CALL_REF(*ctx->at<rt::FuncRef*>(static_cast<uint32_t>(pc[2])));
}

HEDDLE_HANDLER(op_tail_call_indirect) {
  HEDDLE_BIND
  TABLE_FUNC(callee, pc[2], pc[2] >> 32 & 0xffff, pc[2] >> 48);
  TAIL_CALL_REF(callee);
}

HEDDLE_HANDLER(op_tail_call_indirect_far) {
  HEDDLE_BIND
  TABLE_FUNC(callee, pc[2], pc[2] >> 32, field_lo(pc) + field_hi(pc));
  TAIL_CALL_REF(callee);
}

HEDDLE_HANDLER(op_tail_call_ref) {
  HEDDLE_BIND
  rt::FuncRef* callee = func_at(fp[pc[2] >> 48]);
  if (!callee) [[unlikely]]
    TRAP(ErrorCode::null_function);
  TAIL_CALL_REF(callee);
}

// ---- everything else ----

HEDDLE_HANDLER(op_cold) {
  HEDDLE_BIND
  ErrorCode code = call_cold(pc, fp, ctx);
  if (code != ErrorCode::none) [[unlikely]]
    TRAP(code);
  mem = ctx->memory0_base;
  acc = 0;
  vec = v128{};
  NEXT(field_c(pc));
}

HEDDLE_HANDLER(op_throw) {
  HEDDLE_BIND
  if (throw_new(pc, fp, ctx, field_hi(pc), fp + field_lo(pc)) == Next::caught) GO_ON_CAUGHT();
  HEDDLE_LEAVE();
}

HEDDLE_HANDLER(op_throw_ref) {
  HEDDLE_BIND
  rt::Ref exception = fp[field_lo(pc)];
  if (exception == 0) [[unlikely]]
    TRAP(ErrorCode::null_exception);
  ctx->store->pending.exception = exception;
  if (throw_pending(pc, fp, ctx) == Next::caught) GO_ON_CAUGHT();
  HEDDLE_LEAVE();
}

}  // namespace heddle::interp
