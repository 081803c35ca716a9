// Resources: a guest's in the embedder's hands, the embedder's in a guest's.
#include <algorithm>

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace {

// Blobs with a number; `destroyed` adds up those of the ones that are gone.
constexpr std::string_view kBlobs = R"((component
  (core module $dtor
    (global $destroyed (export "destroyed") (mut i32) (i32.const 0))
    (func (export "dtor") (param i32)
      (if (i32.eq (local.get 0) (i32.const 666)) (then unreachable))
      (global.set $destroyed (i32.add (global.get $destroyed) (local.get 0)))))
  (core instance $dtor (instantiate $dtor))
  (type $blob' (resource (rep i32) (dtor (core func $dtor "dtor"))))
  (core func $new (canon resource.new $blob'))
  (core func $drop (canon resource.drop $blob'))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "destroyed" (global $destroyed (mut i32)))
    (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
    (func (export "number") (param i32) (result i32) (local.get 0))
    (memory (export "m") 1)
    (func (export "eat") (param i32) (call $drop (local.get 0)))
    (func (export "eat-two") (param i32 i32) (call $drop (local.get 0)) (call $drop (local.get 1)))
    (func (export "eat-beside") (param i32 i32) (call $drop (local.get 0)))
    (func (export "all") (result i32) (i32.const 0))
    (func (export "same") (param i32 i32) (result i32) (i32.eq (local.get 0) (local.get 1)))
    (func (export "destroyed") (result i32) (global.get $destroyed)))
  (core instance $i (instantiate $m (with "" (instance
    (export "new" (func $new)) (export "drop" (func $drop)) (export "destroyed" (global $dtor "destroyed"))))))
  (export $blob "blob" (type $blob'))
  (func (export "[constructor]blob") (param "n" u32) (result (own $blob)) (canon lift (core func $i "make")))
  (func (export "[method]blob.number") (param "self" (borrow $blob)) (result u32)
    (canon lift (core func $i "number")))
  (func (export "eat") (param "blob" (own $blob)) (canon lift (core func $i "eat")))
  (func (export "eat-two") (param "a" (own $blob)) (param "b" (own $blob)) (canon lift (core func $i "eat-two")))
  (func (export "eat-beside") (param "a" (own $blob)) (param "b" (borrow $blob))
    (canon lift (core func $i "eat-beside")))
  (func (export "all") (result (list (own $blob))) (canon lift (core func $i "all") (memory (core memory $i "m"))))
  (func (export "same") (param "a" (borrow $blob)) (param "b" (borrow $blob)) (result bool)
    (canon lift (core func $i "same")))
  (func (export "destroyed") (result u32) (canon lift (core func $i "destroyed"))))
)";

struct Blob;
struct Other;

struct Blobs {
  explicit Blobs(const ComponentWorld& world) : instance(world.instantiate(kBlobs)) {}
  ComponentInstance instance;
  TypedComponentFunc<Own<Blob>(uint32_t)> make = instance.get<Own<Blob>(uint32_t)>("[constructor]blob").value();
  TypedComponentFunc<uint32_t(Borrow<Blob>)> number =
      instance.get<uint32_t(Borrow<Blob>)>("[method]blob.number").value();
  TypedComponentFunc<void(Own<Blob>)> eat = instance.get<void(Own<Blob>)>("eat").value();
  TypedComponentFunc<uint32_t()> destroyed = instance.get<uint32_t()>("destroyed").value();
};

// Makes counters of the host's, uses them, keeps one.
constexpr std::string_view kCounters = R"((component
  (import "host:api/counters" (instance $counters
    (export "counter" (type $counter (sub resource)))
    (export "[constructor]counter" (func (param "from" u32) (result (own $counter))))
    (export "[method]counter.next" (func (param "self" (borrow $counter)) (result u32)))
    (export "finish" (func (param "counter" (own $counter)) (result u32)))))
  (alias export $counters "counter" (type $counter))
  (core func $make (canon lower (func $counters "[constructor]counter")))
  (core func $next (canon lower (func $counters "[method]counter.next")))
  (core func $finish (canon lower (func $counters "finish")))
  (core func $drop (canon resource.drop $counter))
  (core module $m
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "next" (func $next (param i32) (result i32)))
    (import "" "finish" (func $finish (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "count") (param i32) (result i32) (local $c i32)
      (local.set $c (call $make (local.get 0)))
      (drop (call $next (local.get $c)))
      (drop (call $next (local.get $c)))
      (call $next (local.get $c))
      (call $drop (local.get $c)))
    (func (export "keep") (result i32) (call $make (i32.const 5)))
    (func (export "finish") (result i32) (call $finish (call $make (i32.const 7))))
    (func (export "use") (param i32) (result i32) (call $next (local.get 0)) (call $drop (local.get 0)))
    (func (export "pass") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m (with "" (instance (export "make" (func $make)) (export "next" (func $next))
    (export "finish" (func $finish)) (export "drop" (func $drop))))))
  (func (export "count") (param "from" u32) (result u32) (canon lift (core func $i "count")))
  (func (export "keep") (result u32) (canon lift (core func $i "keep")))
  (func (export "finish") (result u32) (canon lift (core func $i "finish")))
  (func (export "use") (param "counter" (borrow $counter)) (result u32) (canon lift (core func $i "use")))
  (func (export "pass") (param "counter" (own $counter)) (result (own $counter)) (canon lift (core func $i "pass"))))
)";

struct Counter {
  explicit Counter(uint32_t from) : next(from) { ++alive; }
  ~Counter() { --alive; }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;
  uint32_t next;
  static inline int alive = 0;
};

void define_counters(ComponentLinker& linker) {
  linker.resource<Counter>("host:api/counters#counter");
  linker.define("host:api/counters#[constructor]counter", [](uint32_t from) { return Own<Counter>::make(from); });
  linker.define("host:api/counters#[method]counter.next", [](Borrow<Counter> self) { return self->next++; });
  linker.define("host:api/counters#finish", [](Own<Counter> counter) { return counter->next * 100; });
}

}  // namespace

TEST_CASE("component api: a guest's resource is destroyed when its handle goes") {
  const ComponentWorld world;
  Blobs blobs(world);
  {
    const Own<Blob> blob = blobs.make(7).value();
    CHECK(blobs.number(blob.borrow()).value() == 7);
    CHECK(blobs.number(blob.borrow()).value() == 7);
    CHECK(blobs.destroyed().value() == 0);
  }
  CHECK(blobs.destroyed().value() == 7);
  Own<Blob> second = blobs.make(10).value();
  CHECK(second.drop().ok());
  CHECK(!second);
  CHECK(second.drop().ok());
  CHECK(blobs.destroyed().value() == 17);
  CHECK(blobs.eat(blobs.make(20).value()).ok());
  CHECK(blobs.destroyed().value() == 37);
}

TEST_CASE("component api: a destructor that traps") {
  const ComponentWorld world;
  Blobs blobs(world);
  Own<Blob> blob = blobs.make(666).value();
  const Error error = blob.drop().error();
  CHECK(error.message() == "unreachable");
  CHECK(error.trap());
  CHECK(!blobs.destroyed().ok());
}

TEST_CASE("component api: handles that cannot be given") {
  const ComponentWorld world;
  Blobs blobs(world), others(world);
  Own<Blob> blob = blobs.make(7).value();
  Own<Blob> none;
  CHECK_CONTAINS(blobs.number(none.borrow()).error().message(), "parameter 1 `self`: no handle");
  CHECK_CONTAINS(blobs.eat(std::move(none)).error().message(), "no handle");
  CHECK_CONTAINS(others.number(blob.borrow()).error().message(), "another resource type");
  CHECK_CONTAINS(blobs.number(Own<Blob>::of(nullptr).borrow()).error().message(), "no handle");
  const ComponentWorld elsewhere;
  const Blobs far(elsewhere);
  CHECK_CONTAINS(far.number(blob.borrow()).error().message(), "another store");
  // What could not be given was given up all the same.
  CHECK(blobs.destroyed().value() == 0);
  CHECK_CONTAINS(far.eat(std::move(blob)).error().message(), "another store");
  CHECK(blobs.destroyed().value() == 7);
  CHECK_CONTAINS(blobs.instance.get<uint32_t(Own<Blob>)>("[method]blob.number").error().message(),
                 "the component has borrow<blob>, the C++ type stands for own<_>");
}

TEST_CASE("component api: a handle is given once, and not while it is lent") {
  const ComponentWorld world;
  Blobs blobs(world);
  {
    const ComponentVal blob = **blobs.instance.func("[constructor]blob").value().call({7u});
    CHECK_CONTAINS(blobs.instance.func("eat-two").value().call({blob, blob}).error().message(),
                   "parameter 2 `b`: the handle was given away already");
    CHECK(blobs.destroyed().value() == 0);
    CHECK(blobs.instance.func("eat").value().call({blob}).ok());
    CHECK(blobs.destroyed().value() == 7);
  }
  CHECK(blobs.destroyed().value() == 7);
  auto beside = blobs.instance.get<void(Own<Blob>, Borrow<Blob>)>("eat-beside").value();
  Own<Blob> blob = blobs.make(10).value();
  Borrow<Blob> lent = blob.borrow();
  CHECK_CONTAINS(beside(std::move(blob), std::move(lent)).error().message(), "was given away already");
  CHECK(blobs.destroyed().value() == 17);

  Own<Blob> second = blobs.make(20).value();
  const Task<Result<uint32_t>> number = blobs.number.async(second.borrow());
  CHECK_CONTAINS(blobs.eat(std::move(second)).error().message(), "lent to a call");
}

TEST_CASE("component api: a result that nobody hears of is let go") {
  const ComponentWorld world;
  Blobs blobs(world);
  EventLoop loop(world.store);
  Task<Result<Own<Blob>>> call = blobs.make.async(7u);
  loop.start(call);
  // Its turn comes when the call has been answered, and before the task goes on.
  auto killer = [](Task<Result<Own<Blob>>>& victim) -> Task<> {
    victim = {};
    co_return;
  };
  Task<> kill = killer(call);
  auto starter = [](EventLoop& of, Task<>& task) -> Task<> {
    of.start(task);
    co_return;
  };
  Task<> later = starter(loop, kill);
  loop.start(later);
  CHECK(loop.progress().value() == Progress::done);
  CHECK(kill.done());
  CHECK(!call);
  CHECK(blobs.destroyed().value() == 7);
}

TEST_CASE("component api: lists of handles in what a component offers and asks for") {
  const ComponentWorld world;
  const auto list_of_own = [](const std::vector<ComponentItem>& items, std::string_view name, std::string_view of) {
    const std::string type = "func() -> list<own<" + std::string(of) + ">>";
    return std::ranges::any_of(items, [&](const auto& item) { return item.name == name && item.type == type; });
  };
  CHECK(list_of_own(world.component(kBlobs).exports(), "all", "blob"));
  CHECK(list_of_own(Blobs(world).instance.exports(), "all", "blob"));
  const std::string_view text = R"((component (import "x" (instance
    (export "r" (type $r (sub resource))) (export "all" (func (result (list (own $r)))))
    (export "map" (func (result (map string (own $r)))))))))";
  CHECK(list_of_own(world.component(text).imports(), "x#all", "r"));
  CHECK(list_of_own(world.linker.missing(world.component(text)), "x#all", "r"));
  CHECK_CONTAINS(world.refusal(text), "unknown import: `x#r`");
}

TEST_CASE("component api: a handle outlives its store") {
  Own<Blob> blob;
  {
    const ComponentWorld world;
    blob = Blobs(world).make(7).value();
  }
  CHECK(blob.drop().error().kind() == ErrorKind::misuse);
}

TEST_CASE("component api: handles as values of any type") {
  const ComponentWorld world;
  Blobs blobs(world);
  {
    const ComponentVal blob = **blobs.instance.func("[constructor]blob").value().call({7u});
    CHECK(blob.to_string() == "<own>");
    CHECK(blobs.destroyed().value() == 0);
  }
  CHECK(blobs.destroyed().value() == 7);
}

TEST_CASE("component api: resources of the embedder's") {
  Counter::alive = 0;
  {
    ComponentWorld world;
    define_counters(world.linker);
    const ComponentInstance instance = world.instantiate(kCounters);
    CHECK(instance.get<uint32_t(uint32_t)>("count").value()(40).value() == 42);
    CHECK(Counter::alive == 0);
    CHECK(instance.get<uint32_t()>("finish").value()().value() == 700);
    CHECK(Counter::alive == 0);
    CHECK(instance.get<uint32_t()>("keep").value()().ok());
    CHECK(Counter::alive == 1);

    const Own<Counter> lent = Own<Counter>::make(3u);
    auto use = instance.get<uint32_t(Borrow<Counter>)>("use").value();
    CHECK(use(lent.borrow()).value() == 3);
    CHECK(use(lent.borrow()).value() == 4);
    CHECK(lent->next == 5);
    auto pass = instance.get<Own<Counter>(Own<Counter>)>("pass").value();
    const Own<Counter> back = pass(Own<Counter>::make(9u)).value();
    CHECK(back->next == 9);
    CHECK(Counter::alive == 3);
  }
  CHECK(Counter::alive == 0);
}

// `keep` holds on to what it is lent, and uses it when it is called back; `run` lends on to it and traps.
constexpr std::string_view kKeeper = R"((component
  (import "host:api/counters" (instance $counters
    (export "counter" (type $counter (sub resource)))
    (export "[method]counter.next" (func (param "self" (borrow $counter)) (result u32)))))
  (alias export $counters "counter" (type $counter))
  (canon lower (func $counters "[method]counter.next") (core func $next))
  (canon resource.drop $counter (core func $drop))
  (canon task.return (core func $return))
  (core module $m
    (import "" "return" (func $return))
    (import "" "next" (func $next (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (global $kept (mut i32) (i32.const 0))
    (func (export "keep") (param i32) (result i32) (global.set $kept (local.get 0)) (i32.const 1))
    (func (export "back") (param i32 i32 i32) (result i32)
      (drop (call $next (global.get $kept))) (call $drop (global.get $kept)) (call $return) (i32.const 0)))
  (core instance $i (instantiate $m (with "" (instance
    (export "return" (func $return)) (export "next" (func $next)) (export "drop" (func $drop))))))
  (func $keep async (param "counter" (borrow $counter))
    (canon lift (core func $i "keep") async (callback (core func $i "back"))))
  (instance $keeper (export "keep" (func $keep)))
  (export "keeper" (instance $keeper)))
)";
constexpr std::string_view kLender = R"((component
  (import "host:api/counters" (instance $counters (export "counter" (type $counter (sub resource)))))
  (alias export $counters "counter" (type $counter))
  (import "keeper" (instance $keeper (export "keep" (func async (param "counter" (borrow $counter))))))
  (canon lower (func $keeper "keep") async (core func $keep))
  (core module $m
    (import "" "keep" (func $keep (param i32) (result i32)))
    (func (export "run") (param i32) (drop (call $keep (local.get 0))) unreachable))
  (core instance $i (instantiate $m (with "" (instance (export "keep" (func $keep))))))
  (func (export "run") (param "counter" (borrow $counter)) (canon lift (core func $i "run"))))
)";

TEST_CASE("component api: what a component has lent on stays what it is when that component traps") {
  ComponentWorld world;
  define_counters(world.linker);
  const ComponentInstance keeper = world.instantiate(kKeeper);
  world.linker.define_instance("keeper", keeper);
  auto run = world.instantiate(kLender).get<void(Borrow<Counter>)>("run").value();
  const Own<Counter> lent = Own<Counter>::make(3u), other = Own<Counter>::make(50u);
  CHECK(run(lent.borrow()).error().message() == "unreachable");
  // Another one is lent before the first is used.
  const ComponentInstance second = world.instantiate(kKeeper);
  auto keep = second.get<void(Borrow<Counter>)>("keeper#keep").value();
  Task<Result<void>> task = keep.async(other.borrow());
  EventLoop loop(world.store);
  loop.start(task);
  CHECK(loop.progress().ok());
  CHECK(lent->next == 4);
  CHECK(other->next == 51);
}

TEST_CASE("component api: the end of a resource of the embedder's takes no stack") {
  ComponentWorld world;
  world.store = Store(world.engine, {.stack_bytes = 0});
  define_counters(world.linker);
  CHECK(world.instantiate(kCounters).get<uint32_t(uint32_t)>("count").value()(40).value() == 42);
}

TEST_CASE("component api: resources of the embedder's that are missing, or of another class") {
  ComponentWorld world;
  CHECK_CONTAINS(world.refusal(kCounters), "unknown import: `host:api/counters#counter`");
  define_counters(world.linker);
  world.linker.resource<Other>("host:api/counters#counter");
  CHECK_CONTAINS(world.refusal(kCounters), "the resource is one of another class of the embedder's");
}

// Values of any type keep what class the object is of.
TEST_CASE("component api: an object of one class is not given as one of another") {
  constexpr std::string_view kTwoClasses = R"((component
    (import "a:b/c" (instance $c
      (export "counter" (type $counter (sub resource))) (export "other" (type $other (sub resource)))))
    (alias export $c "counter" (type $counter))
    (alias export $c "other" (type $other))
    (core module $m (func (export "pass") (param i32) (result i32) (local.get 0)) (func (export "eat") (param i32)))
    (core instance $i (instantiate $m))
    (func (export "pass") (param "own" (own $counter)) (result (own $counter)) (canon lift (core func $i "pass")))
    (func (export "eat") (param "own" (own $other)) (canon lift (core func $i "eat")))))";
  struct Larger {
    std::string name = "a name that does not fit in place, as the first class has none";
  };
  ComponentWorld world;
  world.linker.interface("a:b/c").resource<Counter>("counter").resource<Larger>("other");
  const ComponentInstance instance = world.instantiate(kTwoClasses);
  const ComponentVal counter =
      instance.get<ComponentVal(Own<Counter>)>("pass").value()(Own<Counter>::make(1u)).value();
  CHECK_CONTAINS(instance.func("eat").value().call({counter}).error().message(),
                 "the handle is one of another resource type");
  CHECK(instance.func("pass").value().call({counter}).ok());
}

TEST_CASE("component api: a destructor that traps where nobody asks for it is told by the loop") {
  const ComponentWorld world;
  Blobs blobs(world);
  {
    const Own<Blob> blob = blobs.make(666).value();
  }
  EventLoop loop(world.store);
  CHECK(loop.progress().error().message() == "unreachable");
  CHECK(loop.progress().value() == Progress::done);
}

TEST_CASE("component api: a borrow that is kept after its call is refused") {
  const std::string blobs_inside = "(component (component $c" + std::string(kBlobs.substr(10)) +
                                   "(instance $i (instantiate $c)) (export \"blobs\" (instance $i)))";
  constexpr std::string_view kLends = R"((component
    (import "blobs" (instance $b (export "blob" (type $blob (sub resource)))
      (export "[constructor]blob" (func (param "n" u32) (result (own $blob))))))
    (alias export $b "blob" (type $blob))
    (import "see" (func $see (param "b" (borrow $blob))))
    (core func $make (canon lower (func $b "[constructor]blob")))
    (core func $see' (canon lower (func $see)))
    (core func $drop (canon resource.drop $blob))
    (core module $m
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "see" (func $see (param i32))) (import "" "drop" (func $drop (param i32)))
      (func (export "run") (local $h i32)
        (local.set $h (call $make (i32.const 7))) (call $see (local.get $h)) (call $drop (local.get $h))))
    (core instance $i (instantiate $m (with "" (instance
      (export "make" (func $make)) (export "see" (func $see')) (export "drop" (func $drop))))))
    (func (export "run") (canon lift (core func $i "run")))))";
  ComponentWorld world;
  const ComponentInstance blobs = world.instantiate(blobs_inside);
  const auto number = blobs.get<uint32_t(Borrow<Blob>)>("blobs#[method]blob.number").value();
  world.linker.define_instance("blobs", blobs);
  Borrow<Blob> kept;
  Task<Result<uint32_t>> later;
  bool keep = true;
  world.linker.define("see", [&](Borrow<Blob> blob) {
    if (keep) {
      kept = std::move(blob);
    } else {
      CHECK(number(std::move(blob)).value() == 7);  // while the function runs it is its own
    }
  });
  const auto run = world.instantiate(kLends).get<void()>("run").value();
  CHECK(run().ok());
  const std::string refused = "the handle was lent for a call that is over";
  CHECK_CONTAINS(number(std::move(kept)).error().message(), refused);
  keep = false;
  CHECK(run().ok());
  // A call that has not begun yet has it no more than who made the call.
  world.linker.define("see", [&](Borrow<Blob> blob) { later = number.async(std::move(blob)); });
  CHECK(world.instantiate(kLends).get<void()>("run").value()().ok());
  CHECK_CONTAINS(EventLoop(world.store).run(std::move(later)).error().message(), refused);
}

TEST_CASE("component api: values of any type are lent, and given once") {
  Counter::alive = 0;
  ComponentWorld world;
  define_counters(world.linker);
  const ComponentInstance instance = world.instantiate(kCounters);
  const ComponentVal value = instance.get<ComponentVal(Own<Counter>)>("pass").value()(Own<Counter>::make(3u)).value();
  const ComponentFunc use = instance.func("use").value();
  CHECK((*use.call({value})).value() == ComponentVal(3u));
  CHECK((*use.call({value})).value() == ComponentVal(4u));
  {
    const auto again = instance.get<Own<Counter>(ComponentVal)>("pass").value();
    CHECK(again(value).value()->next == 5);
    CHECK_CONTAINS(again(value).error().message(), "the handle was given away already");
    CHECK_CONTAINS(use.call({value}).error().message(), "the handle was given away already");
  }
  const Blobs blobs(world);
  const ComponentVal blob = **blobs.instance.func("[constructor]blob").value().call({7u});
  CHECK((*blobs.instance.func("[method]blob.number").value().call({blob})).value() == ComponentVal(7u));
  CHECK(blobs.instance.func("eat").value().call({blob}).ok());
  CHECK_CONTAINS(blobs.instance.func("eat").value().call({blob}).error().message(), "given away already");
}
