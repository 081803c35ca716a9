// Hosts and callers that learn the types of a component when they run.
#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::async_echo;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;

namespace {

// Makes a counter, looks at it and gives it back.
constexpr std::string_view kCounters = R"((component
  (import "a:b/c@1.0.0" (instance $c
    (export "counter" (type $r (sub resource)))
    (export "make" (func (param "first" u32) (result (own $r))))
    (export "next" (func (param "self" (borrow $r)) (result u32)))
    (export "end" (func (param "self" (own $r)) (result u32)))))
  (canon lower (func $c "make") (core func $make))
  (canon lower (func $c "next") (core func $next))
  (canon lower (func $c "end") (core func $end))
  (core module $m
    (import "" "make" (func $make (param i32) (result i32)))
    (import "" "next" (func $next (param i32) (result i32)))
    (import "" "end" (func $end (param i32) (result i32)))
    (func (export "run") (param $n i32) (result i32)
      (local.set $n (call $make (local.get $n)))
      (i32.mul (call $next (local.get $n)) (call $end (local.get $n)))))
  (core instance $i (instantiate $m (with "" (instance
    (export "make" (func $make)) (export "next" (func $next)) (export "end" (func $end))))))
  (func (export "run") (param "n" u32) (result u32) (canon lift (core func $i "run")))
))";

struct Counter {
  uint32_t next = 0;
};

using Values = std::vector<ComponentVal>;
using Maybe = std::optional<ComponentVal>;

// What calls of the import `take` come to, which is of that type.
template <class F>
std::string called(std::string_view type, std::string_view flat, F take, const ComponentVal& arg) {
  ComponentWorld world;
  world.linker.define_any("take", std::move(take));
  Result<Maybe> back = world.instantiate(echo(type, flat)).func("give").value().call({arg});
  return back ? (*back)->to_string() : back.error().message();
}

WitTypeView type_of_param(const ComponentWorld& world, std::string_view type, std::string_view flat) {
  const ComponentFunc give = world.instantiate(echo(type, flat)).func("give").value();
  return give.func_type().params()[0].type;
}

std::string text_of(const WitTypeView& type, std::string_view wave) {
  const Result<ComponentVal> value = ComponentVal::parse(type, wave);
  return value ? value->to_string() : value.error().to_string();
}

}  // namespace

// --- host functions of any type

TEST_CASE("component api: host functions by values of any type, in all forms") {
  const auto give = [](auto take) { return called("u32", "i32", std::move(take), 5u); };
  CHECK(give([](std::vector<ComponentVal> args) { return args.at(0); }) == "5");
  CHECK(give([](const std::vector<ComponentVal>& args) { return std::optional(args.at(0)); }) == "5");
  CHECK(give([](std::span<ComponentVal> args) -> Result<Maybe> { return Maybe(std::move(args[0])); }) == "5");
  CHECK(give([](ComponentCaller&, std::span<const ComponentVal> args) { return args[0]; }) == "5");
  CHECK(give([](const WitFuncView& type, Values args) {
          return ComponentVal(static_cast<uint32_t>(args.size() + type.params().size()));
        }) == "2");
  std::string seen;
  CHECK(give([&](ComponentCaller& caller, const WitFuncView& type, std::span<ComponentVal> args) -> Result<Maybe> {
          if (!caller.consume_fuel(0)) seen = "no fuel";
          seen = type.params()[0].name + ", " + type.to_string();
          return args[0];
        }) == "5");
  CHECK(seen == "value, func(value: u32) -> u32");
  CHECK(give([](Values) -> Result<ComponentVal> { return Trap("no such key"); }) == "no such key");
}

TEST_CASE("component api: host functions by values, of no result and of strings") {
  ComponentWorld world;
  std::vector<std::string> seen;
  const auto note = [&](std::span<const ComponentVal> args) {
    for (const ComponentVal& arg : args) seen.push_back(arg.to_string());
  };
  world.linker.interface("shop:api/log").define_any("line", note);
  const auto say = world
                       .instantiate(R"((component
    (import "shop:api/log" (instance $log (export "line" (func (param "a" u8) (param "b" s64)))))
    (core func $line (canon lower (func $log "line")))
    (core module $m (import "" "line" (func $line (param i32 i64)))
      (func (export "say") (call $line (i32.const 7) (i64.const -8))))
    (core instance $i (instantiate $m (with "" (instance (export "line" (func $line))))))
    (func (export "say") (canon lift (core func $i "say")))))")
                       .get<void()>("say")
                       .value();
  CHECK(say().ok());
  CHECK(seen == std::vector<std::string>{"7", "-8"});
  CHECK(called(
            "string", "i32 i32", [](Values args) { return ComponentVal(*args[0].as<std::string>() + "!"); }, "x") ==
        "\"x!\"");
}

TEST_CASE("component api: a host function by values that is a task") {
  for (const bool at_once : {false, true}) {
    ComponentWorld world;
    EventLoop loop(world.store);
    std::optional<Completer<>> ready;
    const auto take = [&](ComponentCaller&, const WitFuncView& type, Values args) -> Task<Result<Maybe>> {
      if (!at_once) {
        Completion<> wait;
        ready = wait.completer();
        Result<void> waited = co_await wait;
        if (!waited) co_return waited.error();
      }
      CHECK(type.is_async());
      co_return ComponentVal(*args[0].as<std::string>() + "!");
    };
    world.linker.define_any("take", take);
    const ComponentFunc give = world.instantiate(async_echo("", "string", at_once)).func("give").value();
    auto call = give.async({"x"});
    loop.start(call);
    CHECK(loop.progress().ok());
    if (!at_once) ready->complete();
    CHECK((*loop.run(std::move(call))).value() == ComponentVal("x!"));
  }
}

TEST_CASE("component api: a result that does not fit names the host function and the place") {
  const auto give = [](auto take) { return called("u32", "i32", std::move(take), 5u); };
  CHECK_CONTAINS(give([](Values) { return ComponentVal("x"); }), "`take`: result: expected u32, found a string");
  CHECK_CONTAINS(give([](Values) { return ComponentVal(-1); }), "`take`: result: expected u32, found the number -1");
  CHECK_CONTAINS(give([](Values) { return Maybe(); }), "`take`: result: expected u32, found nothing");
  CHECK_CONTAINS(called(
                     "(tuple u8 string)", "i32 i32 i32", [](Values) { return ComponentVal::tuple({1, 2}); },
                     ComponentVal::tuple({1, "x"})),
                 "`take`: result, 1: expected string, found an s32");
  ComponentWorld world;
  world.linker.resource<Counter>("a:b/c@1.0.0#counter");
  const auto text = [](Values) { return ComponentVal("x"); };
  world.linker.interface("a:b/c@1.0.0").define_any("make", text).define_any("next", text).define_any("end", text);
  const auto run = world.instantiate(kCounters).get<uint32_t(uint32_t)>("run").value();
  const Error error = run(1).error();
  CHECK(error.trap() != nullptr);
  CHECK_CONTAINS(error.message(), "`a:b/c@1.0.0#make`: result: expected own<counter>, found a string");
  // So do those of typed functions.
  ComponentWorld typed;
  typed.linker.define("take", [](std::string) { return std::string("\xff"); });
  const auto bad = typed.instantiate(echo("string", "i32 i32")).get<std::string(std::string)>("give").value();
  CHECK_CONTAINS(bad("x").error().message(), "`take`: result: the string is not UTF-8");
}

TEST_CASE("component api: host functions by values whose result cannot be that of the import") {
  ComponentWorld world;
  world.linker.define_any("take", [](Values) {});
  CHECK_CONTAINS(world.refusal(echo("u32", "i32")),
                 "`take`, result: the component has u32, the C++ type stands for nothing");
  constexpr std::string_view kNothing = R"((component (import "take" (func $take))
    (core func $take' (canon lower (func $take)))
    (core module $m (import "" "take" (func $take)) (export "run" (func $take)))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take'))))))
    (func (export "run") (canon lift (core func $i "run")))))";
  CHECK(world.instantiate(kNothing).get<void()>("run").value()().ok());
  world.linker.define_any("take", [](Values) { return ComponentVal(1); });
  CHECK_CONTAINS(world.refusal(kNothing), "`take`, result: the component has nothing");
  world.linker.define_any("take", [](Values) { return Maybe(1); });
  CHECK_CONTAINS(world.instantiate(kNothing).get<void()>("run").value()().error().message(),
                 "`take`: result: expected nothing, found a value");
  world.linker.define_any("take", [](Values) -> Task<Result<Maybe>> { co_return Maybe(); });
  CHECK_CONTAINS(world.refusal(kNothing), "the component calls a function that is not async");
}

// --- handles

TEST_CASE("component api: objects of the embedder's as values") {
  ComponentWorld world;
  world.linker.resource<Counter>("a:b/c@1.0.0#counter");
  std::weak_ptr<Counter> made;
  world.linker.interface("a:b/c@1.0.0")
      .define_any("make",
                  [&](Values args) {
                    const auto counter = std::make_shared<Counter>(*args[0].as<uint32_t>());
                    made = counter;
                    return ComponentVal(Own<Counter>::of(counter));
                  })
      .define_any("next",
                  [](Values args) {
                    CHECK(args[0].object<std::string>() == nullptr);
                    CHECK_CONTAINS(args[0].own<Counter>().error().message(), "expected own, found borrow");
                    return ComponentVal(args[0].object<Counter>()->next++);
                  })
      .define_any("end", [](Values args) -> Result<Maybe> {
        CHECK(args[0].object<Counter>() != nullptr);
        CHECK_CONTAINS(args[0].own<std::string>().error().message(), "one of another class");
        Result<Own<Counter>> counter = args[0].own<Counter>();
        if (!counter) return counter.error();
        CHECK_CONTAINS(args[0].own<Counter>().error().message(), "given away already");
        return ComponentVal((*counter)->next);
      });
  const Result<uint32_t> done = world.instantiate(kCounters).get<uint32_t(uint32_t)>("run").value()(6);
  REQUIRE_MESSAGE(done.ok(), done.error().to_string());
  CHECK(*done == 42);
  CHECK(made.expired());
}

TEST_CASE("component api: a handle that was taken out of a value cannot be given by its copies") {
  const ComponentVal value = Own<Counter>::make(3u);
  const ComponentVal copy = value;
  CHECK(value.kind() == WitKind::own);
  CHECK(value == copy);
  CHECK(value.own<Counter>().value()->next == 3);
  CHECK_CONTAINS(copy.own<Counter>().error().message(), "given away already");
  CHECK_CONTAINS(ComponentVal(5).own<Counter>().error().message(), "expected own, found s32");
  CHECK_CONTAINS(ComponentVal(Own<Counter>()).own<Counter>().error().message(), "no handle");
  CHECK(ComponentVal(Own<Counter>()).object<Counter>() == nullptr);

  ComponentWorld world;
  world.linker.resource<Counter>("a:b/c@1.0.0#counter");
  world.linker.interface("a:b/c@1.0.0")
      .define_any("make", [&](Values) { return copy; })
      .define("next", [](Borrow<Counter> self) { return self->next; })
      .define("end", [](Own<Counter> self) { return self->next; });
  CHECK_CONTAINS(world.instantiate(kCounters).get<uint32_t(uint32_t)>("run").value()(1).error().message(),
                 "`a:b/c@1.0.0#make`: result: the handle was given away already");
}

TEST_CASE("component api: handles of guests' resources out of values") {
  struct Thing;
  const ComponentWorld world;
  const ComponentInstance instance = world.instantiate(R"((component
    (core module $d (global $ended (mut i32) (i32.const 0))
      (func (export "end") (param i32) (global.set $ended (i32.add (global.get $ended) (local.get 0))))
      (func (export "ended") (result i32) (global.get $ended)))
    (core instance $d (instantiate $d))
    (type $thing' (resource (rep i32) (dtor (core func $d "end"))))
    (export $thing "thing" (type $thing'))
    (core func $new (canon resource.new $thing'))
    (core module $m (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
      (func (export "rep") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
    (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $i "make")))
    (func (export "rep") (param "it" (borrow $thing)) (result u32) (canon lift (core func $i "rep")))
    (func (export "ended") (result u32) (canon lift (core func $d "ended")))))");
  const auto rep = instance.get<uint32_t(Borrow<Thing>)>("rep").value();
  const auto ended = instance.get<uint32_t()>("ended").value();
  const ComponentFunc make = instance.func("make").value();
  CHECK(make.type() == "func(n: u32) -> own<thing>");
  const ComponentVal value = **make.call({9});
  {
    Own<Thing> thing = value.own<Thing>().value();
    CHECK(rep(thing.borrow()).value() == 9);
    CHECK_CONTAINS(value.own<Thing>().error().message(), "given away already");
    CHECK_CONTAINS(instance.func("rep").value().call({value}).error().message(), "given away already");
    CHECK(ended().value() == 0);
    CHECK(thing.drop().ok());
  }
  CHECK(ended().value() == 9);
  CHECK((*instance.func("rep").value().call({ComponentVal(**make.call({4}))})).value() == ComponentVal(4u));
  const ComponentVal back(Own<Thing>(value.own<Thing>() ? Own<Thing>() : (**make.call({5})).own<Thing>().value()));
  CHECK((*instance.func("rep").value().call({back})).value() == ComponentVal(5u));
}

// --- what nothing defines

TEST_CASE("component api: imports that nothing defines become traps that name them") {
  ComponentWorld world;
  const Component component = world.component(kCounters);
  world.linker.define_missing_as_traps(component);
  CHECK(world.linker.missing(component).empty());
  const auto instance = world.linker.instantiate(world.store, component);
  REQUIRE_MESSAGE(instance.ok(), instance.error().to_string());
  const Error error = instance->get<uint32_t(uint32_t)>("run").value()(1).error();
  CHECK(error.trap() != nullptr);
  CHECK(error.message() == "called `a:b/c@1.0.0#make`, which nothing defines");
  // By itself, and with arguments; and one that is async.
  world.linker.define_missing_as_traps(world.component(echo("string", "i32 i32")));
  CHECK_CONTAINS(world.instantiate(echo("string", "i32 i32")).func("give").value().call({"x"}).error().message(),
                 "called `take`, which nothing defines");
  const ComponentFunc give = world.instantiate(async_echo("", "string")).func("give").value();
  CHECK_CONTAINS(EventLoop(world.store).run(give.async({"x"})).error().message(), "called `take`, which nothing");
}

TEST_CASE("component api: what is defined stays so where the rest becomes traps") {
  ComponentWorld world;
  // A later version serves the import: the missing functions are added to it.
  world.linker.resource<Counter>("a:b/c@1.2.0#counter");
  world.linker.define("a:b/c@1.2.0#make", [](uint32_t first) { return Own<Counter>::make(first); });
  world.linker.define_missing_as_traps(world.component(kCounters));
  const auto run = world.instantiate(kCounters).get<uint32_t(uint32_t)>("run").value();
  CHECK(run(1).error().message() == "called `a:b/c@1.0.0#next`, which nothing defines");
  world.linker.define("a:b/c@1.2.0#next", [](Borrow<Counter> self) { return self->next; });
  world.linker.define("a:b/c@1.2.0#end", [](Own<Counter>) { return 2u; });
  CHECK(world.instantiate(kCounters).get<uint32_t(uint32_t)>("run").value()(4).value() == 8);
}

// --- types

TEST_CASE("component api: types of functions to look at") {
  std::optional<WitFuncView> kept;
  {
    const ComponentWorld world;
    const std::vector<ComponentItem> imports = world.component(kCounters).imports();
    REQUIRE(imports.size() == 5);
    CHECK(!imports[0].func);
    CHECK(imports[1].name == "a:b/c@1.0.0#counter");
    CHECK(!imports[1].wit_type);
    REQUIRE(imports[2].func);
    kept = imports[2].func;
    CHECK(imports[2].type == "func(first: u32) -> own<counter>");
    CHECK(imports[3].func->params()[0].type.kind() == WitKind::borrow);
    CHECK(world.linker.missing(world.component(kCounters))[1].func->to_string() == imports[2].type);
  }
  CHECK(kept->params().size() == 1);
  CHECK(kept->params()[0].name == "first");
  CHECK(kept->params()[0].type.kind() == WitKind::u32);
  CHECK(!kept->is_async());
  const WitTypeView handle = kept->result().value();
  CHECK(handle.kind() == WitKind::own);
  CHECK(handle.name() == "a:b/c@1.0.0#counter");
  CHECK(handle.to_string() == "own<counter>");
  CHECK(!handle.part());
}

TEST_CASE("component api: types of values to look at") {
  const ComponentWorld world = [] {
    ComponentWorld made;
    made.linker.define("take", [](ComponentVal value) { return value; });
    return made;
  }();
  const WitTypeView record =
      type_of_param(world, "(record (field \"a\" u8) (field \"b-c\" (list string)))", "i32 i32 i32");
  CHECK(record.kind() == WitKind::record);
  CHECK(record.name() == "t");
  CHECK(std::vector<std::string>(record.labels().begin(), record.labels().end()) ==
        std::vector<std::string>{"a", "b-c"});
  CHECK(record.part_count() == 2);
  CHECK(record.part("b-c")->kind() == WitKind::list);
  CHECK(record.part("b-c")->part()->kind() == WitKind::string);
  CHECK(record.part("b-c")->name().empty());
  CHECK(!record.part("c"));
  CHECK(!record.part(2));
  CHECK(record.to_string() == "record { a: u8, b-c: list<string> }");
  const WitTypeView variant = type_of_param(world, "(variant (case \"a\") (case \"b\" u32))", "i32 i32");
  CHECK(variant.kind() == WitKind::variant);
  CHECK(variant.part_count() == 2);
  CHECK(!variant.part("a"));
  CHECK(variant.part("b")->kind() == WitKind::u32);
  const WitTypeView result = type_of_param(world, "(result (error string))", "i32 i32 i32");
  CHECK(!result.part(0));
  CHECK(result.part(1)->kind() == WitKind::string);
  CHECK(result.length() == 0);
  CHECK(type_of_param(world, "u32", "i32").name() == "t");

  const std::vector<ComponentItem> items = world.component(echo("(enum \"x\" \"y\")", "i32")).imports();
  REQUIRE(items[0].kind == ComponentKind::type);
  CHECK(items[0].wit_type->labels()[1] == "y");
  const ComponentFunc give = world.instantiate(echo("u32", "i32")).func("give").value();
  CHECK(give.func_type().result()->kind() == WitKind::u32);
  const Component nothing = world.component(R"((component (import "f" (func async (param "s" (stream u8))))))");
  CHECK(nothing.imports()[0].func->is_async());
  CHECK(!nothing.imports()[0].func->result());
  CHECK(nothing.imports()[0].func->params()[0].type.part()->kind() == WitKind::u8);
}

// --- values from text

TEST_CASE("component api: a value of a known type from its text") {
  const Engine engine;
  ComponentFeatures features;
  features.set("fixed-length-lists", true);
  const Result<Component> component = Component::from_text(engine, R"((component
    (type $point' (record (field "x" s32) (field "y" (option s32))))
    (import "point" (type $point (eq $point')))
    (type $mode' (enum "fast" "slow"))
    (import "mode" (type $mode (eq $mode')))
    (type $access' (flags "read" "write"))
    (import "access" (type $access (eq $access')))
    (type $shape' (variant (case "none") (case "at" $point) (case "many" (list $point))))
    (import "shape" (type $shape (eq $shape')))
    (import "f" (func (param "a" $shape) (param "b" (tuple u8 string char)) (param "c" (result $mode (error $access)))
      (param "d" (map string (tuple f32 bool))) (param "e" (list (list u8))) (param "f" (list u8 2))
      (param "g" (stream u8)) (param "h" u64)))))",
                                                           features);
  REQUIRE_MESSAGE(component.ok(), component.error().to_string());
  const std::vector<ComponentItem> imports = component->imports();
  const std::vector<WitFuncView::Param> params = imports.back().func->params();
  CHECK(text_of(params[0].type, "none") == "%none");
  CHECK(text_of(params[0].type, "at({x: 1})") == "at({x: 1, y: none})");
  CHECK(text_of(params[0].type, "many([{x: -1, y: 2}])") == "many([{x: -1, y: some(2)}])");
  CHECK(text_of(params[1].type, "(1, \"x\", 'y')") == "(1, \"x\", 'y')");
  CHECK(text_of(params[2].type, "slow") == "ok(slow)");
  CHECK(text_of(params[2].type, "err({write})") == "err({write})");
  CHECK(text_of(params[3].type, "[(\"k\", (0.5, true))]") == "[(\"k\", (0.5, true))]");
  CHECK(text_of(params[4].type, "[[1, 2], []]") == "[[1, 2], []]");
  CHECK(text_of(params[5].type, "[1, 2]") == "[1, 2]");
  CHECK_CONTAINS(text_of(params[5].type, "[1]"), "expected a list of 2 elements");
  CHECK_CONTAINS(text_of(params[6].type, "1"), "a handle, stream or future has no text");
  CHECK(ComponentVal::parse(params[7].type, "5").value() == ComponentVal(5ull));
  const Result<ComponentVal> bad = ComponentVal::parse(params[0].type, "at({x: 1, z: 20})");
  CHECK(bad.error().kind() == ErrorKind::misuse);
  CHECK(bad.error().to_string() ==
        "misuse: value does not fit the type: at: expected a field: `x`, `y`, found `z`, at byte 10");
}

TEST_CASE("component api: places in texts of arguments are in decimal") {
  ComponentWorld world;
  world.linker.define("take", [](ComponentVal value) { return value; });
  const ComponentFunc give = world.instantiate(echo("(list u8)", "i32 i32")).func("give").value();
  CHECK_CONTAINS(give.call_wave("[1, 2, 3, 4, 5, x]").error().to_string(), "found `x`, at byte 16");
  CHECK_CONTAINS(give.call_wave("").error().to_string(), "at byte 0");
}

// --- numbers

TEST_CASE("component api: an integer of any C++ type goes where it fits") {
  ComponentWorld world;
  world.linker.define("take", [](ComponentVal value) { return value; });
  const auto give = [&](std::string_view type, std::string_view flat, const ComponentVal& value) {
    Result<Maybe> back = world.instantiate(echo(type, flat)).func("give").value().call({value});
    if (!back) return back.error().message();
    return std::string(name_of((*back)->kind())) + " " + (*back)->to_string();
  };
  CHECK(give("u32", "i32", 5) == "u32 5");
  CHECK(give("u8", "i32", 255) == "u8 255");
  CHECK_CONTAINS(give("u8", "i32", 256), "parameter 1 `value`: expected u8, found the number 256");
  CHECK_CONTAINS(give("u8", "i32", -1), "expected u8, found the number -1");
  CHECK(give("s8", "i32", -128) == "s8 -128");
  CHECK_CONTAINS(give("s8", "i32", -129), "expected s8, found the number -129");
  CHECK_CONTAINS(give("s8", "i32", 128u), "expected s8, found the number 128");
  CHECK(give("s16", "i32", 32767ull) == "s16 32767");
  CHECK(give("s32", "i32", uint8_t{7}) == "s32 7");
  CHECK(give("u64", "i64", ~0ull) == "u64 18446744073709551615");
  CHECK(give("s64", "i64", -5ll) == "s64 -5");
  CHECK(give("s64", "i64", -5) == "s64 -5");
  CHECK_CONTAINS(give("s64", "i64", ~0ull), "expected s64, found the number 18446744073709551615");
  CHECK_CONTAINS(give("u64", "i64", -1ll), "expected u64, found the number -1");
  CHECK_CONTAINS(give("f32", "f32", 1), "expected f32, found an s32");
  CHECK_CONTAINS(give("u32", "i32", true), "expected u32, found a bool");
  CHECK_CONTAINS(give("bool", "i32", 1), "expected bool, found an s32");
  CHECK(ComponentVal(5ll).as<long long>() == 5);
  CHECK(ComponentVal(5l).as<int64_t>() == 5);
}

TEST_CASE("component api: long and long long are integers of 64 bits") {
  ComponentWorld world;
  world.linker.define("take", [](unsigned long long value) { return value + 1; });
  const ComponentInstance instance = world.instantiate(echo("u64", "i64"));
  CHECK(instance.get<unsigned long long(unsigned long long)>("give").value()(7).value() == 8);
  CHECK(instance.get<unsigned long(unsigned long)>("give").value()(7).value() == 8);
  CHECK_CONTAINS(instance.get<long long(long long)>("give").error().message(), "the C++ type stands for s64");
  world.linker.define("take", [](std::vector<long long> values) { return values; });
  const auto give = world.instantiate(echo("(list s64)", "i32 i32"))
                        .get<std::vector<long long>(std::span<const long long>)>("give")
                        .value();
  const std::vector<long long> some{-1, 2};
  CHECK(give(some).value() == some);
}

// --- what does not compile

static_assert(std::is_constructible_v<ComponentVal, const char*> && std::is_constructible_v<ComponentVal, char*>);
static_assert(std::is_constructible_v<ComponentVal, bool> && std::is_constructible_v<ComponentVal, char32_t>);
static_assert(!std::is_constructible_v<ComponentVal, int*> && !std::is_constructible_v<ComponentVal, const void*> &&
              !std::is_constructible_v<ComponentVal, std::nullptr_t> &&
              !std::is_constructible_v<ComponentVal, void (*)()>);
static_assert(!std::is_constructible_v<ComponentVal, char>);
// See TypedComponentFunc: none is taken by a reference to const.
static_assert(heddle::api::detail::kIsGivenAway<std::vector<Own<Counter>>> &&
              heddle::api::detail::kIsGivenAway<std::optional<StreamReader<int>>> &&
              !heddle::api::detail::kIsGivenAway<Borrow<Counter>>);
