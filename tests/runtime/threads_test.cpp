// One engine, many threads: modules are loaded and dropped, functions of a shared module translated at their first
// call, stores made, stopped and destroyed, all at once. ThreadSanitizer has the last word here.
#include <doctest/doctest.h>

#include <atomic>
#include <barrier>
#include <string>
#include <thread>
#include <vector>

#include "exec/support.h"
#include "os/clock.h"

using namespace heddle;
using namespace heddle::rt;
using heddle::testing::i32;

namespace {

constexpr uint32_t kThreads = 6, kRounds = 12;

std::vector<uint8_t> assembled(const std::string& source) {
  auto parsed = text::parse_module(source, {}, nullptr);
  REQUIRE(parsed.ok());
  return text::assemble(std::move(parsed).value());
}

// Types that all modules share, and one of its own.
std::string source_of(uint32_t number) {
  return R"((module
    (rec (type $node (struct (field (mut i32)) (field (ref null $node)))))
    (type $own (func (param i32 i64 f32 f64 i32) (result )" +
         std::string(number % 2 == 0 ? "i32" : "i64") + R"()))
    (type $binary (func (param i32 i32) (result i32)))
    (table 4 funcref)
    (elem (i32.const 0) func $add $sub $chain $spin)
    (memory 1)
    (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
    (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
    (func $chain (export "chain") (param $n i32) (result i32) (local $list (ref null $node)) (local $sum i32)
      (loop $more
        (local.set $list (struct.new $node (local.get $n) (local.get $list)))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (loop $next
        (local.set $sum (call_indirect (type $binary) (local.get $sum) (struct.get $node 0 (local.get $list))
          (i32.const 0)))
        (local.set $list (struct.get $node 1 (local.get $list)))
        (br_if $next (i32.eqz (ref.is_null (local.get $list)))))
      (local.get $sum))
    (func (export "trap") (result i32) (i32.load (i32.const 0x10000)))
    (func $spin (export "spin") (loop $l (br $l)))))";
}

// What one thread does; the first thing that went wrong, or none.
class Worker {
 public:
  explicit Worker(std::shared_ptr<Engine> engine) : engine_(std::move(engine)) {}

  std::string round(const std::shared_ptr<Module>& shared, const std::vector<uint8_t>& bytes) {
    auto loaded = exec::load_module(engine_, bytes, nullptr);
    if (!loaded.ok()) return "a module does not load";
    auto made = Store::create(engine_);
    if (!made.ok()) return "no store";
    store_ = std::move(made).value();
    for (const std::shared_ptr<Module>& module : {shared, loaded.value()}) {
      auto instance = exec::instantiate(*store_, module, {}, nullptr);
      if (!instance.ok()) return "no instance";
      if (std::string problem = run(*instance.value()); !problem.empty()) return problem;
    }
    return "";
  }

 private:
  ErrorCode call(Instance& instance, std::string_view name, std::vector<exec::Val> args) {
    auto found = exec::find_export(instance, name);
    results_.clear();
    auto done = exec::call(*store_, *found->func, args, results_);
    if (!done.ok()) return done.error().code;
    return done.value() == Outcome::trapped ? store_->pending.trap.code : ErrorCode::none;
  }

  std::string run(Instance& instance) {
    if (call(instance, "chain", {i32(100)}) != ErrorCode::none || results_[0].bits[0] != 5050) return "a wrong sum";
    if (call(instance, "trap", {}) != ErrorCode::out_of_bounds_memory) return "no trap";
    store_->set_deadline(os::monotonic_ns() + 1'000'000);
    if (call(instance, "spin", {}) != ErrorCode::deadline_exceeded) return "no deadline";
    store_->clear_deadline();
    std::thread other([handle = store_->interruptor] { handle->raise(kInterrupted); });
    const ErrorCode code = call(instance, "spin", {});
    other.join();
    return code == ErrorCode::interrupted ? "" : "not interrupted";
  }

  std::shared_ptr<Engine> engine_;
  std::unique_ptr<Store> store_;
  std::vector<exec::Val> results_;
};

}  // namespace

TEST_CASE("threads: one engine loads, runs and stops for all of them") {
  for (MemoryMode mode : {MemoryMode::guard, MemoryMode::checked}) {
    EngineConfig config;
    config.memory = mode;
    auto engine = exec::make_engine(config);
    const size_t types_before = engine->types.live_types();
    {
      std::vector<std::vector<uint8_t>> bytes;
      std::vector<std::shared_ptr<Module>> shared;  // one a round: all threads translate its functions at once
      for (uint32_t i = 0; i < kThreads; ++i) bytes.push_back(assembled(source_of(i)));
      for (uint32_t i = 0; i < kRounds; ++i) {
        shared.push_back(exec::load_module(engine, bytes[0], nullptr).value());
      }
      std::barrier<> together(kThreads);
      std::vector<std::string> problems(kThreads);
      std::vector<std::thread> threads;
      for (uint32_t t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          for (uint32_t round = 0; round < kRounds; ++round) {
            together.arrive_and_wait();
            std::string problem = Worker(engine).round(shared[round], bytes[t]);
            if (problems[t].empty()) problems[t] = std::move(problem);
          }
        });
      }
      for (std::thread& thread : threads) thread.join();
      for (const std::string& problem : problems) CHECK(problem == "");
    }
    CHECK(engine->types.live_types() == types_before);
  }
}

TEST_CASE("threads: stores that share a memory add without losing anything") {
  testing::World world;
  const auto bytes = assembled(R"((module
    (memory (export "m") 1 4 shared)
    (func (export "add") (param $n i32)
      (loop $l
        (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))");
  auto first = exec::instantiate(*world.store, exec::load_module(world.engine, bytes, nullptr).value(), {}, nullptr);
  REQUIRE(first.ok());
  world.publish("first", *first.value());
  const auto guest = assembled(R"((module
    (import "first" "m" (memory 1 4 shared))
    (func (export "add") (param $n i32)
      (loop $l
        (drop (i32.atomic.rmw.add (i32.const 64) (i32.const 1)))
        (drop (memory.grow (i32.const 1)))
        (drop (memory.atomic.notify (i32.const 64) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))");
  std::atomic<uint32_t> finished{0};
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      auto store = Store::create(world.engine).value();
      auto module = exec::load_module(world.engine, guest, nullptr).value();
      testing::Names names = world.names;
      auto imports = exec::resolve_imports(*module, names, nullptr);
      if (!imports.ok()) return;
      auto instance = exec::instantiate(*store, module, imports.value(), nullptr);
      if (!instance.ok()) return;
      std::vector<exec::Val> results;
      auto done = exec::call(*store, *exec::find_export(*instance.value(), "add")->func, {{i32(1000)}}, results);
      finished += done.ok() && done.value() == Outcome::returned;
    });
  }
  for (std::thread& thread : threads) thread.join();
  REQUIRE(finished == kThreads);
  const Memory& memory = *first.value()->memories()[0];
  CHECK(*reinterpret_cast<const uint32_t*>(memory.base() + 64) == kThreads * 1000);
  CHECK(memory.pages() == 4);
}
