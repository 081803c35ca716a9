// Streams and futures between the host and guests, both ways.
#include "api/internal.h"

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace {

// What a copy comes to: at once, or when its event does.
constexpr std::string_view kWaiting = R"(
    (import "" "set" (func $set (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (func $finish (param $end i32) (param $status i32) (result i32) (local $set i32)
      (if (i32.ne (local.get $status) (i32.const -1)) (then (return (local.get $status))))
      (call $join (local.get $end) (local.tee $set (call $set)))
      (drop (call $wait (local.get $set) (i32.const 800)))
      (call $join (local.get $end) (i32.const 0))
      (i32.load (i32.const 804))))";
constexpr std::string_view kWaitable = R"(
  (canon waitable-set.new (core func $set))
  (canon waitable.join (core func $join))
  (canon waitable-set.wait (memory $libc "memory") (core func $wait))
)";

// `sum` adds up the bytes it reads, four at a time at most; `count` writes so many bytes, three at a time; `later`
// has a future's value, `soon` gives one; `hold` keeps a stream and does not read.
constexpr std::string_view kBytesTypes = R"((component
  (type $bytes (stream u8))
  (type $number (future u32)))";
constexpr std::string_view kBytesBuiltins = R"(
  (canon stream.new $bytes (core func $new))
  (canon stream.read $bytes async (memory $libc "memory") (core func $read))
  (canon stream.write $bytes async (memory $libc "memory") (core func $write))
  (canon stream.drop-readable $bytes (core func $drop-readable))
  (canon stream.drop-writable $bytes (core func $drop-writable))
  (canon future.new $number (core func $new-future))
  (canon future.read $number async (memory $libc "memory") (core func $read-future))
  (canon future.write $number async (memory $libc "memory") (core func $write-future))
  (canon future.drop-readable $number (core func $drop-future))
  (canon future.drop-writable $number (core func $drop-writable-future))
  (canon task.return (result $bytes) (core func $return))
  (canon task.return (result $number) (core func $return-future))
  (core module $m
    (import "" "memory" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop-readable" (func $drop-readable (param i32)))
    (import "" "drop-writable" (func $drop-writable (param i32)))
    (import "" "new-future" (func $new-future (result i64)))
    (import "" "read-future" (func $read-future (param i32 i32) (result i32)))
    (import "" "write-future" (func $write-future (param i32 i32) (result i32)))
    (import "" "drop-future" (func $drop-future (param i32)))
    (import "" "drop-writable-future" (func $drop-writable-future (param i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "return-future" (func $return-future (param i32))))";
constexpr std::string_view kBytesCode = R"(
    (func (export "sum") (param $s i32) (result i32) (local $sum i32) (local $got i32) (local $i i32)
      (loop $more
        (local.set $got (call $finish (local.get $s) (call $read (local.get $s) (i32.const 256) (i32.const 4))))
        (local.set $i (i32.const 0))
        (block $done (loop $add
          (br_if $done (i32.ge_u (local.get $i) (i32.shr_u (local.get $got) (i32.const 4))))
          (local.set $sum (i32.add (local.get $sum) (i32.load8_u offset=256 (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $add)))
        (br_if $more (i32.eqz (i32.and (local.get $got) (i32.const 15)))))
      (call $drop-readable (local.get $s))
      (local.get $sum))
    (func (export "count") (param $n i32) (result i32) (local $both i64) (local $w i32)
      (local $i i32) (local $got i32)
      (local.set $both (call $new))
      (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (call $return (i32.wrap_i64 (local.get $both)))
      (block $done (loop $more
        (br_if $done (i32.ge_u (local.get $i) (local.get $n)))
        (i32.store8 (i32.const 512) (local.get $i))
        (i32.store8 (i32.const 513) (i32.add (local.get $i) (i32.const 1)))
        (i32.store8 (i32.const 514) (i32.add (local.get $i) (i32.const 2)))
        (local.set $got (call $finish (local.get $w) (call $write (local.get $w) (i32.const 512) (i32.const 3))))
        (br_if $done (i32.and (local.get $got) (i32.const 15)))
        (local.set $i (i32.add (local.get $i) (i32.shr_u (local.get $got) (i32.const 4))))
        (br $more)))
      (call $drop-writable (local.get $w))
      (i32.const 0))
    (func (export "callback") (param i32 i32 i32) (result i32) unreachable)
    (func (export "later") (param $f i32) (result i32)
      (drop (call $finish (local.get $f) (call $read-future (local.get $f) (i32.const 768))))
      (call $drop-future (local.get $f))
      (i32.load (i32.const 768)))
    (func (export "soon") (param $value i32) (result i32) (local $both i64) (local $w i32)
      (local.set $both (call $new-future))
      (local.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (call $return-future (i32.wrap_i64 (local.get $both)))
      (i32.store (i32.const 772) (local.get $value))
      (drop (call $finish (local.get $w) (call $write-future (local.get $w) (i32.const 772))))
      (call $drop-writable-future (local.get $w))
      (i32.const 0))
    (func (export "hold") (param i32))
    (func (export "refuse") (param i32) (call $drop-readable (local.get 0))))
  (core instance $i (instantiate $m (with "" (instance
    (export "memory" (memory $libc "memory")) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "drop-readable" (func $drop-readable))
    (export "drop-writable" (func $drop-writable)) (export "new-future" (func $new-future))
    (export "read-future" (func $read-future)) (export "write-future" (func $write-future))
    (export "drop-future" (func $drop-future)) (export "drop-writable-future" (func $drop-writable-future))
    (export "return" (func $return)) (export "return-future" (func $return-future))
    (export "set" (func $set)) (export "join" (func $join)) (export "wait" (func $wait))))))
  (func (export "sum") async (param "bytes" $bytes) (result u32) (canon lift (core func $i "sum")))
  (func (export "count") async (param "n" u32) (result $bytes)
    (canon lift (core func $i "count") async (callback (func $i "callback"))))
  (func (export "later") async (param "value" $number) (result u32) (canon lift (core func $i "later")))
  (func (export "soon") async (param "value" u32) (result $number)
    (canon lift (core func $i "soon") async (callback (func $i "callback"))))
  (func (export "hold") async (param "bytes" $bytes) (canon lift (core func $i "hold")))
  (func (export "refuse") async (param "bytes" $bytes) (canon lift (core func $i "refuse"))))
)";

std::string bytes_component() {
  std::string text(kBytesTypes);
  for (const std::string_view part : {heddle::testing::kMemory, kWaitable, kBytesBuiltins, kWaiting, kBytesCode}) {
    text += part;
  }
  return text;
}

using Sum = TypedComponentFunc<uint32_t(StreamReader<uint8_t>)>;

Task<Result<uint32_t>> sum_of(Sum sum, std::vector<uint8_t> bytes, size_t& taken) {
  auto [reader, writer] = make_stream<uint8_t>();
  auto [total, written] =
      co_await when_all(sum.async(std::move(reader)), std::move(writer).end_with(std::move(bytes)));
  taken = written.value();
  co_return total;
}

template <class T>
Task<Result<std::vector<T>>> read_all(StreamReader<T> reader, size_t at_a_time) {
  std::vector<T> all;
  for (;;) {
    Result<std::vector<T>> some = co_await reader.read(at_a_time);
    if (!some) co_return some.error();
    if (some->empty()) co_return all;
    all.insert(all.end(), some->begin(), some->end());
  }
}

}  // namespace

TEST_CASE("component api: the host writes a stream") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(bytes_component());
  auto sum = instance.get<uint32_t(StreamReader<uint8_t>)>("sum").value();
  EventLoop loop(world.store);
  size_t taken = 0;
  CHECK(loop.run(sum_of(sum, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, taken)).value() == 55);
  CHECK(taken == 10);
  CHECK(loop.run(sum_of(sum, {}, taken)).value() == 0);
  CHECK(loop.progress().value() == Progress::done);
}

TEST_CASE("component api: the host reads a stream") {
  ComponentWorld world;
  auto count = world.instantiate(bytes_component()).get<StreamReader<uint8_t>(uint32_t)>("count").value();
  EventLoop loop(world.store);
  for (const size_t at_a_time : {1, 2, 3, 100}) {
    StreamReader<uint8_t> bytes = count(6).value();
    const std::vector<uint8_t> all = loop.run(read_all(std::move(bytes), at_a_time)).value();
    CHECK(all.size() >= 6);
    for (size_t i = 0; i < all.size(); ++i) CHECK(all[i] == i);
  }
  // One that is not read to its end.
  {
    StreamReader<uint8_t> bytes = count(6).value();
    CHECK(loop.run(bytes.read(2)).value() == std::vector<uint8_t>{0, 1});
  }
  CHECK(loop.progress().value() == Progress::done);
}

TEST_CASE("component api: a guest that does not want to read") {
  ComponentWorld world;
  auto refuse = world.instantiate(bytes_component()).get<void(StreamReader<uint8_t>)>("refuse").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_stream<uint8_t>();
  CHECK(refuse(std::move(reader)).ok());
  CHECK(loop.run(writer.write({1, 2})).value() == 0);
}

TEST_CASE("component api: a write that nobody takes, cancelled and stuck") {
  ComponentWorld world;
  auto hold = world.instantiate(bytes_component()).get<void(StreamReader<uint8_t>)>("hold").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_stream<uint8_t>();
  CHECK(hold(std::move(reader)).ok());
  Task<Result<size_t>> write = writer.write({1, 2});
  loop.start(write);
  CHECK(loop.progress().value() == Progress::stuck);
  CHECK_CONTAINS(loop.run(writer.write({3})).error().message(), "one copy at a time");
  write = {};
  CHECK(loop.progress().value() == Progress::done);
  CHECK_CONTAINS(loop.run(writer.write({3})).error().message(), "deadlock detected");
}

TEST_CASE("component api: a writer that waits is told that its reader has gone") {
  ComponentWorld world;
  EventLoop loop(world.store);
  auto [reader, writer] = make_stream<uint8_t>();
  Task<Result<size_t>> write = writer.write({1, 2, 3});
  auto [soon, answer] = make_future<uint8_t>();
  Task<Result<bool>> written = answer.write(4);
  loop.start(write);
  loop.start(written);
  CHECK(loop.progress().ok());
  CHECK(!write.done());
  reader = {};
  soon = {};
  CHECK(loop.progress().value() == Progress::done);
  CHECK(loop.run(std::move(write)).value() == 0);
  CHECK(!loop.run(std::move(written)).value());
}

namespace {

// `hold` keeps a stream of handles, `one` reads one of them, `drop` ends it. `fresh` gives a stream to which `put`
// writes that handle.
constexpr std::string_view kHandles = R"((component
  (import "r" (type $r (sub resource)))
  (type $s (stream (own $r)))
  (core module $M (memory (export "m") 1))
  (core instance $memory (instantiate $M))
  (alias core export $memory "m" (core memory $mem))
  (canon stream.new $s (core func $new))
  (canon stream.read $s async (memory $mem) (core func $read))
  (canon stream.write $s async (memory $mem) (core func $write))
  (canon stream.drop-readable $s (core func $drop))
  (core module $m
    (import "" "m" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $s (mut i32) (i32.const 0))
    (global $w (mut i32) (i32.const 0))
    (func (export "hold") (param i32) (global.set $s (local.get 0)))
    (func (export "one") (result i32) (call $read (global.get $s) (i32.const 0) (i32.const 1)))
    (func (export "drop") (call $drop (global.get $s)))
    (func (export "fresh") (result i32) (local $both i64)
      (local.set $both (call $new))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func (export "put") (result i32) (call $write (global.get $w) (i32.const 0) (i32.const 1))))
  (core instance $i (instantiate $m (with "" (instance
    (export "m" (memory $mem)) (export "new" (func $new)) (export "read" (func $read))
    (export "write" (func $write)) (export "drop" (func $drop))))))
  (func (export "hold") (param "s" $s) (canon lift (core func $i "hold")))
  (func (export "one") (result u32) (canon lift (core func $i "one")))
  (func (export "drop") (canon lift (core func $i "drop")))
  (func (export "fresh") (result $s) (canon lift (core func $i "fresh")))
  (func (export "put") (result u32) (canon lift (core func $i "put"))))
)";

struct Thing {
  Thing() { ++alive; }
  ~Thing() { --alive; }
  Thing(const Thing&) = delete;
  Thing& operator=(const Thing&) = delete;
  static inline int alive = 0;
};

constexpr uint32_t kOneCopied = 16;

}  // namespace

TEST_CASE("component api: handles that a reader takes one by one, and those that it does not take") {
  Thing::alive = 0;
  ComponentWorld world;
  world.linker.resource<Thing>("r");
  const ComponentInstance instance = world.instantiate(kHandles);
  auto one = instance.get<uint32_t()>("one").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_stream<Own<Thing>>();
  CHECK(instance.get<void(StreamReader<Own<Thing>>)>("hold").value()(std::move(reader)).ok());
  std::vector<Own<Thing>> things;
  for (int i = 0; i < 3; ++i) things.push_back(Own<Thing>::make());
  Task<Result<size_t>> write = writer.write_all(std::move(things));
  loop.start(write);
  for (int i = 0; i < 2; ++i) {
    CHECK(loop.progress().ok());
    CHECK(one().value() == kOneCopied);
  }
  CHECK(loop.progress().ok());
  CHECK(Thing::alive == 3);
  CHECK(instance.get<void()>("drop").value()().ok());
  CHECK(loop.run(std::move(write)).value() == 2);
  CHECK(Thing::alive == 2);

  // One of those that the guest has comes back, to nobody.
  const StreamReader<Own<Thing>> back = instance.get<StreamReader<Own<Thing>>()>("fresh").value()().value();
  Task<Result<std::vector<Own<Thing>>>> read = back.read();
  loop.start(read);
  CHECK(loop.progress().ok());
  CHECK(instance.get<uint32_t()>("put").value()().value() == kOneCopied);
  CHECK(Thing::alive == 2);
  read = {};
  CHECK(Thing::alive == 1);
}

TEST_CASE("component api: streams that were given away, or never") {
  ComponentWorld world;
  auto hold = world.instantiate(bytes_component()).get<void(StreamReader<uint8_t>)>("hold").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_stream<uint8_t>();
  CHECK_CONTAINS(loop.run(reader.read()).error().message(), "no component has the other end");
  StreamReader<uint8_t> none;
  CHECK_CONTAINS(hold(std::move(none)).error().message(), "parameter 1 `bytes`: no stream");
  {
    const StreamReader<uint8_t> gone = std::move(reader);
  }
  CHECK(loop.run(writer.write({1})).value() == 0);
  CHECK(hold(make_stream<uint8_t>().first).ok());
}

TEST_CASE("component api: futures, both ways") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(bytes_component());
  auto later = instance.get<uint32_t(FutureReader<uint32_t>)>("later").value();
  auto soon = instance.get<FutureReader<uint32_t>(uint32_t)>("soon").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_future<uint32_t>();
  auto [value, written] = loop.run(when_all(later.async(std::move(reader)), writer.write(7))).value();
  CHECK(value.value() == 7);
  CHECK(written.value());
  CHECK_CONTAINS(loop.run(writer.write(8)).error().message(), "a future has one value");

  const FutureReader<uint32_t> given = soon(9).value();
  CHECK(loop.run(given.read()).value() == 9);
  CHECK_CONTAINS(loop.run(given.read()).error().message(), "a future has one value");
  {
    const FutureReader<uint32_t> unread = soon(10).value();
  }
  CHECK(loop.progress().value() == Progress::done);
}

TEST_CASE("component api: a future whose value has not passed is read and written again") {
  ComponentWorld world;
  auto pass = world
                  .instantiate(R"((component
    (type $f (future string))
    (core module $m (func (export "pass") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func (export "pass") (param "f" $f) (result $f) (canon lift (core func $i "pass")))))")
                  .get<FutureReader<std::string>(FutureReader<std::string>)>("pass")
                  .value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_future<std::string>();
  const FutureReader<std::string> back = pass(std::move(reader)).value();
  CHECK_CONTAINS(loop.run(back.read()).error().message(), "deadlock detected");
  CHECK_CONTAINS(loop.run(writer.write("\xff")).error().message(), "the string is not UTF-8");
  Task<Result<std::string>> read = back.read();
  loop.start(read);
  CHECK(loop.run(writer.write("now")).value());
  CHECK(loop.run(std::move(read)).value() == "now");
  CHECK_CONTAINS(loop.run(back.read()).error().message(), "a future has one value");
}

namespace {

// The same with streams and futures of nothing: `sum` counts, `later` gives what its memory holds.
std::string nothings_component() {
  std::string text = bytes_component();
  for (const auto& [from, to] : {std::pair{"(stream u8)", "(stream)"},
                                 {"(future u32)", "(future)"},
                                 {"(i32.load8_u offset=256 (local.get $i))", "(i32.const 1)"}}) {
    text.replace(text.find(from), std::string_view(from).size(), to);
  }
  return text;
}

Task<Result<size_t>> count_all(StreamReader<void> reader, size_t at_a_time) {
  size_t all = 0;
  for (;;) {
    const Result<size_t> some = co_await reader.read(at_a_time);
    if (!some || *some == 0) co_return some ? all : some;
    CHECK(*some <= at_a_time);
    all += *some;
  }
}

}  // namespace

TEST_CASE("component api: streams without elements are counted") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(nothings_component());
  auto sum = instance.get<uint32_t(StreamReader<void>)>("sum").value();
  auto count = instance.get<StreamReader<void>(uint32_t)>("count").value();
  EventLoop loop(world.store);
  const auto sum_up = [&](size_t n) -> Task<Result<uint32_t>> {
    auto [reader, writer] = make_stream<void>();
    auto [total, written] = co_await when_all(sum.async(std::move(reader)), std::move(writer).end_with(n));
    CHECK(written.value() == n);
    co_return total;
  };
  CHECK(loop.run(sum_up(11)).value() == 11);
  CHECK(loop.run(sum_up(0)).value() == 0);
  for (const size_t at_a_time : {3, 100}) CHECK(loop.run(count_all(count(6).value(), at_a_time)).value() == 6);
  CHECK(loop.run(count_all(count(6).value(), 1)).value() >= 6);  // what was not taken is written again, and one more
  auto [reader, writer] = make_stream<void>();
  CHECK(instance.get<void(StreamReader<void>)>("hold").value()(std::move(reader)).ok());
  CHECK_CONTAINS(loop.run(writer.write(size_t{1} << 40)).error().message(), "is too long");
}

TEST_CASE("component api: futures without a value happen") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(nothings_component());
  auto later = instance.get<uint32_t(FutureReader<void>)>("later").value();
  auto soon = instance.get<FutureReader<void>(uint32_t)>("soon").value();
  EventLoop loop(world.store);
  auto [reader, writer] = make_future<void>();
  auto [value, written] = loop.run(when_all(later.async(std::move(reader)), writer.write())).value();
  CHECK(value.value() == 0);
  CHECK(written.value());
  CHECK_CONTAINS(loop.run(writer.write()).error().message(), "a future has one value");
  const FutureReader<void> given = soon(9).value();
  CHECK(loop.run(given.read()).ok());
  CHECK_CONTAINS(loop.run(given.read()).error().message(), "a future has one value");
}

TEST_CASE("component api: a stream of nothing is none of something") {
  ComponentWorld world;
  const ComponentInstance of_nothing = world.instantiate(nothings_component()),
                          of_bytes = world.instantiate(bytes_component());
  CHECK_CONTAINS(of_nothing.get<uint32_t(StreamReader<uint8_t>)>("sum").error().message(),
                 "parameter 1 `bytes`, element: the component has nothing, the C++ type stands for u8");
  CHECK_CONTAINS(of_bytes.get<uint32_t(StreamReader<void>)>("sum").error().message(),
                 "parameter 1 `bytes`, element: the component has u8, the C++ type stands for nothing");
  CHECK_CONTAINS(of_bytes.get<uint32_t(uint32_t)>("sum").error().message(), "stream<u8>");
  CHECK_CONTAINS(of_nothing.get<uint32_t(StreamReader<void>)>("hold").error().message(), "result");
  const ComponentVal any = of_nothing.get<ComponentVal(uint32_t)>("count").value()(6).value();
  CHECK_CONTAINS(any.stream<uint8_t>().error().message(), "the component has nothing");
  EventLoop loop(world.store);
  CHECK(loop.run(count_all(any.stream<void>().value(), 4)).value() == 6);
}

TEST_CASE("component api: ends as values of any type") {
  ComponentWorld world;
  // Who writes has its instance for itself until somebody has read.
  const ComponentInstance from = world.instantiate(bytes_component()), to = world.instantiate(bytes_component());
  const ComponentFunc count = from.func("count").value(), soon = from.func("soon").value(),
                      sum = to.func("sum").value(), later = to.func("later").value();
  EventLoop loop(world.store);

  const ComponentVal bytes = **loop.run(count.async({uint32_t{6}}));
  CHECK(bytes.kind() == WitKind::stream);
  CHECK_CONTAINS(bytes.stream<std::string>().error().message(),
                 "the component has u8, the C++ type stands for string");
  CHECK_CONTAINS(bytes.future<uint8_t>().error().message(), "the value is no future");
  CHECK(loop.run(read_all<uint8_t>(bytes.stream<uint8_t>().value(), 3)).value() ==
        std::vector<uint8_t>{0, 1, 2, 3, 4, 5});
  const ComponentVal more = **loop.run(count.async({uint32_t{3}}));
  CHECK(loop.run(read_all<ComponentVal>(more.stream<ComponentVal>().value(), 9)).value() ==
        std::vector<ComponentVal>{uint8_t{0}, uint8_t{1}, uint8_t{2}});

  // From one function to the other; a copy of the value is the same end, and gone.
  const ComponentVal given = **loop.run(count.async({uint32_t{6}}));
  CHECK((**loop.run(sum.async({given}))).as<uint32_t>() == 15);
  CHECK_CONTAINS(loop.run(sum.async({given})).error().message(), "the stream was given away");
  CHECK_CONTAINS(loop.run(later.async({bytes})).error().message(), "expected future<u32>, found a stream");

  const ComponentVal number = **loop.run(soon.async({uint32_t{77}}));
  CHECK(loop.run(number.future<uint32_t>().value().read()).value() == 77);
  CHECK((**loop.run(later.async({**loop.run(soon.async({uint32_t{78}}))}))).as<uint32_t>() == 78);

  auto [texts, writer] = make_stream<std::string>();
  CHECK_CONTAINS(loop.run(sum.async({ComponentVal(std::move(texts))})).error().message(),
                 "the component has u8, the C++ type stands for string");
  auto [reader, numbers] = make_stream<uint8_t>();
  const std::vector<ComponentVal> ends{ComponentVal(std::move(reader))};
  auto [total, written] =
      loop.run(when_all(sum.async(ends), std::move(numbers).end_with(std::vector<uint8_t>{1, 2, 4}))).value();
  CHECK((**total).as<uint32_t>() == 7);
  CHECK(written.value() == 3);
}

TEST_CASE("component api: a stream of strings is stored by the guest's allocator") {
  ComponentWorld world;
  const std::string text = "(component (type $lines (stream string))" + std::string(heddle::testing::kMemory) +
                           std::string(kWaitable) + R"(
    (canon stream.read $lines async (memory $libc "memory") (realloc (func $libc "realloc")) (core func $read))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "read" (func $read (param i32 i32 i32) (result i32))))" +
                           std::string(kWaiting) + R"(
      (func (export "lengths") (param $s i32) (result i32) (local $got i32) (local $sum i32)
        (loop $more
          (local.set $got (call $finish (local.get $s) (call $read (local.get $s) (i32.const 64) (i32.const 1))))
          (if (i32.shr_u (local.get $got) (i32.const 4))
            (then (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (i32.load (i32.const 68))))))
          (br_if $more (i32.eqz (i32.and (local.get $got) (i32.const 15)))))
        (local.get $sum)))
    (core instance $i (instantiate $m (with "" (instance
      (export "memory" (memory $libc "memory")) (export "read" (func $read))
      (export "set" (func $set)) (export "join" (func $join)) (export "wait" (func $wait))))))
    (func (export "lengths") async (param "lines" $lines) (result u32) (canon lift (core func $i "lengths")
      (memory $libc "memory") (realloc (func $libc "realloc")))))
  )";
  const ComponentInstance instance = world.instantiate(text);
  auto lengths = instance.get<uint32_t(StreamReader<std::string>)>("lengths").value();
  EventLoop loop(world.store);
  auto go = [&]() -> Task<Result<uint32_t>> {
    auto [reader, writer] = make_stream<std::string>();
    Task<Result<uint32_t>> call = lengths.async(std::move(reader));
    loop.start(call);
    const std::vector<std::string> lines{"abc", "", "x"}, wrong{"\xff"};
    const Result<size_t> taken = co_await writer.write_all(lines);
    CHECK(taken.value() == 3);
    CHECK_CONTAINS((co_await writer.write(wrong)).error().message(), "not UTF-8");
    writer = {};
    co_return co_await call;
  };
  CHECK(loop.run(go()).value() == 301);
  CHECK_CONTAINS(instance.get<uint32_t(StreamReader<uint8_t>)>("lengths").error().message(),
                 "parameter 1 `lines`, element: the component has string, the C++ type stands for u8");
}

namespace {

// `write` writes so many strings of 1 MiB to the stream that `fresh` gave, `call` passes as many to `keep`.
constexpr std::string_view kGenerous = R"((component
  (import "keep" (func $keep async (param "x" string)))
  (core module $M (memory (export "m") 17))
  (core instance $memory (instantiate $M))
  (alias core export $memory "m" (core memory $mem))
  (type $s (stream string))
  (canon stream.new $s (core func $new))
  (canon stream.write $s async (memory $mem) (core func $write))
  (canon lower (func $keep) async (memory $mem) (core func $keep'))
  (core module $m
    (import "" "m" (memory 1))
    (import "" "new" (func $new (result i64)))
    (import "" "write" (func $write (param i32 i32 i32) (result i32)))
    (import "" "keep" (func $keep (param i32 i32) (result i32)))
    (global $w (mut i32) (i32.const 0))
    (func (export "fresh") (result i32) (local $both i64)
      (local.set $both (call $new))
      (global.set $w (i32.wrap_i64 (i64.shr_u (local.get $both) (i64.const 32))))
      (i32.wrap_i64 (local.get $both)))
    (func (export "write") (param $n i32)
      (i32.store (i32.const 0) (i32.const 1024))
      (i32.store (i32.const 4) (i32.const 1048576))
      (loop $more
        (drop (call $write (global.get $w) (i32.const 0) (i32.const 1)))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
    (func (export "call") (param $n i32)
      (loop $more
        (drop (call $keep (i32.const 1024) (i32.const 1048576)))
        (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
  (core instance $i (instantiate $m (with "" (instance
    (export "m" (memory $mem)) (export "new" (func $new)) (export "write" (func $write))
    (export "keep" (func $keep'))))))
  (func (export "fresh") (result $s) (canon lift (core func $i "fresh")))
  (func (export "write") (param "n" u32) (canon lift (core func $i "write")))
  (func (export "call") (param "n" u32) (canon lift (core func $i "call"))))
)";

}  // namespace

TEST_CASE("component api: a store pays for what its guests have the host keep") {
  ComponentWorld world;
  heddle::rt::Budget& budget = detail::Access::cell(world.store)->store->budget;
  constexpr auto kBytes = heddle::rt::Resource::component_bytes;
  size_t kept = 0;
  std::vector<Completer<>> completers;
  world.linker.define("keep", [&](std::string text) -> Task<> {
    Completion<> wait;
    completers.push_back(wait.completer());
    CHECK((co_await wait).ok());
    kept += text.size();
  });
  const ComponentInstance instance = world.instantiate(kGenerous);
  auto write = instance.get<void(uint32_t)>("write").value(), call = instance.get<void(uint32_t)>("call").value();
  EventLoop loop(world.store);
  const StreamReader<std::string> lines = instance.get<StreamReader<std::string>()>("fresh").value()().value();
  const uint64_t before = budget.used(kBytes);
  budget.set_limit(kBytes, before + (8 << 20));
  for (int i = 0; i < 2; ++i) {
    Task<Result<std::vector<std::string>>> read = lines.read(4096);
    loop.start(read);
    CHECK(loop.progress().ok());
    CHECK(write(4).ok());
    CHECK(budget.used(kBytes) > before + (4 << 20));
    CHECK(loop.run(std::move(read)).value().size() == 4);
    CHECK(budget.used(kBytes) < before + (1 << 20));
    CHECK(call(4).ok());
    CHECK(budget.used(kBytes) > before + (4 << 20));
    for (const Completer<>& completer : std::exchange(completers, {})) completer.complete();
    CHECK(loop.progress().value() == Progress::done);
    CHECK(budget.used(kBytes) < before + (1 << 20));
  }
  CHECK(kept == 8 << 20);
  Task<Result<std::vector<std::string>>> read = lines.read(4096);
  loop.start(read);
  CHECK(loop.progress().ok());
  CHECK(write(9).error().kind() == ErrorKind::exhaustion);
  const ComponentInstance second = world.instantiate(kGenerous);
  CHECK(second.get<void(uint32_t)>("call").value()(9).error().kind() == ErrorKind::exhaustion);
}

TEST_CASE("component api: a store ends with copies that wait") {
  StreamWriter<uint8_t> writer;
  StreamReader<uint8_t> bytes;
  Task<Result<size_t>> write;
  std::optional<ComponentFunc> hold;
  ComponentVal ends;
  {
    ComponentWorld world;
    const ComponentInstance instance = world.instantiate(bytes_component());
    auto pair = make_stream<uint8_t>();
    writer = std::move(pair.second);
    CHECK(instance.get<void(StreamReader<uint8_t>)>("hold").value()(std::move(pair.first)).ok());
    hold = instance.func("hold").value();
    ends = **world.instantiate(bytes_component()).func("count").value().call({uint32_t{6}});
    bytes = instance.get<StreamReader<uint8_t>(uint32_t)>("count").value()(6).value();
    write = writer.write({1});
    EventLoop loop(world.store);
    loop.start(write);
    CHECK(loop.progress().value() == Progress::stuck);
  }
  CHECK_CONTAINS(hold->call({ends}).error().message(), "the store is gone");
  const ComponentWorld other;
  CHECK_CONTAINS(EventLoop(other.store).run(bytes.read()).error().message(), "the store of this object is gone");
}
