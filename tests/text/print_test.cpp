// The printer against expected text: every kind of field and immediate, identifiers, floats, strings, what is
// malformed.
#include "text/print.h"

#include <doctest/doctest.h>

#include "binary/build.h"
#include "binary/decode.h"
#include "binary/names.h"
#include "text/print_atoms.h"

using namespace heddle;
using namespace heddle::syntax;
using test::Build;
using test::ByteVec;

namespace {

std::string printed(const ByteVec& bytes, const Names* names = nullptr, bool comments = false) {
  auto module = binary::decode(bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  return text::print(module.value(), names, {.comments = comments});
}

std::string printed(const Build& build, const Names* names = nullptr) { return printed(build.bytes, names); }

// The lines of the only function's body, without indentation.
std::string body(std::initializer_list<uint8_t> code, const Names* names = nullptr) {
  Build build;
  build.one_func(code);
  auto module = binary::decode(build.bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  return text::print_expr(module.value(), module.value().code[0].body, names);
}

std::string f32(uint32_t bits) {
  std::string out;
  text::append_f32(out, bits);
  return out;
}
std::string f64(uint64_t bits) {
  std::string out;
  text::append_f64(out, bits);
  return out;
}

}  // namespace

TEST_CASE("an empty module") { CHECK(printed(Build()) == "(module)\n"); }

TEST_CASE("types") {
  Names names;
  names.types = {{0, "f"}, {1, "s"}};
  names.fields = {{1, {{0, "x"}, {1, "x"}}}};
  Build build;
  build.section(1, {0x05,                                                        //
                    0x60, 0x02, 0x7f, 0x6e, 0x01, 0x7b,                          //
                    0x4e, 0x02, 0x50, 0x00, 0x5f, 0x02, 0x78, 0x01, 0x77, 0x00,  //
                    0x4f, 0x01, 0x01, 0x5e, 0x64, 0x62, 0x01, 0x01,              //
                    0x4e, 0x00,                                                  //
                    0x5d, 0x00,                                                  //
                    0x4e, 0x02, 0x4d, 0x05, 0x5f, 0x00, 0x4c, 0x04, 0x5f, 0x00});
  CHECK(printed(build, &names) ==
        "(module\n"
        "  (type $f (func (param i32 anyref) (result v128)))\n"
        "  (rec\n"
        "    (type $s (sub (struct (field $x (mut i8)) (field $x#1 (@name \"x\") i16))))\n"
        "    (type (sub final $s (array (mut (ref (exact $s))))))\n"
        "  )\n"
        "  (rec)\n"
        "  (type (cont $f))\n"
        "  (rec\n"
        "    (type (descriptor 5) (struct))\n"
        "    (type (describes 4) (struct))\n"
        "  )\n"
        ")\n");
}

TEST_CASE("imports, definitions, exports") {
  Build build;
  build.section(1, {1, 0x60, 1, 0x7f, 0})
      .section(2, {5, 1, 'm', 1,    'f', 0x20, 0, 0, 0, 1, 0x70, 5, 1, 9, 0, 0, 2, 0x0f, 1, 2, 0,  //
                   0, 0, 3,   0x7f, 1,   0,    0, 4, 0, 0})
      .section(4, {1, 0x40, 0, 0x64, 0x70, 1, 1, 2, 0xd2, 0, 0x0b})
      .section(5, {1, 0x04, 1})
      .section(13, {1, 0, 0})
      .section(6, {1, 0x7f, 1, 0x41, 0x2a, 0x41, 1, 0x6a, 0x0b})
      .section(7, {2, 1, 'e', 4, 0, 1, '"', 0, 0})
      .section(8, {0});
  Names names;
  names.module = "m";
  names.funcs = {{0, "f"}};
  names.locals = {{0, {{0, "p"}}}};
  CHECK(printed(build.bytes, &names, true) ==
        "(module $m\n"
        "  (type (;0;) (func (param i32)))\n"
        "  (import \"m\" \"f\" (func $f (;0;) (exact (type 0) (param $p i32))))\n"
        "  (import \"\" \"\" (table (;0;) i64 1 9 funcref))\n"
        "  (import \"\" \"\" (memory (;0;) i64 1 2 shared (pagesize 1)))\n"
        "  (import \"\" \"\" (global (;0;) (mut i32)))\n"
        "  (import \"\" \"\" (tag (;0;) (type 0) (param i32)))\n"
        "  (table (;1;) 1 2 (ref func) ref.func $f)\n"
        "  (memory (;1;) i64 1)\n"
        "  (tag (;1;) (type 0) (param i32))\n"
        "  (global (;1;) (mut i32) i32.const 42 i32.const 1 i32.add)\n"
        "  (export \"e\" (tag 0))\n"
        "  (export \"\\22\" (func $f))\n"
        "  (start $f)\n"
        ")\n");
}

TEST_CASE("segments") {
  Build build;
  build
      .section(9, {8,                                                           //
                   0, 0x41, 0,    0x0b, 2,    5,    6,                          //
                   1, 0,    0,                                                  //
                   2, 3,    0x41, 0,    0x41, 1,    0x6a, 0x0b, 0,    1, 7,     //
                   3, 0,    1,    8,                                            //
                   4, 0x41, 0,    0x0b, 1,    0xd2, 1,    0x0b,                 //
                   5, 0x6f, 2,    0xd0, 0x6f, 0x0b, 0x0b,                       //
                   6, 0,    0x41, 0,    0x0b, 0x64, 0x70, 1,    0xd2, 1, 0x0b,  //
                   7, 0x70, 0})
      .section(11, {3, 0, 0x41, 0, 0x0b, 3, 'x', '"', 0, 1, 0, 2, 1, 0x0b, 0});
  CHECK(printed(build) ==
        "(module\n"
        "  (elem (i32.const 0) func 5 6)\n"
        "  (elem func)\n"
        "  (elem (table 3) (offset i32.const 0 i32.const 1 i32.add) func 7)\n"
        "  (elem declare func 8)\n"
        "  (elem (i32.const 0) funcref (ref.func 1))\n"
        "  (elem externref (ref.null extern) (item))\n"
        "  (elem (i32.const 0) (ref func) (ref.func 1))\n"
        "  (elem declare funcref)\n"
        "  (data (i32.const 0) \"x\\22\\00\")\n"
        "  (data \"\")\n"
        "  (data (memory 1) (offset) \"\")\n"
        ")\n");
}

TEST_CASE("functions") {
  Names names;
  names.funcs = {{0, "main"}};
  names.locals = {{0, {{1, "i"}, {9, "none such"}}}};
  names.labels = {{0, {{1, "in"}}}};
  Build build;
  build.section(1, {1, 0x60, 1, 0x7f, 0}).section(3, {2, 0, 0}).section(10, {2,  //
                                                                             22,   3,    2,    0x7e, 0,
                                                                             0x7d, 1,    0x7c,  //
                                                                             0x02, 0x40, 0x03, 0x40, 0x20,
                                                                             0x01, 0x0e, 1,    1,    0,
                                                                             0x0c, 2,    0x0b, 0x0b, 0x0b,  //
                                                                             2,    0,    0x0b});
  CHECK(printed(build.bytes, &names, true) ==
        "(module\n"
        "  (type (;0;) (func (param i32)))\n"
        "  (func $main (;0;) (type 0) (param i32)\n"
        "    (local $i i64) (local i64 f64)\n"
        "    block  ;; label = @1\n"
        "      loop $in\n"
        "        local.get $i\n"
        "        br_table 1 (;@1;) $in\n"
        "        br 2 (;@0;)\n"
        "      end\n"
        "    end\n"
        "  )\n"
        "  (func (;1;) (type 0) (param i32))\n"
        ")\n");
}

TEST_CASE("immediates") {
  CHECK(body({0, 0x28, 2, 0, 0x29, 0, 8, 0x29, 0x43, 1, 4, 0x0b}) ==
        "i32.load\ni64.load offset=8 align=1\ni64.load 1 offset=4");
  CHECK(body({0, 0xfd, 0x54, 0, 0, 3, 0xfd, 0x15, 7, 0x0b}) == "v128.load8_lane 3\ni8x16.extract_lane_s 7");
  CHECK(body({0, 0x3f, 0, 0x3f, 1, 0xfc, 10, 0, 0, 0xfc, 10, 1, 0, 0xfc, 8, 4, 0, 0xfc, 8, 4, 1, 0x0b}) ==
        "memory.size\nmemory.size 1\nmemory.copy\nmemory.copy 1 0\nmemory.init 4\nmemory.init 1 4");
  CHECK(body({0, 0xfc, 12, 3, 0, 0xfc, 14, 1, 2, 0xfc, 13, 3, 0x25, 0, 0x0b}) ==
        "table.init 0 3\ntable.copy 1 2\nelem.drop 3\ntable.get 0");
  CHECK(body({0, 0x11, 0, 0, 0x11, 0, 1, 0x10, 9, 0x14, 0, 0x0b}) ==
        "call_indirect (type 0)\ncall_indirect 1 (type 0)\ncall 9\ncall_ref 0");
  CHECK(body({0, 0x41, 0x7f, 0x42, 0x80, 0x7f, 0x43, 0, 0, 0x80, 0x3f, 0x44, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x0b}) ==
        "i32.const -1\ni64.const -128\nf32.const 1\nf64.const -0");
  CHECK(body({0, 0xd0, 0x70, 0xd0, 0, 0xd0, 0x62, 0, 0xfb, 0x14, 0x6c, 0xfb, 0x15, 0, 0xfb, 0x16, 0x62, 1, 0x0b}) ==
        "ref.null func\nref.null 0\nref.null (exact 0)\nref.test (ref i31)\nref.test (ref null 0)\n"
        "ref.cast (ref (exact 1))");
  CHECK(body({0, 0xfb, 0x18, 1, 0, 0x6e, 0, 0x0b}) == "br_on_cast 0 anyref (ref 0)");
  CHECK(body({0, 0x1b, 0x1c, 2, 0x7f, 0x6f, 0x1c, 0, 0x0b}) ==
        "select\nselect (result i32 externref)\nselect (result)");
  CHECK(body({0, 0xfb, 2, 3, 1, 0xfb, 8, 3, 4, 0xfb, 9, 3, 5, 0xfb, 17, 1, 2, 0x0b}) ==
        "struct.get 3 1\narray.new_fixed 3 4\narray.new_data 3 5\narray.copy 1 2");
  CHECK(body({0, 0xe3, 1, 2, 0, 3, 0, 1, 4, 0xe4, 1, 2, 0, 0xe6, 1, 2, 0xfe, 3, 0, 0x0b}) ==
        "resume 1 (on 3 0) (on 4 switch)\nresume_throw 1 2\nswitch 1 2\natomic.fence");
  CHECK(body({0,    0xfd, 12, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0,  0,  0,  0,  0,  0,  0x80,  //
              0xfd, 13,   0,  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 31, 0x0b}) ==
        "v128.const i32x4 0x04030201 0x00000000 0x00000000 0x80000000\n"
        "i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31");
}

TEST_CASE("blocks") {
  CHECK(body({0, 0x02, 0, 0x04, 0x7f, 0x41, 0, 0x05, 0x41, 1, 0x0b, 0x0b, 0x0b}) ==
        "block (type 0)\n  if (result i32)\n    i32.const 0\n  else\n    i32.const 1\n  end\nend");
  CHECK(body({0, 0x1f, 0x40, 4, 0, 7, 0, 1, 7, 0, 2, 0, 3, 0, 0x0b, 0x0b}) ==
        "try_table (catch 7 0) (catch_ref 7 0) (catch_all 0) (catch_all_ref 0)\nend");
  // The label of a delegate counts from outside its try.
  CHECK(body({0, 0x06, 0x40, 0x06, 0x40, 0x07, 3, 0x09, 0, 0x19, 0x0b, 0x18, 0, 0x0b}) ==
        "try\n  try\n  catch 3\n    rethrow 0\n  catch_all\n  end\ndelegate 0");
}

TEST_CASE("a label that is hidden by one of the same name is written as a number") {
  Names names;
  names.labels = {{0, {{0, "l"}, {1, "l"}}}};
  Build build;
  build.one_func({0, 0x02, 0x40, 0x02, 0x40, 0x0c, 1, 0x0c, 0, 0x0b, 0x0c, 0, 0x0b, 0x0b});
  std::string text = printed(build, &names);
  CHECK(text.find("block $l\n      block $l\n        br 1\n        br $l\n      end\n      br $l\n") != text.npos);
}

TEST_CASE("indentation stops growing, text stays linear") {
  ByteVec content{1};
  binary::Writer out(content);
  constexpr int kDepth = 20'000;
  out.sized([&] {
    out.byte(0);
    for (int i = 0; i < kDepth; ++i) out.byte(0x02), out.byte(0x40);
    for (int i = 0; i <= kDepth; ++i) out.byte(0x0b);
  });
  std::string text = printed(Build().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}).section(10, content).bytes);
  CHECK(text.size() < kDepth * 200);
}

TEST_CASE("a malformed body is cut off with a comment") {
  CHECK(body({0, 0x01, 0xff, 0x0b, 0x0b}) == "nop (; malformed at offset 24: illegal opcode, 2 bytes left out ;)");
  CHECK(body({0, 0x0b, 0x0b}) == " (; malformed at offset 23: section size mismatch, 1 bytes left out ;)");
}

TEST_CASE("floats") {
  CHECK(f32(0x3f800000) == "1");
  CHECK(f32(0x80000000) == "-0");
  CHECK(f32(0x3dcccccd) == "0.1");
  CHECK(f32(0x00000001) == "1e-45");
  CHECK(f32(0x7f7fffff) == "3.4028235e+38");
  CHECK(f32(0x7f800000) == "inf");
  CHECK(f32(0xff800000) == "-inf");
  CHECK(f32(0x7fc00000) == "nan");
  CHECK(f32(0xffc00000) == "-nan");
  CHECK(f32(0x7f800001) == "nan:0x1");
  CHECK(f32(0xffffffff) == "-nan:0x7fffff");
  CHECK(f64(0x3fb999999999999a) == "0.1");
  CHECK(f64(0x7ff8000000000000) == "nan");
  CHECK(f64(0xfff0000000000001) == "-nan:0x1");
  CHECK(f64(0x7ff0000000000000) == "inf");
  CHECK(f64(1) == "5e-324");
}

TEST_CASE("identifiers: quoted, unique, annotated") {
  const syntax::NameMap names{{0, "a"}, {1, "a"},        {2, "a#1"},      {3, "b c"},
                              {4, ""},  {5, "\xc3\xa4"}, {6, "\"\\\x01"}, {9, "far"}};
  text::IdMap ids(names, 9);
  CHECK(ids.find(0)->text == "$a");
  CHECK(ids.find(0)->exact);
  CHECK(ids.find(1)->text == "$a#1#");
  CHECK(!ids.find(1)->exact);
  CHECK(ids.find(1)->name == "a");
  CHECK(ids.find(2)->text == "$a#1");
  CHECK(ids.find(3)->text == "$\"b c\"");
  CHECK(ids.find(4)->text == "");
  CHECK(!ids.find(4)->exact);
  CHECK(ids.find(5)->text == "$\"\xc3\xa4\"");
  CHECK(ids.find(6)->text == "$\"\\22\\5c\\01\"");
  CHECK(ids.find(9) == nullptr);
}

TEST_CASE("names do not hide the text around them") {
  std::string out;
  text::append_name(out, "a\xe2\x80\xae\xc2\x85\xf0\x9f\x98\x80");  // right-to-left override, next line, a face
  CHECK(out == "\"a\\e2\\80\\ae\\c2\\85\xf0\x9f\x98\x80\"");
}

TEST_CASE("custom sections and branch hints") {
  const uint8_t content[] = {'h', 'i', 0}, hints[] = {1, 0, 1, 3, 1, 1};
  Build build;
  build.custom("c1", content)
      .section(1, {1, 0x60, 0, 0})
      .custom("c2", {})
      .section(3, {1, 0})
      .custom("metadata.code.branch_hint", hints)
      .code({0, 0x41, 0, 0x04, 0x40, 0x0b, 0x0b});
  CHECK(printed(build) ==
        "(module\n"
        "  (type (func))\n"
        "  (func (type 0)\n"
        "    i32.const 0\n"
        "    (@metadata.code.branch_hint \"\\01\")\n"
        "    if\n"
        "    end\n"
        "  )\n"
        "  (@custom \"c1\" (before first) \"hi\\00\")\n"
        "  (@custom \"c2\" (after type) \"\")\n"
        ")\n");
}

TEST_CASE("sections that cannot be read are printed as they are") {
  const uint8_t hints[] = {1, 0, 1, 1, 1, 1}, names[] = {1, 4, 1, 0, 1, 'f'};
  Build build;
  build.one_func({0, 0x41, 0, 0x1a, 0x0b}).custom("metadata.code.branch_hint", hints).custom("name", names);
  std::string text = printed(build);
  CHECK(text.find("(@custom \"metadata.code.branch_hint\" (after code) \"\\01\\00\\01\\01\\01\\01\")") != text.npos);
  CHECK(text.find("(@custom \"name\" (after code)") != text.npos);
  CHECK(text.find("$f") == text.npos);
  Names read;
  read.funcs = {{0, "f"}};
  text = printed(build, &read);
  CHECK(text.find("(@custom \"name\"") == text.npos);
  CHECK(text.find("(func $f") != text.npos);
}
