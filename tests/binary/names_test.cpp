// The name section and branch hints: what comes back, what the tolerant readers salvage, what the strict ones refuse.
#include "binary/names.h"

#include <doctest/doctest.h>

#include "binary/build.h"
#include "binary/decode.h"

using namespace heddle;
using namespace heddle::syntax;
using test::Build;
using test::ByteVec;

namespace {

Module with_names(const ByteVec& content, ByteVec& bytes) {
  // Two functions, the first of type [i32 i32] -> [], a struct type; one table, memory, tag, global, elem, data; a
  // body.
  bytes = Build()
              .section(1, {2, 0x60, 2, 0x7f, 0x7f, 0, 0x5f, 1, 0x7f, 0})
              .section(2, {1, 0, 0, 0, 0})
              .section(3, {1, 0})
              .section(4, {1, 0x70, 0, 0})
              .section(5, {1, 0, 0})
              .section(13, {1, 0, 0})
              .section(6, {1, 0x7f, 0, 0x0b})
              .section(9, {1, 1, 0, 0})
              .code({0, 0x02, 0x40, 0x0b, 0x0b})
              .section(11, {1, 1, 0})
              .custom("name", content)
              .bytes;
  auto module = binary::decode(bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  return std::move(module).value();
}

void strict_fails(const ByteVec& content, std::string_view detail) {
  ByteVec bytes;
  Module m = with_names(content, bytes);
  ErrorSink sink;
  auto names = binary::decode_names_strict(m, &sink);
  REQUIRE(!names.ok());
  CHECK(kind_of(names.error().code) == ErrorKind::malformed_custom);
  CHECK(sink.detail == detail);
}

// block, local.get 0, br_if 0, local.get 0, if, end, end, end; br_if at 5, if at 9, from the code entry's first byte.
Build hinted(const ByteVec& hints) {
  return Build()
      .section(1, {1, 0x60, 1, 0x7f, 0})
      .section(3, {1, 0})
      .custom("metadata.code.branch_hint", hints)
      .code({0, 0x02, 0x40, 0x20, 0, 0x0d, 0, 0x20, 0, 0x04, 0x40, 0x0b, 0x0b, 0x0b});
}

Result<BranchHints> strict_hints(const ByteVec& hints, ErrorSink* sink = nullptr) {
  ByteVec bytes = hinted(hints).bytes;
  auto module = binary::decode(bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  return binary::decode_branch_hints_strict(module.value(), sink);
}

}  // namespace

TEST_CASE("all names come back") {
  Names names;
  names.module = "mod\xc3\xbcle";
  names.funcs = {{0, "f"}, {1, "g"}};
  names.locals = {{0, {{0, "x"}, {1, "y"}}}, {1, {}}};
  names.labels = {{1, {{0, "loop"}}}};
  names.types = {{1, "t"}};
  names.tables = {{0, "tab"}};
  names.memories = {{0, "mem"}};
  names.globals = {{0, "glob"}};
  names.elems = {{0, "el"}};
  names.datas = {{0, "dat"}};
  names.fields = {{1, {{0, "fld"}}}};
  names.tags = {{0, ""}};
  ByteVec content = binary::encode_names(names), bytes;
  Module m = with_names(content, bytes);
  auto strict = binary::decode_names_strict(m, nullptr);
  REQUIRE(strict.ok());
  for (const Names& back : {binary::decode_names(m), strict.value()}) {
    CHECK(back.module == names.module);
    CHECK(back.funcs == names.funcs);
    CHECK(back.locals == names.locals);
    CHECK(back.labels == names.labels);
    CHECK(back.types == names.types);
    CHECK(back.tables == names.tables);
    CHECK(back.memories == names.memories);
    CHECK(back.globals == names.globals);
    CHECK(back.elems == names.elems);
    CHECK(back.datas == names.datas);
    CHECK(back.fields == names.fields);
    CHECK(back.tags == names.tags);
  }
}

TEST_CASE("what does not exist has no name") {
  Names names;
  names.funcs = {{1, "f"}, {2, "none"}};
  names.locals = {{1, {{49'999, "x"}, {50'000, "none"}}}, {2, {{0, "none"}}}};
  names.labels = {{0, {{0, "none"}}}, {1, {{4, "none"}}}};
  names.fields = {{0, {{0, "none"}}}, {1, {{0, "x"}, {1, "none"}}}};
  names.tables = {{1, "none"}};
  ByteVec bytes;
  Module m = with_names(binary::encode_names(names), bytes);
  Names back = binary::decode_names(m);
  CHECK(back.funcs == NameMap{{1, "f"}});
  CHECK(back.locals == IndirectNameMap{{1, {{49'999, "x"}}}});
  CHECK(back.labels == IndirectNameMap{{1, {}}});
  CHECK(back.fields == IndirectNameMap{{1, {{0, "x"}}}});
  CHECK(back.tables.empty());
}

TEST_CASE("no names, no section") {
  CHECK(binary::encode_names({}).empty());
  CHECK(binary::encode_branch_hints({}).empty());
  auto module = binary::decode(Build().bytes, Features{}, nullptr);
  CHECK(binary::decode_names(module.value()).funcs.empty());
  CHECK(binary::decode_names_strict(module.value(), nullptr).ok());
}

TEST_CASE("broken names: what was readable is kept, strictly it is an error") {
  // Functions: two promised, the second cut off by the subsection's size; then an unknown subsection; then globals.
  ByteVec content{1, 4, 2, 0, 1, 'f', 99, 1, 0, 7, 4, 1, 0, 1, 'g'}, bytes;
  Module m = with_names(content, bytes);
  Names names = binary::decode_names(m);
  CHECK(names.funcs == NameMap{{0, "f"}});
  CHECK(names.globals == NameMap{{0, "g"}});
  strict_fails(content, "unexpected end");
  strict_fails({1, 7, 2, 3, 1, 'f', 3, 1, 'g'}, "indices must ascend");
  strict_fails({4, 1, 0, 1, 1, 0}, "subsections must come in order, once each");
  strict_fails({1, 1, 0, 1, 1, 0}, "subsections must come in order, once each");
  strict_fails({1, 2, 0, 0}, "subsection size mismatch");
  strict_fails({12, 0}, "unknown subsection");
  strict_fails({0, 2, 1, 0xff}, "malformed UTF-8 encoding");
  strict_fails({0, 9, 0}, "length out of bounds");
}

TEST_CASE("branch hints") {
  BranchHints hints{{0, {{5, true}, {9, false}}}};
  auto back = strict_hints(binary::encode_branch_hints(hints));
  REQUIRE(back.ok());
  REQUIRE(back.value().size() == 1);
  REQUIRE(back.value()[0].size() == 2);
  CHECK(back.value()[0][0].offset == 5);
  CHECK(back.value()[0][0].likely);
  CHECK(!back.value()[0][1].likely);
}

TEST_CASE("misplaced branch hints") {
  auto detail = [](const ByteVec& hints, ErrorCode code) {
    ErrorSink sink;
    auto read = strict_hints(hints, &sink);
    REQUIRE(!read.ok());
    CHECK(read.error().code == code);
    return sink.detail;
  };
  CHECK(detail({1, 0, 1, 3, 1, 0}, ErrorCode::branch_hint_target) == "");
  CHECK(detail({1, 0, 1, 4, 1, 0}, ErrorCode::branch_hint_annotation) == "invalid offset");
  CHECK(detail({1, 0, 1, 99, 1, 0}, ErrorCode::branch_hint_annotation) == "invalid offset");
  CHECK(detail({1, 0, 2, 9, 1, 0, 5, 1, 0}, ErrorCode::branch_hint_annotation) == "offsets must ascend");
  CHECK(detail({1, 0, 1, 5, 2, 0, 0}, ErrorCode::branch_hint_annotation) == "a hint is one byte");
  CHECK(detail({1, 0, 1, 5, 1, 2}, ErrorCode::branch_hint_annotation) == "invalid hint value");
  CHECK(detail({1, 1, 0}, ErrorCode::branch_hint_annotation) == "not in a function");
  CHECK(detail({2, 0, 0, 0, 0}, ErrorCode::branch_hint_annotation) == "functions must ascend");
  CHECK(detail({0, 0}, ErrorCode::branch_hint_annotation) == "section size mismatch");

  // Tolerant: the first function's are kept.
  ByteVec bytes = hinted({2, 0, 1, 5, 1, 1, 7}).bytes;
  auto module = binary::decode(bytes, Features{}, nullptr);
  CHECK(binary::decode_branch_hints(module.value()).at(0).size() == 1);
}

TEST_CASE("branch hints come before the code") {
  ByteVec content{1, 0, 0};
  ByteVec bytes = Build().one_func({0, 0x0b}).custom("metadata.code.branch_hint", content).bytes;
  auto module = binary::decode(bytes, Features{}, nullptr);
  CHECK(!binary::decode_branch_hints_strict(module.value(), nullptr).ok());
}
