// How an embedder drives a store: what its loop tells, what it bounds, and what an interruption, a deadline or an
// empty budget leaves alone.
#include <chrono>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include <poll.h>

#include "component/api/fetcher.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::Fetching;

namespace {

constexpr std::string_view kNumber = R"((component
  (core module $m (func (export "f") (result i32) (i32.const 3)) (func (export "trap") unreachable))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (core func $i "f")))
  (func (export "trap") (canon lift (core func $i "trap")))))";

bool is_readable(const EventLoop& loop, int wait_ms = 0) {
  pollfd of{loop.fd(), POLLIN, 0};
  return ::poll(&of, 1, wait_ms) == 1;
}

Task<uint32_t> one() { co_return 1; }

Task<uint32_t> count(uint32_t tasks) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < tasks; ++i) sum += co_await one();
  co_return sum;
}

Task<uint32_t> depth(uint32_t left) {
  if (left == 0) co_return 0;
  co_return 1 + co_await depth(left - 1);
}

struct Blob;
template <class T>
using OfRun = decltype(std::declval<EventLoop&>().run(std::declval<Task<T>>()));
static_assert(std::is_same_v<OfRun<void>, Result<void>>);
static_assert(std::is_same_v<OfRun<uint32_t>, Result<uint32_t>>);
static_assert(std::is_same_v<OfRun<Result<uint32_t>>, Result<uint32_t>>);
static_assert(std::is_same_v<OfRun<Result<Own<Blob>>>, Result<Own<Blob>>>);
static_assert(std::is_same_v<OfRun<Result<StreamReader<uint8_t>>>, Result<StreamReader<uint8_t>>>);

Result<std::string> text() { return "text"; }

}  // namespace

TEST_CASE("component api: an interruption that comes late ends no instance") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(kNumber);
  auto f = instance.get<uint32_t()>("f").value();
  world.store.interrupt_handle().interrupt();
  CHECK(f().error().kind() == ErrorKind::interrupted);
  CHECK(f().value() == 3);
  world.store.interrupt_handle().interrupt();
  world.store.clear_interrupt();
  CHECK(f().value() == 3);
  EventLoop loop(world.store);
  REQUIRE(loop.fd() >= 0);
  CHECK(loop.progress().value() == Progress::done);
  world.store.set_deadline(std::chrono::nanoseconds(-1)).value();
  REQUIRE(is_readable(loop, -1));
  CHECK(f().error().kind() == ErrorKind::deadline);
  CHECK(EventLoop(world.store).run(f.async()).error().kind() == ErrorKind::deadline);
  world.store.clear_deadline();
  CHECK(f().value() == 3);
  CHECK(EventLoop(world.store).run(f.async()).value() == 3);
}

TEST_CASE("component api: an interruption ends what waits, and no instance") {
  Fetching world;
  const Fetching::Get get = world.get();
  Task<Result<uint32_t>> waits = get.async(1);
  world.loop.start(waits);
  CHECK(world.loop.progress().value() == Progress::waiting);
  world.store.interrupt_handle().interrupt();
  Task<Result<uint32_t>> next = get.async(2);
  world.loop.start(next);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(waits.done());
  CHECK(world.loop.run(std::move(waits)).error().kind() == ErrorKind::interrupted);
  world.answer(2, 5u);
  CHECK(world.loop.run(std::move(next)).value() == 5);
}

TEST_CASE("component api: what has ended says so") {
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(kNumber);
  CHECK(instance.get<void()>("trap").value()().error().message() == "unreachable");
  const Error ended = instance.get<uint32_t()>("f").value()().error();
  CHECK(ended.message() == "cannot enter component instance: it has ended by an earlier trap");
  CHECK(ended.kind() == ErrorKind::trap);
}

TEST_CASE("component api: a call that cannot be paid for is refused, and harms no other") {
  Fetching world;
  world.store = Store(world.engine, {.component_bytes = 1'000'000});
  EventLoop driver(world.store);
  const Fetching::Get get = world.get();
  std::vector<Task<Result<uint32_t>>> tasks;
  uint32_t key = 0;
  do {
    tasks.push_back(get.async(key++));
    driver.start(tasks.back());
    REQUIRE(driver.progress().value() == Progress::waiting);
  } while (!tasks.back().done() && key < 100'000);
  REQUIRE(tasks.back().done());
  const Error refused = driver.run(std::move(tasks.back())).error();
  tasks.pop_back();
  CHECK(refused.kind() == ErrorKind::exhaustion);
  CHECK_CONTAINS(refused.message(), "store budget exceeded: component_bytes: ");
  CHECK_CONTAINS(refused.message(), " of 1000000 in use");
  REQUIRE(tasks.size() > 10);
  for (uint32_t i = 0; i < tasks.size(); ++i) world.answer(i, i);
  for (uint32_t i = 0; i < tasks.size(); ++i) CHECK(driver.run(std::move(tasks[i])).value() == i);
  Task<Result<uint32_t>> after = get.async(key);
  driver.start(after);
  CHECK(driver.progress().value() == Progress::waiting);
  world.answer(key, 1u);
  CHECK(driver.run(std::move(after)).value() == 1);
}

TEST_CASE("component api: the descriptor tells of what was begun outside of the loop") {
  Fetching world;
  const ComponentInstance instance = world.instantiate(kNumber);
  REQUIRE(world.loop.fd() >= 0);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(!is_readable(world.loop));
  Task<uint32_t> task = one();
  world.loop.start(task);
  CHECK(is_readable(world.loop));
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(!is_readable(world.loop));
  world.loop.spawn([]() -> Task<> { co_return; }());
  CHECK(is_readable(world.loop));
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(!is_readable(world.loop));
  CHECK(instance.get<uint32_t()>("f").value()().value() == 3);
  CHECK(is_readable(world.loop));
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(!is_readable(world.loop));
}

TEST_CASE("component api: progress goes on for as long as it may") {
  ComponentWorld world;
  EventLoop loop(world.store);
  std::vector<Task<uint32_t>> tasks;
  for (int i = 0; i < 10; ++i) {
    tasks.push_back(one());
    loop.start(tasks.back());
  }
  REQUIRE(loop.fd() >= 0);
  for (int i = 0; i < 10; ++i) {
    CHECK(is_readable(loop));
    CHECK(!tasks[i].done());
    CHECK(loop.progress(std::chrono::nanoseconds(0)).value() == Progress::more);
    CHECK(tasks[i].done());
  }
  CHECK(loop.progress(std::chrono::nanoseconds(0)).value() == Progress::done);
  CHECK(!is_readable(loop));
}

TEST_CASE("component api: what a spawned task throws is told") {
  ComponentWorld world;
  EventLoop loop(world.store);
  loop.spawn([]() -> Task<> {
    throw std::runtime_error("no key");
    co_return;
  }());
  const Error thrown = loop.progress().error();
  CHECK(thrown.kind() == ErrorKind::host);
  CHECK(thrown.message() == "a spawned task has thrown: no key");
  CHECK(loop.progress().value() == Progress::done);
}

TEST_CASE("component api: tasks in a row, and in one another, need no stack") {
  ComponentWorld world;
  EventLoop loop(world.store);
  CHECK(loop.run(count(1'000'000)).value() == 1'000'000);
  CHECK(loop.run(depth(20'000)).value() == 20'000);
}

TEST_CASE("component api: a task that awaits is destroyed by what it begins to await") {
  ComponentWorld world;
  EventLoop loop(world.store);
  bool went_on = false;
  std::optional<Task<>> outer;
  auto destroy = [](std::optional<Task<>>& it) -> Task<> {
    it.reset();
    co_return;
  };
  Task<> inner = destroy(outer);
  auto wait = [](Task<>& for_it, bool& done) -> Task<> {
    co_await for_it;
    done = true;
  };
  outer = wait(inner, went_on);
  loop.start(*outer);
  CHECK(loop.progress().value() == Progress::done);
  CHECK(inner.done());
  CHECK(!outer);
  CHECK(!went_on);
}

TEST_CASE("component api: the first of two tasks, and the other is cancelled") {
  Fetching world;
  const Fetching::Get get = world.get();
  Completion<uint32_t> time;
  const Completer<uint32_t> timer = time.completer();
  auto wait = [](Completion<uint32_t> for_it) -> Task<Result<uint32_t>> { co_return co_await for_it; };
  auto both = when_any(get.async(1), wait(std::move(time)));
  world.loop.start(both);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(world.running == 1);
  timer.complete(5u);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.running == 0);
  const auto late = world.loop.run(std::move(both)).value();
  REQUIRE(late.index() == 1);
  CHECK(std::get<1>(late).value() == 5);

  auto again = when_any(get.async(2), get.async(3));
  world.loop.start(again);
  CHECK(world.loop.progress().value() == Progress::waiting);
  world.answer(2, 7u);
  CHECK(std::get<0>(world.loop.run(std::move(again)).value()).value() == 7);
  CHECK(world.loop.run(when_any(one(), one())).value().index() == 0);
}

TEST_CASE("component api: a result is made of whatever converts to it") { CHECK(text().value() == "text"); }
