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
  (type $words (enum "none" "ok" "true" "red"))
  (type (option $words))
  (type (result $words (error $words)))
  (type (option bool))
  (type (enum "c0" "c1" "c2" "c3" "c4" "c5" "c6" "c7" "c8" "c9" "c10" "c11" "c12" "c13" "c14" "c15" "c16" "c17"))
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
  CHECK(there_and_back("\"a\"", primitive(Primitive::char_)) ==
        "0: expected a character in single quotes, found `\"`");
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
  CHECK(there_and_back("12x", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `12x`");
}

TEST_CASE("wave: numbers are those of JSON, and floats the nearest there are") {
  const auto f32 = primitive(Primitive::f32), f64 = primitive(Primitive::f64);
  CHECK(there_and_back("1e39", f32) == "inf");
  CHECK(there_and_back("-1e39", f32) == "-inf");
  CHECK(there_and_back("1e-60", f32) == "0");
  CHECK(there_and_back("1e39", f64) == "1e+39");
  CHECK(there_and_back("1e400", f64) == "inf");
  CHECK(there_and_back("1" + std::string(400, '0'), f64) == "inf");
  CHECK(there_and_back("1" + std::string(400, '0') + "e-400", f64) == "1");
  CHECK(there_and_back("0." + std::string(400, '0') + "1", f64) == "0");
  CHECK(there_and_back("-1e-400", f64) == "-0");
  CHECK(there_and_back("-1e-99999999999999999999", f64) == "-0");
  CHECK(there_and_back("1E+99999999999999999999", f64) == "inf");
  CHECK(there_and_back("5e-324", f64) == "5e-324");
  CHECK(there_and_back("-0", f64) == "-0");
  CHECK(there_and_back("-0.5e1", f64) == "-5");
  for (const char* wrong :
       {"007", ".5", "5.", "NaN", "Infinity", "infinite", "-", "1e", "1e+", "0x1", "+1", "%inf", "1.e1"}) {
    CHECK(there_and_back(wrong, f64).starts_with("0: expected a number, `nan`, `inf` or `-inf`, found `"));
  }
  CHECK(there_and_back("007", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `007`");
  CHECK(there_and_back("1.0", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `1.0`");
  CHECK(there_and_back("1e1", primitive(Primitive::u8)) == "0: expected a number from 0 to 255, found `1e1`");
}

TEST_CASE("wave: texts") {
  const auto text = primitive(Primitive::string), one = primitive(Primitive::char_);
  CHECK(there_and_back("'''", one) == "1: expected a character, found `'`");
  CHECK(there_and_back("'\\''", one) == "'\\''");
  CHECK(there_and_back("'ab'", one) == "2: expected `'`, found `b`");
  CHECK(there_and_back("' '", one) == "' '");
  CHECK(there_and_back("'\\u{0000041}'", one) == "2: expected an escape, found `u`");
  CHECK(there_and_back("\"a\nb\"", text) == "2: expected `\"`, found a line break");
  CHECK(there_and_back("\"\"", text) == "\"\"");
  CHECK(there_and_back("\xc3\xa9", text) == "0: expected a string in double quotes, found `\xc3\xa9`");
  CHECK(there_and_back("\"\"\"\nA single line\n\"\"\"", text) == "\"A single line\"");
  CHECK(there_and_back("\"\"\"\r\n    Indented\r\n      by its end\n  \"\"\"", text) ==
        "\"  Indented\\n    by its end\"");
  CHECK(there_and_back("\"\"\"\n  kept: \\r\n  quotes: \"\"\\\"\"\n  \"\"\"", text) ==
        "\"kept: \\r\\nquotes: \\\"\\\"\\\"\\\"\"");
  CHECK(there_and_back("\"\"\"\n\"\"\"", text) == "\"\"");
  CHECK(there_and_back("\"\"\"\n\n\"\"\"", text) == "\"\"");
  CHECK(there_and_back("\"\"\"x\n\"\"\"", text) == "3: expected a line break, found `x`");
  CHECK(there_and_back("\"\"\"\n x\n", text) == "7: expected `\"\"\"`, found the end");
  CHECK(there_and_back("\"\"\"\n x\n  \"\"\"", text) == "4: expected 2 spaces, as before the end, found ` `");
  CHECK(there_and_back("\"\"\"\nx\"\"\"", text) == "5: expected a line break and spaces before `\"\"\"`, found `\"`");
}

TEST_CASE("wave: keywords, and labels that look like them") {
  const Fixture f;
  const auto option = f.type(TypeKind::option, 4), result = f.type(TypeKind::result, 2);
  CHECK(there_and_back("none", option) == "none");
  CHECK(there_and_back("%none", option) == "some(%none)");
  CHECK(there_and_back("some(%none)", option) == "some(%none)");
  CHECK(there_and_back("red", option) == "some(red)");
  CHECK(there_and_back("%red", option) == "some(red)");
  CHECK(there_and_back("%ok", result) == "ok(%ok)");
  CHECK(there_and_back("err(%true)", result) == "err(%true)");
  CHECK(there_and_back("%true", f.type(TypeKind::option, 5)) == "0: expected `true` or `false`, found `%true`");
  // The payload alone could be taken for what it is in.
  CHECK(there_and_back("5", f.type(TypeKind::option, 3)) == "0: expected `none` or `some`, found `5`");
}

TEST_CASE("wave: an error says what there is, and shows the place") {
  const Fixture f;
  const auto record = f.type(TypeKind::record);
  CHECK(there_and_back("{x: 2}", record) == "5: expected the field `z`, found `}`");
  CHECK(there_and_back("{x: 2 z: 1}", record) == "6: expected `,` and the field `z`, found `z`");
  CHECK(there_and_back("{w: 2}", record) == "1: expected a field: `x`, `y`, `z`, found `w`");
  CHECK(there_and_back("{walk}", f.type(TypeKind::flags)) ==
        "1: expected a flag: `read`, `write`, `run`, found `walk`");
  CHECK(there_and_back("['a']", f.type(TypeKind::fixed_list)) == "4: expected a list of 2 elements, found `]`");
  CHECK(there_and_back("['a', 'b', 'c']", f.type(TypeKind::fixed_list)) ==
        "11: expected a list of 2 elements, found `'`");
  const std::string found = there_and_back(std::string(5000, 'q'), f.type(TypeKind::enum_));
  CHECK(found.ends_with("found `" + std::string(100, 'q') + "...`"));

  using component::wave::point_at;
  CHECK(point_at("f(1)", 2) == "f(1)\n  ^");
  CHECK(point_at("f(\n \"\xc3\xa9\", x)", 10) == " \"\xc3\xa9\", x)\n      ^");
  CHECK(point_at("f(1)", 4) == "f(1)\n    ^");
  CHECK(point_at("", 0) == "\n^");
  const std::string cut = point_at(std::string(500, 'a'), 250);
  CHECK(cut == "..." + std::string(100, 'a') + "...\n" + std::string(63, ' ') + "^");
}

TEST_CASE("wave: one of many labels") {
  const Fixture f;
  const auto many = f.type(TypeKind::enum_, 2);
  CHECK(there_and_back("c17", many) == "c17");
  CHECK(there_and_back("c0", many) == "c0");
  CHECK(there_and_back("c18", many).starts_with("0: expected one of `c0`, `c1`"));
}

TEST_CASE("wave: what has parts") {
  const Fixture f;
  const auto record = f.type(TypeKind::record);
  CHECK(there_and_back("{z: -1, x: 2}", record) == "{x: 2, y: none, z: -1}");
  CHECK(there_and_back("{x: 2, y: \"q\", z: 0,}", record) == "{x: 2, y: some(\"q\"), z: 0}");
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
  CHECK(missing.error().offset == 3);
  CHECK(sink.detail == "expected the argument `s`, found `)`");
  CHECK(component::wave::parse_arguments(component::wave::split_call("g"), {}, {}, nullptr).ok());
  const Fixture f;
  const auto option = f.type(TypeKind::option);
  for (const std::string_view text : {"f(3)", "f(3,)", "f(3, none)", "f(3, none, none)"}) {
    auto made = component::wave::parse_arguments(component::wave::split_call(text), {"a", "b", "c"},
                                                 {types[0], option, option}, nullptr);
    REQUIRE(made.ok());
    CHECK(component::wave::print(made.value().at(2), option) == "none");
  }
  CHECK(component::wave::parse_arguments(component::wave::split_call("f"), {"b"}, {option}, nullptr).ok());
}
