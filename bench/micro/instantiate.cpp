// From a module to an instance.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <memory>

#include <heddle/heddle.h>

namespace heddle {
namespace {

// A store and an instance with one page of memory, made and dropped.
void instantiate(benchmark::State& state) {
  Engine engine;
  Module module = Module::from_text(engine, R"((module (memory 1) (func (export "nothing"))))").value();
  Linker linker(engine);
  for ([[maybe_unused]] auto _ : state) {
    Store store(engine);
    benchmark::DoNotOptimize(linker.instantiate(store, module));
  }
}
BENCHMARK(instantiate);

// The same in a store that is there already. Stores keep their instances, so a new one is taken now and then.
void instantiate_in_store(benchmark::State& state) {
  Engine engine;
  Module module = Module::from_text(engine, R"((module (func (export "nothing"))))").value();
  Linker linker(engine);
  auto store = std::make_unique<Store>(engine);
  int64_t instances = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (++instances % 1000 == 0) {
      state.PauseTiming();
      store = std::make_unique<Store>(engine);
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(linker.instantiate(*store, module));
  }
}
BENCHMARK(instantiate_in_store);

}  // namespace
}  // namespace heddle
