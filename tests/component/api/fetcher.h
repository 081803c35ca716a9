// A component whose calls wait for the embedder, and a world that answers when a test says so.
#pragma once
#include <map>

#include "component/api/world.h"

namespace heddle::testing {

// `get` calls `fetch` and waits for it as a callback; cancelled, it cancels that call. `fail` traps, `hang` waits for
// nothing.
inline constexpr std::string_view kFetcher = R"((component
  (import "fetch" (func $fetch async (param "key" u32) (result u32)))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $fetch' (canon lower (func $fetch) async (memory $libc "memory")))
  (canon task.return (result u32) (core func $return))
  (canon task.cancel (core func $cancelled))
  (canon context.get i32 0 (core func $get))
  (canon context.set i32 0 (core func $set))
  (canon waitable-set.new (core func $new))
  (canon waitable-set.drop (core func $drop-set))
  (canon waitable.join (core func $join))
  (canon subtask.drop (core func $drop))
  (canon subtask.cancel (core func $cancel'))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "fetch" (func $fetch (param i32 i32) (result i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "cancelled" (func $cancelled))
    (import "" "get" (func $get (result i32)))
    (import "" "set" (func $set (param i32)))
    (import "" "new" (func $new (result i32)))
    (import "" "drop-set" (func $drop-set (param i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (global $next (mut i32) (i32.const 64))
    (func (export "get") (param $key i32) (result i32) (local $at i32) (local $status i32) (local $set i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (global.get $next) (i32.const 16)))
      (local.set $status (call $fetch (local.get $key) (local.get $at)))
      (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2)) (then
        (call $return (i32.load (local.get $at)))
        (return (i32.const 0))))
      (local.set $set (call $new))
      (call $join (i32.shr_u (local.get $status) (i32.const 4)) (local.get $set))
      (i32.store offset=4 (local.get $at) (i32.shr_u (local.get $status) (i32.const 4)))
      (call $set (local.get $at))
      (i32.or (i32.const 2) (i32.shl (local.get $set) (i32.const 4))))
    (func (export "callback") (param $event i32) (param $p1 i32) (param $p2 i32) (result i32) (local $at i32)
      (local.set $at (call $get))
      (if (i32.eq (local.get $event) (i32.const 6)) (then
        (if (i32.eqz (local.get $at)) (then (call $cancelled) (return (i32.const 0))))
        (call $join (i32.load offset=4 (local.get $at)) (i32.const 0))
        (drop (call $cancel (i32.load offset=4 (local.get $at))))
        (call $drop (i32.load offset=4 (local.get $at)))
        (call $cancelled)
        (return (i32.const 0))))
      (call $drop (local.get $p1))
      (call $return (i32.load (local.get $at)))
      (i32.const 0))
    (func (export "hang") (result i32) (i32.or (i32.const 2) (i32.shl (call $new) (i32.const 4))))
    (func (export "fail") unreachable))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $libc "memory")) (export "fetch" (func $fetch'))
    (export "return" (func $return)) (export "cancelled" (func $cancelled))
    (export "get" (func $get)) (export "set" (func $set)) (export "new" (func $new))
    (export "drop-set" (func $drop-set)) (export "join" (func $join)) (export "drop" (func $drop))
    (export "cancel" (func $cancel'))))))
  (func (export "get") async (param "key" u32) (result u32)
    (canon lift (core func $i "get") async (callback (func $i "callback"))))
  (func (export "hang") async (canon lift (core func $i "hang") async (callback (func $i "callback"))))
  (func (export "fail") async (canon lift (core func $i "fail"))))
)";

struct Mark {
  explicit Mark(int& count) : count(count) { ++count; }
  ~Mark() { --count; }
  Mark(const Mark&) = delete;
  Mark& operator=(const Mark&) = delete;
  int& count;
};

// `fetch` answers when the test says so.
struct Fetching : ComponentWorld {
  using Get = api::TypedComponentFunc<uint32_t(uint32_t)>;

  Fetching() {
    linker.define("fetch", [this](uint32_t key) -> api::Task<api::Result<uint32_t>> {
      const Mark mark(running);
      api::Completion<uint32_t> answer;
      answers.emplace(key, answer.completer());
      co_return co_await answer;
    });
  }
  Get get() { return instantiate(kFetcher).get<uint32_t(uint32_t)>("get").value(); }
  void answer(uint32_t key, api::Result<uint32_t> value) { answers.extract(key).mapped().complete(std::move(value)); }

  int running = 0;
  std::map<uint32_t, api::Completer<uint32_t>> answers;
  api::EventLoop loop{store};
};

}  // namespace heddle::testing
