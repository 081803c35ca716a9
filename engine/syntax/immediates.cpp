// The immediates of spec 5.4 and the types of 5.3 they name. Every read is bounded by the Reader; a type index that
// no HeapType has room for is reported as unknown, since no module may have that many types.
#include "syntax/immediates.h"

#include "syntax/type_codes.h"

namespace heddle {
namespace {

constexpr uint32_t kIndexLimit = 1u << 24;

Result<HeapType> defined(int64_t index, bool exact, uint32_t at) {
  if (index < 0) return Error{ErrorCode::bad_reference_type, at};
  if (index >= kIndexLimit) return Error{ErrorCode::unknown_type, at};
  return HeapType::defined(static_cast<uint32_t>(index), exact);
}

// Walks a list to check its encoding and leaves `list` at its first element.
template <class Read>
Result<void> read_list(Reader& in, Immediates& out, Read read) {
  out.count = TRY(in.count());
  out.list = in;
  for (uint32_t i = 0; i < out.count; ++i) TRY(read(in));
  return {};
}

Result<void> read_pair(Reader& in, Immediates& out) {
  out.index = TRY(in.u32());
  out.index2 = TRY(in.u32());
  return {};
}

Result<void> read_br_cast(Reader& in, Immediates& out) {
  uint32_t at = in.offset();
  uint8_t flags = TRY(in.byte());
  if (flags & 0xfc) return Error{ErrorCode::bad_cast_flags, at};
  out.index = TRY(in.u32());
  out.nullable = flags & 1;
  out.nullable2 = flags & 2;
  out.heap = TRY(read_heap_type(in));
  out.heap2 = TRY(read_heap_type(in));
  return {};
}

Result<void> read_16(Reader& in, Immediates& out) {
  using Bytes16 = std::array<uint8_t, 16>;
  out.bytes = TRY(in.fixed<Bytes16>());
  return {};
}

// Constants and vectors.
Result<void> read_constant(Reader& in, Imm imm, Immediates& out) {
  switch (imm) {
    case Imm::i32: out.bits = static_cast<uint64_t>(static_cast<int64_t>(TRY(in.s32()))); return {};
    case Imm::i64: out.bits = static_cast<uint64_t>(TRY(in.s64())); return {};
    case Imm::f32: out.bits = TRY(in.fixed<uint32_t>()); return {};
    case Imm::f64: out.bits = TRY(in.fixed<uint64_t>()); return {};
    default: return read_16(in, out);
  }
}

// Heap types, lists and what else is neither an index nor a constant.
Result<void> read_structured(Reader& in, Imm imm, Immediates& out) {
  switch (imm) {
    case Imm::block: out.block = TRY(read_block_type(in)); return {};
    case Imm::memarg: out.memarg = TRY(read_memarg(in)); return {};
    case Imm::memarg_lane:
      out.memarg = TRY(read_memarg(in));
      out.lane = TRY(in.byte());
      return {};
    case Imm::lane: out.lane = TRY(in.byte()); return {};
    case Imm::labels:
      TRY(read_list(in, out, read_label));
      out.index = TRY(in.u32());
      return {};
    case Imm::zero: {
      uint32_t at = in.offset();
      if (TRY(in.byte()) != 0) return Error{ErrorCode::zero_byte_expected, at};
      return {};
    }
    case Imm::heap:
    case Imm::cast:
    case Imm::cast_null:
      out.heap = TRY(read_heap_type(in));
      out.nullable = imm != Imm::cast;
      return {};
    case Imm::br_cast: return read_br_cast(in, out);
    case Imm::select_types: return read_list(in, out, read_val_type);
    case Imm::try_table: out.block = TRY(read_block_type(in)); return read_list(in, out, read_catch);
    case Imm::resume: out.index = TRY(in.u32()); return read_list(in, out, read_handler);
    default: TRY(read_pair(in, out)); return read_list(in, out, read_handler);
  }
}

}  // namespace

Result<Op> read_op(Reader& in) {
  uint32_t at = in.offset();
  uint8_t byte = TRY(in.byte());
  Op op = is_prefix(byte) ? op_of_prefixed(byte, TRY(in.u32())) : op_of_byte(byte);
  if (op == kNoOp) return Error{ErrorCode::illegal_opcode, at};
  return op;
}

Result<HeapType> read_heap_type(Reader& in) {
  uint32_t at = in.offset();
  uint8_t byte = in.peek();
  if (auto kind = heap_kind_of(byte)) {
    TRY(in.byte());
    return HeapType(*kind);
  }
  if (byte == kExactCode) {
    TRY(in.byte());
    return defined(TRY(in.s33()), true, at);  // signed, so that a second prefix is not taken for an index
  }
  return defined(TRY(in.s33()), false, at);
}

Result<ValType> read_ref_type(Reader& in) {
  uint32_t at = in.offset();
  uint8_t byte = TRY(in.byte());
  if (auto kind = heap_kind_of(byte)) return ValType::ref(*kind, true);
  if (byte != kRefCode && byte != kRefNullCode) return Error{ErrorCode::bad_reference_type, at};
  return ValType::ref(TRY(read_heap_type(in)), byte == kRefNullCode);
}

Result<ValType> read_val_type(Reader& in) {
  uint8_t byte = in.peek();
  if (byte < 0x7b || byte > 0x7f) return read_ref_type(in);
  TRY(in.byte());
  constexpr ValType kCodes[] = {kV128, kF64, kF32, kI64, kI32};
  return kCodes[byte - 0x7b];
}

Result<ValType> read_storage_type(Reader& in) {
  uint8_t byte = in.peek();
  if (byte != 0x78 && byte != 0x77) return read_val_type(in);
  TRY(in.byte());
  return ValType(byte == 0x78 ? ValKind::i8 : ValKind::i16);
}

Result<BlockType> read_block_type(Reader& in) {
  uint32_t at = in.offset();
  uint8_t byte = in.peek();
  if (byte == kEmptyBlockCode) {
    TRY(in.byte());
    return BlockType{};
  }
  if ((byte & 0xc0) == 0x40) return BlockType{BlockType::Kind::value, TRY(read_val_type(in)), {}};
  int64_t index = TRY(in.s33());
  if (index < 0) return Error{ErrorCode::bad_value_type, at};
  return BlockType{BlockType::Kind::type, {}, TypeIdx{static_cast<uint32_t>(index)}};
}

Result<MemArg> read_memarg(Reader& in) {
  uint32_t at = in.offset();
  uint32_t flags = TRY(in.u32());
  if (flags >= 0x80) return Error{ErrorCode::bad_memop_flags, at};
  MemArg arg;
  arg.align_log2 = flags & 0x3f;
  if (flags & 0x40) arg.memory = MemIdx{TRY(in.u32())};
  arg.offset = TRY(in.u64());
  return arg;
}

Result<uint32_t> read_label(Reader& in) { return in.u32(); }

Result<CatchClause> read_catch(Reader& in) {
  uint32_t at = in.offset();
  uint8_t kind = TRY(in.byte());
  if (kind > 3) return Error{ErrorCode::bad_catch, at};
  CatchClause clause;
  clause.kind = static_cast<CatchClause::Kind>(kind);
  if (clause.has_tag()) clause.tag = TagIdx{TRY(in.u32())};
  clause.label = TRY(in.u32());
  return clause;
}

Result<Handler> read_handler(Reader& in) {
  uint32_t at = in.offset();
  uint8_t kind = TRY(in.byte());
  if (kind > 1) return Error{ErrorCode::bad_resume_clause, at};
  Handler handler;
  handler.switches = kind == 1;
  handler.tag = TagIdx{TRY(in.u32())};
  if (!handler.switches) handler.label = TRY(in.u32());
  return handler;
}

Result<Immediates> read_immediates(Reader& in, const OpInfo& op) {
  Immediates out;
  switch (op.imm) {
    case Imm::none: break;
    case Imm::label:
    case Imm::func:
    case Imm::type:
    case Imm::local:
    case Imm::global:
    case Imm::table:
    case Imm::tag:
    case Imm::mem:
    case Imm::data:
    case Imm::elem: out.index = TRY(in.u32()); break;
    case Imm::type_table:
    case Imm::mem_mem:
    case Imm::data_mem:
    case Imm::elem_table:
    case Imm::table_table:
    case Imm::type_field:
    case Imm::type_data:
    case Imm::type_elem:
    case Imm::type_type:
    case Imm::type_tag: TRY(read_pair(in, out)); break;
    case Imm::type_count:
      out.index = TRY(in.u32());
      out.count = TRY(in.u32());
      break;
    case Imm::i32:
    case Imm::i64:
    case Imm::f32:
    case Imm::f64:
    case Imm::v128:
    case Imm::lanes16: TRY(read_constant(in, op.imm, out)); break;
    case Imm::block:
    case Imm::memarg:
    case Imm::memarg_lane:
    case Imm::lane:
    case Imm::labels:
    case Imm::zero:
    case Imm::heap:
    case Imm::cast:
    case Imm::cast_null:
    case Imm::br_cast:
    case Imm::select_types:
    case Imm::try_table:
    case Imm::resume:
    case Imm::resume_throw: TRY(read_structured(in, op.imm, out)); break;
  }
  return out;
}

}  // namespace heddle
