// What becomes of a store whose guest was stopped, by fuel, a deadline or another thread, and of the stores beside
// it. tests/exec/interp/interrupt_test.cpp has the ways a guest can run for ever.
#include <atomic>
#include <chrono>
#include <thread>

#include "os/clock.h"
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::i32;
using testing::World;

namespace {

constexpr uint64_t kSoon = 2'000'000;

enum class How : uint8_t { fuel, deadline, interrupt };
constexpr How kAll[] = {How::fuel, How::deadline, How::interrupt};

ErrorCode code_of(How how) {
  switch (how) {
    case How::fuel: return ErrorCode::out_of_fuel;
    case How::deadline: return ErrorCode::deadline_exceeded;
    case How::interrupt: return ErrorCode::interrupted;
  }
  return ErrorCode::none;
}

rt::EngineConfig config_of(How how) {
  rt::EngineConfig config;
  config.fuel = how == How::fuel;
  config.stack_bytes = uint64_t{1} << 28;
  return config;
}

// Stops what runs in a store, soon, while this lives; afterwards the store may go on.
class Stopper {
 public:
  Stopper(rt::Store& store, How how) : store_(store), how_(how) {
    switch (how) {
      case How::fuel: store.context.fuel = 200'000; break;
      case How::deadline: store.set_deadline(os::monotonic_ns() + kSoon); break;
      case How::interrupt:
        thread_ = std::thread([handle = store.interruptor] {
          std::this_thread::sleep_for(std::chrono::nanoseconds(kSoon));
          handle->raise(rt::kInterrupted);
        });
        break;
    }
  }
  ~Stopper() {
    if (thread_.joinable()) thread_.join();
    if (how_ == How::fuel) store_.context.fuel = INT64_MAX;
    store_.clear_deadline();
  }
  Stopper(const Stopper&) = delete;
  Stopper& operator=(const Stopper&) = delete;

 private:
  rt::Store& store_;
  How how_;
  std::thread thread_;
};

constexpr const char* kRecursions = R"((module
  (type $f (func (param i32) (result i32))) (type $c (cont $f))
  (table 3 funcref) (elem (i32.const 0) $a_indirect $b_indirect $b_tail)
  (global $steps (export "steps") (mut i64) (i64.const 0))
  (func $step (global.set $steps (i64.add (global.get $steps) (i64.const 1))))
  ;; Each calls the other twice: they would need 2^60 calls.
  (func $a (export "mutual") (param i32) (result i32) (call $step)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
      (else (i32.add (call $b (i32.sub (local.get 0) (i32.const 1)))
                     (call $b (i32.sub (local.get 0) (i32.const 1)))))))
  (func $b (param i32) (result i32) (call $a (local.get 0)))
  (func $a_indirect (export "indirect") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1))
      (else (i32.add
        (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))
        (call_indirect (type $f) (i32.sub (local.get 0) (i32.const 1)) (i32.const 1))))))
  (func $b_indirect (param i32) (result i32)
    (call_indirect (type $f) (local.get 0) (i32.const 0)))
  (func $a_tail (export "tail") (param i32) (result i32)
    (return_call_indirect (type $f) (local.get 0) (i32.const 2)))
  (func $b_tail (param i32) (result i32) (return_call $a_tail (local.get 0)))
  (func (export "continuation") (param i32) (result i32)
    (resume $c (local.get 0) (cont.new $c (ref.func $nest))))
  (func $nest (param i32) (result i32) (resume $c (local.get 0) (cont.new $c (ref.func $a))))
  (func (export "continuations") (param i32) (result i32)
    (loop $l (drop (resume $c (i32.const 3) (cont.new $c (ref.func $a)))) (br $l)) (unreachable))
  (elem declare func $nest $a)
  (func (export "fine") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))))";

}  // namespace

TEST_CASE("stopping: recursion that would take for ever, direct, indirect, by tail calls, in continuations") {
  for (How how : kAll) {
    World w(config_of(how));
    rt::Instance& i = w.instantiate(kRecursions);
    for (const char* name : {"mutual", "indirect", "tail", "continuation", "continuations"}) {
      CAPTURE(name);
      for (int round = 0; round < 2; ++round) {
        {
          Stopper stopper(*w.store, how);
          w.call(i, name, {i32(60)});
        }
        CHECK(w.trap_code() == code_of(how));
        CHECK(!w.store->pending.trap.frames.empty());
        testing::check_at_rest(w);
        CHECK(!w.store->poisoned);
        CHECK(w.call(i, "fine", {i32(4)}) == 5);
        CHECK(w.call(i, "mutual", {i32(5)}) == 32);
        w.store->heap.collect();
        CHECK(w.store->fibers.empty());
      }
    }
  }
}

TEST_CASE("stopping: a start function that never ends, and the store afterwards") {
  for (How how : kAll) {
    World w(config_of(how));
    rt::Instance& before = w.instantiate(kRecursions);
    for (int round = 0; round < 3; ++round) {
      ErrorCode code;
      {
        Stopper stopper(*w.store, how);
        auto made = w.try_instantiate(R"((module $m (memory 1) (func $spin (loop $l (br $l))) (start $spin)))");
        REQUIRE(!made.ok());
        code = made.error().code;
      }
      CHECK(code == code_of(how));
      CHECK(w.store->pending.trap.code == code);
      REQUIRE(w.store->pending.trap.frames.size() == 1);
      CHECK(w.store->pending.trap.frames[0].module->func_name(0) == "spin");
      testing::check_at_rest(w);
      CHECK(w.call(before, "fine", {i32(4)}) == 5);
      rt::Instance& after = w.instantiate(kRecursions);
      CHECK(w.call(after, "mutual", {i32(3)}) == 8);
    }
  }
}

TEST_CASE("stopping: one store is stopped, the one beside it on another thread counts to its end") {
  for (How how : kAll) {
    auto engine = exec::make_engine(config_of(how));
    World a, b;
    for (World* w : {&a, &b}) {
      w->store.reset();
      w->engine = engine;
      w->store = rt::Store::create(engine).value();
    }
    auto module = a.load(R"((module
      (func (export "spin") (loop $l (br $l)))
      (func (export "count") (param $n i32) (result i32) (local $i i32)
        (loop $l (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
        (local.get $i))))");
    rt::Instance& in_a = *exec::instantiate(*a.store, module, {}, &a.detail).value();
    rt::Instance& in_b = *exec::instantiate(*b.store, module, {}, &b.detail).value();
    std::atomic<bool> done{false};
    uint64_t counted = 0, rounds = 0;
    std::thread beside([&] {
      while (!done.load()) {
        counted += b.call(in_b, "count", {i32(100'000)});
        ++rounds;
      }
    });
    for (int round = 0; round < 5; ++round) {
      Stopper stopper(*a.store, how);
      a.call(in_a, "spin");
      CHECK(a.trap_code() == code_of(how));
    }
    done = true;
    beside.join();
    CHECK(counted == rounds * 100'000);
    CHECK(b.outcome == rt::Outcome::returned);
  }
}

TEST_CASE("stopping: what the guest has written stays, and so does what it holds") {
  for (How how : kAll) {
    World w(config_of(how));
    rt::Instance& i = w.instantiate(R"((module (memory 1) (type $s (struct (field i32)))
      (global $kept (mut (ref null $s)) (ref.null $s))
      (global $n (export "n") (mut i32) (i32.const 0))
      (func $write (export "write")
        (global.set $n (i32.add (global.get $n) (i32.const 1)))
        (i32.store (i32.const 64) (global.get $n))
        (global.set $kept (struct.new $s (global.get $n))))
      (func (export "fill") (loop $l (call $write) (br $l)))
      (func (export "same") (result i32)
        (i32.le_u (i32.sub (i32.load (i32.const 64)) (struct.get $s 0 (global.get $kept))) (i32.const 1)))))");
    for (int round = 0; round < 3; ++round) {
      w.call(i, "write");  // on a busy machine the stop may come before the loop does
      uint64_t before = w.global(i, "n");
      {
        Stopper stopper(*w.store, how);
        w.call(i, "fill");
      }
      CHECK(w.trap_code() == code_of(how));
      CHECK(w.global(i, "n") >= before);
      w.store->heap.collect();
      CHECK(w.call(i, "same") == 1);
    }
  }
}

TEST_CASE("stopping: no fuel is none, however often it is asked for, and a start function pays as well") {
  rt::EngineConfig config;
  config.fuel = true;
  World w(config);
  rt::Instance& i = w.instantiate(kRecursions);
  w.store->context.fuel = 0;
  for (int round = 0; round < 1000; ++round) {
    w.call(i, "fine", {i32(1)});
    CHECK(w.trap_code() == ErrorCode::out_of_fuel);
  }
  CHECK(w.store->context.fuel < 0);
  CHECK(!w.try_instantiate("(module (func $s) (start $s))").ok());
  w.store->context.fuel = 1000;
  CHECK(w.try_instantiate("(module (func $s) (start $s))").ok());
  CHECK(w.store->context.fuel == 999);
  // The same work costs the same in a continuation, but for the instructions that make one.
  auto cost = [&](const char* name, uint32_t n) {
    w.store->context.fuel = 10'000'000;
    w.call(i, name, {i32(n)});
    CHECK(w.outcome == rt::Outcome::returned);
    return 10'000'000 - w.store->context.fuel;
  };
  CHECK(cost("continuation", 10) - cost("continuation", 4) == cost("mutual", 10) - cost("mutual", 4));
}

TEST_CASE("stopping: an interrupt between two calls ends the next one, once; a deadline ends all") {
  World w;
  rt::Instance& i = w.instantiate(kRecursions);
  w.store->interruptor->raise(rt::kInterrupted);
  w.store->interruptor->raise(rt::kInterrupted);
  CHECK(w.try_instantiate("(module)").ok());  // nothing runs, nothing is interrupted
  w.call(i, "fine", {i32(1)});
  CHECK(w.trap_code() == ErrorCode::interrupted);
  CHECK(w.call(i, "fine", {i32(1)}) == 2);
  w.store->set_deadline(os::monotonic_ns());
  do {
    w.call(i, "fine", {i32(1)});  // until the watchdog's thread gets its turn
  } while (w.outcome == rt::Outcome::returned);
  for (int round = 0; round < 3; ++round) {
    CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
    w.call(i, "fine", {i32(1)});
  }
  w.store->clear_deadline();
  CHECK(w.call(i, "fine", {i32(1)}) == 2);
}
