// Components through the public API: loading, linking, calls in both directions, traps, and handles that outlive what
// they are about.
#include <atomic>
#include <stdexcept>
#include <thread>

#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;

namespace {

// Imports an interface with a function, exports another; `fail` traps.
constexpr std::string_view kShop = R"((component $shop
  (import "shop:api/prices@1.2.0" (instance $prices
    (export "price" (func (param "item" u32) (result u32)))
    (export "log" (func (param "line" u32)))))
  (core module $m
    (import "" "price" (func $price (param i32) (result i32)))
    (import "" "log" (func $log (param i32)))
    (func (export "total") (param i32 i32) (result i32)
      (call $log (local.get 0))
      (i32.add (call $price (local.get 0)) (call $price (local.get 1))))
    (func (export "fail") unreachable))
  (core func $price (canon lower (func $prices "price")))
  (core func $log (canon lower (func $prices "log")))
  (core instance $i (instantiate $m (with "" (instance (export "price" (func $price)) (export "log" (func $log))))))
  (func $total (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "total")))
  (func $fail (canon lift (core func $i "fail")))
  (instance $orders (export "total" (func $total)) (export "fail" (func $fail)))
  (export "shop:api/orders@1.2.0" (instance $orders)))
)";

// Exports what that one imports.
constexpr std::string_view kPrices = R"((component
  (core module $m
    (func (export "price") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 10)))
    (func (export "log") (param i32)))
  (core instance $i (instantiate $m))
  (func $price (param "item" u32) (result u32) (canon lift (core func $i "price")))
  (func $log (param "line" u32) (canon lift (core func $i "log")))
  (instance $prices (export "price" (func $price)) (export "log" (func $log)))
  (export "shop:api/prices@1.3.0" (instance $prices)))
)";

uint32_t twice(uint32_t item) { return 2 * item; }

}  // namespace

TEST_CASE("component api: a component from its text, and what it asks for and offers") {
  const ComponentWorld world;
  const Component shop = world.component(kShop);
  const std::vector<ComponentItem> imports = shop.imports();
  REQUIRE(imports.size() == 3);
  CHECK(imports[0].name == "shop:api/prices@1.2.0");
  CHECK(imports[0].kind == ComponentKind::instance);
  CHECK(imports[1].name == "shop:api/prices@1.2.0#price");
  CHECK(imports[1].type == "func(item: u32) -> u32");
  CHECK(shop.exports()[2].name == "shop:api/orders@1.2.0#fail");
  CHECK_CONTAINS(shop.wit().value(), "total: func(a: u32, b: u32) -> u32;");
}

TEST_CASE("component api: what is in an instance is listed while its names are not too long in all") {
  ComponentWorld world;
  std::string functions;
  for (int i = 0; i < 1000; ++i) functions += "(export \"f" + std::to_string(i) + "\" (func))";
  const std::string instance = " (instance " + functions + ")";
  const std::string long_name(90'000, 'a');
  const Component component = world.component("(component (import \"" + long_name + "\"" + instance +
                                              ") (import \"short\"" + instance + "))");
  const std::vector<ComponentItem> imports = component.imports();
  REQUIRE(imports.size() == 1002);
  CHECK(imports[0].name == long_name);
  CHECK(imports[1].name == "short");
  CHECK(imports[1001].name == "short#f999");
}

TEST_CASE("component api: WIT has the documentation that a component carries") {
  const Engine engine;
  const auto wit = [&](const std::string& docs) {
    const std::string text = "(component (import \"f\" (func)) (@custom \"package-docs\" \"" + docs + "\"))";
    return Component::from_text(engine, text).value().wit();
  };
  CHECK_CONTAINS(wit(R"(\01{\22worlds\22: {\22root\22: {\22docs\22: \22its world\22}}})").value(),
                 "/// its world\nworld root {");
  CHECK_CONTAINS(wit(R"(\02{})").error().message(), "package-docs: version 2 is not known");
}

TEST_CASE("component api: what is no component is an error with its place") {
  const Engine engine;
  CHECK(Component::from_binary(engine, std::array<uint8_t, 3>{1, 2, 3}).error().kind() == ErrorKind::malformed);
  CHECK_CONTAINS(Component::from_text(engine, "(component\n  (fonc))").error().to_string(), "2:4: ");
  CHECK(Component::from_text(engine, "(component (export \"f\" (func 0)))").error().kind() == ErrorKind::invalid);
  CHECK_CONTAINS(Component::from_file(engine, "no-such-file").error().message(), "no-such-file");
}

TEST_CASE("component api: gates of the specification are opened by their names") {
  const Engine engine;
  constexpr std::string_view kGated = R"((component
    (core module $m (func (export "f") (param i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 2))))
    (core instance $i (instantiate $m))
    (func (export "f") (param "x" (list u32 3)) (result u32) (canon lift (core func $i "f")))))";
  const auto refused = Component::from_text(engine, kGated);
  CHECK_CONTAINS(refused.error().to_string(), "fixed-length");
  ComponentFeatures features;
  CHECK_FALSE(features.set("component-model-nothing", true));
  CHECK(features.set("fixed-length-lists", true));
  Store store(engine);
  const auto component = Component::from_text(engine, kGated, features);
  REQUIRE(component.ok());
  const auto instance = ComponentLinker(engine).instantiate(store, *component);
  REQUIRE(instance.ok());
  const auto f = instance->get<uint32_t(std::array<uint32_t, 3>)>("f");
  REQUIRE(f.ok());
  CHECK((*f)({1, 2, 3}).value() == 4);
  CHECK(features.set("component-model-async", false));
  CHECK_FALSE(Component::from_text(engine, "(component (type (stream u8)))", features).ok());
}

TEST_CASE("component api: host functions by their full names, by an interface, of a compatible version") {
  for (const std::string_view name : {"shop:api/prices@1.2.0", "shop:api/prices@1.4.2"}) {
    ComponentWorld world;
    std::vector<uint32_t> lines;
    world.linker.interface(name).define("price", &twice).define("log", [&](uint32_t line) { lines.push_back(line); });
    const ComponentInstance shop = world.instantiate(kShop);
    auto total = shop.get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
    CHECK(total(3, 4).value() == 14);
    CHECK(lines == std::vector<uint32_t>{3});
    CHECK(shop.get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.1.0#total").ok());
    CHECK(shop.instance("shop:api/orders@1.2.0").value().get<uint32_t(uint32_t, uint32_t)>("total").ok());
    CHECK_CONTAINS(shop.func("shop:api/orders@2.0.0#total").error().message(), "there is `shop:api/orders@1.2.0`");
  }
}

TEST_CASE("component api: what is missing, or of another type") {
  ComponentWorld world;
  const Component shop = world.component(kShop);
  CHECK(world.linker.missing(shop).size() == 2);
  CHECK_CONTAINS(world.refusal(kShop),
                 "unlinkable: unknown import: `shop:api/prices@1.2.0#price`: func(item: u32) -> u32");
  const std::string missing = "unknown import: `shop:api/prices@1.2.0#price`: func(item: u32) -> u32";
  world.linker.define("shop:api/price@1.2.0#price", &twice);
  CHECK_CONTAINS(world.refusal(kShop), missing + "; did you mean \"shop:api/price@1.2.0\"?");
  world.linker.define("shop:api/prices#price", &twice).define("shop:api/prices@2.0.0#price", &twice);
  CHECK_CONTAINS(world.refusal(kShop), missing + "; there are `shop:api/prices`, `shop:api/prices@2.0.0`");
  world.linker.define("shop:api/prices@1.2.0#prize", &twice);
  CHECK_CONTAINS(world.refusal(kShop), missing + "; did you mean \"prize\"?");
  world.linker.define("shop:api/prices@1.2.0#price", &twice);
  REQUIRE(world.linker.missing(shop).size() == 1);
  CHECK(world.linker.missing(shop)[0].name == "shop:api/prices@1.2.0#log");
  world.linker.define("shop:api/prices@1.2.0#log", [](const std::string&) {});
  CHECK_CONTAINS(
      world.refusal(kShop),
      "unlinkable: incompatible import type: `shop:api/prices@1.2.0#log`, parameter 1 `line`: the component "
      "has u32, the C++ type stands for string");
  world.linker.define("shop:api/prices@1.2.0#log", [](uint32_t) -> Task<> { co_return; });
  CHECK_CONTAINS(world.refusal(kShop), "a function that is not async, the C++ function is a task");
}

TEST_CASE("component api: imports by another component's instance") {
  ComponentWorld world;
  const ComponentInstance prices = world.instantiate(kPrices);
  world.linker.define_instance("shop:api/prices@1.2.0", prices);
  auto total = world.instantiate(kShop).get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  CHECK(total(3, 4).value() == 70);
  ComponentLinker again(world.engine);
  again.define_instance("shop:api/prices@1.2.0", prices.instance("shop:api/prices@1.3.0").value());
  CHECK(again.instantiate(world.store, world.component(kShop)).ok());

  Store other(world.engine);
  CHECK(world.linker.instantiate(other, world.component(kShop)).error().kind() == ErrorKind::misuse);
  ComponentWorld wrong;
  wrong.linker.define_instance("shop:api/prices@1.2.0", wrong.instantiate(R"((component
    (core module $m (func (export "price") (param i32) (result i32) (local.get 0)))
    (core instance $i (instantiate $m))
    (func $price (param "item" u8) (result u32) (canon lift (core func $i "price")))
    (instance $prices (export "price" (func $price)))
    (export "shop:api/prices@1.3.0" (instance $prices))))"));
  CHECK_CONTAINS(wrong.refusal(kShop),
                 "incompatible import type: type mismatch for import `shop:api/prices@1.2.0`: ");
  CHECK_CONTAINS(wrong.refusal(kShop), "; `price` should be func(item: u32) -> u32, and is func(item: u8) -> u32");
  wrong.linker.define_instance("shop:api/prices@1.2.0", wrong.instantiate(R"((component
    (instance $prices) (export "shop:api/prices@2.0.0" (instance $prices))))"));
  CHECK_CONTAINS(wrong.refusal(kShop), "which the instance does not export; there is `shop:api/prices@2.0.0`");
}

// Blobs, and a function that takes one.
constexpr const char* kBlobs = R"((component
  (type $blob' (resource (rep i32)))
  (canon resource.new $blob' (core func $new))
  (core module $m
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "make") (result i32) (call $new (i32.const 7)))
    (func (export "take") (param i32)))
  (core instance $i (instantiate $m (with "" (instance (export "new" (func $new))))))
  (func $make (result (own $blob')) (canon lift (core func $i "make")))
  (func $take (param "b" (own $blob')) (canon lift (core func $i "take")))
  (instance $make (export "blob" (type $blob')) (export "make" (func $make)))
  (instance $take (export "blob" (type $blob')) (export "take" (func $take)))
  (export $out "a:b/make" (instance $make))
  (alias export $out "blob" (type $blob))
  (export "a:b/take" (instance $take) (instance (export "blob" (type (eq $blob)))
    (export "take" (func (param "b" (own $blob))))))
))";

// Makes one, and gives it away, by an import that has a name for its type or has none.
std::string blobs_user(const std::string& name) {
  return R"((component
  (import "a:b/make" (instance $make (export "blob" (type $blob (sub resource)))
    (export "make" (func (result (own $blob))))))
  (alias export $make "blob" (type $blob))
  (import "a:b/take" (instance $take )" +
         name + R"( (export "take" (func (param "b" (own $blob))))))
  (canon lower (func $make "make") (core func $make'))
  (canon lower (func $take "take") (core func $take'))
  (core module $m
    (import "" "make" (func $make (result i32))) (import "" "take" (func $take (param i32)))
    (func (export "run") (call $take (call $make))))
  (core instance $i (instantiate $m (with "" (instance (export "make" (func $make')) (export "take" (func $take'))))))
  (func (export "run") (canon lift (core func $i "run")))))";
}

TEST_CASE("component api: imports of one resource type are given one") {
  const std::pair<std::string, std::string_view> kWays[] = {
      {R"((export "blob" (type (eq $blob))))",
       "`a:b/take#blob`: the resource type is not the one that another import is given"},
      {"", "`a:b/take#take`: its resource types are not those of another import"}};
  for (const auto& [name, refused] : kWays) {
    ComponentWorld world;
    const ComponentInstance one = world.instantiate(kBlobs), other = world.instantiate(kBlobs);
    world.linker.define_instance("a:b/make", one).define_instance("a:b/take", other);
    CHECK_CONTAINS(world.refusal(blobs_user(name)), refused);
    world.linker.define_instance("a:b/take", one);
    CHECK(world.instantiate(blobs_user(name)).get<void()>("run").value()().ok());
  }
}

TEST_CASE("component api: a trap has its backtrace, and ends the instance") {
  ComponentWorld world;
  world.linker.interface("shop:api/prices@1.2.0").define("price", &twice).define("log", [](uint32_t) {});
  const ComponentInstance shop = world.instantiate(kShop);
  auto total = shop.get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  auto fail = shop.get<void()>("shop:api/orders@1.2.0#fail").value();
  CHECK(total(1, 1).value() == 4);
  const Error error = fail().error();
  CHECK(error.kind() == ErrorKind::trap);
  CHECK(error.message() == "unreachable");
  REQUIRE(error.trap());
  REQUIRE(error.trap()->backtrace.size() == 1);
  CHECK(error.trap()->backtrace[0].func == "fail");
  CHECK_CONTAINS(total(1, 1).error().message(), "cannot enter component instance");
  // Another instance is another matter.
  auto fresh = world.instantiate(kShop).get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  CHECK(fresh(1, 1).value() == 4);
}

TEST_CASE("component api: host functions that fail") {
  const std::pair<std::string_view, int> kWays[] = {{"no price", 0}, {"thrown", 1}, {"no std::exception", 2}};
  for (const auto& [words, way] : kWays) {
    ComponentWorld world;
    world.linker.define("shop:api/prices@1.2.0#log", [](ComponentCaller&, uint32_t) {});
    world.linker.define("shop:api/prices@1.2.0#price", [way = way](uint32_t) -> Result<uint32_t> {
      if (way == 1) throw std::runtime_error("thrown");
      if (way == 2) throw 7;
      return Trap("no price");
    });
    auto total = world.instantiate(kShop).get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
    const Error error = total(1, 2).error();
    CHECK(error.kind() == ErrorKind::host);
    CHECK_CONTAINS(error.message(), words);
    REQUIRE(error.trap());
    CHECK(error.trap()->backtrace.size() == 1);
  }
}

TEST_CASE("component api: a host function that ends the guest, and one that pays") {
  Config config;
  config.fuel = true;
  ComponentWorld world(config);
  int32_t calls = 0;
  world.store.set_data(&calls);
  world.linker.define("shop:api/prices@1.2.0#log", [](ComponentCaller& caller, uint32_t fuel) -> Result<void> {
    ++caller.data<int32_t>();
    return caller.consume_fuel(fuel);
  });
  world.linker.define("shop:api/prices@1.2.0#price", [](uint32_t) -> Result<uint32_t> { return Trap::exit(3); });
  const ComponentInstance shop = world.instantiate(kShop);
  auto total = shop.get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  const Error exited = total(1, 2).error();
  CHECK(exited.kind() == ErrorKind::exited);
  CHECK(exited.exit_code() == 3);
  REQUIRE(world.store.set_fuel(1000).ok());
  auto other = world.instantiate(kShop).get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  CHECK(other(1000000, 2).error().kind() == ErrorKind::out_of_fuel);
  CHECK(calls == 2);
}

TEST_CASE("component api: a host function calls components") {
  ComponentWorld world;
  const ComponentInstance prices = world.instantiate(kPrices);
  auto price = prices.get<uint32_t(uint32_t)>("shop:api/prices@1.3.0#price").value();
  std::optional<TypedComponentFunc<uint32_t(uint32_t, uint32_t)>> itself;
  std::string refused;
  world.linker.define("shop:api/prices@1.2.0#price", [&](uint32_t item) { return price(item + 1); });
  world.linker.define("shop:api/prices@1.2.0#log", [&](uint32_t) {
    refused = (*itself)(1, 1).error().message();
    CHECK(world.linker.instantiate(world.store, world.component(kPrices)).error().kind() == ErrorKind::misuse);
    CHECK(EventLoop(world.store).progress().error().kind() == ErrorKind::misuse);
  });
  itself = world.instantiate(kShop).get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
  CHECK((*itself)(1, 2).value() == 50);
  CHECK(refused == "cannot enter component instance");
}

TEST_CASE("component api: start functions that trap") {
  const ComponentWorld world;
  CHECK_CONTAINS(world.refusal(R"((component
    (core module $m (func $f unreachable) (start $f))
    (core instance (instantiate $m))))"),
                 "trap: unreachable");
}

TEST_CASE("component api: handles whose store is gone") {
  ComponentWorld world;
  auto store = std::make_unique<Store>(world.engine);
  const ComponentInstance prices = world.linker.instantiate(*store, world.component(kPrices)).value();
  const ComponentFunc func = prices.func("shop:api/prices@1.3.0#price").value();
  auto price = func.typed<uint32_t(uint32_t)>().value();
  EventLoop loop(*store);
  Task<Result<uint32_t>> late = price.async(1);
  loop.start(late);
  store.reset();
  CHECK(price(1).error().kind() == ErrorKind::misuse);
  CHECK(func.call({1u}).error().kind() == ErrorKind::misuse);
  CHECK(prices.func("f").error().kind() == ErrorKind::misuse);
  CHECK(loop.progress().error().kind() == ErrorKind::misuse);
  CHECK(loop.fd() == -1);
  CHECK(world.linker.instantiate(Store(world.engine), world.component(kPrices)).ok());
}

TEST_CASE("component api: one component, one linker, many threads") {
  ComponentWorld world;
  const Component shop = world.component(kShop);
  world.linker.interface("shop:api/prices@1.2.0").define("price", &twice).define("log", [](uint32_t) {});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (uint32_t i = 0; i < 20; ++i) {
        Store store(world.engine);
        const ComponentInstance instance = world.linker.instantiate(store, shop).value();
        auto total = instance.get<uint32_t(uint32_t, uint32_t)>("shop:api/orders@1.2.0#total").value();
        if (total(i, i).value() == 4 * i) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 80);
}

// A host function destroys what is being called, or instantiated.
TEST_CASE("component api: a function that is destroyed by what it calls") {
  ComponentWorld world;
  const std::string text = heddle::testing::echo("string", "i32 i32");
  std::optional<TypedComponentFunc<std::string(std::string)>> typed;
  std::optional<TypedComponentFunc<std::string(ComponentVal)>> general;
  std::optional<ComponentFunc> untyped;
  world.linker.define("take", [&](std::string value) {
    typed.reset();
    general.reset();
    untyped.reset();
    return value + "!";
  });
  typed = world.instantiate(text).get<std::string(std::string)>("give").value();
  CHECK((*typed)("hello").value() == "hello!");
  general = world.instantiate(text).get<std::string(ComponentVal)>("give").value();
  CHECK((*general)("hello").value() == "hello!");
  untyped = world.instantiate(text).func("give").value();
  CHECK((*untyped->call({"hello"})).value().to_string() == "\"hello!\"");
  untyped = world.instantiate(text).func("give").value();
  CHECK((*untyped->call_wave("\"hello\"")).value().to_string() == "\"hello!\"");
}

TEST_CASE("component api: a component that is destroyed by its start function") {
  ComponentWorld world;
  auto component = std::make_unique<Component>(world.component(R"((component
    (import "hello" (func $hello))
    (core func $hello' (canon lower (func $hello)))
    (core module $m (import "" "hello" (func $hello)) (start $hello) (func (export "f") (result i32) (i32.const 5)))
    (core instance $i (instantiate $m (with "" (instance (export "hello" (func $hello'))))))
    (func (export "f") (result u32) (canon lift (core func $i "f")))))"));
  world.linker.define("hello", [&] { component.reset(); });
  const ComponentInstance instance = world.linker.instantiate(world.store, *component).value();
  CHECK(!component);
  CHECK(instance.get<uint32_t()>("f").value()().value() == 5);
}

// NOLINTBEGIN(bugprone-use-after-move): that is what they are about
TEST_CASE("component api: handles that were moved from are what they were") {
  ComponentWorld world;
  world.linker.define("take", [](std::string value) { return value; });
  Component component = world.component(heddle::testing::echo("string", "i32 i32"));
  const Component other_component = std::move(component);
  CHECK(component.exports().size() == other_component.exports().size());
  ComponentInstance instance = world.linker.instantiate(world.store, component).value();
  const ComponentInstance other_instance = std::move(instance);
  CHECK(instance.exports().size() == 1);
  ComponentFunc func = instance.func("give").value();
  const ComponentFunc other_func = std::move(func);
  CHECK((*func.call({"x"})).value().to_string() == "\"x\"");
  auto typed = func.typed<std::string(std::string_view)>().value();
  const auto other_typed = std::move(typed);
  CHECK(typed("x").value() == "x");
  ErrorContext context("why");
  const ErrorContext other_context = std::move(context);
  CHECK(context == other_context);
  CHECK(context.debug_message() == "why");
}

TEST_CASE("component api: a linker that was moved from is empty, a value `false`") {
  ComponentWorld world;
  world.linker.define("take", [](std::string value) { return value; });
  const Component component = world.component(heddle::testing::echo("string", "i32 i32"));
  const ComponentLinker other = std::move(world.linker);
  CHECK(other.missing(component).empty());
  CHECK(world.linker.missing(component).size() == 1);
  CHECK_CONTAINS(world.linker.instantiate(world.store, component).error().to_string(), "unknown import: `take`");

  ComponentVal value = ComponentVal::variant("x", ComponentVal(1u));
  const ComponentVal moved = std::move(value);
  CHECK(moved.to_string() == "x(1)");
  CHECK(value == ComponentVal(false));
  CHECK(value.to_string() == "false");
}
// NOLINTEND(bugprone-use-after-move)

TEST_CASE("component api: a definition after an instance's replaces it") {
  constexpr std::string_view kOne = R"((component
    (core module $m (func (export "f") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func $f (result u32) (canon lift (core func $i "f")))
    (instance $x (export "f" (func $f)))
    (export "x" (instance $x))))";
  constexpr std::string_view kUser = R"((component
    (import "x" (instance $x (export "f" (func (result u32)))))
    (core func $f (canon lower (func $x "f")))
    (core module $m (import "" "f" (func (result i32))) (export "g" (func 0)))
    (core instance $i (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "g") (result u32) (canon lift (core func $i "g")))))";
  ComponentWorld world;
  const ComponentInstance one = world.instantiate(kOne);
  const auto given = [&] { return world.instantiate(kUser).get<uint32_t()>("g").value()().value(); };
  world.linker.define_instance("x", one);
  CHECK(given() == 1);
  world.linker.define("x#f", [] { return 2u; });
  CHECK(given() == 2);
  world.linker.define_instance("x", one);
  CHECK(given() == 1);
}
