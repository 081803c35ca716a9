// What atomic operators do with a cell of memory once they know where it is: sequentially consistent.
#pragma once
#include "exec/interp/families.h"
#include "exec/num_access.h"

namespace heddle::interp {

constexpr bool is_atomic_access(Shape shape) {
  return shape == Shape::atomic_load || shape == Shape::atomic_store || shape == Shape::atomic_rmw ||
         shape == Shape::atomic_cmpxchg;
}
inline constexpr auto kAtomicAccesses = make_op_list<[](const OpInfo& r) { return is_atomic_access(r.shape); }>();

// Shape::atomic_rmw: what was in the cell; afterwards AtomicOf<op>::combine(that, operand) is.
template <Op op>
inline typename num::AtomicOf<op>::Memory read_modify_write(typename num::AtomicOf<op>::Memory* cell,
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

// The type of the cell of an atomic operator.
template <Op op>
constexpr auto cell_type() {
  if constexpr (info(op).shape == Shape::atomic_load) {
    return typename num::LoadOf<op>::Memory{};
  } else if constexpr (info(op).shape == Shape::atomic_store) {
    return typename num::StoreOf<op>::Memory{};
  } else {
    return typename num::AtomicOf<op>::Memory{};
  }
}
template <Op op>
using CellOf = decltype(cell_type<op>());

// Acts on the cell with operands from the slots `b` and `c` and puts a result, if there is one, to `result`. A
// compare-exchange wraps both of its operands to the width of the cell.
//
// Handlers are not instrumented for ThreadSanitizer (dispatch.h), but this is: clang inlines no instrumented function
// into one that is not. So the atomic operators of guests order their threads in ThreadSanitizer's eyes too.
template <Op op>
inline void act_on_cell(CellOf<op>* cell, const Slot* b, const Slot* c, Slot* result) {
  if constexpr (info(op).shape == Shape::atomic_load) {
    write_slot(result, num::LoadOf<op>::extend(__atomic_load_n(cell, __ATOMIC_SEQ_CST)));
  } else if constexpr (info(op).shape == Shape::atomic_store) {
    const auto value = read_slot<typename num::StoreOf<op>::Value>(b);
    __atomic_store_n(cell, num::StoreOf<op>::wrap(value), __ATOMIC_SEQ_CST);
  } else {
    using Atomic = num::AtomicOf<op>;
    using Value = typename Atomic::Value;
    CellOf<op> seen = Atomic::wrap(read_slot<Value>(b));
    if constexpr (info(op).shape == Shape::atomic_rmw) {
      seen = read_modify_write<op>(cell, seen);
    } else {
      const CellOf<op> replacement = Atomic::wrap(read_slot<Value>(c));
      __atomic_compare_exchange_n(cell, &seen, replacement, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
    }
    write_slot(result, Atomic::extend(seen));
  }
}

}  // namespace heddle::interp
