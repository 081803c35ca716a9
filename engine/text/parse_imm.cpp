// Instructions and what follows their mnemonics: one function for each kind of immediate.
#include <array>
#include <bit>

#include "syntax/immediates.h"
#include "text/number.h"
#include "text/parser.h"

namespace heddle::text {

// Of the rows that share a mnemonic, of which `op` is the first, the one with this immediate.
Op Parser::row_with(Op op, Imm imm) const {
  for (size_t i = static_cast<size_t>(op); i < kOpCount; ++i) {
    if (kOps[i].imm == imm && kOps[i].text == info(op).text) return static_cast<Op>(i);
  }
  return op;
}

Result<void> Parser::instruction(Op op) {
  switch (info(op).imm) {
    case Imm::none:
      if (op == Op::select && in_.at_open(Word::result)) return select_types(row_with(op, Imm::select_types));
      emit(op);
      return {};
    case Imm::zero:
      emit(op);
      out_.byte(0);
      return {};
    case Imm::label: {
      uint32_t target = TRY(label());
      emit(op);
      out_.u32(target);
      return {};
    }
    case Imm::labels: return branch_table(op);
    case Imm::func: return one_index(op, Space::func, false);
    case Imm::type: return one_index(op, Space::type, false);
    case Imm::local: return one_index(op, Space::local, false);
    case Imm::global: return one_index(op, Space::global, false);
    case Imm::tag: return one_index(op, Space::tag, false);
    case Imm::data: return one_index(op, Space::data, false);
    case Imm::elem: return one_index(op, Space::elem, false);
    case Imm::table: return one_index(op, Space::table, true);
    case Imm::mem: return one_index(op, Space::memory, true);
    case Imm::mem_mem: return optional_pair(op, Space::memory);
    case Imm::table_table: return optional_pair(op, Space::table);
    case Imm::data_mem: return segment_pair(op, Space::memory, Space::data);
    case Imm::elem_table: return segment_pair(op, Space::table, Space::elem);
    case Imm::memarg: return memarg(op, false);
    case Imm::memarg_lane: return memarg(op, true);
    case Imm::i32:
    case Imm::i64:
    case Imm::f32:
    case Imm::f64: return constant(op);
    case Imm::v128: return vector_constant(op);
    case Imm::lane: {
      uint8_t lane = TRY(lane_index());
      emit(op);
      out_.byte(lane);
      return {};
    }
    case Imm::lanes16: return shuffle_lanes(op);
    case Imm::block:
    case Imm::try_table: return block_head(op);
    default: return typed_instruction(op);
  }
}

Result<void> Parser::typed_instruction(Op op) {
  switch (info(op).imm) {
    case Imm::type_table: return call_indirect(op);
    case Imm::heap: {
      HeapType heap = TRY(heap_type());
      emit(op);
      out_.heap_type(heap);
      return {};
    }
    case Imm::cast:
    case Imm::cast_null: return cast(op);
    case Imm::br_cast: return branch_on_cast(op);
    case Imm::select_types: return select_types(op);
    case Imm::type_field: return type_and_field(op);
    case Imm::type_count: {
      uint32_t type = TRY(index(Space::type));
      uint32_t count = TRY(in_.nat32());
      emit(op);
      out_.u32(type);
      out_.u32(count);
      return {};
    }
    case Imm::type_data: module_.has_data_count = true; return two_indices(op, Space::type, Space::data);
    case Imm::type_elem: return two_indices(op, Space::type, Space::elem);
    case Imm::type_type: return two_indices(op, Space::type, Space::type);
    case Imm::type_tag: return two_indices(op, Space::type, Space::tag);
    default: return resume(op);
  }
}

// --- indices -------------------------------------------------------------------------------------------------

Result<void> Parser::one_index(Op op, Space space, bool optional) {
  uint32_t value = optional && !in_.at_index() ? 0 : TRY(index(space));
  if (space == Space::data) module_.has_data_count = true;
  emit(op);
  out_.u32(value);
  return {};
}

Result<void> Parser::two_indices(Op op, Space first, Space second) {
  uint32_t a = TRY(index(first));
  uint32_t b = TRY(index(second));
  emit(op);
  out_.u32(a);
  out_.u32(b);
  return {};
}

Result<void> Parser::optional_pair(Op op, Space space) {
  if (in_.at_index()) return two_indices(op, space, space);
  emit(op);
  out_.u32(0);
  out_.u32(0);
  return {};
}

// Memory or table, and a segment; one index alone is the segment's. In the binary format the segment comes first.
Result<void> Parser::segment_pair(Op op, Space first, Space second) {
  Tok next = in_.peek(1).kind;
  uint32_t target = next == Tok::nat || next == Tok::id ? TRY(index(first)) : 0;
  uint32_t segment = TRY(index(second));
  if (second == Space::data) module_.has_data_count = true;
  emit(op);
  out_.u32(segment);
  out_.u32(target);
  return {};
}

Result<void> Parser::call_indirect(Op op) {
  uint32_t table = in_.at_index() ? TRY(index(Space::table)) : 0;
  uint32_t type = TRY(type_use(false));
  emit(op);
  out_.u32(type);
  out_.u32(table);
  return {};
}

Result<void> Parser::branch_table(Op op) {
  std::vector<uint32_t> labels;
  do {
    labels.push_back(TRY(label()));
  } while (in_.at_index());
  emit(op);
  out_.u32(static_cast<uint32_t>(labels.size() - 1));
  for (uint32_t target : labels) out_.u32(target);
  return {};
}

Result<void> Parser::type_and_field(Op op) {
  uint32_t type = TRY(index(Space::type));
  uint32_t field = TRY(index_in(kFieldScope + type, "field", ErrorCode::unknown_symbol));
  emit(op);
  out_.u32(type);
  out_.u32(field);
  return {};
}

// --- memory --------------------------------------------------------------------------------------------------

// [memory] [offset=] [align=] and, for the lane instructions, the lane: a single number is the lane.
Result<void> Parser::memarg(Op op, bool lane) {
  uint32_t memory = 0;
  const Token& next = in_.peek(1);
  bool more = next.kind == Tok::nat || next.word.is(Word::offset_is) || next.word.is(Word::align_is);
  if (in_.at_index() && (!lane || more || in_.at(Tok::id))) memory = TRY(index(Space::memory));
  auto value = [&](Word word) -> Result<uint64_t> {
    auto found = parse_nat(in_.text(in_.peek()).substr(text_of(word).size()), 64);
    if (!found) return in_.fail(ErrorCode::i64_constant_out_of_range, in_.peek());
    return *found;
  };
  uint64_t offset = 0;
  if (in_.at(Word::offset_is)) {
    offset = TRY(value(Word::offset_is));
    in_.skip();
  }
  uint32_t align_log2 = access_log2(op);
  if (in_.at(Word::align_is)) {
    uint64_t align = TRY(value(Word::align_is));
    if (!std::has_single_bit(align)) return in_.fail(ErrorCode::bad_alignment, in_.peek());
    align_log2 = static_cast<uint32_t>(std::countr_zero(align));
    in_.skip();
  }
  constexpr uint32_t kHasMemory = 0x40;
  emit(op);
  out_.u32(align_log2 | (memory ? kHasMemory : 0));
  if (memory) out_.u32(memory);
  out_.u64(offset);
  if (lane) out_.byte(TRY(lane_index()));
  return {};
}

Result<uint8_t> Parser::lane_index() {
  if (!in_.at(Tok::nat)) return in_.unexpected("a lane index");
  auto value = parse_nat(in_.text(in_.peek()), 8);
  if (!value) return in_.fail(ErrorCode::i8_constant_out_of_range, in_.peek());
  in_.skip();
  return static_cast<uint8_t>(*value);
}

Result<void> Parser::shuffle_lanes(Op op) {
  const Token& at = in_.peek();
  std::array<uint8_t, 16> lanes{};
  size_t count = 0;
  for (; in_.at_number(); ++count) {
    auto value = in_.at(Tok::nat) ? parse_nat(in_.text(in_.peek()), 8) : std::nullopt;
    if (!value) return in_.fail(ErrorCode::i8_constant_out_of_range, in_.peek());
    if (count < lanes.size()) lanes[count] = static_cast<uint8_t>(*value);
    in_.skip();
  }
  if (in_.at(Tok::reserved) || in_.at(Tok::error)) return in_.unexpected("a lane index");
  if (count != lanes.size()) {
    return in_.fail(ErrorCode::bad_lane_length, at, "expected 16 lanes, found " + std::to_string(count));
  }
  emit(op);
  out_.bytes(lanes);
  return {};
}

// --- constants -----------------------------------------------------------------------------------------------

Result<void> Parser::constant(Op op) {
  Imm imm = info(op).imm;
  bool is_float = imm == Imm::f32 || imm == Imm::f64;
  bool fits = in_.at(Tok::nat) || in_.at(Tok::integer) || (is_float && in_.at(Tok::real));
  if (!fits) return in_.unexpected(is_float ? "a number" : "an integer");
  std::string_view text = in_.text(in_.peek());
  std::optional<uint64_t> bits;
  if (imm == Imm::i32) bits = parse_int(text, 32);
  if (imm == Imm::i64) bits = parse_int(text, 64);
  if (imm == Imm::f32) bits = parse_f32(text);
  if (imm == Imm::f64) bits = parse_f64(text);
  if (!bits) return in_.fail(ErrorCode::constant_out_of_range, in_.peek());
  in_.skip();
  emit(op);
  if (imm == Imm::i32) out_.s32(static_cast<int32_t>(*bits));
  if (imm == Imm::i64) out_.s64(static_cast<int64_t>(*bits));
  if (imm == Imm::f32) out_.fixed(static_cast<uint32_t>(*bits));
  if (imm == Imm::f64) out_.fixed(*bits);
  return {};
}

Result<void> Parser::vector_constant(Op op) {
  const Token& at = in_.peek();
  size_t lanes = vector_lanes(at.word);
  if (lanes == 0) return in_.unexpected("a vector shape");
  in_.skip();
  emit(op);
  uint32_t first = in_.index();
  while (in_.at_number()) in_.skip();
  if (in_.at(Tok::reserved) || in_.at(Tok::error)) return in_.unexpected("a number");
  size_t count = in_.index() - first;
  if (count != lanes) {
    return in_.fail(ErrorCode::lane_literal_count, at,
                    "expected " + std::to_string(lanes) + ", found " + std::to_string(count));
  }
  std::array<uint8_t, 16> bytes{};
  in_.jump(first);
  for (size_t lane = 0; lane < lanes; ++lane, in_.skip()) TRY(vector_lane(in_, at.word, lane, bytes));
  out_.bytes(bytes);
  return {};
}

size_t vector_lanes(Keyword shape) {
  if (shape.is(Word::i8x16)) return 16;
  if (shape.is(Word::i16x8)) return 8;
  if (shape.is(Word::i32x4) || shape.is(Word::f32x4)) return 4;
  if (shape.is(Word::i64x2) || shape.is(Word::f64x2)) return 2;
  return 0;
}

Result<void> vector_lane(const Cursor& in, Keyword shape, size_t lane, std::array<uint8_t, 16>& bytes) {
  const Token& token = in.peek();
  std::string_view text = in.text(token);
  size_t width = 16 / vector_lanes(shape);
  std::optional<uint64_t> bits;
  if (shape.is(Word::f32x4)) {
    bits = parse_f32(text);
  } else if (shape.is(Word::f64x2)) {
    bits = parse_f64(text);
  } else {
    if (token.kind == Tok::real) return in.unexpected("an integer");
    bits = parse_int(text, static_cast<unsigned>(width * 8));
  }
  if (!bits) return in.fail(ErrorCode::constant_out_of_range, token);
  std::memcpy(bytes.data() + lane * width, &*bits, width);
  return {};
}

// --- references and continuations ----------------------------------------------------------------------------

Result<void> Parser::cast(Op op) {
  ValType type = TRY(ref_type());
  emit(row_with(op, type.nullable() ? Imm::cast_null : Imm::cast));
  out_.heap_type(type.heap());
  return {};
}

Result<void> Parser::branch_on_cast(Op op) {
  uint32_t target = TRY(label());
  ValType from = TRY(ref_type());
  ValType to = TRY(ref_type());
  emit(op);
  out_.byte(static_cast<uint8_t>((from.nullable() ? 1 : 0) | (to.nullable() ? 2 : 0)));
  out_.u32(target);
  out_.heap_type(from.heap());
  out_.heap_type(to.heap());
  return {};
}

Result<void> Parser::select_types(Op op) {
  results_.clear();
  while (in_.take_open(Word::result)) {
    while (at_val_type()) results_.push_back(TRY(val_type()));
    TRY(in_.expect(Tok::rparen, "a value type or `)`"));
  }
  emit(op);
  out_.result_type(results_);
  return {};
}

// The continuation type, of resume_throw a tag, and handlers (on $tag $label), (on $tag switch).
Result<void> Parser::resume(Op op) {
  uint32_t type = TRY(index(Space::type));
  std::optional<uint32_t> tag;
  if (info(op).imm == Imm::resume_throw) tag = TRY(index(Space::tag));
  clauses_.clear();
  binary::Writer out(clauses_);
  uint32_t count = 0;
  for (; in_.take_open(Word::on); ++count) {
    uint32_t handled = TRY(index(Space::tag));
    bool switches = in_.peek().word.is(Op::switch_);
    out.byte(switches);
    out.u32(handled);
    if (switches) {
      in_.skip();
    } else {
      out.u32(TRY(label()));
    }
    TRY(in_.close());
  }
  emit(op);
  out_.u32(type);
  if (tag) out_.u32(*tag);
  out_.u32(count);
  out_.bytes(clauses_);
  return {};
}

}  // namespace heddle::text
