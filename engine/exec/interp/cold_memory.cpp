// Loads and stores in their general form, for every memory and address type, and the bulk operators of memories
// (spec 4.6.8). Every access is checked against the memory's size; bulk operators check all of their ranges, then
// act.
#include <cstring>
#include <span>

#include "exec/interp/address.h"
#include "exec/interp/cold_ops.h"
#include "exec/num_access.h"
#include "runtime/bulk.h"

namespace heddle::interp {
namespace {

constexpr bool is_memory_shape(Shape shape) {
  return shape == Shape::load || shape == Shape::store || shape == Shape::load_lane || shape == Shape::store_lane ||
         shape == Shape::mem;
}
// All but the one that has handlers of its own (ops_table.cpp).
constexpr auto kMemoryOps = make_op_list<[](const OpInfo& r) {
  return is_memory_shape(r.shape) && static_cast<Op>(&r - kOps) != Op::memory_size;
}>();

rt::Memory& memory_at(Instance& inst, Word index) { return *inst.memories()[index]; }

// Where a memarg (imm) and the index in `slot` point to, or null where the access is out of bounds.
uint8_t* memarg_address(Instance& inst, Slot slot, const Word* imm, uint64_t bytes) {
  const rt::Memory& memory = memory_at(inst, imm[0]);
  return checked_address(memory, address_operand(memory.type().addr64, slot), imm[1], bytes);
}

// The range of a bulk operator that starts at the address in `slot`.
Result<std::span<uint8_t>> range(rt::Memory& memory, Slot slot, uint64_t length) {
  return memory.slice(address_operand(memory.type().addr64, slot), length);
}

}  // namespace

template <Op op>
  requires(info(op).shape == Shape::load)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    typename num::LoadOf<op>::Memory raw;
    const uint8_t* from = memarg_address(inst, sp[0], imm, sizeof raw);
    if (!from) return ErrorCode::out_of_bounds_memory;
    std::memcpy(&raw, from, sizeof raw);
    write_slot(sp, num::LoadOf<op>::extend(raw));
    return ErrorCode::none;
  }
};

template <Op op>
  requires(info(op).shape == Shape::store)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    using Value = typename num::StoreOf<op>::Value;
    const typename num::StoreOf<op>::Memory raw = num::StoreOf<op>::wrap(read_slot<Value>(sp + 1));
    uint8_t* to = memarg_address(inst, sp[0], imm, sizeof raw);
    if (!to) return ErrorCode::out_of_bounds_memory;
    std::memcpy(to, &raw, sizeof raw);
    return ErrorCode::none;
  }
};

template <Op op>
  requires(info(op).shape == Shape::load_lane)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    typename num::LaneOf<op>::Memory raw;
    const uint8_t* from = memarg_address(inst, sp[0], imm, sizeof raw);
    if (!from) return ErrorCode::out_of_bounds_memory;
    std::memcpy(&raw, from, sizeof raw);
    write_slot(sp, num::LaneOf<op>::set(read_slot<v128>(sp + 1), static_cast<uint8_t>(imm[2]), raw));
    return ErrorCode::none;
  }
};

template <Op op>
  requires(info(op).shape == Shape::store_lane)
struct Cold<op> {
  static ErrorCode run(Instance& inst, Slot* sp, const Word* imm) {
    const auto raw = num::LaneOf<op>::get(read_slot<v128>(sp + 1), static_cast<uint8_t>(imm[2]));
    uint8_t* to = memarg_address(inst, sp[0], imm, sizeof raw);
    if (!to) return ErrorCode::out_of_bounds_memory;
    std::memcpy(to, &raw, sizeof raw);
    return ErrorCode::none;
  }
};

COLD_OP(memory_grow) {
  rt::Memory& memory = memory_at(inst, imm[0]);
  const bool addr64 = memory.type().addr64;
  sp[0] = address_result(addr64, memory.grow(address_operand(addr64, sp[0])));
  return ErrorCode::none;
}

// [to value length]
COLD_OP(memory_fill) {
  rt::Memory& memory = memory_at(inst, imm[0]);
  std::span<uint8_t> to = TRY_CODE(range(memory, sp[0], address_operand(memory.type().addr64, sp[2])));
  return rt::bulk_fill(*inst.store, to.data(), static_cast<uint8_t>(sp[1]), to.size());
}

// [to from length]; the length is of the smaller address type.
COLD_OP(memory_copy) {
  rt::Memory& to_memory = memory_at(inst, imm[0]);
  rt::Memory& from_memory = memory_at(inst, imm[1]);
  const bool long_length = to_memory.type().addr64 && from_memory.type().addr64;
  const uint64_t length = address_operand(long_length, sp[2]);
  std::span<const uint8_t> from = TRY_CODE(range(from_memory, sp[1], length));
  std::span<uint8_t> to = TRY_CODE(range(to_memory, sp[0], length));
  return rt::bulk_copy(*inst.store, to.data(), from.data(), length);
}

// [to from length] of the data segment imm[0]; a dropped one is empty.
COLD_OP(memory_init) {
  std::span<const uint8_t> segment = inst.datas()[imm[0]].bytes;
  const uint32_t from = u32_operand(sp[1]), length = u32_operand(sp[2]);
  if (!in_bounds(from, length, segment.size())) return ErrorCode::out_of_bounds_memory;
  std::span<uint8_t> to = TRY_CODE(range(memory_at(inst, imm[1]), sp[0], length));
  return rt::bulk_copy(*inst.store, to.data(), segment.data() + from, length);
}

COLD_OP(data_drop) {
  inst.datas()[imm[0]].bytes = {};
  return ErrorCode::none;
}

ColdOp cold_memory_op(Op op) { return look_up_cold<kMemoryOps>(op); }

}  // namespace heddle::interp
