// What validation says of a component that is wrong: where, in which definition, and what is allowed after all.
#include <doctest/doctest.h>

#include <string>

#include "component/binary/decode.h"
#include "component/text/support.h"
#include "component/valid/check.h"

namespace heddle::component {
namespace {

// What is said of the component, or nothing where it is valid; read from the binary format.
std::string said(std::string_view text) {
  ErrorSink sink;
  TypeRegistry registry;
  const std::vector<uint8_t> bytes = assemble(test::parsed_component(text));
  const auto decoded = decode(bytes, test::all_component_features(), test::all_core_features(), &sink);
  REQUIRE(decoded.ok());
  const auto checked = test::checked_component(decoded.value(), text, registry, sink);
  return checked.ok() ? "" : describe(checked.error(), &sink) + sink.where();
}

// "line:column" of the error in the text.
std::string place(std::string_view text) {
  ErrorSink sink;
  TypeRegistry registry;
  const Parsed parsed = test::parsed_component(text);
  const auto checked = test::checked_component(parsed.component, text, registry, sink);
  REQUIRE(!checked.ok());
  const text::Position at = text::position_of(text, checked.error().offset);
  return std::to_string(at.line) + ":" + std::to_string(at.column);
}

}  // namespace

TEST_CASE("component places: the definitions around what is wrong") {
  CHECK(said(R"((component (component (import "wasi:http/types@0.2.0"
          (instance (export "f" (func (param "x" (record (field "Q" u8) (field "q" u8))))))))))") ==
        "record field name `q` conflicts with previous field name `Q` (in component 0, type 0 of import "
        "`wasi:http/types@0.2.0`, type 0)");
  CHECK(said(R"((component (import "a" (func)) (import "A" (func))))") ==
        "import name `A` conflicts with previous name `a` (in import `A`)");
  CHECK(said("(component (core module) (core module $m (func $f (result i32) (i64.const 1))))") ==
        "type mismatch: instruction requires [i32] but stack has [i64]: expected i32, found i64 (in core module 1, "
        "function 0 `f`)");
}

TEST_CASE("component places: of a core module's text") {
  CHECK(place("(component\n  (core module\n    (func nop)\n    (func (result i32)\n      i64.const 1)))") == "5:18");
  CHECK(place("(component\n  (core module\n    (import \"\" \"\" (func (type 7)))))").starts_with("3:"));
  CHECK(place("(component\n  (core module quote \"(func (result i32))\"))") == "2:3");
  CHECK(place("(component (value $a u8 1)\n  (value $b u8 2) (export \"a\" (value $a)))") == "2:3");
}

TEST_CASE("component places: which type is not visible, and why") {
  CHECK(
      said(R"((component (type $r (record (field "a" u8))) (import "g" (func (param "p" (list $r))))))") ==
      "func not valid to be used as import: `p`: its record has no name here; it must be imported before (in import "
      "`g`)");
  CHECK(said(R"((component (type $r (resource (rep i32))) (import "t" (type (eq $r)))))") ==
        "local resource type found in imports: `t`");
}

TEST_CASE("component places: the import that has a resource type of the component's own") {
  CHECK(place(R"((component
  (type $r (resource (rep i32)))
  (import "a" (func))
  (import "t" (type (eq $r)))))") == "4:3");
}

TEST_CASE("component validation: the types that an instance type exports are names inside it") {
  const std::string owner = R"((component (type $I (instance (export "r" (type $r (sub resource)))
    (export "f" (func (result (own $r)))))))";
  CHECK(said(owner + R"((import "x" (type (eq $I)))))").empty());
  CHECK(said(owner + R"((import "i" (instance (type $I))) (import "x" (type (eq $I)))))").empty());
  CHECK(said(owner + R"((export "x" (type $I))))").empty());
  CHECK(said(R"((component (type $I (instance (type $r (record (field "a" u32))) (export "r" (type $q (eq $r)))
    (export "f" (func (result (list $q)))))) (import "x" (type (eq $I))) (import "y" (type (eq $I)))))")
            .empty());
  // Those of an instance that is in it are visible too.
  CHECK(said(R"((component (type $I (instance
    (export "a" (instance $a (export "r" (type (sub resource))))) (alias export $a "r" (type $r))
    (export "f" (func (result (own $r)))))) (import "x" (type (eq $I)))))")
            .empty());
  // Neither before they are exported, nor outside.
  CHECK(said(R"((component (type $I (instance (type $r (record (field "a" u32))) (export "f" (func (result $r)))
    (export "r" (type (eq $r))))) (import "x" (type (eq $I)))))") ==
        "type not valid to be used as import: `f`: its record has no name here; it must be imported before (in "
        "import `x`)");
  CHECK(said(R"((component (type $I (instance
    (type $A (instance (type $r (record (field "a" u32))) (export "r" (type $q (eq $r)))
      (export "f" (func (result $q)))))
    (export "a" (type (eq $A))) (type $s (record (field "b" u32))) (export "g" (func (result $s)))))
    (import "x" (type (eq $I)))))") ==
        "type not valid to be used as import: `g`: its record has no name here; it must be imported before (in "
        "import `x`)");
}

TEST_CASE("component validation: imports cannot refer to the names of exports") {
  const std::string refused =
      "type not valid to be used as import: the exported type that it equals has no name here; it must be imported "
      "before (in import `s`)";
  const std::string exported = R"((component (type $r (record (field "a" u8))) (export $e "r" (type $r)))";
  CHECK(said(exported + R"((import "s" (type (eq $e)))))") == refused);
  CHECK(said(exported + R"((import "s" (type (eq $r)))))").empty());
  CHECK(said(exported + R"((export "s" (type $e))))").empty());
  CHECK(said(exported + R"((import "s" (type $s (eq $r))) (export "t" (type $s)) (import "u" (type (eq $s)))))")
            .empty());
  CHECK(said(R"((component (type $l (list u8)) (export $e "l" (type $l)) (import "s" (type (eq $e)))))") == refused);
  CHECK(said(R"((component (type $l (list u8)) (type $f (func (param "x" $l))) (export "f" (type $f))
    (import "s" (type (eq $l)))))")
            .empty());
  CHECK(said(exported + R"((import "i" (instance (export "s" (type (eq $e)))))))") ==
        "instance not valid to be used as import: `s`: the exported type that it equals has no name here; it must be "
        "imported before (in import `i`)");
  CHECK(said(R"((component (type (component (type $r (record (field "a" u8))) (export "r" (type $e (eq $r)))
    (import "s" (type (eq $e)))))))")
            .starts_with("type not valid to be used as import: the exported type"));
  CHECK(said(R"((component (import "r" (type $r (sub resource))) (export $e "e" (type $r))
    (import "s" (type (eq $e)))))") == refused);
  // Those of the component around a component type are in no circle with it.
  CHECK(said(exported + R"((type (component (alias outer 1 $e (type $q)) (import "s" (type (eq $q)))))))").empty());
}

TEST_CASE("component places: long names are cut") {
  const std::string name(1'000'000, 'a');
  CHECK(said("(component (import \"" + name + "_\" (func)))").size() < 500);
}

TEST_CASE("component validation: what the specification allows") {
  CHECK(said(R"((component
    (import "f" (func $f (param "x" u32) (result u32)))
    (import "v" (value $v u32))
    (start $f (value $v) (result (value $a)))
    (start $f (value $a) (result (value $b)))
    (export "out" (value $b))))")
            .empty());
  CHECK(said(R"((component (import "r" (type $r (sub resource)))
    (type $ct (component (alias outer 1 $r (type $q)) (export "f" (func (param "x" (own $q))))))
    (import "c" (component (type $ct)))))")
            .empty());
  CHECK(said("(component (type $k string) (type (map $k u8)))").empty());
  CHECK(said(R"((component (import "a:b/c@1" (versionsuffix ".2.3") (func))))").empty());
  CHECK(said(R"((component (value $v u16 (binary "\81\80\80\80\00")) (export "v" (value $v))))") ==
        "the bytes of a value are none of type u16 (in value 0)");
}

// A module that is given the same again is not matched again: this would be 30'000'000 imports.
TEST_CASE("component validation: many instances of one module") {
  std::string module = "(core module $m", instance = "(core module $n", uses;
  for (int i = 0; i < 10'000; ++i) {
    module += "(import \"x\" \"f" + std::to_string(i) + "\" (func))";
    instance += "(func (export \"f" + std::to_string(i) + "\"))";
    if (i < 3'000) uses += "(core instance (instantiate $m (with \"x\" (instance $x))))";
  }
  const std::string both = "(component " + module + ")" + instance + ")(core instance $x (instantiate $n))";
  CHECK(said(both + uses + ")").empty());
  CHECK(said(both + uses + "(core instance (instantiate $m (with \"y\" (instance $x)))))") ==
        "missing module instantiation argument named `x` (in core instance 3001)");
}

// What is written with sharing is looked at with it.
TEST_CASE("component validation: types of many types are looked at once") {
  const std::string leaf = "(component (type $t0 (instance (export \"r\" (type (sub resource)))))";
  std::string crossing = leaf;
  for (int i = 0; i < 15; ++i) {
    const std::string inner = "(instance (type $t" + std::to_string(i) + "))";
    crossing +=
        "(type $t" + std::to_string(i + 1) + " (instance (export \"a\" " + inner + ") (export \"b\" " + inner + ")))";
  }
  crossing += "(component";
  for (int i = 0; i < 800; ++i) crossing += "(alias outer 1 $t15 (type))";
  CHECK(said(crossing + "))").empty());

  auto tower = [](const std::string& name) {
    std::string types = "(type $" + name + "0 (instance (export \"f\" (func))))";
    for (int i = 0; i < 90; ++i) {
      types += "(type $" + name + std::to_string(i + 1) + " (instance (export \"t\" (type (eq $" + name +
               std::to_string(i) + ")))))";
    }
    return types;
  };
  CHECK(said("(component " + tower("a") + tower("b") + R"((component $c (import "x" (instance (type $b90))))
    (import "y" (instance $y (type $a90)))
    (instance (instantiate $c (with "x" (instance $y))))))")
            .empty());
}

}  // namespace heddle::component
