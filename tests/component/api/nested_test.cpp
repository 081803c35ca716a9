// Components within components: their types, and what becomes of an instance when the one around it has ended.
#include <functional>
#include <string>

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace {

struct Thing {};

// Exports functions of an instance within it that call the embedder; `arm` leaves a read of strings pending, for
// which its allocator traps.
constexpr std::string_view kOuter = R"((component
  (import "r" (type $r (sub resource)))
  (import "own" (func $own (param "o" (own $r)) (result u32)))
  (import "number" (func $number (param "o" u32) (result u32)))
  (import "later" (func $later async (param "o" u32) (result u32)))
  (component $C
    (import "r" (type $r (sub resource)))
    (import "own" (func $own (param "o" (own $r)) (result u32)))
    (import "number" (func $number (param "o" u32) (result u32)))
    (import "later" (func $later async (param "o" u32) (result u32)))
    (core module $libc (memory (export "m") 1))
    (core instance $libc (instantiate $libc))
    (core func $own' (canon lower (func $own)))
    (core func $number' (canon lower (func $number)))
    (core func $later' (canon lower (func $later) async (memory $libc "m")))
    (canon subtask.cancel (core func $cancel))
    (core module $m
      (import "" "own" (func $own (param i32) (result i32)))
      (import "" "number" (func $number (param i32) (result i32)))
      (import "" "later" (func $later (param i32 i32) (result i32)))
      (import "" "cancel" (func $cancel (param i32) (result i32)))
      (func (export "own") (param i32) (result i32) (call $own (local.get 0)))
      (func (export "number") (param i32) (result i32) (call $number (local.get 0)))
      (func (export "later") (param i32) (result i32)
        (call $cancel (i32.shr_u (call $later (local.get 0) (i32.const 8)) (i32.const 4)))))
    (core instance $i (instantiate $m (with "" (instance
      (export "own" (func $own')) (export "number" (func $number')) (export "later" (func $later'))
      (export "cancel" (func $cancel))))))
    (func (export "own") (param "o" (own $r)) (result u32) (canon lift (core func $i "own")))
    (func (export "number") (param "o" u32) (result u32) (canon lift (core func $i "number")))
    (func (export "later") (param "o" u32) (result u32) (canon lift (core func $i "later"))))
  (instance $c (instantiate $C
    (with "r" (type $r)) (with "own" (func $own)) (with "number" (func $number)) (with "later" (func $later))))
  (type $s (stream string))
  (core module $libc (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $libc (instantiate $libc))
  (canon stream.read $s async (memory $libc "m") (realloc (func $libc "realloc")) (core func $read))
  (core module $m (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (func (export "arm") (param i32) (result i32) (call $read (local.get 0) (i32.const 16) (i32.const 4))))
  (core instance $i (instantiate $m (with "" (instance (export "read" (func $read))))))
  (func (export "arm") (param "s" $s) (result u32) (canon lift (core func $i "arm")))
  (export "own" (func $c "own"))
  (export "number" (func $c "number"))
  (export "later" (func $c "later"))))";

constexpr std::string_view kWriter = R"((component
  (type $s (stream string))
  (core module $libc (memory (export "m") 1) (data (i32.const 0) "\08\00\00\00\05\00\00\00hello"))
  (core instance $libc (instantiate $libc))
  (canon stream.new $s (core func $new))
  (canon stream.write $s async (memory $libc "m") (core func $write))
  (core module $m
    (import "" "new" (func $new (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (global $writer (mut i32) (i32.const 0))
    (func (export "give") (result i32) (local i64)
      (local.set 0 (call $new))
      (global.set $writer (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
      (i32.wrap_i64 (local.get 0)))
    (func (export "put") (result i32) (call $write (global.get $writer) (i32.const 0) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "write" (func $write))))))
  (func (export "give") (result $s) (canon lift (core func $i "give")))
  (func (export "put") (result u32) (canon lift (core func $i "put")))))";

// In the middle of `call`, the outer instance traps; the embedder does not mind.
template <class Call>
void check_ends(const Call& call) {
  ComponentWorld world;
  std::function<uint32_t()> write;
  world.linker.resource<Thing>("r");
  world.linker.define("own", [&](const Own<Thing>&) { return write(); });
  world.linker.define("number", [&](uint32_t) { return write(); });
  world.linker.define("later", [&](uint32_t) -> Task<uint32_t> { co_return write(); });
  const ComponentInstance writer = world.instantiate(kWriter), outer = world.instantiate(kOuter);
  auto reader = writer.get<StreamReader<std::string>()>("give").value()().value();
  CHECK(outer.get<uint32_t(StreamReader<std::string>)>("arm").value()(std::move(reader)).value() == 0xffffffff);
  const auto put = writer.get<uint32_t()>("put").value();
  write = [&put] { return put().ok() ? 0u : 7u; };
  CHECK_CONTAINS(call(outer).error().message(), "cannot enter component instance");
  CHECK(EventLoop(world.store).progress().value() == Progress::done);
  CHECK_CONTAINS(outer.get<uint32_t(uint32_t)>("number").value()(1).error().message(), "it has ended");
}

}  // namespace

TEST_CASE("component api: nothing goes on within an instance that has ended") {
  check_ends([](const ComponentInstance& outer) {
    return outer.get<uint32_t(Own<Thing>)>("own").value()(Own<Thing>::make());
  });
  for (const std::string_view name : {"number", "later"}) {
    check_ends([&](const ComponentInstance& outer) { return outer.get<uint32_t(uint32_t)>(name).value()(1); });
  }
}

TEST_CASE("component api: what task.return returns is a type of its component") {
  constexpr std::string_view kReturns = R"(
    (type $s (list u8))
    (core module $libc (memory (export "m") 1) (data (i32.const 0) "\01\02\03"))
    (core instance $libc (instantiate $libc))
    (canon task.return (result $s) (memory $libc "m") (core func $return))
    (core module $m (import "" "return" (func $return (param i32 i32)))
      (func (export "f") (result i32) (call $return (i32.const 0) (i32.const 3)) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
    (func $f async (result $s)
      (canon lift (core func $i "f") async (callback (func $i "callback")) (memory $libc "m")))
    (export "f" (func $f)))";
  const std::string returns(kReturns);
  const std::string resource = R"((import "a:b/c" (instance (export "t" (type (sub resource))))))";
  for (const std::string& before :
       {std::string(), resource, std::string("(component (type (list u8)) (type (list u16)))"),
        std::string("(core type (func))"), resource + "(type (list u16)) (type (list string))",
        "(component $c (type (list u16)) " + returns + ") (instance $n (instantiate $c))"}) {
    ComponentWorld world;
    world.linker.resource<Thing>("a:b/c#t");
    const ComponentInstance instance = world.instantiate("(component " + before + returns + ")");
    CHECK(instance.get<std::vector<uint8_t>()>("f").value()().value() == std::vector<uint8_t>{1, 2, 3});
  }
  ComponentWorld world;
  const ComponentInstance nested =
      world.instantiate("(component (type (list u16)) (component $c " + returns +
                        R"() (instance $n (instantiate $c)) (export "f" (func $n "f"))))");
  CHECK(nested.get<std::vector<uint8_t>()>("f").value()().value() == std::vector<uint8_t>{1, 2, 3});
}
