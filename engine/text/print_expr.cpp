// The walk, then the immediates by kind. A label is written as its identifier, else as its number with the number of
// the block it belongs to in a comment beside.
#include "text/print_expr.h"

#include <cstring>
#include <utility>

namespace heddle::text {
namespace {

using namespace syntax;

// Signatures beyond this many types are left to the type they refer to; each use of a type costs three bytes, and
// text has to stay linear.
constexpr size_t kInlineSignature = 8;

bool opens(const OpInfo& row) { return row.imm == Imm::block || row.imm == Imm::try_table; }

bool divides(Op op) { return op == Op::else_ || op == Op::catch_ || op == Op::catch_all; }

bool closes(Op op) { return op == Op::end || op == Op::delegate; }

// One instruction and its `end`, and the instruction opens no block?
bool is_single(const Expr& expr) {
  Reader in(expr.bytes);
  auto op = read_op(in);
  if (!op.ok() || opens(info(op.value())) || closes(op.value()) || divides(op.value())) return false;
  return read_immediates(in, info(op.value())).ok() && in.remaining() == 1 && op_of_byte(in.peek()) == Op::end;
}

}  // namespace

void ExprPrinter::lines(const Expr& expr, size_t depth) {
  one_line_ = false;
  depth_ = depth;
  sequence(expr);
}

void ExprPrinter::flat(const Expr& expr) {
  one_line_ = true;
  sequence(expr);
}

void ExprPrinter::folded(const Expr& expr, std::string_view keyword) {
  out_.put(" (");
  if (is_single(expr)) {
    size_t start = out_.text().size();
    flat(expr);
    out_.text().erase(start, 1);  // the space before the only instruction
  } else {
    out_.put(keyword);
    flat(expr);
  }
  out_.put(")");
}

void ExprPrinter::sequence(const Expr& expr) {
  Reader in(expr.bytes, expr.offset);
  labels_.assign(1, {});
  innermost_.clear();
  while (!in.at_end()) {
    uint32_t at = in.offset();
    auto op = read_op(in);
    if (!op.ok()) return malformed(op.error(), in.remaining());
    auto immediates = read_immediates(in, info(op.value()));
    if (!immediates.ok()) return malformed(immediates.error(), in.remaining());
    if (closes(op.value())) {
      if (labels_.size() == 1) {
        if (op.value() == Op::end && in.at_end()) return;
        return malformed(Error{ErrorCode::section_size_mismatch, at}, in.remaining());
      }
      pop_label();
    }
    separate(op.value(), at);
    instruction(op.value(), immediates.value());
  }
  malformed(in.fail(ErrorCode::end_expected), 0);
}

// Goes to where the instruction is to stand, its branch hint before it.
void ExprPrinter::separate(Op op, uint32_t at) {
  if (one_line_) {
    out_.put(" ");
    return;
  }
  size_t depth = depth_ + labels_.size() - 1;
  if (divides(op) && labels_.size() > 1) --depth;
  if (next_hint_ < body_.hints.size() && body_.hints[next_hint_].offset == at - body_.entry_offset) {
    out_.line(depth);
    out_.put(body_.hints[next_hint_].likely ? "(@metadata.code.branch_hint \"\\01\")"
                                            : "(@metadata.code.branch_hint \"\\00\")");
    ++next_hint_;
  }
  out_.line(depth);
}

void ExprPrinter::instruction(Op op, Immediates& value) {
  out_.put(info(op).text);
  if (opens(info(op))) return open_label(op, value.block, value);
  immediates(op, value);
}

void ExprPrinter::open_label(Op op, const BlockType& type, Immediates& value) {
  std::string id;
  if (body_.labels) {
    auto named = body_.labels->find(next_label_);
    if (named != body_.labels->end()) id = identifier(named->second);
  }
  ++next_label_;
  if (!id.empty()) out_.put(" ").append(id);
  block_type(type);
  if (info(op).imm == Imm::try_table) catches(value);
  if (id.empty() && !one_line_ && out_.comments()) {
    out_.put("  ;; label = @");
    out_.number(labels_.size());
  }
  push_label(std::move(id));
}

void ExprPrinter::push_label(std::string id) {
  Label label{std::move(id), kNothing};
  if (!label.id.empty()) {
    auto [at, fresh] = innermost_.try_emplace(label.id, labels_.size());
    if (!fresh) label.hidden = std::exchange(at->second, labels_.size());
  }
  labels_.push_back(std::move(label));
}

void ExprPrinter::pop_label() {
  const Label& label = labels_.back();
  if (label.hidden != kNothing) {
    innermost_[label.id] = label.hidden;
  } else if (!label.id.empty()) {
    innermost_.erase(label.id);
  }
  labels_.pop_back();
}

void ExprPrinter::malformed(const Error& error, size_t bytes_left) {
  out_.put(" (; malformed at offset ");
  out_.number(error.offset);
  out_.put(": ").append(text_of(error.code));
  if (bytes_left > 0) {
    out_.put(", ");
    out_.number(bytes_left);
    out_.put(" bytes left out");
  }
  out_.put(" ;)");
}

// --- immediates

void ExprPrinter::immediates(Op op, Immediates& value) {
  Imm kind = info(op).imm;
  switch (kind) {
    case Imm::none:
    case Imm::zero: return;
    case Imm::label: return label(value.index);
    case Imm::func:
    case Imm::type:
    case Imm::local:
    case Imm::global:
    case Imm::table:
    case Imm::tag:
    case Imm::data:
    case Imm::elem:
    case Imm::elem_table:
    case Imm::table_table:
    case Imm::type_table:
    case Imm::type_field:
    case Imm::type_count:
    case Imm::type_data:
    case Imm::type_elem:
    case Imm::type_type:
    case Imm::type_tag: return indices(kind, value);
    case Imm::memarg:
    case Imm::memarg_lane:
    case Imm::mem:
    case Imm::mem_mem:
    case Imm::data_mem: return memory_immediates(op, kind, value);
    case Imm::i32:
    case Imm::i64:
    case Imm::f32:
    case Imm::f64:
    case Imm::v128:
    case Imm::lane:
    case Imm::lanes16: return constant(kind, value);
    case Imm::heap: return out_.heap_type(value.heap);
    case Imm::cast:
    case Imm::cast_null: return out_.ref_type(kind == Imm::cast_null, value.heap);
    case Imm::br_cast:
      label(value.index);
      out_.ref_type(value.nullable, value.heap);
      return out_.ref_type(value.nullable2, value.heap2);
    case Imm::block:
    case Imm::try_table: return;  // open_label has written them
    case Imm::labels:
    case Imm::select_types:
    case Imm::resume:
    case Imm::resume_throw: return lists(kind, value);
  }
}

void ExprPrinter::indices(Imm kind, const Immediates& value) {
  auto one = [&](IndexSpace space) { out_.ref(space, value.index); };
  auto two = [&](IndexSpace first, IndexSpace second) {
    out_.ref(first, value.index);
    out_.ref(second, value.index2);
  };
  switch (kind) {
    case Imm::func: return one(IndexSpace::func);
    case Imm::type: return one(IndexSpace::type);
    case Imm::global: return one(IndexSpace::global);
    case Imm::table: return one(IndexSpace::table);
    case Imm::tag: return one(IndexSpace::tag);
    case Imm::data: return one(IndexSpace::data);
    case Imm::elem: return one(IndexSpace::elem);
    case Imm::local: return out_.ref(body_.locals, value.index);
    case Imm::table_table: return two(IndexSpace::table, IndexSpace::table);
    case Imm::type_data: return two(IndexSpace::type, IndexSpace::data);
    case Imm::type_elem: return two(IndexSpace::type, IndexSpace::elem);
    case Imm::type_type: return two(IndexSpace::type, IndexSpace::type);
    case Imm::type_tag: return two(IndexSpace::type, IndexSpace::tag);
    case Imm::elem_table:  // the text has the table first
      out_.ref(IndexSpace::table, value.index2);
      return out_.ref(IndexSpace::elem, value.index);
    case Imm::type_table:
      if (value.index2 != 0) out_.ref(IndexSpace::table, value.index2);
      return out_.type_use(value.index, kInlineSignature);
    case Imm::type_field: one(IndexSpace::type); return out_.field_ref(value.index, value.index2);
    case Imm::type_count:
      one(IndexSpace::type);
      out_.put(" ");
      return out_.number(value.count);
    default: return;
  }
}

void ExprPrinter::memory_immediates(Op op, Imm kind, const Immediates& value) {
  switch (kind) {
    case Imm::memarg: return memarg(op, value.memarg);
    case Imm::memarg_lane:
      memarg(op, value.memarg);
      out_.put(" ");
      return out_.number(value.lane);
    case Imm::mem: return memory_unless_0(value.index);
    case Imm::data_mem:  // the text has the memory first
      memory_unless_0(value.index2);
      return out_.ref(IndexSpace::data, value.index);
    default:
      if (value.index == 0 && value.index2 == 0) return;
      out_.ref(IndexSpace::memory, value.index);
      return out_.ref(IndexSpace::memory, value.index2);
  }
}

void ExprPrinter::memarg(Op op, const MemArg& arg) {
  memory_unless_0(arg.memory.raw);
  if (arg.offset != 0) {
    out_.put(" offset=");
    out_.number(arg.offset);
  }
  if (arg.align_log2 != access_log2(op)) {
    out_.put(" align=");
    out_.number(uint64_t{1} << arg.align_log2);
  }
}

void ExprPrinter::constant(Imm kind, const Immediates& value) {
  std::string& text = out_.put(" ");
  switch (kind) {
    case Imm::i32:
    case Imm::i64: return append_signed(text, static_cast<int64_t>(value.bits));
    case Imm::f32: return append_f32(text, static_cast<uint32_t>(value.bits));
    case Imm::f64: return append_f64(text, value.bits);
    case Imm::lane: return append_number(text, value.lane);
    case Imm::v128:
      text += "i32x4";
      for (size_t lane = 0; lane < 16; lane += 4) {
        uint32_t bits;
        std::memcpy(&bits, value.bytes.data() + lane, 4);
        text += " 0x";
        for (int shift = 28; shift >= 0; shift -= 4) text += "0123456789abcdef"[bits >> shift & 15];
      }
      return;
    default:  // lanes16
      for (size_t lane = 0; lane < 16; ++lane) {
        if (lane) text += ' ';
        append_number(text, value.bytes[lane]);
      }
      return;
  }
}

void ExprPrinter::lists(Imm kind, Immediates& value) {
  switch (kind) {
    case Imm::labels:
      for (uint32_t i = 0; i < value.count; ++i) label(read_label(value.list).value());
      return label(value.index);
    case Imm::select_types:
      out_.put(" (result");
      for (uint32_t i = 0; i < value.count; ++i) out_.val_type(read_val_type(value.list).value());
      out_.put(")");
      return;
    case Imm::resume_throw:
      out_.ref(IndexSpace::type, value.index);
      out_.ref(IndexSpace::tag, value.index2);
      return handlers(value);
    default:  // resume
      out_.ref(IndexSpace::type, value.index);
      return handlers(value);
  }
}

void ExprPrinter::label(uint32_t index) {
  if (index >= labels_.size()) {
    out_.put(" ");
    return out_.number(index);
  }
  size_t target = labels_.size() - 1 - index;
  if (const std::string& id = labels_[target].id; !id.empty() && innermost_.at(id) == target) {
    out_.put(" ").append(id);
    return;
  }
  out_.put(" ");
  out_.number(index);
  if (one_line_ || !out_.comments()) return;
  out_.put(" (;@");
  out_.number(target);
  out_.put(";)");
}

void ExprPrinter::block_type(const BlockType& type) {
  switch (type.kind) {
    case BlockType::Kind::empty: return;
    case BlockType::Kind::value:
      out_.put(" (result");
      out_.val_type(type.value);
      out_.put(")");
      return;
    case BlockType::Kind::type: return out_.type_use(type.type.raw, kInlineSignature);
  }
}

void ExprPrinter::catches(Immediates& value) {
  constexpr std::string_view kWords[] = {" (catch", " (catch_ref", " (catch_all", " (catch_all_ref"};
  for (uint32_t i = 0; i < value.count; ++i) {
    CatchClause clause = read_catch(value.list).value();
    out_.put(kWords[static_cast<size_t>(clause.kind)]);
    if (clause.has_tag()) out_.ref(IndexSpace::tag, clause.tag.raw);
    label(clause.label);
    out_.put(")");
  }
}

void ExprPrinter::handlers(Immediates& value) {
  for (uint32_t i = 0; i < value.count; ++i) {
    Handler handler = read_handler(value.list).value();
    out_.put(" (on");
    out_.ref(IndexSpace::tag, handler.tag.raw);
    if (handler.switches) {
      out_.put(" switch");
    } else {
      label(handler.label);
    }
    out_.put(")");
  }
}

}  // namespace heddle::text
