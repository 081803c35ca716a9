// Calls: deep ones, tail calls across instances and to the host, results in number, traps on the way through the
// host.
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::add_host;
using testing::CallBack;
using testing::i32;
using testing::i64;
using testing::World;

namespace {

std::vector<uint64_t> call_many(World& w, rt::Instance& i, std::string_view name, std::vector<exec::Val> args) {
  std::vector<exec::Val> results;
  auto done = exec::call(*w.store, w.func(i, name), args, results);
  REQUIRE(done.ok());
  REQUIRE(done.value() == rt::Outcome::returned);
  std::vector<uint64_t> bits;
  for (const exec::Val& value : results) bits.push_back(value.bits[0]);
  return bits;
}

}  // namespace

TEST_CASE("recursion without end is an error wherever it passes, and the store goes on") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (table (export "t") 4 funcref)
    (func $f (export "self") (param i32) (result i32) (i32.add (i32.const 1) (call $f (local.get 0))))
    (func (export "other") (param i32) (result i32) (i32.add (i32.const 1) (call_indirect (param i32) (result i32)
      (local.get 0) (i32.const 0))))
    (func (export "fine") (result i32) (i32.const 3))))");
  w.publish("a", a);
  rt::Instance& b = w.instantiate(R"((module (import "a" "t" (table $t 4 funcref))
    (import "a" "other" (func $other (param i32) (result i32)))
    (func $back (export "back") (param i32) (result i32) (i32.sub (call $other (local.get 0)) (i32.const 1)))
    (elem (table $t) (i32.const 0) func $back)))");
  for (int round = 0; round < 3; ++round) {
    w.call(a, "self", {i32(0)});
    CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
    CHECK(w.store->pending.trap.frames.size() == rt::kMaxFrames);
    CHECK(w.store->pending.trap.omitted > 1000);
    w.call(b, "back", {i32(0)});
    CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
    testing::check_at_rest(w);
    CHECK(w.call(a, "fine") == 3);
  }
}

TEST_CASE("a small stack holds as many frames as fit") {
  rt::EngineConfig config;
  config.stack_bytes = 64 << 10;
  World w(config);
  rt::Instance& i = w.instantiate(R"((module (func $f (export "f") (param i32) (result i32)
    (if (result i32) (local.get 0) (then (i32.add (i32.const 1) (call $f (i32.sub (local.get 0) (i32.const 1)))))
      (else (i32.const 0))))))");
  CHECK(w.call(i, "f", {i32(500)}) == 500);
  w.call(i, "f", {i32(100000)});
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  CHECK(w.call(i, "f", {i32(500)}) == 500);
}

TEST_CASE("a million tail calls between instances, direct, indirect and by reference, then one to the host") {
  World w;
  uint32_t seen = 0;
  add_host(
      w, "end", {kI32, kI64}, {kI64},
      [](void* env, rt::Store&, rt::Slot* args) {
        ++*static_cast<uint32_t*>(env);
        args[0] = args[1] + 1;
        return rt::Outcome::returned;
      },
      &seen);
  rt::Instance& a = w.instantiate(R"((module (type $f (func (param i32 i64) (result i64)))
    (import "h" "end" (func $end (type $f)))
    (table (export "t") 4 funcref)
    (func (export "ping") (type $f)
      (if (i32.eqz (local.get 0)) (then (return_call $end (local.get 0) (local.get 1))))
      (return_call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))
        (i32.const 1)))))");
  w.publish("a", a);
  rt::Instance& b = w.instantiate(R"((module (type $f (func (param i32 i64) (result i64)))
    (import "a" "t" (table $t 4 funcref)) (import "a" "ping" (func $ping (type $f)))
    (import "h" "end" (func $end (type $f)))
    (global $ref (mut (ref null $f)) (ref.func $ping))
    (func $pong (type $f)
      (if (i32.eqz (local.get 0)) (then (return_call_ref $f (local.get 0) (local.get 1) (ref.func $end))))
      (if (i32.and (local.get 0) (i32.const 1))
        (then (return_call $ping (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1)))))
      (return_call_ref $f (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))
        (global.get $ref)))
    (func (export "go") (type $f) (i64.mul (i64.const 2) (call $pong (local.get 0) (local.get 1))))
    (elem declare func $end)
    (elem (table $t) (i32.const 1) func $pong)))");
  CHECK(w.call(b, "go", {i32(1000000), i64(0)}) == 2 * (1000000 + 1));
  CHECK(w.call(b, "go", {i32(1000001), i64(0)}) == 2 * (1000001 + 1));
  CHECK(seen == 2);
  testing::check_at_rest(w);
}

TEST_CASE("tail calls to more parameters and results than the caller has, and to fewer") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (func $many (param i32 i32 i32 i32 i32 i32 i32 i32) (result i64)
      (local i64) (i64.extend_i32_u (i32.add (local.get 0) (local.get 7))))
    (func $few (param i64) (result i64) (return_call $many (i32.wrap_i64 (local.get 0)) (i32.const 0) (i32.const 0)
      (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 40)))
    (func (export "f") (param i64 i64 i64) (result i64) (local v128 i64)
      (local.set 4 (i64.const 1000))
      (i64.add (local.get 4) (i64.add (call $few (local.get 0)) (call $few (local.get 2)))))))");
  CHECK(w.call(i, "f", {i64(1), i64(2), i64(3)}) == 1000 + 41 + 43);
}

TEST_CASE("results in number, of every width, through calls, blocks and jump tables") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (func $swap (param i32 i64) (result i64 i32) (local.get 1) (local.get 0))
    (func $three (param i32) (result i32 v128 i64)
      (local.get 0) (v128.const i64x2 5 6) (i64.extend_i32_u (local.get 0)))
    (func (export "f") (param i32 i64) (result i32 i64 i64 i32 i64)
      (local $v v128)
      (local.get 0) (call $three (i32.const 9)) (i64.add (local.get 1)) (call $take)
      (call $swap (i32.const 3) (i64.const 4)) (call $back))
    (func $take (param v128 i64) (result i64 i64) (i64x2.extract_lane 1 (local.get 0)) (local.get 1))
    (func $back (param i32 i32 i64 i64 i64 i32) (result i32 i64 i64 i32 i64)
      (i32.add (local.get 0) (local.get 1)) (local.get 2) (local.get 3) (local.get 5) (local.get 4))
    (func (export "table") (param i32) (result i32 i64)
      (block $a (result i32 i64) (block $b (result i32 i64) (block $c (result i32 i64)
        (i32.const 77) (i32.const 1) (i64.const 2)
        (br_table $a $b $c $a (local.get 0)))
        (i64.add (i64.const 10)) (br $b))
        (i64.add (i64.const 100)) (br $a)))))");
  CHECK(call_many(w, i, "f", {i32(1), i64(2)}) == std::vector<uint64_t>{10, 6, 11, 3, 4});
  CHECK(call_many(w, i, "table", {i32(0)}) == std::vector<uint64_t>{1, 2});
  CHECK(call_many(w, i, "table", {i32(1)}) == std::vector<uint64_t>{1, 102});
  CHECK(call_many(w, i, "table", {i32(2)}) == std::vector<uint64_t>{1, 112});
  CHECK(call_many(w, i, "table", {i32(0x80000000)}) == std::vector<uint64_t>{1, 2});
}

TEST_CASE("two ways out of a branch find its value in its slot") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (func (export "if") (param i32 i32) (result i32)
      (i32.add (local.get 0) (i32.const 1)) (local.get 1)
      if (param i32) (result i32) i32.const 5 i32.mul else i32.const 7 i32.mul end)
    (func (export "br_if") (param i32 i32) (result i32)
      (block $b (result i32)
        (i32.add (local.get 0) (i32.const 1)) (local.get 1) (br_if $b) (i32.const 7) (i32.mul)))
    (func (export "float") (param i32 i32) (result i32) (local f64)
      (block $b (result f64)
        (f64.convert_i32_s (local.get 0)) (local.get 1) (br_if $b) (f64.const 0.5) (f64.mul) (local.tee 2))
      (i32.trunc_f64_s))))");
  CHECK(w.call(i, "if", {i32(10), i32(1)}) == 55);
  CHECK(w.call(i, "if", {i32(10), i32(0)}) == 77);
  CHECK(w.call(i, "br_if", {i32(10), i32(1)}) == 11);
  CHECK(w.call(i, "br_if", {i32(10), i32(0)}) == 77);
  CHECK(w.call(i, "float", {i32(10), i32(1)}) == 10);
  CHECK(w.call(i, "float", {i32(10), i32(0)}) == 5);
}

TEST_CASE("a trap below the host ends all calls above it") {
  for (rt::MemoryMode mode : {rt::MemoryMode::guard, rt::MemoryMode::checked}) {
    rt::EngineConfig config;
    config.memory = mode;
    World w(config);
    CallBack back{.name = "inner"};
    add_host(w, "back", {kI32}, {kI32}, CallBack::run, &back);
    rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back (param i32) (result i32))) (memory 1)
      (func $deep (param i32) (result i32) (i32.load (local.get 0)))
      (func (export "inner") (param i32) (result i32) (i32.add (call $deep (local.get 0)) (i32.const 1)))
      (func $middle (param i32) (result i32) (i32.add (call $back (local.get 0)) (i32.const 1)))
      (func (export "outer") (param i32) (result i32) (i32.add (call $middle (local.get 0)) (i32.const 1)))))");
    back.instance = &i;
    CHECK(w.call(i, "outer", {i32(8)}) == 3);
    for (int round = 0; round < 3; ++round) {
      w.call(i, "outer", {i32(0x7fffffff)});
      CHECK(w.trap_code() == ErrorCode::out_of_bounds_memory);
      testing::check_at_rest(w);
      const auto& frames = w.store->pending.trap.frames;
      REQUIRE(frames.size() == 4);
      CHECK(frames[0].func == 1);
      CHECK(frames[1].func == 2);
      CHECK(frames[2].func == 3);
      CHECK(frames[3].func == 4);
      CHECK(w.call(i, "outer", {i32(8)}) == 3);
    }
  }
}

TEST_CASE("call_indirect through a table of a high index") {
  std::string text = "(module (type $f (func (param i32 i64) (result i32)))";
  for (int i = 0; i < 70000; ++i) text += "(table 0 funcref)";
  text += R"((table $t 2 funcref) (elem (table $t) (i32.const 0) func $a $b)
    (func $a (type $f) (i32.add (local.get 0) (i32.const 1)))
    (func $b (type $f) (i32.add (local.get 0) (i32.wrap_i64 (local.get 1))))
    (func (export "call") (param i32) (result i32)
      (i32.mul (i32.const 2) (call_indirect $t (type $f) (i32.const 10) (i64.const 20) (local.get 0))))
    (func (export "tail") (param i32) (result i32)
      (return_call_indirect $t (type $f) (i32.const 10) (i64.const 20) (local.get 0)))))";
  World w;
  rt::Instance& i = w.instantiate(text);
  CHECK(w.call(i, "call", {i32(0)}) == 22);
  CHECK(w.call(i, "call", {i32(1)}) == 60);
  CHECK(w.call(i, "tail", {i32(0)}) == 11);
  CHECK(w.call(i, "tail", {i32(1)}) == 30);
  w.call(i, "tail", {i32(2)});
  CHECK(w.trap_code() == ErrorCode::undefined_element);
}
