#include "syntax/immediates.h"

#include <doctest/doctest.h>

#include <vector>

namespace heddle {
namespace {

struct Read {
  std::vector<uint8_t> bytes;  // lists point into them
  bool ok = false;
  Immediates imm;
  Error error;
  size_t left = 0;
};

Read read(Op op, std::vector<uint8_t> bytes) {
  Read out;
  out.bytes = std::move(bytes);
  Reader in(out.bytes, 10);
  auto imm = read_immediates(in, info(op));
  out.ok = imm.ok();
  out.left = in.remaining();
  if (imm.ok()) {
    out.imm = imm.value();
  } else {
    out.error = imm.error();
  }
  return out;
}

TEST_CASE("the width of an access is in its mnemonic") {
  auto bytes = [](std::string_view text) { return 1u << access_log2(op_of_text(text)); };
  CHECK(bytes("i32.load") == 4);
  CHECK(bytes("f64.store") == 8);
  CHECK(bytes("i64.load16_s") == 2);
  CHECK(bytes("v128.load") == 16);
  CHECK(bytes("v128.load16x4_u") == 8);
  CHECK(bytes("v128.load32_splat") == 4);
  CHECK(bytes("v128.load64_zero") == 8);
  CHECK(bytes("v128.store8_lane") == 1);
  CHECK(bytes("i64.atomic.rmw16.xchg_u") == 2);
  CHECK(bytes("i32.atomic.rmw.cmpxchg") == 4);
  CHECK(bytes("memory.atomic.wait64") == 8);
  CHECK(bytes("memory.atomic.notify") == 4);
  CHECK(lane_count(op_of_text("i16x8.extract_lane_u")) == 8);
  CHECK(lane_count(op_of_text("f64x2.replace_lane")) == 2);
  CHECK(lane_count(op_of_text("v128.load32_lane")) == 4);
}

TEST_CASE("block types") {
  CHECK(read(Op::block, {0x40}).imm.block.kind == BlockType::Kind::empty);
  CHECK(read(Op::loop, {0x7b}).imm.block.value == kV128);
  CHECK(read(Op::if_, {0x64, 0x05}).imm.block.value == ValType::ref(HeapType::defined(5), false));
  Read indexed = read(Op::block, {0xc0, 0x00});  // 64, which a single byte cannot say
  CHECK(indexed.imm.block.kind == BlockType::Kind::type);
  CHECK(indexed.imm.block.type == TypeIdx{64});
  CHECK_FALSE(read(Op::block, {0x41}).ok);
}

TEST_CASE("memory arguments") {
  Read plain = read(Op::i32_load, {0x02, 0x10});
  CHECK(plain.imm.memarg.align_log2 == 2);
  CHECK(plain.imm.memarg.offset == 16);
  Read indexed = read(Op::i32_load, {0x41, 0x07, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01});
  CHECK(indexed.imm.memarg.align_log2 == 1);
  CHECK(indexed.imm.memarg.memory == MemIdx{7});
  CHECK(indexed.imm.memarg.offset == UINT64_MAX);
  CHECK(read(Op::i32_load, {0x80, 0x01, 0x00}).error.code == ErrorCode::bad_memop_flags);
  CHECK(read(Op::i32_load, {0x02}).error.code == ErrorCode::unexpected_end);
}

TEST_CASE("lists are left to be walked") {
  Read table = read(Op::br_table, {3, 1, 2, 0x83, 0x01, 9});
  REQUIRE(table.ok);
  CHECK(table.left == 0);
  CHECK(table.imm.count == 3);
  CHECK(table.imm.index == 9);
  Reader labels = table.imm.list;
  CHECK(read_label(labels).value() == 1);
  CHECK(read_label(labels).value() == 2);
  CHECK(read_label(labels).value() == 131);

  Read tries = read(Op::try_table, {0x40, 2, 0x01, 4, 5, 0x02, 6});
  REQUIRE(tries.ok);
  CHECK(tries.imm.count == 2);
  Reader clauses = tries.imm.list;
  CatchClause first = read_catch(clauses).value();
  CHECK(first.kind == CatchClause::Kind::catch_ref);
  CHECK(first.tag == TagIdx{4});
  CHECK(first.label == 5);
  CHECK(read_catch(clauses).value().label == 6);
  CHECK(read(Op::try_table, {0x40, 1, 0x04, 0, 0}).error.code == ErrorCode::bad_catch);

  Read resume = read(Op::resume, {3, 2, 0x00, 1, 2, 0x01, 7});
  REQUIRE(resume.ok);
  CHECK(resume.imm.index == 3);
  Reader handlers = resume.imm.list;
  CHECK_FALSE(read_handler(handlers).value().switches);
  CHECK(read_handler(handlers).value().tag == TagIdx{7});
}

TEST_CASE("casts, constants, and what is malformed in them") {
  Read cast = read(Op::br_on_cast, {0x02, 5, 0x6e, 0x62, 0x03});
  REQUIRE(cast.ok);
  CHECK(cast.imm.index == 5);
  CHECK_FALSE(cast.imm.nullable);
  CHECK(cast.imm.nullable2);
  CHECK(cast.imm.heap == HeapType(HeapKind::any));
  CHECK(cast.imm.heap2 == HeapType::defined(3, true));
  Read flags = read(Op::br_on_cast, {0x04, 5, 0x6e, 0x6e});
  CHECK(flags.error.code == ErrorCode::bad_cast_flags);
  CHECK(flags.error.offset == 10);
  CHECK(read(Op::ref_null, {0x80, 0x80, 0x80, 0x08}).error.code == ErrorCode::unknown_type);  // beyond 24 bits
  CHECK(read(Op::ref_null, {0x40}).error.code == ErrorCode::bad_reference_type);

  CHECK(read(Op::i32_const, {0x7f}).imm.bits == UINT64_MAX);
  CHECK(read(Op::f32_const, {0, 0, 0x80, 0x3f}).imm.bits == 0x3f800000);
  CHECK(read(Op::atomic_fence, {1}).error.code == ErrorCode::zero_byte_expected);
}

TEST_CASE("opcodes") {
  auto op = [](std::vector<uint8_t> bytes) {
    Reader in(bytes);
    return read_op(in);
  };
  CHECK(op({0x0b}).value() == Op::end);
  CHECK(op({0xfd, 0x93, 0x02}).value() == op_of_text("i32x4.relaxed_dot_i8x16_i7x16_add_s"));
  CHECK(op({0xfd, 0x94, 0x02}).error().code == ErrorCode::illegal_opcode);
  CHECK(op({0xff}).error().code == ErrorCode::illegal_opcode);
  CHECK(op({0xfb}).error().code == ErrorCode::unexpected_end);
}

}  // namespace
}  // namespace heddle
