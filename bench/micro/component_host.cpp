// From a C++ host to a component and back, by the C++ API: numbers, and text of two sizes.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <heddle/component.h>

namespace heddle::bench {
namespace {

constexpr const char* kPlain = R"((component
  (import "double" (func $double (param "x" u32) (result u32)))
  (import "at-once" (func $at-once async))
  (import "task" (func $task async))
  (canon lower (func $double) (core func $double'))
  (canon lower (func $at-once) async (core func $at-once'))
  (canon lower (func $task) async (core func $task'))
  (canon task.return (core func $return))
  (core module $m
    (import "" "double" (func $double (param i32) (result i32)))
    (import "" "at-once" (func $at-once (result i32)))
    (import "" "task" (func $task (result i32)))
    (import "" "return" (func $return))
    (memory (export "m") 32)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "same") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32 i32) (result i32) (local.get 1))
    (func (export "calls") (param $n i32)
      (loop $again
        (drop (call $double (local.get $n)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "calls-at-once") (param $n i32)
      (loop $again
        (if (i32.ne (call $at-once) (i32.const 2)) (then unreachable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "calls-task") (param $n i32)
      (loop $again
        (if (i32.ne (call $task) (i32.const 2)) (then unreachable))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "nothing") (result i32) (call $return) (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $m (with "" (instance
    (export "double" (func $double')) (export "at-once" (func $at-once')) (export "task" (func $task'))
    (export "return" (func $return))))))
  (alias core export $i "m" (core memory $m))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "same") (param "x" u32) (result u32) (canon lift (core func $i "same")))
  (func (export "take") (param "x" string) (result u32)
    (canon lift (core func $i "take") (memory $m) (realloc $realloc)))
  (func (export "calls") (param "n" u32) (canon lift (core func $i "calls")))
  (func (export "calls-at-once") (param "n" u32) (canon lift (core func $i "calls-at-once")))
  (func (export "calls-task") (param "n" u32) (canon lift (core func $i "calls-task")))
  (alias core export $i "callback" (core func $callback))
  (func (export "nothing") async (canon lift (core func $i "nothing") async (callback $callback)))
))";

template <class T>
T taken(api::Result<T> result) {
  if (!result) std::abort();
  return std::move(result).value();
}

struct Hosted {
  Hosted() : store(engine), component(taken(api::Component::from_text(engine, kPlain))) {
    api::ComponentLinker linker(engine);
    linker.define("double", [](uint32_t x) { return 2 * x; });
    linker.define("at-once", [] {});
    linker.define("task", []() -> api::Task<> { co_return; });
    instance.emplace(taken(linker.instantiate(store, component)));
  }
  template <class Signature>
  auto get(const char* name) {
    return taken(instance->get<Signature>(name));
  }
  api::Engine engine;
  api::Store store;
  api::Component component;
  std::optional<api::ComponentInstance> instance;
};

void host_calls_typed(benchmark::State& state) {
  Hosted host;
  const auto same = host.get<uint32_t(uint32_t)>("same");
  for ([[maybe_unused]] auto _ : state) {
    if (taken(same(7)) != 7) std::abort();
  }
}
BENCHMARK(host_calls_typed);

// A loop in the component calls a function of the host's.
void component_calls_host(benchmark::State& state, const char* loop) {
  Hosted host;
  const auto calls = host.get<void(uint32_t)>(loop);
  constexpr uint32_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) {
    if (!calls(kTimes)) std::abort();
  }
}
BENCHMARK_CAPTURE(component_calls_host, sync, "calls");
BENCHMARK_CAPTURE(component_calls_host, async_at_once, "calls-at-once");
BENCHMARK_CAPTURE(component_calls_host, async_task, "calls-task");

// Async calls by the API: one after another in a task, and many at the same time.
void host_awaits(benchmark::State& state) {
  Hosted host;
  const auto nothing = host.get<void()>("nothing");
  api::EventLoop loop(host.store);
  constexpr uint32_t kTimes = 1000;
  const auto many = [&]() -> api::Task<> {
    for (uint32_t i = 0; i < kTimes; ++i) {
      if (!co_await nothing.async()) std::abort();
    }
  };
  while (state.KeepRunningBatch(kTimes)) {
    if (!loop.run(many())) std::abort();
  }
}
BENCHMARK(host_awaits);

void host_spawns(benchmark::State& state) {
  Hosted host;
  const auto nothing = host.get<void()>("nothing");
  api::EventLoop loop(host.store);
  const auto times = static_cast<uint32_t>(state.range(0));
  const auto one = [&]() -> api::Task<> {
    if (!co_await nothing.async()) std::abort();
  };
  while (state.KeepRunningBatch(times)) {
    for (uint32_t i = 0; i < times; ++i) loop.spawn(one());
    if (!loop.progress()) std::abort();
  }
}
BENCHMARK(host_spawns)->Arg(100)->Arg(10000);

void host_passes_text(benchmark::State& state) {
  Hosted host;
  const auto take = host.get<uint32_t(std::string_view)>("take");
  const std::string text(static_cast<size_t>(state.range(0)), 'a');
  for ([[maybe_unused]] auto _ : state) {
    if (taken(take(text)) != text.size()) std::abort();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}
BENCHMARK(host_passes_text)->Arg(16)->Arg(1 << 20);

// Texts to an async function that gives them to a task of the host's, and back the same way.
constexpr const char* kTexts = R"((component
  (import "task" (func $task async (param "texts" (list string)) (result (list string))))
  (core module $libc
    (memory (export "m") 1)
    (global $next (export "next") (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8)))))
  (core instance $libc (instantiate $libc))
  (alias core export $libc "m" (core memory $m))
  (alias core export $libc "realloc" (core func $realloc))
  (canon lower (func $task) (memory $m) (realloc $realloc) (core func $task'))
  (canon task.return (result (list string)) (memory $m) (core func $return))
  (core module $code
    (import "" "m" (memory 1))
    (import "" "next" (global $next (mut i32)))
    (import "" "task" (func $task (param i32 i32 i32)))
    (import "" "return" (func $return (param i32 i32)))
    (func (export "texts") (param i32 i32) (result i32)
      (call $task (local.get 0) (local.get 1) (i32.const 64))
      (call $return (i32.load (i32.const 64)) (i32.load (i32.const 68)))
      (global.set $next (i32.const 1024))
      (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
  (core instance $i (instantiate $code (with "" (instance
    (export "m" (memory $m)) (export "next" (global $libc "next")) (export "task" (func $task'))
    (export "return" (func $return))))))
  (alias core export $i "callback" (core func $callback))
  (func (export "texts") async (param "texts" (list string)) (result (list string))
    (canon lift (core func $i "texts") async (callback $callback) (memory $m) (realloc $realloc)))
))";

void host_awaits_texts(benchmark::State& state) {
  using Texts = std::vector<std::string>;
  const api::Engine engine;
  api::Store store(engine);
  api::ComponentLinker linker(engine);
  linker.define("task", [](Texts texts) -> api::Task<Texts> { co_return std::move(texts); });
  const auto instance = taken(linker.instantiate(store, taken(api::Component::from_text(engine, kTexts))));
  const auto give = taken(instance.get<Texts(const Texts&)>("texts"));
  const Texts texts(16, std::string(24, 'a'));
  api::EventLoop loop(store);
  constexpr uint32_t kTimes = 100;
  const auto many = [&]() -> api::Task<> {
    for (uint32_t i = 0; i < kTimes; ++i) {
      if (taken(co_await give.async(texts)).size() != texts.size()) std::abort();
    }
  };
  while (state.KeepRunningBatch(kTimes)) {
    if (!loop.run(many())) std::abort();
  }
}
BENCHMARK(host_awaits_texts);

}  // namespace
}  // namespace heddle::bench
