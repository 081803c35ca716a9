// The section of names: what it names, what is left of a wrong one, the way there and back.
#include "component/binary/names.h"

#include <doctest/doctest.h>

#include "component/binary/build.h"

using namespace heddle;
using test::BuildComponent;
using test::ByteVec;

namespace {

component::Names names(const ByteVec& bytes) {
  auto decoded = component::decode(bytes, test::all_component_features(), Features{}, nullptr);
  REQUIRE(decoded.ok());
  return component::decode_names(decoded.value());
}

const auto& of(const component::Names& names, component::Sort sort) { return names.sorts[static_cast<size_t>(sort)]; }

// Two types, and names.
BuildComponent two_types(std::initializer_list<uint8_t> content) {
  return BuildComponent().section(7, {2, 0x73, 0x73}).custom("component-name", content);
}

}  // namespace

TEST_CASE("names of a component and its parts") {
  const ByteVec content{0, 2, 1, 'c', 1, 8, 3, 2, 0, 1, 'a', 1, 1, 'b', 1, 6, 0, 0x11, 1, 0, 1, 'm'};
  BuildComponent build;
  build.section(7, {2, 0x73, 0x73}).section(1, {0, 'a', 's', 'm', 1, 0, 0, 0}).custom("component-name", content);
  const component::Names found = names(build.bytes);
  CHECK(found.component == "c");
  CHECK(of(found, component::Sort::type).at(0) == "a");
  CHECK(of(found, component::Sort::type).at(1) == "b");
  CHECK(of(found, component::Sort::core_module).at(0) == "m");

  BuildComponent again;
  again.section(7, {2, 0x73, 0x73}).section(1, {0, 'a', 's', 'm', 1, 0, 0, 0});
  again.custom("component-name", component::encode_names(found));
  const component::Names same = names(again.bytes);
  CHECK(same.component == found.component);
  CHECK(same.sorts == found.sorts);
  CHECK(component::encode_names({}).empty());
}

TEST_CASE("names of nested components") {
  const BuildComponent inner = two_types({0, 2, 1, 'i'});
  BuildComponent outer;
  outer.section(4, BuildComponent().bytes).section(4, inner.bytes).custom("component-name", inner.bytes);
  const component::Names found = names(outer.bytes);
  CHECK(found.component.empty());
  REQUIRE(found.components.size() == 2);
  CHECK(found.components[0].component.empty());
  CHECK(found.components[1].component == "i");
}

TEST_CASE("wrong names are ignored") {
  CHECK(of(names(two_types({1, 5, 3, 1, 2, 1, 'a'}).bytes), component::Sort::type).empty());      // no such type
  CHECK(of(names(two_types({1, 5, 9, 1, 0, 1, 'a'}).bytes), component::Sort::type).empty());      // no such sort
  CHECK(of(names(two_types({1, 5, 3, 2, 0, 1, 'a'}).bytes), component::Sort::type).size() <= 1);  // one is missing
  CHECK(names(two_types({1, 2, 3, 9, 0, 2, 1, 'c'}).bytes).component == "c");                     // the next is read
  CHECK(names(two_types({7, 1, 3, 0, 2, 1, 'c'}).bytes).component == "c");                        // unknown
  CHECK(names(two_types({0, 3, 2, 0xff, 0xfe}).bytes).component.empty());                         // not UTF-8
  CHECK(names(two_types({0xff}).bytes).component.empty());
  CHECK(names(two_types({0, 2, 1, 'c'}).custom("component-name", ByteVec{0, 2, 1, 'd'}).bytes).component == "c");
}
