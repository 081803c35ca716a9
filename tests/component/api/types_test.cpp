// Every type of WIT as types of C++, there and back through a guest's memory; and what is said where they differ.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <thread>

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::async_echo;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;

namespace shop {

struct Point {
  int32_t x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};
HEDDLE_RECORD(Point, x, y);

struct LineItem {
  std::string productName;
  uint64_t unit_price = 0;
  std::vector<Point> where_;
  friend bool operator==(const LineItem&, const LineItem&) = default;
};
HEDDLE_RECORD(LineItem, productName, unit_price, where_);

enum class Color { red, dark_green, blue };
HEDDLE_ENUM(Color, red, dark_green, blue);

enum class Access : uint8_t { read = 1, write = 2, run = 4 };
HEDDLE_FLAGS(Access, read, write, run);

struct Shape : std::variant<Case<struct Circle, double>, Case<struct Square, double>, Case<struct Empty>> {
  using variant::variant;
};
HEDDLE_VARIANT(Shape, circle, square, empty);

struct Glance {
  std::vector<Expected<std::string_view, uint32_t>> seen;
};
HEDDLE_RECORD(Glance, seen);

struct Sight : std::variant<uint32_t, Glance> {
  using variant::variant;
};
HEDDLE_VARIANT(Sight, nothing, something);

// Throws when it is made to be filled.
struct Fragile {
  std::string text;
  static inline bool throws = false;
  Fragile() {
    if (throws) throw std::runtime_error("made to fail");
  }
};
HEDDLE_RECORD(Fragile, text);

}  // namespace shop

namespace {

// What comes back to who called is what was sent: at once, and in a task. `take` is what the component calls.
template <class T, class Take, class Check>
void there_and_back_by(const std::string& component, const std::vector<T>& values, Take take, const Check& taken) {
  ComponentWorld world;
  world.linker.define("take", std::move(take));
  const ComponentInstance instance = world.instantiate(component);
  Result<TypedComponentFunc<T(T)>> give = instance.get<T(T)>("give");
  REQUIRE_MESSAGE(give.ok(), give.error().to_string());
  for (const T& value : values) {
    for (const bool at_once : {true, false}) {
      Result<T> back = at_once ? (*give)(value) : EventLoop(world.store).run(give->async(value));
      REQUIRE_MESSAGE(back.ok(), back.error().to_string());
      CHECK(*back == value);
      taken(value);
    }
  }
}

// And so is what a host function is given, one that knows the type, and one that takes any.
template <class T>
void there_and_back_through(const std::string& component, const std::vector<T>& values) {
  T seen{};
  auto take = [&](T value) {
    seen = value;
    return value;
  };
  there_and_back_by(component, values, take, [&](const T& value) {
    CHECK(seen == value);
    seen = T{};
  });
  there_and_back_by(component, values, [](ComponentVal value) { return value; }, [](const T&) {});
}

template <class T>
void there_and_back(std::string_view type, std::string_view flat, const std::vector<T>& values) {
  there_and_back_through(echo(type, flat), values);
}

Task<Result<void>> elsewhere(std::vector<std::jthread>& threads) {
  Completion<> done;
  threads.emplace_back([completer = done.completer()] { completer.complete(); });
  co_return co_await done;
}

// The same of async functions: `take` answers at once, or after it has waited; as a task or not; each knows the type.
template <class T>
void async_there_and_back(std::string_view definitions, std::string_view type, const std::vector<T>& values) {
  for (const std::string_view how : {"plain", "task", "waits", "lowered async"}) {
    ComponentWorld world;
    std::vector<std::jthread> threads;
    T seen{};
    if (how == "plain") {
      world.linker.define("take", [&](const T& value) { return seen = value; });
    } else {
      world.linker.define("take", [&](T value) -> Task<Result<T>> {
        if (how == "waits") {
          const Result<void> waited = co_await elsewhere(threads);
          CHECK(waited.ok());
        }
        seen = value;
        co_return value;
      });
    }
    const ComponentInstance instance = world.instantiate(async_echo(definitions, type, how == "lowered async"));
    auto give = instance.get<T(const T&)>("give");
    REQUIRE_MESSAGE(give.ok(), give.error().to_string());
    for (const T& value : values) {
      for (const bool in_a_task : {true, false}) {
        Result<T> back = in_a_task ? EventLoop(world.store).run(give->async(value)) : (*give)(value);
        REQUIRE_MESSAGE(back.ok(), back.error().to_string());
        CHECK(*back == value);
        CHECK(seen == value);
        seen = T{};
      }
    }
  }
}

// The same in the text of values.
void there_and_back_as_text(std::string_view type, std::string_view flat, std::string_view text) {
  ComponentWorld world;
  std::string seen;
  world.linker.define("take", [&](ComponentVal value) {
    seen = value.to_string();
    return value;
  });
  const ComponentInstance instance = world.instantiate(echo(type, flat));
  const ComponentFunc give = instance.func("give").value();
  Result<std::optional<ComponentVal>> back = give.call_wave(text);
  REQUIRE_MESSAGE(back.ok(), back.error().to_string());
  CHECK((*back)->to_string() == text);
  CHECK(seen == text);
  Result<std::optional<ComponentVal>> again = give.call({**back});
  REQUIRE_MESSAGE(again.ok(), again.error().to_string());
  CHECK(**again == **back);
}

template <class T>
std::string mismatch(std::string_view type, std::string_view flat) {
  ComponentWorld world;
  world.linker.define("take", [](ComponentVal value) { return value; });
  auto give = world.instantiate(echo(type, flat)).get<T(T)>("give");
  REQUIRE(!give.ok());
  CHECK(give.error().kind() == ErrorKind::misuse);
  return give.error().message();
}

template <class T>
void integers(std::string_view type, std::string_view flat) {
  there_and_back<T>(type, flat, {0, 1, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()});
  there_and_back<std::vector<T>>(std::string("(list ") + std::string(type) + ")", "i32 i32",
                                 {{}, {1, 2, 3}, {std::numeric_limits<T>::min(), std::numeric_limits<T>::max()}});
}

}  // namespace

TEST_CASE("component api: numbers, there and back") {
  there_and_back<bool>("bool", "i32", {false, true});
  integers<uint8_t>("u8", "i32");
  integers<int8_t>("s8", "i32");
  integers<uint16_t>("u16", "i32");
  integers<int16_t>("s16", "i32");
  integers<uint32_t>("u32", "i32");
  integers<int32_t>("s32", "i32");
  integers<uint64_t>("u64", "i64");
  integers<int64_t>("s64", "i64");
  there_and_back<float>("f32", "f32", {0.5f, -INFINITY});
  there_and_back<double>("f64", "f64", {0.1, 1e300});
  there_and_back<std::vector<double>>("(list f64)", "i32 i32", {{0.1, 0.2}});
  there_and_back<char32_t>("char", "i32", {U'a', U'\U0001f600'});
}

TEST_CASE("component api: strings and lists, there and back") {
  there_and_back<std::string>("string", "i32 i32", {"", "ab", "\xc3\xa9\xf0\x9f\x98\x80", std::string(5000, 'x')});
  there_and_back<std::vector<std::string>>("(list string)", "i32 i32", {{}, {"", "a", "bc"}});
  there_and_back<std::vector<bool>>("(list bool)", "i32 i32", {{true, false, true}});
  there_and_back<std::vector<std::vector<uint16_t>>>("(list (list u16))", "i32 i32", {{{1}, {}, {2, 3}}});
  there_and_back<std::map<std::string, uint32_t>>("(map string u32)", "i32 i32", {{{"a", 1}, {"b", 2}}, {}});
}

TEST_CASE("component api: strings, there and back, in each of the guest's encodings") {
  for (const std::string_view encoding : {"utf8", "utf16", "latin1+utf16"}) {
    std::string component = echo("(list string)", "i32 i32");
    constexpr std::string_view kMemoryOption = "(memory $libc \"memory\")";
    const std::string option = "string-encoding=" + std::string(encoding) + " ";
    for (size_t at = 0; (at = component.find(kMemoryOption, at)) != std::string::npos;
         at += option.size() + kMemoryOption.size()) {
      component.insert(at, option);
    }
    there_and_back_through<std::vector<std::string>>(
        component, {{"", "ab", std::string(70, 'x')},
                    {"\xc3\xa9" + std::string(40, 'y') + "\xc3\xbf"},
                    {"\xf0\x9f\x98\x80", "\xe2\x82\xac", std::string(40, 'z') + "\xe2\x82\xac"}});
  }
}

TEST_CASE("component api: what a guest returns is paid for by its store") {
  // A list of 4,096 lists of a megabyte each, all of them the same.
  ComponentWorld world;
  const ComponentInstance instance = world.instantiate(R"((component
    (core module $m
      (memory (export "m") 32)
      (func (export "f") (result i32) (local $i i32)
        (loop $l
          (i32.store (i32.mul (local.get $i) (i32.const 8)) (i32.const 65536))
          (i32.store offset=4 (i32.mul (local.get $i) (i32.const 8)) (i32.const 1048576))
          (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 4096))))
        (i32.store (i32.const 65532) (i32.const 4096))
        (i32.const 65528)))
    (core instance $i (instantiate $m))
    (func (export "f") (result (list (list u8))) (canon lift (core func $i "f") (memory (core memory $i "m"))))))");
  auto f = instance.get<std::vector<std::vector<uint8_t>>()>("f").value();
  CHECK_CONTAINS(f().error().to_string(), "store budget exceeded");
}

TEST_CASE("component api: views of what is given") {
  ComponentWorld world;
  std::string seen;
  world.linker.define("take", [&](std::string_view value) {
    seen = value;
    return std::string(value) + "!";
  });
  auto give = world.instantiate(echo("string", "i32 i32")).get<std::string(std::string_view)>("give").value();
  CHECK(give("view").value() == "view!");
  CHECK(seen == "view");

  ComponentWorld lists;
  lists.linker.define("take", [](std::span<const int32_t> values) {
    std::vector<int32_t> twice;
    for (const int32_t value : values) twice.push_back(2 * value);
    return twice;
  });
  auto twice = lists.instantiate(echo("(list s32)", "i32 i32"))
                   .get<std::vector<int32_t>(std::span<const int32_t>)>("give")
                   .value();
  CHECK(twice(std::array<int32_t, 2>{3, -4}).value() == std::vector<int32_t>{6, -8});
}

TEST_CASE("component api: what has one value or another, there and back") {
  there_and_back<std::optional<uint32_t>>("(option u32)", "i32 i32", {std::nullopt, 7});
  there_and_back<std::optional<std::optional<bool>>>("(option (option bool))", "i32 i32 i32",
                                                     {std::nullopt, std::optional<bool>(), true});
  using Plain = std::variant<std::monostate, uint32_t, std::string>;
  there_and_back<Plain>("(variant (case \"a\") (case \"b\" u32) (case \"c\" string))", "i32 i32 i32",
                        {std::monostate(), 5u, "text"});
  there_and_back<std::tuple<uint8_t, std::string, double>>("(tuple u8 string f64)", "i32 i32 i32 f64",
                                                           {{1, "two", 3.0}});
}

TEST_CASE("component api: an error of an Expected is returned as it is, in a Result, too") {
  using Answer = Result<Expected<uint32_t, std::string>>;
  ComponentWorld world;
  world.linker.define("take", [](const Expected<uint32_t, std::string>& given) -> Answer {
    if (given.ok()) return Err("no such key");
    return Expected<uint32_t, std::string>(uint32_t{7});
  });
  const ComponentInstance instance =
      world.instantiate(heddle::testing::echo("(result u32 (error string))", "i32 i32 i32"));
  using Both = Expected<uint32_t, std::string>;
  auto give = instance.get<Both(Both)>("give").value();
  CHECK(give(uint32_t{3}).value().error() == "no such key");
  CHECK(give(Err("why")).value().value() == 7);
  auto task = []() -> Task<Result<Expected<void, std::string>>> { co_return Err("later"); };
  CHECK(EventLoop(world.store).run(task()).value().error() == "later");
}

TEST_CASE("component api: results, there and back") {
  using Answer = Expected<std::string, uint32_t>;
  ComponentWorld world;
  world.linker.define("take", [](Answer answer) -> Answer {
    if (answer) return "<" + *answer + ">";
    return Err(answer.error() + 1);
  });
  auto give =
      world.instantiate(echo("(result string (error u32))", "i32 i32 i32")).get<Answer(Answer)>("give").value();
  CHECK(give("x").value().value() == "<x>");
  CHECK(give(Err(4u)).value().error() == 5);

  using Nothing = Expected<void, void>;
  ComponentWorld empty;
  empty.linker.define("take", [](Nothing answer) { return answer ? Nothing::failed() : Nothing(); });
  auto turn = empty.instantiate(echo("(result)", "i32")).get<Nothing(Nothing)>("give").value();
  CHECK(!turn(Nothing()).value().ok());
  CHECK(turn(Nothing::failed()).value().ok());
}

TEST_CASE("component api: types of the embedder's own, there and back") {
  using namespace shop;
  constexpr std::string_view kPoint = "(record (field \"x\" s32) (field \"y\" s32))";
  there_and_back<Point>(kPoint, "i32 i32", {{1, -2}});
  there_and_back<Color>("(enum \"red\" \"dark-green\" \"blue\")", "i32",
                        {Color::red, Color::dark_green, Color::blue});
  there_and_back<shop::Access>("(flags \"read\" \"write\" \"run\")", "i32",
                               {shop::Access(), shop::Access::read | shop::Access::run, shop::Access::write});
  ComponentWorld world;
  world.linker.define("take", [](Shape shape) -> Shape {
    if (const auto* circle = std::get_if<0>(&shape)) return Case<Square, double>{circle->value * 2};
    return Case<Empty>();
  });
  auto give =
      world.instantiate(echo("(variant (case \"circle\" f64) (case \"square\" f64) (case \"empty\"))", "i32 f64"))
          .get<Shape(Shape)>("give")
          .value();
  const Shape square = give(Case<Circle, double>{1.5}).value();
  CHECK(std::get<1>(square).value == 3.0);
  CHECK(give(square).value().index() == 2);
}

TEST_CASE("component api: records in records in lists") {
  ComponentWorld world;
  const std::string text = R"((component
    (type $point' (record (field "x" s32) (field "y" s32)))
    (import "point" (type $point (eq $point')))
    (type $item' (record (field "product-name" string) (field "unit-price" u64) (field "where" (list $point))))
    (import "item" (type $item (eq $item')))
    (import "take" (func $take (param "value" (list $item)) (result (list $item)))))" +
                           std::string(heddle::testing::kMemory) + R"(
    (core func $take' (canon lower (func $take) (memory $libc "memory") (realloc (func $libc "realloc"))))
    (core module $m (import "" "take" (func $take (param i32 i32 i32)))
      (func (export "give") (param i32 i32) (result i32)
        (call $take (local.get 0) (local.get 1) (i32.const 1024)) (i32.const 1024)))
    (core instance $i (instantiate $m (with "" (instance (export "take" (func $take'))))))
    (func (export "give") (param "value" (list $item)) (result (list $item))
      (canon lift (core func $i "give") (memory $libc "memory") (realloc (func $libc "realloc")))))
  )";
  using Items = std::vector<shop::LineItem>;
  world.linker.define("take", [](const Items& items) { return items; });
  auto give = world.instantiate(text).get<Items(const Items&)>("give").value();
  const Items items{{"tea", 3, {{1, 2}}}, {"milk", 4, {{5, 6}, {7, 8}}}};
  CHECK(give(items).value() == items);
}

TEST_CASE("component api: values of any type, there and back as text") {
  there_and_back_as_text("bool", "i32", "true");
  there_and_back_as_text("s8", "i32", "-5");
  there_and_back_as_text("u64", "i64", "18446744073709551615");
  there_and_back_as_text("f32", "f32", "0.5");
  there_and_back_as_text("f64", "f64", "-inf");
  there_and_back_as_text("char", "i32", "'x'");
  there_and_back_as_text("string", "i32 i32", "\"a \\\"b\\\"\"");
  there_and_back_as_text("(list u8)", "i32 i32", "[1, 2, 255]");
  there_and_back_as_text("(list s16)", "i32 i32", "[-1, 2]");
  there_and_back_as_text("(list (tuple f32 bool))", "i32 i32", "[(0.5, true), (1, false)]");
  there_and_back_as_text("(record (field \"a\" u8) (field \"b-c\" string))", "i32 i32 i32", "{a: 1, b-c: \"x\"}");
  there_and_back_as_text("(option string)", "i32 i32 i32", "some(\"x\")");
  there_and_back_as_text("(option string)", "i32 i32 i32", "none");
  there_and_back_as_text("(result u8 (error string))", "i32 i32 i32", "err(\"x\")");
  there_and_back_as_text("(result u8 (error string))", "i32 i32 i32", "ok(1)");
  there_and_back_as_text("(variant (case \"a\") (case \"b\" u32))", "i32 i32", "b(3)");
  there_and_back_as_text("(enum \"red\" \"some\")", "i32", "%some");
  there_and_back_as_text("(flags \"read\" \"write\" \"run\")", "i32", "{read, run}");
  there_and_back_as_text("(map string u8)", "i32 i32", "[(\"a\", 1)]");
}

TEST_CASE("component api: lists of values of any type") {
  ComponentWorld world;
  world.linker.define("take", [](std::vector<ComponentVal> values) { return values; });
  using Values = std::vector<ComponentVal>;
  auto give = world.instantiate(echo("(list u16)", "i32 i32")).get<Values(Values)>("give").value();
  CHECK(give({uint16_t{1}, uint16_t{65535}}).value() == Values{uint16_t{1}, uint16_t{65535}});
  CHECK_CONTAINS(give({"x"}).error().to_string(), "expected u16, found a string");
}

TEST_CASE("component api: values of any type are looked at when they are given") {
  ComponentWorld world;
  world.linker.define("take", [](ComponentVal value) { return value; });
  const ComponentFunc give =
      world.instantiate(echo("(record (field \"a\" u8) (field \"b\" (list string)))", "i32 i32 i32"))
          .func("give")
          .value();
  CHECK(give.type() == "func(value: record { a: u8, b: list<string> }) -> record { a: u8, b: list<string> }");
  auto refusal = [&](ComponentVal value) {
    auto done = give.call({std::move(value)});
    REQUIRE(!done.ok());
    CHECK(done.error().kind() == ErrorKind::misuse);
    return done.error().message();
  };
  const auto u8 = [](int value) { return ComponentVal(static_cast<uint8_t>(value)); };
  CHECK_CONTAINS(refusal(u8(1)), "parameter 1 `value`: expected record { a: u8, b: list<string> }, found an u8");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", 1u}, {"b", ComponentVal::list({})}})),
                 "parameter 1 `value`, `a`: expected u8, found an u32");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", u8(1)}, {"c", ComponentVal::list({})}})), "no field `b`");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", u8(1)}, {"b", ComponentVal::list({"x", "\xff"})}})),
                 "`b`, 1: the string is not UTF-8");
  auto unread = give.call_wave("{a: 256, b: []}");
  REQUIRE(!unread.ok());
  CHECK_CONTAINS(unread.error().to_string(), "a: expected a number from 0 to 255");
  auto few = give.call();
  REQUIRE(!few.ok());
  CHECK_CONTAINS(few.error().message(), "expected 1 arguments, found 0");
}

TEST_CASE("component api: a mismatch says where, what there is and what the C++ type stands for") {
  const std::string param = "wrong signature: `give`, parameter 1 `value`";
  CHECK(mismatch<uint32_t>("string", "i32 i32") == param + ": the component has string, the C++ type stands for u32");
  CHECK(mismatch<bool>("u8", "i32") == param + ": the component has u8, the C++ type stands for bool");
  CHECK(mismatch<char32_t>("u32", "i32") == param + ": the component has u32, the C++ type stands for char");
  CHECK(mismatch<std::string>("(list u8)", "i32 i32") ==
        param + ": the component has list<u8>, the C++ type stands for string");
  CHECK(mismatch<std::vector<uint16_t>>("(list u8)", "i32 i32") ==
        param + ", element: the component has u8, the C++ type stands for u16");
  CHECK(mismatch<std::optional<std::string>>("(option u32)", "i32 i32") ==
        param + ", some: the component has u32, the C++ type stands for string");
  CHECK(mismatch<Expected<void, std::string>>("(result u32 (error string))", "i32 i32 i32") ==
        param + ", ok: the component has u32, the C++ type stands for nothing");
  CHECK(mismatch<Expected<uint32_t, std::string>>("(result u32)", "i32 i32") ==
        param + ", error: the component has nothing, the C++ type stands for string");
  CHECK(mismatch<std::tuple<uint8_t, std::string>>("(tuple u8 u8)", "i32 i32") ==
        param + ", element 1: the component has u8, the C++ type stands for string");
  CHECK(mismatch<std::tuple<uint8_t>>("(tuple u8 u8)", "i32 i32") ==
        param + ": the component has tuple<u8, u8>, the C++ type stands for tuple<u8>");
  CHECK(mismatch<std::map<std::string, uint8_t>>("(map string u32)", "i32 i32") ==
        param + ", value: the component has u32, the C++ type stands for u8");
  CHECK(mismatch<std::variant<std::monostate, std::string>>("(variant (case \"a\") (case \"b\" u8))", "i32 i32") ==
        param + ", case `b`: the component has u8, the C++ type stands for string");
}

TEST_CASE("component api: mismatches of types of the embedder's own") {
  using namespace shop;
  const std::string param = "wrong signature: `give`, parameter 1 `value`";
  CHECK(mismatch<Point>("(record (field \"x\" s32) (field \"y\" u32))", "i32 i32") ==
        param + ", field `y`: the component has u32, the C++ type stands for s32");
  CHECK(mismatch<Point>("(record (field \"x\" s32) (field \"z\" s32))", "i32 i32") ==
        param + ": the component has record { x: s32, z: s32 }, the C++ type stands for record { x: s32, y: s32 }");
  CHECK(mismatch<Point>("(record (field \"x\" s32))", "i32") ==
        param + ": the component has record { x: s32 }, the C++ type stands for record { x: s32, y: s32 }");
  CHECK(mismatch<Color>("(enum \"red\" \"green\" \"blue\")", "i32") ==
        param +
            ": the component has enum { red, green, blue }, the C++ type stands for enum { red, dark-green, blue }");
  CHECK(mismatch<shop::Access>("(flags \"read\" \"write\")", "i32") ==
        param + ": the component has flags { read, write }, the C++ type stands for flags { read, write, run }");
  CHECK(mismatch<Shape>("(variant (case \"circle\" f64) (case \"square\" f64) (case \"none\"))", "i32 f64") ==
        param +
            ": the component has variant { circle(f64), square(f64), none }, the C++ type stands for "
            "variant { circle(f64), square(f64), empty }");
}

TEST_CASE("component api: numbers of parameters, and results") {
  ComponentWorld world;
  world.linker.define("take", [](uint32_t value) { return value; });
  const ComponentInstance instance = world.instantiate(echo("u32", "i32"));
  CHECK_CONTAINS(instance.get<uint32_t()>("give").error().message(),
                 "the component has 1 parameters, the C++ function 0");
  CHECK_CONTAINS(instance.get<void(uint32_t)>("give").error().message(),
                 "result: the component has u32, the C++ type stands for nothing");
  CHECK_CONTAINS(instance.get<std::string(uint32_t)>("give").error().message(),
                 "result: the component has u32, the C++ type stands for string");
  CHECK_CONTAINS(instance.get<uint32_t(uint32_t)>("gove").error().message(), "no func `gove`; there is `give`");
}

TEST_CASE("component api: what cannot go to a guest is an error, and nothing is called") {
  ComponentWorld world;
  int calls = 0;
  world.linker.define("take", [&](const std::string& value) { return ++calls, value; });
  auto give = world.instantiate(echo("string", "i32 i32")).get<std::string(std::string_view)>("give").value();
  CHECK_CONTAINS(give("\xff").error().message(), "parameter 1 `value`: the string is not UTF-8");
  CHECK_CONTAINS(give(std::string(size_t{1} << 28, 'x')).error().message(), "the string is too long");
  CHECK(calls == 0);
  CHECK(give("fine").ok());

  ComponentWorld chars;
  chars.linker.define("take", [](char32_t) { return static_cast<char32_t>(0xd800); });
  auto one = chars.instantiate(echo("char", "i32")).get<char32_t(char32_t)>("give").value();
  CHECK_CONTAINS(one(static_cast<char32_t>(0x110000)).error().message(), "no Unicode scalar value");
  const Error trapped = one(U'x').error();
  CHECK_CONTAINS(trapped.message(), "result: the character is no Unicode scalar value");
  CHECK(trapped.trap() != nullptr);

  ComponentWorld lists;
  lists.linker.define("take", [](std::vector<uint64_t> values) { return values; });
  auto list = lists.instantiate(echo("(list u64)", "i32 i32"))
                  .get<std::vector<uint64_t>(std::span<const uint64_t>)>("give")
                  .value();
  const std::vector<uint64_t> long_one(size_t{1} << 25);
  CHECK_CONTAINS(list(long_one).error().message(), "a list of 33554432 elements is too long");
}

TEST_CASE("component api: what async functions take and give, there and back") {
  async_there_and_back<std::string>("", "string", {"", "ab", std::string(5000, 'x')});
  async_there_and_back<std::vector<uint64_t>>("", "(list u64)", {{}, {1, 2, 3}});
  async_there_and_back<std::vector<std::string>>("", "(list string)", {{}, {"", "a", "bc"}});
  async_there_and_back<std::map<std::string, uint32_t>>("", "(map string u32)", {{{"a", 1}, {"b", 2}}, {}});
  async_there_and_back<std::vector<shop::LineItem>>(R"(
    (type $point' (record (field "x" s32) (field "y" s32)))
    (import "point" (type $point (eq $point')))
    (type $item' (record (field "product-name" string) (field "unit-price" u64) (field "where" (list $point))))
    (import "item" (type $item (eq $item'))))",
                                                    "(list $item)",
                                                    {{{"tea", 3, {{1, 2}}}, {"milk", 4, {{5, 6}, {7, 8}}}}, {}});
}

TEST_CASE("component api: an async function's values that cannot be") {
  ComponentWorld world;
  world.linker.define("take", [](std::string) -> Task<Result<std::string>> { co_return std::string("\xff"); });
  const ComponentInstance instance = world.instantiate(async_echo("", "string"));
  auto give = instance.get<std::string(std::string_view)>("give").value();
  CHECK_CONTAINS(give("\xff").error().message(), "parameter 1 `value`: the string is not UTF-8");
  CHECK_CONTAINS(EventLoop(world.store).run(give.async("\xff")).error().message(), "the string is not UTF-8");
  const Error trapped = give("x").error();
  CHECK_CONTAINS(trapped.message(), "result: the string is not UTF-8");
  CHECK(trapped.trap() != nullptr);
}

TEST_CASE("component api: error contexts, there and back") {
  ComponentWorld world;
  ComponentFeatures features;
  REQUIRE(features.set("component-model-error-context", true));
  using Errors = std::vector<ErrorContext>;
  Errors seen;
  world.linker.define("take", [&](Errors errors) {
    seen = errors;
    return errors;
  });
  const auto component =
      Component::from_text(world.engine, echo("(list error-context)", "i32 i32"), features).value();
  const ComponentInstance instance = world.linker.instantiate(world.store, component).value();
  auto give = instance.get<Errors(Errors)>("give").value();
  const ErrorContext one("it broke"), other("it broke");
  CHECK(one != other);
  CHECK(give({one, other, one}).value() == Errors{one, other, one});
  CHECK(seen == Errors{one, other, one});
  CHECK(EventLoop(world.store).run(give.async({other})).value() == Errors{other});
  CHECK(seen[0].debug_message() == "it broke");
  CHECK_CONTAINS(give({ErrorContext("\xff")}).error().message(),
                 "parameter 1 `value`, element 0: the string is not UTF-8");

  auto any = instance.get<ComponentVal(ComponentVal)>("give").value();
  const ComponentVal back = any(ComponentVal::list({one})).value();
  CHECK(back.parts()[0].as<ErrorContext>() == one);
  CHECK(back == ComponentVal::list({one}));
  CHECK_FALSE(back == ComponentVal::list({other}));
  CHECK_CONTAINS(any(ComponentVal::list({"one"})).error().message(), "expected error-context, found a string");
}

// What has views in it is not returned, read or kept.
static_assert(heddle::api::detail::kIsView<shop::Glance> && heddle::api::detail::kIsView<shop::Sight>);
static_assert(heddle::api::detail::kIsView<std::array<std::string_view, 2>>);
static_assert(heddle::api::detail::kIsView<std::map<std::string, std::span<const uint8_t>>>);
static_assert(heddle::api::detail::kIsView<Expected<void, std::string_view>>);
static_assert(!heddle::api::detail::kIsView<shop::LineItem> && !heddle::api::detail::kIsView<shop::Shape>);
static_assert(!heddle::api::detail::kIsView<Expected<std::map<std::string, std::array<uint8_t, 2>>, void>>);

TEST_CASE("component api: an exception while arguments are made ends the caller") {
  const std::string list = "(type $r' (record (field \"text\" string))) (import \"r\" (type $r (eq $r')))";
  using Values = std::vector<shop::Fragile>;
  ComponentWorld world;
  world.linker.define("take", [](Values values) -> Task<Values> { co_return values; });
  const auto give = world.instantiate(async_echo(list + "(type $l (list $r))", "$l")).get<Values(Values)>("give");
  REQUIRE_MESSAGE(give.ok(), give.error().to_string());
  const Values values(2);
  shop::Fragile::throws = true;
  const Result<Values> back = (*give)(values);
  shop::Fragile::throws = false;
  CHECK_CONTAINS(back.error().message(), "made to fail");
}

TEST_CASE("component api: names of C++ as names of WIT") {
  using heddle::api::detail::kebab;
  CHECK(kebab("first_name") == "first-name");
  CHECK(kebab("firstName") == "first-name");
  CHECK(kebab("First_Name") == "first-name");
  CHECK(kebab("class_") == "class");
  CHECK(kebab("getURL") == "get-url");
  CHECK(kebab("x") == "x");
}
