// Calls, tail calls, exceptions and continuations in the translator. Their operands lie in consecutive slots.
#include "exec/interp/translate.h"

namespace heddle::interp {

// The arguments are in their slots and leave the symbolic stack; where they start.
uint32_t Translator::place_arguments(const DefType& type) {
  auto count = static_cast<uint32_t>(type.params.size());
  emit_.materialize(emit_.height() - count);
  uint32_t base = count ? emit_.entry(emit_.height() - count).slot() : emit_.next_slot();
  emit_.truncate(emit_.height() - count);
  emit_.touch(base + std::max(type.param_slots, type.result_slots));
  return base;
}

void Translator::push_call_results(const DefType& type) {
  uint32_t record = emit_.last_index();
  emit_.clobber();
  bool in_acc = type.results.size() == 1 && emit_.is_int(type.results[0].kind());
  if (in_acc) {
    emit_.push_temp(type.results[0].kind(), record);
    emit_.result_in_acc(record);
  } else {
    push_types(type.results);
  }
}

void Translator::call(uint32_t func, bool tail_call) {
  const syntax::Module& syntax = module_->syntax;
  const DefType& type = def(syntax.funcs[func]);
  bool imported = func < syntax.imported_funcs;
  Word target = imported ? Word{module_->layout.func_imports + func * uint32_t{sizeof(rt::FuncRef*)}}
                         : reinterpret_cast<Word>(&module_->code[func - syntax.imported_funcs]);
  uint32_t base = place_arguments(type);
  if (tail_call) return tail(imported ? op_tail_call_import : op_tail_call, type, base, target);
  emit_.call_cell(imported ? op_call_import : op_call, base, target);
  push_call_results(type);
}

void Translator::call_indirect(TypeId type, uint32_t table, bool tail_call) {
  const DefType& def = (*registry_)[type];
  Entry index = emit_.pop();
  uint32_t base = place_arguments(def);
  Word target = type | static_cast<Word>(table) << 32;
  if (table > kMaxNearTable) {
    // The cell has no room for a slot: the index is behind the arguments.
    emit_.move_to(index, index.slot());
    if (tail_call) return tail(op_tail_call_indirect_far, def, base, target);
    emit_.call_cell(op_call_indirect_far, base, target);
    return push_call_results(def);
  }
  target |= static_cast<Word>(emit_.slot_of(index)) << 48;
  if (tail_call) return tail(op_tail_call_indirect, def, base, target);
  emit_.call_cell(op_call_indirect, base, target);
  push_call_results(def);
}

void Translator::call_ref(TypeId type, bool tail_call) {
  const DefType& def = (*registry_)[type];
  Entry reference = emit_.pop();
  uint32_t base = place_arguments(def);
  Word target = static_cast<Word>(emit_.slot_of(reference)) << 48;
  if (tail_call) return tail(op_tail_call_ref, def, base, target);
  emit_.call_cell(op_call_ref, base, target);
  push_call_results(def);
}

void Translator::tail(Handler handler, const DefType& type, uint32_t base, Word target) {
  emit_.raw(handler, pack32(base, type.param_slots));
  emit_.word(target);
  emit_.word(function_->link);
  die();
}

// ---- exceptions ----

void Translator::throw_(uint32_t tag) {
  uint32_t base = place_arguments(def(module_->syntax.tags[tag]));
  emit_.raw(op_throw, pack32(base, tag));
  die();
}

void Translator::rethrow(uint32_t depth) {
  emit_.raw(op_throw_ref, label(depth).exception);
  die();
}

// try (legacy) and try_table. The labels of clauses are counted from outside the block.
void Translator::try_table(const Immediates& imm) {
  auto outside = static_cast<uint32_t>(controls_.size());
  bool legacy = imm.list.at_end() && imm.count == 0;
  enter(Block::try_table, imm.block);
  controls_.back().pending = static_cast<uint32_t>(pending_.size());
  if (legacy) return;
  Reader clauses = imm.list;
  for (uint32_t i = 0; i < imm.count; ++i) {
    CatchClause clause = read_catch(clauses).value();
    uint32_t target = outside - 1 - clause.label;
    CatchEntry entry{
        .kind = static_cast<CatchEntry::Kind>(clause.kind), .tag = clause.tag.raw, .slot = controls_[target].slot};
    pending_.push_back({entry, target});
  }
}

void Translator::add_catch(CatchEntry entry, uint32_t label_control) {
  function_->catches.push_back(entry);
  auto index = static_cast<uint32_t>(function_->catches.size() - 1);
  if (label_control != kNone) aim(controls_[label_control], index, 0, FixKind::catch_);
}

// The body of the innermost block, a try_table, ends here.
void Translator::end_try(const Control& c) {
  const uint32_t first = c.pending, begin = c.start;
  auto depth = static_cast<uint32_t>(controls_.size() - 1);
  for (uint32_t i = first; i < pending_.size(); ++i) {
    CatchEntry entry = pending_[i].entry;
    entry.begin = begin;
    entry.end = emit_.here();
    entry.depth = depth;
    add_catch(entry, pending_[i].label);
  }
  pending_.resize(first);
}

// A legacy catch: the exception is kept below the arguments while its arm runs.
void Translator::catch_(uint32_t tag, bool all) {
  Control& c = controls_.back();
  if (c.body_end == kNone) c.body_end = emit_.here();
  if (live_) {
    settle_results(c);
    branch_to(c);
  }
  emit_.truncate(c.height);
  emit_.boundary();
  add_catch({.begin = c.start,
             .end = c.body_end,
             .kind = all ? CatchEntry::Kind::catch_all : CatchEntry::Kind::catch_,
             .tag = tag,
             .target = emit_.here(),
             .slot = c.slot,
             .keep_exception = true,
             .depth = static_cast<uint32_t>(controls_.size() - 1)},
            kNone);
  c.kind = Block::catch_;
  c.exception = c.slot;
  live_ = true;
  emit_.push_temp(ValKind::ref);
  if (!all) push_types(def(module_->syntax.tags[tag]).params);
  new_block();
}

// Ends a legacy try: what its body throws is as if thrown at the label, counted from outside.
void Translator::delegate(uint32_t depth) {
  auto self = static_cast<uint32_t>(controls_.size() - 1);
  const Control& c = controls_.back();
  add_catch({.begin = c.start,
             .end = emit_.here(),
             .kind = CatchEntry::Kind::delegate,
             .depth = self,
             .delegate_depth = self - 1 - depth},
            kNone);
  end();
}

// ---- continuations ----

// What a resume cell names: its resumption and, above that, the slots of its arguments.
Word Translator::resumption(const Immediates& imm, uint32_t arg_slots, uint32_t tag) {
  auto first = static_cast<uint32_t>(function_->handlers.size());
  Reader list = imm.list;
  for (uint32_t i = 0; i < imm.count; ++i) {
    heddle::Handler clause = read_handler(list).value();
    ResumeHandler entry{.switches = clause.switches, .tag = clause.tag.raw};
    if (!clause.switches) entry.slot = label(clause.label).slot;
    function_->handlers.push_back(entry);
    if (!clause.switches) aim(label(clause.label), first + i, 0, FixKind::handler);
  }
  function_->resumptions.push_back({.first = first, .count = imm.count, .tag = tag});
  return pack32(static_cast<uint32_t>(function_->resumptions.size() - 1), arg_slots);
}

// Operands: arguments, then the continuation (or the exception and the continuation). Every one of these may leave
// the fiber and come back, like a call.
void Translator::continuation(Op op, const Immediates& imm) {
  emit_.flush_locals();
  auto take = [&](uint32_t count) {
    emit_.materialize(emit_.height() - count);
    uint32_t base = count ? emit_.entry(emit_.height() - count).slot() : emit_.next_slot();
    emit_.truncate(emit_.height() - count);
    return base;
  };
  auto count_of = [](const auto& list) { return static_cast<uint32_t>(list.size()); };
  auto cont_func = [&](uint32_t type) -> const DefType& { return (*registry_)[def(TypeIdx{type}).cont]; };
  auto finish = [&](Handler handler, uint32_t base, Word word, std::span<const ValType> results) {
    emit_.call_cell(handler, base, word);
    emit_.clobber();
    push_types(results);
    emit_.touch(emit_.next_slot() + 1);
    emit_.boundary();
    new_block();
  };
  switch (op) {
    case Op::cont_new: {
      const ValType ref[] = {ValType::ref(HeapKind::cont, false)};
      return finish(op_cont_new, take(1), id(imm.index), ref);
    }
    case Op::cont_bind: {
      const DefType& from = cont_func(imm.index);
      const DefType& to = cont_func(imm.index2);
      uint32_t bound = count_of(from.params) - count_of(to.params);
      uint32_t base = take(bound + 1);
      const ValType ref[] = {ValType::ref(HeapKind::cont, false)};
      return finish(op_cont_bind, base, pack32(id(imm.index2), from.param_slots - to.param_slots), ref);
    }
    case Op::suspend: {
      const DefType& tag = def(module_->syntax.tags[imm.index]);
      uint32_t base = take(count_of(tag.params));
      return finish(op_suspend, base, pack32(imm.index, tag.param_slots), tag.results);
    }
    case Op::resume: {
      const DefType& func = cont_func(imm.index);
      uint32_t base = take(count_of(func.params) + 1);
      return finish(op_resume, base, resumption(imm, func.param_slots), func.results);
    }
    case Op::resume_throw: {
      const DefType& func = cont_func(imm.index);
      const DefType& tag = def(module_->syntax.tags[imm.index2]);
      uint32_t base = take(count_of(tag.params) + 1);
      return finish(op_resume_throw, base, resumption(imm, tag.param_slots, imm.index2), func.results);
    }
    case Op::resume_throw_ref: {
      const DefType& func = cont_func(imm.index);
      uint32_t base = take(2);
      return finish(op_resume_throw_ref, base, resumption(imm, 1), func.results);
    }
    default: {  // switch
      const DefType& func = cont_func(imm.index);
      uint32_t base = take(count_of(func.params));
      // What comes back are the parameters of the continuation that the callee is given last.
      const DefType& back = (*registry_)[(*registry_)[func.params.back().heap().index()].cont];
      uint32_t slots = func.param_slots - 1, live = std::max(slots + 1, back.param_slots);
      return finish(op_switch, base, pack32(imm.index2, slots | live << 16), back.params);
    }
  }
}

}  // namespace heddle::interp
