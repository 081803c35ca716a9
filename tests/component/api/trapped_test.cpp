// What others still have of an instance that has trapped: calls it made, ends of streams it waits at.
#include "api/internal.h"
#include "component/api/world.h"

using namespace heddle;
using heddle::testing::ComponentWorld;
using heddle::testing::WaitingWorld;

namespace {

// Answers when it is called back, by a text.
constexpr std::string_view kAnswers = R"((component
  (core module $M (memory (export "m") 1) (data (i32.const 16) "hello")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $M))
  (canon task.return (result string) (memory (core memory $memory "m")) (core func $return))
  (core module $m
    (import "" "return" (func $return (param i32 i32)))
    (func (export "f") (result i32) (i32.const 1))
    (func (export "cb") (param i32 i32 i32) (result i32) (call $return (i32.const 16) (i32.const 5)) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance (export "return" (func $return))))))
  (func $f async (result string) (canon lift (core func $i "f") async (callback (core func $i "cb"))
    (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))))
  (instance $b (export "f" (func $f)))
  (export "b" (instance $b))))";

// Calls it, and traps where it would allocate the text of another call's.
constexpr std::string_view kTraps = R"((component
  (import "b" (instance $b (export "f" (func async (result string)))))
  (import "h" (func $h (result string)))
  (core module $M (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (unreachable)))
  (core instance $memory (instantiate $M))
  (canon lower (func $b "f") async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
    (core func $f))
  (canon lower (func $h) (memory (core memory $memory "m")) (realloc (core func $memory "realloc")) (core func $hh))
  (core module $m
    (import "" "f" (func $f (param i32) (result i32)))
    (import "" "h" (func $h (param i32)))
    (func (export "run") (drop (call $f (i32.const 16))) (call $h (i32.const 32))))
  (core instance $i (instantiate $m (with "" (instance (export "f" (func $f)) (export "h" (func $hh))))))
  (func (export "run") (canon lift (core func $i "run")))))";

// Hands out the end of a stream of texts, and writes one when asked; how that went is what `write` gives.
constexpr std::string_view kWrites = R"((component
  (type $s (stream string))
  (core module $M (memory (export "m") 1)
    (data (i32.const 8) "\10\00\00\00\05\00\00\00hello")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $M))
  (canon stream.new $s (core func $new))
  (canon stream.write $s async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
    (core func $write))
  (core module $m
    (import "" "new" (func $new (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (global $w (mut i32) (i32.const 0))
    (func (export "open") (result i32) (local $both i64)
      (local.set $both (call $new))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func (export "write") (result i32) (call $write (global.get $w) (i32.const 8) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new)) (export "write" (func $write))))))
  (func $open (result $s) (canon lift (core func $i "open")))
  (func $write' (result u32) (canon lift (core func $i "write")))
  (instance $b (export "open" (func $open)))
  (export "b" (instance $b))
  (export "write" (func $write'))))";

// Waits to read, and traps.
constexpr std::string_view kReads = R"((component
  (type $s (stream string))
  (import "b" (instance $b (export "open" (func (result $s)))))
  (core module $M (memory (export "m") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024)))
  (core instance $memory (instantiate $M))
  (canon lower (func $b "open") (core func $open))
  (canon stream.read $s async (memory (core memory $memory "m")) (realloc (core func $memory "realloc"))
    (core func $read))
  (core module $m
    (import "" "open" (func $open (result i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (func (export "run") (drop (call $read (call $open) (i32.const 64) (i32.const 1))) (unreachable)))
  (core instance $i (instantiate $m (with "" (instance (export "open" (func $open)) (export "read" (func $read))))))
  (func (export "run") (canon lift (core func $i "run")))))";

// Hands out the ends of a stream and of a future, may write to the stream, and traps.
constexpr std::string_view kSource = R"((component
  (type $s (stream u8)) (type $f (future u8))
  (core module $M (memory (export "m") 1))
  (core instance $memory (instantiate $M))
  (canon stream.new $s (core func $stream))
  (canon future.new $f (core func $future))
  (canon stream.write $s async (memory (core memory $memory "m")) (core func $write))
  (core module $m
    (import "" "stream" (func $stream (result i64)))
    (import "" "future" (func $future (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (global $w (mut i32) (i32.const 0))
    (func (export "stream") (result i32) (local $both i64)
      (local.set $both (call $stream))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func (export "future") (result i32) (i32.wrap_i64 (call $future)))
    (func (export "write") (drop (call $write (global.get $w) (i32.const 8) (i32.const 3))))
    (func (export "fail") (unreachable)))
  (core instance $i (instantiate $m (with "" (instance
    (export "stream" (func $stream)) (export "future" (func $future)) (export "write" (func $write))))))
  (func $stream' (result $s) (canon lift (core func $i "stream")))
  (func $future' (result $f) (canon lift (core func $i "future")))
  (instance $b (export "stream" (func $stream')) (export "future" (func $future')))
  (export "b" (instance $b))
  (func (export "write") (canon lift (core func $i "write")))
  (func (export "fail") (canon lift (core func $i "fail")))))";

// Reads what that one hands out: a piece of the stream, and the future.
constexpr std::string_view kSink = R"((component
  (type $s (stream u8)) (type $f (future u8))
  (import "b" (instance $b (export "stream" (func (result $s))) (export "future" (func (result $f)))))
  (core module $M (memory (export "m") 1))
  (core instance $memory (instantiate $M))
  (canon lower (func $b "stream") (core func $stream))
  (canon lower (func $b "future") (core func $future))
  (canon stream.read $s async (memory (core memory $memory "m")) (core func $read))
  (canon future.read $f async (memory (core memory $memory "m")) (core func $read-future))
  (canon waitable-set.new (core func $set))
  (canon waitable.join (core func $join))
  (canon waitable-set.wait (memory (core memory $memory "m")) (core func $wait))
  (core module $m
    (import "" "stream" (func $stream (result i32)))
    (import "" "future" (func $future (result i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "read-future" (func $read-future (param i32 i32) (result i32)))
    (import "" "set" (func $set (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (import "m" "m" (memory 1))
    (global $f (mut i32) (i32.const 0))
    (func $wait-for (param $end i32) (result i32) (local $set i32)
      (call $join (local.get $end) (local.tee $set (call $set)))
      (drop (call $wait (local.get $set) (i32.const 64)))
      (i32.load (i32.const 68)))
    (func (export "read") (result i32) (local $s i32)
      (drop (call $read (local.tee $s (call $stream)) (i32.const 0) (i32.const 10)))
      (call $wait-for (local.get $s)))
    (func (export "take") (global.set $f (call $future)))
    (func (export "read-future") (result i32)
      (drop (call $read-future (global.get $f) (i32.const 0)))
      (call $wait-for (global.get $f))))
  (core instance $i (instantiate $m (with "" (instance
    (export "stream" (func $stream)) (export "future" (func $future)) (export "read" (func $read))
    (export "read-future" (func $read-future)) (export "set" (func $set)) (export "join" (func $join))
    (export "wait" (func $wait)))) (with "m" (instance (export "m" (memory $memory "m"))))))
  (func (export "read") async (result u32) (canon lift (core func $i "read")))
  (func (export "take") (canon lift (core func $i "take")))
  (func (export "read-future") async (result u32) (canon lift (core func $i "read-future")))))";

// A store with a source in it.
struct SourceWorld : WaitingWorld {
  SourceWorld() { linker.define_instance("b", source); }
  static api::Task<> call(api::TypedComponentFunc<uint32_t()> func, std::string& result) {
    const auto value = co_await func.async();
    result = value ? std::to_string(*value) : value.error().message();
  }
  static api::Task<> read(const api::StreamReader<uint8_t>& from, std::string& result) {
    const auto values = co_await from.read();
    result = values ? std::to_string(values->size()) : values.error().message();
  }
  void does(std::string_view name) { REQUIRE(source.get<void()>(name).value()().ok()); }
  void fails() { CHECK(source.get<void()>("fail").value()().error().message() == "unreachable"); }

  api::ComponentInstance source = instantiate(kSource);
};

constexpr std::string_view kWriterTrapped = "the instance that was to write has trapped";

std::string outcome(const api::ComponentInstance& instance) {
  const auto run = instance.get<void()>("run");
  REQUIRE_MESSAGE(run.ok(), run.error().to_string());
  const auto done = (*run)();
  return done.ok() ? "" : done.error().message();
}

}  // namespace

TEST_CASE("component api: who has trapped is not told results any more") {
  ComponentWorld world;
  const api::ComponentInstance answers = world.instantiate(kAnswers);
  world.linker.define_instance("b", answers);
  world.linker.define("h", [] { return std::string("abc"); });
  CHECK(outcome(world.instantiate(kTraps)) == "unreachable");
  api::EventLoop loop(world.store);
  const auto progress = loop.progress();
  REQUIRE_MESSAGE(progress.ok(), progress.error().to_string());
  CHECK(*progress == api::Progress::done);
}

TEST_CASE("component api: a reader that has trapped has dropped its end") {
  ComponentWorld world;
  const api::ComponentInstance writes = world.instantiate(kWrites);
  world.linker.define_instance("b", writes);
  CHECK(outcome(world.instantiate(kReads)) == "unreachable");
  const auto write = writes.get<uint32_t()>("write");
  REQUIRE(write.ok());
  constexpr uint32_t kDropped = 1;
  const auto written = (*write)();
  REQUIRE_MESSAGE(written.ok(), written.error().to_string());
  CHECK(*written == kDropped);
}

TEST_CASE("component api: the embedder's reader of a stream whose writer traps has an error, not an end") {
  SourceWorld world;
  const auto stream = world.source.get<api::StreamReader<uint8_t>()>("b#stream").value()().value();
  std::string first, second, third;
  world.loop.spawn(SourceWorld::read(stream, first));
  world.goes_on();
  world.does("write");
  world.goes_on();
  CHECK(first == "3");
  world.loop.spawn(SourceWorld::read(stream, second));
  world.goes_on();
  world.fails();
  world.goes_on();
  CHECK(second == "unreachable");
  world.loop.spawn(SourceWorld::read(stream, third));
  world.goes_on();
  CHECK(third == kWriterTrapped);
}

TEST_CASE("component api: what was read before the writer of a stream trapped is not lost") {
  SourceWorld world;
  const auto stream = world.source.get<api::StreamReader<uint8_t>()>("b#stream").value()().value();
  std::string first, second;
  world.loop.spawn(SourceWorld::read(stream, first));
  world.goes_on();
  world.does("write");
  world.fails();
  world.goes_on();
  CHECK(first == "3");
  world.loop.spawn(SourceWorld::read(stream, second));
  world.goes_on();
  CHECK(second == kWriterTrapped);
}

TEST_CASE("component api: the embedder's reader of a future whose writer traps has an error") {
  SourceWorld world;
  const auto future = world.source.get<api::FutureReader<uint8_t>()>("b#future").value();
  const auto read = [](const api::FutureReader<uint8_t>& from, std::string& result) -> api::Task<> {
    const auto value = co_await from.read();
    result = value ? std::to_string(*value) : value.error().message();
  };
  const auto early = future().value(), late = future().value();
  std::string first, second;
  world.loop.spawn(read(early, first));
  world.goes_on();
  world.fails();
  world.goes_on();
  CHECK(first == "unreachable");
  world.loop.spawn(read(late, second));
  world.goes_on();
  CHECK(second == kWriterTrapped);
}

TEST_CASE("component api: a guest that reads a stream whose writer traps has its end") {
  constexpr std::string_view kDropped = "1";
  SourceWorld world;
  const api::ComponentInstance sink = world.instantiate(kSink);
  std::string result;
  world.loop.spawn(SourceWorld::call(sink.get<uint32_t()>("read").value(), result));
  world.goes_on();
  world.fails();
  world.goes_on();
  CHECK(result == kDropped);
}

TEST_CASE("component api: a guest that reads a future whose writer traps traps") {
  for (const bool waits : {true, false}) {
    SourceWorld world;
    const api::ComponentInstance sink = world.instantiate(kSink);
    REQUIRE(sink.get<void()>("take").value()().ok());
    std::string result;
    if (!waits) world.fails();
    world.loop.spawn(SourceWorld::call(sink.get<uint32_t()>("read-future").value(), result));
    world.goes_on();
    if (waits) world.fails();
    world.goes_on();
    CHECK(result == (waits ? "unreachable" : kWriterTrapped));
    CHECK_CONTAINS(sink.get<void()>("take").value()().error().message(), "cannot enter component instance");
  }
}

TEST_CASE("component api: a guest that writes to a reader that has trapped is told") {
  constexpr std::string_view kReader = R"((component
    (type $s (stream string))
    (import "b" (instance $b (export "open" (func (result $s)))))
    (canon lower (func $b "open") (core func $open))
    (core module $m
      (import "" "open" (func $open (result i32)))
      (func (export "run") (drop (call $open)) (unreachable)))
    (core instance $i (instantiate $m (with "" (instance (export "open" (func $open))))))
    (func (export "run") (canon lift (core func $i "run")))))";
  ComponentWorld world;
  const api::ComponentInstance writes = world.instantiate(kWrites);
  world.linker.define_instance("b", writes);
  CHECK(outcome(world.instantiate(kReader)) == "unreachable");
  CHECK(writes.get<uint32_t()>("write").value()().value() == 1);
}

TEST_CASE("component api: what passes costs fuel, and stops when the store is asked to") {
  api::Config config;
  config.fuel = true;
  ComponentWorld world(config);
  const api::ComponentInstance guest = world.instantiate(R"((component
    (core module $m (memory (export "m") 32)
      (func (export "f") (result i32)
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1048576)) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func (export "f") (result (list u8)) (canon lift (core func $i "f") (memory (core memory $i "m"))))))");
  const auto f = guest.get<std::vector<uint8_t>()>("f");
  REQUIRE(f.ok());
  constexpr uint64_t kFuel = 100'000, kCosts = (1 << 20) / 64;
  REQUIRE(world.store.set_fuel(kFuel).ok());
  REQUIRE((*f)().ok());
  CHECK(*world.store.fuel() < kFuel - kCosts);
  CHECK(*world.store.fuel() > kFuel - kCosts - 100);
  REQUIRE(world.store.set_fuel(kCosts).ok());
  const auto refused = (*f)();
  REQUIRE(!refused.ok());
  CHECK(refused.error().kind() == api::ErrorKind::out_of_fuel);
}

TEST_CASE("component api: what the host keeps for components has a limit of the embedder's") {
  const auto instantiates = [](uint64_t bytes) {
    api::Engine engine;
    api::Store store(engine, api::Limits{.component_bytes = bytes});
    api::ComponentLinker linker(engine);
    const auto component = api::Component::from_text(engine, "(component)");
    REQUIRE(component.ok());
    return linker.instantiate(store, *component).ok();
  };
  CHECK(instantiates(64 << 10));
  CHECK(!instantiates(1 << 10));
}

TEST_CASE("component api: the store pays for values of any type that are made of a guest's numbers") {
  constexpr uint32_t kCount = 20'000;  // bytes there, some hundred times as much as values of any type
  ComponentWorld world;
  world.store = api::Store(world.engine, api::Limits{.component_bytes = 1 << 20});
  world.linker.define("take", [](const api::ComponentVal&) {});
  const std::string list = "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (global.get $n))";
  const api::ComponentInstance guest = world.instantiate(R"((component
    (import "take" (func $take (param "list" (list u8))))
    (core module $M (memory (export "m") 1))
    (core instance $memory (instantiate $M))
    (core func $take' (canon lower (func $take) (memory (core memory $memory "m"))))
    (core module $m (import "" "m" (memory 1)) (import "" "take" (func $take (param i32 i32)))
      (global $n (mut i32) (i32.const 100))
      (func (export "many") (param i32) (global.set $n (local.get 0)))
      (func (export "give") (call $take (i32.const 64) (global.get $n)))
      (func (export "f") (result i32) )" + list + R"( (i32.const 0)))
    (core instance $i (instantiate $m (with "" (instance
      (export "m" (memory $memory "m")) (export "take" (func $take'))))))
    (func (export "many") (param "n" u32) (canon lift (core func $i "many")))
    (func (export "give") (canon lift (core func $i "give")))
    (func (export "f") (result (list u8)) (canon lift (core func $i "f") (memory (core memory $memory "m"))))))");
  const auto outcome = [](const auto& result) { return result.ok() ? "" : result.error().message(); };
  const api::ComponentFunc f = guest.func("f").value();
  const auto values = guest.get<std::vector<api::ComponentVal>()>("f").value();
  const std::string refused = "store budget exceeded";
  // What is paid is given back: this costs some megabytes altogether.
  for (int i = 0; i < 100; ++i) {
    REQUIRE(f.call().value()->parts().size() == 100);
    REQUIRE(values().value().size() == 100);
  }
  REQUIRE(guest.get<void(uint32_t)>("many").value()(kCount).ok());
  CHECK(guest.get<std::vector<uint8_t>()>("f").value()().value().size() == kCount);
  CHECK_CONTAINS(outcome(f.call()), refused);
  CHECK_CONTAINS(outcome(values()), refused);
  CHECK_CONTAINS(outcome(guest.get<api::ComponentVal()>("f").value()()), refused);
  CHECK_CONTAINS(outcome(guest.get<void()>("give").value()()), refused);  // a host function's argument
}

namespace {

// Gives back the end of a stream that it is given.
constexpr std::string_view kPasses = R"((component (type $s (stream u8))
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func (export "pass") (param "s" $s) (result $s) (canon lift (core func $i "f")))))";

// A store that has gone while a task waits at an end of a stream, of which the host has the other one, too.
std::weak_ptr<api::detail::StoreCell> store_with_copy(bool writes) {
  const api::Engine engine;
  api::Store store(engine);
  const std::weak_ptr<api::detail::StoreCell> cell = api::detail::Access::cell(store)->weak_from_this();
  const auto component = api::Component::from_text(engine, kPasses);
  const auto instance = api::ComponentLinker(engine).instantiate(store, component.value());
  using Reader = api::StreamReader<uint8_t>;
  const auto pass = instance.value().get<Reader(Reader)>("pass").value();
  auto [reader, writer] = api::make_stream<uint8_t>();
  const Reader back = pass(std::move(reader)).value();
  api::EventLoop loop(store);
  auto read = back.read();
  auto write = writer.write(std::vector<uint8_t>(100, 1));
  if (writes) {
    loop.start(write);
  } else {
    loop.start(read);
  }
  REQUIRE(loop.progress().ok());
  store = api::Store(engine);
  return cell;
}

}  // namespace

TEST_CASE("component api: what waits at both ends of a stream does not keep its store") {
  CHECK(store_with_copy(false).expired());
  CHECK(store_with_copy(true).expired());
}

TEST_CASE("component api: the store pays for values of any type that are read from a stream of numbers") {
  ComponentWorld world;
  world.store = api::Store(world.engine, api::Limits{.component_bytes = 1 << 20});
  const auto pass = world.instantiate(kPasses)
                        .get<api::StreamReader<api::ComponentVal>(api::StreamReader<uint8_t>)>("pass")
                        .value();
  auto [reader, writer] = api::make_stream<uint8_t>();
  const auto back = pass(std::move(reader)).value();
  api::EventLoop loop(world.store);
  for (const auto& [count, fits] : {std::pair<size_t, bool>(100, true), {20'000, false}}) {
    auto write = writer.write(std::vector<uint8_t>(count, 7));
    loop.start(write);
    const auto read = loop.run(back.read(count));
    if (fits) {
      CHECK(read.value() == std::vector<api::ComponentVal>(count, static_cast<uint8_t>(7)));
    } else {
      CHECK_CONTAINS(read.error().message(), "store budget exceeded");
    }
  }
}
