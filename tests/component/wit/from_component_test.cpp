// The WIT of a component: who uses whose type under which name.
#include <doctest/doctest.h>

#include <string>

#include "component/text/support.h"
#include "component/valid/check.h"
#include "component/wit/from_component.h"
#include "component/wit/print.h"

namespace heddle::component::wit {
namespace {

// Or why there is none.
std::string wit_of(std::string_view text) {
  ErrorSink sink;
  TypeRegistry registry;
  const Parsed parsed = test::parsed_component(text);
  const auto checked = test::checked_component(parsed.component, text, registry, sink);
  REQUIRE_MESSAGE(checked.ok(), describe(checked.ok() ? Error{} : checked.error(), &sink));
  const auto wit = from_component(parsed.component, checked.value(), &sink);
  return wit.ok() ? print(wit.value(), nullptr).value() : sink.detail;
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

}  // namespace

TEST_CASE("wit of a component: a type is used from where it was used") {
  const std::string text = wit_of(R"((component
    (import "a:b/y" (instance $y
      (export "s" (type (sub resource)))
      (type $q' (record (field "a" u8)))
      (export "q" (type (eq $q')))))
    (alias export $y "q" (type $yq))
    (alias export $y "s" (type $ys))
    (import "a:b/z" (instance $z
      (alias outer 1 $yq (type $q'))
      (export "q" (type $q (eq $q')))
      (alias outer 1 $ys (type $s'))
      (export "s" (type (eq $s')))
      (export "p" (type (eq $q)))))
    (alias export $z "p" (type $zp))
    (alias export $z "s" (type $zs))
    (import "a:b/x" (instance
      (alias outer 1 $zp (type $p'))
      (export "pp" (type $p (eq $p')))
      (alias outer 1 $zs (type $s'))
      (export "s2" (type $s (eq $s')))
      (export "f" (func (param "a" $p) (param "b" (own $s))))))
    (import "q2" (type (eq $zp)))))");
  for (const std::string_view part :
       {"use y.{q, s};", "type p = q;", "use z.{p as pp, s as s2};", "use a:b/z.{p as q2};"}) {
    CAPTURE(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("wit of a component: names that WIT has no place for") {
  CHECK(wit_of(R"((component (import "a:b/c" (func))))") ==
        "`a:b/c` has no WIT: only instances can be called like interfaces");
  CHECK(wit_of(R"((component (import "a:b/c" (type (sub resource)))))") ==
        "`a:b/c` has no WIT: only instances can be called like interfaces");
  CHECK(wit_of(R"((component (import "i" (instance (export "a:b/c" (func))))))") ==
        "`a:b/c` has no WIT: only instances can be called like interfaces");
  CHECK(wit_of(R"((component (import "a:b:c/d" (instance))))") == "`a:b:c/d` has no WIT: it is no name there");
  const std::string text = wit_of(R"((component (import "a:b/c" (external-id "x") (instance))
                                                (import "d" (external-id "y") (instance))))");
  CHECK(!has(text, "@external-id(\"x\")"));
  CHECK(has(text, "@external-id(\"y\")"));
}

TEST_CASE("wit of a component: two items of a package with one name") {
  const auto world = [](const std::string& as, const std::string& name) {
    return "(type $" + as + " (component (type (component (import \"f\" (func)))) (export \"" + name +
           "\" (component (type 0))))) (export \"" + as + "\" (type $" + as + "))";
  };
  const std::string interface =
      "(type $i (component (type (instance)) (export \"a:b/w\" (instance (type 0))))) (export \"i\" (type $i))";
  CHECK(has(wit_of("(component " + world("w", "a:b/w") + world("v", "a:b/v") + ")"), "world v"));
  CHECK(wit_of("(component " + world("w", "a:b/w") + world("w2", "a:b/w") + ")") ==
        "`a:b/w` has no WIT: it is a world, and another item of its package has that name");
  CHECK(wit_of("(component " + interface + world("w", "a:b/w") + ")") ==
        "`a:b/w` has no WIT: it is a world, and another item of its package has that name");
  CHECK(wit_of("(component " + world("w", "a:b/w") + interface + ")") ==
        "`a:b/w` has no WIT: it is an interface, and another item of its package has that name");
  CHECK(wit_of("(component " + world("w", "a:b/w") + world("w2", "a:b/W") + ")") ==
        "`a:b/W` has no WIT beside `a:b/w`: the case of letters tells no names apart");
}

TEST_CASE("wit of a component: modules and components that are imported are left out") {
  CHECK(wit_of(R"((component (import "m" (core module)) (import "c" (component)) (import "f" (func))))") ==
        "package root:component;\n\nworld root {\n  import f: func();\n}\n");
  CHECK(wit_of(R"((component (core module $m) (export "m" (core module $m))))") == "`m` has no WIT: it is a module");
}

TEST_CASE("wit of a component: types of one name get others in the world that uses them") {
  std::string text = "(component";
  for (const std::string n : {"0", "1", "2", "3"}) {
    text += "(import \"p" + n + ":q/i\" (instance $i" + n + " (export \"t\" (type (sub resource)))))";
    text += "(alias export $i" + n + " \"t\" (type $t" + n + "))";
    text += "(import \"f" + n + "\" (func (param \"x\" (own $t" + n + "))))";
  }
  const std::string wit = wit_of(text + ")");
  for (const std::string_view part : {"use p0:q/i.{t};", "use p1:q/i.{t as t-i};", "use p2:q/i.{t as t-i2};",
                                      "use p3:q/i.{t as t-i3};", "import f3: func(x: t-i3);"}) {
    CAPTURE(wit);
    CHECK(has(wit, part));
  }
}

TEST_CASE("wit of a component: an interface is the same wherever it stands") {
  auto of = [](std::string_view p, std::string_view q) {
    const std::string import = "(import \"", implements = "\" (implements \"a:b/c\") (instance ";
    return wit_of("(component " + import + "p" + implements + std::string(p) + "))" + import + "q" + implements +
                  std::string(q) + ")))");
  };
  const std::string differs = "`a:b/c` is not the same in the import `p` and in the import `q`";
  const std::string_view record = R"((type $t (record (field "a" u8))) (export "t" (type (eq $t))))",
                         other = R"((type $t (record (field "b" string))) (export "t" (type (eq $t))))",
                         resource = R"((export "r" (type $r (sub resource)))
                                       (export "f" (func (param "x" (own $r)))))",
                         wrong = R"((export "r" (type $r (sub resource)))
                                    (export "f" (func (param "x" (borrow $r)))))";
  CHECK(of(record, other) == differs);
  CHECK(of(record, R"((export "t" (func)))") == differs);
  CHECK(of(R"((export "t" (func)))", record) == differs);
  CHECK(of(R"((export "f" (func)))", R"((export "f" (func (param "x" u8))))") == differs);
  CHECK(of(resource, wrong) == differs);
  CHECK(has(of(record, record), "record t"));
  CHECK(has(of(resource, resource), "f: func(x: r);"));
  CHECK(has(of(resource, R"((export "g" (func)))"), "g: func();"));
}

}  // namespace heddle::component::wit
