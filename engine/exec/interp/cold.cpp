// The functions of cold operators by operator, through the tables of the files that define them.
#include "exec/interp/cold.h"

#include "exec/interp/cold_ops.h"
#include "exec/kernels.h"

namespace heddle::interp {
namespace {

constexpr auto kWideOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::wide; }>();

}  // namespace

template <Op op>
  requires(info(op).shape == Shape::wide)
struct Cold<op> {
  static ErrorCode run(Instance&, Slot* sp, const Word*) {
    num::KernelOf<op>::fn(sp);
    return ErrorCode::none;
  }
};

ColdOp cold_op(Op op) {
  switch (info(op).shape) {
    case Shape::ref:
    case Shape::gc: return cold_gc_op(op);
    case Shape::table: return cold_table_op(op);
    case Shape::mem:
    case Shape::load:
    case Shape::store:
    case Shape::load_lane:
    case Shape::store_lane: return cold_memory_op(op);
    case Shape::atomic_load:
    case Shape::atomic_store:
    case Shape::atomic_rmw:
    case Shape::atomic_cmpxchg:
    case Shape::atomic_wait:
    case Shape::fence: return cold_atomic_op(op);
    case Shape::wide: return look_up_cold<kWideOps>(op);
    case Shape::ctrl:
    case Shape::exn:
    case Shape::cont:
    case Shape::var:
    case Shape::cnst:
    case Shape::test:
    case Shape::rel:
    case Shape::un:
    case Shape::bin:
    case Shape::tern:
    case Shape::trap_un:
    case Shape::trap_bin:
    case Shape::extract:
    case Shape::replace:
    case Shape::shuffle: return nullptr;
  }
  return nullptr;
}

}  // namespace heddle::interp
