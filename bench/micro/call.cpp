// In and out of code: the embedder calls the guest, the guest calls the embedder, the guest calls itself, a call
// traps.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>

#include <heddle/heddle.h>

namespace heddle {
namespace {

constexpr const char* kGuest = R"(
  (module
    (import "host" "inc" (func $inc (param i32) (result i32)))
    (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1)))
    (func (export "call_host") (param $n i32) (result i32) (local $x i32)
      (loop $again
        (local.set $x (call $inc (local.get $x)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $x))
    (func $fib (export "fib") (param i32) (result i32)
      (if (result i32) (i32.lt_u (local.get 0) (i32.const 2))
        (then (local.get 0))
        (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                       (call $fib (i32.sub (local.get 0) (i32.const 2)))))))
    (func (export "trap") unreachable))
)";

class Guest {
 public:
  Guest() : store_(engine_), linker_(engine_) {
    linker_.define("host", "inc", [](int32_t x) { return x + 1; });
    instance_.emplace(linker_.instantiate(store_, Module::from_text(engine_, kGuest).value()).value());
  }
  template <class Signature>
  TypedFunc<Signature> function(const char* name) {
    return instance_->typed<Signature>(name).value();
  }
  Func untyped(const char* name) { return instance_->func(name).value(); }

 private:
  Engine engine_;
  Store store_;
  Linker linker_;
  std::optional<Instance> instance_;
};

void call_guest(benchmark::State& state) {
  Guest guest;
  auto add = guest.function<int32_t(int32_t, int32_t)>("add");
  int32_t x = 0;
  for ([[maybe_unused]] auto _ : state) x = add(x, 3).value();
  benchmark::DoNotOptimize(x);
}
BENCHMARK(call_guest);

void call_guest_untyped(benchmark::State& state) {
  Guest guest;
  Func add = guest.untyped("add");
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(add.call({1, 2}));
}
BENCHMARK(call_guest_untyped);

void call_host(benchmark::State& state) {
  Guest guest;
  auto run = guest.function<int32_t(int32_t)>("call_host");
  constexpr int32_t kCalls = 1000;
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(run(kCalls).value());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kCalls);
}
BENCHMARK(call_host);

void call_within_guest(benchmark::State& state) {
  Guest guest;
  auto fib = guest.function<int32_t(int32_t)>("fib");
  constexpr int64_t kCalls = 21891;  // of fib(20)
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(fib(20).value());
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kCalls);
}
BENCHMARK(call_within_guest);

void trap(benchmark::State& state) {
  Guest guest;
  auto trap = guest.function<void()>("trap");
  for ([[maybe_unused]] auto _ : state) benchmark::DoNotOptimize(trap().ok());
}
BENCHMARK(trap);

}  // namespace
}  // namespace heddle
