// The grammar, area by area: what the text becomes, and where errors are.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "text/parse.h"

using namespace heddle;
using namespace heddle::text;

namespace {

Features without(Feature feature) {
  Features features;
  features.set(feature, false);
  return features;
}

ParsedModule parsed(const std::string& source, const Features& features = Features()) {
  ErrorSink sink;
  auto result = parse_module(source, features, &sink);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : locate(source, result.error(), &sink, "test")));
  return std::move(result).value();
}

std::string hex(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (uint8_t b : bytes) out.append({kDigits[b >> 4], kDigits[b & 15]});
  return out;
}

// The body of the first defined function of a module that has these fields before it.
std::string body(const std::string& function, const std::string& fields = "") {
  ParsedModule module = parsed(fields + "(func " + function + ")");
  return hex(module.module.code.back().body.bytes);
}

// Spaces are for the reader.
std::string operator""_hex(const char* text, size_t size) {
  std::string out(text, size);
  std::erase(out, ' ');
  return out;
}

struct Failure {
  std::string text;
  uint32_t offset = 0;
};

Failure failure(std::string_view source, const Features& features = Features()) {
  ErrorSink sink;
  auto result = parse_module(source, features, &sink);
  if (result.ok()) return {"it parses", 0};
  return {describe(result.error(), &sink), result.error().offset};
}

// The error's words begin with `words`, and it is where `source` has a ^, which is taken out.
void check_failure(std::string source, std::string_view words) {
  CAPTURE(source);
  size_t at = source.find('^');
  REQUIRE(at != std::string::npos);
  source.erase(at, 1);
  Failure found = failure(source);
  CAPTURE(found.text);
  CHECK(found.text.starts_with(words));
  CHECK(found.offset == at);
}

}  // namespace

TEST_CASE("a module is fields in parentheses or alone") {
  CHECK(parsed("").module.funcs.empty());
  CHECK(parsed("(module)").module.funcs.empty());
  CHECK(parsed("(module $m (func))").names.module == "m");
  CHECK(parsed("(func) (func)").module.funcs.size() == 2);
  check_failure("(module) ^(module)", "unexpected token: expected the end of the text, found `(module`");
  check_failure("(module (func)^", "unexpected token");
  check_failure("(func) ^)", "unexpected token");
  check_failure("(^foo)", "unknown operator foo");
  check_failure("(^nop)", "unexpected token: expected a module field");
}

TEST_CASE("inline signatures use the first type that fits, or append one") {
  ParsedModule m = parsed(R"((func (param i32)) (func (result i64)) (func (param i32)) (type (func (param f32)))
                             (type (func (param i32))) (func (param f32)))");
  REQUIRE(m.module.types.size() == 3);
  CHECK(m.module.funcs == std::vector<TypeIdx>{{1}, {2}, {1}, {0}});
  CHECK(m.module.rec_groups.size() == 3);
}

TEST_CASE("only a plain function type of its own stands for a signature") {
  ParsedModule m = parsed(R"((type (sub (func))) (rec (type (func)) (type (func))) (func))");
  CHECK(m.module.types.size() == 4);
  CHECK(m.module.funcs[0].raw == 3);
}

TEST_CASE("a signature beside a type repeats it") {
  parsed("(type $t (func (param i32) (result i64))) (func (type $t) (param i32) (result i64) unreachable)");
  check_failure("(type $t (func (param i32))) (func ^(type $t) (param i64))", "inline function type");
  check_failure("(type $t (struct)) (func ^(type $t) (param i64))", "inline function type");
  check_failure("(func ^(type 2) (param i32))", "unknown type 2");
  check_failure("(func (result i32) ^(param i32))", "unexpected token");
}

TEST_CASE("types") {
  ParsedModule m = parsed(R"(
    (rec (type $a (sub (descriptor $b) (struct (field $x i8) (field (mut i16) (ref null $b)))))
         (type $b (describes $a) (struct)))
    (type $c (sub final $a (struct (field i8 (mut i16)) (field (ref null 1)))))
    (type $d (array (mut (ref (exact $a)))))
    (type $f (func (param $p i32 ) (param i64 f32) (result v128 anyref)))
    (type $k (cont $f)))");
  auto& types = m.module.types;
  REQUIRE(types.size() == 6);
  CHECK(m.module.rec_groups[0].count == 2);
  CHECK(types[0].kind == CompKind::struct_);
  CHECK_FALSE(types[0].final);
  CHECK(types[0].descriptor == TypeIdx{1});
  CHECK(types[1].describes == TypeIdx{0});
  CHECK(types[0].fields[0] == FieldType{ValKind::i8, false});
  CHECK(types[0].fields[1] == FieldType{ValKind::i16, true});
  CHECK(types[0].fields[2] == FieldType{ValType::ref(HeapType::defined(1), true), false});
  CHECK(types[2].super == TypeIdx{0});
  CHECK(types[2].fields == types[0].fields);
  CHECK(types[3].fields[0].type == ValType::ref(HeapType::defined(0, true), false));
  CHECK(types[4].params == std::vector<ValType>{kI32, kI64, kF32});
  CHECK(types[4].results == std::vector<ValType>{kV128, kAnyRef});
  CHECK(types[5].cont.raw == 4);
  CHECK(m.names.fields[0][0] == "x");
  check_failure("(type (struct (field $x i32) (field ^$x i32)))", "duplicate field $x");
  check_failure("(type (struct (field (ref (exact ^any)))))", "unexpected token");
  check_failure("(type (func (param ^i8)))", "unexpected token");
}

TEST_CASE("abbreviated reference types") {
  ParsedModule m = parsed(
      "(type (func (param anyref eqref i31ref structref arrayref nullref funcref nullfuncref"
      " externref nullexternref exnref nullexnref contref nullcontref)))");
  std::vector<HeapKind> kinds;
  for (ValType t : m.module.types[0].params) {
    CHECK(t.nullable());
    kinds.push_back(t.heap().kind());
  }
  using enum HeapKind;
  CHECK(kinds == std::vector<HeapKind>{any, eq, i31, struct_, array, none, func, nofunc, extern_, noextern, exn,
                                       noexn, cont, nocont});
}

TEST_CASE("imports and exports, inline and not") {
  ParsedModule m = parsed(R"(
    (import "a" "f" (func $f (param i32)))
    (func $g (export "g1") (export "g2") (import "a" "g") (result i32))
    (table (import "a" "t") i64 1 2 funcref)
    (memory (export "m") (import "a" "m") 1 2 shared)
    (global (import "a" "x") (mut i32))
    (tag $t (import "a" "tag") (param i64))
    (func $h (export "h"))
    (export "f" (func $f)) (export "t" (tag $t)))");
  REQUIRE(m.module.imports.size() == 6);
  CHECK(m.module.imported_funcs == 2);
  CHECK(m.module.imports[2].type.table.addr64);
  CHECK(m.module.imports[3].type.memory.shared);
  CHECK(m.module.imports[4].type.global.mut);
  CHECK(m.module.imports[5].type.kind == ExternKind::tag);
  REQUIRE(m.module.exports.size() == 6);
  CHECK(m.module.exports[1].name == "g2");
  CHECK(m.module.exports[1].index == 1);
  CHECK(m.module.exports[3].index == 2);
  CHECK(m.module.exports[4].index == 0);
  CHECK(m.names.funcs[2] == "h");
  check_failure("(func) ^(import \"\" \"\" (memory 1))", "import after");
  check_failure("(global i32 (i32.const 0)) (func ^(import \"\" \"\"))", "import after global definition");
  check_failure("(import \"\" \"\" (func $f)) (func ^$f)", "duplicate function $f");
  check_failure("(export \"f\" (func ^$g))", "unknown function $g");
  check_failure("(import ^\"\\ff\" \"\" (func))", "malformed UTF-8 encoding");
}

TEST_CASE("compact imports") {
  ParsedModule m = parsed(R"((import "m" (item "a" (func $a)) (item "b" (global i32)))
                             (import "n" (item "c") (item "d") (global i64)) (func $f))");
  REQUIRE(m.module.imports.size() == 4);
  CHECK(m.module.imports[3].module == "n");
  CHECK(m.module.imports[3].name == "d");
  CHECK(m.module.imported_globals == 3);
  CHECK(m.names.funcs[1] == "f");
  check_failure("(import \"m\" (item \"a\") (func ^$f))", "identifier not allowed");
}

TEST_CASE("memories, tables and their segments") {
  ParsedModule m = parsed(R"(
    (memory i64 (data "abc" "\00"))
    (memory 1 (pagesize 1))
    (memory (pagesize 1) (data "xy"))
    (table $t funcref (elem $f $f))
    (table 1 2 (ref $s) (ref.func $f))
    (table (ref null $s) (elem $f))
    (data $d (memory 1) (offset i32.const 1) "q")
    (data "passive")
    (elem declare func $f)
    (elem (table $t) (i32.const 0) (ref null func) (item ref.null func) (ref.func $f))
    (elem (i32.const 1) $f)
    (type $s (func)) (func $f))");
  auto& mod = m.module;
  CHECK(mod.memories[0].addr64);
  CHECK(mod.memories[0].limits == Limits{1, 1});
  CHECK(hex(mod.datas[0].offset.bytes) == "42000b");
  CHECK(hex(mod.datas[0].bytes) == "61626300");
  CHECK(mod.memories[1].page_size_log2 == 0);
  CHECK(mod.memories[2].limits == Limits{2, 2});
  CHECK(mod.tables[0].type.limits == Limits{2, 2});
  CHECK_FALSE(mod.elems[0].by_expr);
  CHECK(mod.tables[1].init->bytes.size() == 3);
  CHECK(mod.elems[1].by_expr);
  CHECK(mod.elems[1].type == ValType::ref(HeapType::defined(0), true));
  CHECK(mod.datas[2].memory.raw == 1);
  CHECK(mod.datas[3].mode == syntax::SegmentMode::passive);
  CHECK(mod.elems[2].mode == syntax::SegmentMode::declarative);
  CHECK(hex(mod.elems[3].exprs[0].bytes) == "d0700b");
  CHECK(mod.elems[4].funcs == std::vector<FuncIdx>{{0}});
  CHECK(m.names.datas[2] == "d");
  check_failure("(memory 0 (pagesize ^3))", "invalid custom page size");
  check_failure("(memory ^0x1_0000_0000_0000_0000)", "i64 constant out of range");
  check_failure("(table 1 ^i32)", "unexpected token: expected a reference type");
}

TEST_CASE("before 3.0 sizes have 32 bits") {
  CHECK(failure("(memory 0x1_0000_0000)").text == "it parses");
  CHECK(failure("(memory 0x1_0000_0000)", without(Feature::v3)).text == "i32 constant out of range");
}

TEST_CASE("start and globals") {
  ParsedModule m = parsed("(global $g (mut i64) (i64.const -1)) (start $f) (func $f)");
  CHECK(m.module.start == FuncIdx{0});
  CHECK(m.module.globals[0].type.mut);
  CHECK(hex(m.module.globals[0].init.bytes) == "427f0b");
  check_failure("(func $f) (start $f) (start ^$f)", "multiple start sections");
}

TEST_CASE("locals form runs and have names") {
  ParsedModule m =
      parsed("(func (param $a i32) (param f32) (local i32 i32) (local $x i32) (local i64) local.get $x)");
  auto& code = m.module.code[0];
  REQUIRE(code.run_count == 2);
  CHECK(m.module.local_runs[0].count == 3);
  CHECK(m.module.local_runs[1].count == 1);
  CHECK(hex(code.body.bytes) == "20040b");
  CHECK(code.body.offset - code.entry_offset == 5);
  CHECK(m.names.locals[0] == syntax::NameMap{{0, "a"}, {4, "x"}});
  check_failure("(func (param $x i32) (local ^$x i32))", "duplicate local $x");
  CHECK(body("(type $t) (local $l i32) (local.get $l)", "(type $t (func (param i64 i64)))") == "20020b");
}

TEST_CASE("folded and flat are the same") {
  std::string flat = body("(param i32) (result i32) local.get 0 i32.const 1 i32.add local.get 0 i32.mul");
  CHECK(flat == "200041016a20006c0b");
  CHECK(body("(param i32) (result i32) (i32.mul (i32.add (local.get 0) (i32.const 1)) (local.get 0))") == flat);
  CHECK(body("(param i32) (result i32) (i32.add (local.get 0) (i32.const 1)) local.get 0 i32.mul") == flat);
  check_failure("(func (i32.add ^i32.const 1))", "unexpected token: expected a folded instruction or `)`");
  check_failure("(func (^i32.sum))", "unknown operator i32.sum");
}

TEST_CASE("blocks and labels") {
  CHECK(body("block $a (loop $b (br $a) (br $b)) br 0 end $a") == "02400340 0c010c000b 0c000b0b"_hex);
  CHECK(body("(block $x (result i32) (i32.const 1) (block $x (br $x)) (br $x))") ==
        "027f4101 02400c000b 0c000b0b"_hex);
  CHECK(body("(block (param i32) (result i32 i32) unreachable)") == "0201000b0b");
  CHECK(body("(block (type 0))") == "0200 0b0b"_hex);
  CHECK(body("(block $a (block $b (br_table $a $b 1)))") == "02400240 0e02010001 0b0b0b"_hex);
  check_failure("(func block $a end ^$b)", "mismatching label: the block's is $a");
  check_failure("(func block end ^$b)", "mismatching label");
  check_failure("(func (block $abc (br ^$abd)))", "unknown label $abd");
  check_failure("(func block $a end br ^$a)", "unknown label $a");
  check_failure("(func block^)", "unexpected token: expected an instruction or `end`");
  check_failure("(func ^end)", "unexpected token");
}

TEST_CASE("if in all its forms") {
  std::string whole = "4101 047f 4102 05 4103 0b 1a0b"_hex;
  CHECK(body("i32.const 1 if (result i32) i32.const 2 else i32.const 3 end drop") == whole);
  CHECK(body("(drop (if (result i32) (i32.const 1) (then (i32.const 2)) (else (i32.const 3))))") == whole);
  CHECK(body("i32.const 1 (if (result i32) (then i32.const 2) (else i32.const 3)) drop") == whole);
  CHECK(body("(if $l (i32.const 1) (then (br $l)))") == "4101 0440 0c00 0b0b"_hex);
  CHECK(body("(i32.const 1) if $l br $l else $l br $l end $l") == "4101 0440 0c00 05 0c00 0b0b"_hex);
  check_failure("(func (if (i32.const 1)^))", "unexpected token");
  check_failure("(func (if (i32.const 1) ^(else)))", "unexpected token: expected `(then`");
  check_failure("(func (if (then) (else) ^(else)))", "unexpected token");
  check_failure("(func (if (then) ^(nop)))", "unexpected token");
  check_failure("(func (if $l (br ^$l) (then)))", "unknown label $l");
  check_failure("(func i32.const 1 if else ^else end)", "unexpected token");
}

TEST_CASE("exceptions, both handlings") {
  std::string fields = "(tag $e (param i32))";
  CHECK(body("(block $h (result i32) (try_table (catch $e $h) (catch_all_ref 0) (throw $e (i32.const 1))) "
             "(i32.const 0)) drop",
             fields) == "027f 1f40 02 000000 0300 4101 0800 0b 4100 0b1a0b"_hex);
  std::string legacy = "0640 01 0700 1a 19 0900 0b0b"_hex;
  CHECK(body("try nop catch $e drop catch_all rethrow 0 end", fields) == legacy);
  CHECK(body("(try (do nop) (catch $e drop) (catch_all (rethrow 0)))", fields) == legacy);
  CHECK(body("(block $b (try $t (do nop) (delegate $b)))") == "0240 0640 01 1800 0b0b"_hex);
  CHECK(body("block $b try $t nop delegate $b end") == "0240 0640 01 1800 0b0b"_hex);
  check_failure("(func (try ^(catch_all)))", "unexpected token: expected `(do`");
  check_failure("(func (try (do) (catch_all) ^(catch_all)))", "unexpected token");
  check_failure("(tag $e) (func (try (do) (catch $e) ^(delegate 0)))", "unexpected token");
  check_failure("(func ^catch_all)", "unexpected token");
  check_failure("(func try catch_all ^catch_all end)", "unexpected token");
}

TEST_CASE("memory operands") {
  std::string fields = "(memory 1) (memory $m i64 1)";
  CHECK(body("(drop (i32.load (i32.const 0)))", fields) == "4100 280200 1a0b"_hex);
  CHECK(body("(drop (i64.load16_u $m offset=0x80 align=1 (i64.const 0)))", fields) == "4200 33400180 01 1a0b"_hex);
  CHECK(body("(v128.store8_lane 5 (i32.const 0) (v128.const i64x2 0 0))", fields).ends_with("fd58 0000 05 0b"_hex));
  CHECK(body("(v128.store8_lane 1 offset=2 5 (i64.const 0) (v128.const i64x2 0 0))", fields)
            .ends_with("fd58 4001 02 05 0b"_hex));
  CHECK(body("(memory.copy (i32.const 0) (i32.const 0) (i32.const 0))", fields).ends_with("fc0a 0000 0b"_hex));
  CHECK(body("(memory.init $m $d (i64.const 0) (i32.const 0) (i32.const 0))", fields + "(data \"\") (data $d \"\")")
            .ends_with("fc08 0101 0b"_hex));
  CHECK(body("(drop (i32.atomic.rmw8.add_u (i32.const 0) (i32.const 1)))", fields).ends_with("fe20 0000 1a0b"_hex));
  check_failure("(memory 1) (func (drop (i32.load ^align=3 (i32.const 0))))", "alignment must be a power of two");
  check_failure("(memory 1) (func (drop (i32.load ^offset=0x10000000000000000 (i32.const 0))))",
                "i64 constant out of range");
  check_failure("(func (drop (i8x16.extract_lane_s ^256 (v128.const i64x2 0 0))))", "i8 constant out of range");
  check_failure("(func (drop (i8x16.extract_lane_s ^-1 (v128.const i64x2 0 0))))", "unexpected token");
}

TEST_CASE("the data count section is there when it is needed") {
  CHECK(parsed("(memory 1) (data \"\") (func (data.drop 0))").module.has_data_count);
  CHECK_FALSE(parsed("(memory 1) (data \"\") (func)").module.has_data_count);
}

TEST_CASE("tables, calls and select") {
  std::string fields = "(table $s 1 funcref) (table $t 1 funcref) (elem $e func) (type $ft (func (param i32)))";
  CHECK(body("(call_indirect $t (type $ft) (i32.const 1) (i32.const 0))", fields) == "4101 4100 11 0001 0b"_hex);
  CHECK(body("(call_indirect (param i32) (i32.const 1) (i32.const 0))", fields) == "4101 4100 11 0000 0b"_hex);
  CHECK(body("(table.init $t $e (i32.const 0) (i32.const 0) (i32.const 0))", fields).ends_with("fc0c 0001 0b"_hex));
  CHECK(body("(table.copy $t $s (i32.const 0) (i32.const 0) (i32.const 0))", fields).ends_with("fc0e 0100 0b"_hex));
  CHECK(body("(drop (table.size))", fields) == "fc10 00 1a0b"_hex);
  CHECK(body("unreachable select drop") == "001b1a0b");
  CHECK(body("unreachable select (result i64) drop") == "001c017e1a0b");
  check_failure("(table 1 funcref) (func (call_indirect (param ^$x i32) (i32.const 0)))", "unexpected token");
}

TEST_CASE("references and casts") {
  std::string fields = "(type $s (struct (field $a i32) (field $b (mut i64))))";
  CHECK(body("(drop (struct.get $s $b (ref.null $s)))", fields) == "d000 fb02 0001 1a0b"_hex);
  CHECK(body("(drop (ref.test (ref $s) (ref.null any)))", fields) == "d06e fb14 00 1a0b"_hex);
  CHECK(body("(drop (ref.cast (ref null $s) (ref.null any)))", fields) == "d06e fb17 00 1a0b"_hex);
  CHECK(body("(block (result anyref) (br_on_cast 0 anyref (ref eq) (ref.null any))) drop") ==
        "026e d06e fb18 01 006e6d 0b1a0b"_hex);
  CHECK(body("(drop (array.new_fixed $v 2 (i32.const 1) (i32.const 2)))", "(type $v (array i32))") ==
        "4101 4102 fb08 0002 1a0b"_hex);
  check_failure("(type $s (struct (field $a i32))) (func (drop (struct.get $s ^$c (ref.null $s))))",
                "unknown field $c");
}

TEST_CASE("continuations") {
  std::string fields = "(type $f (func)) (type $k (cont $f)) (tag $t) (tag $u)";
  CHECK(body("(block $h (result (ref $k)) (resume $k (on $t $h) (on $u switch) (ref.null $k)) unreachable) drop",
             fields) == "026401 d001 e301 02 000000 0101 00 0b1a0b"_hex);
  CHECK(body("(resume_throw $k $u (ref.null $k))", fields) == "d001 e401 01 00 0b"_hex);
  CHECK(body("(switch $k $t (ref.null $k))", fields) == "d001 e60100 0b"_hex);
}

TEST_CASE("constants") {
  CHECK(body("i32.const 0xffffffff drop") == "417f1a0b");
  CHECK(body("i64.const -0x8000_0000_0000_0000 drop") == "42808080808080808080 7f 1a0b"_hex);
  CHECK(body("f32.const 1 drop") == "430000803f 1a0b"_hex);
  CHECK(body("f64.const -0x1.8p0 drop") == "44000000000000f8bf 1a0b"_hex);
  CHECK(body("v128.const i16x8 -1 0 1 2 3 4 5 65535 drop") == "fd0c ffff0000010002000300040005 00ffff 1a0b"_hex);
  CHECK(body("v128.const f64x2 1 -inf drop") == "fd0c 000000000000f03f 000000000000f0ff 1a0b"_hex);
  CHECK(body("i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 31 drop").starts_with("fd0d 00010203"_hex));
  check_failure("(func i32.const ^0x100000000)", "constant out of range");
  check_failure("(func i32.const ^1.5)", "unexpected token: expected an integer");
  check_failure("(func f32.const ^1e40)", "constant out of range");
  check_failure("(func f32.const ^nan:canonical)", "unexpected token");
  check_failure("(func i32.const ^0x)", "unknown operator 0x");
  check_failure("(func v128.const ^i32x4 1 2 3)", "wrong number of lane literals");
  check_failure("(func v128.const i8x16 ^256 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0)", "constant out of range");
  check_failure("(func i8x16.shuffle ^1 2 3)", "invalid lane length");
}

TEST_CASE("identifiers are compared as decoded") {
  CHECK(body(R"((local $"\41b" i32) (local.get $Ab) (local.get $"A\u{62}"))") == "200020000b");
  check_failure("(func $\"a\") (func ^$a)", "duplicate function $a");
  ErrorSink sink;
  REQUIRE_FALSE(parse_module("(func $counter) (func (call $conter))", Features(), &sink).ok());
  REQUIRE(sink.notes.size() == 1);
  CHECK(sink.notes[0] == "Did you mean $counter?");
}

TEST_CASE("notes say what may be meant") {
  auto note = [](std::string_view source) {
    ErrorSink sink;
    CHECK_FALSE(parse_module(source, Features(), &sink).ok());
    return sink.notes.empty() ? "" : sink.notes[0];
  };
  CHECK(note("(func i32.cosnt 1)") == "Did you mean `i32.const`?");
  CHECK(note("(fun)") == "Did you mean `func`?");
  CHECK(note("(func local.get $c)") == "");
  CHECK(note("(func block $out end br $ouT)") == "");
  CHECK(note("(module\n  (func") == "The parenthesis at line 2, column 3 is not closed.");
}

TEST_CASE("features can be switched off") {
  CHECK(failure("(func (drop (i64.add128)))", without(Feature::wide_arithmetic))
            .text.starts_with("feature not enabled"));
  CHECK(failure("(memory 1 1 shared)", without(Feature::threads)).text.starts_with("feature not enabled"));
  CHECK(failure("(type $k (cont 0))", without(Feature::stack_switching)).text.starts_with("feature not enabled"));
  CHECK(failure("(func try end)", without(Feature::legacy_exceptions)).text.starts_with("feature not enabled"));
}

TEST_CASE("@name") {
  ParsedModule m =
      parsed("(module $m (@name \"M\") (func $f (@name \"F\")) (tag (@name \"T\")) (func (param $x i32)))");
  CHECK(m.names.module == "M");
  CHECK(m.names.funcs == syntax::NameMap{{0, "F"}});
  CHECK(m.names.tags == syntax::NameMap{{0, "T"}});
  check_failure("(module (@name \"a\") ^(@name \"b\"))", "@name annotation: multiple module names");
  check_failure("(module (func) ^(@name \"M\"))", "misplaced @name annotation");
  check_failure("(module (start $f ^(@name \"M\")) (func $f))", "misplaced @name annotation");
}

TEST_CASE("@custom") {
  ParsedModule m =
      parsed("(@custom \"a\" (before func) \"1\" \"2\") (func) (@custom \"b\" (after first)) (@custom \"c\")");
  REQUIRE(m.module.customs.size() == 3);
  CHECK(m.module.customs[0].after == syntax::SectionId::import);
  CHECK(hex(m.module.customs[0].bytes) == "3132");
  CHECK(m.module.customs[1].after == syntax::SectionId::custom);
  CHECK(m.module.customs[2].after == syntax::SectionId::data);
  check_failure("^(@custom)", "@custom annotation: missing section name");
  check_failure("(func ^(@custom \"x\"))", "misplaced @custom annotation");
  check_failure("^(@custom \"x\" (before types))", "@custom annotation: malformed section kind");
  check_failure("(@custom \"x\" ^here)", "@custom annotation: unexpected token");
}

TEST_CASE("branch hints") {
  ParsedModule m = parsed(R"((func (param i32) (local i64) local.get 0 (@metadata.code.branch_hint "\01") if end
                             (@metadata.code.branch_hint "\00") (br_if 0 (local.get 0))))");
  REQUIRE(m.hints[0].size() == 2);
  CHECK(m.hints[0][0].offset == 3 + 2);
  CHECK(m.hints[0][0].likely);
  CHECK(m.hints[0][1].offset == 3 + 7);
  CHECK_FALSE(m.hints[0][1].likely);
  constexpr std::string_view kWords = "@metadata.code.branch_hint annotation: ";
  auto words = [&](std::string_view rest) { return std::string(kWords) + std::string(rest); };
  check_failure(
      "(func i32.const 0 (@metadata.code.branch_hint \"\\01\") ^(@metadata.code.branch_hint \"\\01\") if end)",
      words("duplicate annotation"));
  check_failure("^(@metadata.code.branch_hint \"\\01\") (func)", words("not in a function"));
  check_failure("(func nop ^(@metadata.code.branch_hint \"\\01\"))", words("invalid placement"));
  check_failure("(func ^(@metadata.code.branch_hint \"\\02\") if end)", words("invalid hint value"));
  check_failure("(func (@metadata.code.branch_hint \"\\01\") ^nop)", words("invalid target"));
}

TEST_CASE("instructions know their place in the text") {
  std::string source = "(func (result i32)\n  (block)\n  (i64.const 1))";
  ParsedModule m = parsed(source);
  const syntax::Expr& expr = m.module.code[0].body;
  CHECK(m.text_offset(expr.offset) == source.find("(block"));
  CHECK(m.text_offset(expr.offset + 2) == source.find(")\n  (i64"));
  CHECK(m.text_offset(expr.offset + 3) == source.find("(i64"));
  CHECK(m.text_offset(expr.offset + 5) == source.size() - 1);
}

TEST_CASE("errors are shown with their line") {
  std::string source = "(module\n  (func $\xc3\xa4x)\n";
  source = "(module\n\t(func (drop \"\xc3\xa4\" (i32.const x))))";
  ErrorSink sink;
  auto result = parse_module(source, Features(), &sink);
  REQUIRE_FALSE(result.ok());
  CHECK(locate(source, result.error(), &sink, "a.wat") ==
        "a.wat:2:14: error: unexpected token: expected a folded instruction or `)`, found a string\n"
        "   (func (drop \"\xc3\xa4\" (i32.const x))))\n"
        "               ^\n");
  CHECK(position_of("a\r\nb\rc\n", 6).line == 3);
  CHECK(position_of("a\r\nbc", 4).column == 2);
  std::string wide = "(func " + std::string(500, ' ') + "foo" + std::string(500, ' ') + ")";
  result = parse_module(wide, Features(), &sink);
  REQUIRE_FALSE(result.ok());
  std::string shown = locate(wide, result.error(), nullptr, "");
  CHECK(shown.size() < 400);
  size_t line = shown.find('\n') + 1, caret = shown.find('^');
  CHECK(shown.compare(line + caret - (shown.find('\n', line) + 1), 3, "foo") == 0);
}

TEST_CASE("nesting has no end") {
  constexpr size_t kDepth = 100'000;
  auto nested = [](std::string_view open, std::string_view middle, std::string_view close) {
    std::string source = "(func (result i32) ";
    for (size_t i = 0; i < kDepth; ++i) source += open;
    source += middle;
    for (size_t i = 0; i < kDepth; ++i) source += close;
    return source + ")";
  };
  CHECK(failure(nested("(i32.eqz ", "(i32.const 1)", ")")).text == "it parses");
  CHECK(failure(nested("(block (result i32) ", "(i32.const 1)", ")")).text == "it parses");
  CHECK(failure(nested("block ", "", "end ")).text == "it parses");
  CHECK(failure(nested("(if (result i32) (i32.const 1) (then ", "nop", ") (else (i32.const 0)))")).text ==
        "it parses");
  CHECK(failure(nested("(try (do ", "nop", ") (catch_all))")).text == "it parses");
  CHECK(failure(nested("(", "", "")).text.starts_with("unexpected token"));
  CHECK(failure(nested("(block ", "", "")).text.starts_with("unexpected token"));
  CHECK(failure("(; " + nested("(; ", "", ";)") + ";)").text == "it parses");
}
