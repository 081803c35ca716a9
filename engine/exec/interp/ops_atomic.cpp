// Handlers of atomic accesses, from slots to a slot: what they wait for is not the operands.
//
//   [handler][a, b, c, d][offset32][memory]    the index at a, operands at b and c, the result at d
#include "exec/interp/address.h"
#include "exec/interp/atomics.h"
#include "exec/interp/control.h"

namespace heddle::interp {
namespace {

template <Op op>
HEDDLE_HANDLER(op_atomic) {
  HEDDLE_BIND
  const Word index = fp[field_a(pc)];
  const auto offset = static_cast<uint32_t>(pc[2]);
  if ((index + offset) % sizeof(CellOf<op>) != 0) [[unlikely]]
    TRAP(ErrorCode::unaligned_atomic);
  uint8_t* address = far_address(ctx, pc[3], index, offset, sizeof(CellOf<op>));
  if (!address) [[unlikely]]
    TRAP(ErrorCode::out_of_bounds_memory);
  // SAFETY: a memory begins at a page, so that the cell is aligned as its address in the memory is.
  act_on_cell<op>(reinterpret_cast<CellOf<op>*>(address), &fp[field_b(pc)], &fp[field_c(pc)], &fp[field_d(pc)]);
  NEXT(4);
}

struct MakeAtomic {
  template <Op op, uint8_t, uint8_t, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_atomic<op>;
  }
};

}  // namespace

Handler atomic_handler(Op op) {
  return kUnfolded<kAtomicAccesses, Extent{}, MakeAtomic>.handlers[kAtomicAccesses.index[static_cast<size_t>(op)]];
}

}  // namespace heddle::interp
