// Handlers that the translator and the runtime name one by one, and the steps that calls and returns are made of.
#pragma once
#include "exec/interp/frame.h"
#include "exec/interp/tables.h"

namespace heddle::interp {

// Leaves a frame whose link is at fp[link]: goes on behind the caller's call cell. acc is the first result.
#define RETURN_TO_CALLER(link)                            \
  do {                                                    \
    const Slot* link_ = fp + (link);                      \
    pc = reinterpret_cast<const Word*>(link_[kReturnPc]); \
    ctx = reinterpret_cast<Instance*>(link_[kCallerCtx]); \
    fp = reinterpret_cast<Slot*>(link_[kCallerFp]);       \
    mem = ctx->memory0_base;                              \
    l0 = fp[field_c(pc)];                                 \
    l1 = fp[field_d(pc)];                                 \
    NEXT(kCallWords);                                     \
  } while (0)

// Enters translated code at `entry` with the callee's frame at `frame`. Its first cell reads acc, l0 and l1 as the
// link to be.
#define ENTER(frame, entry)           \
  do {                                \
    acc = reinterpret_cast<Word>(pc); \
    l0 = reinterpret_cast<Word>(fp);  \
    l1 = reinterpret_cast<Word>(ctx); \
    fp = (frame);                     \
    JUMP(entry);                      \
  } while (0)

// Goes on at the activation's pc, fp and ctx: in a catch, a suspension's handler, a resumed continuation.
#define GO_ON_CAUGHT()                               \
  do {                                               \
    rt::Activation* act_ = ctx->context->activation; \
    fp = act_->fp;                                   \
    ctx = act_->ctx;                                 \
    mem = ctx->memory0_base;                         \
    l0 = fp[act_->pinned[0]];                        \
    l1 = fp[act_->pinned[1]];                        \
    acc = 0;                                         \
    vec = v128{};                                    \
    JUMP(act_->pc);                                  \
  } while (0)

// clang-format off
#define HEDDLE_CONTROL_HANDLERS(X)                                                                                 \
  X(op_translate)        /* [FuncCode*]: an untouched function is called */                                        \
  X(op_enter)            /* [frame slots | link] [locals to clear | pins]    */                          \
  X(op_enter_poll)                                                                                                 \
  X(op_exit)             /* leaves the activation: returned */                                                     \
  X(op_br)               /* [-, -, offset32] */                                                                    \
  X(op_br_poll)                                                                                                    \
  X(op_unreachable)                                                                                                \
  X(op_const64)          /* [d] [value]: 64 bits into a slot */                                                    \
  X(op_const128)         /* [d] [low] [high] */                                                                    \
  X(op_mov2)             /* [a, b, c, d]: a to b, then c to d */                                                   \
  X(op_mov2_imm)         /* [a, b] [imm32 | imm32]: sign-extended */                                               \
  X(op_mov128)           /* [a, d] */                                                                              \
  X(op_mov_wide)         /* [a32 | d32] [slots] slots beyond 16 bits */                                            \
  X(op_select128)        /* [a, b, c, d] */                                                                        \
  X(op_global_get128)    /* [slot32 | offset32] [own] */                                                           \
  X(op_global_set128)    /* [slot32 | offset32] [own] */                                                           \
  X(op_ret)              /* [-, -, link32] no result */                                                            \
  X(op_ret_many)         /* [base32 | link32] [slots]: results lie at base */                                      \
  X(op_call)             /* [delta | pins] [FuncCode*]: a function of this module */                               \
  X(op_call_import)      /* [delta | pins] [offset of the import's FuncRef*] */                                    \
  X(op_call_indirect)    /* [delta | pins] [type | table, slot of the index] */                                    \
  X(op_call_indirect_far) /* [delta | pins] [type | table], the index behind the arguments */                      \
  X(op_call_ref)         /* [delta | pins] [- | slot of the reference] */                                          \
  X(op_tail_call)        /* [base32 | slots32] [FuncCode*] [link] */                                               \
  X(op_tail_call_import) /* [base32 | slots32] [offset of the import's FuncRef*] [link] */                         \
  X(op_tail_call_indirect) /* [base32 | slots32] [type | table, slot] [link] */                                    \
  X(op_tail_call_indirect_far) /* [base32 | slots32] [type | table] [link] */                                      \
  X(op_tail_call_ref)    /* [base32 | slots32] [- | slot] [link] */                                                \
  X(op_call_host)        /* acc holds a FuncRef*, l0 its arguments: a call through the array entry */              \
  X(op_cold)             /* [base32 | words, operand slots] [ColdOp] immediates... */                              \
  X(op_fuel)             /* [cost32] */                                                                            \
  X(op_throw)            /* [base32 | tag] */                                                                      \
  X(op_throw_ref)        /* [slot32] */                                                                            \
  X(op_ref_func)         /* [d, -, function32] */                                                                  \
  X(op_cont_new) X(op_cont_bind) X(op_suspend) X(op_resume) X(op_resume_throw) X(op_resume_throw_ref) X(op_switch) \
  X(op_fiber_return)     /* a continuation's function has returned */
// clang-format on

#define HEDDLE_DECLARE(name) HEDDLE_HANDLER(name);
HEDDLE_CONTROL_HANDLERS(HEDDLE_DECLARE)
#undef HEDDLE_DECLARE

// A cell of call_indirect has 16 bits for its table.
inline constexpr uint32_t kMaxNearTable = 0xffff;

// Operators without variants: [a, b, c, d] slots, a lane or 16 lanes in further words. From KernelOf.
Handler slot_handler(Op op);
// Atomic accesses: [a, b, c, d] [offset32] [memory].
Handler atomic_handler(Op op);

}  // namespace heddle::interp
