// Calls that wait: several in flight in one store, answered in any order, by any thread; cancelled, stuck, trapped.
#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <stdexcept>
#include <thread>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "component/api/fetcher.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::Fetching;
using heddle::testing::kFetcher;
using heddle::testing::Mark;

namespace {

Task<> keep(TypedComponentFunc<uint32_t(uint32_t)> get, uint32_t key, std::vector<std::string>& results) {
  Result<uint32_t> value = co_await get.async(key);
  results.push_back(value ? std::to_string(*value) : value.error().message());
}

}  // namespace

TEST_CASE("component api: calls in flight, answered out of order") {
  Fetching world;
  const Fetching::Get get = world.get();
  std::vector<std::string> results;
  for (const uint32_t key : {1, 2, 3}) world.loop.spawn(keep(get, key, results));
  CHECK(world.running == 0);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(world.running == 3);
  world.answer(2, 20u);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(results == std::vector<std::string>{"20"});
  world.answer(3, 30u);
  CHECK(world.loop.progress().value() == Progress::waiting);
  world.answer(1, 10u);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(results == std::vector<std::string>{"20", "30", "10"});
  CHECK(world.running == 0);
}

TEST_CASE("component api: answers from other threads") {
  Fetching world;
  world.linker.define("fetch", [](uint32_t key) -> Task<Result<uint32_t>> {
    Completion<uint32_t> answer;
    std::thread([key, completer = answer.completer()] { completer.complete(key + 1); }).detach();
    co_return co_await answer;
  });
  const Fetching::Get get = world.get();
  CHECK(get(4).value() == 5);
  std::vector<Task<Result<uint32_t>>> tasks;
  for (uint32_t key = 0; key < 50; ++key) tasks.push_back(get.async(key));
  uint32_t sum = 0;
  const std::vector<Result<uint32_t>> values = world.loop.run(when_all(std::move(tasks))).value();
  for (const Result<uint32_t>& value : values) sum += value.value();
  CHECK(sum == 50 * 51 / 2);
  auto [a, b] = world.loop.run(when_all(get.async(1), get.async(2))).value();
  CHECK(a.value() + b.value() == 5);
}

TEST_CASE("component api: the descriptor wakes") {
  Fetching world;
  const Fetching::Get get = world.get();
  Task<Result<uint32_t>> task = get.async(1);
  world.loop.start(task);
  CHECK(world.loop.fd() >= 0);
  CHECK(world.loop.fd() == EventLoop(world.store).fd());
  CHECK(world.loop.progress().value() == Progress::waiting);
  std::thread([&] { world.answer(1, 7u); }).join();
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.loop.run(std::move(task)).value() == 7);
}

TEST_CASE("component api: host functions that answer at once") {
  Fetching world;
  world.linker.define("fetch", [](uint32_t key) -> Task<uint32_t> { co_return key * 2; });
  CHECK(world.get()(21).value() == 42);
  world.linker.define("fetch", [](uint32_t key) { return key * 3; });
  CHECK(world.get()(2).value() == 6);
}

TEST_CASE("component api: destroying a task cancels the call") {
  Fetching world;
  const Fetching::Get get = world.get();
  Task<Result<uint32_t>> first = get.async(1), second = get.async(2), never = get.async(3);
  world.loop.start(first);
  world.loop.start(second);
  world.loop.start(never);
  never = {};
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(world.running == 2);
  first = {};
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(world.running == 1);
  world.answer(2, 5u);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.loop.run(std::move(second)).value() == 5);
  // The instance goes on.
  Task<Result<uint32_t>> third = get.async(4);
  world.loop.start(third);
  CHECK(world.loop.progress().value() == Progress::waiting);
  world.answer(4, 6u);
  CHECK(world.loop.run(std::move(third)).value() == 6);
}

TEST_CASE("component api: a deadlock is an error") {
  Fetching world;
  const ComponentInstance instance = world.instantiate(kFetcher);
  auto hang = instance.get<void()>("hang").value();
  const std::string_view words = "deadlock detected: event loop cannot make further progress";
  CHECK(hang().error().message() == words);
  CHECK(world.loop.run(hang.async()).error().message() == words);

  Task<Result<void>> task = hang.async();
  world.loop.start(task);
  CHECK(world.loop.progress().value() == Progress::stuck);
  CHECK(world.loop.progress().value() == Progress::stuck);
  world.loop.break_deadlock();
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.loop.run(std::move(task)).error().message() == words);
}

TEST_CASE("component api: a host task that fails, by itself or by an exception, ends its caller") {
  for (const bool throws : {false, true}) {
    Fetching world;
    world.linker.define("fetch", [&](uint32_t key) -> Task<Result<uint32_t>> {
      Completion<uint32_t> answer;
      world.answers.emplace(key, answer.completer());
      Result<uint32_t> value = co_await answer;
      if (throws) throw std::runtime_error("no connection");
      co_return value;
    });
    const Fetching::Get get = world.get();
    std::vector<std::string> results;
    world.loop.spawn(keep(get, 1, results));
    world.loop.spawn(keep(get, 2, results));
    CHECK(world.loop.progress().value() == Progress::waiting);
    world.answer(1, Trap("no connection"));
    CHECK(world.loop.progress().value() == Progress::waiting);
    // Whoever waits for the instance hears of it.
    CHECK(results == std::vector<std::string>{"no connection", "no connection"});
    world.answer(2, 5u);
    CHECK(world.loop.progress().value() == Progress::done);
    CHECK_CONTAINS(get(3).error().message(), "cannot enter component instance");
  }
}

TEST_CASE("component api: a trap ends the calls of its instance, not those of others") {
  Fetching world;
  const ComponentInstance instance = world.instantiate(kFetcher);
  auto get = instance.get<uint32_t(uint32_t)>("get").value();
  auto fail = instance.get<void()>("fail").value();
  const Fetching::Get other = world.get();
  std::vector<std::string> results;
  world.loop.spawn(keep(get, 1, results));
  world.loop.spawn(keep(other, 2, results));
  CHECK(world.loop.progress().value() == Progress::waiting);
  const Error error = fail().error();
  CHECK(error.message() == "unreachable");
  CHECK(error.trap()->backtrace.size() == 1);
  world.answer(2, 5u);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(results == std::vector<std::string>{"unreachable", "5"});
}

TEST_CASE("component api: a trap ends the calls of its instance through another one that exports its functions") {
  Fetching world;
  constexpr std::string_view kComponent = "(component";
  const ComponentInstance instance = world.instantiate(
      R"((component (import "fetch" (func $f async (param "key" u32) (result u32))) (component $c)" +
      std::string(kFetcher.substr(kComponent.size())) +
      R"((instance $i (instantiate $c (with "fetch" (func $f)))) (export "api" (instance $i))))");
  world.linker.define_instance("api", instance);
  const ComponentInstance exporter = world.instantiate(R"((component
    (import "api" (instance $a (export "get" (func async (param "key" u32) (result u32)))))
    (export "api" (instance $a))))");
  std::vector<std::string> results;
  world.loop.spawn(keep(exporter.get<uint32_t(uint32_t)>("api#get").value(), 1, results));
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(instance.get<void()>("api#fail").value()().error().message() == "unreachable");
  CHECK(world.loop.progress().ok());
  CHECK(results == std::vector<std::string>{"unreachable"});
}

TEST_CASE("component api: a trap ends who waits for its instance, and who waits for those") {
  Fetching world;
  // A fetcher that fetches by another one's `get`, as an interface of its own.
  const auto fetcher_by = [&world](std::string_view interface, std::string_view name) {
    const std::string from(interface), to(name), inner(kFetcher.substr(std::string_view("(component").size()));
    const ComponentInstance made =
        world.instantiate("(component (import \"" + from +
                          R"(" (instance $a (export "get" (func async (param "key" u32) (result u32)))))
        (component $c)" + inner +
                          R"( (instance $i (instantiate $c (with "fetch" (func $a "get")))) (export ")" + to +
                          "\" (instance $i)))");
    world.linker.define_instance(to, made);
    return made;
  };
  world.linker.define("root#get", [&world](uint32_t key) -> Task<Result<uint32_t>> {
    Completion<uint32_t> answer;
    world.answers.emplace(key, answer.completer());
    co_return co_await answer;
  });
  const ComponentInstance first = fetcher_by("root", "first"), second = fetcher_by("first", "second"),
                          third = fetcher_by("second", "third"), beside = fetcher_by("root", "beside");
  std::vector<std::string> results, others;
  world.loop.spawn(keep(third.get<uint32_t(uint32_t)>("third#get").value(), 1, results));
  world.loop.spawn(keep(beside.get<uint32_t(uint32_t)>("beside#get").value(), 2, others));
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(first.get<void()>("first#fail").value()().error().message() == "unreachable");
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(results == std::vector<std::string>{"unreachable"});
  CHECK_CONTAINS(second.get<void()>("second#fail").value()().error().message(), "cannot enter component instance");
  world.answer(2, 5u);
  CHECK(world.loop.progress().ok());
  CHECK(others == std::vector<std::string>{"5"});
}

TEST_CASE("component api: a trap below a host function ends the calls of its instance, too") {
  Fetching world;
  const ComponentInstance instance = world.instantiate(kFetcher);
  auto fail = instance.get<void()>("fail").value();
  std::vector<std::string> results;
  world.loop.spawn(keep(instance.get<uint32_t(uint32_t)>("get").value(), 1, results));
  CHECK(world.loop.progress().value() == Progress::waiting);
  std::string below;
  world.linker.define("fetch", [&](uint32_t key) {
    below = fail().error().message();
    return key;
  });
  CHECK(world.get()(2).value() == 2);
  CHECK(below == "unreachable");
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK(results == std::vector<std::string>{"unreachable"});
}

TEST_CASE("component api: what nobody will complete is an error") {
  Fetching world;
  world.linker.define("fetch", [](uint32_t) -> Task<Result<uint32_t>> {
    Completion<uint32_t> answer;
    {
      const Completer<uint32_t> gone = answer.completer();
    }
    co_return co_await answer;
  });
  CHECK_CONTAINS(world.get()(1).error().message(), "what was waited for will not come");
}

TEST_CASE("component api: tasks of host functions call components") {
  Fetching inner, outer;
  Fetching world;
  const Fetching::Get get = world.get();
  ComponentLinker linker(world.engine);
  std::string refused;
  linker.define("fetch", [&](ComponentCaller& caller, uint32_t key) -> Task<Result<uint32_t>> {
    refused = get(key + 100).error().message();
    Result<uint32_t> value = co_await get.async(key);
    if (!value) co_return value;
    if (Result<void> paid = caller.consume_fuel(1); !paid) co_return paid.error();
    co_return *value + 1;
  });
  const ComponentInstance instance = linker.instantiate(world.store, world.component(kFetcher)).value();
  Task<Result<uint32_t>> task = instance.get<uint32_t(uint32_t)>("get").value().async(5);
  world.loop.start(task);
  CHECK(world.loop.progress().value() == Progress::waiting);
  CHECK_CONTAINS(refused, "the call has to wait");
  world.answer(5, 50u);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.loop.run(std::move(task)).value() == 51);
}

TEST_CASE("component api: an exception in a task is thrown where it is awaited") {
  Fetching world;
  auto thrower = []() -> Task<uint32_t> {
    throw std::runtime_error("thrown");
    co_return 1;
  };
  auto catcher = [&]() -> Task<std::string> {
    try {
      co_await thrower();
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "nothing";
  };
  CHECK(world.loop.run(catcher()).value() == "thrown");
  CHECK_THROWS_AS(static_cast<void>(world.loop.run(thrower())), std::runtime_error);
}

TEST_CASE("component api: a store ends with everything in flight") {
  int running = 0;
  Task<Result<uint32_t>> mine;
  {
    Fetching world;
    world.linker.define("fetch", [&](uint32_t) -> Task<Result<uint32_t>> {
      const Mark mark(running);
      Completion<uint32_t> never;
      const Completer<uint32_t> kept = never.completer();
      co_return co_await never;
    });
    const Fetching::Get get = world.get();
    std::vector<std::string> results;
    world.loop.spawn(keep(get, 1, results));
    world.loop.spawn(keep(get, 2, results));
    mine = get.async(3);
    world.loop.start(mine);
    CHECK(world.loop.progress().value() == Progress::waiting);
    CHECK(running == 3);
  }
  CHECK(running == 0);
}

TEST_CASE("component api: a task of one store hears that another, whose answer it awaits, is gone") {
  const Fetching world;
  EventLoop loop(world.store);
  std::vector<std::string> results;
  {
    Fetching other;
    loop.spawn(keep(other.get(), 1, results));
    CHECK(loop.progress().value() == Progress::stuck);
    CHECK(other.loop.progress().value() == Progress::waiting);
  }
  CHECK(loop.progress().value() == Progress::done);
  CHECK(results == std::vector<std::string>{"the store of this object is gone"});
}

TEST_CASE("component api: values of any type, in a task") {
  Fetching world;
  world.linker.define("fetch", [](uint32_t key) { return key + 1; });
  const ComponentFunc get = world.instantiate(kFetcher).func("get").value();
  CHECK(get.type() == "async func(key: u32) -> u32");
  CHECK((*world.loop.run(get.async({1u})).value()).to_string() == "2");
  CHECK_CONTAINS(world.loop.run(get.async({"x"})).error().message(), "expected u32, found a string");
}

namespace {

Task<Result<uint32_t>> value_of(Completion<uint32_t>& completion) { co_return co_await completion; }
Task<> look(Task<Result<uint32_t>>& task, uint32_t& seen) {
  const std::string kept(100, 'x');  // what a task that is gone must not touch
  const Result<uint32_t> value = co_await task;
  seen = value.value_or(0) + static_cast<uint32_t>(kept.size());
}

// Does it end the process with these words?
bool ends_process(const std::function<void()>& f, std::string_view words) {
  int said[2];
  REQUIRE(::pipe(said) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGABRT, SIG_DFL);  // it is not a failure of the test's
    ::dup2(said[1], STDERR_FILENO);
    f();
    ::_exit(0);
  }
  ::close(said[1]);
  std::string text;
  char some[256];
  for (ssize_t got = 0; (got = ::read(said[0], some, sizeof some)) > 0;) text.append(some, static_cast<size_t>(got));
  ::close(said[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK_CONTAINS(text, words);
  return WIFSIGNALED(status);
}

}  // namespace

TEST_CASE("component api: a task that awaits another goes before it, or after it") {
  const ComponentWorld world;
  EventLoop loop(world.store);
  uint32_t first = 0, second = 0;
  for (const bool again : {false, true}) {
    Completion<uint32_t> answer;
    const Completer<uint32_t> completer = answer.completer();
    Task<Result<uint32_t>> shared = value_of(answer);
    loop.start(shared);
    {
      Task<> gone = look(shared, first);
      loop.start(gone);
      CHECK(loop.progress().value() == Progress::waiting);
    }
    Task<> waits = look(shared, second);
    if (again) loop.start(waits);
    CHECK(loop.progress().value() == Progress::waiting);
    completer.complete(5u);
    CHECK(loop.progress().value() == Progress::done);
    CHECK(first == 0);
    CHECK(second == (again ? 105 : 0));
  }

  Completion<uint32_t> never;
  Task<Result<uint32_t>> destroyed = value_of(never);
  Task<> left = look(destroyed, first);
  loop.start(left);
  CHECK(loop.progress().value() == Progress::waiting);
  destroyed = {};
  CHECK(loop.progress().value() == Progress::done);
  CHECK(!left.done());
}

TEST_CASE("component api: a task that is none, or that another awaits already") {
  const ComponentWorld world;
  EventLoop loop(world.store);
  CHECK(ends_process(
      [&] {
        uint32_t seen = 0;
        Task<Result<uint32_t>> none;
        static_cast<void>(loop.run(look(none, seen)));
      },
      "there is no task to await"));
  CHECK(ends_process([&] { static_cast<void>(loop.run(when_all(std::vector<Task<>>(3)))); },
                     "there is no task to await"));
  CHECK(ends_process(
      [&] {
        Completion<uint32_t> answer;
        Task<Result<uint32_t>> shared = value_of(answer);
        uint32_t seen = 0;
        Task<> one = look(shared, seen), other = look(shared, seen);
        loop.start(one);
        loop.start(other);
        static_cast<void>(loop.progress());
      },
      "two tasks await the same"));
}

TEST_CASE("component api: host functions that give no task, or one that has begun") {
  Fetching world;
  world.linker.define("fetch", [](uint32_t) -> Task<uint32_t> { return {}; });
  CHECK_CONTAINS(world.get()(1).error().message(), "the function gave no task");
  Completion<uint32_t> answer;
  const Completer<uint32_t> completer = answer.completer();
  world.linker.define("fetch", [&](uint32_t) -> Task<Result<uint32_t>> {
    Task<Result<uint32_t>> begun = value_of(answer);
    world.loop.start(begun);
    return begun;
  });
  Task<Result<uint32_t>> call = world.get().async(1);
  world.loop.start(call);
  CHECK(world.loop.progress().value() == Progress::waiting);
  completer.complete(5u);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.loop.run(std::move(call)).value() == 5);
}

TEST_CASE("component api: a call that is given up while it is being begun is cancelled") {
  Fetching world;
  Task<Result<uint32_t>> call;
  const std::function<void()> give_up = [&] { call = {}; };
  world.linker.define("fetch", [&](uint32_t) -> Task<Result<uint32_t>> {
    const Mark mark(world.running);
    give_up();
    Completion<uint32_t> never;
    const Completer<uint32_t> kept = never.completer();
    co_return co_await never;
  });
  call = world.get().async(1);
  world.loop.start(call);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.running == 0);
}

TEST_CASE("component api: deadlines and interruptions end calls that wait for the host") {
  Fetching world;
  world.linker.define("fetch", [&](uint32_t) -> Task<Result<uint32_t>> {
    const Mark mark(world.running);
    Completion<uint32_t> never;
    const Completer<uint32_t> kept = never.completer();
    co_return co_await never;
  });
  const Fetching::Get get = world.get();
  REQUIRE(world.store.set_deadline(std::chrono::milliseconds(30)).ok());
  CHECK(get(1).error().kind() == ErrorKind::deadline);
  world.store.clear_deadline();
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(world.running == 0);

  std::thread stopper([handle = world.store.interrupt_handle()] {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    handle.interrupt();
  });
  CHECK(world.loop.run(get.async(1)).error().kind() == ErrorKind::interrupted);
  stopper.join();
  Task<Result<uint32_t>> waits = get.async(1);
  world.loop.start(waits);
  CHECK(world.loop.progress().value() == Progress::waiting);
  world.store.interrupt_handle().interrupt();
  pollfd readable{world.loop.fd(), POLLIN, 0};
  CHECK(::poll(&readable, 1, 0) == 1);
  CHECK(world.loop.progress().value() == Progress::done);
  CHECK(::poll(&readable, 1, 0) == 0);
  CHECK(world.loop.run(std::move(waits)).error().kind() == ErrorKind::interrupted);
  CHECK(world.running == 0);
}

TEST_CASE("component api: a completion that two tasks await, or that was moved from") {
  const ComponentWorld world;
  EventLoop loop(world.store);
  Completion<uint32_t> answer;
  const Completer<uint32_t> completer = answer.completer();
  Task<Result<uint32_t>> first = value_of(answer), second = value_of(answer);
  loop.start(first);
  loop.start(second);
  CHECK(loop.progress().value() == Progress::waiting);
  completer.complete(3u);
  CHECK(loop.progress().value() == Progress::done);
  CHECK(loop.run(std::move(first)).value() == 3);
  CHECK_CONTAINS(loop.run(std::move(second)).error().message(), "two tasks await one completion");

  const Completion<uint32_t> moved = std::move(answer);
  CHECK_CONTAINS(loop.run(value_of(answer)).error().message(), "the completion was moved from");
}

TEST_CASE("component api: a task that has ended is not kept") {
  const ComponentWorld world;
  EventLoop loop(world.store);
  Task<> ended = []() -> Task<> { co_return; }();
  loop.start(ended);
  CHECK(loop.progress().value() == Progress::done);
  loop.spawn(std::move(ended));
  CHECK(loop.progress().value() == Progress::done);
}
