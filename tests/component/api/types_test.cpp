// Every type of WIT as types of C++, there and back through a guest's memory.
#include <cmath>
#include <limits>

#include "component/api/there_and_back.h"

using namespace heddle::api;
using heddle::testing::ComponentWorld;
using heddle::testing::echo;
using heddle::testing::there_and_back;
using heddle::testing::there_and_back_through;

namespace {

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
