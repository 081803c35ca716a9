// Structured control (spec 3.4.2): blocks, branches, calls, and exceptions in both handlings.
#include <algorithm>

#include "syntax/limits.h"
#include "valid/body.h"

namespace heddle::valid {

// --- frames

Result<void> BodyChecker::push_frame(Op op, const BlockSig& sig) {
  std::vector<Frame>& frames = scratch_.frames;
  if (frames.size() > limits::kControlDepth) {
    return context_.fail_limit("control depth", frames.size(), limits::kControlDepth);
  }
  Frame f;
  f.op = op;
  f.height = height();
  f.init_height = static_cast<uint32_t>(scratch_.initialized.size());
  f.params = sig.params.data();
  f.param_count = static_cast<uint32_t>(sig.params.size());
  f.value = sig.value;
  f.results_at = sig.value.is_bot() ? sig.results.data() : nullptr;
  f.result_count = sig.value.is_bot() ? static_cast<uint32_t>(sig.results.size()) : 1;
  frames.push_back(f);
  floor_ = sp_;
  info_.control_depth = std::max(info_.control_depth, static_cast<uint32_t>(frames.size()));
  return push(sig.params);
}

Result<void> BodyChecker::leave_frame() {
  Frame& f = frame();
  TRY(pop(results_of(f)));
  if (sp_ != floor_) {
    sp_ += f.result_count;  // they are still there
    return fail_stack("block requires ", results_of(f), sp_ - floor_);
  }
  undo_locals(f.init_height);
  return {};
}

void BodyChecker::undo_locals(uint32_t to) {
  std::vector<uint32_t>& log = scratch_.initialized;
  for (; log.size() > to; log.pop_back()) scratch_.locals[log.back()] |= kUnset;
}

Result<const Frame*> BodyChecker::label(uint32_t depth) const {
  if (depth < scratch_.frames.size()) return &scratch_.frames[scratch_.frames.size() - 1 - depth];
  return context_.fail_index(ErrorCode::unknown_label, depth);
}

Result<BodyChecker::BlockSig> BodyChecker::read_block_sig() {
  BlockType type = TRY(read_block_type(in_));
  switch (type.kind) {
    case BlockType::Kind::empty: return BlockSig{};
    case BlockType::Kind::value: return BlockSig{{}, {}, TRY(context_.val_type(type.value))};
    case BlockType::Kind::type: break;
  }
  const DefType* func = TRY(context_.type(type.type.raw, CompKind::func));
  return BlockSig{func->params, func->results, {}};
}

Result<void> BodyChecker::open_block(Op op, const BlockSig& sig) {
  TRY(pop(sig.params));
  return push_frame(op, sig);
}

Result<void> BodyChecker::next_part(Op op) {
  TRY(leave_frame());
  frame().op = op;
  frame().unreachable = false;
  return {};
}

Result<void> BodyChecker::check_block() { return open_block(Op::block, TRY(read_block_sig())); }

Result<void> BodyChecker::check_loop() {
  info_.has_loops = true;
  return open_block(Op::loop, TRY(read_block_sig()));
}

Result<void> BodyChecker::check_if_() {
  BlockSig sig = TRY(read_block_sig());
  TRY(pop(kI32));
  return open_block(Op::if_, sig);
}

Result<void> BodyChecker::check_else_() {
  if (frame().op != Op::if_) return context_.fail(ErrorCode::end_expected);
  TRY(next_part(Op::else_));
  return push(params_of(frame()));
}

Result<void> BodyChecker::check_end() {
  const Frame f = frame();
  if (f.op == Op::if_ && !context_.registry.matches(params_of(f), results_of(f))) {  // what a missing else would do
    return context_.fail_types(context_.show(results_of(f)), context_.show(params_of(f)) + " from the missing else");
  }
  TRY(leave_frame());
  scratch_.frames.pop_back();
  if (scratch_.frames.empty()) return {};
  floor_ = scratch_.stack.get() + frame().height;
  return push(results_of(f));
}

Result<void> BodyChecker::check_unreachable() {
  set_unreachable();
  return {};
}

// --- branches

Result<void> BodyChecker::check_br() {
  TRY(pop(TRY(label())));
  set_unreachable();
  return {};
}

Result<void> BodyChecker::check_br_if() {
  std::span<const ValType> types = TRY(label());
  TRY(pop(kI32));
  TRY(pop(types));
  return push(types);
}

Result<void> BodyChecker::check_br_table() {
  uint32_t count = TRY(in_.count());
  if (count > limits::kBrTableTargets) return context_.fail_limit("br_table targets", count, limits::kBrTableTargets);
  TRY(pop(kI32));
  std::span<const ValType> types;          // of the label before
  for (uint32_t i = 0; i <= count; ++i) {  // the default label comes last
    std::span<const ValType> next = TRY(label());
    if (next.data() == types.data() && next.size() == types.size()) continue;  // blocks of one type share its list
    if (i > 0 && next.size() != types.size()) {
      return context_.fail_types(std::to_string(types.size()) + " values as for the label before",
                                 context_.show(next));
    }
    types = next;
    uint32_t* const sp = sp_;
    TRY(pop(types));  // look only: every label sees the same operands
    sp_ = sp;
  }
  set_unreachable();
  return {};
}

Result<void> BodyChecker::check_return_() {
  TRY(pop(results_of(scratch_.frames.front())));
  set_unreachable();
  return {};
}

Result<void> BodyChecker::check_br_on_null() {
  std::span<const ValType> types = TRY(label());
  ValType ref = TRY(pop_ref());
  TRY(pop(types));
  TRY(push(types));
  push(ref.as_nullable(false));
  return {};
}

Result<void> BodyChecker::check_br_on_non_null() {
  std::span<const ValType> types = TRY(label());
  if (types.empty() || !types.back().is_ref()) {
    return context_.fail_types("a reference as the label's last type", context_.show(types));
  }
  std::span<const ValType> others = types.first(types.size() - 1);
  TRY(pop(types.back().as_nullable(true)));
  TRY(pop(others));
  return push(others);
}

// --- calls

Result<void> BodyChecker::check_call(const DefType& type) {
  info_.has_calls = true;
  TRY(pop(type.params));
  return push(type.results);
}

Result<void> BodyChecker::check_return_call(const DefType& type) {
  info_.has_calls = true;
  std::span<const ValType> results = results_of(scratch_.frames.front());
  if (!context_.registry.matches(type.results, results)) {
    return context_.fail_types(context_.show(results), context_.show(type.results) + " from the callee");
  }
  TRY(pop(type.params));
  set_unreachable();
  return {};
}

// The type and the table of an indirect call; its operand is popped.
Result<const DefType*> BodyChecker::callee_of_table() {
  uint32_t type_index = TRY(in_.u32());
  const TableType& table = *TRY(context_.table(TRY(in_.u32())));
  const DefType* type = TRY(context_.type(type_index, CompKind::func));
  if (!context_.matches(table.elem, kFuncRef)) {
    return context_.fail_types("a table of functions", context_.show(table.elem));
  }
  TRY(pop(addr_type(table.addr64)));
  return type;
}

Result<void> BodyChecker::check_call() { return check_call(*TRY(context_.func(TRY(in_.u32())))); }
Result<void> BodyChecker::check_call_indirect() { return check_call(*TRY(callee_of_table())); }
Result<void> BodyChecker::check_return_call() { return check_return_call(*TRY(context_.func(TRY(in_.u32())))); }
Result<void> BodyChecker::check_return_call_indirect() { return check_return_call(*TRY(callee_of_table())); }

Result<void> BodyChecker::check_call_ref() {
  const DefType& type = *TRY(read_type(CompKind::func));
  TRY(pop(nullable(type)));
  return check_call(type);
}

Result<void> BodyChecker::check_return_call_ref() {
  const DefType& type = *TRY(read_type(CompKind::func));
  TRY(pop(nullable(type)));
  return check_return_call(type);
}

// --- exceptions

Result<void> BodyChecker::check_throw_() {
  const DefType& tag = *TRY(context_.tag(TRY(in_.u32())));
  TRY(pop(tag.params));
  set_unreachable();
  return {};
}

Result<void> BodyChecker::check_throw_ref() {
  TRY(pop(kExnRef));
  set_unreachable();
  return {};
}

Result<void> BodyChecker::check_try_table() {
  BlockSig sig = TRY(read_block_sig());
  uint32_t count = TRY(in_.count());
  for (uint32_t i = 0; i < count; ++i) TRY(check_catch(TRY(read_catch(in_))));
  return open_block(Op::try_table, sig);
}

// What the clause delivers is what its label, outside the block, takes.
Result<void> BodyChecker::check_catch(const CatchClause& clause) {
  std::span<const ValType> params;
  if (clause.has_tag()) params = TRY(context_.tag(clause.tag.raw))->params;
  std::span<const ValType> target = label_types(*TRY(label(clause.label)));
  ValType exn = ValType::ref(HeapKind::exn, false);
  bool fits = target.size() == params.size() + clause.has_ref();
  fits = fits && context_.registry.matches(params, target.first(params.size()));
  fits = fits && (!clause.has_ref() || context_.matches(exn, target.back()));
  if (fits) return {};
  std::string found = context_.show(params);
  if (clause.has_ref()) found += " and " + context_.show(exn);
  return context_.fail_types(context_.show(target), found + " from the catch clause");
}

Result<void> BodyChecker::check_try_() { return open_block(Op::try_, TRY(read_block_sig())); }

Result<void> BodyChecker::check_catch_() {
  uint32_t tag_index = TRY(in_.u32());
  if (frame().op != Op::try_ && frame().op != Op::catch_) return context_.fail(ErrorCode::end_expected);
  const DefType& tag = *TRY(context_.tag(tag_index));
  TRY(next_part(Op::catch_));
  return push(tag.params);
}

Result<void> BodyChecker::check_catch_all() {
  if (frame().op != Op::try_ && frame().op != Op::catch_) return context_.fail(ErrorCode::end_expected);
  return next_part(Op::catch_all);
}

// Ends a try without handlers. The label counts from outside of it.
Result<void> BodyChecker::check_delegate() {
  uint32_t depth = TRY(in_.u32());
  const Frame f = frame();
  if (f.op != Op::try_) return context_.fail(ErrorCode::end_expected);
  TRY(leave_frame());
  scratch_.frames.pop_back();
  floor_ = scratch_.stack.get() + frame().height;
  TRY(label(depth));
  return push(results_of(f));
}

Result<void> BodyChecker::check_rethrow() {
  const Frame* target = TRY(label(TRY(in_.u32())));
  if (target->op != Op::catch_ && target->op != Op::catch_all) return context_.fail(ErrorCode::invalid_rethrow_label);
  set_unreachable();
  return {};
}

}  // namespace heddle::valid
