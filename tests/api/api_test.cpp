// The public API as an embedder uses it: what works, and what each mistake is answered with.
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

#include "tests/api/world.h"

using namespace heddle;
using namespace std::chrono_literals;
using testing::contains;
using World = testing::ApiWorld;

TEST_CASE("api: typed calls of every number type") {
  World w;
  Instance i = w.instantiate(R"((module
    (func (export "i32") (param i32 i32) (result i32) (i32.sub (local.get 0) (local.get 1)))
    (func (export "i64") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3)))
    (func (export "f32") (param f32) (result f32) (f32.neg (local.get 0)))
    (func (export "f64") (param f64) (result f64) (f64.sqrt (local.get 0)))
    (func (export "v128") (param v128) (result v128) (i8x16.add (local.get 0) (local.get 0)))
    (func (export "many") (param i32 v128 f64) (result f64 v128 i32) (local.get 2) (local.get 1) (local.get 0))
    (func (export "none"))))");
  CHECK(i.typed<int32_t(int32_t, int32_t)>("i32").value()(2, 5).value() == -3);
  CHECK(i.typed<uint32_t(uint32_t, uint32_t)>("i32").value()(2, 5).value() == 0xfffffffdu);
  CHECK(i.typed<int64_t(int64_t)>("i64").value()(-7).value() == -21);
  CHECK(i.typed<uint64_t(uint64_t)>("i64").value()(uint64_t{1} << 40).value() == uint64_t{3} << 40);
  CHECK(i.typed<float(float)>("f32").value()(1.5f).value() == -1.5f);
  CHECK(i.typed<double(double)>("f64").value()(2.25).value() == 1.5);
  V128 v;
  v.bytes[15] = 4;
  CHECK(i.typed<V128(V128)>("v128").value()(v).value().bytes[15] == 8);
  auto many = i.typed<std::tuple<double, V128, int32_t>(int32_t, V128, double)>("many").value();
  CHECK(many(1, v, 0.5).value() == std::tuple(0.5, v, 1));
  CHECK(i.typed<void()>("none").value()().ok());
}

TEST_CASE("api: calls with values") {
  World w;
  Instance i = w.instantiate(R"((module (func (export "f") (param i32 f64) (result f64 i32)
    (f64.add (local.get 1) (f64.const 1)) (local.get 0))))");
  Func f = i.func("f").value();
  CHECK(f.type().to_string() == "(func (param i32 f64) (result f64 i32))");
  std::vector<Val> results = f.call({7, 0.5}).value();
  REQUIRE(results.size() == 2);
  CHECK(results[0].f64() == 1.5);
  CHECK(results[1].i32() == 7);
  CHECK(results[1].to_string() == "i32:7");
  Error few = f.call({7}).error();
  CHECK(few.kind() == ErrorKind::misuse);
  CHECK(contains(few.message(), "expected 2 arguments, found 1"));
  Error other = f.call({7, 1}).error();
  CHECK(other.kind() == ErrorKind::misuse);
  CHECK(contains(other.message(), "argument 1: expected f64, found i32"));
  CHECK(Func().call().error().kind() == ErrorKind::misuse);
}

TEST_CASE("api: a wrong signature or name says what there is") {
  World w;
  Instance i = w.instantiate(R"((module (func (export "render") (param i32)) (memory (export "mem") 1)))");
  Error signature = i.typed<int32_t(int64_t)>("render").error();
  CHECK(signature.kind() == ErrorKind::misuse);
  CHECK(contains(signature.message(), "expected (func (param i64) (result i32)), found (func (param i32))"));
  CHECK(contains(i.func("rendr").error().message(), R"(did you mean "render"?)"));
  CHECK(contains(i.func("mem").error().message(), "is a memory"));
  CHECK(contains(i.memory().error().message(), "mem"));
  CHECK(i.exports().size() == 2);
  CHECK(i.exports()[0].type == "(func (param i32))");
}

namespace {
int32_t twice(int32_t n) { return 2 * n; }
struct Counter {
  int calls = 0;
  int32_t operator()(int32_t n) { return ++calls * n; }
};
}  // namespace

TEST_CASE("api: host functions of every form") {
  World w;
  int notes = 0;
  w.linker.define("h", "none", [&notes] { ++notes; })
      .define("h", "twice", &twice)
      .define("h", "counter", Counter())
      .define("h", "mix",
              [](int32_t a, int64_t b, float c, double d) {
                return static_cast<double>(a) + static_cast<double>(b) + static_cast<double>(c) + d;
              })
      .define("h", "pair",
              [](uint64_t a, const V128& v) { return std::tuple(static_cast<uint32_t>(v.bytes[0]), a + 1); })
      .define("h", "maybe", [](int32_t n) -> Result<int32_t> {
        if (n < 0) return Trap("negative");
        return n + 1;
      });
  Instance i = w.instantiate(R"((module
    (import "h" "none" (func $none)) (import "h" "twice" (func $twice (param i32) (result i32)))
    (import "h" "counter" (func $counter (param i32) (result i32)))
    (import "h" "mix" (func $mix (param i32 i64 f32 f64) (result f64)))
    (import "h" "pair" (func $pair (param i64 v128) (result i32 i64)))
    (import "h" "maybe" (func $maybe (param i32) (result i32)))
    (func (export "twice") (param i32) (result i32) (call $none) (call $twice (local.get 0)))
    (func (export "counter") (param i32) (result i32) (call $counter (local.get 0)))
    (func (export "mix") (result f64) (call $mix (i32.const 1) (i64.const 2) (f32.const 0.25) (f64.const 0.5)))
    (func (export "pair") (result i32 i64) (call $pair (i64.const 41) (v128.const i64x2 9 0)))
    (func (export "maybe") (param i32) (result i32) (call $maybe (local.get 0)))))");
  CHECK(i.typed<int32_t(int32_t)>("twice").value()(4).value() == 8);
  CHECK(notes == 1);
  auto counter = i.typed<int32_t(int32_t)>("counter").value();
  CHECK(counter(10).value() == 10);
  CHECK(counter(10).value() == 20);
  CHECK(i.typed<double()>("mix").value()().value() == 3.75);
  CHECK(i.typed<std::tuple<int32_t, int64_t>()>("pair").value()().value() == std::tuple(9, int64_t{42}));
  auto maybe = i.typed<int32_t(int32_t)>("maybe").value();
  CHECK(maybe(1).value() == 2);
  Error refused = maybe(-1).error();
  CHECK(refused.kind() == ErrorKind::host);
  CHECK(refused.message() == "negative");
  CHECK(maybe(2).value() == 3);
}

TEST_CASE("api: the caller's memory and functions, and the embedder's data") {
  World w;
  std::string heard;
  w.store.set_data(&heard);
  w.linker.define("h", "hear", [](Caller& caller, uint32_t at, uint32_t size) -> Result<int32_t> {
    Result<Memory> memory = caller.memory();
    if (!memory) return memory.error();
    auto bytes = memory->slice(at, size);
    if (!bytes) return bytes.error();
    caller.data<std::string>().assign(bytes->begin(), bytes->end());
    Result<Func> back = caller.func("back");
    if (!back) return back.error();
    auto answer = back->call({static_cast<int32_t>(size)});
    if (!answer) return answer.error();
    return (*answer)[0].i32();
  });
  Instance i = w.instantiate(R"((module
    (import "h" "hear" (func $hear (param i32 i32) (result i32)))
    (memory (export "memory") 1) (data (i32.const 100) "good news")
    (func (export "back") (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
    (func (export "tell") (param i32) (result i32) (call $hear (i32.const 100) (local.get 0)))))");
  auto tell = i.typed<int32_t(int32_t)>("tell").value();
  CHECK(tell(9).value() == 81);
  CHECK(heard == "good news");
  CHECK(contains(tell(70000).error().message(), "out of bounds memory access"));
}

TEST_CASE("api: exports are found by name among many, and those that are not there are not") {
  World w;
  std::string text = "(module (func $f (result i32) (i32.const 7)) (memory 1)";
  for (int n = 0; n < 5000; ++n) text += "(export \"f" + std::to_string(n) + "\" (func $f))";
  Instance i = w.instantiate(text + R"((export "memory" (memory 0)) (export "" (func $f))))");
  CHECK(i.typed<int32_t()>("f0").value()().value() == 7);
  CHECK(i.typed<int32_t()>("f4999").value()().value() == 7);
  CHECK(i.typed<int32_t()>("").value()().value() == 7);
  CHECK(i.memory().ok());
  CHECK(contains(i.func("f5000").error().message(), "did you mean"));
  CHECK(contains(i.func("memory").error().message(), "is a memory"));
}

TEST_CASE("api: traps carry kind, words and the frames of the guest") {
  World w;
  Instance i = w.instantiate(R"((module $m
    (func $inner (param i32) (result i32) (i32.div_s (i32.const 1) (local.get 0)))
    (func $outer (export "run") (param i32) (result i32) (i32.add (call $inner (local.get 0)) (i32.const 1)))))");
  Error error = i.typed<int32_t(int32_t)>("run").value()(0).error();
  CHECK(error.kind() == ErrorKind::trap);
  CHECK(error.message() == "integer divide by zero");
  REQUIRE(error.trap());
  REQUIRE(error.trap()->backtrace.size() == 2);
  CHECK(error.trap()->backtrace[0].func == "inner");
  CHECK(error.trap()->backtrace[0].module == "m");
  CHECK(error.trap()->backtrace[0].offset > 0);
  CHECK(error.trap()->backtrace[1].func == "outer");
  CHECK(contains(error.to_string(), "0: m!inner (func 0) at 0x"));
}

TEST_CASE("api: an error of a nested call goes through the host function as it came") {
  World w;
  Func inner;
  w.linker.define("h", "nest", [&inner]() -> Result<int32_t> {
    auto results = inner.call();
    if (!results) return results.error();
    return (*results)[0].i32();
  });
  Instance i = w.instantiate(R"((module $m
    (import "h" "nest" (func $nest (result i32))) (tag $e (param i32 i64))
    (func $trap (export "trap") (result i32) unreachable)
    (func $throw (export "throw") (result i32) (throw $e (i32.const 5) (i64.const 6)))
    (func $run (export "run") (result i32) (call $nest))
    (func $catch (export "catch") (result i32)
      (block $h (result i32 i64) (try_table (result i32) (catch $e $h) (call $nest)) (return))
      (drop))))");
  inner = i.func("trap").value();
  auto run = i.typed<int32_t()>("run").value();
  Error trap = run().error();
  CHECK(trap.kind() == ErrorKind::trap);
  REQUIRE(trap.trap());
  REQUIRE(trap.trap()->backtrace.size() == 2);
  CHECK(trap.trap()->backtrace[0].func == "trap");
  CHECK(trap.trap()->backtrace[1].func == "run");
  inner = i.func("throw").value();
  Error thrown = run().error();
  CHECK(thrown.kind() == ErrorKind::exception);
  std::vector<Val> args = thrown.exception().args();
  REQUIRE(args.size() == 2);
  CHECK(args[0].i32() == 5);
  CHECK(args[1].i64() == 6);
  CHECK(i.typed<int32_t()>("catch").value()().value() == 5);
  inner = Func();
}

TEST_CASE("api: an exit passes through") {
  World w;
  w.linker.define("h", "exit", [](int32_t code) -> Result<void> { return Trap::exit(code); });
  Instance i = w.instantiate(R"((module (import "h" "exit" (func $exit (param i32)))
    (func (export "run") (call $exit (i32.const 3)) unreachable)))");
  Error error = i.typed<void()>("run").value()().error();
  CHECK(error.kind() == ErrorKind::exited);
  CHECK(error.exit_code() == 3);
}

TEST_CASE("api: memories") {
  World w;
  Memory memory = Memory::create(w.store, {.min_pages = 1, .max_pages = 3}).value();
  w.linker.define("h", "m", memory);
  Instance i = w.instantiate(R"((module (import "h" "m" (memory 1)) (export "again" (memory 0))
    (func (export "get") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "grow") (result i32) (memory.grow (i32.const 1)))))");
  REQUIRE(memory.write<uint32_t>(65532, 77).ok());
  CHECK(i.typed<int32_t(int32_t)>("get").value()(65532).value() == 77);
  CHECK(!memory.write<uint32_t>(65533, 77).ok());
  CHECK(!memory.slice(UINT64_MAX, 2).ok());
  CHECK(memory.grow(1).value() == 1);
  CHECK(i.typed<int32_t()>("grow").value()().value() == 2);
  CHECK(memory.size_pages() == 3);
  CHECK(memory.bytes().size() == 3 * 65536);
  CHECK(memory.grow(1).error().kind() == ErrorKind::exhaustion);
  CHECK(i.memory("again").value().type().min_pages == 3);
  CHECK(!Memory::create(w.store, {.min_pages = 2, .max_pages = 1}).ok());
  CHECK(!Memory::create(w.store, {.min_pages = 1, .max_pages = 1, .shared = true}).ok());
}

TEST_CASE("api: a shared memory joins stores on two threads and outlives both") {
  Engine engine;
  Memory memory = Memory::create_shared(engine, {.min_pages = 1, .max_pages = 1, .shared = true}).value();
  Linker linker(engine);
  linker.define("h", "m", memory);
  Module module = Module::from_text(engine, R"((module (import "h" "m" (memory 1 1 shared))
    (func (export "add") (param $n i32)
      (loop $l
        (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
        (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))))")
                      .value();
  auto work = [&] {
    Store store(engine);
    Instance i = linker.instantiate(store, module).value();
    i.typed<void(int32_t)>("add").value()(10000).value();
  };
  std::thread a(work), b(work);
  a.join();
  b.join();
  CHECK(memory.read<uint32_t>(0).value() == 20000);
}

TEST_CASE("api: tables and globals check what is put in") {
  World w;
  Table table = Table::create(w.store, {.element = ValType::funcref(), .min = 2, .max = 4}, Func()).value();
  Global global = Global::create(w.store, int64_t{5}, true).value();
  Global constant = Global::create(w.store, 1.5).value();
  w.linker.define("h", "t", table).define("h", "g", global).define("h", "c", constant);
  Instance i = w.instantiate(R"((module (import "h" "t" (table 2 funcref)) (import "h" "g" (global $g (mut i64)))
    (import "h" "c" (global f64))
    (func $f (export "f") (result i32) (i32.const 8))
    (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
    (func (export "bump") (global.set $g (i64.add (global.get $g) (i64.const 1))))
    (global (export "own") (ref null $s) (ref.null $s)) (type $s (struct))))");
  REQUIRE(table.set(1, i.func("f").value()).ok());
  CHECK(i.typed<int32_t(int32_t)>("call").value()(1).value() == 8);
  CHECK(table.get(1).value().func() == i.func("f").value());
  CHECK(table.get(0).value().is_null());
  CHECK(table.get(2).error().kind() == ErrorKind::trap);
  CHECK(table.set(0, 5).error().kind() == ErrorKind::misuse);
  CHECK(table.grow(2, Func()).value() == 2);
  CHECK(table.grow(1, Func()).error().kind() == ErrorKind::exhaustion);
  CHECK(table.type().min == 4);
  i.typed<void()>("bump").value()().value();
  CHECK(global.get().value().i64() == 6);
  CHECK(global.set(int64_t{9}).ok());
  CHECK(global.set(9).error().kind() == ErrorKind::misuse);
  CHECK(constant.set(2.5).error().kind() == ErrorKind::misuse);
  CHECK(constant.get().value().f64() == 1.5);
  CHECK(i.global("own").value().get().value().is_null());
}

TEST_CASE("api: external references live while a handle does") {
  Config config;
  config.gc_zeal = true;
  World w(config);
  ExternRef seen;
  w.linker.define("h", "see", [&seen](ExternRef ref) {
    seen = ref;
    return ref;
  });
  Instance i = w.instantiate(R"((module (import "h" "see" (func $see (param externref) (result externref)))
    (type $s (struct (field i32)))
    (func (export "see") (param externref) (result externref) (call $see (local.get 0)))
    (func (export "make") (result anyref) (struct.new $s (i32.const 4)))
    (func (export "get") (param anyref) (result i32) (struct.get $s 0 (ref.cast (ref $s) (local.get 0))))))");
  auto see = i.typed<ExternRef(ExternRef)>("see").value();
  ExternRef mine = ExternRef::create(w.store, 1234).value();
  ExternRef back = see(mine).value();
  CHECK(back == mine);
  CHECK(back.payload() == 1234);
  CHECK(seen.payload() == 1234);
  CHECK(ExternRef::create(w.store, 1234).value() != mine);
  CHECK(see(ExternRef()).value().is_null());
  CHECK(!ExternRef().payload());
  AnyRef object = i.typed<AnyRef()>("make").value()().value();
  w.store.collect_garbage();
  CHECK(i.typed<int32_t(AnyRef)>("get").value()(object).value() == 4);
  CHECK(i.func("get").value().call({object}).value()[0].i32() == 4);
  CHECK(i.func("get").value().call({Val(mine)}).error().kind() == ErrorKind::misuse);
  CHECK(i.func("get").value().call({Val(AnyRef())}).error().kind() == ErrorKind::trap);
  seen = ExternRef();
}

TEST_CASE("api: functions as values") {
  World w;
  Instance i = w.instantiate(R"((module (type $f (func (param i32) (result i32)))
    (func (export "apply") (param funcref i32) (result i32)
      (call_ref $f (local.get 1) (ref.cast (ref $f) (local.get 0))))
    (func $inc (param i32) (result i32) (i32.add (local.get 0) (i32.const 1)))
    (elem declare func $inc)
    (func (export "inc") (result funcref) (ref.func $inc))))");
  auto apply = i.typed<int32_t(Func, int32_t)>("apply").value();
  Func host = Func::wrap(w.store, [](int32_t n) { return n * 100; }).value();
  CHECK(apply(host, 3).value() == 300);
  CHECK(host.call({4}).value()[0].i32() == 400);
  Func inc = i.typed<Func()>("inc").value()().value();
  CHECK(apply(inc, 3).value() == 4);
  CHECK(inc.typed<int32_t(int32_t)>().value()(8).value() == 9);
  CHECK(apply(Func(), 3).error().kind() == ErrorKind::trap);
}

TEST_CASE("api: objects of another store, or of one that is gone, are refused") {
  Engine engine;
  Store a(engine), b(engine);
  Module module = Module::from_text(engine, R"((module
    (func (export "f") (param funcref externref)) (table (export "t") 1 funcref) (memory (export "m") 1)
    (global (export "g") (mut i32) (i32.const 0))))")
                      .value();
  Linker linker(engine);
  Instance in_a = linker.instantiate(a, module).value(), in_b = linker.instantiate(b, module).value();
  Func of_b = in_b.func("f").value();
  ExternRef ref_of_b = ExternRef::create(b, 1).value();
  auto f = in_a.typed<void(Func, ExternRef)>("f").value();
  CHECK(f(of_b, ExternRef()).error().kind() == ErrorKind::misuse);
  CHECK(f(Func(), ref_of_b).error().kind() == ErrorKind::misuse);
  CHECK(in_a.func("f").value().call({of_b, ExternRef()}).error().kind() == ErrorKind::misuse);
  CHECK(in_a.table("t").value().set(0, of_b).error().kind() == ErrorKind::misuse);
  Linker other(engine);
  other.define("x", "m", in_b.memory("m").value());
  Module importer = Module::from_text(engine, R"((module (import "x" "m" (memory 1))))").value();
  Error wrong = other.instantiate(a, importer).error();
  CHECK(wrong.kind() == ErrorKind::misuse);
  CHECK(contains(wrong.message(), "object of another store"));
  Engine second;
  Store elsewhere(second);
  CHECK(linker.instantiate(elsewhere, module).error().kind() == ErrorKind::misuse);

  Memory memory = in_b.memory("m").value();
  Global global = in_b.global("g").value();
  Table table = in_b.table("t").value();
  Caller* none = nullptr;
  CHECK(none == nullptr);
  b = Store(engine);  // the old one goes
  CHECK(of_b.call({Func(), ExternRef()}).error().kind() == ErrorKind::misuse);
  CHECK(contains(of_b.call({Func(), ExternRef()}).error().message(), "gone"));
  CHECK(memory.bytes().empty());
  CHECK(memory.read<int>(0).error().kind() == ErrorKind::misuse);
  CHECK(global.get().error().kind() == ErrorKind::misuse);
  CHECK(table.get(0).error().kind() == ErrorKind::misuse);
  CHECK(in_b.func("f").error().kind() == ErrorKind::misuse);
  CHECK(ref_of_b.payload() == std::nullopt);
  CHECK(ExternRef(ref_of_b).payload() == std::nullopt);  // nor does a copy
}

TEST_CASE("api: a host function may hold handles of its own store") {
  Engine engine;
  Linker linker(engine);
  auto count = std::make_shared<int>(0);
  std::weak_ptr<int> watch = count;
  {
    Store store(engine);
    Memory memory = Memory::create(store, {.min_pages = 1}).value();
    ExternRef ref = ExternRef::create(store, 7).value();
    linker.define("h", "f", [memory, ref, count] { ++*count; });
    Module module =
        Module::from_text(engine, R"((module (import "h" "f" (func $f)) (export "f" (func $f))))").value();
    Instance i = linker.instantiate(store, module).value();
    i.typed<void()>("f").value()().value();
    CHECK(*count == 1);
    count.reset();
  }
  linker = Linker(engine);
  CHECK(watch.expired());
}

TEST_CASE("api: a segment that does not fit is named") {
  World w;
  auto message = [&](std::string_view text) {
    return w.linker.instantiate(w.store, Module::from_text(w.engine, text).value()).error().message();
  };
  CHECK(message(R"((module (memory 1) (data "") (data $greeting (i32.const 65534) "abc")))") ==
        R"(out of bounds memory access: data segment 1 ("greeting"), 3 at 65534 of 65536)");
  CHECK(message(R"((module (table 2 funcref) (func) (elem (i32.const 2) func 0)))") ==
        "out of bounds table access: element segment 0, 1 at 2 of 2");
}

TEST_CASE("api: linkers") {
  World w;
  Module module =
      Module::from_text(w.engine, R"((module (import "a" "f" (func (param i32))) (import "a" "g" (global i32))))")
          .value();
  CHECK(w.linker.missing(module).size() == 2);
  w.linker.define("a", "f", [](int32_t) {});
  std::vector<ImportType> missing = w.linker.missing(module);
  REQUIRE(missing.size() == 1);
  CHECK(missing[0].name == "g");
  CHECK(missing[0].type == "(global i32)");
  Error unlinkable = w.linker.instantiate(w.store, module).error();
  CHECK(unlinkable.kind() == ErrorKind::unlinkable);
  CHECK(contains(unlinkable.message(), R"(unknown import: "a" "g" (global i32))"));
  w.linker.define("a", "g", [] {});
  CHECK(contains(w.linker.instantiate(w.store, module).error().message(), "expected (global i32), found (func)"));
  Instance lib =
      w.instantiate(R"((module (func (export "one") (result i32) (i32.const 1)) (memory (export "m") 1)))");
  w.linker.define_instance("lib", lib);
  Instance user = w.instantiate(R"((module (import "lib" "one" (func $one (result i32))) (import "lib" "m" (memory 1))
    (func (export "two") (result i32) (i32.add (call $one) (call $one)))))");
  CHECK(user.typed<int32_t()>("two").value()().value() == 2);
  Linker copy = w.linker;
  copy.define("lib", "one", [] { return int32_t{5}; });
  CHECK(w.linker.missing(module).empty());
}

TEST_CASE("api: modules that do not load say where") {
  Engine engine;
  const uint8_t kShort[] = {0, 'a', 's'};
  CHECK(Module::from_binary(engine, kShort).error().kind() == ErrorKind::malformed);
  Error text = Module::from_text(engine, "(module\n  (func (result i32)\n    (i32.foo)))").error();
  CHECK(text.kind() == ErrorKind::malformed);
  CHECK(contains(text.message(), "3:6: unknown operator"));
  Error invalid = Module::from_text(engine, "(module\n  (func (result i32) (i64.const 1)))").error();
  CHECK(invalid.kind() == ErrorKind::invalid);
  CHECK(contains(invalid.message(), "2:"));
  CHECK(contains(invalid.message(), "type mismatch"));
  Error file = Module::from_file(engine, "no-such-file.wasm").error();
  CHECK(file.kind() == ErrorKind::system);
  CHECK(contains(file.message(), "no-such-file.wasm"));
  Config config;
  CHECK(config.set_feature("threads", false));
  CHECK(!config.set_feature("no-such-feature", false));
  CHECK(!Module::from_text(Engine(config), "(module (memory 1 1 shared))").ok());
  CHECK(Module::from_text(engine, "(module (memory 1 1 shared))").ok());
  Module module =
      Module::from_text(engine, R"((module $name (import "a" "b" (memory 1 2)) (func (export "f"))))").value();
  CHECK(module.name() == "name");
  CHECK(module.imports()[0].type == "(memory 1 2)");
  CHECK(module.exports()[0].name == "f");
}

TEST_CASE("api: limits, fuel, deadlines and interrupts") {
  Config config;
  config.fuel = true;
  Engine engine(config);
  Store store(engine, {.memory_bytes = 2 << 16, .table_elements = 5, .instances = 1});
  Module module = Module::from_text(engine, R"((module (memory 1) (table 1 funcref)
    (func (export "spin") (loop $l (br $l))) (func (export "fine") (result i32) (i32.const 1))
    (func (export "mem") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "tab") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))))")
                      .value();
  Linker linker(engine);
  Instance i = linker.instantiate(store, module).value();
  CHECK(linker.instantiate(store, module).error().kind() == ErrorKind::exhaustion);
  auto mem = i.typed<int32_t(int32_t)>("mem").value(), tab = i.typed<int32_t(int32_t)>("tab").value();
  CHECK(mem(2).value() == -1);
  CHECK(mem(1).value() == 1);
  CHECK(tab(5).value() == -1);
  CHECK(tab(4).value() == 1);
  auto spin = i.typed<void()>("spin").value();
  REQUIRE(store.set_fuel(1000).ok());
  CHECK(spin().error().kind() == ErrorKind::out_of_fuel);
  CHECK(store.fuel().value() == 0);
  REQUIRE(store.set_fuel(UINT64_MAX).ok());
  REQUIRE(store.set_deadline(5ms).ok());
  CHECK(spin().error().kind() == ErrorKind::deadline);
  store.clear_deadline();
  InterruptHandle handle = store.interrupt_handle();
  std::thread other([handle] {
    std::this_thread::sleep_for(5ms);
    handle.interrupt();
  });
  CHECK(spin().error().kind() == ErrorKind::interrupted);
  other.join();
  CHECK(i.typed<int32_t()>("fine").value()().value() == 1);
  World plain;
  CHECK(plain.store.set_fuel(1).error().kind() == ErrorKind::misuse);
}

TEST_CASE("api: a host function charges the guest for what it does") {
  for (bool counted : {true, false}) {
    Config config;
    config.fuel = counted;
    World w(config);
    int done = 0;
    w.linker.define("h", "work", [&done](Caller& caller, uint64_t amount) -> Result<void> {
      if (Result<void> paid = caller.consume_fuel(amount); !paid) return paid.error();
      ++done;
      return {};
    });
    Instance i = w.instantiate(R"((module (import "h" "work" (func $work (param i64)))
      (func (export "run") (param i64) (loop $l (call $work (local.get 0)) (br $l)))
      (func (export "once") (param i64) (call $work (local.get 0)))))");
    auto run = i.typed<void(uint64_t)>("run").value(), once = i.typed<void(uint64_t)>("once").value();
    if (!counted) {
      CHECK(once(UINT64_MAX).ok());
      CHECK(w.store.consume_fuel(1).ok());
      continue;
    }
    REQUIRE(w.store.set_fuel(1'000'000).ok());
    CHECK(run(100'000).error().kind() == ErrorKind::out_of_fuel);
    CHECK(done == 9);
    CHECK(w.store.fuel().value() == 0);
    REQUIRE(w.store.set_fuel(1'000'000).ok());
    Error error = once(UINT64_MAX).error();
    CHECK(error.kind() == ErrorKind::out_of_fuel);
    REQUIRE(error.trap());
    CHECK(error.trap()->backtrace.size() == 1);
    REQUIRE(w.store.set_fuel(100).ok());
    CHECK(w.store.consume_fuel(30).ok());
    CHECK(w.store.fuel().value() == 70);
    CHECK(w.store.consume_fuel(71).error().kind() == ErrorKind::out_of_fuel);
    CHECK(w.store.fuel().value() == 0);
  }
}

TEST_CASE("api: a store that cannot be made says so at every use") {
  Config config;
  config.stack_bytes = uint64_t{1} << 62;
  Engine engine(config);
  Store store(engine);
  CHECK(store.status().error().kind() == ErrorKind::system);
  Module module = Module::from_text(engine, "(module)").value();
  CHECK(Linker(engine).instantiate(store, module).error().kind() == ErrorKind::system);
  CHECK(!ExternRef::create(store, 1).ok());
  store.collect_garbage();
}
