// Calls from C++: arguments, outcomes, nesting, what is restored.
#include "exec/invoke.h"

#include <chrono>
#include <thread>

#include "os/clock.h"
#include "tests/exec/support.h"

using namespace heddle;
using testing::i32;
using testing::i64;
using testing::World;

namespace {

// Adds a host function under "h.<name>".
rt::FuncRef* host(World& w, const char* name, std::vector<ValType> params, std::vector<ValType> results,
                  rt::HostCallback callback, void* env = nullptr) {
  auto type = w.engine->types.add_func(params, results);
  REQUIRE(type.ok());
  rt::FuncRef* func = w.store->add_host_func(std::move(type).value(), callback, env, nullptr);
  w.names.objects.insert_or_assign(std::string("h.") + name, exec::Extern::of(func));
  return func;
}

}  // namespace

TEST_CASE("a host function is called like any other") {
  World w;
  rt::FuncRef* add = host(w, "add", {kI32, kI64}, {kI64}, [](void*, rt::Store&, rt::Slot* args) {
    args[0] = static_cast<uint32_t>(args[0]) + args[1];
    return rt::Outcome::returned;
  });
  std::vector<exec::Val> results;
  exec::Val args[] = {i32(2), i64(uint64_t{1} << 40)};
  auto done = exec::call(*w.store, *add, args, results);
  REQUIRE(done.ok());
  CHECK(done.value() == rt::Outcome::returned);
  REQUIRE(results.size() == 1);
  CHECK(results[0].type == kI64);
  CHECK(results[0].bits[0] == (uint64_t{1} << 40) + 2);
}

TEST_CASE("arguments are checked") {
  World w;
  rt::FuncRef* f = host(w, "f", {kI32}, {}, [](void*, rt::Store&, rt::Slot*) { return rt::Outcome::returned; });
  std::vector<exec::Val> results;
  exec::Val wrong[] = {i64(2)};
  CHECK(exec::call(*w.store, *f, {}, results).error().code == ErrorCode::wrong_signature);
  CHECK(exec::call(*w.store, *f, wrong, results).error().code == ErrorCode::wrong_value);
}

TEST_CASE("values of every type go in and come out") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (func (export "swap")
    (param i32 i64 f32 f64 v128 externref) (result externref v128 f64 f32 i64 i32)
    (local.get 5) (local.get 4) (local.get 3) (local.get 2) (local.get 1) (local.get 0))))");
  std::vector<exec::Val> results;
  exec::Val args[] = {i32(1),
                      i64(2),
                      {.type = kF32, .bits = {3, 0}},
                      {.type = kF64, .bits = {4, 0}},
                      {.type = kV128, .bits = {5, 6}},
                      {.type = kExternRef, .bits = {0, 0}}};
  auto done = exec::call(*w.store, w.func(i, "swap"), args, results);
  REQUIRE(done.ok());
  REQUIRE(results.size() == 6);
  CHECK(results[0].bits[0] == 0);
  CHECK(results[1].bits[0] == 5);
  CHECK(results[1].bits[1] == 6);
  CHECK(results[2].bits[0] == 4);
  CHECK(results[5].bits[0] == 1);
}

TEST_CASE("traps, exceptions and exits leave the store as it was") {
  World w;
  host(w, "fail", {}, {},
       [](void*, rt::Store& store, rt::Slot*) { return store.trap(ErrorCode::host_error, "no luck"); });
  rt::Instance& i = w.instantiate(R"((module (import "h" "fail" (func $fail)) (tag $e (param i32))
    (func (export "trap") (param i32) (result i32) (i32.div_u (i32.const 1) (local.get 0)))
    (func (export "throw") (throw $e (i32.const 7)))
    (func (export "fail") (call $fail))
    (func (export "fine") (result i32) (i32.const 5))))");
  w.call(i, "trap", {i32(0)});
  CHECK(w.trap_code() == ErrorCode::integer_divide_by_zero);
  w.call(i, "throw");
  CHECK(w.outcome == rt::Outcome::threw);
  REQUIRE(w.store->pending.exception != 0);
  CHECK(static_cast<gc::Exception*>(gc::to_object(w.store->pending.exception))->args()[0] == 7);
  w.call(i, "fail");
  CHECK(w.trap_code() == ErrorCode::host_error);
  CHECK(message_of(w.store->pending.trap) == "no luck");
  CHECK(w.call(i, "fine") == 5);
  CHECK(w.store->context.activation == nullptr);
  CHECK(w.store->context.fiber == w.store->root.get());
  CHECK(w.store->root->value_sp == w.store->root->value_base);
  CHECK(w.store->host_depth == 0);
}

TEST_CASE("host and guest call each other up to the limit, then the error says so") {
  rt::EngineConfig config;
  config.max_host_depth = 20;
  World w(config);
  struct Env {
    World* world;
    rt::Instance* instance;
    uint32_t deepest;
  } env{&w, nullptr, 0};
  host(
      w, "back", {kI32}, {kI32},
      [](void* e, rt::Store& store, rt::Slot* args) {
        Env& env = *static_cast<Env*>(e);
        env.deepest = std::max(env.deepest, store.host_depth);
        rt::FuncRef& f = *exec::find_export(*env.instance, "down")->func;
        rt::Slot* slots = exec::arg_slots(store, f);
        if (!slots) return store.trap(ErrorCode::call_stack_exhausted);
        slots[0] = args[0];
        rt::Outcome outcome = exec::invoke(store, f, slots);
        args[0] = slots[0];
        return outcome;
      },
      &env);
  rt::Instance& i = w.instantiate(R"((module (import "h" "back" (func $back (param i32) (result i32)))
    (func (export "down") (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add (i32.const 1) (call $back (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 100))))))");
  env.instance = &i;
  CHECK(w.call(i, "down", {i32(10)}) == 110);
  CHECK(w.outcome == rt::Outcome::returned);
  w.call(i, "down", {i32(1000)});
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  CHECK(env.deepest == 20);
  CHECK(w.store->host_depth == 0);
  CHECK(w.call(i, "down", {i32(3)}) == 103);
}

TEST_CASE("deep recursion of the guest ends in an error, on any thread") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (func $f (export "f") (param i32) (result i32)
    (i32.add (call $f (local.get 0)) (i32.const 1)))))");
  w.call(i, "f", {i32(0)});
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  std::thread([&] { w.call(i, "f", {i32(0)}); }).join();
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
}

TEST_CASE("tail calls between guest and host run in constant space") {
  World w;
  host(w, "id", {kI32}, {kI32}, [](void*, rt::Store&, rt::Slot*) { return rt::Outcome::returned; });
  rt::Instance& i = w.instantiate(R"((module (import "h" "id" (func $id (param i32) (result i32)))
    (func $even (export "even") (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 1))))
      (return_call $odd (i32.sub (local.get 0) (i32.const 1))))
    (func $odd (param i32) (result i32)
      (if (i32.eqz (local.get 0)) (then (return (i32.const 0))))
      (return_call $even (i32.sub (local.get 0) (i32.const 1))))
    (func (export "host") (param i32) (result i32) (return_call $id (local.get 0)))
    (func $wide (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32) (local.get 7))
    (func (export "widen") (param i32) (result i32)
      (return_call $wide (local.get 0) (local.get 0) (local.get 0) (local.get 0)
        (local.get 0) (local.get 0) (local.get 0) (i32.const 8)))))");
  CHECK(w.call(i, "even", {i32(1000000)}) == 1);
  CHECK(w.call(i, "host", {i32(17)}) == 17);
  CHECK(w.call(i, "widen", {i32(1)}) == 8);
}

TEST_CASE("an interrupt ends the call that runs, or the next; once") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (func (export "spin") (loop $l (br $l)))
    (func (export "fine") (result i32) (i32.const 5))))");
  w.store->interruptor->raise(rt::kInterrupted);
  w.call(i, "fine");
  CHECK(w.trap_code() == ErrorCode::interrupted);
  CHECK(w.call(i, "fine") == 5);
  std::shared_ptr<rt::Interruptor> handle = w.store->interruptor;
  std::thread other([handle] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    handle->raise(rt::kInterrupted);
  });
  w.call(i, "spin");
  CHECK(w.trap_code() == ErrorCode::interrupted);
  other.join();
  w.store.reset();
  handle->raise(rt::kInterrupted);  // the store is gone: nothing happens
}

TEST_CASE("a deadline ends calls until it is cleared") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (func (export "spin") (loop $l (br $l)))
    (func (export "fine") (result i32) (i32.const 5))))");
  uint64_t start = os::monotonic_ns();
  w.store->set_deadline(start + 10'000'000);
  w.call(i, "spin");
  CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
  CHECK(os::monotonic_ns() - start >= 10'000'000);
  w.call(i, "fine");
  CHECK(w.trap_code() == ErrorCode::deadline_exceeded);
  w.store->clear_deadline();
  CHECK(w.call(i, "fine") == 5);
  w.store->set_deadline(os::monotonic_ns() + 3'600'000'000'000);
  CHECK(w.call(i, "fine") == 5);
}

TEST_CASE("fuel is charged by guests and by calls of the host") {
  rt::EngineConfig config;
  config.fuel = true;
  config.host_call_fuel = 1000;
  World w(config);
  host(w, "f", {}, {}, [](void*, rt::Store&, rt::Slot*) { return rt::Outcome::returned; });
  rt::Instance& i = w.instantiate(R"((module (import "h" "f" (func $f))
    (func (export "spin") (loop $l (br $l))) (func (export "host") (call $f)) (func (export "fine"))))");
  w.store->context.fuel = 10000;
  w.call(i, "spin");
  CHECK(w.trap_code() == ErrorCode::out_of_fuel);
  w.store->context.fuel = 10000;
  w.call(i, "host");
  CHECK(w.outcome == rt::Outcome::returned);
  CHECK(w.store->context.fuel <= 9000);
  CHECK(w.store->context.fuel > 8900);
  w.store->context.fuel = 500;
  w.call(i, "host");
  CHECK(w.trap_code() == ErrorCode::out_of_fuel);
}

TEST_CASE("a poisoned store runs nothing") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (func (export "fine"))))");
  w.store->poison("a test");
  w.call(i, "fine");
  CHECK(w.trap_code() == ErrorCode::store_poisoned);
  CHECK(!w.try_instantiate("(module)").ok());
}

TEST_CASE("a trap inside a continuation comes back to the store's own fiber") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (type $f (func)) (type $c (cont $f)) (tag $t)
    (func $trap unreachable)
    (func $nest (resume $c (cont.new $c (ref.func $trap))))
    (elem declare func $trap $nest)
    (func (export "run") (resume $c (cont.new $c (ref.func $nest))))
    (func (export "fine") (result i32) (i32.const 5))))");
  for (int round = 0; round < 3; ++round) {
    w.call(i, "run");
    CHECK(w.trap_code() == ErrorCode::unreachable_executed);
    CHECK(w.store->context.fiber == w.store->root.get());
    CHECK(w.store->context.value_limit == w.store->root->value_limit);
    CHECK(w.call(i, "fine") == 5);
  }
  CHECK(w.store->fibers.empty());
}

TEST_CASE("references of C++ survive while they are roots, and not longer") {
  World w;
  rt::Instance& i = w.instantiate(R"((module (type $s (struct (field i64)))
    (func (export "make") (result anyref) (struct.new $s (i64.const 77)))))");
  std::vector<exec::Val> results;
  REQUIRE(exec::call(*w.store, w.func(i, "make"), {}, results).ok());
  uint32_t handle = w.store->add_handle(results[0].bits[0]);
  rt::Ref kept = results[0].bits[0];
  results.clear();
  w.store->heap.collect();
  CHECK(w.store->heap.holds(kept));
  CHECK(w.store->handles[handle] == kept);
  w.store->drop_handle(handle);
  uint32_t again = w.store->add_handle(0);
  CHECK(again == handle);  // places are used again
  w.store->drop_handle(again);
}
