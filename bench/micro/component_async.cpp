// Async calls between components and from the host: calls that have nothing to wait for, and many that wait.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <fstream>
#include <string>

#include "micro/composition.h"
#include "micro/wasmtime.h"

namespace heddle::bench {
namespace {

using component::canon::Val;

// The callee returns at once, or waits for what never comes.
constexpr const char* kAsync = R"((component
  (component $callee
    (canon task.return (core func $return))
    (canon waitable-set.new (core func $new))
    (core module $m
      (import "" "return" (func $return))
      (import "" "new" (func $new (result i32)))
      (global $set (mut i32) (i32.const 0))
      (func (export "at-once") (result i32) (call $return) (i32.const 0))
      (func (export "never") (result i32)
        (if (i32.eqz (global.get $set)) (then (global.set $set (call $new))))
        (i32.or (i32.const 2) (i32.shl (global.get $set) (i32.const 4))))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m
      (with "" (instance (export "return" (func $return)) (export "new" (func $new))))))
    (alias core export $i "callback" (core func $callback))
    (func (export "at-once") async (canon lift (core func $i "at-once") async (callback $callback)))
    (func (export "never") async (canon lift (core func $i "never") async (callback $callback))))
  (component $caller
    (import "at-once" (func $at-once async))
    (import "never" (func $never async))
    (canon lower (func $at-once) async (core func $at-once'))
    (canon lower (func $never) async (core func $never'))
    (core module $m
      (import "" "at-once" (func $at-once (result i32)))
      (import "" "never" (func $never (result i32)))
      (func (export "at-once") (param $n i32)
        (loop $again
          (if (i32.ne (call $at-once) (i32.const 2)) (then unreachable))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
      (func (export "never") (param $n i32)
        (loop $again
          (drop (call $never))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core instance $i (instantiate $m
      (with "" (instance (export "at-once" (func $at-once')) (export "never" (func $never'))))))
    (func (export "many-at-once") (param "n" u32) (canon lift (core func $i "at-once")))
    (func (export "many-never") (param "n" u32) (canon lift (core func $i "never"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "at-once" (func $callee "at-once"))
                                         (with "never" (func $callee "never"))))
  (func (export "at-once") (alias export $callee "at-once"))
  (func (export "many-at-once") (alias export $caller "many-at-once"))
  (func (export "many-never") (alias export $caller "many-never"))
))";

void async_guest_to_guest(benchmark::State& state) {
  Composition both(kAsync);
  constexpr uint64_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call("many-at-once", {Val::integer(kTimes)});
}
BENCHMARK(async_guest_to_guest);

void async_guest_to_guest_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(kAsync);
  const Wasmtime::Func many = both.func("many-at-once");
  constexpr uint32_t kTimes = 10000;
  while (state.KeepRunningBatch(kTimes)) both.call_async(many, {kTimes});
}
BENCHMARK(async_guest_to_guest_wasmtime);

void async_host_to_guest(benchmark::State& state) {
  Composition both(kAsync);
  for ([[maybe_unused]] auto _ : state) both.call("at-once", {});
}
BENCHMARK(async_host_to_guest);

void async_host_to_guest_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(kAsync);
  const Wasmtime::Func at_once = both.func("at-once");
  for ([[maybe_unused]] auto _ : state) both.call_async(at_once, {});
}
BENCHMARK(async_host_to_guest_wasmtime);

// Tasks that wait in one store: what each takes, and what a call costs beside them.
void call_beside_waiting_tasks(benchmark::State& state) {
  Composition both(kAsync);
  const auto waiting = static_cast<uint64_t>(state.range(0));
  const size_t before = mallinfo2().uordblks;
  if (waiting > 0) both.call("many-never", {Val::integer(waiting)});
  const size_t after = mallinfo2().uordblks;
  for ([[maybe_unused]] auto _ : state) both.call("at-once", {});
  state.counters["bytes_a_task"] = waiting ? static_cast<double>(after - before) / static_cast<double>(waiting) : 0;
}
BENCHMARK(call_beside_waiting_tasks)->Arg(0)->Arg(1000)->Arg(100000)->Iterations(10000);

// A function that waits in the middle of its code, for what never comes.
constexpr const char* kFibers = R"((component
  (component $callee
    (core module $memory (memory (export "m") 1))
    (core instance $memory (instantiate $memory))
    (canon waitable-set.new (core func $new))
    (canon waitable-set.wait (memory (core memory $memory "m")) (core func $wait))
    (core module $m
      (import "" "new" (func $new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (func (export "never") (drop (call $wait (call $new) (i32.const 0)))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "wait" (func $wait))))))
    (func (export "never") async (canon lift (core func $i "never") async)))
  (component $caller
    (import "never" (func $never async))
    (canon lower (func $never) async (core func $never'))
    (core module $m
      (import "" "never" (func $never (result i32)))
      (func (export "many") (param $n i32)
        (loop $again
          (drop (call $never))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core instance $i (instantiate $m (with "" (instance (export "never" (func $never'))))))
    (func (export "many") (param "n" u32) (canon lift (core func $i "many"))))
  (instance $callee (instantiate $callee))
  (instance $caller (instantiate $caller (with "never" (func $callee "never"))))
  (func (export "many") (alias export $caller "many"))
))";

uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  uint64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

// Fibers that are blocked: what of each is resident, in the engine and in the process.
void blocked_fibers(benchmark::State& state) {
  Composition both(kFibers);
  both.call("many", {Val::integer(1)});
  const auto fibers = static_cast<uint64_t>(state.range(0));
  const uint64_t before = resident_bytes();
  for ([[maybe_unused]] auto _ : state) both.call("many", {Val::integer(fibers)});
  state.counters["bytes_a_fiber"] = static_cast<double>(resident_bytes() - before) / static_cast<double>(fibers);
}
BENCHMARK(blocked_fibers)->Arg(10000)->Iterations(1);

// One component writes 64 KiB after another, the other is called to read them.
constexpr const char* kStream = R"((component
  (component $reader
    (type $s (stream u8))
    (core module $memory (memory (export "m") 2))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (canon stream.read $s async (memory $m) (core func $read))
    (core module $m
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (global $end (mut i32) (i32.const 0))
      (func (export "take") (param i32) (global.set $end (local.get 0)))
      (func (export "read") (result i32) (call $read (global.get $end) (i32.const 0) (i32.const 0x10000))))
    (core instance $i (instantiate $m (with "" (instance (export "read" (func $read))))))
    (func (export "take") (param "s" $s) (canon lift (core func $i "take")))
    (func (export "read") (result u32) (canon lift (core func $i "read"))))
  (component $writer
    (type $s (stream u8))
    (import "take" (func $take (param "s" $s)))
    (import "read" (func $read (result u32)))
    (core module $memory (memory (export "m") 2))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (canon stream.new $s (core func $new))
    (canon stream.write $s async (memory $m) (core func $write))
    (canon waitable-set.new (core func $set))
    (canon waitable.join (core func $join))
    (canon waitable-set.wait (memory $m) (core func $wait))
    (canon lower (func $take) (core func $take'))
    (canon lower (func $read) (core func $read'))
    (core module $m
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "set" (func $set (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "take" (func $take (param i32)))
      (import "" "read" (func $read (result i32)))
      (global $end (mut i32) (i32.const 0))
      (global $events (mut i32) (i32.const 0))
      (func $begin (local $both i64)
        (local.set $both (call $new))
        (call $take (i32.wrap_i64 (local.get $both)))
        (global.set $end (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
        (global.set $events (call $set))
        (call $join (global.get $end) (global.get $events)))
      (func (export "write") (param $n i32)
        (if (i32.eqz (global.get $end)) (then (call $begin)))
        (loop $again
          (if (i32.ne (call $write (global.get $end) (i32.const 0) (i32.const 0x10000)) (i32.const -1))
            (then unreachable))
          (if (i32.ne (call $read) (i32.const 0x100000)) (then unreachable))
          (drop (call $wait (global.get $events) (i32.const 0x10000)))
          (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core instance $i (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "write" (func $write)) (export "set" (func $set))
      (export "join" (func $join)) (export "wait" (func $wait))
      (export "take" (func $take')) (export "read" (func $read'))))))
    (func (export "write") async (param "n" u32) (canon lift (core func $i "write"))))
  (instance $reader (instantiate $reader))
  (instance $writer (instantiate $writer (with "take" (func $reader "take")) (with "read" (func $reader "read"))))
  (func (export "write") (alias export $writer "write"))
))";

void stream_between_components(benchmark::State& state) {
  Composition both(kStream);
  constexpr uint64_t kTimes = 100, kBytes = 1 << 16;
  while (state.KeepRunningBatch(kTimes)) both.call("write", {Val::integer(kTimes)});
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBytes));
}
BENCHMARK(stream_between_components);

void stream_between_components_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  const Wasmtime both(kStream);
  const Wasmtime::Func write = both.func("write");
  constexpr uint32_t kTimes = 100, kBytes = 1 << 16;
  while (state.KeepRunningBatch(kTimes)) both.call(write, {kTimes});
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * kBytes));
}
BENCHMARK(stream_between_components_wasmtime);

// The two components and the one around them, into a store that is there. Stores keep what is instantiated: a new one
// is taken now and then.
template <class Engine>
void instantiate_many(benchmark::State& state, Engine& both) {
  uint64_t made = 0;
  for ([[maybe_unused]] auto _ : state) {
    if (++made % 200 == 0) {
      state.PauseTiming();
      both.renew();
      state.ResumeTiming();
    }
    both.instantiate();
  }
}
void instantiate_composition(benchmark::State& state) {
  Composition both(kStream);
  instantiate_many(state, both);
}
BENCHMARK(instantiate_composition);
void instantiate_composition_wasmtime(benchmark::State& state) {
  if (Wasmtime::missing(state)) return;
  Wasmtime both(kStream);
  instantiate_many(state, both);
}
BENCHMARK(instantiate_composition_wasmtime);

}  // namespace
}  // namespace heddle::bench
