// References, structs, arrays, i31 and casts (spec 4.6.9; custom descriptors). An allocation may collect: what
// is needed after it is read from the operands' slots again.
#include <cstddef>
#include <cstring>

#include "base/checked.h"
#include "exec/interp/cold_ops.h"
#include "runtime/bulk.h"

namespace heddle::interp {
namespace {

using rt::Ref;

// Branches and what is known at translation have handlers of their own.
constexpr bool is_cold_gc(Op op) {
  const OpInfo& row = info(op);
  if (row.shape != Shape::ref && row.shape != Shape::gc) return false;
  const bool branches = row.imm == Imm::label || row.imm == Imm::br_cast;
  return !branches && op != Op::ref_null && op != Op::ref_func;
}
constexpr auto kGcOps = make_op_list<[](const OpInfo& r) { return is_cold_gc(static_cast<Op>(&r - kOps)); }>();

const DefType& type_at(Instance& inst, Word id) { return inst.store->engine->types[static_cast<TypeId>(id)]; }

ErrorCode give(Slot* sp, const gc::Object* object) {
  sp[0] = gc::to_ref(object);
  return ErrorCode::none;
}

// ---- fields and elements: a storage type of `size` bytes in an object, one or two slots outside

// fn<size>() for a size that is known only now.
template <class Fn>
void with_size(uint32_t size, Fn fn) {
  switch (size) {
    case 1: return fn.template operator()<1>();
    case 2: return fn.template operator()<2>();
    case 4: return fn.template operator()<4>();
    case 8: return fn.template operator()<8>();
    default: return fn.template operator()<16>();
  }
}

void write_field(uint8_t* to, uint32_t size, const Slot* from) {
  with_size(size, [&]<size_t n>() { std::memcpy(to, from, n); });
}

// Zero bits above. The machine is little-endian (v128.h).
void read_field(Slot* to, const uint8_t* from, uint32_t size) {
  to[0] = 0;
  with_size(size, [&]<size_t n>() { std::memcpy(to, from, n); });
}

void sign_extend_field(Slot* slot, uint32_t size) {
  *slot =
      static_cast<uint32_t>(size == 1 ? int32_t{static_cast<int8_t>(*slot)} : int32_t{static_cast<int16_t>(*slot)});
}

// ---- structs

struct Place {
  uint8_t* at;
  uint32_t size;
};

// Field imm[1] of the structure `ref`, of type imm[0].
Result<Place> struct_field(Instance& inst, Ref ref, const Word* imm) {
  if (ref == 0) return ErrorCode::null_structure;
  const DefType& type = type_at(inst, imm[0]);
  auto* object = static_cast<gc::Struct*>(gc::to_object(ref));
  return Place{object->field(type.offsets[imm[1]]), storage_size(type.fields[imm[1]].type)};
}

ErrorCode get_field(Instance& inst, Slot* sp, const Word* imm, bool sign) {
  const Place field = TRY_CODE(struct_field(inst, sp[0], imm));
  read_field(sp, field.at, field.size);
  if (sign) sign_extend_field(sp, field.size);
  return ErrorCode::none;
}

// The slots of all fields, in order; gives the slot behind them.
const Slot* write_fields(gc::Struct* object, const DefType& type, const Slot* from) {
  for (size_t i = 0; i < type.fields.size(); ++i) {
    write_field(object->field(type.offsets[i]), storage_size(type.fields[i].type), from);
    from += slots_of(type.fields[i].type);
  }
  return from;
}

uint32_t field_slots(const DefType& type) {
  uint32_t slots = 0;
  for (const FieldType& field : type.fields) slots += slots_of(field.type);
  return slots;
}

void write_descriptor(gc::Struct* object, const DefType& type, Ref descriptor) {
  std::memcpy(object->field(type.descriptor_offset), &descriptor, sizeof descriptor);
}

Ref read_descriptor(gc::Object* object, const DefType& type) {
  Ref descriptor;
  std::memcpy(&descriptor, static_cast<gc::Struct*>(object)->field(type.descriptor_offset), sizeof descriptor);
  return descriptor;
}

// ---- arrays

uint32_t element_slots(const DefType& type) { return slots_of(type.fields[0].type); }

gc::Array* to_array(Ref ref) { return static_cast<gc::Array*>(gc::to_object(ref)); }

// The elements [start, start + count) of the array `ref`, of type `type`.
Result<uint8_t*> slice(const DefType& type, Ref ref, Slot start, uint32_t count) {
  if (ref == 0) return ErrorCode::null_array;
  gc::Array* array = to_array(ref);
  if (!in_bounds(u32_operand(start), count, array->length)) return ErrorCode::out_of_bounds_array;
  return array->elements() + uint64_t{u32_operand(start)} * type.elem_size;
}

ErrorCode get_element(Instance& inst, Slot* sp, const Word* imm, bool sign) {
  const DefType& type = type_at(inst, imm[0]);
  const uint8_t* element = TRY_CODE(slice(type, sp[0], sp[1], 1));
  read_field(sp, element, type.elem_size);
  if (sign) sign_extend_field(sp, type.elem_size);
  return ErrorCode::none;
}

// What `count` elements are made of: bytes of data segment imm[1] from the byte `start`, or the references of element
// segment imm[1] from `start`.
Result<const void*> data_slice(Instance& inst, const DefType& type, const Word* imm, Slot start, uint32_t count) {
  std::span<const uint8_t> bytes = inst.datas()[imm[1]].bytes;
  const uint64_t length = uint64_t{count} * type.elem_size;
  if (!in_bounds(u32_operand(start), length, bytes.size())) return ErrorCode::out_of_bounds_memory;
  return static_cast<const void*>(bytes.data() + u32_operand(start));
}
Result<const void*> elem_slice(Instance& inst, const DefType&, const Word* imm, Slot start, uint32_t count) {
  const std::vector<Ref>& refs = inst.elems()[imm[1]].refs;
  if (!in_bounds(u32_operand(start), count, refs.size())) return ErrorCode::out_of_bounds_table;
  return static_cast<const void*>(refs.data() + u32_operand(start));
}
using SegmentSlice = Result<const void*> (*)(Instance&, const DefType&, const Word*, Slot, uint32_t);

ErrorCode copy_elements(Instance& inst, uint8_t* to, const void* from, const DefType& type, uint32_t count) {
  return rt::bulk_copy(*inst.store, to, from, uint64_t{count} * type.elem_size);
}

ErrorCode fill_elements(Instance& inst, uint8_t* to, const Slot* value, const DefType& type, uint32_t count) {
  return rt::bulk_fill_in_pieces(*inst.store, to, value, type.elem_size, uint64_t{count} * type.elem_size);
}

// [start count]: a new array of a segment's part.
ErrorCode new_from_segment(Instance& inst, Slot* sp, const Word* imm, SegmentSlice segment) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = u32_operand(sp[1]);
  const void* from = TRY_CODE(segment(inst, type, imm, sp[0], count));
  gc::Array* array = TRY_CODE(inst.store->heap.new_array(type, count));
  const ErrorCode code = copy_elements(inst, array->elements(), from, type, count);
  return code == ErrorCode::none ? give(sp, array) : code;
}

// [array to from count]
ErrorCode init_from_segment(Instance& inst, Slot* sp, const Word* imm, SegmentSlice segment) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = u32_operand(sp[3]);
  uint8_t* to = TRY_CODE(slice(type, sp[0], sp[1], count));
  return copy_elements(inst, to, TRY_CODE(segment(inst, type, imm, sp[2], count)), type, count);
}

// ---- casts

// The type of what a reference refers to that is neither null nor an i31: functions and objects begin with it. It is
// a number of the heap's own, from kMaxTypeId on, for exceptions and host references.
TypeId type_of(Ref ref) {
  static_assert(offsetof(rt::FuncRef, type) == 0 && offsetof(gc::Object, type) == 0);
  TypeId type;
  std::memcpy(&type, gc::to_object(ref), sizeof type);
  return type == gc::kContinuationType ? static_cast<gc::Continuation*>(gc::to_object(ref))->cont_type : type;
}

bool is_defined(TypeId type) { return type < kMaxTypeId; }

// The reference is not null and of the hierarchy of `kind`, as validation has seen to.
bool is_abstract(const TypeRegistry& types, Ref ref, HeapKind kind) {
  auto is_object = [&](CompKind comp) {
    if (gc::is_i31(ref)) return false;
    const TypeId type = type_of(ref);
    return is_defined(type) && types[type].kind == comp;
  };
  switch (kind) {
    case HeapKind::any:
    case HeapKind::func:
    case HeapKind::extern_:
    case HeapKind::exn:
    case HeapKind::cont: return true;
    case HeapKind::eq: return gc::is_i31(ref) || is_defined(type_of(ref));
    case HeapKind::i31: return gc::is_i31(ref);
    case HeapKind::struct_: return is_object(CompKind::struct_);
    case HeapKind::array: return is_object(CompKind::array);
    case HeapKind::none:
    case HeapKind::nofunc:
    case HeapKind::noextern:
    case HeapKind::noexn:
    case HeapKind::nocont: return false;
  }
  return false;
}

// Has the reference, which is not null, the heap type in imm[0]?
bool matches(Instance& inst, Ref ref, const Word* imm) {
  const TypeRegistry& types = inst.store->engine->types;
  const HeapType target = HeapType::from_bits(static_cast<uint32_t>(imm[0]));
  if (target.abstract()) return is_abstract(types, ref, target.kind());
  if (gc::is_i31(ref)) return false;
  const TypeId type = type_of(ref);
  if (type == target.index()) return true;
  return !target.exact() && is_defined(type) && types.is_subtype(type, target.index());
}

ErrorCode test(Instance& inst, Slot* sp, const Word* imm, bool nullable) {
  sp[0] = sp[0] == 0 ? nullable : matches(inst, sp[0], imm);
  return ErrorCode::none;
}

ErrorCode cast(Instance& inst, Slot* sp, const Word* imm, bool nullable) {
  const bool fits = sp[0] == 0 ? nullable : matches(inst, sp[0], imm);
  return fits ? ErrorCode::none : ErrorCode::cast_failure;
}

// The descriptor of what the reference refers to; null where it has none.
Ref descriptor_of(Instance& inst, Ref ref) {
  if (ref == 0 || gc::is_i31(ref)) return 0;
  const TypeId id = type_of(ref);
  if (!is_defined(id)) return 0;
  const DefType& type = type_at(inst, id);
  return type.descriptor_offset != 0 ? read_descriptor(gc::to_object(ref), type) : 0;
}

// [reference descriptor]
bool has_descriptor(Instance& inst, const Slot* sp, bool nullable) {
  return sp[0] == 0 ? nullable : descriptor_of(inst, sp[0]) == sp[1];
}

ErrorCode cast_desc_eq(Instance& inst, const Slot* sp, bool nullable) {
  if (sp[1] == 0) return ErrorCode::null_descriptor;
  return has_descriptor(inst, sp, nullable) ? ErrorCode::none : ErrorCode::descriptor_cast_failure;
}

}  // namespace

// ---- any reference

COLD_OP(ref_is_null) {
  sp[0] = sp[0] == 0;
  return ErrorCode::none;
}

COLD_OP(ref_eq) {
  sp[0] = sp[0] == sp[1];
  return ErrorCode::none;
}

COLD_OP(ref_as_non_null) { return sp[0] == 0 ? ErrorCode::null_reference : ErrorCode::none; }

COLD_OP(ref_test) { return test(inst, sp, imm, false); }
COLD_OP(ref_test_null) { return test(inst, sp, imm, true); }
COLD_OP(ref_cast) { return cast(inst, sp, imm, false); }
COLD_OP(ref_cast_null) { return cast(inst, sp, imm, true); }

// A reference looks the same on both sides.
COLD_OP(any_convert_extern) { return ErrorCode::none; }
COLD_OP(extern_convert_any) { return ErrorCode::none; }

COLD_OP(ref_i31) {
  sp[0] = gc::make_i31(u32_operand(sp[0]));
  return ErrorCode::none;
}

COLD_OP(i31_get_s) {
  if (sp[0] == 0) return ErrorCode::null_i31;
  sp[0] = gc::i31_s(sp[0]);
  return ErrorCode::none;
}

COLD_OP(i31_get_u) {
  if (sp[0] == 0) return ErrorCode::null_i31;
  sp[0] = gc::i31_u(sp[0]);
  return ErrorCode::none;
}

// ---- structs

COLD_OP(struct_new) {
  const DefType& type = type_at(inst, imm[0]);
  gc::Struct* object = TRY_CODE(inst.store->heap.new_struct(type));
  write_fields(object, type, sp);
  return give(sp, object);
}

COLD_OP(struct_new_default) { return give(sp, TRY_CODE(inst.store->heap.new_struct(type_at(inst, imm[0])))); }

// [fields... descriptor]
COLD_OP(struct_new_desc) {
  const DefType& type = type_at(inst, imm[0]);
  if (sp[field_slots(type)] == 0) return ErrorCode::null_descriptor;
  gc::Struct* object = TRY_CODE(inst.store->heap.new_struct(type));
  write_descriptor(object, type, *write_fields(object, type, sp));
  return give(sp, object);
}

COLD_OP(struct_new_default_desc) {
  const DefType& type = type_at(inst, imm[0]);
  if (sp[0] == 0) return ErrorCode::null_descriptor;
  gc::Struct* object = TRY_CODE(inst.store->heap.new_struct(type));
  write_descriptor(object, type, sp[0]);
  return give(sp, object);
}

COLD_OP(struct_get) { return get_field(inst, sp, imm, false); }
COLD_OP(struct_get_s) { return get_field(inst, sp, imm, true); }
COLD_OP(struct_get_u) { return get_field(inst, sp, imm, false); }

COLD_OP(struct_set) {
  const Place field = TRY_CODE(struct_field(inst, sp[0], imm));
  write_field(field.at, field.size, sp + 1);
  return ErrorCode::none;
}

COLD_OP(ref_get_desc) {
  if (sp[0] == 0) return ErrorCode::null_reference;
  sp[0] = read_descriptor(gc::to_object(sp[0]), type_at(inst, imm[0]));
  return ErrorCode::none;
}

COLD_OP(ref_cast_desc_eq) { return cast_desc_eq(inst, sp, false); }
COLD_OP(ref_cast_desc_eq_null) { return cast_desc_eq(inst, sp, true); }

ErrorCode test_desc_eq(Instance& inst, Slot* sp, const Word* imm) {
  if (sp[1] == 0) return ErrorCode::null_descriptor;
  sp[0] = has_descriptor(inst, sp, imm[0] != 0);
  return ErrorCode::none;
}

// ---- arrays

// [value count]
COLD_OP(array_new) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = u32_operand(sp[element_slots(type)]);
  gc::Array* array = TRY_CODE(inst.store->heap.new_array(type, count));
  const ErrorCode code = fill_elements(inst, array->elements(), sp, type, count);
  return code == ErrorCode::none ? give(sp, array) : code;
}

COLD_OP(array_new_default) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = u32_operand(sp[0]);
  const ErrorCode code = rt::pay_for_bulk(*inst.store, uint64_t{count} * type.elem_size);
  return code == ErrorCode::none ? give(sp, TRY_CODE(inst.store->heap.new_array(type, count))) : code;
}

// [values...]
COLD_OP(array_new_fixed) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = static_cast<uint32_t>(imm[1]);
  gc::Array* array = TRY_CODE(inst.store->heap.new_array(type, count));
  for (size_t i = 0; i < count; ++i) {
    write_field(array->elements() + i * type.elem_size, type.elem_size, sp + i * element_slots(type));
  }
  return give(sp, array);
}

COLD_OP(array_new_data) { return new_from_segment(inst, sp, imm, data_slice); }
COLD_OP(array_new_elem) { return new_from_segment(inst, sp, imm, elem_slice); }
COLD_OP(array_init_data) { return init_from_segment(inst, sp, imm, data_slice); }
COLD_OP(array_init_elem) { return init_from_segment(inst, sp, imm, elem_slice); }

COLD_OP(array_get) { return get_element(inst, sp, imm, false); }
COLD_OP(array_get_s) { return get_element(inst, sp, imm, true); }
COLD_OP(array_get_u) { return get_element(inst, sp, imm, false); }

// [array index value]
COLD_OP(array_set) {
  const DefType& type = type_at(inst, imm[0]);
  write_field(TRY_CODE(slice(type, sp[0], sp[1], 1)), type.elem_size, sp + 2);
  return ErrorCode::none;
}

COLD_OP(array_len) {
  if (sp[0] == 0) return ErrorCode::null_array;
  sp[0] = to_array(sp[0])->length;
  return ErrorCode::none;
}

// [array start value count]
COLD_OP(array_fill) {
  const DefType& type = type_at(inst, imm[0]);
  const uint32_t count = u32_operand(sp[2 + element_slots(type)]);
  return fill_elements(inst, TRY_CODE(slice(type, sp[0], sp[1], count)), sp + 2, type, count);
}

// [to start from start count]
COLD_OP(array_copy) {
  const DefType& type = type_at(inst, imm[0]);  // elements of both types have the same size
  const uint32_t count = u32_operand(sp[4]);
  uint8_t* to = TRY_CODE(slice(type, sp[0], sp[1], count));
  return copy_elements(inst, to, TRY_CODE(slice(type, sp[2], sp[3], count)), type, count);
}

ColdOp cold_gc_op(Op op) { return look_up_cold<kGcOps>(op); }

}  // namespace heddle::interp
