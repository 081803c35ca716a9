// Operators on tables and element segments (spec 4.6.9), for 32-bit and 64-bit tables.
#include "base/checked.h"
#include "exec/interp/cold_ops.h"

namespace heddle::interp {
namespace {

constexpr auto kTableOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::table; }>();

rt::Table& table_at(Instance& inst, Word index) { return *inst.tables()[index]; }

uint64_t index_operand(const rt::Table& table, Slot slot) { return address_operand(table.type.addr64, slot); }

// The element that the index in `slot` names, or null where there is none.
rt::Ref* element_at(rt::Table& table, Slot slot) {
  const uint64_t index = index_operand(table, slot);
  return index < table.size ? table.elems + index : nullptr;
}

ErrorCode code_of(const Result<void>& result) { return result.ok() ? ErrorCode::none : result.error().code; }

}  // namespace

COLD_OP(table_get) {
  const rt::Ref* element = element_at(table_at(inst, imm[0]), sp[0]);
  if (!element) return ErrorCode::out_of_bounds_table;
  sp[0] = *element;
  return ErrorCode::none;
}

COLD_OP(table_set) {
  rt::Ref* element = element_at(table_at(inst, imm[0]), sp[0]);
  if (!element) return ErrorCode::out_of_bounds_table;
  *element = sp[1];
  return ErrorCode::none;
}

COLD_OP(table_size) {
  const rt::Table& table = table_at(inst, imm[0]);
  sp[0] = address_result(table.type.addr64, table.size);
  return ErrorCode::none;
}

// [reference count]
COLD_OP(table_grow) {
  rt::Table& table = table_at(inst, imm[0]);
  sp[0] = address_result(table.type.addr64, table.grow(index_operand(table, sp[1]), sp[0]));
  return ErrorCode::none;
}

// [start reference count]
COLD_OP(table_fill) {
  rt::Table& table = table_at(inst, imm[0]);
  return code_of(table.fill(index_operand(table, sp[0]), sp[1], index_operand(table, sp[2])));
}

// [to from count]; the count is of the smaller address type.
COLD_OP(table_copy) {
  rt::Table& to = table_at(inst, imm[0]);
  const rt::Table& from = table_at(inst, imm[1]);
  const uint64_t count = address_operand(to.type.addr64 && from.type.addr64, sp[2]);
  return code_of(rt::Table::copy(to, index_operand(to, sp[0]), from, index_operand(from, sp[1]), count));
}

// [to from count] of the element segment imm[0]; a dropped one is empty.
COLD_OP(table_init) {
  rt::Table& table = table_at(inst, imm[1]);
  const std::vector<rt::Ref>& refs = inst.elems()[imm[0]].refs;
  return code_of(table.init(index_operand(table, sp[0]), refs, u32_operand(sp[1]), u32_operand(sp[2])));
}

COLD_OP(elem_drop) {
  inst.elems()[imm[0]] = {};
  return ErrorCode::none;
}

ColdOp cold_table_op(Op op) { return look_up_cold<kTableOps>(op); }

}  // namespace heddle::interp
