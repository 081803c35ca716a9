// Atomic accesses, wait and notify (threads): sequentially consistent, on addresses that are naturally aligned. One
// that is both unaligned and out of bounds traps as unaligned.
#include "exec/interp/address.h"
#include "exec/interp/cold_ops.h"
#include "exec/num_access.h"
#include "runtime/waiters.h"

namespace heddle::interp {
namespace {

constexpr bool is_atomic_shape(Shape shape) {
  return shape == Shape::atomic_load || shape == Shape::atomic_store || shape == Shape::atomic_rmw ||
         shape == Shape::atomic_cmpxchg || shape == Shape::atomic_wait || shape == Shape::fence;
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

// What was in the cell; afterwards AtomicOf<op>::combine(that, operand) is.
template <Op op>
typename num::AtomicOf<op>::Memory read_modify_write(typename num::AtomicOf<op>::Memory* cell,
                                                     typename num::AtomicOf<op>::Memory operand) {
  using num::Rmw;
  constexpr Rmw kRmw = num::AtomicOf<op>::kRmw;
  static_assert(kRmw != Rmw::cmpxchg);
  if constexpr (kRmw == Rmw::add) return __atomic_fetch_add(cell, operand, __ATOMIC_SEQ_CST);
  if constexpr (kRmw == Rmw::sub) return __atomic_fetch_sub(cell, operand, __ATOMIC_SEQ_CST);
  if constexpr (kRmw == Rmw::and_) return __atomic_fetch_and(cell, operand, __ATOMIC_SEQ_CST);
  if constexpr (kRmw == Rmw::or_) return __atomic_fetch_or(cell, operand, __ATOMIC_SEQ_CST);
  if constexpr (kRmw == Rmw::xor_) return __atomic_fetch_xor(cell, operand, __ATOMIC_SEQ_CST);
  if constexpr (kRmw == Rmw::xchg) return __atomic_exchange_n(cell, operand, __ATOMIC_SEQ_CST);
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

template <Op op>
  requires(info(op).shape == Shape::atomic_load)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    using Memory = typename num::LoadOf<op>::Memory;
    const Memory* cell = TRY_CODE(cell_at<Memory>(inst, sp[0], imm));
    write_slot(sp, num::LoadOf<op>::extend(__atomic_load_n(cell, __ATOMIC_SEQ_CST)));
    return ErrorCode::none;
  }
};

template <Op op>
  requires(info(op).shape == Shape::atomic_store)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    using Memory = typename num::StoreOf<op>::Memory;
    using Value = typename num::StoreOf<op>::Value;
    Memory* cell = TRY_CODE(cell_at<Memory>(inst, sp[0], imm));
    __atomic_store_n(cell, num::StoreOf<op>::wrap(read_slot<Value>(sp + 1)), __ATOMIC_SEQ_CST);
    return ErrorCode::none;
  }
};

template <Op op>
  requires(info(op).shape == Shape::atomic_rmw)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    using Atomic = num::AtomicOf<op>;
    using Memory = typename Atomic::Memory;
    Memory* cell = TRY_CODE(cell_at<Memory>(inst, sp[0], imm));
    const Memory operand = Atomic::wrap(read_slot<typename Atomic::Value>(sp + 1));
    write_slot(sp, Atomic::extend(read_modify_write<op>(cell, operand)));
    return ErrorCode::none;
  }
};

// [index expected replacement]; both are wrapped to the width of the cell.
template <Op op>
  requires(info(op).shape == Shape::atomic_cmpxchg)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    using Atomic = num::AtomicOf<op>;
    using Memory = typename Atomic::Memory;
    using Value = typename Atomic::Value;
    Memory* cell = TRY_CODE(cell_at<Memory>(inst, sp[0], imm));
    Memory seen = Atomic::wrap(read_slot<Value>(sp + 1));
    const Memory replacement = Atomic::wrap(read_slot<Value>(sp + 2));
    __atomic_compare_exchange_n(cell, &seen, replacement, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    write_slot(sp, Atomic::extend(seen));
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
