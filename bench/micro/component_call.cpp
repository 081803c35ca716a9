// From one component to another: a call that does nothing else, bytes, and strings of the three encodings. The caller
// is in a loop; a figure is for one call of it. The same by Wasmtime where it is there.
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

#include "micro/composition.h"
#include "micro/wasmtime.h"

namespace heddle::bench {
namespace {

using component::canon::Val;

// FUNC: the type. OPTS, OPTS2: of the caller's and of the callee's memory. The caller passes what lies at 0, a
// megabyte; the callee has it at 2 MiB, whatever it is.
constexpr const char* kPair = R"((component
  (component $callee
    (core module $m
      (memory (export "m") 64)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0x200000))
      (func (export "number") (param i32) (result i32) (local.get 0))
      (func (export "text") (param i32 i32)))
    (core instance $i (instantiate $m))
    (alias core export $i "m" (core memory $m))
    (alias core export $i "realloc" (core func $realloc))
    (func (export "number") (param "x" u32) (result u32) (canon lift (core func $i "number")))
    (func (export "text") (param "x" TEXT) (canon lift (core func $i "text") (memory $m) (realloc $realloc) TO)))
  (component $caller
    (import "number" (func $number (param "x" u32) (result u32)))
    (import "text" (func $text (param "x" TEXT)))
    (core module $memory (memory (export "m") 64))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (canon lower (func $number) (core func $number'))
    (canon lower (func $text) (memory $m) FROM (core func $text'))
    (core module $m
      (import "" "m" (memory 64))
      (import "" "number" (func $number (param i32) (result i32)))
      (import "" "text" (func $text (param i32 i32)))
      (func (export "numbers") (param $n i32)
        (loop $again
          (drop (call $number (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "texts") (param $n i32)
        (local $i i32)
        FILL
        (loop $again
          (call $text (i32.const 0) (i32.const LENGTH))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core instance $i (instantiate $m
      (with "" (instance (export "m" (memory $m)) (export "number" (func $number')) (export "text" (func $text'))))))
    (func (export "numbers") (param "n" u32) (canon lift (core func $i "numbers")))
    (func (export "texts") (param "n" u32) (canon lift (core func $i "texts"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "number" (func $callee "number")) (with "text" (func $callee "text"))))
  (func (export "number") (alias export $callee "number"))
  (func (export "numbers") (alias export $caller "numbers"))
  (func (export "texts") (alias export $caller "texts"))
))";

constexpr const char* kFill = "(memory.fill (i32.const 0) (i32.const 0x41) (i32.const 0x100000))";
// ASCII in UTF-16: every second byte is zero.
constexpr const char* kFillUtf16 = R"(
  (loop $more
    (i32.store16 (local.get $i) (i32.const 0x41))
    (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 2))) (i32.const 0x100000)))))";

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

std::string pair(const char* type, const char* from, const char* to, bool utf16) {
  std::string text = kPair;
  replace_all(text, "TEXT", type);
  replace_all(text, "FROM", from);
  replace_all(text, "TO", to);
  replace_all(text, "LENGTH", utf16 ? "0x80000" : "0x100000");
  replace_all(text, "FILL", utf16 ? kFillUtf16 : kFill);
  return text;
}

void component_calls_component(benchmark::State& state) {
  Composition both(pair("string", "", "", false));
  constexpr uint64_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call("numbers", {Val::integer(kTimes)});
}
BENCHMARK(component_calls_component);

void component_calls_component_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair("string", "", "", false));
  const Wasmtime::Func numbers = both.func("numbers");
  constexpr uint32_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call(numbers, {kTimes});
}
BENCHMARK(component_calls_component_wasmtime);

void host_calls_component(benchmark::State& state) {
  Composition both(pair("string", "", "", false));
  const component::link::LiftedFunc& number = *both.func("number").lifted;
  rt::Slot value = 7;
  for ([[maybe_unused]] auto _ : state) {
    if (!Composition::check(component::link::call_from_host(both.store(), number, &value))) std::abort();
  }
}
BENCHMARK(host_calls_component);

void host_calls_component_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair("string", "", "", false));
  const Wasmtime::Func number = both.func("number");
  const std::vector<uint32_t> args = {7};
  uint32_t result = 0;
  for ([[maybe_unused]] auto _ : state) both.call(number, args, &result);
}
BENCHMARK(host_calls_component_wasmtime);

void pass(benchmark::State& state, const char* type, const char* from, const char* to, bool utf16 = false) {
  Composition both(pair(type, from, to, utf16));
  constexpr uint64_t kTimes = 100, kBytes = 1 << 20;
  while (state.KeepRunningBatch(kTimes)) both.call("texts", {Val::integer(kTimes)});
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBytes));
}
BENCHMARK_CAPTURE(pass, list_u8, "(list u8)", "", "");
BENCHMARK_CAPTURE(pass, utf8_to_utf8, "string", "string-encoding=utf8", "string-encoding=utf8");
BENCHMARK_CAPTURE(pass, utf8_to_utf16, "string", "string-encoding=utf8", "string-encoding=utf16");
BENCHMARK_CAPTURE(pass, utf16_to_utf8, "string", "string-encoding=utf16", "string-encoding=utf8", true);

void pass_wasmtime(benchmark::State& state, const char* type, const char* from, const char* to, bool utf16 = false) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair(type, from, to, utf16));
  const Wasmtime::Func texts = both.func("texts");
  constexpr uint32_t kTimes = 100, kBytes = 1 << 20;
  while (state.KeepRunningBatch(kTimes)) both.call(texts, {kTimes});
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBytes));
}
BENCHMARK_CAPTURE(pass_wasmtime, list_u8, "(list u8)", "", "");
BENCHMARK_CAPTURE(pass_wasmtime, utf8_to_utf8, "string", "string-encoding=utf8", "string-encoding=utf8");
BENCHMARK_CAPTURE(pass_wasmtime, utf8_to_utf16, "string", "string-encoding=utf8", "string-encoding=utf16");
BENCHMARK_CAPTURE(pass_wasmtime, utf16_to_utf8, "string", "string-encoding=utf16", "string-encoding=utf8", true);

void memcpy_mebibyte(benchmark::State& state) {
  std::string from(1 << 20, 'A'), to(1 << 20, 'B');
  for ([[maybe_unused]] auto _ : state) {
    __builtin_memcpy(to.data(), from.data(), from.size());
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * from.size()));
}
BENCHMARK(memcpy_mebibyte);

}  // namespace
}  // namespace heddle::bench
