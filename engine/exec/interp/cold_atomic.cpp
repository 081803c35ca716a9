// Atomic accesses, wait and notify (threads): sequentially consistent, on addresses that are naturally aligned. One
// that is both unaligned and out of bounds traps as unaligned. Accesses are mostly direct (ops_atomic.cpp).
#include "exec/interp/address.h"
#include "exec/interp/atomics.h"
#include "exec/interp/cold_ops.h"
#include "runtime/waiters.h"

namespace heddle::interp {
namespace {

constexpr bool is_atomic_shape(Shape shape) {
  return is_atomic_access(shape) || shape == Shape::atomic_wait || shape == Shape::fence;
}
constexpr auto kAtomicOps = make_op_list<[](const OpInfo& r) { return is_atomic_shape(r.shape); }>();

// The cell that a memarg (imm) and the index in `slot` point to.
template <class T>
Result<T*> cell_at(Instance& inst, Slot slot, const Word* imm) {
  const rt::Memory& memory = *inst.memories()[imm[0]];
  const uint64_t index = address_operand(memory.type().addr64, slot);
  if ((index + imm[1]) % sizeof(T) != 0) return ErrorCode::unaligned_atomic;
  uint8_t* address = checked_address(memory, index, imm[1], sizeof(T));
  if (!address) return ErrorCode::out_of_bounds_memory;
  // SAFETY: a memory begins at a page, so that the cell is aligned as its address in the memory is.
  return reinterpret_cast<T*>(address);
}

// [index expected timeout]
template <class T>
ErrorCode wait(Instance& inst, Slot* sp, const Word* imm,
               rt::WaitResult (rt::Waiters::*wait_on)(T*, T, int64_t, const std::atomic<uint32_t>&)) {
  T* cell = TRY_CODE(cell_at<T>(inst, sp[0], imm));
  rt::Waiters* waiters = inst.memories()[imm[0]]->waiters();
  if (!waiters) return ErrorCode::expected_shared_memory;
  const std::atomic<uint32_t>& poll = inst.context->poll;
  const rt::WaitResult result = (waiters->*wait_on)(cell, read_slot<T>(sp + 1), read_slot<int64_t>(sp + 2), poll);
  if (result == rt::WaitResult::interrupted) return inst.context->take_interruption();
  write_slot(sp, static_cast<uint32_t>(result));
  return ErrorCode::none;
}

}  // namespace

// [index operands...]
template <Op op>
  requires(is_atomic_access(info(op).shape))
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    CellOf<op>* cell = TRY_CODE(cell_at<CellOf<op>>(inst, sp[0], imm));
    act_on_cell<op>(cell, sp + 1, sp + 2, sp);
    return ErrorCode::none;
  }
};

COLD_OP(memory_atomic_wait32) { return wait<uint32_t>(inst, sp, imm, &rt::Waiters::wait32); }
COLD_OP(memory_atomic_wait64) { return wait<uint64_t>(inst, sp, imm, &rt::Waiters::wait64); }

// [index count]; nobody waits in a memory that is not shared.
COLD_OP(memory_atomic_notify) {
  const uint32_t* cell = TRY_CODE(cell_at<uint32_t>(inst, sp[0], imm));
  rt::Waiters* waiters = inst.memories()[imm[0]]->waiters();
  sp[0] = waiters ? waiters->notify(cell, u32_operand(sp[1])) : 0;
  return ErrorCode::none;
}

COLD_OP(atomic_fence) {
  __atomic_thread_fence(__ATOMIC_SEQ_CST);
  return ErrorCode::none;
}

ColdOp cold_atomic_op(Op op) { return look_up_cold<kAtomicOps>(op); }

}  // namespace heddle::interp
