// Exceptions where they meet something else: another instance, a host function, a continuation, the embedder.
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::add_host;
using testing::CallBack;
using testing::i32;
using testing::World;

namespace {

gc::Exception& pending(const World& w) {
  REQUIRE(w.outcome == rt::Outcome::threw);
  REQUIRE(w.store->pending.exception != 0);
  return *static_cast<gc::Exception*>(gc::to_object(w.store->pending.exception));
}

rt::Tag* tag_of(rt::Instance& instance, std::string_view name) {
  auto found = exec::find_export(instance, name);
  REQUIRE(found);
  REQUIRE(found->kind == ExternKind::tag);
  return found->tag;
}

// $a throws: its own tag, which it exports, or another of the same type.
constexpr const char* kThrower = R"((module $a
  (tag $e (export "e") (param i32 v128 i64)) (tag $same (export "same") (param i32 v128 i64))
  (func (export "throw") (param i32)
    (throw $e (local.get 0) (v128.const i32x4 1 2 3 4) (i64.const 50)))
  (func (export "throw_same") (param i32)
    (throw $same (local.get 0) (v128.const i32x4 1 2 3 4) (i64.const 50)))
  (func (export "catch") (param $f funcref) (result i32)
    (block $h (result i32 v128 i64)
      (try_table (catch $e $h) (call_indirect (i32.const 0))) (return (i32.const -1)))
    drop drop)
  (table (export "t") 1 funcref)))";

// $b catches by the imported tag, else by catch_all.
constexpr const char* kCatcher = R"((module $b
  (import "a" "e" (tag $e (param i32 v128 i64)))
  (import "a" "throw" (func $throw (param i32))) (import "a" "throw_same" (func $throw_same (param i32)))
  (tag $own (param i32 v128 i64))
  (func $sum (param i32 v128 i64) (result i32)
    (i32.add (local.get 0) (i32.add (i32x4.extract_lane 3 (local.get 1)) (i32.wrap_i64 (local.get 2)))))
  (func $pass (param i32) (call $throw (local.get 0)))
  (func (export "caught") (result i32)
    (block $all (block $own (result i32 v128 i64) (block $h (result i32 v128 i64)
      (try_table (catch $own $own) (catch $e $h) (catch_all $all) (call $pass (i32.const 1000)))
      (return (i32.const -1)))
      (return (call $sum))) (drop) (drop) (drop) (return (i32.const -2)))
    (i32.const -3))
  (func (export "other_tag") (result i32)
    (block $all (block $h (result i32 v128 i64)
      (try_table (catch $e $h) (catch $own $h) (catch_all $all) (call $throw_same (i32.const 1000)))
      (return (i32.const -1))) (return (call $sum)))
    (i32.const -3))
  (func (export "again") (result i32)
    (block $outer (result i32 v128 i64)
      (try_table (catch $e $outer)
        (block $inner (result exnref)
          (try_table (catch_all_ref $inner) (call $pass (i32.const 2000))) (unreachable))
        throw_ref)
      (unreachable))
    (return (call $sum)))
  (func (export "legacy") (result i32)
    (try (result i32 v128 i64)
      (do (try (do (call $pass (i32.const 3000))) (catch $own (drop) (drop) (drop)) (catch_all (rethrow 0)))
        (unreachable))
      (catch $e))
    (return (call $sum)))
  (func (export "escapes") (call $pass (i32.const 7)))
  (func (export "fine") (result i32) (i32.const 5))))";

}  // namespace

TEST_CASE("exceptions: thrown in one instance, caught in another by the tag they share") {
  for (bool zeal : {false, true}) {
    rt::EngineConfig config;
    config.gc_zeal = zeal;
    World w(config);
    rt::Instance& a = w.instantiate(kThrower);
    w.publish("a", a);
    rt::Instance& b = w.instantiate(kCatcher);
    CHECK(w.call(b, "caught") == 1054);
    CHECK(static_cast<int32_t>(w.call(b, "other_tag")) == -3);
    CHECK(w.call(b, "again") == 2054);
    CHECK(w.call(b, "legacy") == 3054);
    testing::check_at_rest(w);
  }
}

TEST_CASE("exceptions: two instances of one module have tags of their own") {
  World w;
  rt::Instance& first = w.instantiate(kThrower);
  rt::Instance& second = w.instantiate(kThrower);
  CHECK(tag_of(first, "e") != tag_of(second, "e"));
  w.publish("a", first);
  w.names.objects.insert_or_assign("a.throw", exec::Extern::of(&w.func(second, "throw")));
  rt::Instance& b = w.instantiate(kCatcher);
  CHECK(static_cast<int32_t>(w.call(b, "caught")) == -3);
  w.names.objects.insert_or_assign("a.e", exec::Extern::of(tag_of(second, "e")));
  rt::Instance& c = w.instantiate(kCatcher);
  CHECK(w.call(c, "caught") == 1054);
}

TEST_CASE("exceptions: nobody catches, and the embedder has the tag and the arguments") {
  World w;
  rt::Instance& a = w.instantiate(kThrower);
  w.publish("a", a);
  rt::Instance& b = w.instantiate(kCatcher);
  for (int round = 0; round < 3; ++round) {
    w.call(b, "escapes");
    gc::Exception& exception = pending(w);
    CHECK(exception.tag == tag_of(a, "e"));
    REQUIRE(exception.slot_count == 4);
    CHECK(exception.args()[0] == 7);
    CHECK(exception.args()[2] == (uint64_t{4} << 32 | 3));
    CHECK(exception.args()[3] == 50);
    testing::check_at_rest(w);
    w.store->heap.collect();
    CHECK(w.store->heap.holds(w.store->pending.exception));
    CHECK(w.call(b, "fine") == 5);
  }
}

TEST_CASE("exceptions: through host functions, which may stop them") {
  World w;
  CallBack back{.name = "throws"};
  add_host(w, "back", {kI32}, {kI32}, CallBack::run, &back);
  add_host(
      w, "stop", {kI32}, {kI32},
      [](void* env, rt::Store& store, rt::Slot* args) {
        rt::Outcome outcome = CallBack::run(env, store, args);
        if (outcome != rt::Outcome::threw) return outcome;
        auto* exception = static_cast<gc::Exception*>(gc::to_object(store.pending.exception));
        args[0] = exception->args()[0] + 10000;
        store.pending.exception = 0;
        return rt::Outcome::returned;
      },
      &back);
  rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back (param i32) (result i32)))
    (import "h" "stop" (func $stop (param i32) (result i32)))
    (tag $e (param i32))
    (type $f (func (param i32) (result i32)))
    (table funcref (elem $back $stop))
    (func $throws (export "throws") (param i32) (result i32) (throw $e (i32.add (local.get 0) (i32.const 1))))
    (func (export "caught") (result i32)
      (block $h (result i32) (try_table (catch $e $h) (drop (call $back (i32.const 40)))) (i32.const 0)))
    (func (export "caught_indirect") (param i32) (result i32)
      (block $h (result i32)
        (try_table (result i32) (catch $e $h) (call_indirect (type $f) (i32.const 50) (local.get 0)))))
    (func (export "nested") (param i32) (result i32)
      (block $h (result i32)
        (try_table (catch $e $h) (drop (call $back (local.get 0)))) (i32.const 0))
      (i32.add (i32.const 100)))
    (func $tail (param i32) (result i32) (return_call $back (local.get 0)))
    (func (export "tail") (result i32)
      (block $h (result i32) (try_table (catch $e $h) (drop (call $tail (i32.const 60)))) (i32.const 0)))
    (func (export "stopped") (result i32)
      (block $h (result i32) (try_table (result i32) (catch $e $h) (call $stop (i32.const 1)))))
    (func (export "escapes") (result i32) (call $back (i32.const 5)))))");
  back.instance = &i;
  CHECK(w.call(i, "caught") == 41);
  CHECK(w.call(i, "caught_indirect", {i32(0)}) == 51);
  CHECK(w.call(i, "caught_indirect", {i32(1)}) == 10051);
  CHECK(w.call(i, "tail") == 61);
  CHECK(w.call(i, "stopped") == 10002);
  testing::check_at_rest(w);
  w.call(i, "escapes");
  CHECK(pending(w).args()[0] == 6);
  testing::check_at_rest(w);
  CHECK(w.call(i, "caught") == 41);
}

TEST_CASE("exceptions: made by a host function, with a tag the guest knows") {
  World w;
  rt::Tag* tag = nullptr;
  add_host(
      w, "throw", {kI32}, {},
      [](void* env, rt::Store& store, rt::Slot* args) {
        auto made = store.heap.new_exception(*static_cast<rt::Tag**>(env), 1);
        if (!made.ok()) return store.trap(made.error().code);
        made.value()->args()[0] = static_cast<uint32_t>(3 * args[0]);
        store.pending.exception = gc::to_ref(made.value());
        return rt::Outcome::threw;
      },
      &tag);
  rt::Instance& i = w.instantiate(R"((module (import "h" "throw" (func $throw (param i32)))
    (tag $e (export "e") (param i32))
    (func (export "caught") (param i32) (result i32)
      (block $h (result i32) (try_table (catch $e $h) (call $throw (local.get 0))) (i32.const 0)))
    (func (export "escapes") (call $throw (i32.const 9)))))");
  tag = tag_of(i, "e");
  CHECK(w.call(i, "caught", {i32(7)}) == 21);
  w.call(i, "escapes");
  CHECK(pending(w).tag == tag);
  CHECK(pending(w).args()[0] == 27);
}

TEST_CASE("exceptions: out of continuations, and over host frames out of continuations") {
  for (bool zeal : {false, true}) {
    rt::EngineConfig config;
    config.gc_zeal = zeal;
    World w(config);
    CallBack back{.name = "throws"};
    add_host(w, "back", {}, {}, CallBack::run, &back);
    rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back))
      (type $f (func)) (type $c (cont $f)) (tag $e (param i64)) (tag $yield)
      (func $throws (export "throws") (throw $e (i64.const 33)))
      (func $inner (suspend $yield) (call $back))
      (func $outer (resume $c (cont.new $c (ref.func $inner))))
      (elem declare func $throws $inner $outer $back)
      (func (export "plain") (result i64)
        (block $h (result i64)
          (try_table (catch $e $h) (resume $c (cont.new $c (ref.func $throws)))) (i64.const 0)))
      (func (export "host") (result i64)
        (block $h (result i64)
          (try_table (catch $e $h) (resume $c (cont.new $c (ref.func $back)))) (i64.const 0)))
      (func (export "chain") (result i64) (local $k (ref null $c))
        (block $y (result (ref $c))
          (resume $c (on $yield $y) (cont.new $c (ref.func $outer))) (return (i64.const -1)))
        (local.set $k)
        (block $h (result i64)
          (try_table (catch $e $h) (resume $c (local.get $k))) (i64.const 0)))
      (func (export "escapes") (resume $c (cont.new $c (ref.func $throws))))))");
    back.instance = &i;
    CHECK(w.call(i, "plain") == 33);
    CHECK(w.call(i, "host") == 33);
    CHECK(w.call(i, "chain") == 33);
    w.call(i, "escapes");
    CHECK(pending(w).args()[0] == 33);
    testing::check_at_rest(w);
    CHECK(w.store->fibers.empty());
  }
}

TEST_CASE("exceptions: through a hundred thousand frames, and a hundred thousand times") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (tag $e (param i32))
    (func $deep (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (throw $e (i32.const 77))))
      (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1)))))
    (func (export "deep") (param i32) (result i32)
      (block $h (result i32) (try_table (result i32) (catch $e $h) (call $deep (local.get 0)))))
    (func (export "often") (param i32) (result i32) (local $sum i32)
      (loop $l
        (local.set $sum (i32.add (local.get $sum)
          (block $h (result i32) (try_table (catch $e $h) (throw $e (local.get 0))) (i32.const 0))))
        (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get $sum))))");
  CHECK(w.call(i, "deep", {i32(100000)}) == 77);
  CHECK(w.call(i, "often", {i32(100000)}) == static_cast<uint32_t>(100000ull * 100001 / 2));
  CHECK(w.store->heap.stats().live_bytes < (4 << 20));
  testing::check_at_rest(w);
}

TEST_CASE("exceptions: in the start function, and where there is no room for one") {
  World w;
  auto thrown = w.try_instantiate(R"((module (tag $e (param i32)) (func $s (throw $e (i32.const 4))) (start $s)))");
  REQUIRE(!thrown.ok());
  CHECK(thrown.error().code == ErrorCode::uncaught_exception);
  w.outcome = rt::Outcome::threw;
  CHECK(pending(w).args()[0] == 4);
  w.store->pending.exception = 0;
  rt::Instance& i = w.instantiate(R"((module (tag $e (param i32)) (table 0 exnref)
    (func (export "hoard") (param $n i32)
      (loop $l
        (drop (table.grow (block $h (result exnref)
          (try_table (catch_all_ref $h) (throw $e (local.get $n))) (unreachable)) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "fine") (result i32) (i32.const 5))))");
  w.store->budget.set_limit(rt::Resource::gc_bytes, 2 << 20);
  w.call(i, "hoard", {i32(1000000)});
  CHECK(w.trap_code() == ErrorCode::gc_heap_exhausted);
  CHECK(w.call(i, "fine") == 5);
}
