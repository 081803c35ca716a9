// WAVE: what is written comes back as it is printed; what is wrong is said with its place and its path.
#include "component/wave/wave.h"

#include <doctest/doctest.h>

#include "component/text/parse.h"
#include "component/text/support.h"
#include "component/valid/check.h"

using namespace heddle;

namespace {

// The types of this component, by their order.
constexpr std::string_view kTypes = R"((component
  (type (record (field "x" u8) (field "y" (option string)) (field "z" s16)))
  (type (variant (case "none") (case "a" u32) (case "b" (tuple f32 f64))))
  (type (enum "red" "green"))
  (type (flags "read" "write" "run"))
  (type (list (option u8)))
  (type (result string (error u8)))
  (type (result))
  (type (option (option u8)))
  (type (tuple char bool))
  (type (list char 2))
  (type (map string u64))
))";

struct Fixture {
  Fixture() {
    parsed = component::parse(kTypes, test::all_component_features(), test::all_core_features(), nullptr).value();
    checked = component::check(parsed.component, kTypes.size(), test::all_component_features(),
                               test::all_core_features(), registry, nullptr)
                  .value();
    space.types = &checked.types;
    // Nested types have indices of their own: those wanted are told by their kinds, in order.
  }
  component::canon::T type(component::TypeKind kind, size_t nth = 0) const {
    for (const component::TypeId id : checked.root.spaces.types) {
      if (checked.types.kind(id) == kind && nth-- == 0) return {&space, component::val_type(id)};
    }
    FAIL("no such type");
    return {};
  }

  component::Parsed parsed;
  TypeRegistry registry;
  component::Checked checked;
  component::canon::TypeSpace space;
};

using component::Primitive;
using component::TypeKind;

component::canon::T primitive(Primitive type) { return {nullptr, component::ValType(type)}; }

std::string there_and_back(std::string_view text, const component::canon::T& type) {
  ErrorSink sink;
  auto value = component::wave::parse(text, type, &sink);
  if (value.ok()) return component::wave::print(value.value(), type);
  return std::to_string(value.error().offset) + ": " + sink.detail;
}

}  // namespace

TEST_CASE("wave: primitives") {
  CHECK(there_and_back(" true ", primitive(Primitive::bool_)) == "true");
  CHECK(there_and_back("255", primitive(Primitive::u8)) == "255");
  CHECK(there_and_back("256", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `256`");
  CHECK(there_and_back("-1", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `-1`");
  CHECK(there_and_back("-128", primitive(Primitive::s8)) == "-128");
  CHECK(there_and_back("18446744073709551615", primitive(Primitive::u64)) == "18446744073709551615");
  CHECK(there_and_back("-9223372036854775808", primitive(Primitive::s64)) == "-9223372036854775808");
  CHECK(there_and_back("1.5", primitive(Primitive::f32)) == "1.5");
  CHECK(there_and_back("0.1", primitive(Primitive::f32)) == "0.1");
  CHECK(there_and_back("-inf", primitive(Primitive::f64)) == "-inf");
  CHECK(there_and_back("nan", primitive(Primitive::f64)) == "nan");
  CHECK(there_and_back("1e100", primitive(Primitive::f64)) == "1e+100");
  CHECK(there_and_back("'\\u{1f600}'", primitive(Primitive::char_)) == "'\xf0\x9f\x98\x80'");
  CHECK(there_and_back("'\\u{d800}'", primitive(Primitive::char_)) == "2: expected an escape, found `u`");
  CHECK(there_and_back("\"a\\n\\\"\\u{7}\"", primitive(Primitive::string)) == "\"a\\n\\\"\\u{7}\"");
  CHECK(there_and_back("\"open", primitive(Primitive::string)) == "5: expected `\"`, found the end");
  CHECK(there_and_back("1 2", primitive(Primitive::u8)) == "2: expected the end, found `2`");
  CHECK(there_and_back("12x", primitive(Primitive::u8)).starts_with("2: expected a number"));
}

TEST_CASE("wave: what has parts") {
  const Fixture f;
  const auto record = f.type(TypeKind::record);
  CHECK(there_and_back("{z: -1, x: 2}", record) == "{x: 2, y: none, z: -1}");
  CHECK(there_and_back("{x: 2, y: \"q\", z: 0,}", record) == "{x: 2, y: some(\"q\"), z: 0}");
  CHECK(there_and_back("{x: 2}", record) == "6: expected the field `z` before, found the end");
  CHECK(there_and_back("{x: 2, x: 2}", record) == "7: expected a field once, found `x`");
  CHECK(there_and_back("{x: 999, z: 0}", record) == "4: x: expected a number from 0 to 255, found `999`");
  const auto variant = f.type(TypeKind::variant);
  CHECK(there_and_back("%none", variant) == "%none");
  CHECK(there_and_back("a(3)", variant) == "a(3)");
  CHECK(there_and_back("b((1, 2))", variant) == "b((1, 2))");
  CHECK(there_and_back("c", variant) == "0: expected one of `none`, `a`, `b`, found `c`");
  CHECK(there_and_back("green", f.type(TypeKind::enum_)) == "green");
  CHECK(there_and_back("{run, read}", f.type(TypeKind::flags)) == "{read, run}");
  CHECK(there_and_back("{}", f.type(TypeKind::flags)) == "{}");
  CHECK(there_and_back("[1, none, some(2)]", f.type(TypeKind::list)) == "[some(1), none, some(2)]");
  CHECK(there_and_back("[1, 300]", f.type(TypeKind::list)) == "4: 1: expected a number from 0 to 255, found `300`");
  CHECK(there_and_back("err(4)", f.type(TypeKind::result)) == "err(4)");
  CHECK(there_and_back("\"fine\"", f.type(TypeKind::result)) == "ok(\"fine\")");
  CHECK(there_and_back("err", f.type(TypeKind::result, 1)) == "err");
  CHECK(there_and_back("['a', 'b']", f.type(TypeKind::fixed_list)) == "['a', 'b']");
  CHECK(there_and_back("['a']", f.type(TypeKind::fixed_list)).find("a list of 2 elements") != std::string::npos);
  CHECK(there_and_back("[(\"k\", 1)]", f.type(TypeKind::map)) == "[(\"k\", 1)]");
}

TEST_CASE("wave: calls") {
  const auto call = component::wave::split_call("f( 1, \"x\" )");
  CHECK(call.name == "f");
  const std::vector<component::canon::T> types = {primitive(Primitive::u8), primitive(Primitive::string)};
  ErrorSink sink;
  auto args = component::wave::parse_arguments(call, {"n", "s"}, types, &sink);
  REQUIRE(args.ok());
  CHECK(args.value().size() == 2);
  auto missing = component::wave::parse_arguments(component::wave::split_call("f(1)"), {"n", "s"}, types, &sink);
  CHECK(!missing.ok());
  CHECK(sink.detail == "expected the argument `s` before, found the end");
  CHECK(component::wave::parse_arguments(component::wave::split_call("g"), {}, {}, nullptr).ok());
}
