// The decoder: what each section becomes, what is refused, with which words and at which byte.
#include "binary/decode.h"

#include <doctest/doctest.h>

#include <deque>

#include "binary/build.h"

using namespace heddle;
using namespace heddle::syntax;
using test::Build;
using test::ByteVec;

namespace {

Result<Module> decode(const ByteVec& bytes, const Features& features = {}) {
  return binary::decode(bytes, features, nullptr);
}

// The module's spans point into a copy that it owns: what the tests pass is a temporary.
Module decoded(const ByteVec& bytes) {
  std::deque<ByteVec> kept{bytes};
  auto module = decode(kept.front());
  REQUIRE(module.ok());
  Module result = std::move(module).value();
  result.storage = std::move(kept);  // a deque's elements stay where they are
  return result;
}

void fails(const ByteVec& bytes, ErrorCode code, uint32_t offset) {
  auto module = decode(bytes);
  REQUIRE(!module.ok());
  CHECK(text_of(module.error().code) == text_of(code));
  CHECK(module.error().offset == offset);
}

}  // namespace

TEST_CASE("header") {
  CHECK(decoded(Build().bytes).types.empty());
  fails({}, ErrorCode::unexpected_end, 0);
  fails({0x00, 'a', 's'}, ErrorCode::unexpected_end, 0);
  fails({0x00, 'a', 's', 'n', 1, 0, 0, 0}, ErrorCode::bad_magic, 0);
  fails({0x00, 'a', 's', 'm', 1, 0}, ErrorCode::unexpected_end, 4);
  fails({0x00, 'a', 's', 'm', 2, 0, 0, 0}, ErrorCode::bad_version, 4);
}

TEST_CASE("sections: id, size, order, once") {
  fails(Build().raw({14, 0}).bytes, ErrorCode::bad_section_id, 8);
  fails(Build().raw({1}).bytes, ErrorCode::unexpected_end_of_section, 9);
  fails(Build().raw({1, 5, 1, 0x60, 0, 0}).bytes, ErrorCode::length_out_of_bounds, 9);
  fails(Build().raw({1, 4, 2, 0x60, 0, 0}).bytes, ErrorCode::unexpected_end_of_section, 14);
  fails(Build().raw({1, 5, 1, 0x60, 0, 0, 0}).bytes, ErrorCode::section_size_mismatch, 14);
  fails(Build().section(5, {0}).section(4, {0}).bytes, ErrorCode::section_order, 11);
  fails(Build().section(5, {0}).section(5, {0}).bytes, ErrorCode::section_order, 11);
  fails(Build().section(6, {0}).section(13, {0}).bytes, ErrorCode::section_order, 11);
  fails(Build().section(10, {0}).section(12, {0}).bytes, ErrorCode::section_order, 11);
  CHECK(
      decode(Build().section(5, {0}).section(13, {0}).section(6, {0}).section(12, {0}).section(10, {0}).bytes).ok());
}

TEST_CASE("details") {
  auto detail = [](const ByteVec& bytes, int64_t func = -1) {
    ErrorSink sink;
    CHECK(!binary::decode(bytes, Features{}, &sink).ok());
    CHECK(sink.func_index == func);
    return sink.detail;
  };
  CHECK(detail(Build().section(5, {0}).section(4, {0}).bytes) ==
        "section out of order: table section after the memory section");
  CHECK(detail(Build().section(1, {0, 0}).bytes) == "the type section ends before its size says");
  CHECK(detail(Build().raw({1, 2, 1, 0x60, 0, 0}).bytes) == "the type section ends after its size says");
  CHECK(detail(Build().section(12, {3}).bytes) == "3 promised, 0 found");
  CHECK(detail(Build().code({0, 0x0b}).bytes) == "0 functions, 1 bodies");
  CHECK(detail(Build().one_func({0, 0xff}).bytes, 0) == "");
  CHECK(detail(Build().repeated(5, 101, {0, 0}).bytes) == "memories: 101, at most 100");
}

TEST_CASE("numbers: too long, too large, cut off") {
  fails(Build().raw({1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00}).bytes, ErrorCode::leb_too_long, 14);
  fails(Build().raw({1, 0x80, 0x80, 0x80, 0x80, 0x10}).bytes, ErrorCode::leb_too_large, 14);
  fails(Build().raw({1, 0x80, 0x80}).bytes, ErrorCode::unexpected_end_of_section, 11);
  CHECK(decode(Build().raw({5, 0x84, 0x80, 0x80, 0x00, 0x01, 0x00, 0x80, 0x00}).bytes).ok());
}

TEST_CASE("types") {
  Module m = decoded(Build()
                         .section(1, {0x05,                                                        // five groups
                                      0x60, 0x02, 0x7f, 0x63, 0x6e, 0x01, 0x7b,                    // func
                                      0x4e, 0x02, 0x50, 0x00, 0x5f, 0x02, 0x78, 0x01, 0x77, 0x00,  // rec, sub struct
                                      0x4f, 0x01, 0x01, 0x5e, 0x64, 0x62, 0x01, 0x01,  // sub final 1, array
                                      0x4e, 0x00,                                      // empty rec
                                      0x5d, 0x00,                                      // cont
                                      0x4e, 0x02, 0x4d, 0x05, 0x5f, 0x00, 0x4c, 0x04, 0x5f, 0x00})
                         .bytes);
  REQUIRE(m.types.size() == 6);
  REQUIRE(m.rec_groups.size() == 5);
  CHECK(m.rec_groups[1].count == 2);
  CHECK(m.rec_groups[2].count == 0);
  CHECK(m.types[0].params == std::vector<ValType>{kI32, kAnyRef});
  CHECK(m.types[0].results == std::vector<ValType>{kV128});
  CHECK(m.types[0].final);
  CHECK(!m.types[1].final);
  CHECK(m.types[1].fields[0] == FieldType{ValKind::i8, true});
  CHECK(m.types[2].super == TypeIdx{1});
  CHECK(m.types[2].fields[0].type == ValType::ref(HeapType::defined(1, true), false));
  CHECK(m.types[3].kind == CompKind::cont);
  CHECK(m.types[4].descriptor == TypeIdx{5});
  CHECK(m.types[5].describes == TypeIdx{4});

  fails(Build().section(1, {1, 0x61}).bytes, ErrorCode::bad_definition_type, 11);
  fails(Build().section(1, {1, 0xe0, 0x7f, 0, 0}).bytes, ErrorCode::leb_too_long, 11);
  fails(Build().section(1, {1, 0x60, 1, 0x40, 0}).bytes, ErrorCode::bad_reference_type, 13);
  fails(Build().section(1, {1, 0x5e, 0x40, 0}).bytes, ErrorCode::bad_storage_type, 12);
  fails(Build().section(1, {1, 0x5e, 0x64, 0x62, 0x62, 0}).bytes, ErrorCode::bad_storage_type, 12);
  fails(Build().section(1, {1, 0x5e, 0x7f, 2}).bytes, ErrorCode::bad_mutability, 13);
  fails(Build().section(1, {1, 0x5e, 0x64, 0x80, 0x80, 0x80, 0x10, 0}).bytes, ErrorCode::unknown_type, 13);
  fails(Build().section(1, {1, 0x50, 2, 0, 0, 0x5f, 0}).bytes, ErrorCode::sub_type, 12);
  fails(Build().section(1, {1, 0x4d, 1, 0x4c, 0, 0x5f, 0}).bytes, ErrorCode::bad_definition_type, 13);
}

TEST_CASE("imports, single and grouped") {
  Module m = decoded(Build()
                         .section(1, {1, 0x60, 0, 0})
                         .section(2, {4,                         //
                                      1, 'm', 1, 'f',  0x20, 0,  // exact function
                                      1, 'n', 0, 0x7f, 2,    1,    'a', 4,    0, 0, 1, 'b', 1, 0x70, 5,
                                      1, 9,   1, 'o',  0,    0x7e, 3,   0x7f, 1, 2, 1, 'c', 1, 'd',  // two globals
                                      0, 0,   2, 0x0f, 1,    2,    0})
                         .bytes);
  REQUIRE(m.imports.size() == 6);
  CHECK(m.imports[0].type.exact);
  CHECK(m.imports[1].module == "n");
  CHECK(m.imports[1].type.kind == ExternKind::tag);
  CHECK(m.imports[2].name == "b");
  CHECK(m.imports[2].type.table.addr64);
  CHECK(m.imports[2].type.table.limits == Limits{1, 9});
  CHECK(m.imports[4].module == "o");
  CHECK(m.imports[4].name == "d");
  CHECK(m.imports[4].type.global.mut);
  CHECK(m.imports[5].type.memory.shared);
  CHECK(m.imports[5].type.memory.page_size_log2 == 0);
  CHECK(m.imported_funcs == 1);
  CHECK(m.imported_tables == 1);
  CHECK(m.imported_memories == 1);
  CHECK(m.imported_globals == 2);
  CHECK(m.imported_tags == 1);

  fails(Build().section(2, {1, 0, 0, 5}).bytes, ErrorCode::bad_import_kind, 13);
  fails(Build().section(2, {1, 0, 1, 'x', 0x7f, 0}).bytes, ErrorCode::bad_import_kind, 14);
  fails(Build().section(2, {1, 1, 0xff, 0, 0, 0}).bytes, ErrorCode::bad_utf8, 11);
  fails(Build().section(2, {1, 0, 0, 4, 1, 0}).bytes, ErrorCode::bad_attribute, 14);
}

TEST_CASE("a long module name shared by a group is not multiplied without bound") {
  ByteVec content{1};
  binary::Writer out(content);
  std::string module(100'000, 'm');
  out.name(module);
  out.name("");
  out.byte(0x7e);
  out.byte(3);
  out.byte(0x7f);
  out.byte(0);
  out.u32(1000);
  for (int i = 0; i < 1000; ++i) out.name("");
  auto made = decode(Build().section(2, content).bytes);
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::limit_exceeded);
}

TEST_CASE("tables, memories, tags, globals") {
  Module m = decoded(Build()
                         .section(4, {2, 0x70, 0, 1, 0x40, 0, 0x64, 0x70, 1, 1, 2, 0xd2, 0, 0x0b})
                         .section(5, {2, 0, 1, 0x0c, 1, 0})
                         .section(13, {1, 0, 7})
                         .section(6, {1, 0x7f, 1, 0x41, 0x2a, 0x0b})
                         .bytes);
  REQUIRE(m.tables.size() == 2);
  CHECK(!m.tables[0].init);
  CHECK(m.tables[1].init->bytes.size() == 3);
  CHECK(m.tables[1].init->offset == 21);
  CHECK(m.memories[1].addr64);
  CHECK(m.memories[1].page_size_log2 == 0);
  CHECK(m.tags[0] == TypeIdx{7});
  CHECK(m.globals[0].type.mut);
  CHECK(m.globals[0].init.bytes.size() == 3);

  fails(Build().section(4, {1, 0x70, 2, 0}).bytes, ErrorCode::bad_limits_flags, 12);
  fails(Build().section(4, {1, 0x7f, 0, 0}).bytes, ErrorCode::bad_reference_type, 11);
  fails(Build().section(4, {1, 0x40, 1, 0x70, 0, 0, 0x0b}).bytes, ErrorCode::zero_byte_expected, 12);
  fails(Build().section(5, {1, 0x10, 0}).bytes, ErrorCode::bad_limits_flags, 11);
  fails(Build().section(5, {1, 0x08, 0, 0x40}).bytes, ErrorCode::bad_page_size, 13);
  fails(Build().section(13, {1, 1, 0}).bytes, ErrorCode::bad_attribute, 11);
  fails(Build().section(6, {1, 0x7f, 2, 0x41, 0, 0x0b}).bytes, ErrorCode::bad_mutability, 12);
  fails(Build().section(6, {1, 0x7f, 0, 0xff, 0x0b}).bytes, ErrorCode::illegal_opcode, 13);
  fails(Build().section(6, {1, 0x7f, 0, 0x41, 0}).bytes, ErrorCode::unexpected_end_of_section, 15);
}

TEST_CASE("constant expressions end where their nesting says") {
  Module m = decoded(Build().section(6, {2, 0x7f, 0, 0x02, 0x40, 0x0b, 0x41, 0, 0x0b, 0x7f, 0, 0x41, 1, 0x0b}).bytes);
  REQUIRE(m.globals.size() == 2);
  CHECK(m.globals[0].init.bytes.size() == 6);
}

TEST_CASE("exports, start") {
  Module m = decoded(Build().section(7, {2, 1, 'a', 3, 4, 0, 4, 0}).section(8, {9}).bytes);
  CHECK(m.exports[0].name == "a");
  CHECK(m.exports[0].kind == ExternKind::global);
  CHECK(m.exports[0].index == 4);
  CHECK(m.exports[1].kind == ExternKind::tag);
  CHECK(m.start == FuncIdx{9});
  fails(Build().section(7, {1, 0, 0x20, 0}).bytes, ErrorCode::bad_export_kind, 12);
}

TEST_CASE("element segments, all eight forms") {
  Module m = decoded(Build()
                         .section(9, {8,                                                           //
                                      0, 0x41, 0,    0x0b, 1,    5,                                //
                                      1, 0,    1,    6,                                            //
                                      2, 3,    0x41, 0,    0x0b, 0,    1,    7,                    //
                                      3, 0,    1,    8,                                            //
                                      4, 0x41, 0,    0x0b, 1,    0xd2, 1,    0x0b,                 //
                                      5, 0x6f, 1,    0xd0, 0x6f, 0x0b,                             //
                                      6, 0,    0x41, 0,    0x0b, 0x64, 0x70, 1,    0xd2, 1, 0x0b,  //
                                      7, 0x70, 0})
                         .bytes);
  REQUIRE(m.elems.size() == 8);
  CHECK(m.elems[0].mode == SegmentMode::active);
  CHECK(m.elems[0].funcs == std::vector<FuncIdx>{{5}});
  CHECK(m.elems[0].type == ValType::ref(HeapKind::func, false));
  CHECK(m.elems[1].mode == SegmentMode::passive);
  CHECK(m.elems[2].table == TableIdx{3});
  CHECK(m.elems[3].mode == SegmentMode::declarative);
  CHECK(m.elems[4].by_expr);
  CHECK(m.elems[4].type == kFuncRef);
  CHECK(m.elems[5].type == kExternRef);
  CHECK(m.elems[6].type == ValType::ref(HeapKind::func, false));
  CHECK(m.elems[7].mode == SegmentMode::declarative);
  CHECK(m.elems[7].size() == 0);

  fails(Build().section(9, {1, 8}).bytes, ErrorCode::bad_segment_kind, 11);
  fails(Build().section(9, {1, 1, 1, 0}).bytes, ErrorCode::bad_segment_kind, 12);
}

TEST_CASE("data segments and their count") {
  Module m = decoded(
      Build().section(12, {3}).section(11, {3, 0, 0x41, 0, 0x0b, 1, 'x', 1, 0, 2, 1, 0x41, 0, 0x0b, 0}).bytes);
  CHECK(m.has_data_count);
  REQUIRE(m.datas.size() == 3);
  CHECK(m.datas[0].bytes.front() == 'x');
  CHECK(m.datas[1].mode == SegmentMode::passive);
  CHECK(m.datas[2].memory == MemIdx{1});

  fails(Build().section(11, {1, 3}).bytes, ErrorCode::bad_segment_kind, 11);
  fails(Build().section(11, {1, 1, 5, 'x'}).bytes, ErrorCode::length_out_of_bounds, 12);
  fails(Build().section(12, {1}).bytes, ErrorCode::data_count_mismatch, 11);
  fails(Build().section(12, {1}).section(11, {0}).bytes, ErrorCode::data_count_mismatch, 14);
}

TEST_CASE("code") {
  Module m = decoded(Build().one_func({2, 3, 0x7f, 1, 0x7c, 0x01, 0x0b}).bytes);
  REQUIRE(m.code.size() == 1);
  CHECK(m.code[0].run_count == 2);
  CHECK(m.local_runs[0].count == 3);
  CHECK(m.local_runs[1].type == kF64);
  CHECK(m.code[0].body.bytes.size() == 2);
  CHECK(m.code[0].body.offset == m.code[0].entry_offset + 5);

  fails(Build().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}).bytes, ErrorCode::func_code_count, 18);
  fails(Build().code({0, 0x0b}).bytes, ErrorCode::func_code_count, 14);
  fails(Build().one_func({0}).bytes, ErrorCode::unexpected_end_of_section, 23);
  fails(Build().one_func({0, 0x01}).section(11, {0}).bytes, ErrorCode::section_size_mismatch, 24);
  fails(Build().section(1, {1, 0x60, 0, 0}).section(3, {2, 0, 0}).section(10, {2, 1, 0, 2, 0, 0x0b}).bytes,
        ErrorCode::end_expected, 24);
  fails(Build().one_func({0, 0xff}).bytes, ErrorCode::illegal_opcode, 23);
  fails(Build().one_func({2, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x7f, 1, 0x7f, 0x0b}).bytes, ErrorCode::too_many_locals,
        29);
  fails(Build().one_func({9, 0x0b}).bytes, ErrorCode::length_out_of_bounds, 22);
}

TEST_CASE("custom sections know where they stand") {
  ByteVec content{1, 2, 3};
  Module m = decoded(Build().custom("a", content).section(1, {0}).custom("b", {}).custom("c", content).bytes);
  REQUIRE(m.customs.size() == 3);
  CHECK(m.customs[0].after == SectionId::custom);
  CHECK(m.customs[0].offset == 12);
  CHECK(m.customs[0].bytes.size() == 3);
  CHECK(m.customs[1].after == SectionId::type);
  CHECK(m.customs[2].name == "c");
  fails(Build().raw({0, 0}).bytes, ErrorCode::unexpected_end_of_section, 10);
  fails(Build().raw({0, 1, 3, 'a', 'b', 'c'}).bytes, ErrorCode::unexpected_end_of_section, 14);
  fails(Build().raw({0, 2, 1, 0xc0}).bytes, ErrorCode::bad_utf8, 10);
}

TEST_CASE("a count beyond the bytes left is refused before anything is reserved") {
  for (uint8_t id : {1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13}) {
    fails(Build().section(id, {0xff, 0xff, 0x03, 0}).bytes, ErrorCode::length_out_of_bounds, 10);
  }
}

TEST_CASE("switched-off proposals are named") {
  struct Case {
    Feature feature;
    ErrorCode code;
    ByteVec bytes;
  };
  const Case cases[] = {
      {Feature::threads, ErrorCode::bad_limits_flags, Build().section(5, {1, 3, 1, 1}).bytes},
      {Feature::custom_page_sizes, ErrorCode::bad_limits_flags, Build().section(5, {1, 8, 1, 0}).bytes},
      {Feature::custom_descriptors, ErrorCode::feature_disabled,
       Build().section(1, {1, 0x5e, 0x64, 0x62, 0, 0}).bytes},
      {Feature::custom_descriptors, ErrorCode::feature_disabled, Build().section(1, {1, 0x4d, 0, 0x5f, 0}).bytes},
      {Feature::custom_descriptors, ErrorCode::feature_disabled, Build().section(1, {1, 0x4c, 0, 0x5f, 0}).bytes},
      {Feature::custom_descriptors, ErrorCode::feature_disabled, Build().section(2, {1, 0, 0, 0x20, 0}).bytes},
      {Feature::stack_switching, ErrorCode::feature_disabled, Build().section(1, {1, 0x5d, 0}).bytes},
      {Feature::stack_switching, ErrorCode::feature_disabled, Build().section(4, {1, 0x68, 0, 0}).bytes},
      {Feature::compact_imports, ErrorCode::feature_disabled, Build().section(2, {1, 0, 0, 0x7f, 0}).bytes},
  };
  for (const Case& c : cases) {
    CHECK(decode(c.bytes).ok());
    Features features;
    features.set(c.feature, false);
    ErrorSink sink;
    auto module = binary::decode(c.bytes, features, &sink);
    REQUIRE(!module.ok());
    CHECK(module.error().code == c.code);
    CHECK(sink.detail.find(kFeatures[static_cast<size_t>(c.feature)].flag) != std::string::npos);
  }
}

TEST_CASE("many small groups take linear time") {
  // Were room made for each group alone, every one would move all types before it.
  ByteVec bytes = Build().repeated(1, 200'000, {0x4e, 2, 0x5d, 0, 0x5d, 0}).bytes;
  CHECK(decoded(bytes).types.size() == 400'000);
  bytes = Build().repeated(2, 200'000, {0, 0, 0x7e, 3, 0x7f, 0, 1, 1, 'x'}).bytes;
  CHECK(decoded(bytes).imports.size() == 200'000);
}
