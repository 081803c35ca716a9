// Scripts with components: the commands, and values of every kind.
#include "component/text/script.h"

#include "component/text/support.h"

using namespace heddle;
using component::ScriptValue;

namespace {

component::Script parsed(std::string_view source) {
  ErrorSink sink;
  auto result = component::parse_script(source, Features(), &sink);
  REQUIRE_MESSAGE(result.ok(), (result.ok() ? "" : text::locate(source, result.error(), &sink, "test")));
  return std::move(result).value();
}

ScriptValue expected(std::string_view value) {
  component::Script script = parsed("(assert_return (invoke \"f\") " + std::string(value) + ")");
  REQUIRE(script.script.commands[0].results.size() == 1);
  auto found = script.value_of(script.script.commands[0].results[0]);
  REQUIRE(found.has_value());
  return *found;
}

void fails(std::string source, std::string_view words) {
  CAPTURE(source);
  const size_t at = source.find('^');
  REQUIRE(at != std::string::npos);
  source.erase(at, 1);
  ErrorSink sink;
  auto result = component::parse_script(source, Features(), &sink);
  REQUIRE_FALSE(result.ok());
  CHECK(describe(result.error(), &sink) == words);
  CHECK(result.error().offset == at);
}

}  // namespace

TEST_CASE("commands about components") {
  using enum text::Command::Kind;
  const component::Script script = parsed(R"x(
    (component $a (type u8))
    (component definition $b (component))
    (component definition binary "\00asm" "\0d\00\01\00")
    (component instance $i $b)
    (component instance $b)
    (component quote "(type u8)")
    (module (func))
    (assert_invalid (component (type (list 7))) "unknown type")
    (assert_malformed (component quote "(type") "unexpected")
    (assert_trap (component) "unreachable")
    (assert_unlinkable (component $x) "unknown import")
    (register "a" $i))x");
  const auto& commands = script.script.commands;
  REQUIRE(commands.size() == 12);
  constexpr text::Command::Kind kKinds[] = {
      module, module_definition, module_definition, module_instance,       module_instance,   module,
      module, assert_invalid,    assert_malformed,  assert_uninstantiable, assert_unlinkable, register_};
  for (size_t i = 0; i < commands.size(); ++i) {
    CAPTURE(i);
    CHECK(commands[i].kind == kKinds[i]);
    CHECK(commands[i].module.extended == (i != 6 && i != 11));
  }
  CHECK(commands[0].id == "a");
  CHECK(commands[1].id == "b");
  CHECK(commands[1].module.content() == "(component definition $b (component))");
  CHECK(commands[3].id == "i");
  CHECK(commands[3].definition == "b");
  CHECK(commands[4].definition == "b");
  for (size_t i : {size_t{0}, size_t{1}, size_t{2}, size_t{5}}) {
    CHECK(component::parse(commands[i].module, {}, {}, nullptr).ok());
  }
  CHECK_FALSE(component::parse(commands[8].module, {}, {}, nullptr).ok());
}

TEST_CASE("primitive values") {
  CHECK(expected("(bool.const true)").bits == 1);
  CHECK(expected("(u8.const 255)").bits == 255);
  CHECK(expected("(s8.const -1)").bits == ~uint64_t{0});
  CHECK(expected("(s16.const 0x7fff)").bits == 0x7fff);
  CHECK(expected("(u64.const 0xffff_ffff_ffff_ffff)").bits == ~uint64_t{0});
  CHECK(expected("(f32.const 1)").bits == 0x3f800000);
  CHECK(expected("(f64.const nan:canonical)").nan == text::Pattern::Nan::canonical);
  CHECK(expected("(char.const \"\\u{1F600}\")").bits == 0x1f600);
  CHECK(expected("(str.const \"a\\nb\")").text == "a\nb");
  CHECK(expected("(u32.const 7)").type == component::Primitive::u32);
}

TEST_CASE("composed values") {
  const ScriptValue list = expected("(list.const (u8.const 1) (u8.const 2))");
  CHECK(list.kind == ScriptValue::Kind::list);
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].bits == 2);
  const ScriptValue record =
      expected(R"((record.const (field "a" (f32.const nan:arithmetic)) (field "b" (tuple.const))))");
  CHECK(record.labels == std::vector<std::string>{"a", "b"});
  CHECK(record.items[0].nan == text::Pattern::Nan::arithmetic);
  CHECK(record.items[1].kind == ScriptValue::Kind::tuple);
  const ScriptValue variant = expected(R"((variant.const "x" (option.some (enum.const "y"))))");
  CHECK(variant.text == "x");
  CHECK(variant.items[0].kind == ScriptValue::Kind::some);
  CHECK(variant.items[0].items[0].text == "y");
  CHECK(expected("(flags.const \"a\" \"b\")").labels.size() == 2);
  CHECK(expected("(option.none)").kind == ScriptValue::Kind::none);
  CHECK(expected("(result.ok)").items.empty());
  CHECK(expected("(result.err (str.const \"\"))").items.size() == 1);
}

TEST_CASE("what is no value of a component, is refused") {
  fails("(invoke \"f\" (u8.const ^256))", "constant out of range");
  fails("(invoke \"f\" (s8.const ^200))", "constant out of range");
  fails("(invoke \"f\" (u8.const ^-1))", "unexpected token: expected a number, found `-1`");
  fails("(invoke \"f\" (char.const ^\"ab\"))", "unexpected token: expected one character in quotes, found a string");
  fails("(invoke \"f\" (list.const (^i32.const 1)))",
        "unexpected token: expected a value of a component, found `i32.const`");
  fails("(invoke \"f\" (option.some^))", "unexpected token: expected a value of a component, found `)`");
  fails("(invoke \"f\" (list.const (f32.const ^nan:canonical)))",
        "unexpected token: expected a number, found `nan:canonical`");
  fails("(^componen)", "unknown operator componen: expected a command");
  std::string deep = "(invoke \"f\" ";
  for (int i = 0; i < 100'000; ++i) deep += "(list.const ";
  auto result = component::parse_script(deep, Features(), nullptr);
  REQUIRE_FALSE(result.ok());
  CHECK(result.error().code == ErrorCode::nesting_too_deep);
}

TEST_CASE("scripts of core Wasm know no components") {
  CHECK_FALSE(text::parse_script("(component)", Features(), nullptr).ok());
  CHECK_FALSE(text::parse_script("(invoke \"f\" (u8.const 1))", Features(), nullptr).ok());
}
