// Operators that are not on anybody's hot path take their operands from consecutive slots and leave their results
// there: one handler serves all of them through a function pointer. `sp` points to the first operand; v128 takes two
// slots. `imm` points to the immediates, one word each, in binary order:
//
//   a type index is its canonical TypeId; label indices do not occur; other indices are the module's own
//   memarg is two words, memory index and offset; lane one more; heap, cast: the HeapType's canonical bits, then
//   nullable
//
// A cold operator may allocate: what lies below `sp` and its operands are roots. It must not keep a reference in a
// place the collector does not see (registers and native stack are seen). It returns ErrorCode::none, or the trap.
#pragma once
#include "base/error.h"
#include "exec/interp/dispatch.h"
#include "syntax/op.h"

namespace heddle::interp {

using ColdOp = ErrorCode (*)(Instance& inst, Slot* sp, const Word* imm);

// The operator's function, or null for one that is translated in another way. From a table unfolded from ops.inc: an
// operator of shape ref, gc, table, mem, load_lane, store_lane, atomic_* or wide without a function does not compile.
ColdOp cold_op(Op op);

// What br_on_cast_desc_eq asks: [reference descriptor] becomes the i32 whether the cast succeeds. imm[0]: is the
// target nullable?
ErrorCode test_desc_eq(Instance& inst, Slot* sp, const Word* imm);

}  // namespace heddle::interp
