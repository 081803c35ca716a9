// The WIT of a component: who uses whose type under which name.
#include <doctest/doctest.h>

#include <string>

#include "component/text/support.h"
#include "component/valid/check.h"
#include "component/wit/from_component.h"
#include "component/wit/print.h"

namespace heddle::component::wit {
namespace {

std::string wit_of(std::string_view text) {
  ErrorSink sink;
  TypeRegistry registry;
  const Parsed parsed = test::parsed_component(text);
  const auto checked = test::checked_component(parsed.component, text, registry, sink);
  REQUIRE_MESSAGE(checked.ok(), describe(checked.ok() ? Error{} : checked.error(), &sink));
  const auto wit = from_component(parsed.component, checked.value(), &sink);
  REQUIRE_MESSAGE(wit.ok(), describe(wit.ok() ? Error{} : wit.error(), &sink));
  return print(wit.value());
}

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

}  // namespace heddle::component::wit
