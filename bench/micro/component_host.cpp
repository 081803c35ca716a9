// From a C++ host to a component and back, by the C++ API: numbers, and text of two sizes.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include <heddle/component.h>

namespace heddle::bench {
namespace {

constexpr const char* kPlain = R"((component
  (import "double" (func $double (param "x" u32) (result u32)))
  (canon lower (func $double) (core func $double'))
  (core module $m
    (import "" "double" (func $double (param i32) (result i32)))
    (memory (export "m") 32)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "same") (param i32) (result i32) (local.get 0))
    (func (export "take") (param i32 i32) (result i32) (local.get 1))
    (func (export "calls") (param $n i32)
      (loop $again
        (drop (call $double (local.get $n)))
        (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $i (instantiate $m (with "" (instance (export "double" (func $double'))))))
  (alias core export $i "m" (core memory $m))
  (alias core export $i "realloc" (core func $realloc))
  (func (export "same") (param "x" u32) (result u32) (canon lift (core func $i "same")))
  (func (export "take") (param "x" string) (result u32)
    (canon lift (core func $i "take") (memory $m) (realloc $realloc)))
  (func (export "calls") (param "n" u32) (canon lift (core func $i "calls")))
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

void component_calls_host(benchmark::State& state) {
  Hosted host;
  const auto calls = host.get<void(uint32_t)>("calls");
  constexpr uint32_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) {
    if (!calls(kTimes)) std::abort();
  }
}
BENCHMARK(component_calls_host);

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

}  // namespace
}  // namespace heddle::bench
