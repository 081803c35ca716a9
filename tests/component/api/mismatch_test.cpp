// What is said where types of WIT and of C++ differ, and where a value cannot go to a guest.
#include "component/api/shop.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;

namespace {

template <class T>
std::string mismatch(std::string_view type, std::string_view flat) {
  ComponentWorld world;
  world.linker.define("take", [](ComponentVal value) { return value; });
  auto give = world.instantiate(echo(type, flat)).get<T(T)>("give");
  REQUIRE(!give.ok());
  CHECK(give.error().kind() == ErrorKind::misuse);
  return give.error().message();
}

}  // namespace

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
        param + ": field 2 is `z`, the C++ type has `y`");
  CHECK(mismatch<Point>("(record (field \"a\" s32) (field \"b\" s32))", "i32 i32") ==
        param + ": the component has record { a: s32, b: s32 }, the C++ type stands for record { x: s32, y: s32 }");
  CHECK(mismatch<Point>("(record (field \"x\" s32))", "i32") ==
        param + ": the component has record { x: s32 }, the C++ type stands for record { x: s32, y: s32 }");
  CHECK(mismatch<Color>("(enum \"red\" \"green\" \"blue\")", "i32") ==
        param + ": case 2 is `green`, the C++ type has `dark-green`");
  CHECK(mismatch<Color>("(enum \"red\" \"green\")", "i32") ==
        param + ": the component has enum { red, green }, the C++ type stands for enum { red, dark-green, blue }");
  CHECK(mismatch<shop::Access>("(flags \"read\" \"write\")", "i32") ==
        param + ": the component has flags { read, write }, the C++ type stands for flags { read, write, run }");
  CHECK(mismatch<Shape>("(variant (case \"circle\" f64) (case \"square\" f64) (case \"none\"))", "i32 f64") ==
        param + ": case 3 is `none`, the C++ type has `empty`");
  CHECK(mismatch<shop::Access>("(flags \"read\" \"write\" \"go\")", "i32") ==
        param + ": flag 3 is `go`, the C++ type has `run`");
}

TEST_CASE("component api: numbers of parameters, and results") {
  ComponentWorld world;
  world.linker.define("take", [](uint32_t value) { return value; });
  const ComponentInstance instance = world.instantiate(echo("u32", "i32"));
  CHECK_CONTAINS(instance.get<uint32_t()>("give").error().message(),
                 "the component has 1 parameter, the C++ function 0");
  CHECK_CONTAINS(instance.get<void(uint32_t)>("give").error().message(),
                 "result: the component has u32, the C++ type stands for nothing");
  CHECK_CONTAINS(instance.get<std::string(uint32_t)>("give").error().message(),
                 "result: the component has u32, the C++ type stands for string");
  CHECK_CONTAINS(instance.get<uint32_t(uint32_t)>("gove").error().message(), "no func `gove`; there is `give`");
}

TEST_CASE("component api: what there is in place of a function, nearest first") {
  const ComponentWorld world;
  const ComponentInstance instance = world.instantiate(R"((component
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $reading (export "open" (func $f)) (export "shelf-of" (func $f)))
    (export "books:library/reading@1.0.0" (instance $reading))))");
  CHECK(instance.func("shelf-of").error().message() ==
        "unknown export: no func `shelf-of`; there are `books:library/reading@1.0.0#shelf-of`, "
        "`books:library/reading@1.0.0#open`");
  CHECK_CONTAINS(instance.func("opens").error().message(), "there are `books:library/reading@1.0.0#open`, ");
  CHECK_CONTAINS(instance.func("books:library/reading@1.0.0#shelf").error().message(),
                 "no func `shelf`; there are `shelf-of`, `open`");
  CHECK_CONTAINS(instance.instance("books:library/writing").error().message(),
                 "no instance `books:library/writing`; there is `books:library/reading@1.0.0`");
  CHECK_CONTAINS(world.instantiate("(component)").func("f").error().message(), "no func `f`; there is none");
}

TEST_CASE("component api: only what is named alike is suggested for an import") {
  ComponentWorld world;
  const std::string_view user = R"((component (import "agent:host/kv@1.0.0" (instance (export "get" (func))))))";
  world.linker.define("agent:host/log@1.0.0#line", [] {});
  CHECK_CONTAINS(world.refusal(user), "#get`: func(); there is \"agent:host/log@1.0.0\"");
  world.linker.define("agent:host/random@1.0.0#line", [] {});
  CHECK_CONTAINS(world.refusal(user), "; there are \"agent:host/log@1.0.0\", \"agent:host/random@1.0.0\"");
  world.linker.define("agent:hosts/kv@1.0.0#get", [] {});
  CHECK_CONTAINS(world.refusal(user), "; did you mean \"agent:hosts/kv@1.0.0\"?");
  world.linker.define("agent:host/kv@2.0.0#get", [] {});
  CHECK_CONTAINS(world.refusal(user), "; there is `agent:host/kv@2.0.0`");
  world.linker.define("agent:host/kv@1.0.0#set", [] {});
  CHECK_CONTAINS(world.refusal(user), "; did you mean \"set\"?");
  ComponentWorld many;
  for (int i = 10; i < 30; ++i) many.linker.define("x:y/interface" + std::to_string(i) + "#f", [] {});
  CHECK_CONTAINS(many.refusal(user), "\"x:y/interface17\" and 12 more");
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
