// Types of the embedder's own, there and back through a guest's memory.
#include "component/api/shop.h"
#include "component/api/there_and_back.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;
using heddle::testing::there_and_back;

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

// What has views in it is not returned, read or kept.
static_assert(heddle::api::detail::kIsView<shop::Glance> && heddle::api::detail::kIsView<shop::Sight>);
static_assert(heddle::api::detail::kIsView<std::array<std::string_view, 2>>);
static_assert(heddle::api::detail::kIsView<std::map<std::string, std::span<const uint8_t>>>);
static_assert(heddle::api::detail::kIsView<Expected<void, std::string_view>>);
static_assert(!heddle::api::detail::kIsView<shop::LineItem> && !heddle::api::detail::kIsView<shop::Shape>);
static_assert(!heddle::api::detail::kIsView<Expected<std::map<std::string, std::array<uint8_t, 2>>, void>>);

TEST_CASE("component api: names of C++ as names of WIT") {
  using heddle::api::detail::kebab;
  CHECK(kebab("first_name") == "first-name");
  CHECK(kebab("firstName") == "first-name");
  CHECK(kebab("First_Name") == "first-name");
  CHECK(kebab("class_") == "class");
  CHECK(kebab("getURL") == "get-url");
  CHECK(kebab("x") == "x");
}
