// Values of any type, and their text.
#include "component/api/world.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;

namespace {

// What comes back is what was sent, in the text of values.
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

}  // namespace

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
  CHECK_CONTAINS(refusal(u8(1)), "parameter 1 `value`: expected record { a: u8, b: list<string> }, found a u8");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", 300u}, {"b", ComponentVal::list({})}})),
                 "parameter 1 `value`, `a`: expected u8, found the number 300");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", u8(1)}, {"c", ComponentVal::list({})}})), "no field `b`");
  CHECK_CONTAINS(refusal(ComponentVal::record({{"a", u8(1)}, {"b", ComponentVal::list({"x", "\xff"})}})),
                 "`b`, 1: the string is not UTF-8");
  auto unread = give.call_wave("{a: 256, b: []}");
  REQUIRE(!unread.ok());
  CHECK_CONTAINS(unread.error().to_string(), "a: expected a number from 0 to 255");
  auto few = give.call();
  REQUIRE(!few.ok());
  CHECK_CONTAINS(few.error().message(), "expected 1 argument, found 0");
}
