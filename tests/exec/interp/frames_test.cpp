// Frames of more slots than 16 bits can name, and frames that do not fit.
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::i32;
using testing::World;

namespace {

// `fields` and a function $f of one i32 whose own locals $x.. come after 40,000 vectors: out of reach of 16-bit
// operands.
std::string wide(std::string_view fields, std::string_view locals, std::string_view body,
                 std::string_view result = "i32") {
  std::string text = "(module ";
  text += fields;
  text += "(func $f (export \"f\") (param $p i32) (result ";
  text += result;
  text += ") (local";
  for (int i = 0; i < 40000; ++i) text += " v128";
  text += ") ";
  text += locals;
  text += body;
  text += "))";
  return text;
}

uint64_t run(std::string_view fields, std::string_view locals, std::string_view body, uint32_t arg) {
  World w;
  rt::Instance& i = w.instantiate(wide(fields, locals, body));
  uint64_t result = w.call(i, "f", {i32(arg)});
  CHECK(w.outcome == rt::Outcome::returned);
  return result;
}

}  // namespace

TEST_CASE("wide frames: arithmetic on far locals and temporaries") {
  CHECK(run("", "(local $x i32) (local $y i32) (local $z i64)", R"(
    (local.set $x (i32.add (local.get $p) (i32.const 1)))
    (local.set $y (i32.sub (i32.mul (local.get $x) (local.get $x)) (i32.div_u (local.get $p) (local.get $x))))
    (local.set $z (i64.extend_i32_u (local.get $y)))
    (i32.add (local.tee $x (i32.wrap_i64 (local.get $z))) (i32.add (local.get $x) (i32.clz (local.get $y)))))",
            10) == 121 + 121 + 25);
}

TEST_CASE("wide frames: values kept while their local changes") {
  CHECK(run("", "(local $x i32) (local $y i32)", R"(
    (local.set $x (i32.const 5))
    (local.get $x) (local.get $x) (local.get $x) (local.get $x) (local.get $x)
    (local.set $x (i32.lt_s (local.get $x) (local.get $p)))
    i32.add i32.add i32.add i32.add
    (i32.mul (local.get $x) (i32.const 100)) i32.add)",
            6) == 125);
}

TEST_CASE("wide frames: a comparison keeps its operands while other values settle") {
  CHECK(run("", "(local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $e i32) (local $f i32)", R"(
    (local.set $a (i32.const 1)) (local.set $b (i32.const 2)) (local.set $c (i32.const 3))
    (local.set $d (i32.const 4)) (local.set $e (i32.const 7)) (local.set $f (i32.const 8))
    (block $out (result i32 i32 i32 i32 i32)
      (local.get $a) (local.get $b) (local.get $c) (local.get $d) (i32.const 50)
      (br_if $out (i32.lt_u (local.get $e) (local.get $f)))
      (drop) (i32.const 1000))
    i32.add i32.add i32.add i32.add)",
            0) == 60);
}

TEST_CASE("wide frames: calls, direct, indirect and by reference") {
  std::string_view fields = R"((type $t (func (param i32 i32 i32 i32 i32 i32 v128 i32) (result i32)))
    (table 2 funcref) (elem (i32.const 0) func $g $h)
    (func $g (type $t)
      (i32.add (local.get 0) (i32.add (local.get 5) (i32.add (local.get 7) (i32x4.extract_lane 3 (local.get 6))))))
    (func $h (type $t)
      (i32.sub (call $g (local.get 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (local.get 5)
      (local.get 6) (local.get 7)) (local.get 1))))";
  std::string args = R"((local.get $p) (local.get $x) (i32.const 7) (local.get $x) (i32.const 9) (local.get $y)
    (v128.const i32x4 0 0 0 1000) (i32.const 5))";
  std::string_view locals = "(local $x i32) (local $y i32) (local $i i32) (local $r (ref null $t))";
  std::string set = "(local.set $x (i32.const 3)) (local.set $y (i32.const 20)) (local.set $i (i32.const 1))";
  set += "(local.set $r (ref.func $h))";
  CHECK(run(fields, locals, set + "(call $g " + args + ")", 100) == 1125);
  CHECK(run(fields, locals, set + "(call_indirect (type $t) " + args + "(local.get $i))", 100) == 1122);
  CHECK(run(fields, locals, set + "(call_indirect (type $t) " + args + "(i32.const 0))", 100) == 1125);
  CHECK(run(fields, locals, set + "(call_ref $t " + args + "(local.get $r))", 100) == 1122);
  CHECK(run(fields, locals, set + "(return_call_indirect (type $t) " + args + "(local.get $i))", 100) == 1122);
  CHECK(run(fields, locals, set + "(return_call_ref $t " + args + "(local.get $r))", 100) == 1122);
}

TEST_CASE("wide frames: branches that carry values") {
  std::string_view body = R"(
    (local.set $x (i32.const 11))
    (block $two (result i32 i64)
      (block $one (result i32 i64)
        (i32.const 1) (local.get $x) (i64.const 5)
        (br_table $one $two $one (local.get $p)))
      (i64.add (i64.const 100)))
    (i32.wrap_i64) (i32.add))";
  CHECK(run("", "(local $x i32)", body, 0) == 116);
  CHECK(run("", "(local $x i32)", body, 1) == 16);
  CHECK(run("", "(local $x i32)", body, 9) == 116);
  CHECK(run("", "(local $x i32) (local $s i32)", R"(
    (local.set $x (local.get $p)) (i32.const 0)
    (loop $l (param i32) (result i32)
      (i32.add (local.get $x))
      (br_if $l (local.tee $x (i32.sub (local.get $x) (i32.const 1))))))",
            100) == 5050);
}

TEST_CASE("wide frames: select, of constants too") {
  std::string_view locals = "(local $x i32) (local $y i32) (local $v v128) (local $c i32)";
  CHECK(run("", locals, "(local.set $x (i32.const 8)) (select (local.get $x) (i32.const 9) (local.get $p))", 1) == 8);
  CHECK(run("", locals, "(local.set $x (i32.const 8)) (select (local.get $x) (i32.const 9) (local.get $p))", 0) == 9);
  CHECK(run("", locals, "(local.set $c (i32.const 1)) (select (i32.const 8) (i32.const 9) (local.get $c))", 0) == 8);
  CHECK(run("", locals, R"((local.set $v (v128.const i32x4 1 2 3 4)) (local.set $c (i32.const 1))
    (i32x4.extract_lane 2 (select (local.get $v) (v128.const i32x4 5 6 7 8) (local.get $c))))",
            0) == 3);
}

TEST_CASE("wide frames: vector operators of one, two and three operands") {
  std::string_view locals = "(local $v v128) (local $w v128) (local $m v128) (local $n i32)";
  std::string set = R"((local.set $v (v128.const i32x4 1 2 3 4)) (local.set $w (v128.const i32x4 16 32 48 64))
    (local.set $m (v128.const i32x4 0 -1 0 -1)) (local.set $n (i32.const 2)))";
  CHECK(run("", locals, set + "(i32x4.extract_lane 1 (i32x4.add (local.get $v) (local.get $w)))", 0) == 34);
  CHECK(run("", locals, set + "(i32x4.extract_lane 1 (v128.bitselect (local.get $v) (local.get $w) (local.get $m)))",
            0) == 2);
  CHECK(run("", locals, set + "(i32x4.extract_lane 2 (v128.bitselect (local.get $v) (local.get $w) (local.get $m)))",
            0) == 48);
  CHECK(run("", locals, set + "(i32x4.extract_lane 3 (i32x4.shl (local.get $v) (i32.const 3)))", 0) == 32);
  CHECK(run("", locals, set + "(i32x4.extract_lane 3 (i32x4.shl (local.get $w) (local.get $n)))", 0) == 256);
  CHECK(run("", locals, set + "(i32x4.extract_lane 3 (i32x4.replace_lane 3 (local.get $v) (i32.const 77)))", 0) ==
        77);
  CHECK(
      run("", locals,
          set +
              R"((local.set $m (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23 (local.get $v) (local.get $w)))
    (i32x4.extract_lane 3 (local.get $m)))",
          0) == 32);
}

TEST_CASE("wide frames: loads and stores, globals, references") {
  std::string_view fields = "(memory 1) (global $g (mut i64) (i64.const 0)) (type $s (struct (field i32)))";
  std::string_view locals = "(local $a i32) (local $b i32) (local $l i64) (local $d f64) (local $r (ref null $s))";
  CHECK(run(fields, locals, R"(
    (local.set $a (i32.const 64)) (local.set $l (i64.const 0x1234567890)) (local.set $d (f64.const 2.5))
    (i64.store offset=8 (local.get $a) (local.get $l))
    (f64.store (i32.const 16) (local.get $d))
    (local.set $b (i32.const 8))
    (global.set $g (i64.load offset=0 (i32.add (local.get $a) (local.get $b))))
    (local.set $l (global.get $g))
    (i32.add (i32.wrap_i64 (local.get $l)) (i32.trunc_f64_s (f64.load (i32.const 16)))))",
            0) == 0x34567892);
  std::string_view cast = R"(
    (if (local.get $p) (then (local.set $r (struct.new $s (i32.const 6)))))
    (block $null (br_on_null $null (local.get $r)) (struct.get $s 0) (return))
    (block $is (result (ref $s))
      (br_on_cast $is (ref null $s) (ref $s) (local.get $r)) (drop) (return (i32.const 40)))
    (struct.get $s 0))";
  CHECK(run(fields, locals, cast, 1) == 6);
  CHECK(run(fields, locals, cast, 0) == 40);
  std::string_view fail = R"(
    (if (local.get $p) (then (local.set $r (struct.new $s (i32.const 6)))))
    (block $not (result (ref null $s))
      (br_on_cast_fail $not (ref null $s) (ref $s) (local.get $r)) (struct.get $s 0) (return))
    (drop) (i32.const 41))";
  CHECK(run(fields, locals, fail, 1) == 6);
  CHECK(run(fields, locals, fail, 0) == 41);
}

TEST_CASE("wide frames: exceptions bring their values") {
  CHECK(run("(tag $t (param i32 v128)) (func $throw (param i32) (throw $t (local.get 0) (v128.const i32x4 7 0 0 0)))",
            "(local $v v128) (local $x i32)", R"(
    (block $caught (result i32 v128)
      (try_table (catch $t $caught) (call $throw (local.get $p)))
      (return (i32.const 0)))
    (local.set $v) (local.set $x)
    (i32.add (local.get $x) (i32x4.extract_lane 0 (local.get $v))))",
            35) == 42);
}

TEST_CASE("wide frames: recursion ends in an error, and the store goes on") {
  World w;
  rt::Instance& i = w.instantiate(wide("", "(local $x i32)", R"(
    (if (i32.eqz (local.get $p)) (then (return (i32.const 1))))
    (local.set $x (call $f (i32.sub (local.get $p) (i32.const 1))))
    (i32.add (local.get $x) (i32.const 1)))"));
  CHECK(w.call(i, "f", {i32(5)}) == 6);
  w.call(i, "f", {i32(1000000)});
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  testing::check_at_rest(w);
  CHECK(w.call(i, "f", {i32(5)}) == 6);
}
