// Stack switching beyond the official suite: what programs do with continuations, what they do to them, and that none
// of it costs more than it should.
#include <algorithm>

#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::add_host;
using testing::CallBack;
using testing::i32;
using testing::World;

namespace {

uint64_t stack_bytes(const World& w) { return w.store->budget.used(rt::Resource::stack_bytes); }

// The outcome is `returned`, and the store is as before.
uint64_t run(World& w, rt::Instance& i, const char* name, std::vector<exec::Val> args = {}) {
  uint64_t result = w.call(i, name, std::move(args));
  CHECK(text_of(w.trap_code()) == text_of(ErrorCode::none));
  CHECK(w.outcome == rt::Outcome::returned);
  testing::check_at_rest(w);
  return result;
}

rt::EngineConfig zeal() {
  rt::EngineConfig config;
  config.gc_zeal = true;
  return config;
}

}  // namespace

TEST_CASE("continuations: a generator yields values and is answered") {
  for (const rt::EngineConfig& config : {rt::EngineConfig(), zeal()}) {
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (tag $yield (param i64 v128 i32) (result i32 i64))
      (type $f (func (param i32) (result i64))) (type $c (cont $f))
      (type $g (func (param i32 i64) (result i64))) (type $d (cont $g))
      ;; yields (n, n+1 four times, 5) for n from 0 and adds up what comes back
      (func $gen (param $count i32) (result i64) (local $n i32) (local $sum i64) (local $a i32) (local $b i64)
        (loop $l
          (suspend $yield (i64.extend_i32_u (local.get $n))
            (i32x4.splat (i32.add (local.get $n) (i32.const 1))) (i32.const 5))
          (local.set $b) (local.set $a)
          (local.set $sum (i64.add (local.get $sum) (i64.mul (i64.extend_i32_u (local.get $a)) (local.get $b))))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get $count))))
        (local.get $sum))
      (elem declare func $gen)
      (func (export "run") (param $count i32) (result i64)
        (local $k (ref null $d)) (local $n i64) (local $v v128) (local $five i32)
        (block $first (result i64 v128 i32 (ref $d))
          (return (resume $c (on $yield $first) (local.get $count) (cont.new $c (ref.func $gen)))))
        (loop $l (param i64 v128 i32 (ref $d)) (result i64)
          (local.set $k) (local.set $five) (local.set $v) (local.set $n)
          (block $y (result i64 v128 i32 (ref $d))
            (resume $d (on $yield $y)
              (i32.add (i32x4.extract_lane 3 (local.get $v)) (local.get $five)) (local.get $n) (local.get $k))
            (return))
          (br $l)))))");
    uint64_t expected = 0;
    for (uint64_t n = 0; n < 100; ++n) expected += (n + 1 + 5) * n;
    CHECK(run(w, i, "run", {i32(100)}) == expected);
    CHECK(w.store->fibers.empty());
  }
}

TEST_CASE("continuations: chains of cont.bind, of fresh ones and of suspended ones") {
  for (const rt::EngineConfig& config : {rt::EngineConfig(), zeal()}) {
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (type $f5 (func (param i32 v128 i64 externref i32) (result i32))) (type $c5 (cont $f5))
      (type $f4 (func (param v128 i64 externref i32) (result i32))) (type $c4 (cont $f4))
      (type $f2 (func (param externref i32) (result i32))) (type $c2 (cont $f2))
      (type $f0 (func (result i32))) (type $c0 (cont $f0))
      (tag $ask (result v128 i64 externref i32))
      (func $sum (param i32 v128 i64 externref i32) (result i32)
        (i32.add (i32.add (local.get 0) (i32x4.extract_lane 2 (local.get 1)))
          (i32.add (i32.add (i32.wrap_i64 (local.get 2)) (local.get 4)) (ref.is_null (local.get 3)))))
      (func $asks (result i32) (i32.const 1000) (suspend $ask) (call $sum))
      (elem declare func $sum $asks)
      (func (export "fresh") (result i32)
        (resume $c0 (cont.bind $c2 $c0 (ref.null extern) (i32.const 1)
          (cont.bind $c4 $c2 (v128.const i32x4 7 7 30 7) (i64.const 500)
            (cont.bind $c4 $c4 (cont.bind $c5 $c4 (i32.const 1000) (cont.new $c5 (ref.func $sum))))))))
      (func (export "suspended") (result i32)
        (block $h (result (ref $c4))
          (resume $c0 (on $ask $h) (cont.new $c0 (ref.func $asks))) (return))
        (v128.const i32x4 7 7 30 7) (i64.const 500)
        (block (param (ref $c4) v128 i64) (result (ref $c2))
          (block (param (ref $c4) v128 i64) (result v128 i64 (ref $c4)) (call $turn))
          (cont.bind $c4 $c2))
        (block (param (ref $c2)) (result (ref $c0)) (call $last))
        (resume $c0))
      (func $turn (param (ref $c4) v128 i64) (result v128 i64 (ref $c4))
        (local.get 1) (local.get 2) (local.get 0))
      (func $last (param (ref $c2)) (result (ref $c0))
        (cont.bind $c2 $c0 (ref.null extern) (i32.const 1) (local.get 0)))
      (func (export "used") (result i32) (local $k (ref null $c5))
        (local.set $k (cont.new $c5 (ref.func $sum)))
        (drop (cont.bind $c5 $c4 (i32.const 1) (local.get $k)))
        (drop (cont.bind $c5 $c4 (i32.const 1) (local.get $k))) (i32.const 0))))");
    CHECK(run(w, i, "fresh") == 1532);
    CHECK(run(w, i, "suspended") == 1532);
    w.call(i, "used");
    CHECK(w.trap_code() == ErrorCode::continuation_consumed);
  }
}

TEST_CASE("continuations: two coroutines switch to each other") {
  for (const rt::EngineConfig& config : {rt::EngineConfig(), zeal()}) {
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (rec (type $f (func (param i32 (ref null $c)) (result i32))) (type $c (cont $f)))
      (tag $swap (result i32))
      (global $trace (mut i64) (i64.const 0))
      (func $note (param i64)
        (global.set $trace (i64.add (i64.mul (global.get $trace) (i64.const 3)) (local.get 0))))
      (func $ping (type $f) (local $i i32) (local $k (ref null $c))
        (local.set $i (local.get 0)) (local.set $k (local.get 1))
        (loop $l
          (call $note (i64.const 1))
          (if (i32.eqz (local.get $i)) (then (return (i32.const 17))))
          (switch $c $swap (i32.sub (local.get $i) (i32.const 1)) (local.get $k))
          (local.set $k) (local.set $i) (br $l))
        (unreachable))
      (func $pong (type $f) (local $i i32) (local $k (ref null $c))
        (local.set $i (local.get 0)) (local.set $k (local.get 1))
        (loop $l
          (call $note (i64.const 2))
          (if (i32.eqz (local.get $i)) (then (return (i32.const 18))))
          (switch $c $swap (i32.sub (local.get $i) (i32.const 1)) (local.get $k))
          (local.set $k) (local.set $i) (br $l))
        (unreachable))
      (elem declare func $ping $pong)
      (func (export "run") (param i32) (result i32)
        (resume $c (on $swap switch) (local.get 0) (cont.new $c (ref.func $pong)) (cont.new $c (ref.func $ping))))
      (func (export "trace") (result i64) (global.get $trace))))");
    CHECK(run(w, i, "run", {i32(3)}) == 18);
    CHECK(run(w, i, "trace") == 1 * 27 + 2 * 9 + 1 * 3 + 2);
    CHECK(run(w, i, "run", {i32(2000)}) == 17);
    w.store->heap.collect();
    CHECK(w.store->fibers.empty());  // the other one, which never returns, is garbage
  }
}

TEST_CASE("continuations: an exception thrown into one, caught there, outside, or not at all") {
  for (const rt::EngineConfig& config : {rt::EngineConfig(), zeal()}) {
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (type $f (func (result i32))) (type $c (cont $f)) (tag $yield) (tag $e (param i32 i64)) (tag $other)
      (global $cleaned (mut i32) (i32.const 0))
      (func $wait (result i32) (suspend $yield) (i32.const 5))
      (func $catches (result i32)
        (block $h (result i32 i64) (try_table (result i32) (catch $e $h) (call $wait)) (return))
        i32.wrap_i64 i32.add)
      (func $catches_other (result i32)
        (block $h (try_table (result i32) (catch $other $h) (call $wait)) (return))
        (i32.const 99))
      (func $cleans (result i32)
        (block $h (result exnref) (try_table (result i32) (catch_all_ref $h) (call $wait)) (return))
        (global.set $cleaned (i32.add (global.get $cleaned) (i32.const 1))) throw_ref)
      (elem declare func $catches $catches_other $cleans)
      (func $suspended (param (ref $f)) (result (ref $c))
        (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (local.get 0))) (unreachable)))
      (func $into (export "into") (param (ref $f)) (result i32)
        (resume_throw $c $e (i32.const 30) (i64.const 4) (call $suspended (local.get 0))))
      (func (export "caught") (result i32) (call $into (ref.func $catches)))
      (func (export "uncaught") (result i32) (call $into (ref.func $cleans)))
      (func (export "outside") (result i32)
        (block $h (result i32 i64)
          (try_table (result i32) (catch $e $h) (call $into (ref.func $catches_other))) (return))
        i32.wrap_i64 i32.mul)
      (func (export "fresh") (result i32)
        (block $h (result i32 i64)
          (try_table (result i32) (catch $e $h)
            (resume_throw $c $e (i32.const 3) (i64.const 5) (cont.new $c (ref.func $catches)))) (return))
        i32.wrap_i64 i32.mul)
      (func (export "ref") (result i32) (local $x exnref)
        (block $h (result i32 i64 exnref)
          (try_table (result i32) (catch_ref $e $h) (throw $e (i32.const 40) (i64.const 2))) (return))
        (local.set $x) (drop) (drop)
        (resume_throw_ref $c (local.get $x) (call $suspended (ref.func $catches))))
      (func (export "cleaned") (result i32) (global.get $cleaned))))");
    CHECK(run(w, i, "caught") == 34);
    CHECK(run(w, i, "outside") == 120);
    CHECK(run(w, i, "fresh") == 15);
    CHECK(run(w, i, "ref") == 42);
    for (int round = 1; round < 3; ++round) {
      w.call(i, "uncaught");
      CHECK(w.outcome == rt::Outcome::threw);
      testing::check_at_rest(w);
      REQUIRE(w.store->pending.exception != 0);
      auto* exception = static_cast<gc::Exception*>(gc::to_object(w.store->pending.exception));
      CHECK(exception->args()[0] == 30);
      CHECK(exception->args()[1] == 4);
      CHECK(run(w, i, "cleaned") == static_cast<uint64_t>(round));
    }
    CHECK(w.store->fibers.empty());
  }
}

TEST_CASE("continuations: a chain of several is suspended and resumed as one") {
  for (const rt::EngineConfig& config : {rt::EngineConfig(), zeal()}) {
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (type $f (func (result i32))) (type $c (cont $f)) (type $g (func (param i32) (result i32))) (type $d (cont $g))
      (tag $outer (param i32) (result i32)) (tag $inner)
      (func $leaf (result i32) (suspend $outer (i32.const 3)) (suspend $outer (i32.const 4)) i32.add)
      (func $middle (result i32) (local $n i32)
        (block $h (result (ref $c))
          (local.set $n (resume $c (on $inner $h) (cont.new $c (ref.func $leaf))))
          (return (i32.add (local.get $n) (i32.const 100))))
        (drop) (i32.const -1))
      (func $top (result i32) (i32.add (i32.const 1000) (resume $c (cont.new $c (ref.func $middle)))))
      (elem declare func $leaf $middle $top)
      (func (export "run") (result i32) (local $k (ref null $d)) (local $n i32)
        (block $h (result i32 (ref $d))
          (return (resume $c (on $outer $h) (cont.new $c (ref.func $top)))))
        (local.set $k) (local.set $n)
        (loop $l (result i32)
          (block $h (result i32 (ref $d))
            (return (resume $d (on $outer $h) (i32.mul (local.get $n) (i32.const 2)) (local.get $k))))
          (local.set $k) (local.set $n) (br $l)))))");
    CHECK(run(w, i, "run") == 1000 + 100 + 6 + 8);
    CHECK(w.store->fibers.empty());
  }
}

TEST_CASE("continuations: a hundred thousand that are never finished cost no more than a few") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func)) (type $c (cont $f)) (tag $yield)
    (func $gen (local i64 i64 i64) (suspend $yield) (suspend $yield))
    (elem declare func $gen)
    (func (export "fresh") (param $n i32)
      (loop $l (drop (cont.new $c (ref.func $gen)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "suspended") (param $n i32)
      (loop $l
        (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $gen))) (unreachable))
        (drop)
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "nested") (param $n i32)
      (loop $l
        (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $resumes))) (unreachable))
        (drop)
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func $resumes (resume $c (cont.new $c (ref.func $gen))))
    (elem declare func $resumes)))");
  const uint64_t before = stack_bytes(w);
  for (const char* name : {"fresh", "suspended", "nested"}) {
    CAPTURE(name);
    run(w, i, name, {i32(100000)});
    CHECK(w.store->fibers.size() < 2000);
    CHECK(stack_bytes(w) - before < (uint64_t{2000} << 18));
    CHECK(w.store->heap.stats().live_bytes < (16 << 20));
    w.store->heap.collect();
    CHECK(w.store->fibers.empty());
  }
}

TEST_CASE("continuations: one that holds itself is garbage as well") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func)) (type $c (cont $f)) (tag $yield)
    (type $box (struct (field (mut (ref null $c)))))
    (global $box (mut (ref null $box)) (ref.null $box))
    (func $gen (local $mine (ref null $box)) (local.set $mine (global.get $box)) (suspend $yield)
      (drop (struct.get $box 0 (local.get $mine))))
    (elem declare func $gen)
    (func (export "run") (param $n i32)
      (loop $l
        (global.set $box (struct.new_default $box))
        (struct.set $box 0 (global.get $box)
          (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $gen))) (unreachable)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (global.set $box (ref.null $box)))))");
  run(w, i, "run", {i32(20000)});
  w.store->heap.collect();
  CHECK(w.store->fibers.empty());
}

TEST_CASE("continuations: what is suspended keeps what its frames refer to") {
  World w(zeal());
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func (result i32))) (type $c (cont $f)) (type $s (struct (field i32))) (tag $yield)
    (func $gen (result i32) (local $a (ref $s))
      (local.set $a (struct.new $s (i32.const 30)))
      (i32.add
        (struct.get $s 0 (block (result (ref $s)) (struct.new $s (i32.const 12)) (suspend $yield)))
        (struct.get $s 0 (local.get $a))))
    (elem declare func $gen)
    (global $k (mut (ref null $c)) (ref.null $c))
    (func (export "start")
      (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $gen))) (return))
      (global.set $k))
    (func (export "finish") (result i32) (resume $c (global.get $k)))))");
  run(w, i, "start");
  for (int n = 0; n < 10; ++n) w.store->heap.collect();
  CHECK(run(w, i, "finish") == 42);
  w.call(i, "finish");
  CHECK(w.trap_code() == ErrorCode::continuation_consumed);
}

TEST_CASE("continuations: none reaches over a host frame") {
  World w;
  CallBack back{.name = "yields"};
  add_host(w, "back", {}, {}, CallBack::run, &back);
  rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back))
    (rec (type $f1 (func (param (ref null $c1)))) (type $c1 (cont $f1)))
    (type $f (func)) (type $c (cont $f)) (tag $yield) (tag $swap)
    (func $yields (export "yields") (suspend $yield))
    (func $calls (call $back))
    (func $target (type $f1))
    (func (export "switches") (switch $c1 $swap (cont.new $c1 (ref.func $target))) (drop))
    (func $calls1 (type $f1) (call $back))
    (elem declare func $calls $yields $calls1 $target)
    (func (export "over_host") (result i32)
      (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $calls))) (return (i32.const 1)))
      (drop) (i32.const 2))
    (func (export "switch_over_host")
      (resume $c1 (on $swap switch) (ref.null $c1) (cont.new $c1 (ref.func $calls1))))
    (func (export "under_host")
      (block $h (result (ref $c)) (resume $c (on $yield $h) (cont.new $c (ref.func $yields))) (return))
      (drop))))");
  back.instance = &i;
  w.call(i, "over_host");
  CHECK(w.trap_code() == ErrorCode::barrier_crossed);
  CHECK(w.store->pending.trap.frames.size() == 3);
  testing::check_at_rest(w);
  CHECK(w.store->fibers.empty());
  back.name = "switches";
  w.call(i, "switch_over_host");
  CHECK(w.trap_code() == ErrorCode::barrier_crossed);
  testing::check_at_rest(w);
  back.name = "yields";
  w.call(i, "yields");
  CHECK(w.trap_code() == ErrorCode::unhandled_suspension);
  // Below the host frame everything is as at the top.
  back.name = "under_host";
  w.call(i, "over_host");
  CHECK(w.outcome == rt::Outcome::returned);
  testing::check_at_rest(w);
}

TEST_CASE("continuations: a host function is one as well") {
  World w;
  uint32_t calls = 0;
  add_host(
      w, "twice", {kI32}, {kI32},
      [](void* env, rt::Store&, rt::Slot* args) {
        ++*static_cast<uint32_t*>(env);
        args[0] = static_cast<uint32_t>(2 * args[0]);
        return rt::Outcome::returned;
      },
      &calls);
  rt::Instance& i = w.instantiate(R"((module (type $f (func (param i32) (result i32))) (type $c (cont $f))
    (import "h" "twice" (func $twice (param i32) (result i32)))
    (elem declare func $twice)
    (func (export "run") (param i32) (result i32)
      (i32.add (i32.const 1) (resume $c (local.get 0) (cont.new $c (ref.func $twice)))))))");
  CHECK(run(w, i, "run", {i32(20)}) == 41);
  CHECK(calls == 1);
}

TEST_CASE("continuations: resuming one inside the other ends where the budget ends, or works") {
  constexpr const char* kText = R"((module
    (type $f (func (param i32) (result i32))) (type $c (cont $f))
    (func $nest (export "nest") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1)
          (resume $c (i32.sub (local.get 0) (i32.const 1)) (cont.new $c (ref.func $nest)))))
        (else (i32.const 0))))
    (elem declare func $nest)))";
  World w;
  rt::Instance& i = w.instantiate(kText);
  CHECK(run(w, i, "nest", {i32(1000)}) == 1000);
  CHECK(w.store->fibers.empty());
  w.store->budget.set_limit(rt::Resource::stack_bytes, stack_bytes(w) + (uint64_t{500} << 18));
  w.call(i, "nest", {i32(100000)});
  CHECK(w.outcome == rt::Outcome::trapped);
  CHECK(kind_of(w.trap_code()) == ErrorKind::exhaustion);
  CHECK(w.store->pending.trap.omitted > 100);
  testing::check_at_rest(w);
  CHECK(w.store->fibers.empty());
  CHECK(run(w, i, "nest", {i32(100)}) == 100);
}

TEST_CASE("continuations: nesting without end and without a limit of its own ends in an error") {
  rt::EngineConfig config;
  config.fiber_stack_bytes = uint64_t{64} << 10;
  World w(config);
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func)) (type $c (cont $f))
    (func $nest (export "nest") (resume $c (cont.new $c (ref.func $nest))))
    (elem declare func $nest)
    (func (export "fine") (result i32) (i32.const 5))))");
  w.call(i, "nest");
  CHECK(w.outcome == rt::Outcome::trapped);
  testing::check_at_rest(w);
  CHECK(w.store->fibers.empty());
  CHECK(run(w, i, "fine") == 5);
}

TEST_CASE("continuations: each has a stack of its own, and its end is an error") {
  rt::EngineConfig config;
  config.fiber_stack_bytes = uint64_t{64} << 10;
  World w(config);
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func (param i32) (result i32))) (type $c (cont $f))
    (func $deep (export "deep") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))) (else (i32.const 0))))
    (elem declare func $deep)
    (func (export "run") (param i32) (result i32) (resume $c (local.get 0) (cont.new $c (ref.func $deep))))))");
  CHECK(run(w, i, "deep", {i32(10000)}) == 10000);
  CHECK(run(w, i, "run", {i32(100)}) == 100);
  w.call(i, "run", {i32(10000)});
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  testing::check_at_rest(w);
  CHECK(run(w, i, "run", {i32(100)}) == 100);
}
