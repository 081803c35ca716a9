// Async calls between components and from the host: calls that have nothing to wait for, and many that wait.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <string>

#include "micro/composition.h"

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

void async_host_to_guest(benchmark::State& state) {
  Composition both(kAsync);
  for ([[maybe_unused]] auto _ : state) both.call("at-once", {});
}
BENCHMARK(async_host_to_guest);

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

}  // namespace
}  // namespace heddle::bench
