// Operators on tables and element segments (spec 4.6.7), for 32-bit and 64-bit tables.
#include <span>

#include "base/checked.h"
#include "exec/interp/cold_ops.h"
#include "runtime/bulk.h"

namespace heddle::interp {
namespace {

// All but those that have handlers of their own (ops_table.cpp).
constexpr auto kTableOps = make_op_list<[](const OpInfo& r) {
  const Op op = static_cast<Op>(&r - kOps);
  return r.shape == Shape::table && op != Op::table_get && op != Op::table_set;
}>();

rt::Table& table_at(Instance& inst, Word index) { return *inst.tables()[index]; }

uint64_t index_operand(const rt::Table& table, Slot slot) { return address_operand(table.type.addr64, slot); }

}  // namespace

COLD_OP(table_size) {
  const rt::Table& table = table_at(inst, imm[0]);
  sp[0] = address_result(table.type.addr64, table.size);
  return ErrorCode::none;
}

// [reference count]
COLD_OP(table_grow) {
  rt::Table& table = table_at(inst, imm[0]);
  const uint64_t before = table.size;
  sp[0] = address_result(table.type.addr64, table.grow(index_operand(table, sp[1]), sp[0]));
  return rt::pay_for_bulk(*inst.store, (table.size - before) * sizeof(rt::Ref));
}

// [start reference count]
COLD_OP(table_fill) {
  rt::Table& table = table_at(inst, imm[0]);
  std::span<rt::Ref> to = TRY_CODE(table.slice(index_operand(table, sp[0]), index_operand(table, sp[2])));
  return rt::bulk_fill(*inst.store, to, sp[1]);
}

// [to from count]; the count is of the smaller address type.
COLD_OP(table_copy) {
  rt::Table& to = table_at(inst, imm[0]);
  const rt::Table& from = table_at(inst, imm[1]);
  const uint64_t count = address_operand(to.type.addr64 && from.type.addr64, sp[2]);
  std::span<const rt::Ref> read = TRY_CODE(from.slice(index_operand(from, sp[1]), count));
  std::span<rt::Ref> written = TRY_CODE(to.slice(index_operand(to, sp[0]), count));
  return rt::bulk_copy(*inst.store, written.data(), read.data(), read.size_bytes());
}

// [to from count] of the element segment imm[0]; a dropped one is empty.
COLD_OP(table_init) {
  rt::Table& table = table_at(inst, imm[1]);
  const std::vector<rt::Ref>& refs = inst.elems()[imm[0]].refs;
  const uint32_t from = u32_operand(sp[1]), count = u32_operand(sp[2]);
  if (!in_bounds(from, count, refs.size())) return ErrorCode::out_of_bounds_table;
  std::span<rt::Ref> to = TRY_CODE(table.slice(index_operand(table, sp[0]), count));
  return rt::bulk_copy(*inst.store, to.data(), refs.data() + from, to.size_bytes());
}

COLD_OP(elem_drop) {
  inst.elems()[imm[0]] = {};
  return ErrorCode::none;
}

ColdOp cold_table_op(Op op) { return look_up_cold<kTableOps>(op); }

}  // namespace heddle::interp
