// The walk over a body, and structured control: blocks, branches, merges.
#include "exec/interp/translate.h"

#include <algorithm>

namespace heddle::interp {

namespace {
constexpr uint32_t kWideSlots = 60000;  // frames beyond this use scratch slots to reach what 16 bits cannot

// What the walk does with an operator: what occurs most is one jump away.
enum class Step : uint8_t {
  local_get,
  local_set,
  local_tee,
  global,
  constant,
  load,
  store,
  bin,
  float_bin,
  un,
  block,
  loop,
  end,
  br,
  br_if,
  call,
  control,  // everything else with a shape of control
  other,
};

constexpr Step named_step(Op op) {
  switch (op) {
    case Op::local_get: return Step::local_get;
    case Op::local_set: return Step::local_set;
    case Op::local_tee: return Step::local_tee;
    case Op::block: return Step::block;
    case Op::loop: return Step::loop;
    case Op::end: return Step::end;
    case Op::br: return Step::br;
    case Op::br_if: return Step::br_if;
    case Op::call: return Step::call;
    default: return Step::control;
  }
}

constexpr Step step_of(Op op) {
  switch (info(op).shape) {
    case Shape::var: return info(op).imm == Imm::local ? named_step(op) : Step::global;
    case Shape::cnst: return Step::constant;
    case Shape::load: return Step::load;
    case Shape::store: return Step::store;
    case Shape::ctrl:
    case Shape::exn:
    case Shape::cont: return named_step(op);
    default: break;
  }
  switch (family_of(op)) {
    case Family::bin:
    case Family::rel:
    case Family::trap_bin: return Step::bin;
    case Family::fbin:
    case Family::frel: return Step::float_bin;
    case Family::un:
    case Family::fun: return Step::un;
    default: return Step::other;
  }
}

constexpr auto kSteps = [] {
  std::array<Step, kOpCount> steps{};
  for (size_t i = 0; i < kOpCount; ++i) steps[i] = step_of(static_cast<Op>(i));
  return steps;
}();
}  // namespace

void Translator::run(const rt::Module& module, uint32_t defined, Function& function, std::vector<Origin>* origins) {
  module_ = &module;
  config_ = &module.engine->config;
  registry_ = &module.engine->types;
  function_ = &function;
  origins_ = origins;
  const syntax::Code& code = module.syntax.code[defined];
  function.module = &module;
  function.code = &module.code[defined];
  function.index = module.syntax.imported_funcs + defined;
  function.catches.clear();
  function.handlers.clear();
  function.resumptions.clear();
  type_ = &(*registry_)[function.code->type];
  in_ = Reader(code.body.bytes, code.body.offset);
  controls_.clear();
  fixes_.clear();
  pending_.clear();
  emit_.start(module, function, origins);
  live_ = true;

  prologue(*type_);
  while (!controls_.empty()) step();
  function.frame_slots = emit_.max_slot + 2;
  emit_.word_at(1) |= function.frame_slots;
  emit_.finish();
  function.word_count = static_cast<uint32_t>(emit_.words().size());
}

// Lays the frame out and emits the cell that makes it.
void Translator::prologue(const DefType& type) {
  uint32_t slot = 0;
  for (ValType t : type.params) {
    emit_.add_local(t.kind(), slot);
    slot += slots_of(t);
  }
  uint32_t link = std::max(type.param_slots, type.result_slots);
  function_->link = link;
  slot = link + kLinkSlots;
  const uint32_t first_cleared = slot;
  const syntax::Code& code = module_->syntax.code[function_->index - module_->syntax.imported_funcs];
  for (uint32_t run = 0; run < code.run_count; ++run) {
    const syntax::LocalRun& locals = module_->syntax.local_runs[code.first_run + run];
    for (uint32_t i = 0; i < locals.count; ++i) {
      emit_.add_local(locals.type.kind(), slot);
      slot += slots_of(locals.type);
    }
  }
  const uint32_t cleared = slot - first_cleared;
  uint64_t most =
      uint64_t{slot} + module_->bodies[function_->index - module_->syntax.imported_funcs].max_height_slots;
  uint32_t scratch = kNone;
  if (most > kWideSlots) {
    // Scratch slots must be near: they take the place of the first locals, which move up.
    scratch = first_cleared;
    emit_.shift_locals(first_cleared, Emitter::kScratch);
    slot += Emitter::kScratch;
  }
  temps_ = slot;
  emit_.set_temps(slot, scratch);
  emit_.raw(config_->interruptible ? op_enter_poll : op_enter, pack32(0, link));
  emit_.word(scratch == kNone ? cleared : cleared + Emitter::kScratch);
  Control body;
  body.kind = Block::func;
  body.slot = slot;
  controls_.push_back(body);
  emit_.boundary();
  new_block();
}

// A basic block begins: where fuel is metered it pays for itself at its start.
void Translator::new_block() {
  if (!config_->fuel) return;
  emit_.raw(op_fuel, 0);
  fuel_at_ = emit_.here() - 1;
}

// The body is valid: an opcode of one byte needs no check.
Op Translator::next_op() {
  const Op op = op_of_byte(in_.peek());
  if (op == kNoOp) return read_op(in_).value();
  in_.seek(in_.here() + 1);
  return op;
}

void Translator::step() {
  if (!live_) skip_dead();
  if (origins_) origins_->push_back({emit_.here(), in_.offset()});
  const Op op = next_op();
  if (config_->fuel) ++emit_.word_at(fuel_at_);
  switch (kSteps[static_cast<size_t>(op)]) {
    case Step::local_get: return emit_.push_local(in_.u32().value());
    case Step::local_set: return emit_.set_local(in_.u32().value());
    case Step::local_tee: {
      const uint32_t local = in_.u32().value();
      emit_.set_local(local);
      return emit_.push_local(local);
    }
    case Step::global: return global(op, in_.u32().value());
    case Step::constant: return constant(op);
    case Step::load: return load(op, memarg());
    case Step::store: return store(op, memarg());
    case Step::bin: return bin(op, family_of(op));
    case Step::float_bin: return float_bin(op, family_of(op));
    case Step::un: return un(op, family_of(op));
    case Step::block: return enter(Block::block, read_block_type(in_).value());
    case Step::loop: return enter(Block::loop, read_block_type(in_).value());
    case Step::end: return end();
    case Step::br: return br(in_.u32().value());
    case Step::br_if: {
      const uint32_t depth = in_.u32().value();
      return br_if(depth, emit_.pop());
    }
    case Step::call: return call(in_.u32().value(), false);
    case Step::control: return control(op);
    case Step::other: return other(op);
  }
}

// After a branch nothing runs until the block ends or its next arm begins; `in_` is left in front of that.
void Translator::skip_dead() {
  for (uint32_t nested = 0;;) {
    const uint8_t* at = in_.here();
    auto read = read_op(in_);
    HEDDLE_ASSERT(read.ok());
    Op op = read.value();
    switch (op) {
      case Op::block:
      case Op::loop:
      case Op::if_:
      case Op::try_:
      case Op::try_table: ++nested; break;
      case Op::end:
      case Op::delegate:
        if (nested == 0) return in_.seek(at);
        --nested;
        break;
      case Op::else_:
      case Op::catch_:
      case Op::catch_all:
        if (nested == 0) return in_.seek(at);
        break;
      default: break;
    }
    HEDDLE_ASSERT(read_immediates(in_, info(op)).ok());
  }
}

void Translator::control(Op op) {
  const Immediates imm = read_immediates(in_, info(op)).value();
  switch (op) {
    case Op::unreachable: emit_.word(reinterpret_cast<Word>(&op_unreachable)); return die();
    case Op::nop: return;
    case Op::if_: return enter(Block::if_, imm.block);
    case Op::else_: return else_();
    case Op::br_table: return br_table(imm);
    case Op::return_: return return_();
    case Op::return_call: return call(imm.index, true);
    case Op::call_indirect: return call_indirect(id(imm.index), imm.index2, false);
    case Op::return_call_indirect: return call_indirect(id(imm.index), imm.index2, true);
    case Op::call_ref: return call_ref(id(imm.index), false);
    case Op::return_call_ref: return call_ref(id(imm.index), true);
    case Op::drop: emit_.pop(); return;
    case Op::select:
    case Op::select_t: return select();
    case Op::try_:
    case Op::try_table: return try_table(imm);
    case Op::catch_: return catch_(imm.index, false);
    case Op::catch_all: return catch_(0, true);
    case Op::delegate: return delegate(imm.index);
    case Op::throw_: return throw_(imm.index);
    case Op::rethrow: return rethrow(imm.index);
    case Op::throw_ref: {
      Entry e = emit_.pop();
      emit_.raw(op_throw_ref, emit_.slot_of(e));
      return die();
    }
    default: return continuation(op, imm);
  }
}

// What follows cannot be reached.
void Translator::die() {
  live_ = false;
  emit_.truncate(controls_.back().height);
  emit_.boundary();
}

// ---- types of blocks ----

std::span<const ValType> Translator::params(const Control& c) const {
  if (c.kind == Block::func || c.type.kind != BlockType::Kind::type) return {};
  return def(c.type.type).params;
}

std::span<const ValType> Translator::results(const Control& c) const {
  if (c.kind == Block::func) return type_->results;
  switch (c.type.kind) {
    case BlockType::Kind::empty: return {};
    case BlockType::Kind::value: return {&c.type.value, 1};
    case BlockType::Kind::type: break;
  }
  return def(c.type.type).results;
}

std::span<const ValType> Translator::label_types(const Control& c) const {
  return c.kind == Block::loop ? params(c) : results(c);
}

void Translator::push_types(std::span<const ValType> types) {
  for (ValType t : types) emit_.push_temp(t.kind());
}

// ---- blocks ----

void Translator::enter(Block kind, const BlockType& type) {
  Control c;
  c.kind = kind;
  c.type = type;
  auto types = params(c);
  auto count = static_cast<uint32_t>(types.size());
  uint32_t branch = kNone;
  if (kind == Block::if_) {
    Entry condition = emit_.pop();
    emit_.settle_before(condition, emit_.height() - count);
    branch = branch_on(condition, false);
  } else {
    emit_.flush_locals();
    if (kind == Block::loop || kind == Block::try_table) emit_.materialize(emit_.height() - count);
  }
  c.height = emit_.height() - count;
  c.slot = count ? emit_.entry(c.height).slot() : emit_.next_slot();
  if (kind == Block::loop) {
    emit_.boundary();
    c.outer_weight = emit_.loop_weight;
    emit_.loop_weight = std::min<uint64_t>(emit_.loop_weight * 8, uint64_t{1} << 24);
  }
  if (kind == Block::loop || kind == Block::if_) new_block();
  c.start = kind == Block::loop && config_->fuel ? emit_.here() - 2 : emit_.here();
  if (branch != kNone) add_fix(c.else_fix, {.at = branch + 1, .base = branch});
  controls_.push_back(c);
}

void Translator::else_() {
  Control& c = controls_.back();
  if (live_) {
    settle_results(c);
    branch_to(c);
  }
  emit_.truncate(c.height);
  emit_.boundary();
  fix_here(c.else_fix);
  c.kind = Block::else_;
  live_ = true;
  new_block();
  push_types(params(c));
}

void Translator::end() {
  Control c = controls_.back();
  if (c.kind == Block::func) {
    controls_.pop_back();
    bool joined = c.fixes != kNone;
    if (live_ && joined) settle_results(c);
    if (joined) {
      emit_.truncate(0);
      emit_.boundary();
      fix_here(c.fixes);
      push_types(type_->results);
      live_ = true;
      new_block();
    }
    if (live_) {
      controls_.push_back(c);
      return_();
      controls_.pop_back();
    }
    return;
  }
  if (c.kind == Block::try_table) end_try(c);
  bool no_else = c.kind == Block::if_;
  bool joined = c.fixes != kNone || no_else;
  if (live_ && (joined || c.kind == Block::catch_)) settle_results(c);
  if (c.kind == Block::loop) emit_.loop_weight = c.outer_weight;
  controls_.pop_back();
  if (!joined && live_ && c.kind != Block::catch_) return;  // control only falls through: nothing changes
  emit_.truncate(c.height);
  if (!joined && !live_) return;
  emit_.boundary();
  fix_here(c.fixes);
  fix_here(c.else_fix);
  live_ = true;
  push_types(results(c));
  new_block();
}

// The results of an arm that falls through are where branches to its end put theirs.
void Translator::settle_results(const Control& c) {
  auto count = static_cast<uint32_t>(results(c).size());
  if (in_place(c, count)) {
    emit_.materialize(emit_.height() - count);
  } else {
    move_to_label(c, count);
  }
}

// ---- branches ----

// Are the topmost `count` values, once in their slots, where the target wants them?
bool Translator::in_place(const Control& target, uint32_t count) const {
  if (count == 0) return true;
  Emitter& emit = const_cast<Emitter&>(emit_);
  return emit.entry(emit.height() - count).slot() == target.slot;
}

// Copies the topmost values to the target's slots. Those lie no higher than the values' own, so that going upwards
// never overwrites one that is still to be read; locals and constants are not in the way.
void Translator::move_to_label(const Control& target, uint32_t count) {
  uint32_t slot = target.slot;
  for (uint32_t i = emit_.height() - count; i < emit_.height(); ++i) {
    const Entry e = emit_.entry(i);
    emit_.move_to(e, slot);
    slot += Emitter::slots_of(e.type());
  }
}

void Translator::add_fix(uint32_t& list, Fix fix) {
  fix.next = list;
  list = static_cast<uint32_t>(fixes_.size());
  fixes_.push_back(fix);
}

void Translator::resolve_fix(const Fix& fix, uint32_t to) {
  if (fix.kind == FixKind::catch_) {
    function_->catches[fix.at].target = to;
    return;
  }
  if (fix.kind == FixKind::handler) {
    function_->handlers[fix.at].target = to;
    return;
  }
  uint32_t distance = to - fix.base;
  Word& w = emit_.word_at(fix.at);
  w = fix.kind == FixKind::high ? (w & 0xffffffff) | static_cast<Word>(distance) << 32
                                : (w & ~Word{0xffffffff}) | distance;
}

void Translator::fix_here(uint32_t& list) {
  for (uint32_t i = list; i != kNone; i = fixes_[i].next) resolve_fix(fixes_[i], emit_.here());
  list = kNone;
}

void Translator::aim(Control& target, uint32_t at, uint32_t base, FixKind kind) {
  Fix fix{.at = at, .base = base, .kind = kind};
  if (target.kind == Block::loop) {
    resolve_fix(fix, target.start);
  } else {
    add_fix(target.fixes, fix);
  }
}

void Translator::br(uint32_t depth) {
  Control& target = label(depth);
  if (target.kind == Block::func) return return_();
  move_to_label(target, static_cast<uint32_t>(label_types(target).size()));
  branch_to(target);
  die();
}

void Translator::branch_to(Control& target) {
  bool poll = target.kind == Block::loop && config_->interruptible;
  uint32_t at = emit_.here();
  emit_.raw(poll ? op_br_poll : op_br, 0);
  aim(target, at + 1, at, FixKind::high);
}

// Turns the comparison that is the last cell into a branch; kNone where it cannot be.
uint32_t Translator::fuse_branch(const Entry& condition, bool when) {
  if (!condition.is_temp() || !emit_.is_last(condition.cell())) return kNone;
  Record& r = emit_.record(condition.cell());
  if (r.dest != kToSlot || r.local_dest != kNone) return kNone;
  Word& w = emit_.word_at(r.at + 1);
  if (r.family == Family::rel) {
    if (r.b == kImm) {
      auto imm = static_cast<int32_t>(w >> 32);
      if (imm != static_cast<int16_t>(imm)) return kNone;
      w = pack16(static_cast<uint32_t>(w), static_cast<uint32_t>(imm), 0, 0);
    } else {
      w &= 0xffffffff;
    }
    if (!when) r.op = inverted(r.op);
    r.family = Family::branch;
  } else if (r.family == Family::frel) {
    w &= 0xffffffff;
    r.family = Family::fbranch;
    r.flags = when ? kFlagNone : kFlagNegate;
  } else {
    return kNone;
  }
  r.dest = kNowhere;
  emit_.forget_acc();
  return r.family == Family::branch ? emit_.join_step(condition.cell()) : condition.cell();
}

// A branch taken where the condition is (or, for !when, is not) zero. Its target is open.
uint32_t Translator::branch_on(Entry condition, bool when) {
  uint32_t record = fuse_branch(condition, when);
  if (record == kNone) {
    emit_.put_in_slot(condition);
    Operand a = emit_.use(condition);
    record = emit_.cell(Family::branch, test_op('i', when), pack16(a.slot, 0, 0, 0));
    emit_.record(record).a = a.cls;
    emit_.record(record).local_a = a.local;
    emit_.record(record).b = kImm;
  }
  return emit_.record(record).at;
}

// The branch at `at` goes around what brings `count` values to the label, and control with them.
void Translator::branch_over(uint32_t at, Control& target, uint32_t count) {
  move_to_label(target, count);
  branch_to(target);
  resolve_fix({.at = at + 1, .base = at}, emit_.here());
}

void Translator::br_if(uint32_t depth, Entry condition) {
  Control& target = label(depth);
  auto count = static_cast<uint32_t>(label_types(target).size());
  if (in_place(target, count)) {
    emit_.settle_before(condition, emit_.height() - count);
    uint32_t at = branch_on(condition, true);
    if (target.kind == Block::loop && config_->interruptible) emit_.last_record().flags |= kFlagPoll;
    aim(target, at + 1, at, FixKind::high);
  } else {
    uint32_t at = branch_on(condition, false);
    branch_over(at, target, count);
  }
  new_block();
}

// Every target whose values must move gets a stub behind the table that moves them and goes on to the label.
void Translator::br_table(const Immediates& imm) {
  Entry index = emit_.pop();
  auto count = static_cast<uint32_t>(label_types(label(imm.index)).size());
  emit_.settle_before(index, emit_.height() - count);
  emit_.put_in_slot(index);
  Operand a = emit_.use(index);
  uint32_t r = emit_.cell(Family::br_table, Op{}, pack_hi32(a.slot, 0, imm.count));
  emit_.record(r).a = a.cls;
  emit_.record(r).local_a = a.local;
  uint32_t base = emit_.record(r).at, table = emit_.here();
  for (uint32_t i = 0; i < imm.count / 2 + 1; ++i) emit_.word(0);
  emit_.boundary();
  Reader targets = imm.list;
  for (uint32_t i = 0; i <= imm.count; ++i) {
    uint32_t depth = imm.index;
    if (i < imm.count) depth = read_label(targets).value();
    Control& target = label(depth);
    uint32_t at = table + i / 2;
    FixKind half = i % 2 ? FixKind::high : FixKind::low;
    if (in_place(target, count)) {
      aim(target, at, base, half);
      continue;
    }
    if (target.stub == kNone || target.stub < base) {
      target.stub = emit_.here();
      move_to_label(target, count);
      branch_to(target);
    }
    resolve_fix({.at = at, .base = base, .kind = half}, target.stub);
  }
  die();
}

void Translator::return_() {
  auto types = std::span<const ValType>(type_->results);
  auto count = static_cast<uint32_t>(types.size());
  if (count == 0) {
    emit_.raw(op_ret, pack32(0, function_->link));
  } else if (count == 1 && !types[0].is(ValKind::v128)) {
    Entry e = emit_.pop();
    bool is_float = types[0].is(ValKind::f32) || types[0].is(ValKind::f64);
    if (e.is_constant()) {
      uint32_t r = emit_.cell(Family::ret, Op{}, pack_hi32(0, 0, function_->link));
      emit_.record(r).a = kImm;
      emit_.word(e.bits());
    } else {
      Operand a = emit_.use(e);
      uint32_t r = emit_.cell(is_float ? Family::fret : Family::ret, Op{}, pack_hi32(a.slot, 0, function_->link));
      emit_.record(r).a = a.cls;
      emit_.record(r).local_a = is_float ? kNone : a.local;
    }
  } else {
    emit_.materialize(emit_.height() - count);
    emit_.raw(op_ret_many, pack32(emit_.entry(emit_.height() - count).slot(), function_->link));
    emit_.word(type_->result_slots);
  }
  die();
}

}  // namespace heddle::interp
