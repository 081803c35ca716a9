// libwasmtime beside heddle in one process: the same components by its C interface, as far as the benchmarks need it.
// $HEDDLE_LIBWASMTIME names the library (PyPI's `wasmtime` holds one); without it the benchmarks are skipped.
#pragma once
#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>
#include <vector>

namespace heddle::bench {

// One component in a store of its own. Arguments and results are u32; what fails ends the program.
class Wasmtime {
 public:
  // Is there no library? Then the benchmark is skipped.
  static bool missing(benchmark::State& state);

  explicit Wasmtime(const std::string& text);
  ~Wasmtime();
  Wasmtime(const Wasmtime&) = delete;
  Wasmtime& operator=(const Wasmtime&) = delete;

  void renew();  // another store, with an instance in it
  void instantiate();

  // As the library has them.
  struct Instance {
    uint64_t store = 0;
    uint32_t private1 = 0;
  };
  struct Func {
    Instance in;
    uint32_t private2 = 0;
    void* private3 = nullptr;
  };
  Func func(const char* name) const;
  void call(const Func& func, const std::vector<uint32_t>& args, uint32_t* result = nullptr) const;
  // Of a function that is async or calls such.
  void call_async(const Func& func, const std::vector<uint32_t>& args) const;

 private:
  void* engine_ = nullptr;
  void* linker_ = nullptr;
  void* component_ = nullptr;
  void* store_ = nullptr;
  void* context_ = nullptr;
  Instance instance_;
};

}  // namespace heddle::bench
