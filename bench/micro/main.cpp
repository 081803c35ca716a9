// The micro benchmarks: from bytes to code (load.cpp), and in and out of it (call.cpp).
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
