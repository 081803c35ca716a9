// From bytes to code: decoding, validating, loading (both, and layout) and translating the module that
// $HEDDLE_BENCH_MODULE names, in bytes of it a second.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "binary/decode.h"
#include "exec/interp/translate.h"
#include "exec/load.h"
#include "valid/check.h"

namespace heddle {
namespace {

using Bytes = std::vector<uint8_t>;

// The module's bytes; none, and the benchmark skipped, where no module is named.
Bytes bench_module(benchmark::State& state) {
  const char* path = std::getenv("HEDDLE_BENCH_MODULE");
  std::ifstream file(path ? path : "", std::ios::binary);
  Bytes bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) state.SkipWithError("HEDDLE_BENCH_MODULE names no module");
  return bytes;
}

void count_bytes(benchmark::State& state, const Bytes& bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(bytes.size()));
}

void decode(benchmark::State& state) {
  Bytes bytes = bench_module(state);
  for ([[maybe_unused]] auto _ : state) {
    auto module = binary::decode(bytes, Features(), nullptr);
    if (!module.ok()) state.SkipWithError("the module does not decode");
    benchmark::DoNotOptimize(module);
  }
  count_bytes(state, bytes);
}
BENCHMARK(decode);

void validate(benchmark::State& state) {
  Bytes bytes = bench_module(state);
  auto module = binary::decode(bytes, Features(), nullptr);
  for ([[maybe_unused]] auto _ : state) {
    TypeRegistry registry;
    if (!module.ok() || !valid::check_all(module.value(), Features(), registry, nullptr).ok()) {
      state.SkipWithError("the module is not valid");
    }
  }
  count_bytes(state, bytes);
}
BENCHMARK(validate);

void load(benchmark::State& state) {
  Bytes bytes = bench_module(state);
  auto engine = exec::make_engine({});
  for ([[maybe_unused]] auto _ : state) {
    auto module = exec::load_module(engine, bytes, nullptr);
    if (!module.ok()) state.SkipWithError("the module does not load");
    benchmark::DoNotOptimize(module);
  }
  count_bytes(state, bytes);
}
BENCHMARK(load);

// Every function; what is charged to a call is only the first time.
void translate(benchmark::State& state) {
  Bytes bytes = bench_module(state);
  auto module = exec::load_module(exec::make_engine({}), bytes, nullptr);
  if (!module.ok()) state.SkipWithError("the module does not load");
  interp::Translator translator;
  size_t words = 0;
  for ([[maybe_unused]] auto _ : state) {
    words = 0;
    for (uint32_t i = 0; i < module.value()->syntax.code.size(); ++i) {
      interp::Function function;
      translator.run(*module.value(), i, function, nullptr);
      words += translator.words().size();
    }
  }
  count_bytes(state, bytes);
  state.counters["code / module"] =
      static_cast<double>(words * sizeof(interp::Word)) / static_cast<double>(std::max<size_t>(bytes.size(), 1));
}
BENCHMARK(translate);

}  // namespace
}  // namespace heddle
