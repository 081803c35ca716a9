// Everything that is not control: operators with variants become records, the others slot cells or cold cells.
#include "exec/interp/address.h"
#include "exec/interp/cold.h"
#include "exec/interp/translate.h"
#include "runtime/memory.h"
#include "runtime/reservations.h"

namespace heddle::interp {

void Translator::other(Op op) {
  const Immediates imm = read_immediates(in_, info(op)).value();
  switch (op) {
    case Op::ref_null: return emit_.push_constant(ValKind::ref, 0);
    case Op::ref_func: {
      uint32_t slot = emit_.next_slot(), near = emit_.near_dest(slot);
      emit_.raw(op_ref_func, pack_hi32(near, 0, imm.index));
      emit_.settle_dest(near, slot, ValKind::ref);
      return emit_.push_temp(ValKind::ref);
    }
    case Op::table_get: return table_get(imm.index);
    case Op::table_set: return table_set(imm.index);
    case Op::memory_size: return memory_size(imm.index);
    default: break;
  }
  switch (info(op).shape) {
    case Shape::ref:
    case Shape::gc: return object(op, imm);
    case Shape::atomic_load:
    case Shape::atomic_store:
    case Shape::atomic_rmw:
    case Shape::atomic_cmpxchg: return atomic(op, imm);
    case Shape::load_lane: return access_lane(Family::load_lane, op, imm);
    case Shape::store_lane: return access_lane(Family::store_lane, op, imm);
    default: return cold_op(op) ? cold(op, imm) : vector(op, imm);
  }
}

void Translator::constant(Op op) {
  ValKind kind = kind_of_letter(info(op).sig.results[0]);
  switch (info(op).imm) {
    case Imm::i32: return emit_.push_constant(kind, static_cast<uint32_t>(in_.s32().value()));
    case Imm::i64: return emit_.push_constant(kind, static_cast<uint64_t>(in_.s64().value()));
    case Imm::f32: return emit_.push_constant(kind, in_.fixed<uint32_t>().value());
    case Imm::f64: return emit_.push_constant(kind, in_.fixed<uint64_t>().value());
    default: return constant128(op, read_immediates(in_, info(op)).value().bytes);
  }
}

// Alignment and offset of one byte each, without flags, are nearly all there are.
MemArg Translator::memarg() {
  const uint8_t* at = in_.here();
  if (in_.remaining() >= 2 && at[0] < 0x40 && at[1] < 0x80) {
    in_.seek(at + 2);
    return {.align_log2 = at[0], .memory = {}, .offset = at[1]};
  }
  return read_memarg(in_).value();
}

// ---- variables ----

void Translator::global(Op op, uint32_t index) {
  const rt::InstanceLayout& layout = module_->layout;
  const syntax::Module& syntax = module_->syntax;
  ValKind kind = syntax.globals[index].type.type.kind();
  bool own = index >= syntax.imported_globals;
  uint32_t offset = own ? layout.own_globals + (index - syntax.imported_globals) * uint32_t{sizeof(rt::Global)}
                        : layout.globals + index * uint32_t{sizeof(rt::Global*)};
  uint8_t flags = own ? kFlagOwn : kFlagNone;
  if (kind == ValKind::v128) {
    bool get = op == Op::global_get;
    uint32_t base;
    if (get) {
      base = emit_.next_slot();
      emit_.push_temp(kind);
    } else {
      emit_.materialize(emit_.height() - 1);
      base = emit_.pop().slot();
    }
    emit_.raw(get ? op_global_get128 : op_global_set128, pack32(base, offset));
    emit_.word(own);
    return;
  }
  if (op == Op::global_get) {
    uint32_t r = emit_.cell(Family::global_get, Op{}, pack_hi32(0, 0, offset));
    emit_.record(r).flags = flags;
    return emit_.push_result(r, kind);
  }
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  Operand a;
  if (emit_.is_int(kind)) {
    a = emit_.use(e);
  } else {
    a = {.cls = kSlot, .slot = emit_.slot_of(e)};
  }
  uint32_t r = emit_.cell(Family::global_set, Op{}, pack_hi32(a.slot, 0, offset));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.local_a = a.local;
  record.flags = flags;
}

// ---- operators with variants ----

void Translator::float_bin(Op op, Family family) {
  Entry b = emit_.pop(), a = emit_.pop();
  emit_.put_in_slot(a);
  emit_.put_in_slot(b);
  Operand left, right;
  emit_.use_pair(a, b, left, right);
  uint32_t r = emit_.cell(family, op, pack16(left.slot, right.slot, 0, 0));
  emit_.record(r).a = left.cls;
  emit_.record(r).b = right.cls;
  emit_.push_result(r, kind_of_letter(info(op).sig.results[0]));
}

// A comparison that is the last cell becomes its opposite.
bool Translator::invert_last(const Entry& e) {
  if (!e.is_temp() || !emit_.is_last(e.cell())) return false;
  Record& r = emit_.record(e.cell());
  if (r.family != Family::rel || r.dest != kToSlot || r.local_dest != kNone) return false;
  r.op = inverted(r.op);
  return true;
}

void Translator::un(Op op, Family family) {
  Entry a = emit_.pop();
  if (facts(op).is_eqz) {
    if (invert_last(a)) return emit_.push_temp(ValKind::i32, a.cell());
    emit_.put_in_slot(a);
    Operand x = emit_.use(a);
    uint32_t r = emit_.cell(Family::rel, test_op(info(op).sig.params[0], false), pack_hi32(x.slot, 0, 0));
    Record& record = emit_.record(r);
    record.a = x.cls;
    record.b = kImm;
    record.local_a = x.local;
    return emit_.push_result(r, ValKind::i32);
  }
  emit_.put_in_slot(a);
  Operand x = emit_.use(a);
  uint32_t r = emit_.cell(family, op, pack16(x.slot, 0, 0, 0));
  emit_.record(r).a = x.cls;
  if (family == Family::un) emit_.record(r).local_a = x.local;
  emit_.push_result(r, kind_of_letter(info(op).sig.results[0]));
}

void Translator::bin(Op op, Family family) {
  Entry b = emit_.pop(), a = emit_.pop();
  if (a.is_constant() && !b.is_constant() && facts(op).turns) {
    std::swap(a, b);
    if (family == Family::rel) op = mirrored(op);
  }
  emit_.put_in_slot(a);
  bool imm = Emitter::fits32(b);
  if (!imm) emit_.put_in_slot(b);
  Operand left, right{.cls = kImm};
  if (imm) {
    left = emit_.use(a);
  } else {
    emit_.use_pair(a, b, left, right);
  }
  if (imm && in(kDivByOps, op) && static_cast<int32_t>(b.bits()) > 1) {
    return div_by(op, left, static_cast<uint32_t>(b.bits()));
  }
  if (family == Family::trap_bin) left.local = right.local = kNone;
  Word operands =
      imm ? pack_hi32(left.slot, 0, static_cast<uint32_t>(b.bits())) : pack16(left.slot, right.slot, 0, 0);
  uint32_t r = emit_.cell(family, op, operands);
  Record& record = emit_.record(r);
  record.a = left.cls;
  record.b = right.cls;
  record.local_a = left.local;
  record.local_b = right.local;
  emit_.push_result(r, kind_of_letter(info(op).sig.results[0]));
}

void Translator::div_by(Op op, const Operand& a, uint32_t divisor) {
  const uint32_t r = emit_.cell(Family::div_by, op, pack_hi32(a.slot, 0, divisor));
  emit_.more(~Word{0} / divisor + 1);
  emit_.record(r).a = a.cls;
  emit_.record(r).local_a = a.local;
  emit_.push_result(r, ValKind::i32);
}

// ---- memory ----

// How memory 0 is accessed.
uint8_t Translator::access_flags(const MemArg& arg) const {
  const MemType& type = module_->syntax.memories[0];
  if (type.addr64) return kFlagWide;
  bool guarded = config_->memory == rt::MemoryMode::guard && rt::Memory::reservable(type) &&
                 arg.offset < rt::Reservation::kGuardBytes;
  return guarded ? kFlagNone : kFlagChecked;
}

// Do the fields of a cell have room for the access?
bool Translator::is_near(const MemArg& arg) const { return arg.offset >> 32 == 0 && !emit_.wide(); }

Word Translator::memory_at(const MemArg& arg) const {
  const uint32_t index = arg.memory.raw;
  return memory_word(module_->layout.memories + index * uint32_t{sizeof(rt::Memory*)},
                     module_->syntax.memories[index].addr64);
}

// The sum just computed is the address: the load adds for itself.
bool Translator::load_sum(Op op, const Entry& address, const MemArg& arg) {
  if (!address.is_temp() || !emit_.is_last(address.cell()) || !in(kIndexLoadOps, op)) return false;
  Record& sum = emit_.record(address.cell());
  if (sum.family != Family::bin || !facts(sum.op).is_add || info(sum.op).sig.results != "i" || sum.dest != kToSlot ||
      sum.local_dest != kNone || arg.offset > (sum.b == kImm ? 0 : 0xffff)) {
    return false;
  }
  sum.family = Family::load_index;
  sum.op = op;
  if (sum.b != kImm) {
    Word& w = emit_.word_at(sum.at + 1);
    w = (w & 0xffffffff) | static_cast<Word>(arg.offset) << 48;
  }
  emit_.forget_acc();
  emit_.claim_origin(sum.at);
  emit_.push_result(address.cell(), kind_of_letter(info(op).sig.results[0]));
  return true;
}

void Translator::load(Op op, const MemArg& arg) {
  if (arg.memory.raw == 0 ? arg.offset >> 32 != 0 : !is_near(arg)) return cold_access(op, arg);
  const bool far = arg.memory.raw != 0;
  const uint8_t flags = far ? uint8_t{kFlagNone} : access_flags(arg);
  Entry address = emit_.pop();
  if (!far && flags == kFlagNone && load_sum(op, address, arg)) return;
  emit_.put_in_slot(address);
  Operand a = emit_.use(address);
  uint32_t r =
      emit_.cell(far ? Family::load_far : Family::load, op, pack_hi32(a.slot, 0, static_cast<uint32_t>(arg.offset)));
  if (far) emit_.more(memory_at(arg));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.local_a = far ? kNone : a.local;
  record.flags = flags;
  emit_.push_result(r, kind_of_letter(info(op).sig.results[0]));
}

void Translator::store(Op op, const MemArg& arg) {
  if (arg.memory.raw == 0 ? arg.offset >> 32 != 0 : !is_near(arg)) return cold_access(op, arg);
  if (arg.memory.raw != 0) return store_far(op, arg);
  Entry value = emit_.pop(), address = emit_.pop();
  bool is_int = is_int_letter(info(op).sig.params[1]);
  bool imm = is_int && Emitter::fits16(value);
  emit_.put_in_slot(address);
  if (!imm) emit_.put_in_slot(value);
  Operand a, b{.cls = kImm, .slot = static_cast<uint32_t>(value.bits())};
  if (imm) {
    a = emit_.use(address);
  } else {
    emit_.use_pair(address, value, a, b);
  }
  uint32_t r = emit_.cell(Family::store, op, pack_hi32(a.slot, b.slot, static_cast<uint32_t>(arg.offset)));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = b.cls;
  record.local_a = a.local;
  record.local_b = is_int ? b.local : kNone;
  record.flags = access_flags(arg);
}

void Translator::store_far(Op op, const MemArg& arg) {
  Entry value = emit_.pop(), address = emit_.pop();
  emit_.put_in_slot(value);
  const uint32_t a = emit_.slot_of(address);
  const Operand b = emit_.use(value);
  uint32_t r = emit_.cell(Family::store_far, op, pack_hi32(a, b.slot, static_cast<uint32_t>(arg.offset)));
  emit_.more(memory_at(arg));
  emit_.record(r).b = b.cls;
}

void Translator::access_lane(Family family, Op op, const Immediates& imm) {
  if (!is_near(imm.memarg)) return cold(op, imm);
  Entry vector = emit_.pop(), address = emit_.pop();
  const uint32_t a = emit_.slot_of(address);
  const Operand b = emit_.use(vector);
  uint32_t r = emit_.cell(family, op, pack16(a, b.slot, 0, imm.lane));
  emit_.more(imm.memarg.offset);
  emit_.more(memory_at(imm.memarg));
  emit_.record(r).b = b.cls;
  if (family == Family::load_lane) emit_.push_result(r, ValKind::v128);
}

void Translator::atomic(Op op, const Immediates& imm) {
  if (!is_near(imm.memarg)) return cold(op, imm);
  const Sig& sig = info(op).sig;
  uint32_t fields[4] = {};
  for (size_t i = sig.params.size(); i-- > 0;) {
    Entry e = emit_.pop();
    fields[i] = emit_.slot_of(e);
  }
  fields[3] = emit_.next_slot();
  emit_.raw(atomic_handler(op), pack16(fields[0], fields[1], fields[2], fields[3]));
  emit_.word(imm.memarg.offset);
  emit_.word(memory_at(imm.memarg));
  if (!sig.results.empty()) emit_.push_temp(kind_of_letter(sig.results[0]));
}

void Translator::memory_size(uint32_t index) {
  const uint32_t place = module_->layout.memories + index * uint32_t{sizeof(rt::Memory*)};
  const uint32_t r = emit_.cell(Family::memory_size, Op{}, pack_hi32(0, 0, place));
  emit_.push_result(r, addr_kind(module_->syntax.memories[index].addr64));
}

// ---- tables ----

uint32_t Translator::table_place(uint32_t index) const {
  return module_->layout.tables + index * uint32_t{sizeof(rt::Table*)};
}

uint8_t Translator::table_flags(uint32_t index) const {
  return module_->syntax.tables[index].type.addr64 ? kFlagWide : kFlagNone;
}

void Translator::table_get(uint32_t index) {
  Entry e = emit_.pop();
  emit_.put_in_slot(e);
  const Operand a = emit_.use(e);
  const uint32_t r = emit_.cell(Family::table_get, Op{}, pack_hi32(a.slot, 0, table_place(index)));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.local_a = a.local;
  record.flags = table_flags(index);
  emit_.push_result(r, ValKind::ref);
}

void Translator::table_set(uint32_t index) {
  Entry value = emit_.pop(), at = emit_.pop();
  emit_.put_in_slot(at);
  Operand a, b{.cls = kImm};  // the only constant is null
  if (value.is_constant()) {
    a = emit_.use(at);
  } else {
    emit_.use_pair(at, value, a, b);
  }
  const uint32_t r = emit_.cell(Family::table_set, Op{}, pack_hi32(a.slot, b.slot, table_place(index)));
  Record& record = emit_.record(r);
  record.a = a.cls;
  record.b = b.cls;
  record.local_a = a.local;
  record.local_b = b.local;
  record.flags = table_flags(index);
}

void Translator::cold_access(Op op, const MemArg& arg) {
  Immediates imm;
  imm.memarg = arg;
  cold(op, imm);
}

// ---- select, constants, slot cells ----

void Translator::select() {
  Entry condition = emit_.pop(), b = emit_.pop(), a = emit_.pop();
  emit_.put_in_slot(condition);
  uint32_t left = emit_.slot_of(a), right = emit_.slot_of(b);
  if (a.type() == ValKind::v128) {
    uint32_t chosen = emit_.slot_of(condition), slot = emit_.next_slot(), near = emit_.near_dest(slot);
    emit_.raw(op_select128, pack16(left, right, chosen, near));
    emit_.settle_dest(near, slot, a.type());
    return emit_.push_temp(a.type());
  }
  Operand c = emit_.use(condition);
  uint32_t r = emit_.cell(Family::select, Op{}, pack16(left, right, c.slot, 0));
  emit_.record(r).b = c.cls;
  emit_.record(r).local_b = c.local;
  emit_.push_result(r, a.type());
}

void Translator::slots(Op op, const Immediates& imm) {
  const OpInfo& row = info(op);
  uint32_t fields[3] = {};
  Entry operands[3];
  size_t count = row.sig.params.size();
  for (size_t i = count; i-- > 0;) operands[i] = emit_.pop();
  for (size_t i = 0; i < count; ++i) fields[i] = emit_.slot_of(operands[i]);
  ValKind type = kind_of_letter(row.sig.results[0]);
  uint32_t slot = emit_.next_slot(), near = emit_.near_dest(slot);
  emit_.raw(slot_handler(op), pack16(fields[0], fields[1], fields[2], near));
  if (row.shape == Shape::shuffle) {
    Word halves[2];
    std::memcpy(halves, imm.bytes.data(), 16);
    emit_.word(halves[0]);
    emit_.word(halves[1]);
  } else if (row.imm == Imm::lane) {
    emit_.word(imm.lane);
  }
  emit_.settle_dest(near, slot, type);
  emit_.push_temp(type);
}

// ---- cold cells ----

void Translator::cold_cell(const void* function, uint32_t pops, std::span<const ValKind> pushes,
                           std::span<const Word> imm) {
  emit_.materialize(emit_.height() - pops);
  uint32_t base = pops ? emit_.entry(emit_.height() - pops).slot() : emit_.next_slot();
  uint32_t operand_slots = emit_.next_slot() - base;
  emit_.truncate(emit_.height() - pops);
  emit_.raw(op_cold, static_cast<Word>(base) | static_cast<Word>(3 + imm.size()) << 32 |
                         static_cast<Word>(operand_slots) << 48);
  emit_.word(reinterpret_cast<Word>(function));
  for (Word w : imm) emit_.word(w);
  emit_.clobber();
  for (ValKind kind : pushes) emit_.push_temp(kind);
  emit_.touch(base + operand_slots + 2);
}

void Translator::cold(Op op, const Immediates& imm) {
  pushes_.clear();
  imm_words_.clear();
  uint32_t pops = cold_signature(op, imm, pushes_);
  cold_immediates(op, imm, imm_words_);
  cold_cell(reinterpret_cast<const void*>(cold_op(op)), pops, pushes_, imm_words_);
}

// How many values it takes; the kinds of those it leaves go to `pushes`.
uint32_t Translator::cold_signature(Op op, const Immediates& imm, std::vector<ValKind>& pushes) const {
  const OpInfo& row = info(op);
  const syntax::Module& syntax = module_->syntax;
  auto result = [&](ValKind kind) { pushes.push_back(kind); };
  auto table_addr = [&](uint32_t table) { return addr_kind(syntax.tables[table].type.addr64); };
  auto field = [&](uint32_t type, uint32_t i) { return def(TypeIdx{type}).fields[i].type.unpacked().kind(); };
  if (row.sig.fixed) {
    for (char letter : row.sig.results) {
      uint32_t memory = row.imm == Imm::mem ? imm.index : imm.memarg.memory.raw;
      result(letter == 'm' ? addr_kind(syntax.memories[memory].addr64) : kind_of_letter(letter));
    }
    return static_cast<uint32_t>(row.sig.params.size());
  }
  switch (op) {
    case Op::table_size: result(table_addr(imm.index)); return 0;
    case Op::table_grow: result(table_addr(imm.index)); return 2;
    case Op::table_fill:
    case Op::table_init:
    case Op::table_copy:
    case Op::memory_copy: return 3;
    case Op::ref_is_null: result(ValKind::i32); return 1;
    case Op::ref_test:
    case Op::ref_test_null: result(ValKind::i32); return 1;
    case Op::ref_as_non_null:
    case Op::ref_cast:
    case Op::ref_cast_null:
    case Op::any_convert_extern:
    case Op::extern_convert_any:
    case Op::ref_get_desc: result(ValKind::ref); return 1;
    case Op::ref_cast_desc_eq:
    case Op::ref_cast_desc_eq_null: result(ValKind::ref); return 2;
    case Op::struct_new: result(ValKind::ref); return static_cast<uint32_t>(def(TypeIdx{imm.index}).fields.size());
    case Op::struct_new_desc:
      result(ValKind::ref);
      return static_cast<uint32_t>(def(TypeIdx{imm.index}).fields.size()) + 1;
    case Op::struct_new_default: result(ValKind::ref); return 0;
    case Op::struct_new_default_desc: result(ValKind::ref); return 1;
    case Op::struct_get:
    case Op::struct_get_s:
    case Op::struct_get_u: result(field(imm.index, imm.index2)); return 1;
    case Op::struct_set: return 2;
    case Op::array_new: result(ValKind::ref); return 2;
    case Op::array_new_default: result(ValKind::ref); return 1;
    case Op::array_new_fixed: result(ValKind::ref); return imm.count;
    case Op::array_new_data:
    case Op::array_new_elem: result(ValKind::ref); return 2;
    case Op::array_get:
    case Op::array_get_s:
    case Op::array_get_u: result(field(imm.index, 0)); return 2;
    case Op::array_set: return 3;
    case Op::array_fill: return 4;
    case Op::array_copy: return 5;
    default: return 4;  // array.init_data, array.init_elem
  }
}

// As cold.h says: one word each, in binary order; types canonical.
void Translator::cold_immediates(Op op, const Immediates& imm, std::vector<Word>& words) const {
  auto heap = [&](HeapType type, bool nullable) {
    words.push_back(canonical(type, module_->info.types.ids()).bits());
    words.push_back(nullable);
  };
  switch (info(op).imm) {
    case Imm::none:
    case Imm::zero: return;
    case Imm::type: return words.push_back(id(imm.index));
    case Imm::type_field:
    case Imm::type_data:
    case Imm::type_elem: words.push_back(id(imm.index)); return words.push_back(imm.index2);
    case Imm::type_count: words.push_back(id(imm.index)); return words.push_back(imm.count);
    case Imm::type_type: words.push_back(id(imm.index)); return words.push_back(id(imm.index2));
    case Imm::heap:
    case Imm::cast: return heap(imm.heap, false);
    case Imm::cast_null: return heap(imm.heap, true);
    case Imm::memarg:
    case Imm::memarg_lane:
      words.push_back(imm.memarg.memory.raw);
      words.push_back(imm.memarg.offset);
      if (info(op).imm == Imm::memarg_lane) words.push_back(imm.lane);
      return;
    case Imm::mem_mem:
    case Imm::data_mem:
    case Imm::elem_table:
    case Imm::table_table: words.push_back(imm.index); return words.push_back(imm.index2);
    default: return words.push_back(imm.index);
  }
}

}  // namespace heddle::interp
