// What the host keeps on a guest's behalf is charged to the store's budget, whoever is to have it.
#include <string>
#include <vector>

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace {

constexpr uint64_t kMiB = uint64_t{1} << 20;
constexpr std::string_view kRefused = "store budget exceeded: component_bytes: ";

struct PaidWorld : ComponentWorld {
  explicit PaidWorld(uint64_t component_bytes) { store = Store(engine, {.component_bytes = component_bytes}); }
};

std::string times(size_t count, std::string_view each) {
  std::string text;
  for (size_t i = 0; i < count; ++i) text += each;
  return text;
}

}  // namespace

TEST_CASE("component api: what nested instances know of resource types is paid for") {
  constexpr size_t kTypes = 300, kInstances = 200;
  std::string imported = "(instance";
  for (size_t i = 0; i < kTypes; ++i) imported += " (export \"r" + std::to_string(i) + "\" (type (sub resource)))";
  const std::string text = "(component (import \"i\" (instance $i" + imported.substr(sizeof("(instance") - 1) +
                           ")) (component $c (import \"i\" " + imported + ")))" +
                           times(kInstances, "(instance (instantiate $c (with \"i\" (instance $i))))") + ")";
  const std::string exporter = "(component (type $r (resource (rep i32))) (instance $i" + [] {
    std::string all;
    for (size_t i = 0; i < kTypes; ++i) all += " (export \"r" + std::to_string(i) + "\" (type $r))";
    return all;
  }() + ") (export \"i\" (instance $i)))";
  for (const auto& [bytes, fits] : {std::pair{16 * kMiB, true}, {5 * kMiB, false}}) {
    PaidWorld world(bytes);
    world.linker.define_instance("i", world.instantiate(exporter).instance("i").value());
    const auto made = world.linker.instantiate(world.store, world.component(text));
    CHECK(made.ok() == fits);
    if (!made.ok()) CHECK_CONTAINS(made.error().message(), kRefused);
  }
}

TEST_CASE("component api: labels of values of any type are paid for") {
  const std::string label(2000, 'a');
  for (const std::string& type : {"(enum \"" + label + "\")", "(record (field \"" + label + "\" u8))"}) {
    PaidWorld world(8 * kMiB);
    const ComponentInstance instance = world.instantiate(R"((component
      (core module $m (memory (export "m") 1) (func (export "f") (param i32) (result i32)
        (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0)))
      (core instance $i (instantiate $m)) (type $t )" + type +
                                                         R"() (export $r "r" (type $t))
      (func (export "f") (param "n" u32) (result (list $r)) (canon lift (core func $i "f") (memory $i "m")))))");
    const ComponentFunc f = instance.func("f").value();
    CHECK(f.call({ComponentVal(uint32_t{100})}).value()->parts().size() == 100);
    CHECK_CONTAINS(f.call({ComponentVal(uint32_t{10'000})}).error().message(), "store budget exceeded");
  }
}

TEST_CASE("component api: results that nobody has taken yet are paid for") {
  PaidWorld world(8 * kMiB);
  const ComponentInstance instance = world.instantiate(R"((component
    (core module $libc (memory (export "m") 16))
    (core instance $libc (instantiate $libc))
    (canon task.return (result (list u8)) (memory $libc "m") (core func $return))
    (core module $m (import "" "return" (func $return (param i32 i32)))
      (func (export "f") (result i32) (call $return (i32.const 0) (i32.const 1000000)) (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
    (func (export "f") async (result (list u8))
      (canon lift (core func $i "f") async (callback (func $i "callback")) (memory $libc "m")))))");
  auto f = instance.get<std::vector<uint8_t>()>("f").value();
  EventLoop loop(world.store);
  for (int i = 0; i < 20; ++i) CHECK(loop.run(f.async()).value().size() == 1'000'000);
  std::vector<Task<Result<std::vector<uint8_t>>>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(f.async());
  size_t answered = 0;
  const auto results = loop.run(when_all(std::move(tasks))).value();
  for (const auto& result : results) {
    if (result.ok())
      ++answered;
    else if (result.error().kind() != ErrorKind::trap)
      CHECK_CONTAINS(result.error().message(), kRefused);
  }
  CHECK(answered < 10);
}

TEST_CASE("component api: error contexts that wait in a stream are paid for") {
  PaidWorld world(8 * kMiB);
  ComponentFeatures features;
  features.set("component-model-error-context", true);
  const auto component = Component::from_text(world.engine, R"((component
    (core module $libc (memory (export "m") 4))
    (core instance $libc (instantiate $libc))
    (type $s (stream error-context))
    (canon stream.new $s (core func $new))
    (canon stream.write $s async (memory $libc "m") (core func $write))
    (canon error-context.new (memory $libc "m") (core func $error))
    (canon error-context.drop (core func $drop))
    (core module $m
      (import "" "m" (memory 1))
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "error" (func $error (param i32 i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      (global $writer (mut i32) (i32.const 0))
      (func (export "give") (result i32) (local i64)
        (local.set 0 (call $new))
        (global.set $writer (i32.wrap_i64 (i64.shr_u (local.get 0) (i64.const 32))))
        (i32.wrap_i64 (local.get 0)))
      (func (export "put") (param $left i32) (result i32) (local $e i32) (local $status i32)
        (loop $more
          (i32.store (i32.const 0) (local.tee $e (call $error (i32.const 1024) (i32.const 200000))))
          (local.set $status (call $write (global.get $writer) (i32.const 0) (i32.const 1)))
          (if (i32.ne (local.get $status) (i32.const 16)) (then (return (local.get $status))))
          (call $drop (local.get $e))
          (br_if $more (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (i32.const 16)))
    (core instance $i (instantiate $m (with "" (instance
      (export "m" (memory $libc "m")) (export "new" (func $new)) (export "write" (func $write))
      (export "error" (func $error)) (export "drop" (func $drop))))))
    (func (export "give") (result $s) (canon lift (core func $i "give")))
    (func (export "put") (param "n" u32) (result u32) (canon lift (core func $i "put")))))",
                                              features);
  REQUIRE_MESSAGE(component.ok(), component.error().to_string());
  const ComponentInstance instance = world.linker.instantiate(world.store, *component).value();
  auto reader = instance.get<StreamReader<ErrorContext>()>("give").value()().value();
  auto put = instance.get<uint32_t(uint32_t)>("put").value();
  EventLoop loop(world.store);
  auto read = reader.read(1000);
  loop.start(read);
  CHECK(loop.progress().value() == Progress::stuck);
  CHECK_CONTAINS(put(1000).error().message(), kRefused);
}
