// Components as text: the forms and names, and that any of it reads back.
#include "component/text/print.h"

#include "component/binary/decode.h"
#include "component/binary/names.h"
#include "component/text/support.h"

using namespace heddle;
using test::parsed_component;

namespace {

std::string printed(std::string_view source, bool with_names = true) {
  const component::Parsed parsed = parsed_component(source);
  return component::print(parsed.component, with_names ? &parsed.names : nullptr);
}

}  // namespace

TEST_CASE("a printed component") {
  constexpr std::string_view kText = R"((component $c
  (core module $m (;0;)
    (type (;0;) (func))
    (export "f" (func $f))
    (func $f (;0;) (type 0)
      nop
    )
  )
  (core instance $i (;0;) (instantiate $m))
  (alias core export $i "f" (core func $f (;0;)))
  (type $t (;0;) (func (param "x" u32) (result string)))
  (func $g (;0;) (type $t) (canon lift (core func $f) string-encoding=utf8))
  (export (;1;) "g" (func $g))
  (component $n (;0;)
    (alias outer 1 0 (type (;0;)))
    (import "f" (func (;0;) (type 0)))
  )
  (import "h" (implements "a:b/c") (instance (;0;) (type 1)))
  (instance (;1;) (instantiate $n
    (with "f" (func $g))))
)
)";
  CHECK(printed(kText) == kText);
}

TEST_CASE("an index is an identifier only behind what it identifies") {
  const std::string text = printed("(component (type (list 1)) (type $t u8) (type $u (tuple $t 2)))");
  CHECK(text.find("(type (;0;) (list 1))") != std::string::npos);
  CHECK(text.find("(type $u (;2;) (tuple $t 2))") != std::string::npos);
}

// Nothing of this is valid.
TEST_CASE("what refers to itself does so by an index") {
  constexpr std::string_view kSources[] = {
      R"((component (func $f (import "f")) (export $g "g" (func 1))))",
      R"((component (export $i "i" (instance 0))))",
      R"((component (component $c) (instance $i (instantiate $c (with "a" (instance 0))))))",
      R"((component (instance $i (export "a" (instance 0)))))",
      R"((component (core module $m) (core instance $i (instantiate $m (with "a" (instance 0))))))",
      R"((component (func $f (import "f")) (core func $g (canon lower (func $f) (realloc 0)))))",
      R"((component (type $t (list 0)) (import "i" (type $u (eq 1)))))",
  };
  for (std::string_view source : kSources) {
    CAPTURE(source);
    const component::Parsed first = parsed_component(source);
    const std::string text = component::print(first.component, &first.names);
    const component::Parsed second = parsed_component(text);
    CHECK(component::print(second.component, &second.names) == text);
  }
}

TEST_CASE("names that are no identifiers, and names of their own") {
  constexpr std::string_view kSources[] = {
      R"((component (core module $a (@name "b")) (component $c (@name "d"))))",
      R"((component (core module (@name "b")) (type $"x y" u8) (type $t (@name "u v") u8)))",
      R"((component (core module $a (@name "")) (func $f (import "f")) (export $g "g" (func $f))))",
      R"((component $top (instance $i (import "i" (external-id "\00")) (export "\"" (func))) ))",
  };
  for (std::string_view source : kSources) {
    const component::Parsed first = parsed_component(source);
    const std::string text = component::print(first.component, &first.names);
    CAPTURE(text);
    component::Parsed again = parsed_component(text);
    CHECK(test::difference(first.component, again.component) == "");
    CHECK(component::assemble(std::move(again)) == component::assemble(parsed_component(source)));
  }
}

TEST_CASE("what is no module is printed as bytes") {
  const std::string text = printed(R"((component (core module binary "\00asm\ff")))");
  CHECK(text.find(R"((core module (;0;) binary "\00asm\ff"))") != std::string::npos);
}

TEST_CASE("without names the section is printed as it is") {
  const auto bytes = component::assemble(parsed_component("(component (type $t u8))"));
  auto decoded = component::decode(bytes, {}, {}, nullptr);
  REQUIRE(decoded.ok());
  CHECK(component::print(decoded.value()).find("(@custom \"component-name\"") != std::string::npos);
  const component::Names names = component::decode_names(decoded.value());
  CHECK(component::print(decoded.value(), &names) == "(component\n  (type $t (;0;) u8)\n)\n");
}
