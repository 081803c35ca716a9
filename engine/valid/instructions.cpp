// The instructions on locals, globals, tables, memories and references that have no fixed signature, and select
// (spec 3.4.3 to 3.4.11).
#include "valid/body.h"

namespace heddle::valid {

// --- parametric

Result<void> BodyChecker::check_drop() {
  TRY(pop_any());
  return {};
}

Result<void> BodyChecker::check_select() {
  TRY(pop(kI32));
  ValType second = TRY(pop_any());
  ValType first = TRY(pop_any());
  for (ValType t : {first, second}) {
    if (t.is_ref()) return context_.fail_types("a number or vector", context_.show(t));
  }
  if (first != second && !first.is_bot() && !second.is_bot()) {
    return context_.fail_types(context_.show(first), context_.show(second));
  }
  push(first.is_bot() ? second : first);
  return {};
}

Result<void> BodyChecker::check_select_t() {
  uint32_t count = TRY(in_.count());
  if (count != 1) return context_.fail(ErrorCode::invalid_result_arity, std::to_string(count) + " types");
  ValType type = TRY(context_.val_type(TRY(read_val_type(in_))));
  TRY(pop(kI32));
  TRY(pop(type));
  TRY(pop(type));
  push(type);
  return {};
}

// --- variables

Result<uint32_t*> BodyChecker::local() {
  uint32_t index = TRY(in_.u32());
  if (index >= local_count_) return context_.fail_index(ErrorCode::unknown_local, index);
  if (index >= scratch_.locals.size()) expand_locals(local_count_);
  return &scratch_.locals[index];
}

Result<void> BodyChecker::set_local(uint32_t* word) {
  TRY(pop(ValType::from_bits(*word & ~kUnset)));
  if (*word & kUnset) {
    *word &= ~kUnset;
    scratch_.initialized.push_back(static_cast<uint32_t>(word - scratch_.locals.data()));
  }
  return {};
}

Result<void> BodyChecker::check_local_get() {
  uint32_t* word = TRY(local());
  if (*word & kUnset) {
    return context_.fail_index(ErrorCode::uninitialized_local, static_cast<uint32_t>(word - scratch_.locals.data()));
  }
  push(ValType::from_bits(*word));
  return {};
}

Result<void> BodyChecker::check_local_set() { return set_local(TRY(local())); }

Result<void> BodyChecker::check_local_tee() {
  uint32_t* word = TRY(local());
  TRY(set_local(word));
  push(ValType::from_bits(*word));
  return {};
}

Result<void> BodyChecker::check_global_get() {
  uint32_t index = TRY(in_.u32());
  if (const_ && index >= visible_globals_) return context_.fail_index(ErrorCode::unknown_global, index);
  const GlobalType& global = *TRY(context_.global(index));
  if (const_ && global.mut) return context_.fail(ErrorCode::constant_required, "a mutable global");
  push(global.type);
  return {};
}

Result<void> BodyChecker::check_global_set() {
  uint32_t index = TRY(in_.u32());
  const GlobalType& global = *TRY(context_.global(index));
  if (!global.mut) return context_.fail_index(ErrorCode::immutable_global, index);
  return pop(global.type);
}

// --- tables and memories

Result<void> BodyChecker::check_table_get() {
  const TableType& table = *TRY(context_.table(TRY(in_.u32())));
  TRY(pop(addr_type(table.addr64)));
  push(table.elem);
  return {};
}

Result<void> BodyChecker::check_table_set() {
  uint32_t index = TRY(in_.u32());
  const TableType& table = *TRY(context_.table(index));
  wrote_table(index);
  TRY(pop(table.elem));
  return pop(addr_type(table.addr64));
}

Result<void> BodyChecker::check_table_size() {
  push(addr_type(TRY(context_.table(TRY(in_.u32())))->addr64));
  return {};
}

Result<void> BodyChecker::check_table_grow() {
  uint32_t index = TRY(in_.u32());
  const TableType& table = *TRY(context_.table(index));
  wrote_table(index);
  TRY(pop(addr_type(table.addr64)));
  TRY(pop(table.elem));
  push(addr_type(table.addr64));
  return {};
}

Result<void> BodyChecker::check_table_fill() {
  uint32_t index = TRY(in_.u32());
  const TableType& table = *TRY(context_.table(index));
  wrote_table(index);
  TRY(pop(addr_type(table.addr64)));
  TRY(pop(table.elem));
  return pop(addr_type(table.addr64));
}

Result<void> BodyChecker::check_table_copy() {
  uint32_t index = TRY(in_.u32());
  const TableType& to = *TRY(context_.table(index));
  const TableType& from = *TRY(context_.table(TRY(in_.u32())));
  wrote_table(index);
  if (!context_.matches(from.elem, to.elem)) {
    return context_.fail_types(context_.show(to.elem) + " in the source table", context_.show(from.elem));
  }
  TRY(pop(addr_type(to.addr64 && from.addr64)));
  TRY(pop(addr_type(from.addr64)));
  return pop(addr_type(to.addr64));
}

Result<void> BodyChecker::check_table_init() {
  uint32_t elem_index = TRY(in_.u32());
  uint32_t index = TRY(in_.u32());
  const TableType& table = *TRY(context_.table(index));
  ValType elem = TRY(context_.elem(elem_index));
  wrote_table(index);
  if (!context_.matches(elem, table.elem)) {
    return context_.fail_types(context_.show(table.elem) + " in the segment", context_.show(elem));
  }
  TRY(pop(kI32));
  TRY(pop(kI32));
  return pop(addr_type(table.addr64));
}

Result<void> BodyChecker::check_memory_copy() {
  const MemType& to = *TRY(context_.memory(TRY(in_.u32())));
  const MemType& from = *TRY(context_.memory(TRY(in_.u32())));
  TRY(pop(addr_type(to.addr64 && from.addr64)));
  TRY(pop(addr_type(from.addr64)));
  return pop(addr_type(to.addr64));
}

// --- references

Result<void> BodyChecker::check_ref_null() {
  push(ValType::ref(TRY(read_heap()), true));
  return {};
}

Result<void> BodyChecker::check_ref_is_null() {
  TRY(pop_ref());
  push(kI32);
  return {};
}

Result<void> BodyChecker::check_ref_func() {
  uint32_t index = TRY(in_.u32());
  TRY(context_.func(index));
  if (const_) {
    (*declared_)[index] = true;
  } else if (!context_.info.declared_funcs[index]) {
    return context_.fail_index(ErrorCode::undeclared_function, index);
  }
  push(context_.info.func_refs[index]);
  return {};
}

Result<void> BodyChecker::check_ref_as_non_null() {
  push(TRY(pop_ref()).as_nullable(false));
  return {};
}

Result<void> BodyChecker::check_any_convert_extern() {
  ValType ref = TRY(pop_ref());
  ValType from = ValType::ref(HeapKind::extern_, ref.nullable());
  if (!context_.matches(ref, from)) return context_.fail_types(context_.show(from), context_.show(ref));
  push(ValType::ref(HeapKind::any, ref.nullable()));
  return {};
}

Result<void> BodyChecker::check_extern_convert_any() {
  ValType ref = TRY(pop_ref());
  ValType from = ValType::ref(HeapKind::any, ref.nullable());
  if (!context_.matches(ref, from)) return context_.fail_types(context_.show(from), context_.show(ref));
  push(ValType::ref(HeapKind::extern_, ref.nullable()));
  return {};
}

// --- casts

// The operand of a cast is any reference of the target's hierarchy. Continuations cannot be cast.
Result<ValType> BodyChecker::cast_operand(HeapType target) {
  HeapKind top = context_.registry.top_of(target);
  if (top == HeapKind::cont) return context_.fail(ErrorCode::invalid_cast, context_.show(target));
  return ValType::ref(top, true);
}

Result<void> BodyChecker::check_test() {
  HeapType target = TRY(read_heap());
  TRY(pop(TRY(cast_operand(target))));
  push(kI32);
  return {};
}

Result<void> BodyChecker::check_cast(bool nullable_target) {
  HeapType target = TRY(read_heap());
  TRY(pop(TRY(cast_operand(target))));
  push(ValType::ref(target, nullable_target));
  return {};
}

Result<void> BodyChecker::check_cast_desc(bool nullable_target) {
  HeapType target = TRY(read_heap());
  ValType operand = TRY(cast_operand(target));
  TRY(pop(TRY(descriptor_operand(target))));
  TRY(pop(operand));
  push(ValType::ref(target, nullable_target));
  return {};
}

// The descriptor a cast to `target` compares with: exact if the target is.
Result<ValType> BodyChecker::descriptor_operand(HeapType target) {
  TypeId descriptor = target.abstract() ? kNoType : context_.registry[target.index()].descriptor;
  if (descriptor != kNoType) return ValType::ref(HeapType::defined(descriptor, target.exact()), true);
  if (context_.sink) context_.sink->headline = "type " + context_.show(target) + " does not have a descriptor";
  return context_.fail(ErrorCode::no_descriptor_to_compare);
}

// br_on_cast branches with the target type and goes on with what is left of the source type; on_fail the other way.
Result<void> BodyChecker::check_br_on_cast(bool on_fail, bool with_descriptor) {
  Immediates imm = TRY(read_immediates(in_, info(Op::br_on_cast)));
  std::span<const ValType> types = label_types(*TRY(label(imm.index)));
  ValType source = ValType::ref(TRY(context_.heap_type(imm.heap)), imm.nullable);
  ValType target = ValType::ref(TRY(context_.heap_type(imm.heap2)), imm.nullable2);
  TRY(cast_operand(target.heap()));
  bool related = context_.has(Feature::custom_descriptors)
                     ? context_.registry.top_of(source.heap()) == context_.registry.top_of(target.heap())
                     : context_.matches(target, source);
  if (!related) return context_.fail_types(context_.show(source), context_.show(target) + " as the target");
  ValType rest = target.nullable() ? source.as_nullable(false) : source;
  ValType taken = on_fail ? rest : target;
  if (types.empty() || !context_.matches(taken, types.back())) {
    return context_.fail_types(context_.show(taken) + " as the label's last type", context_.show(types));
  }
  std::span<const ValType> others = types.first(types.size() - 1);
  if (with_descriptor) TRY(pop(TRY(descriptor_operand(target.heap()))));
  TRY(pop(source));
  TRY(pop(others));
  TRY(push(others));
  push(on_fail ? target : rest);
  return {};
}

Result<void> BodyChecker::check_ref_test() { return check_test(); }
Result<void> BodyChecker::check_ref_test_null() { return check_test(); }
Result<void> BodyChecker::check_ref_cast() { return check_cast(false); }
Result<void> BodyChecker::check_ref_cast_null() { return check_cast(true); }
Result<void> BodyChecker::check_ref_cast_desc_eq() { return check_cast_desc(false); }
Result<void> BodyChecker::check_ref_cast_desc_eq_null() { return check_cast_desc(true); }
Result<void> BodyChecker::check_br_on_cast() { return check_br_on_cast(false, false); }
Result<void> BodyChecker::check_br_on_cast_fail() { return check_br_on_cast(true, false); }
Result<void> BodyChecker::check_br_on_cast_desc_eq() { return check_br_on_cast(false, true); }
Result<void> BodyChecker::check_br_on_cast_desc_eq_fail() { return check_br_on_cast(true, true); }

}  // namespace heddle::valid
