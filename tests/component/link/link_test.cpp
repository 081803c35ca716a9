// Components instantiated and called, where the official suite does not look: values, donut wrapping, stores that end
// in the middle of calls, budgets.
#include "component/link/linker.h"

#include <doctest/doctest.h>

#include "component/link/instantiate.h"
#include "component/text/support.h"
#include "component/wave/wave.h"
#include "exec/load.h"

using namespace heddle;
namespace linking = component::link;

namespace {

struct World {
  explicit World(bool donut_wrapping = true) {
    rt::EngineConfig config;
    config.features = test::all_core_features();
    engine = exec::make_engine(config);
    core = rt::Store::create(engine).value();
    store = std::make_unique<linking::ComponentStore>(*core, component::canon::Choices(), donut_wrapping);
  }

  std::shared_ptr<const linking::Loaded> load(std::string_view text) const {
    ErrorSink sink;
    auto parsed = test::parsed_component(text);
    auto loaded =
        linking::load(engine, std::move(parsed.component), text.size(), test::all_component_features(), &sink);
    REQUIRE_MESSAGE(loaded.ok(), (loaded.ok() ? "" : describe(loaded.error(), &sink)));
    return std::move(loaded).value();
  }
  Result<std::shared_ptr<const linking::InstanceItem>> instantiate(std::string_view text) {
    latest = load(text);
    return linking::instantiate(*store, {latest, &latest->root, nullptr}, linking::InstanceItem(), nullptr);
  }
  // The result in WAVE, or the error in words.
  std::string call(const linking::InstanceItem& instance, std::string_view name,
                   std::vector<component::canon::Val> args = {}) const {
    const auto& func = std::get<linking::FuncItem>(*instance.find(name));
    auto results = store->call(func.inst, std::move(args));
    if (!results.ok()) return store->message_of(results.error());
    return results.value().empty() ? "" : component::wave::print(results.value()[0], func.type->result);
  }

  std::shared_ptr<rt::Engine> engine;
  std::unique_ptr<rt::Store> core;
  std::unique_ptr<linking::ComponentStore> store;
  std::shared_ptr<const linking::Loaded> latest;
};

// Its child calls it back.
constexpr std::string_view kDonut = R"((component
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $f (result u32) (canon lift (core func $i "f")))
  (component $child
    (import "f" (func $f (result u32)))
    (canon lower (func $f) (core func $f'))
    (core module $m (import "" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (result u32) (canon lift (core func $i "g"))))
  (instance $c (instantiate $child (with "f" (func $f))))
  (func (export "g") (alias export $c "g"))
))";

// A task that waits for ever, below a caller that waits for it.
constexpr std::string_view kWaits = R"((component
  (component $inner
    (core module $m
      (import "" "new" (func $new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (func (export "f") (result i32) (call $wait (call $new) (i32.const 0))))
    (core module $memory (memory (export "m") 1))
    (core instance $memory (instantiate $memory))
    (canon waitable-set.new (core func $new))
    (canon waitable-set.wait (memory (core memory $memory "m")) (core func $wait))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "wait" (func $wait))))))
    (func (export "f") async (result u32) (canon lift (core func $i "f"))))
  (component $outer
    (import "f" (func $f async (result u32)))
    (canon lower (func $f) (core func $f'))
    (core module $m (import "" "f" (func $f (result i32))) (func (export "g") (result i32) (call $f)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
    (func (export "g") async (result u32) (canon lift (core func $i "g"))))
  (instance $a (instantiate $inner))
  (instance $b (instantiate $outer (with "f" (func $a "f"))))
  (func (export "g") (alias export $b "g"))
))";

}  // namespace

TEST_CASE("a component's child may call it back, or not") {
  World allowed(true), refused(false);
  CHECK(allowed.call(*allowed.instantiate(kDonut).value(), "g") == "7");
  CHECK(refused.call(*refused.instantiate(kDonut).value(), "g") == "cannot enter component instance");
}

// A function that is called again while it runs: by one child, which it called by way of the other.
constexpr std::string_view kAgain = R"((component
  (core module $shim
    (type $g (func (param i32) (result i32)))
    (table (export "t") 3 funcref)
    (func (export "f") (param $n i32) (result i32)
      (if (i32.eqz (local.get $n)) (then (return (i32.const 0))))
      (i32.add (i32.const 1)
        (call_indirect (type $g) (i32.sub (local.get $n) (i32.const 1)) (local.get $n)))))
  (core instance $i (instantiate $shim))
  (func $f (param "n" u32) (result u32) (canon lift (core func $i "f")))
  (component $child
    (import "f" (func $f (param "n" u32) (result u32)))
    (canon lower (func $f) (core func $f'))
    (core module $m
      (import "" "f" (func $f (param i32) (result i32)))
      (func (export "g") (param i32) (result i32) (call $f (local.get 0))))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
    (func (export "g") (param "n" u32) (result u32) (canon lift (core func $i "g"))))
  (instance $one (instantiate $child (with "f" (func $f))))
  (instance $two (instantiate $child (with "f" (func $f))))
  (canon lower (func $one "g") (core func $g1))
  (canon lower (func $two "g") (core func $g2))
  (core module $fill
    (import "" "t" (table 3 funcref)) (import "" "g1" (func $g1 (param i32) (result i32)))
    (import "" "g2" (func $g2 (param i32) (result i32)))
    (elem (i32.const 1) func $g1 $g2))
  (core instance (instantiate $fill (with "" (instance
    (export "t" (table $i "t")) (export "g1" (func $g1)) (export "g2" (func $g2))))))
  (export "f" (func $f))
))";

TEST_CASE("a function may be called while it runs") {
  World world(true);
  auto instance = world.instantiate(kAgain).value();
  for (int i = 0; i < 100; ++i) CHECK(world.call(*instance, "f", {component::canon::Val::integer(2)}) == "2");
  CHECK(world.call(*instance, "f", {component::canon::Val::integer(3)}) == "undefined element");
}

TEST_CASE("a store ends with calls in the middle of one another") {
  constexpr uint64_t kStrand = 16384;  // its first pages; it pays for more where frames are large
  World world;
  auto instance = world.instantiate(kWaits).value();
  auto in_use = [&world] { return world.core->budget.used(rt::Resource::component_bytes); };
  const uint64_t made = in_use();
  CHECK(world.call(*instance, "g") == "deadlock detected: event loop cannot make further progress");
  const uint64_t one = in_use();
  CHECK(one - made > 2 * kStrand);
  // The instance is still there, and takes more: what waits to enter it has no strand.
  CHECK(world.call(*instance, "g") == "deadlock detected: event loop cannot make further progress");
  CHECK(in_use() - one < kStrand / 2);
  world.store.reset();
}

// A component that calls one beside it: what `callee` exports as "f", once and twice.
std::string pair_of(std::string_view callee) {
  return "(component " + std::string(callee) + R"(
    (component $caller
      (import "f" (func $f (result u32)))
      (canon lower (func $f) (core func $f'))
      (core module $m
        (import "" "f" (func $f (result i32)))
        (func (export "once") (result i32) (call $f))
        (func (export "twice") (result i32) (i32.add (i32.mul (call $f) (i32.const 100)) (call $f))))
      (core instance $i (instantiate $m (with "" (instance (export "f" (func $f'))))))
      (func (export "once") (result u32) (canon lift (core func $i "once")))
      (func (export "twice") (result u32) (canon lift (core func $i "twice"))))
    (instance $a (instantiate $callee))
    (instance $b (instantiate $caller (with "f" (func $a "f"))))
    (func (export "once") (alias export $b "once"))
    (func (export "twice") (alias export $b "twice"))))";
}

TEST_CASE("each call has a thread of its own, though calls use one after another") {
  World world;
  auto instance = world.instantiate(pair_of(R"((component $callee
    (canon context.get i32 0 (core func $get))
    (canon context.set i32 0 (core func $set))
    (core module $m
      (import "" "get" (func $get (result i32)))
      (import "" "set" (func $set (param i32)))
      (global $calls (mut i32) (i32.const 0))
      (func (export "f") (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (if (call $get) (then unreachable))
        (call $set (i32.const 7))
        (i32.add (global.get $calls) (call $get)))
      (func (export "after") (param i32) (if (i32.ne (call $get) (i32.const 7)) (then unreachable))))
    (core instance $i (instantiate $m (with "" (instance (export "get" (func $get)) (export "set" (func $set))))))
    (func (export "f") (result u32) (canon lift (core func $i "f") (post-return (core func $i "after"))))))"));
  REQUIRE(instance.ok());
  CHECK(world.call(*instance.value(), "twice") == "809");
  CHECK(world.call(*instance.value(), "once") == "10");
}

TEST_CASE("a call that has to wait and whose instance can do nothing else is told so") {
  World world;
  auto instance = world.instantiate(pair_of(R"((component $callee
    (core module $memory (memory (export "m") 1))
    (core instance $memory (instantiate $memory))
    (canon waitable-set.new (core func $new))
    (canon waitable-set.wait (memory (core memory $memory "m")) (core func $wait))
    (core module $m
      (import "" "new" (func $new (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (func (export "f") (result i32) (call $wait (call $new) (i32.const 0))))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "wait" (func $wait))))))
    (func (export "f") (result u32) (canon lift (core func $i "f")))))"));
  REQUIRE(instance.ok());
  CHECK(world.call(*instance.value(), "once") == std::string(text_of(ErrorCode::sync_task_blocks)));
  CHECK(world.call(*instance.value(), "once") == "cannot enter component instance");
}

constexpr const char* kSpawns = R"((component
    (core type $start (func (param i32)))
    (core module $t (table (export "t") 2 funcref))
    (core instance $t (instantiate $t))
    (alias core export $t "t" (core table $table))
    (canon thread.spawn-ref $start (core func $ref))
    (canon thread.spawn-indirect $start (core table $table) (core func $indirect))
    (canon thread.available-parallelism (core func $many))
    (canon thread.yield (core func $yield))
    (canon task.return (result u32) (core func $return))
    (core module $m
      (type $start (func (param i32)))
      (import "" "ref" (func $ref (param (ref null $start) i32) (result i32)))
      (import "" "indirect" (func $indirect (param i32 i32) (result i32)))
      (import "" "many" (func $many (result i32)))
      (import "" "yield" (func $yield (result i32)))
      (import "" "return" (func $return (param i32)))
      (import "" "t" (table 2 funcref))
      (global $seen (mut i32) (i32.const 0))
      (elem (i32.const 0) func $add $no)
      (func $add (type $start) (global.set $seen (i32.add (global.get $seen) (local.get 0))))
      (func $no)
      (func (export "both") (local $first i32) (local $second i32)
        (local.set $first (call $ref (ref.func $add) (i32.const 7)))
        (local.set $second (call $indirect (i32.const 0) (i32.const 30)))
        (if (i32.or (i32.eqz (local.get $first)) (i32.eq (local.get $first) (local.get $second))) (then unreachable))
        (if (global.get $seen) (then unreachable))
        (loop $again
          (drop (call $yield))
          (br_if $again (i32.lt_u (global.get $seen) (i32.const 37))))
        (call $return (i32.add (global.get $seen) (i32.mul (i32.const 100) (call $many)))))
      (func (export "null") (result i32) (call $ref (ref.null $start) (i32.const 1)))
      (func (export "other") (result i32) (call $indirect (i32.const 1) (i32.const 1)))
      (func (export "outside") (result i32) (call $indirect (i32.const 2) (i32.const 1))))
    (core instance $i (instantiate $m (with "" (instance
      (export "ref" (func $ref)) (export "indirect" (func $indirect)) (export "many" (func $many))
      (export "yield" (func $yield)) (export "return" (func $return)) (export "t" (table $table))))))
    (func (export "both") async (result u32) (canon lift (core func $i "both") async))
    (func (export "null") (result u32) (canon lift (core func $i "null")))
    (func (export "other") (result u32) (canon lift (core func $i "other")))
    (func (export "outside") (result u32) (canon lift (core func $i "outside")))))";

TEST_CASE("spawned threads run once their maker lets them") {
  const auto outcome = [](const char* name) {
    World world;
    auto instance = world.instantiate(kSpawns);
    REQUIRE_MESSAGE(instance.ok(), world.store->message_of(instance.ok() ? Error{} : instance.error()));
    return world.call(*instance.value(), name);
  };
  CHECK(outcome("both") == "137");
  CHECK(outcome("null") == text_of(ErrorCode::null_function));
  CHECK(outcome("other") == text_of(ErrorCode::thread_wrong_type));
  CHECK(outcome("outside") == text_of(ErrorCode::undefined_element));
}

TEST_CASE("values and start functions") {
  World world;
  auto instance = world.instantiate(R"((component
    (core module $m (func (export "f") (param i32) (result i32) (i32.add (local.get 0) (i32.const 1))))
    (core instance $i (instantiate $m))
    (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
    (value $v u32 41)
    (start $f (value $v) (result (value $w)))
    (export "w" (value $w))
    (value $text (tuple string s8 (option char)) (tuple "hi" -3 (some 'x')))
    (export "text" (value $text))
  ))");
  REQUIRE(instance.ok());
  const auto& w = std::get<linking::ValueItem>(*instance.value()->find("w"));
  CHECK(component::wave::print(w.value, w.type) == "42");
  const auto& text = std::get<linking::ValueItem>(*instance.value()->find("text"));
  CHECK(component::wave::print(text.value, text.type) == "(\"hi\", -3, some('x'))");
}

TEST_CASE("representations and lengths of 64 bits") {
  World world;
  auto instance = world.instantiate(R"((component
    (core module $d
      (global $seen (mut i64) (i64.const 0))
      (func (export "drop") (param i64) (global.set $seen (local.get 0)))
      (func (export "seen") (result i64) (global.get $seen)))
    (core instance $d (instantiate $d))
    (type $r (resource (rep i64) (dtor (core func $d "drop"))))
    (type $s (stream u8))
    (core module $M (memory (export "m") i64 1))
    (core instance $memory (instantiate $M))
    (canon resource.new $r (core func $new))
    (canon resource.rep $r (core func $rep))
    (canon resource.drop $r (core func $drop))
    (canon stream.new $s (core func $open))
    (canon stream.read $s async (memory (core memory $memory "m")) (core func $read))
    (core module $m
      (import "" "new" (func $new (param i64) (result i32)))
      (import "" "rep" (func $rep (param i32) (result i64)))
      (import "" "drop" (func $drop (param i32)))
      (import "" "seen" (func $seen (result i64)))
      (import "" "open" (func $open (result i64)))
      (import "" "read" (func $read (param i32 i64 i64) (result i64)))
      (func (export "rep") (result i64) (call $rep (call $new (i64.const 0x100000007))))
      (func (export "drop") (result i64) (call $drop (call $new (i64.const 0x300000005))) (call $seen))
      (func (export "read") (result i64)
        (call $read (i32.wrap_i64 (call $open)) (i64.const 0) (i64.const 0x100000001))))
    (core instance $i (instantiate $m (with "" (instance
      (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))
      (export "seen" (func $d "seen")) (export "open" (func $open)) (export "read" (func $read))))))
    (func (export "rep") (result u64) (canon lift (core func $i "rep")))
    (func (export "drop") (result u64) (canon lift (core func $i "drop")))
    (func (export "read") (result u64) (canon lift (core func $i "read")))))");
  REQUIRE_MESSAGE(instance.ok(), world.store->message_of(instance.ok() ? Error{} : instance.error()));
  CHECK(world.call(*instance.value(), "rep") == std::to_string(0x100000007));
  CHECK(world.call(*instance.value(), "drop") == std::to_string(0x300000005));
  CHECK(world.call(*instance.value(), "read") == text_of(ErrorCode::buffer_too_long));
}

// A value costs what it is, however many types its type is.
TEST_CASE("elements of a large type are lifted in no time") {
  std::string types = "(type $t0 u8)";
  for (int i = 1; i <= 17; ++i) {
    const std::string below = "$t" + std::to_string(i - 1);
    types += "(type $t" + std::to_string(i) + " (tuple " + below + " " + below + "))";
  }
  World world;
  auto instance = world.instantiate("(component " + types + R"((type $l (list $t17))
    (core module $m (memory (export "m") 1000)
      (func (export "f") (result i32)
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1000)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "f") (result (list $l)) (canon lift (core func $i "f") (memory (core memory $i "m"))))))");
  REQUIRE(instance.ok());
  CHECK(world.call(*instance.value(), "f").size() == 1000 * 4);  // "[], ": each took a quarter of a second
}

TEST_CASE("instances cost the store's budget") {
  // Each level has two of the next.
  std::string text = "(component $c0)";
  for (int level = 1; level < 30; ++level) {
    const std::string below = "$c" + std::to_string(level - 1);
    text = "(component $c" + std::to_string(level) + " " + text + " (instance (instantiate " + below +
           ")) (instance (instantiate " + below + ")))";
  }
  World world;
  auto made = world.instantiate(text);
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::budget_exceeded);
}

TEST_CASE("so do the definitions in each of them") {
  std::string text = "(component $c0";
  for (int i = 0; i < 5000; ++i) text += " (canon backpressure.inc (core func))";
  text += ")";
  for (int level = 1; level <= 12; ++level) {
    const std::string below = "$c" + std::to_string(level - 1);
    text = "(component $c" + std::to_string(level) + " " + text + " (instance (instantiate " + below +
           ")) (instance (instantiate " + below + ")))";
  }
  World world;
  auto instance = world.instantiate("(component " + text + " (instance (instantiate $c12)))");
  REQUIRE(!instance.ok());
  CHECK(instance.error().code == ErrorCode::budget_exceeded);
}

TEST_CASE("the same bytes lifted many times over cost the budget each time") {
  // A list of 4,096 lists of a megabyte each, all of them the same; then as strings, and of elements with many parts.
  std::string fields = "u8";
  for (int i = 1; i < 1024; ++i) fields += " u8";
  const std::pair<std::string, std::string> kElements[] = {
      {"(list u8)", "1048576"}, {"string", "1048576"}, {"(list (tuple " + fields + "))", "1024"}};
  for (const auto& [element, length] : kElements) {
    World world;
    auto instance = world.instantiate(R"((component
      (core module $m
        (memory (export "m") 32)
        (func (export "f") (result i32) (local $i i32)
          (loop $l
            (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 65536))
            (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const )" +
                                      length + R"())
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
          (i32.store (i32.const 65528) (i32.const 0))
          (i32.store (i32.const 65532) (i32.const 4096))
          (i32.const 65528)))
      (core instance $i (instantiate $m))
      (type $t )" + element + R"()
      (func (export "f") (result (list $t)) (canon lift (core func $i "f") (memory (core memory $i "m"))))))");
    REQUIRE(instance.ok());
    CHECK(world.call(*instance.value(), "f").starts_with("store budget exceeded"));
  }
}

// From guest to guest nothing is lifted into the host: what is copied is what counts.
TEST_CASE("a copy between guests may move what the budget has, however many elements") {
  auto between = [](std::string_view element) {
    return "(component (type $t " + std::string(element) + R"()
      (component $callee
        (alias outer 1 $t (type $t))
        (core module $m
          (memory (export "m") 300)
          (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 0))
          (func (export "f") (param i32 i32) (result i32) (local.get 1)))
        (core instance $i (instantiate $m))
        (func (export "f") (param "of" (list $t)) (result u32)
          (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "realloc")))))
      (instance $callee (instantiate $callee))
      (core module $memory (memory (export "m") 300))
      (core instance $memory (instantiate $memory))
      (core func $f (canon lower (func $callee "f") (memory (core memory $memory "m"))))
      (core module $m
        (import "" "m" (memory 300))
        (import "" "f" (func $f (param i32 i32) (result i32)))
        (func (export "pairs") (result i32) (call $f (i32.const 65536) (i32.const 8388608)))
        (func (export "lists") (result i32) (local $i i32)
          (loop $l
            (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 65536))
            (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const 1048576))
            (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
          (call $f (i32.const 0) (i32.const 4096))))
      (core instance $i (instantiate $m (with "" (instance
        (export "m" (memory $memory "m")) (export "f" (func $f))))))
      (func (export "pairs") (result u32) (canon lift (core func $i "pairs")))
      (func (export "lists") (result u32) (canon lift (core func $i "lists")))))";
  };
  World world;
  auto pairs = world.instantiate(between("(tuple u8 u8)"));
  REQUIRE(pairs.ok());
  CHECK(world.call(*pairs.value(), "pairs") == "8388608");
  for (const std::string_view element : {"(list u8)", "string"}) {
    World other;
    auto lists = other.instantiate(between(element));
    REQUIRE(lists.ok());
    CHECK(other.call(*lists.value(), "lists").starts_with("store budget exceeded"));
  }
}

// The callee answers with the last of the strings it is given; it has their list at 1024, they lie behind it. With a
// stream it takes what has been written already, two strings, and answers with the second.
constexpr std::string_view kPassed = R"((component
  (component $callee
    (type $s (stream string))
    (core module $memory
      (memory (export "m") 1)
      (global $top (mut i32) (i32.const 1024))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.get $top)
        (global.set $top (i32.and (i32.add (global.get $top) (i32.add (local.get 3) (i32.const 7))) (i32.const -8)))))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (alias core export $memory "realloc" (core func $realloc))
    (canon task.return (result string) (memory $m) (core func $return))
    (canon stream.read $s async (memory $m) (realloc $realloc) (core func $read))
    (core module $main
      (import "" "m" (memory 1))
      (import "" "return" (func $return (param i32 i32)))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (func $answer (param $last i32) (result i32)
        (call $return (i32.load (local.get $last)) (i32.load offset=4 (local.get $last)))
        (i32.const 0))
      (func (export "last") (param i32 i32) (result i32)
        (call $answer (i32.add (local.get 0) (i32.sub (i32.mul (local.get 1) (i32.const 8)) (i32.const 8)))))
      (func (export "second") (param i32) (result i32)
        (if (i32.ne (call $read (local.get 0) (i32.const 64) (i32.const 2)) (i32.const 0x20)) (then unreachable))
        (call $answer (i32.const 72)))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $main (with "" (instance
      (export "m" (memory $m)) (export "return" (func $return)) (export "read" (func $read))))))
    (alias core export $i "callback" (core func $callback))
    (func (export "last") async (param "of" (list string)) (result string)
      (canon lift (core func $i "last") async (callback $callback) (memory $m) (realloc $realloc)))
    (func (export "second") async (param "of" $s) (result string)
      (canon lift (core func $i "second") async (callback $callback) (memory $m) (realloc $realloc))))
  (component $caller
    (type $s (stream string))
    (import "last" (func $last async (param "of" (list string)) (result string)))
    (import "second" (func $second async (param "of" $s) (result string)))
    (core module $memory
      (memory (export "m") 1)
      (data (i32.const 0) "\20\00\00\00\05\00\00\00\28\00\00\00\05\00\00\00")
      (data (i32.const 32) "hello   world")
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 256)))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (alias core export $memory "realloc" (core func $realloc))
    (canon lower (func $last) async (memory $m) (realloc $realloc) (core func $last'))
    (canon lower (func $second) async (memory $m) (realloc $realloc) (core func $second'))
    (canon stream.new $s (core func $new))
    (canon stream.write $s async (memory $m) (core func $write))
    (core module $main
      (import "" "m" (memory 1))
      (import "" "last" (func $last (param i32 i32 i32) (result i32)))
      (import "" "second" (func $second (param i32 i32) (result i32)))
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (func (export "list") (param $length i32) (result i32)
        (i32.store offset=12 (i32.const 0) (local.get $length))
        (if (i32.ne (call $last (i32.const 0) (i32.const 2) (i32.const 64)) (i32.const 2)) (then unreachable))
        (i32.const 64))
      (func (export "stream") (param $length i32) (result i32) (local $both i64)
        (i32.store offset=12 (i32.const 0) (local.get $length))
        (local.set $both (call $new))
        (drop (call $write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))) (i32.const 0) (i32.const 2)))
        (if (i32.ne (call $second (i32.wrap_i64 (local.get $both)) (i32.const 64)) (i32.const 2)) (then unreachable))
        (i32.const 64)))
    (core instance $i (instantiate $main (with "" (instance
      (export "m" (memory $m)) (export "last" (func $last')) (export "second" (func $second'))
      (export "new" (func $new)) (export "write" (func $write))))))
    (func (export "list") (param "length" u32) (result string) (canon lift (core func $i "list") (memory $m)))
    (func (export "stream") (param "length" u32) (result string) (canon lift (core func $i "stream") (memory $m))))
  (instance $a (instantiate $callee))
  (instance $b (instantiate $caller (with "last" (func $a "last")) (with "second" (func $a "second"))))
  (func (export "list") (alias export $b "list"))
  (func (export "stream") (alias export $b "stream"))
))";

TEST_CASE("values of async calls and of streams pass from guest to guest") {
  for (const std::string_view way : {"list", "stream"}) {
    World world;
    auto instance = world.instantiate(kPassed);
    REQUIRE(instance.ok());
    auto call = [&](uint64_t length) {
      return world.call(*instance.value(), way, {component::canon::Val::integer(length)});
    };
    CHECK(call(5) == "\"world\"");
    CHECK(call(2) == "\"wo\"");
    CHECK(call(1 << 16) == "string pointer/length out of bounds of memory: string content out-of-bounds");
  }
}

TEST_CASE("a stream within one memory may overlap itself") {
  World world;
  auto instance = world.instantiate(R"((component
    (type $s (stream f32))
    (core module $memory (memory (export "m") 1)
      (data (i32.const 0) "\00\00\80\3f\00\00\00\40\00\00\40\40"))
    (core instance $memory (instantiate $memory))
    (alias core export $memory "m" (core memory $m))
    (canon stream.new $s (core func $new))
    (canon stream.write $s async (memory $m) (core func $write))
    (canon stream.read $s async (memory $m) (core func $read))
    (core module $main
      (import "" "m" (memory 1))
      (import "" "new" (func $new (result i64)))
      (import "" "write" (func $write (param i32 i32 i32) (result i32)))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (func (export "f") (result f32) (local $both i64)
        (local.set $both (call $new))
        (drop (call $write (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))) (i32.const 0) (i32.const 3)))
        (drop (call $read (i32.wrap_i64 (local.get $both)) (i32.const 4) (i32.const 3)))
        (f32.load (i32.const 12))))
    (core instance $i (instantiate $main (with "" (instance
      (export "m" (memory $m)) (export "new" (func $new)) (export "write" (func $write))
      (export "read" (func $read))))))
    (func (export "f") (result f32) (canon lift (core func $i "f")))))");
  REQUIRE(instance.ok());
  CHECK(world.call(*instance.value(), "f") == "3");
}

TEST_CASE("the same core module in different components is loaded once") {
  World world, other;
  constexpr std::string_view kFirst = R"((component (core module (func (export "f") (result i32) (i32.const 1)))))";
  constexpr std::string_view kSecond = R"((component
    (component (core module (func (export "f") (result i32) (i32.const 1))))
    (core module (func (export "f") (result i32) (i32.const 2)))))";
  const auto first = world.load(kFirst), second = world.load(kSecond);
  const auto& module = first->root.core_modules[0];
  CHECK(second->root.parts[0].core_modules[0] == module);
  CHECK(second->root.core_modules[0] != module);
  CHECK(other.load(kFirst)->root.core_modules[0] != module);  // of another engine
}

TEST_CASE("an interface serves compatible versions of itself") {
  CHECK(linking::serves("a:b/c@1.2.0", "a:b/c@1.0.0"));
  CHECK(!linking::serves("a:b/c@1.0.0", "a:b/c@1.2.0"));
  CHECK(!linking::serves("a:b/c@2.0.0", "a:b/c@1.0.0"));
  CHECK(linking::serves("a:b/c@0.2.6", "a:b/c@0.2.0"));
  CHECK(!linking::serves("a:b/c@0.3.0", "a:b/c@0.2.0"));
  CHECK(!linking::serves("a:b/d@1.0.0", "a:b/c@1.0.0"));
  CHECK(linking::serves("f", "f"));
  CHECK(!linking::serves("f", "g"));
}
