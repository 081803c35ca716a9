// The emitter: see emitter.h for the idea.
#include "exec/interp/emitter.h"

#include <algorithm>

namespace heddle::interp {

namespace {

bool result_is_float(const Record& r) {
  switch (r.family) {
    case Family::fbin:
    case Family::load_lane:
    case Family::vbin:
    case Family::vshift:
    case Family::vtern:
    case Family::vsplat:
    case Family::vreplace:
    case Family::vshuffle:
    case Family::vconst: return true;
    case Family::un:
    case Family::fun:
    case Family::load:
    case Family::load_index:
    case Family::load_far:
    case Family::struct_get:
    case Family::array_get:
    case Family::vun:
    case Family::vextract: return !is_int_letter(info(r.op).sig.results[0]);
    default: return false;
  }
}

// Families whose result may be redirected to a local: they have variants for pinned destinations, or never meet one.
bool redirectable(const Record& r) {
  if (r.kept) return false;
  switch (r.family) {
    case Family::bin:
    case Family::div_by:
    case Family::un:
    case Family::fbin:
    case Family::fun:
    case Family::load:
    case Family::load_index:
    case Family::select:
    case Family::global_get:
    case Family::table_get:
    case Family::memory_size:
    case Family::ref_un:
    case Family::ref_cast:
    case Family::struct_get:
    case Family::array_get:
    case Family::object_new:
    case Family::load_lane:
    case Family::vbin:
    case Family::vshift:
    case Family::vtern:
    case Family::vsplat:
    case Family::vextract:
    case Family::vreplace:
    case Family::vshuffle:
    case Family::vconst: return r.dest == kToSlot;
    case Family::vun: return r.dest == kToSlot && result_is_float(r);
    default: return false;
  }
}

}  // namespace

void Emitter::start(const rt::Module& module, Function& function, std::vector<Origin>* origins) {
  module_ = &module;
  origins_ = origins;
  function_ = &function;
  words_.clear();
  records_.clear();
  stack_.clear();
  locals_.clear();
  calls_.clear();
  flushed_ = region_ = last_end_ = 0;
  lifted_ = wide_ = false;
  max_slot = 0;
  loop_weight = 1;
  clobber();
}

void Emitter::add_local(ValKind type, uint32_t slot) { locals_.push_back({.slot = slot, .type = type}); }

void Emitter::shift_locals(uint32_t from, uint32_t by) {
  for (LocalInfo& l : locals_) {
    if (l.slot >= from) l.slot += by;
  }
}

void Emitter::set_temps(uint32_t base, uint32_t scratch) {
  temps_ = base;
  scratch_ = scratch;
  wide_ = scratch != kNone;
  touch(base);
}

// ---- the stack ----

void Emitter::truncate(uint32_t height) {
  while (this->height() > height) pop();
}

// Entry `i` stands for its local no more; all higher ones of the same local are gone already.
void Emitter::unlink(uint32_t i) {
  Entry& e = stack_[i];
  HEDDLE_ASSERT(locals_[e.local()].top == i + 1);
  locals_[e.local()].top = e.below();
}

void Emitter::materialize_one(uint32_t i) {
  Entry& e = stack_[i];
  if (e.is_temp()) return;
  move_to(e, e.slot());
  if (e.is_local()) unlink(i);
  e.become_temp(kNone);
}

void Emitter::flush_locals() {
  for (uint32_t i = height(); i-- > flushed_;) {
    if (stack_[i].is_local()) materialize_one(i);
  }
  flushed_ = height();
}

void Emitter::materialize(uint32_t from) {
  for (uint32_t i = height(); i-- > from;) materialize_one(i);
}

void Emitter::settle_before(Entry& condition, uint32_t from) {
  for (uint32_t i = from; i < height(); ++i) {
    if (stack_[i].is_temp() && stack_[i].cell() != kNone) records_[stack_[i].cell()].kept = true;
  }
  bool pending = false;
  for (uint32_t i = std::min(flushed_, from); i < height() && !pending; ++i) {
    pending = stack_[i].is_local() || (i >= from && !stack_[i].is_temp());
  }
  if (!pending) {
    flushed_ = height();
    return;
  }
  bool comparison =
      condition.is_temp() && is_last(condition.cell()) &&
      (records_[condition.cell()].family == Family::rel || records_[condition.cell()].family == Family::frel);
  if (!comparison) {
    // The condition may be in the accumulator or stand for a local; moves disturb neither.
    materialize(from);
    flush_locals();
    return;
  }
  condition.become_temp(ahead_of_last([&] {
    materialize(from);
    flush_locals();
  }));
}

// Emits cells in front of the last one, which does not see them: they are moves to slots it does not read. Its new
// record.
template <class Emit>
uint32_t Emitter::ahead_of_last(Emit emit) {
  Record saved = records_.back();
  const uint32_t before = saved.at;
  lifted_words_.assign(words_.begin() + before, words_.end());
  words_.resize(before);
  records_.pop_back();
  lifted_ = true;
  emit();
  lifted_ = false;
  saved.at = here();
  words_.insert(words_.end(), lifted_words_.begin(), lifted_words_.end());
  auto index = static_cast<uint32_t>(records_.size());
  records_.push_back(saved);
  last_end_ = here();
  (result_is_float(saved) ? vec_cell_ : acc_cell_) = index;
  move_origins(before, saved.at);
  return index;
}

// The last cell has moved from `from` to `to`; what is in front of it now belongs to the current instruction.
void Emitter::move_origins(uint32_t from, uint32_t to) {
  if (!origins_ || from == to) return;
  size_t first = origins_->size();
  while (first != 0 && (*origins_)[first - 1].word > from) (*origins_)[--first].word = from;
  const uint32_t current = origins_->back().offset;
  const uint32_t moved = first != 0 ? (*origins_)[first - 1].offset : current;
  origins_->push_back({to, moved});
  origins_->push_back({here(), current});
}

void Emitter::claim_origin(uint32_t at) {
  if (!origins_) return;
  for (size_t i = origins_->size(); i != 0 && (*origins_)[i - 1].word > at; --i) (*origins_)[i - 1].word = at;
}

// ---- operands ----

Operand Emitter::operand(const Entry& e, bool consume) {
  bool in_vec = !is_int(e.type());
  uint32_t cell = in_vec ? vec_cell_ : acc_cell_, local = in_vec ? vec_local_ : acc_local_;
  bool registers = !lifted_;
  if (e.is_temp()) {
    if (registers && e.cell() != kNone && e.cell() >= region_ && e.cell() == cell) {
      Record& r = records_[cell];
      if (consume && r.dest == kToSlot && r.local_dest == kNone && !r.kept) r.dest = kNowhere;
      return {.cls = kAcc};
    }
    return in_slot(e);
  }
  HEDDLE_ASSERT(e.is_local());
  count_use(e.local());
  if (registers && local == e.local()) return {.cls = kAcc};
  return in_slot(e);
}

Operand Emitter::in_slot(const Entry& e) {
  const uint32_t slot = e.is_local() ? locals_[e.local()].slot : e.slot();
  const uint32_t near = near_source(slot, slots_of(e.type()));
  return {.cls = kSlot, .slot = near, .local = e.is_local() && near == slot ? e.local() : kNone};
}

Operand Emitter::use(const Entry& e) { return operand(e, true); }
Operand Emitter::peek(const Entry& e) { return operand(e, false); }

void Emitter::use_pair(const Entry& a, const Entry& b, Operand& left, Operand& right) {
  left = use(a);
  right = use(b);
  if (left.cls != kAcc || right.cls != kAcc || is_int(a.type()) != is_int(b.type())) return;
  // The accumulator holds a local: one of the two is that local and is read from its slot.
  (b.is_local() ? right : left) = in_slot(b.is_local() ? b : a);
}

// A temporary in a register is nowhere else once it is used; a local is in its slot as well.
void Emitter::use_all(std::span<const Entry> entries, std::span<Operand> operands) {
  bool taken[2] = {};
  for (Entry::Kind kind : {Entry::Kind::temp, Entry::Kind::local}) {
    for (size_t i = 0; i < entries.size(); ++i) {
      if (entries[i].kind() != kind) continue;
      operands[i] = use(entries[i]);
      if (operands[i].cls != kAcc) continue;
      if (taken[is_int(entries[i].type())]) operands[i] = in_slot(entries[i]);
      taken[is_int(entries[i].type())] = true;
    }
  }
}

uint32_t Emitter::near_dest(uint32_t slot) { return slot + 1 <= 0xffff ? slot : next_scratch(); }

void Emitter::settle_dest(uint32_t near, uint32_t slot, ValKind type) {
  if (near == slot) return;
  raw(op_mov_wide, pack32(near, slot));
  word(slots_of(type));
}

// Slots beyond 16 bits are copied to a scratch slot first; functions with so many are rare. What is emitted ahead of
// the last cell leaves those alone that it reads.
uint32_t Emitter::near_source(uint32_t slot, uint32_t slots) {
  if (slot + slots <= 0xffff) return slot;
  uint32_t near = lifted_ ? scratch_ : next_scratch();
  raw(op_mov_wide, pack32(slot, near));
  word(slots);
  return near;
}

void Emitter::put_in_slot(Entry& e) {
  if (!e.is_constant()) return;
  touch(e.slot() + 1);
  move_to(e, e.slot());
  e.become_temp(kNone);
}

uint32_t Emitter::slot_of(Entry& e) {
  put_in_slot(e);
  if (e.is_local()) {
    count_use(e.local());
    return near_source(locals_[e.local()].slot, slots_of(e.type()));
  }
  return near_source(e.slot(), slots_of(e.type()));
}

// ---- cells ----

uint32_t Emitter::call_cell(Handler handler, uint32_t delta, Word target) {
  auto index = static_cast<uint32_t>(records_.size());
  records_.push_back({.at = here()});
  calls_.push_back(here() + 1);
  raw(handler, delta);
  word(target);
  last_end_ = here();
  return index;
}

unsigned Emitter::dest_field(const Record& r) {
  switch (r.family) {
    case Family::bin:
    case Family::rel:
    case Family::load_index:
    case Family::trap_bin: return r.b == kImm ? 1 : 2;
    case Family::fbin:
    case Family::frel:
    case Family::array_get:
    case Family::load_lane:
    case Family::vbin:
    case Family::vshift:
    case Family::vreplace:
    case Family::vshuffle: return 2;
    case Family::select:
    case Family::vtern: return 3;
    case Family::global_get:
    case Family::memory_size:
    case Family::object_new:
    case Family::array_new: return 0;
    default: return 1;  // un, fun, load, mov
  }
}

void Emitter::patch_dest(uint32_t r, uint32_t slot) {
  HEDDLE_ASSERT(slot <= 0xffff);
  Word& w = words_[records_[r].at + 1];
  unsigned shift = dest_field(records_[r]) * 16;
  w = (w & ~(Word{0xffff} << shift)) | static_cast<Word>(slot) << shift;
}

// The last cell is a branch on what the one before has added to a local: both become one. Its record.
uint32_t Emitter::join_step(uint32_t branch) {
  if (branch == region_) return branch;
  Record& step = records_[branch - 1];
  Record test = records_[branch];
  if (step.family != Family::bin || step.b != kImm || step.a != kSlot || step.at + 2 != test.at) return branch;
  if (!facts(step.op).is_add || step.local_dest == kNone || step.local_a != step.local_dest) return branch;
  if (info(step.op).sig.params != info(test.op).sig.params) return branch;
  Word& operands = words_[test.at + 1];
  if (test.a != kAcc) {
    if (test.b != kAcc) return branch;
    std::swap(test.a, test.b);
    test.local_b = test.local_a;
    operands = pack16(0, static_cast<uint32_t>(operands), 0, 0);
    test.op = mirrored(test.op);
  }
  const auto amount = static_cast<int32_t>(words_[step.at + 1] >> 32);
  words_[step.at + 1] =
      pack16(static_cast<uint32_t>(words_[step.at + 1]), static_cast<uint32_t>(operands >> 16), 0, 0);
  words_[step.at + 2] = static_cast<Word>(static_cast<int64_t>(amount));
  words_.pop_back();
  step.family = Family::step_branch;
  step.op = test.op;
  step.b = test.b;
  step.local_b = test.local_b;
  step.dest = kNowhere;
  step.local_dest = kNone;
  claim_origin(step.at);
  records_.pop_back();
  last_end_ = here();
  return branch - 1;
}

void Emitter::push_result(uint32_t r, ValKind type) {
  Record& record = records_[r];
  record.dest = kToSlot;
  uint32_t slot = next_slot();
  uint32_t near = near_dest(slot);
  patch_dest(r, near);
  if (result_is_float(record)) {
    vec_cell_ = r;
    vec_local_ = kNone;
  } else {
    acc_cell_ = r;
    acc_local_ = kNone;
  }
  push_temp(type, near == slot ? r : kNone);
  settle_dest(near, slot, type);
}

void Emitter::forget_local(uint32_t local) {
  if (acc_local_ == local) acc_local_ = kNone;
  if (vec_local_ == local) vec_local_ = kNone;
}

bool Emitter::can_redirect(const Entry& e) const {
  return e.is_temp() && is_last(e.cell()) && redirectable(records_[e.cell()]);
}

void Emitter::move(Operand from, ValKind type, uint32_t slot, uint32_t local) {
  if (slot + slots_of(type) > 0xffff) {
    HEDDLE_ASSERT(wide_);
    uint32_t near = from.slot;
    if (from.cls != kSlot) {
      near = scratch_;
      move(from, type, near, kNone);
    }
    raw(op_mov_wide, pack32(near, slot));
    word(slots_of(type));
    return;
  }
  if (from.cls == kAcc && !is_int(type)) {
    uint32_t r = cell(Family::fmov, Op{}, pack16(0, slot, 0, 0));
    records_[r].flags = type == ValKind::v128 ? kFlagVector : type == ValKind::f64 ? kFlagDouble : kFlagNone;
    return;
  }
  if (type == ValKind::v128) {
    raw(op_mov128, pack16(from.slot, slot, 0, 0));
    return;
  }
  if (from.cls == kSlot && local == kNone && joins_last_move(kSlot)) {
    Word& w = words_[records_.back().at + 1];
    w |= pack16(0, 0, from.slot, slot);
    make_raw(records_.back(), op_mov2);
    return;
  }
  uint32_t r = cell(Family::mov, Op{}, pack16(from.slot, slot, 0, 0));
  records_[r].a = from.cls;
  records_[r].local_a = from.local;
  records_[r].dest = kToSlot;
  records_[r].local_dest = local;
}

// Two moves in a row become one cell, where neither is to a local that might be pinned.
bool Emitter::joins_last_move(uint8_t cls) const {
  if (records_.empty() || !is_last(last_index())) return false;
  const Record& r = records_.back();
  return r.family == Family::mov && r.a == cls && r.local_dest == kNone && r.flags == kFlagNone;
}

void Emitter::make_raw(Record& r, Handler handler) {
  r.family = Family::raw;
  words_[r.at] = reinterpret_cast<Word>(handler);
}

// A constant of at most 32 bits into a near slot. An i32's slot has zeros above it, an i64's copies of the sign.
void Emitter::move_short(const Entry& e, uint32_t slot, uint32_t local) {
  auto imm = static_cast<uint32_t>(e.bits());
  uint8_t flags = e.type() == ValKind::i32 && imm >> 31 ? kFlagZeroExtend : kFlagNone;
  if (local == kNone && flags == kFlagNone && joins_last_move(kImm)) {
    Record& first = records_.back();
    Word& w = words_[first.at + 1];
    Word both = w >> 32 | static_cast<Word>(imm) << 32;
    w = pack16(static_cast<uint32_t>(w >> 16), slot, 0, 0);
    make_raw(first, op_mov2_imm);
    word(both);
    last_end_ = here();
    return;
  }
  uint32_t r = cell(Family::mov, Op{}, pack_hi32(0, slot, imm));
  records_[r].a = kImm;
  records_[r].dest = kToSlot;
  records_[r].local_dest = local;
  records_[r].flags = flags;
}

// A copy; what the entry stands for stays where it is.
void Emitter::move_to(const Entry& e, uint32_t slot) {
  if (e.is_constant()) {
    if (fits32(e) && slot <= 0xffff) return move_short(e, slot, kNone);
    uint32_t near = slot <= 0xffff ? slot : scratch_;
    raw(op_const64, near);
    word(e.bits());
    if (near != slot) {
      raw(op_mov_wide, pack32(near, slot));
      word(1);
    }
    return;
  }
  if (e.is_temp() && e.slot() == slot) return;
  move(peek(e), e.type(), slot, kNone);
}

void Emitter::set_local(uint32_t local) {
  Entry e = pop();
  LocalInfo& info = locals_[local];
  uint32_t slot = info.slot;
  count_use(local);
  bool near = slot + 1 <= 0xffff;
  if (can_redirect(e) && near) {
    if (info.top != 0) {
      // Earlier reads of the local that are still on the stack take its old value, ahead of the cell.
      e.become_temp(ahead_of_last([&] {
        while (info.top != 0) materialize_one(info.top - 1);
      }));
    }
    patch_dest(e.cell(), slot);
    records_[e.cell()].local_dest = local;
    forget_local(local);
    if (result_is_float(records_[e.cell()])) {
      vec_local_ = local;
    } else if (is_int(info.type)) {
      acc_local_ = local;
    }
    return;
  }
  while (info.top != 0) materialize_one(info.top - 1);
  if (e.is_local() && e.local() == local) return;
  if (e.is_constant()) {
    if (near && fits32(e)) {
      move_short(e, slot, local);
      return forget_local(local);
    }
    put_in_slot(e);
  }
  Operand from = use(e);
  move(from, e.type(), slot, local);
  forget_local(local);
  if (from.cls == kAcc) (is_int(info.type) ? acc_local_ : vec_local_) = local;
}

// ---- the end: pins and handlers ----

void Emitter::resolve(Record& r, uint32_t pin0, uint32_t pin1) {
  auto pinned = [&](uint8_t& cls, uint32_t local, uint8_t first) {
    if (cls != kSlot || local == kNone) return;
    if (local == pin0) cls = first;
    if (local == pin1) cls = static_cast<uint8_t>(first + 1);
  };
  if (r.family != Family::trap_bin) {
    pinned(r.a, r.local_a, kPin0);
    pinned(r.b, r.local_b, kPin0);
  }
  if (r.dest == kToSlot && r.local_dest != kNone) {
    if (r.local_dest == pin0) r.dest = kToPin0;
    if (r.local_dest == pin1) r.dest = kToPin1;
  }
  bool turns = (r.family == Family::bin && facts(r.op).commutes) || r.family == Family::rel ||
               r.family == Family::branch || r.family == Family::load_index;
  if (turns && r.b != kImm && !in_order(r.a, r.b)) {
    std::swap(r.a, r.b);
    Word& w = words_[r.at + 1];
    w = (w & ~Word{0xffffffff}) | (w >> 16 & 0xffff) | (w & 0xffff) << 16;
    if (r.family == Family::rel || r.family == Family::branch) r.op = mirrored(r.op);
  }
  Handler handler = pick(r.family, r.op, r.a, r.b, r.dest, r.flags);
  HEDDLE_ASSERT(handler != nullptr);
  words_[r.at] = reinterpret_cast<Word>(handler);
}

void Emitter::finish() {
  uint32_t pins[2] = {kNone, kNone};
  for (uint32_t i = 0; i < locals_.size(); ++i) {
    const LocalInfo& l = locals_[i];
    if (!is_int(l.type) || l.slot > 0xffff || l.uses < 2) continue;
    if (pins[0] == kNone || l.uses > locals_[pins[0]].uses) {
      pins[1] = pins[0];
      pins[0] = i;
    } else if (pins[1] == kNone || l.uses > locals_[pins[1]].uses) {
      pins[1] = i;
    }
  }
  uint32_t slots[2];
  for (int i = 0; i < 2; ++i) {
    slots[i] = pins[i] == kNone ? 0 : locals_[pins[i]].slot;
    function_->pinned[i] = slots[i];
  }
  for (Record& r : records_) {
    if (r.family != Family::raw) resolve(r, pins[0], pins[1]);
  }
  Word field = static_cast<Word>(slots[0]) << 32 | static_cast<Word>(slots[1]) << 48;
  for (uint32_t at : calls_) words_[at] |= field;
  words_[2] |= field;  // of the entry cell
}

}  // namespace heddle::interp
