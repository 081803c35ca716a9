// Fuel, interruption and deadlines: every way a guest can run for ever, and what exactly is charged.
#include <chrono>
#include <thread>

#include "os/clock.h"
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::add_host;
using testing::CallBack;
using testing::i32;
using testing::World;

namespace {

// Functions that never end, each going back in a way of its own.
constexpr const char* kEndless = R"((module (import "h" "nothing" (func $nothing)) (tag $e)
  (type $f (func)) (type $c (cont $f)) (tag $yield)
  (table 2 funcref) (elem (i32.const 0) func $tail_indirect $tail)
  (func (export "br") (loop $l (br $l)))
  (func (export "br_if") (param i32) (loop $l (br_if $l (i32.eqz (local.get 0)))))
  (func (export "float") (param i32) (local f64) (loop $l (br_if $l (f64.eq (local.get 1) (local.get 1)))))
  (func (export "br_table") (loop $l (br_table $l $l $l (i32.const 1))))
  (func (export "br_table_values")
    (loop $l (param) (drop (block (result i32) (i32.const 1) (br_table $l (i32.const 1))))))
  (func (export "br_on_null") (loop $l (br_on_null $l (ref.null func)) (drop)))
  (func (export "br_on_non_null") (ref.func $tail) (loop $l (param (ref func)) (br_on_non_null $l) (unreachable)))
  (func (export "br_on_cast") (local (ref null i31)) (local.set 0 (ref.i31 (i32.const 1)))
    (ref.i31 (i32.const 1)) (loop $l (param (ref i31)) (drop) (br_on_cast $l anyref (ref i31) (local.get 0)) (drop)))
  (func (export "catch") (loop $l (try_table (catch $e $l) (throw $e))))
  (func (export "catch_all") (loop $l (try_table (catch_all $l) (call $throws))))
  (func $throws (throw $e))
  (func (export "legacy") (loop $l (try (do (throw $e)) (catch $e (br $l)))))
  (func $tail (export "tail") (return_call $tail))
  (func $tail_indirect (export "tail_indirect") (return_call_indirect (type $f) (i32.const 0)))
  (func (export "calls") (loop $l (call $nothing) (br $l)))
  (func $leaf (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
  (func (export "guest_calls") (local i32) (loop $l (local.set 0 (call $leaf (local.get 0))) (br $l)))
  (func $gen (loop $l (suspend $yield) (br $l)))
  (func (export "generator") (local $k (ref null $c)) (local.set $k (cont.new $c (ref.func $gen)))
    (loop $next (block $y (result (ref $c)) (resume $c (on $yield $y) (local.get $k)) (return))
      (local.set $k) (br $next)))
  (func (export "in_cont") (resume $c (cont.new $c (ref.func $spin))))
  (func $spin (loop $l (br $l)))
  (elem declare func $gen $spin)
  (func (export "fine") (result i32) (i32.const 5))))";

constexpr const char* kNames[] = {"br",         "br_if",          "float",         "br_table", "br_table_values",
                                  "br_on_null", "br_on_non_null", "br_on_cast",    "catch",    "catch_all",
                                  "legacy",     "tail",           "tail_indirect", "calls",    "guest_calls",
                                  "generator",  "in_cont"};

rt::Outcome nothing(void*, rt::Store&, rt::Slot*) { return rt::Outcome::returned; }

// By this a guest says how far it has come: on a busy machine a deadline set before the call may end it at its entry.
rt::Outcome deadline_from_here(void*, rt::Store& store, rt::Slot*) {
  store.set_deadline(os::monotonic_ns() + 2'000'000);
  return rt::Outcome::returned;
}

std::vector<exec::Val> args_of(World& w, rt::Instance& i, const char* name) {
  return std::vector<exec::Val>(w.func(i, name).code->param_slots, i32(0));
}

}  // namespace

TEST_CASE("whatever goes round for ever can be interrupted from another thread") {
  World w;
  add_host(w, "nothing", {}, {}, nothing);
  rt::Instance& i = w.instantiate(kEndless);
  for (const char* name : kNames) {
    CAPTURE(name);
    std::shared_ptr<rt::Interruptor> handle = w.store->interruptor;
    std::thread other([handle] {
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      handle->raise(rt::kInterrupted);
    });
    w.call(i, name, args_of(w, i, name));
    other.join();
    CHECK(w.trap_code() == ErrorCode::interrupted);
    CHECK(!w.store->pending.trap.frames.empty());
    testing::check_at_rest(w);
    CHECK(w.call(i, "fine") == 5);
  }
}

TEST_CASE("whatever goes round for ever meets its deadline") {
  World w;
  add_host(w, "nothing", {}, {}, nothing);
  rt::Instance& i = w.instantiate(kEndless);
  for (const char* name : kNames) {
    CAPTURE(name);
    w.store->set_deadline(os::monotonic_ns() + 2'000'000);
    w.call(i, name, args_of(w, i, name));
    CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
    w.store->clear_deadline();
    CHECK(w.call(i, "fine") == 5);
  }
}

TEST_CASE("whatever goes round for ever uses up its fuel") {
  for (bool interruptible : {true, false}) {
    rt::EngineConfig config;
    config.fuel = true;
    config.interruptible = interruptible;
    World w(config);
    add_host(w, "nothing", {}, {}, nothing);
    rt::Instance& i = w.instantiate(kEndless);
    for (const char* name : kNames) {
      CAPTURE(name);
      w.store->context.fuel = 100000;
      w.call(i, name, args_of(w, i, name));
      CHECK(w.trap_code() == ErrorCode::out_of_fuel);
      w.store->context.fuel = 1000;
      CHECK(w.call(i, "fine") == 5);
    }
  }
}

TEST_CASE("deep recursion meets its deadline in time") {
  rt::EngineConfig config;
  config.stack_bytes = uint64_t{1} << 30;
  World w(config);
  add_host(w, "deadline", {}, {}, deadline_from_here);
  rt::Instance& i = w.instantiate(R"((module (import "h" "deadline" (func $deadline))
    (func $f (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
        (else (i32.add
          (call $f (i32.sub (local.get 0) (i32.const 1))) (call $f (i32.sub (local.get 0) (i32.const 1)))))))
    (func $down (export "down") (param i32) (result i32)
      (if (result i32) (i32.eqz (local.get 0))
        (then (call $deadline) (i32.add (i32.const 1) (call $f (i32.const 60))))
        (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))))");
  w.call(i, "down", {i32(10)});
  CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
  CHECK(w.store->pending.trap.frames.size() > 11);
}

TEST_CASE("fuel: a block costs its instructions, each time it is entered, and the host its price") {
  rt::EngineConfig config;
  config.fuel = true;
  config.host_call_fuel = 7;
  World w(config);
  add_host(w, "nothing", {}, {}, nothing);
  rt::Instance& i = w.instantiate(R"((module (import "h" "nothing" (func $nothing))
    (func (export "empty"))
    (func (export "three") (drop (i32.add (i32.const 1) (i32.const 2))))
    (func (export "loop") (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "host") (call $nothing))
    (func (export "arms") (param i32) (if (local.get 0) (then (nop) (nop) (nop) (nop) (nop)) (else (nop))))))");
  auto cost = [&](const char* name, std::vector<exec::Val> args) {
    w.store->context.fuel = 1'000'000;
    w.call(i, name, std::move(args));
    CHECK(w.outcome == rt::Outcome::returned);
    return 1'000'000 - w.store->context.fuel;
  };
  CHECK(cost("empty", {}) == 1);  // its end
  CHECK(cost("three", {}) == 5);
  CHECK(cost("host", {}) == 2 + 7);
  const int64_t once = cost("loop", {i32(1)}), twice = cost("loop", {i32(2)});
  CHECK(twice - once == 5);  // local.get, const, sub, tee, br_if
  CHECK(cost("loop", {i32(1001)}) == once + int64_t{1000} * 5);
  CHECK(cost("arms", {i32(1)}) == cost("arms", {i32(0)}) + 4);
  // Exactly enough is enough; one less is not.
  w.store->context.fuel = once;
  w.call(i, "loop", {i32(1)});
  CHECK(w.outcome == rt::Outcome::returned);
  CHECK(w.store->context.fuel == 0);
  w.store->context.fuel = once - 1;
  w.call(i, "loop", {i32(1)});
  CHECK(w.trap_code() == ErrorCode::out_of_fuel);
}

TEST_CASE("interrupts reach a guest below the host, and end the calls above it") {
  World w;
  CallBack back{.name = "spin"};
  add_host(w, "back", {}, {}, CallBack::run, &back);
  add_host(w, "deadline", {}, {}, deadline_from_here);
  rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back)) (import "h" "deadline" (func $deadline))
    (func (export "spin") (call $deadline) (loop $l (br $l)))
    (func (export "outer") (result i32) (call $back) (i32.const 1))))");
  back.instance = &i;
  w.call(i, "outer");
  CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
  CHECK(w.store->pending.trap.frames.size() == 2);
  testing::check_at_rest(w);
}
