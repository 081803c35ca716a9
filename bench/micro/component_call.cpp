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
    (canon task.return (core func $return))
    (core module $async
      (import "" "return" (func $return))
      (func (export "text") (param i32 i32) (result i32) (call $return) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $async (instantiate $async (with "" (instance (export "return" (func $return))))))
    (func (export "text") (param "x" TEXT) (canon lift (core func $i "text") (memory $m) (realloc $realloc) TO))
    (func (export "text-async") async (param "x" TEXT) (canon lift (core func $async "text") async
      (callback (core func $async "callback")) (memory $m) (realloc $realloc) TO)))
  (component $caller
    (import "number" (func $number (param "x" u32) (result u32)))
    (import "text" (func $text (param "x" TEXT)))
    (import "text-async" (func $text-async async (param "x" TEXT)))
    (core module $memory (memory (export "m") 64))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (canon lower (func $number) (core func $number'))
    (canon lower (func $text) (memory $m) FROM (core func $text'))
    (canon lower (func $text-async) async (memory $m) FROM (core func $text-async'))
    (core module $m
      (import "" "m" (memory 64))
      (import "" "number" (func $number (param i32) (result i32)))
      (import "" "text" (func $text (param i32 i32)))
      (import "" "text-async" (func $text-async (param i32 i32) (result i32)))
      (func (export "numbers") (param $n i32)
        (loop $again
          (drop (call $number (local.get $n)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "texts") (param $n i32)
        (local $i i32)
        FILL
        (loop $again
          (call $text (i32.const 0) (i32.const LENGTH))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "texts-async") (param $n i32)
        (local $i i32)
        FILL
        (loop $again
          (drop (call $text-async (i32.const 0) (i32.const LENGTH)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core instance $i (instantiate $m
      (with "" (instance (export "m" (memory $m)) (export "number" (func $number')) (export "text" (func $text'))
        (export "text-async" (func $text-async'))))))
    (func (export "numbers") (param "n" u32) (canon lift (core func $i "numbers")))
    (func (export "texts") (param "n" u32) (canon lift (core func $i "texts")))
    (func (export "texts-async") (param "n" u32) (canon lift (core func $i "texts-async"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "number" (func $callee "number")) (with "text" (func $callee "text"))
                                         (with "text-async" (func $callee "text-async"))))
  (func (export "number") (alias export $callee "number"))
  (func (export "numbers") (alias export $caller "numbers"))
  (func (export "texts") (alias export $caller "texts"))
  (func (export "texts-async") (alias export $caller "texts-async"))
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

// What passes: its type, the options of either side, how it gets there, and how much it is.
struct Passed {
  const char *type = "string", *from = "", *to = "", *fill = kFill, *length = "0x100000";
};

std::string pair(const Passed& passed = {}) {
  std::string text = kPair;
  replace_all(text, "TEXT", passed.type);
  replace_all(text, "FROM", passed.from);
  replace_all(text, "TO", passed.to);
  replace_all(text, "LENGTH", passed.length);
  replace_all(text, "FILL", passed.fill);
  return text;
}

void component_calls_component(benchmark::State& state) {
  Composition both(pair());
  constexpr uint64_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call("numbers", {Val::integer(kTimes)});
}
BENCHMARK(component_calls_component);

void component_calls_component_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair());
  const Wasmtime::Func numbers = both.func("numbers");
  constexpr uint32_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call(numbers, {kTimes});
}
BENCHMARK(component_calls_component_wasmtime);

void host_calls_component(benchmark::State& state) {
  Composition both(pair());
  const component::link::LiftedFunc& number = *both.func("number").lifted;
  rt::Slot value = 7;
  for ([[maybe_unused]] auto _ : state) {
    if (!Composition::check(component::link::call_from_host(both.store(), number, &value))) std::abort();
  }
}
BENCHMARK(host_calls_component);

void host_calls_component_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair());
  const Wasmtime::Func number = both.func("number");
  const std::vector<uint32_t> args = {7};
  uint32_t result = 0;
  for ([[maybe_unused]] auto _ : state) both.call(number, args, &result);
}
BENCHMARK(host_calls_component_wasmtime);

constexpr Passed kListU8{.type = "(list u8)"};
constexpr Passed kUtf8{.from = "string-encoding=utf8", .to = "string-encoding=utf8"};
constexpr Passed kToUtf16{.from = "string-encoding=utf8", .to = "string-encoding=utf16"};
constexpr Passed kFromUtf16{
    .from = "string-encoding=utf16", .to = "string-encoding=utf8", .fill = kFillUtf16, .length = "0x80000"};
// Records that have to be looked at one by one, of a short text and a number.
constexpr Passed kRecords{.type = "(list (tuple string u32))", .fill = "", .length = "0x1000"};

template <class Call>
void pass(benchmark::State& state, const Passed& passed, const Call& call) {
  constexpr uint32_t kTimes = 100;
  constexpr int64_t kBytes = 1 << 20, kElements = 1 << 12;
  while (state.KeepRunningBatch(kTimes)) call(kTimes);
  if (&passed == &kRecords) {
    state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * kElements);
  } else {
    state.SetBytesProcessed(static_cast<int64_t>(state.iterations()) * kBytes);
  }
}

void pass_by(benchmark::State& state, const Passed& passed, const char* func) {
  Composition both(pair(passed));
  pass(state, passed, [&](uint32_t times) { both.call(func, {Val::integer(times)}); });
}
BENCHMARK_CAPTURE(pass_by, list_u8, kListU8, "texts");
BENCHMARK_CAPTURE(pass_by, utf8_to_utf8, kUtf8, "texts");
BENCHMARK_CAPTURE(pass_by, utf8_to_utf16, kToUtf16, "texts");
BENCHMARK_CAPTURE(pass_by, utf16_to_utf8, kFromUtf16, "texts");
BENCHMARK_CAPTURE(pass_by, records, kRecords, "texts");
BENCHMARK_CAPTURE(pass_by, list_u8_async, kListU8, "texts-async");
BENCHMARK_CAPTURE(pass_by, utf8_to_utf8_async, kUtf8, "texts-async");
BENCHMARK_CAPTURE(pass_by, records_async, kRecords, "texts-async");

void pass_by_wasmtime(benchmark::State& state, const Passed& passed, const char* func) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(pair(passed));
  const Wasmtime::Func texts = both.func(func);
  const bool async = std::string_view(func).ends_with("async");
  pass(state, passed, [&](uint32_t times) { async ? both.call_async(texts, {times}) : both.call(texts, {times}); });
}
BENCHMARK_CAPTURE(pass_by_wasmtime, list_u8, kListU8, "texts");
BENCHMARK_CAPTURE(pass_by_wasmtime, utf8_to_utf8, kUtf8, "texts");
BENCHMARK_CAPTURE(pass_by_wasmtime, utf8_to_utf16, kToUtf16, "texts");
BENCHMARK_CAPTURE(pass_by_wasmtime, utf16_to_utf8, kFromUtf16, "texts");
BENCHMARK_CAPTURE(pass_by_wasmtime, records, kRecords, "texts");
BENCHMARK_CAPTURE(pass_by_wasmtime, list_u8_async, kListU8, "texts-async");
BENCHMARK_CAPTURE(pass_by_wasmtime, utf8_to_utf8_async, kUtf8, "texts-async");
BENCHMARK_CAPTURE(pass_by_wasmtime, records_async, kRecords, "texts-async");

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
