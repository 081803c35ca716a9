// What goes on once an instance has ended, and what does not: its calls, its allocator, the ends of streams and
// futures that were on their way to it.
#include "api/internal.h"
#include "component/api/world.h"

using namespace heddle;
using heddle::testing::WaitingWorld;

namespace {

// What came of it: the number, how many elements, "ok"; or the error.
template <class T>
std::string said(const api::Result<T>& result) {
  if (!result.ok()) return result.error().message();
  if constexpr (std::is_void_v<T>) {
    return "ok";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(*result);
  } else {
    return std::to_string(result->size());
  }
}

template <class T = void>
std::string call(const api::ComponentInstance& instance, std::string_view name) {
  const auto func = instance.get<T()>(name);
  REQUIRE_MESSAGE(func.ok(), func.error().to_string());
  return said((*func)());
}

struct EndedWorld : WaitingWorld {
  template <class T>
  static api::Task<> note(api::Task<api::Result<T>> task, std::string& result) {
    result = said(co_await task);
  }
  // What comes of it is `result`, which is empty until then.
  template <class T>
  void begin(api::Task<api::Result<T>> task, std::string& result) {
    result.clear();
    loop.spawn(note(std::move(task), result));
    goes_on();
  }
  void begin_write(const api::StreamWriter<uint8_t>& to, std::string& taken) {
    begin(to.write(std::vector<uint8_t>(3, 7)), taken);
  }
};

constexpr std::string_view kCannotEnter = "cannot enter component instance";
constexpr std::string_view kNoBudget = "store budget exceeded";

// Calls of `f` and `take` wait to begin while it is shut; `take` would trap.
constexpr std::string_view kGate = R"((component
  (type $f (future u8))
  (canon backpressure.inc (core func $inc))
  (canon backpressure.dec (core func $dec))
  (core module $m
    (import "" "inc" (func $inc))
    (import "" "dec" (func $dec))
    (func (export "f"))
    (func (export "take") (param i32) unreachable)
    (func (export "shut") (call $inc))
    (func (export "open") (call $dec)))
  (core instance $i (instantiate $m (with "" (instance (export "inc" (func $inc)) (export "dec" (func $dec))))))
  (func $f async (canon lift (core func $i "f")))
  (func $take async (param "f" $f) (canon lift (core func $i "take")))
  (instance $b (export "f" (func $f)) (export "take" (func $take)))
  (export "b" (instance $b))
  (func (export "shut") (canon lift (core func $i "shut")))
  (func (export "open") (canon lift (core func $i "open")))))";

// Calls those: `f` so that it may ask for the cancellation of the call, or so that it waits for it; `take`, to trap
// then.
constexpr std::string_view kCalls = R"((component
  (type $f (future u8))
  (import "b" (instance $b (export "f" (func async)) (export "take" (func async (param "f" $f)))))
  (canon lower (func $b "f") async (core func $begin))
  (canon lower (func $b "f") (core func $f))
  (canon lower (func $b "take") async (core func $take))
  (canon subtask.cancel (core func $cancel))
  (core module $m
    (import "" "begin" (func $begin (result i32)))
    (import "" "f" (func $f))
    (import "" "take" (func $take (param i32) (result i32)))
    (import "" "cancel" (func $cancel (param i32) (result i32)))
    (global $call (mut i32) (i32.const 0))
    (func (export "begin") (global.set $call (i32.shr_u (call $begin) (i32.const 4))))
    (func (export "cancel") (result i32) (call $cancel (global.get $call)))
    (func (export "wait") (result i32) (call $f) (i32.const 1))
    (func (export "pass") (param i32) (drop (call $take (local.get 0))) unreachable))
  (core instance $i (instantiate $m (with "" (instance (export "begin" (func $begin)) (export "f" (func $f))
    (export "take" (func $take)) (export "cancel" (func $cancel))))))
  (func (export "begin") (canon lift (core func $i "begin")))
  (func (export "cancel") (result u32) (canon lift (core func $i "cancel")))
  (func (export "wait") async (result u32) (canon lift (core func $i "wait")))
  (func (export "pass") (param "f" $f) (canon lift (core func $i "pass")))))";

struct GateWorld : EndedWorld {
  GateWorld() { CHECK(call(gate, "shut") == "ok"); }
  api::ComponentInstance instantiate_caller() {
    linker.define_instance("b", gate);
    return instantiate(kCalls);
  }
  // What waits to begin does so where the host may not keep one byte more.
  api::Result<api::Progress> opens_without_budget() {
    CHECK(call(gate, "open") == "ok");
    rt::Budget& budget = api::detail::Access::cell(store)->store->budget;
    constexpr auto kBytes = rt::Resource::component_bytes;
    budget.set_limit(kBytes, budget.used(kBytes));
    const api::Result<api::Progress> progress = loop.progress();
    budget.set_limit(kBytes, rt::Budget::kComponentBytes);
    return progress;
  }
  api::ComponentInstance gate = instantiate(kGate);
};

}  // namespace

TEST_CASE("component api: who has begun a call that fails as it begins ends, and cannot ask to cancel it") {
  GateWorld world;
  const api::ComponentInstance caller = world.instantiate_caller();
  CHECK(call(caller, "begin") == "ok");
  world.goes_on();
  const auto progress = world.opens_without_budget();
  REQUIRE(!progress.ok());
  CHECK_CONTAINS(progress.error().message(), kNoBudget);
  world.goes_on();
  CHECK_CONTAINS(call<uint32_t>(caller, "cancel"), kCannotEnter);
}

TEST_CASE("component api: who waits for a call that fails as it begins hears of it") {
  GateWorld world;
  const api::ComponentInstance caller = world.instantiate_caller();
  std::string result;
  world.begin(caller.get<uint32_t()>("wait").value().async(), result);
  CHECK(world.opens_without_budget().value() == api::Progress::waiting);
  world.goes_on();
  CHECK_CONTAINS(result, kNoBudget);
  CHECK_CONTAINS(call(world.gate, "shut"), kCannotEnter);
}

TEST_CASE("component api: a call that has not begun when its caller ends never begins") {
  GateWorld world;
  const api::ComponentInstance caller = world.instantiate_caller();
  auto [reader, writer] = api::make_future<uint8_t>();
  const auto pass = caller.get<void(api::FutureReader<uint8_t>)>("pass").value();
  CHECK(said(pass(std::move(reader))) == "unreachable");
  world.goes_on();
  CHECK(call(world.gate, "open") == "ok");
  world.goes_on();
  std::string taken;
  world.begin(writer.write(9), taken);
  CHECK(taken == "0");
  CHECK(call(world.gate, "shut") == "ok");
}

namespace {

// `stream` and `text` answer once `poke` has been called and something else runs, for which there is `rest`. `open`
// gives a stream at once. `write` and `poke` write a byte to the latest stream; `write` waits for what comes of it.
constexpr std::string_view kLate = R"((component
  (type $s (stream u8))
  (core module $M (memory (export "m") 1) (data (i32.const 16) "hello"))
  (core instance $memory (instantiate $M))
  (alias core export $memory "m" (core memory $mem))
  (canon stream.new $s (core func $new))
  (canon stream.read $s async (memory $mem) (core func $read))
  (canon stream.write $s async (memory $mem) (core func $write))
  (canon waitable-set.new (core func $set))
  (canon waitable.join (core func $join))
  (canon waitable-set.wait (memory $mem) (core func $wait))
  (core module $m
    (import "" "m" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "set" (func $set (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (global $w (mut i32) (i32.const 0))
    (func $finish (param $end i32) (param $status i32) (result i32) (local $set i32)
      (if (i32.ne (local.get $status) (i32.const -1)) (then (return (local.get $status))))
      (call $join (local.get $end) (local.tee $set (call $set)))
      (drop (call $wait (local.get $set) (i32.const 64)))
      (call $join (local.get $end) (i32.const 0))
      (i32.load (i32.const 68)))
    (func $open (export "open") (result i32) (local $both i64)
      (local.set $both (call $new))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func $poked (local $r i32)
      (local.set $r (call $open))
      (drop (call $finish (local.get $r) (call $read (local.get $r) (i32.const 72) (i32.const 1)))))
    (func (export "stream") (result i32) (call $poked) (call $open))
    (func (export "text") (result i32)
      (call $poked)
      (i32.store (i32.const 128) (i32.const 16))
      (i32.store (i32.const 132) (i32.const 5))
      (i32.const 128))
    (func (export "poke") (drop (call $write (global.get $w) (i32.const 80) (i32.const 1))))
    (func (export "write") (result i32)
      (call $finish (global.get $w) (call $write (global.get $w) (i32.const 80) (i32.const 1))))
    (func (export "rest")))
  (core instance $i (instantiate $m (with "" (instance (export "m" (memory $mem)) (export "new" (func $new))
    (export "read" (func $read)) (export "write" (func $write)) (export "set" (func $set))
    (export "join" (func $join)) (export "wait" (func $wait))))))
  (func $stream async (result $s) (canon lift (core func $i "stream")))
  (func $text async (result string) (canon lift (core func $i "text") (memory $mem)))
  (instance $b (export "stream" (func $stream)) (export "text" (func $text)))
  (export "b" (instance $b))
  (func (export "open") (result $s) (canon lift (core func $i "open")))
  (func (export "poke") (canon lift (core func $i "poke")))
  (func (export "write") async (result u32) (canon lift (core func $i "write")))
  (func (export "rest") async (canon lift (core func $i "rest")))))";

struct LateWorld : EndedWorld {
  LateWorld() { linker.define_instance("b", late); }
  api::ComponentInstance late = instantiate(kLate);
};

// A component in another one, which calls `stream` and `text` of the former, and whose allocator traps. `fail` ends
// the inner one, `fail-all` the outer one.
constexpr std::string_view kNested = R"((component
  (type $s (stream u8))
  (import "b" (instance $b (export "stream" (func async (result $s))) (export "text" (func async (result string)))))
  (component $C
    (type $s (stream u8))
    (import "b" (instance $b (export "stream" (func async (result $s))) (export "text" (func async (result string)))))
    (core module $M (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $memory (instantiate $M))
    (canon lower (func $b "stream") async (memory (core memory $memory "m")) (core func $stream))
    (canon lower (func $b "text") async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
      (core func $text))
    (core module $m
      (import "" "stream" (func $stream (param i32) (result i32)))
      (import "" "text" (func $text (param i32) (result i32)))
      (func (export "stream") (drop (call $stream (i32.const 16))))
      (func (export "text") (drop (call $text (i32.const 16))))
      (func (export "fail") unreachable))
    (core instance $i (instantiate $m (with "" (instance
      (export "stream" (func $stream)) (export "text" (func $text))))))
    (func (export "stream") (canon lift (core func $i "stream")))
    (func (export "text") (canon lift (core func $i "text")))
    (func (export "fail") (canon lift (core func $i "fail"))))
  (instance $c (instantiate $C (with "b" (instance $b))))
  (core module $m (func (export "fail") unreachable))
  (core instance $i (instantiate $m))
  (export "stream" (func $c "stream"))
  (export "text" (func $c "text"))
  (export "fail" (func $c "fail"))
  (func (export "fail-all") (canon lift (core func $i "fail")))))";

// What the writer of a stream hears that is the result for a caller that `fail` has ended by then.
std::string written_to_result(std::string_view fail) {
  LateWorld world;
  const api::ComponentInstance caller = world.instantiate(kNested);
  CHECK(call(caller, "stream") == "ok");
  CHECK(call(caller, fail) == "unreachable");
  CHECK_CONTAINS(call(caller, "stream"), kCannotEnter);
  CHECK(call(world.late, "poke") == "ok");
  world.goes_on();
  std::string written;
  world.begin(world.late.get<uint32_t()>("write").value().async(), written);
  return written;
}

constexpr std::string_view kDropped = "1";

}  // namespace

TEST_CASE("component api: a stream that is the result for a caller that has trapped is dropped") {
  CHECK(written_to_result("fail") == kDropped);
}

TEST_CASE("component api: a stream that is the result for a caller in something that has trapped is dropped") {
  CHECK(written_to_result("fail-all") == kDropped);
}

TEST_CASE("component api: the allocator of what is in something that has trapped is not run") {
  LateWorld world;
  const api::ComponentInstance caller = world.instantiate(kNested);
  CHECK(call(caller, "text") == "ok");
  CHECK(call(caller, "fail-all") == "unreachable");
  CHECK(call(world.late, "poke") == "ok");
  world.goes_on();
  CHECK(call(world.late, "poke") == "ok");  // else it would have ended, too
}

TEST_CASE("component api: elements that were copied are read when a deadlock is broken") {
  LateWorld world;
  const auto stream = world.late.get<api::StreamReader<uint8_t>()>("open").value()().value();
  std::string read;
  world.begin(stream.read(), read);
  CHECK(call(world.late, "poke") == "ok");
  world.loop.break_deadlock();
  world.goes_on();
  CHECK(read == "1");
  world.begin(stream.read(), read);
  CHECK(read.empty());
}

namespace {

// `run` calls `text` and then `h`, whose result it returns; its allocator traps for the text. `rest` does nothing.
std::string taker(std::string_view result_of_h, std::string_view type_of_run, std::string_view options) {
  return R"((component
  (type $s (stream u8))
  (import "b" (instance $b (export "text" (func async (result string)))))
  (import "h" (func $h (result )" +
         std::string(result_of_h) + R"()))
  (core module $M (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
  (core instance $memory (instantiate $M))
  (canon lower (func $b "text") async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
    (core func $text))
  (canon lower (func $h) (core func $h'))
  (core module $m
    (import "" "text" (func $text (param i32) (result i32)))
    (import "" "h" (func $h (result i32)))
    (func (export "run") (result i32) (drop (call $text (i32.const 16))) (call $h))
    (func (export "post") (param i32))
    (func (export "rest")))
  (core instance $i (instantiate $m (with "" (instance (export "text" (func $text)) (export "h" (func $h'))))))
  (func (export "run") )" +
         std::string(type_of_run) + R"( (canon lift (core func $i "run") )" + std::string(options) + R"())
  (func (export "rest") (canon lift (core func $i "rest")))))";
}

constexpr std::string_view kPost = "(post-return (core func $i \"post\"))";

// `h` lets the text come, and makes nothing of what comes of that.
struct TakerWorld : LateWorld {
  TakerWorld() {
    linker.define("h", [this] {
      text_comes();
      return uint32_t{1};
    });
  }
  void text_comes() const {
    CHECK(call(late, "poke") == "ok");
    CHECK(call(late, "rest") == "unreachable");
  }
  void ends(std::string_view text) const {
    const api::ComponentInstance taker = instantiate(text);
    CHECK_CONTAINS(call<uint32_t>(taker, "run"), kCannotEnter);
    CHECK_CONTAINS(call(taker, "rest"), kCannotEnter);
  }
};

}  // namespace

TEST_CASE("component api: who was ended during its call of the host is not given a stream by it") {
  TakerWorld world;
  world.linker.define("h", [&world] {
    world.text_comes();
    return api::make_stream<uint8_t>().first;
  });
  world.ends(taker("$s", "(result u32)", ""));
}

TEST_CASE("component api: who was ended during its call of the host does not return") {
  const TakerWorld world;
  world.ends(taker("u32", "async (result u32)", kPost));
}

TEST_CASE("component api: who was ended during its call of the host does not return to a component beside it") {
  constexpr std::string_view kComponent = "(component";
  const TakerWorld world;
  const std::string inner = taker("u32", "(result u32)", kPost).substr(kComponent.size());
  world.ends(R"((component
    (import "b" (instance $b (export "text" (func async (result string)))))
    (import "h" (func $h (result u32)))
    (component $C)" +
             inner + R"(
    (component $E
      (import "run" (func $run (result u32)))
      (canon lower (func $run) (core func $run'))
      (core module $m (import "" "run" (func $run (result i32))) (func (export "run") (result i32) (call $run)))
      (core instance $i (instantiate $m (with "" (instance (export "run" (func $run'))))))
      (func (export "run") (result u32) (canon lift (core func $i "run"))))
    (instance $c (instantiate $C (with "b" (instance $b)) (with "h" (func $h))))
    (instance $e (instantiate $E (with "run" (func $c "run"))))
    (export "run" (func $e "run"))
    (export "rest" (func $c "rest"))))");
}

TEST_CASE("component api: a trap below a start function is told to who waits for what it ended") {
  EndedWorld world;
  const api::ComponentInstance waits = world.instantiate(R"((component
    (core module $M (memory (export "m") 1))
    (core instance $memory (instantiate $M))
    (canon waitable-set.new (core func $set))
    (canon waitable-set.wait (memory (core memory $memory "m")) (core func $wait))
    (core module $m
      (import "" "set" (func $set (result i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (func (export "wait") (result i32) (call $wait (call $set) (i32.const 0)))
      (func (export "fail") unreachable))
    (core instance $i (instantiate $m (with "" (instance (export "set" (func $set)) (export "wait" (func $wait))))))
    (func $fail (canon lift (core func $i "fail")))
    (instance $b (export "fail" (func $fail)))
    (export "b" (instance $b))
    (func (export "wait") async (result u32) (canon lift (core func $i "wait")))))");
  std::string result;
  world.begin(waits.get<uint32_t()>("wait").value().async(), result);
  CHECK(result.empty());
  world.linker.define_instance("b", waits);
  CHECK_CONTAINS(world.refusal(R"((component
    (import "b" (instance $b (export "fail" (func))))
    (canon lower (func $b "fail") (core func $fail))
    (core module $m (import "" "fail" (func $fail)) (start $fail))
    (core instance (instantiate $m (with "" (instance (export "fail" (func $fail))))))))"),
                 "unreachable");
  world.goes_on();
  CHECK(result == "unreachable");
}

TEST_CASE("component api: a trap after the answer is what progress() says") {
  EndedWorld world;
  const api::ComponentInstance instance = world.instantiate(R"((component
    (canon task.return (result u32) (core func $return))
    (core module $m (import "" "return" (func $return (param i32)))
      (func (export "f") (result i32) (call $return (i32.const 7)) unreachable)
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
    (func (export "f") async (result u32)
      (canon lift (core func $i "f") async (callback (core func $i "callback"))))))");
  CHECK(call<uint32_t>(instance, "f") == "7");
  const auto progress = world.loop.progress();
  REQUIRE(!progress.ok());
  CHECK(progress.error().message() == "unreachable");
  world.goes_on();
  CHECK_CONTAINS(call<uint32_t>(instance, "f"), kCannotEnter);
}

TEST_CASE("component api: a stream among arguments that a component does not get is dropped") {
  EndedWorld world;
  const api::ComponentInstance takes = world.instantiate(R"((component
    (type $s (stream u8))
    (core module $m (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
      (func (export "f") (param i32 i32 i32)))
    (core instance $i (instantiate $m))
    (func (export "f") (param "t" string) (param "s" $s)
      (canon lift (core func $i "f") (memory (core memory $i "m")) (realloc (core func $i "realloc"))))))");
  auto [reader, writer] = api::make_stream<uint8_t>();
  std::string taken;
  world.begin_write(writer, taken);
  CHECK(taken.empty());
  const auto f = takes.get<void(std::string_view, api::StreamReader<uint8_t>)>("f").value();
  CHECK(said(f("hello", std::move(reader))) == "unreachable");
  world.goes_on();
  CHECK(taken == "0");
}

TEST_CASE("component api: a stream among arguments that the host does not get is dropped") {
  EndedWorld world;
  world.linker.define("h", [](const api::StreamReader<uint8_t>&, const std::string&) {});
  const api::ComponentInstance gives = world.instantiate(R"((component
    (type $s (stream u8))
    (import "h" (func $h (param "s" $s) (param "t" string)))
    (core module $M (memory (export "m") 1))
    (core instance $memory (instantiate $M))
    (canon lower (func $h) (memory (core memory $memory "m")) (core func $h'))
    (core module $m (import "" "h" (func $h (param i32 i32 i32)))
      (func (export "f") (param i32) (call $h (local.get 0) (i32.const -1) (i32.const 5))))
    (core instance $i (instantiate $m (with "" (instance (export "h" (func $h'))))))
    (func (export "f") (param "s" $s) (canon lift (core func $i "f")))))");
  auto [reader, writer] = api::make_stream<uint8_t>();
  std::string taken;
  world.begin_write(writer, taken);
  CHECK(taken.empty());
  const auto f = gives.get<void(api::StreamReader<uint8_t>)>("f").value();
  CHECK(said(f(std::move(reader))) == "string pointer/length out of bounds of memory: string content out-of-bounds");
  world.goes_on();
  CHECK(taken == "0");
}

TEST_CASE("component api: a stream in an element that its reader does not get is dropped") {
  EndedWorld world;
  using Pair = std::tuple<std::string, api::StreamReader<uint8_t>>;
  const api::ComponentInstance reads = world.instantiate(R"((component
    (type $i (stream u8)) (type $p (tuple string $i)) (type $s (stream $p))
    (core module $M (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core instance $memory (instantiate $M))
    (canon stream.read $s async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
      (core func $read))
    (core module $m (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (func (export "f") (param i32) (drop (call $read (local.get 0) (i32.const 64) (i32.const 4)))))
    (core instance $i (instantiate $m (with "" (instance (export "read" (func $read))))))
    (func (export "f") (param "s" $s) (canon lift (core func $i "f")))))");
  auto [inner, inner_writer] = api::make_stream<uint8_t>();
  auto [outer, outer_writer] = api::make_stream<Pair>();
  CHECK(said(reads.get<void(api::StreamReader<Pair>)>("f").value()(std::move(outer))) == "ok");
  std::vector<Pair> pairs;
  pairs.emplace_back("hello", std::move(inner));
  std::string outer_taken, inner_taken;
  world.begin(outer_writer.write(std::move(pairs)), outer_taken);
  world.begin_write(inner_writer, inner_taken);
  world.goes_on();
  CHECK(outer_taken == "unreachable");
  CHECK(inner_taken == "0");
}

TEST_CASE("component api: strings are taken in order by a guest that takes one at a time") {
  EndedWorld world;
  // `f` gives their lengths as digits of a number to the base 31, modulo 2^32. It lets others run before each.
  const api::ComponentInstance reads = world.instantiate(R"((component
    (type $s (stream string))
    (core module $M (memory (export "m") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
    (core instance $memory (instantiate $M))
    (alias core export $memory "m" (core memory $mem))
    (canon stream.read $s async (memory $mem) (realloc (core func $memory "realloc")) (core func $read))
    (canon thread.yield (core func $yield))
    (canon waitable-set.new (core func $set))
    (canon waitable.join (core func $join))
    (canon waitable-set.wait (memory $mem) (core func $wait))
    (core module $m
      (import "" "m" (memory 1))
      (import "" "yield" (func $yield (result i32)))
      (import "" "set" (func $set (result i32)))
      (import "" "join" (func $join (param i32 i32)))
      (import "" "wait" (func $wait (param i32 i32) (result i32)))
      (import "" "read" (func $read (param i32 i32 i32) (result i32)))
      (func (export "f") (param $s i32) (result i32) (local $set i32) (local $sum i32) (local $got i32)
        (call $join (local.get $s) (local.tee $set (call $set)))
        (loop $more
          (drop (call $yield))
          (local.set $got (call $read (local.get $s) (i32.const 128) (i32.const 1)))
          (if (i32.eq (local.get $got) (i32.const -1)) (then
            (drop (call $wait (local.get $set) (i32.const 64)))
            (local.set $got (i32.load (i32.const 68)))))
          (if (i32.shr_u (local.get $got) (i32.const 4)) (then
            (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 31)) (i32.load (i32.const 132))))))
          (br_if $more (i32.eqz (i32.and (local.get $got) (i32.const 15)))))
        (local.get $sum)))
    (core instance $i (instantiate $m (with "" (instance (export "m" (memory $mem)) (export "yield" (func $yield))
      (export "set" (func $set)) (export "join" (func $join)) (export "wait" (func $wait))
      (export "read" (func $read))))))
    (func (export "f") async (param "s" $s) (result u32) (canon lift (core func $i "f")))))");
  std::vector<std::string> strings;
  uint32_t expected = 0;
  for (size_t i = 0; i < 300; ++i) {
    strings.emplace_back(i % 29, 'x');
    expected = expected * 31 + static_cast<uint32_t>(i % 29);
  }
  auto [reader, writer] = api::make_stream<std::string>();
  std::string taken, sum;
  const auto f = reads.get<uint32_t(api::StreamReader<std::string>)>("f").value();
  world.begin(f.async(std::move(reader)), sum);
  world.begin(writer.write_all(std::move(strings)), taken);
  CHECK(taken == "300");
  writer = {};
  world.goes_on();
  CHECK(sum == std::to_string(expected));
}
