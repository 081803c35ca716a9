// References, structs, arrays and casts in the translator: what is known of types goes into the cells. Where a frame
// is so large that fields of 16 bits cannot name its slots, and for what is rare, the general form serves (cold.h).
#include <array>

#include "exec/interp/cold.h"
#include "exec/interp/translate.h"
#include "runtime/gc/blocks.h"

namespace heddle::interp {

void Translator::object(Op op, const Immediates& imm) {
  switch (op) {
    case Op::ref_is_null: return test_null();
    case Op::ref_eq: return compare_refs();
    case Op::br_on_null: return br_null(imm.index, true);
    case Op::br_on_non_null: return br_null(imm.index, false);
    case Op::br_on_cast:
    case Op::br_on_cast_fail: return br_cast(op, imm);
    case Op::br_on_cast_desc_eq:
    case Op::br_on_cast_desc_eq_fail: return br_cast_cold(op, imm);
    case Op::any_convert_extern:
    case Op::extern_convert_any: return;  // a reference looks the same on both sides
    default: break;
  }
  if (emit_.wide()) return cold(op, imm);
  switch (op) {
    case Op::ref_as_non_null:
    case Op::ref_i31: return ref_un(op, ValKind::ref);
    case Op::array_len:
    case Op::i31_get_s:
    case Op::i31_get_u: return ref_un(op, ValKind::i32);
    case Op::ref_test: return test_type(Family::ref_test, op, imm, false);
    case Op::ref_test_null: return test_type(Family::ref_test, op, imm, true);
    case Op::ref_cast: return test_type(Family::ref_cast, op, imm, false);
    case Op::ref_cast_null: return test_type(Family::ref_cast, op, imm, true);
    case Op::struct_get:
    case Op::struct_get_u: return struct_get(imm, false);
    case Op::struct_get_s: return struct_get(imm, true);
    case Op::struct_set: return struct_set(imm);
    case Op::array_get:
    case Op::array_get_u: return array_get(imm, false);
    case Op::array_get_s: return array_get(imm, true);
    case Op::array_set: return array_set(imm);
    default: break;
  }
  const bool by_type = info(op).imm == Imm::type || info(op).imm == Imm::type_count;
  if (!by_type || !allocate(op, def(TypeIdx{imm.index}), imm)) cold(op, imm);
}

bool Translator::allocate(Op op, const DefType& type, const Immediates& imm) {
  const auto object = [&](uint64_t bytes, uint32_t operands) {
    const bool fits = bytes <= gc::kMaxSmallBytes;
    if (fits) new_object(type, operands);
    return fits;
  };
  switch (op) {
    case Op::struct_new: return object(type.object_size, static_cast<uint32_t>(type.fields.size()));
    case Op::struct_new_default: return object(type.object_size, 0);
    case Op::array_new_fixed: return object(sizeof(gc::Array) + uint64_t{imm.count} * type.elem_size, imm.count);
    case Op::array_new: return new_array(type, true);
    case Op::array_new_default: return new_array(type, false);
    default: return false;
  }
}

// ---- null, identity, i31

void Translator::compare_refs() { bin(test_op('l', false), Family::rel); }

void Translator::test_null() {
  emit_.push_constant(ValKind::ref, 0);
  compare_refs();
}

void Translator::ref_un(Op op, ValKind result) {
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  const Operand a = emit_.use(e);
  const uint32_t r = emit_.cell(Family::ref_un, op, pack16(a.slot, 0, 0, 0));
  emit_.record(r).a = a.cls;
  emit_.record(r).local_a = a.local;
  emit_.push_result(r, result);
}

// ---- casts

// False where only the general form can tell.
bool Translator::cast_target(HeapType heap, bool nullable, CastTarget& target) const {
  if (emit_.wide()) return false;
  target.nullable = nullable;
  target.words[1] = reinterpret_cast<Word>(registry_);
  if (heap.abstract()) {
    if (heap.kind() == HeapKind::i31) {
      target.test = TypeTest::i31;
      return true;
    }
    if (heap.kind() != HeapKind::struct_ && heap.kind() != HeapKind::array) return false;
    target.test = TypeTest::kind;
    target.words[0] = static_cast<Word>(heap.kind() == HeapKind::array ? CompKind::array : CompKind::struct_);
    return true;
  }
  const DefType& type = def(TypeIdx{heap.index()});
  if (type.kind == CompKind::cont) return false;
  target.test = type.final || heap.exact() ? TypeTest::exact : TypeTest::subtype;
  target.words[0] = pack32(type.id, type.depth());
  return true;
}

void Translator::type_words(const CastTarget& target) {
  for (const Word w : target.words) emit_.more(w);
}

// ref.test and ref.cast.
void Translator::test_type(Family family, Op op, const Immediates& imm, bool nullable) {
  CastTarget target;
  if (!cast_target(imm.heap, nullable, target)) return cold(op, imm);
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  const Operand a = emit_.use(e);
  const uint32_t r = emit_.cell(family, Op{}, pack16(a.slot, 0, nullable, 0));
  type_words(target);
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.local_a = a.local;
  record.flags = static_cast<uint8_t>(target.test);
  emit_.push_result(r, family == Family::ref_test ? ValKind::i32 : ValKind::ref);
}

// ---- branches

// br_on_null branches without the reference and goes on with it; br_on_non_null the other way round.
void Translator::br_null(uint32_t depth, bool on_null) {
  Control& target = label(depth);
  auto count = static_cast<uint32_t>(label_types(target).size());
  Entry reference = emit_.entry(emit_.height() - 1);
  if (on_null) emit_.pop();
  const bool direct = in_place(target, count);
  settle(direct ? emit_.height() - count : emit_.height());
  Entry tested = reference;
  emit_.put_in_slot(tested);
  const Operand a = emit_.peek(tested);
  const uint32_t r = emit_.cell(Family::branch, test_op('l', on_null != direct), pack16(a.slot, 0, 0, 0));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = kImm;
  record.local_a = a.local;
  const uint32_t at = record.at;
  if (direct) {
    if (target.kind == Block::loop && config_->interruptible) record.flags |= kFlagPoll;
    aim(target, at + 1, at, FixKind::high);
  } else {
    branch_over(at, target, count);
  }
  if (!on_null) {
    emit_.pop();
  } else if (reference.is_local()) {
    emit_.push_local(reference.local());
  } else {
    emit_.push_temp(ValKind::ref, tested.cell());
  }
  new_block();
}

// The values of both paths behind a branch: see Emitter::settle_before.
void Translator::settle(uint32_t from) {
  Entry none(Entry::Kind::temp, ValKind::i32, 0, kNone);
  emit_.settle_before(none, from);
}

void Translator::br_cast(Op op, const Immediates& imm) {
  CastTarget cast;
  if (!cast_target(imm.heap2, imm.nullable2, cast)) return br_cast_cold(op, imm);
  Control& target = label(imm.index);
  auto count = static_cast<uint32_t>(label_types(target).size());
  const bool polls = target.kind == Block::loop && config_->interruptible;
  const bool direct = in_place(target, count) && !polls;
  Entry reference = emit_.entry(emit_.height() - 1);
  settle(direct ? emit_.height() - count : emit_.height());
  emit_.put_in_slot(reference);
  const Operand a = emit_.peek(reference);
  const bool negate = (op == Op::br_on_cast_fail) == direct;
  const uint32_t flags = (cast.nullable ? 1 : 0) | (negate ? 2 : 0);
  const uint32_t r = emit_.cell(Family::br_cast, Op{}, pack_hi32(a.slot, flags, 0));
  type_words(cast);
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.local_a = a.local;
  record.flags = static_cast<uint8_t>(cast.test);
  const uint32_t at = record.at;
  if (direct) {
    aim(target, at + 1, at, FixKind::high);
  } else {
    branch_over(at, target, count);
  }
  new_block();
}

// A copy of the reference is tested; the original stays for whichever side is taken.
void Translator::br_cast_cold(Op op, const Immediates& imm) {
  bool by_descriptor = op == Op::br_on_cast_desc_eq || op == Op::br_on_cast_desc_eq_fail;
  bool on_success = op == Op::br_on_cast || op == Op::br_on_cast_desc_eq;
  uint32_t operands = by_descriptor ? 2 : 1;
  emit_.flush_locals();
  emit_.materialize(emit_.height() - operands);
  for (uint32_t i = 0; i < operands; ++i) {
    const Entry original = emit_.entry(emit_.height() - operands);
    emit_.push_temp(ValKind::ref);
    emit_.move_to(original, emit_.entry(emit_.height() - 1).slot());
  }
  imm_words_.clear();
  if (!by_descriptor) imm_words_.push_back(canonical(imm.heap2, module_->info.types.ids()).bits());
  imm_words_.push_back(imm.nullable2);
  const ValKind flag[] = {ValKind::i32};
  const void* function =
      by_descriptor ? reinterpret_cast<const void*>(&test_desc_eq)
                    : reinterpret_cast<const void*>(cold_op(imm.nullable2 ? Op::ref_test_null : Op::ref_test));
  cold_cell(function, operands, flag, imm_words_);
  Entry condition = emit_.pop();
  if (by_descriptor) emit_.pop();
  if (!on_success) {
    // Branch where the test fails: its opposite, in the accumulator.
    Operand flag_slot = emit_.use(condition);
    uint32_t r = emit_.cell(Family::rel, test_op('i', false), pack_hi32(flag_slot.slot, flag_slot.slot, 0));
    Record& record = emit_.record(r);
    record.b = kImm;
    record.dest = kToSlot;
    condition.become_temp(r);
    emit_.result_in_acc(r);
  }
  br_if(imm.index, condition);
}

// ---- fields and elements

void Translator::struct_get(const Immediates& imm, bool sign) {
  const DefType& type = def(TypeIdx{imm.index});
  const ValType field = type.fields[imm.index2].type;
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  const Operand a = emit_.use(e);
  const uint32_t r =
      emit_.cell(Family::struct_get, field_load(field, sign), pack_hi32(a.slot, 0, type.offsets[imm.index2]));
  emit_.record(r).a = a.cls;
  emit_.record(r).local_a = a.local;
  emit_.push_result(r, field.unpacked().kind());
}

void Translator::struct_set(const Immediates& imm) {
  const DefType& type = def(TypeIdx{imm.index});
  const ValType field = type.fields[imm.index2].type;
  Entry value = emit_.pop(), ref = emit_.pop();
  const bool is_int = emit_.is_int(field.unpacked().kind());
  const bool immediate = is_int && Emitter::fits16(value);
  emit_.put_in_slot(ref);
  if (!immediate) emit_.put_in_slot(value);
  std::array<Operand, 2> operands{Operand{}, Operand{.cls = kImm, .slot = static_cast<uint32_t>(value.bits())}};
  emit_.use_all(std::array{ref, value}, operands);
  const auto& [a, b] = operands;
  const uint32_t r =
      emit_.cell(Family::struct_set, field_store(field), pack_hi32(a.slot, b.slot, type.offsets[imm.index2]));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = b.cls;
  record.local_a = a.local;
  record.local_b = is_int ? b.local : kNone;
}

void Translator::array_get(const Immediates& imm, bool sign) {
  const ValType element = def(TypeIdx{imm.index}).fields[0].type;
  Entry index = emit_.pop(), ref = emit_.pop();
  emit_.put_in_slot(ref);
  emit_.put_in_slot(index);
  std::array<Operand, 2> operands;
  emit_.use_all(std::array{ref, index}, operands);
  const auto& [a, b] = operands;
  const uint32_t r = emit_.cell(Family::array_get, field_load(element, sign), pack16(a.slot, b.slot, 0, 0));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = b.cls;
  record.local_a = a.local;
  record.local_b = b.local;
  emit_.push_result(r, element.unpacked().kind());
}

void Translator::array_set(const Immediates& imm) {
  const ValType element = def(TypeIdx{imm.index}).fields[0].type;
  Entry value = emit_.pop(), index = emit_.pop(), ref = emit_.pop();
  emit_.put_in_slot(ref);
  emit_.put_in_slot(index);
  emit_.put_in_slot(value);
  std::array<Operand, 3> operands;
  emit_.use_all(std::array{ref, index, value}, operands);
  const auto& [a, b, c] = operands;
  const uint32_t r = emit_.cell(Family::array_set, field_store(element), pack16(a.slot, b.slot, c.slot, 0));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = b.cls;
  record.local_a = a.local;
  record.local_b = b.local;
  record.flags = c.cls == kAcc ? kFlagThird : kFlagNone;
}

// ---- new objects

// A struct, or an array of a known length, from the topmost values: the fields or elements in order, or none.
void Translator::new_object(const DefType& type, uint32_t operands) {
  const bool array = type.kind == CompKind::array;
  const uint32_t live = emit_.next_slot(), first = emit_.height() - operands;
  imm_words_.clear();
  for (uint32_t i = 0; i < operands; ++i) {
    Entry e = emit_.entry(first + i);
    const ValType field = type.fields[array ? 0 : i].type;
    const uint32_t offset = array ? sizeof(gc::Array) + size_t{i} * type.elem_size : type.offsets[i];
    const bool immediate = Emitter::fits32(e);
    const uint32_t value = immediate ? static_cast<uint32_t>(e.bits()) : emit_.slot_of(e);
    imm_words_.push_back(FieldWord::pack(value, storage_size(field), immediate, offset));
  }
  if (array) {
    imm_words_.push_back(FieldWord::pack(operands, sizeof(gc::Array::length), true, sizeof(gc::Object)));
  }
  emit_.truncate(first);
  const uint32_t bytes = array ? sizeof(gc::Array) + size_t{operands} * type.elem_size : type.object_size;
  const uint32_t r =
      emit_.cell(Family::object_new, Op{}, pack_hi32(0, static_cast<uint32_t>(imm_words_.size()), (bytes + 7) & ~7u));
  emit_.more(pack32(type.id, live));
  for (const Word w : imm_words_) emit_.more(w);
  emit_.push_result(r, ValKind::ref);
}

// [value count], or [count] where elements are zero. False: the general form has to do it.
bool Translator::new_array(const DefType& type, bool filled) {
  if (type.elem_size > sizeof(Word)) return false;
  const uint32_t live = emit_.next_slot();
  Entry count = emit_.pop();
  const uint32_t count_slot = emit_.slot_of(count);
  uint32_t value_slot = 0;
  if (filled) {
    Entry value = emit_.pop();
    value_slot = emit_.slot_of(value);
  }
  // Times this, an element's bits are repeated over a word.
  const Word repeat = ~Word{0} / (~Word{0} >> (64 - 8 * type.elem_size));
  const auto log2 = static_cast<uint32_t>(std::countr_zero(type.elem_size));
  const uint32_t r = emit_.cell(Family::array_new, Op{}, pack16(0, value_slot, count_slot, log2));
  emit_.more(pack32(type.id, live));
  emit_.more(filled ? repeat : 0);
  emit_.push_result(r, ValKind::ref);
  return true;
}

}  // namespace heddle::interp
