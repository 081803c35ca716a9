// Instruction sequences (spec 6.5): flat, folded and mixed. The stack of frames says what has been opened; what a
// parenthesis or keyword means depends on the topmost one. A folded instruction is encoded where it is read and, when
// operands follow, moved aside until they have been.
#include "syntax/limits.h"
#include "text/parser.h"

namespace heddle::text {
namespace {

constexpr uint32_t kLabelScope = static_cast<uint32_t>(Space::label);

bool opens_block(Op op) { return info(op).imm == Imm::block || info(op).imm == Imm::try_table; }

// Keywords that are opcodes but not instructions: they part or close a block.
bool is_delimiter(Op op) {
  return op == Op::else_ || op == Op::end || op == Op::catch_ || op == Op::catch_all || op == Op::delegate;
}

bool is_list(Frame::Kind kind) {
  return kind == Frame::Kind::list || kind == Frame::Kind::block || kind == Frame::Kind::folded_block ||
         kind == Frame::Kind::clause;
}

}  // namespace

void Parser::begin_expr() {
  code_.clear();
  code_base_ = next_code_offset_;
}

Result<syntax::Expr> Parser::end_expr() {
  implicit_end();
  if (code_.size() > limits::kModuleBytes - next_code_offset_) {
    return in_.fail(ErrorCode::limit_exceeded, in_.peek(), "more than 1 GiB of instructions");
  }
  next_code_offset_ += static_cast<uint32_t>(code_.size());
  return syntax::Expr{keep(code_), code_base_};
}

Result<syntax::Expr> Parser::expr() {
  begin_expr();
  label_symbols_.clear();
  label_count_ = 0;
  Frame frame;
  frame.token = in_.index();
  push_frame(frame);
  push_label(0);
  TRY(instructions());
  return end_expr();
}

Result<syntax::Expr> Parser::folded_expr() {
  begin_expr();
  label_symbols_.clear();
  label_count_ = 0;
  push_label(0);
  TRY(open_paren());
  TRY(instructions());
  pop_label();
  return end_expr();
}

Result<void> Parser::instructions() {
  while (!frames_.empty()) TRY(step());
  return {};
}

Result<void> Parser::step() {
  const Token& token = in_.peek();
  if (token.kind == Tok::lparen) return open_paren();
  if (token.kind == Tok::rparen) return close_paren();
  const Frame& frame = frames_.back();
  if (token.kind == Tok::keyword && token.word.is_op() && is_list(frame.kind)) return plain(token.word.op());
  switch (frame.kind) {
    case Frame::Kind::block: return in_.unexpected("an instruction or `end`");
    case Frame::Kind::folded_op: return in_.unexpected("a folded instruction or `)`");
    case Frame::Kind::folded_if: return in_.unexpected("a folded instruction, `(then` or `(else`");
    case Frame::Kind::folded_try: return in_.unexpected("`(do`, `(catch`, `(catch_all` or `(delegate`");
    case Frame::Kind::list:
    case Frame::Kind::folded_block:
    case Frame::Kind::clause: break;
  }
  return in_.unexpected("an instruction");
}

// --- labels --------------------------------------------------------------------------------------------------

void Parser::push_label(uint32_t id_token) {
  Label label;
  if (id_token != 0) {
    label.named = true;
    label.name = id_name(in_.token(id_token));
    auto depth = static_cast<uint32_t>(labels_.size());
    label.shadowed = label_symbols_.set(kLabelScope, label.name, depth).value_or(kOutOfScope);
    if (func_) result_.names.labels[*func_][label_count_ - 1] = label.name;
  }
  labels_.push_back(label);
}

void Parser::pop_label() {
  const Label& label = labels_.back();
  if (label.named) label_symbols_.set(kLabelScope, label.name, label.shadowed);
  labels_.pop_back();
}

Result<uint32_t> Parser::label() {
  if (in_.at(Tok::nat)) return in_.nat32();
  const Token& id = in_.peek();
  if (id.kind != Tok::id) return in_.unexpected("a label");
  auto found = label_symbols_.find(kLabelScope, id_name(id));
  if (!found || *found == kOutOfScope) {
    return unknown_id(id, kLabelScope, label_symbols_, "label", ErrorCode::unknown_symbol_label);
  }
  in_.skip();
  return static_cast<uint32_t>(labels_.size() - 1 - *found);
}

// An identifier behind else or end repeats the block's.
Result<void> Parser::check_label_id() {
  if (!in_.at(Tok::id)) return {};
  const Frame& frame = frames_.back();
  std::string here, there;
  tokens_.append_decoded(in_.peek(), here);
  if (frame.id_token != 0) tokens_.append_decoded(in_.token(frame.id_token), there);
  if (frame.id_token == 0 || here != there) {
    return in_.fail(ErrorCode::mismatching_label, in_.peek(),
                    frame.id_token == 0 ? "the block has none" : "the block's is " + show_id(there));
  }
  in_.skip();
  return {};
}

// --- places --------------------------------------------------------------------------------------------------

// The branch hint that stands before this token.
Result<Frame::Hint> Parser::hint(uint32_t token) {
  if (notes_.empty()) return Frame::Hint::none;
  Annotation* note = notes_.find(Annotation::Kind::branch_hint, token);
  if (!note) return Frame::Hint::none;
  constexpr ErrorCode kCode = ErrorCode::branch_hint_annotation;
  std::string value;
  for (uint32_t i = 0; i < note->item_count; ++i) {
    const Token& item = tokens_.items[note->first_item + i];
    if (item.kind != Tok::string) return notes_.fail(kCode, item.offset, "unexpected token");
    tokens_.append_decoded(item, value);
  }
  if (value.size() != 1 || static_cast<uint8_t>(value[0]) > 1) {
    return notes_.fail(kCode, note->offset, "invalid hint value");
  }
  note->used = true;
  if (Annotation* second = notes_.find(Annotation::Kind::branch_hint, token)) {
    return notes_.fail(kCode, second->offset, "duplicate annotation");
  }
  return value[0] ? Frame::Hint::likely : Frame::Hint::unlikely;
}

Result<void> Parser::mark(const Frame& frame, size_t position) {
  auto at = static_cast<uint32_t>(position);
  result_.points.push_back({code_base_ + at, in_.token(frame.token).offset});
  if (frame.hint == Frame::Hint::none) return {};
  if (frame.op != Op::if_ && frame.op != Op::br_if) {
    return in_.fail(ErrorCode::branch_hint_target, in_.token(frame.token));
  }
  if (func_) hints_.push_back({locals_bytes_ + at, frame.hint == Frame::Hint::likely});
  return {};
}

// The end of what a parenthesis closes.
void Parser::implicit_end() {
  result_.points.push_back({code_base_ + static_cast<uint32_t>(code_.size()), in_.peek().offset});
  emit(Op::end);
}

// --- flat instructions ---------------------------------------------------------------------------------------

Result<void> Parser::plain(Op op) {
  if (op == Op::end) return end_block();
  if (op == Op::delegate) return delegate_block();
  if (is_delimiter(op)) return part(op);
  TRY(need(info(op).since, in_.peek()));
  if (opens_block(op)) return plain_block(op);
  Frame here;
  here.op = op;
  here.token = in_.index();
  here.hint = TRY(hint(here.token));
  in_.skip();
  TRY(mark(here));
  return instruction(op);
}

Result<void> Parser::plain_block(Op op) {
  Frame frame;
  frame.kind = Frame::Kind::block;
  frame.op = op;
  frame.token = in_.index();
  frame.hint = TRY(hint(frame.token));
  in_.skip();
  TRY(mark(frame));
  ++label_count_;
  if (in_.at(Tok::id)) {
    frame.id_token = in_.index();
    in_.skip();
  }
  TRY(block_head(op));
  push_label(frame.id_token);
  push_frame(frame);
  return {};
}

// else, catch, catch_all: the next part of the block.
Result<void> Parser::part(Op op) {
  Frame& frame = frames_.back();
  bool fits = frame.kind == Frame::Kind::block &&
              (op == Op::else_ ? frame.op == Op::if_ : frame.op == Op::try_ || frame.op == Op::catch_);
  if (!fits) return in_.unexpected("an instruction");
  Frame here;
  here.op = op;
  here.token = in_.index();
  TRY(mark(here));
  in_.skip();
  frame.op = op;
  if (op == Op::catch_) return one_index(op, Space::tag, false);
  emit(op);
  return op == Op::else_ ? check_label_id() : Result<void>();
}

Result<void> Parser::end_block() {
  if (frames_.back().kind != Frame::Kind::block) return in_.unexpected("an instruction or `)`");
  Frame here;
  here.op = Op::end;
  here.token = in_.index();
  TRY(mark(here));
  in_.skip();
  TRY(check_label_id());
  emit(Op::end);
  pop_label();
  frames_.pop_back();
  return {};
}

// try ... delegate l: closes the block; the label is one outside it.
Result<void> Parser::delegate_block() {
  const Frame& frame = frames_.back();
  if (frame.kind != Frame::Kind::block || frame.op != Op::try_) return in_.unexpected("an instruction");
  Frame here;
  here.op = Op::delegate;
  here.token = in_.index();
  TRY(mark(here));
  in_.skip();
  pop_label();
  frames_.pop_back();
  return instruction(Op::delegate);
}

// --- blocks --------------------------------------------------------------------------------------------------

Result<void> Parser::block_head(Op op) {
  const Token& at = in_.peek();
  const uint32_t start = place();
  std::optional<uint32_t> type;
  if (in_.take_open(Word::type)) {
    type = TRY(index(Space::type));
    TRY(in_.close());
  }
  TRY(signature(false));
  if (type && (!params_.empty() || !results_.empty())) TRY(check_signature(*type, at));
  bool value = !type && params_.empty() && results_.size() == 1;
  bool empty = !type && params_.empty() && results_.empty();
  if (!type && !value && !empty) type = inline_type(start);
  emit(op);
  if (empty) {
    out_.byte(kEmptyBlockCode);
  } else if (value) {
    out_.val_type(results_[0]);
  } else {
    out_.s33(*type);
  }
  return op == Op::try_table ? catch_clauses() : Result<void>();
}

// Their labels are those outside the block.
Result<void> Parser::catch_clauses() {
  constexpr Keyword kClauses[] = {Keyword(Op::catch_), Word::catch_ref, Keyword(Op::catch_all), Word::catch_all_ref};
  clauses_.clear();
  binary::Writer out(clauses_);
  uint32_t count = 0;
  auto clause = [&]() -> std::optional<uint8_t> {
    for (size_t kind = 0; kind < std::size(kClauses); ++kind) {
      if (in_.take_open(kClauses[kind])) return static_cast<uint8_t>(kind);
    }
    return std::nullopt;
  };
  while (auto kind = clause()) {
    ++count;
    out.byte(*kind);
    if (*kind < 2) out.u32(TRY(index(Space::tag)));
    out.u32(TRY(label()));
    TRY(in_.close());
  }
  out_.u32(count);
  out_.bytes(clauses_);
  return {};
}

// --- folded instructions -------------------------------------------------------------------------------------

Result<void> Parser::open_paren() {
  if (!frames_.empty()) {
    Frame::Kind kind = frames_.back().kind;
    if (kind == Frame::Kind::folded_try) return try_clause();
    if (kind == Frame::Kind::folded_if) {
      Keyword word = in_.peek(1).word;
      if (word.is(Word::then) || word.is(Op::else_)) return if_clause();
      if (frames_.back().op != Op::if_) return in_.unexpected("`)`");
    }
  }
  return folded();
}

Result<void> Parser::folded() {
  Frame frame;
  frame.token = in_.index();
  const Token& token = in_.peek(1);
  if (token.kind != Tok::keyword || !token.word.is_op() || is_delimiter(token.word.op())) {
    return in_.unexpected(token, "an instruction");
  }
  Op op = frame.op = token.word.op();
  TRY(need(info(op).since, token));
  frame.hint = TRY(hint(frame.token));
  in_.skip(2);
  if (opens_block(op)) return folded_block(op, frame);
  size_t start = code_.size();
  TRY(instruction(op));
  if (in_.at(Tok::rparen)) {
    in_.skip();
    return mark(frame, start);
  }
  frame.kind = Frame::Kind::folded_op;
  frame.pending = static_cast<uint32_t>(pending_.size());
  pending_.insert(pending_.end(), code_.begin() + static_cast<ptrdiff_t>(start), code_.end());
  code_.resize(start);
  push_frame(frame);
  return {};
}

Result<void> Parser::folded_block(Op op, Frame frame) {
  if (op != Op::if_) {
    TRY(mark(frame));
    ++label_count_;
  }
  if (in_.at(Tok::id)) {
    frame.id_token = in_.index();
    in_.skip();
  }
  size_t start = code_.size();
  TRY(block_head(op));
  frame.kind = op == Op::if_    ? Frame::Kind::folded_if
               : op == Op::try_ ? Frame::Kind::folded_try
                                : Frame::Kind::folded_block;
  if (op == Op::if_) {
    frame.pending = static_cast<uint32_t>(pending_.size());
    pending_.insert(pending_.end(), code_.begin() + static_cast<ptrdiff_t>(start), code_.end());
    code_.resize(start);
  } else {
    push_label(frame.id_token);
  }
  push_frame(frame);
  return {};
}

void Parser::unfold(const Frame& frame) {
  code_.insert(code_.end(), pending_.begin() + frame.pending, pending_.end());
  pending_.resize(frame.pending);
}

// (then ...) writes the `if` that waited for its condition; frame.op goes from if_ over end to else_.
Result<void> Parser::if_clause() {
  Frame& frame = frames_.back();
  bool then = in_.peek(1).word.is(Word::then);
  if (then != (frame.op == Op::if_) || frame.op == Op::else_) return in_.unexpected(then ? "`)`" : "`(then`");
  Frame clause;
  clause.kind = Frame::Kind::clause;
  clause.token = in_.index();
  if (then) {
    TRY(mark(frame));
    ++label_count_;
    unfold(frame);
    push_label(frame.id_token);
    frame.op = Op::end;
  } else {
    clause.op = frame.op = Op::else_;
    TRY(mark(clause));
    emit(Op::else_);
  }
  in_.skip(2);
  push_frame(clause);
  return {};
}

// frame.op is try_, then end after (do ...), catch_ or catch_all after these.
Result<void> Parser::try_clause() {
  Frame& frame = frames_.back();
  const Token& token = in_.peek(1);
  Frame clause;
  clause.kind = Frame::Kind::clause;
  clause.token = in_.index();
  if (frame.op == Op::try_) {
    if (!in_.take_open(Word::do_)) return in_.unexpected("`(do`");
    frame.op = Op::end;
    push_frame(clause);
    return {};
  }
  bool is_catch = token.word.is(Op::catch_) || token.word.is(Op::catch_all);
  if (!(is_catch && frame.op != Op::catch_all) && !(token.word.is(Op::delegate) && frame.op == Op::end)) {
    return in_.unexpected(is_catch || token.word.is(Op::delegate) ? "`)`" : "`(catch`, `(catch_all` or `)`");
  }
  Op op = clause.op = token.word.op();
  TRY(mark(clause));
  in_.skip(2);
  if (op == Op::delegate) {
    pop_label();
    frames_.pop_back();
    TRY(instruction(op));
    TRY(in_.close());
    return in_.close();
  }
  frame.op = op;
  if (op == Op::catch_) {
    TRY(one_index(op, Space::tag, false));
  } else {
    emit(op);
  }
  push_frame(clause);
  return {};
}

Result<void> Parser::close_paren() {
  Frame frame = frames_.back();
  switch (frame.kind) {
    case Frame::Kind::list:
      pop_label();
      frames_.pop_back();
      return {};  // the parenthesis belongs to the field
    case Frame::Kind::block: return in_.unexpected("an instruction or `end`");
    case Frame::Kind::folded_op:
      TRY(mark(frame));
      unfold(frame);
      break;
    case Frame::Kind::folded_if:
      if (frame.op == Op::if_) return in_.unexpected("a folded instruction or `(then`");
      pop_label();
      implicit_end();
      break;
    case Frame::Kind::folded_try:
      if (frame.op == Op::try_) return in_.unexpected("`(do`");
      pop_label();
      implicit_end();
      break;
    case Frame::Kind::folded_block:
      pop_label();
      implicit_end();
      break;
    case Frame::Kind::clause: break;
  }
  frames_.pop_back();
  in_.skip();
  return {};
}

}  // namespace heddle::text
