// The decoder: what each production becomes, and what is refused, with which words and at which byte.
#include "component/binary/decode.h"

#include <doctest/doctest.h>

#include "component/binary/build.h"
#include "component/binary/encode.h"
#include "component/same.h"

using namespace heddle;
using test::BuildComponent;
using test::ByteVec;

namespace {

// Views point into a copy that it owns: what the tests pass is a temporary.
component::Component decoded(const ByteVec& bytes) {
  std::list<ByteVec> kept{bytes};
  auto result = component::decode(kept.front(), test::all_component_features(), Features{}, nullptr);
  REQUIRE(result.ok());
  component::Component c = std::move(result).value();
  c.storage = std::move(kept);
  auto again = component::decode(component::encode(c), test::all_component_features(), Features{}, nullptr);
  REQUIRE(again.ok());
  return c;
}

// `words` as the sink and the code together say them.
void fails(const ByteVec& bytes, std::string_view words, uint32_t offset) {
  CAPTURE(words);
  ErrorSink sink;
  auto result = component::decode(bytes, test::all_component_features(), Features{}, &sink);
  REQUIRE(!result.ok());
  CHECK(describe(result.error(), &sink) == words);
  CHECK(result.error().offset == offset);
}

struct Wrong {
  uint8_t section;
  ByteVec content;  // at offset 10
  std::string_view words;
  uint32_t offset;
};

}  // namespace

TEST_CASE("the preamble of components") {
  CHECK(decoded(BuildComponent().bytes).order.empty());
  fails({}, "unexpected end", 0);
  fails({0, 'a', 's', 'm', 0x0d, 0}, "unexpected end", 6);
  fails({0, 'a', 's', 'n', 0x0d, 0, 1, 0}, "magic header not detected", 0);
  fails({0, 'a', 's', 'm', 0x0c, 0, 1, 0}, "unknown binary version", 4);
  fails({0, 'a', 's', 'm', 0x0d, 0, 2, 0}, "unknown binary version", 4);
  fails({0, 'a', 's', 'm', 1, 0, 0, 0}, "expected a version header for a component", 4);
  CHECK(component::is_component(BuildComponent().bytes));
  CHECK(component::is_component(ByteVec{0, 'a', 's', 'm', 0x0e, 0, 1, 0}));
  CHECK(!component::is_component(ByteVec{0, 'a', 's', 'm', 1, 0, 0, 0}));
  CHECK(!component::is_component(ByteVec{0, 'a', 's', 'm', 0x0d, 0, 1}));
  CHECK(!component::is_component(ByteVec{1, 'a', 's', 'm', 0x0d, 0, 1, 0}));
}

TEST_CASE("sections of components: id, size, what is inside") {
  fails(BuildComponent().raw({13, 0}).bytes, "malformed section id", 8);
  fails(BuildComponent().raw({7}).bytes, "unexpected end", 9);
  fails(BuildComponent().raw({7, 3, 0}).bytes, "unexpected end", 9);
  fails(BuildComponent().raw({7, 1, 1, 0x73}).bytes, "unexpected end", 10);
  fails(BuildComponent().raw({7, 2, 0, 0}).bytes, "section size mismatch", 11);
  fails(BuildComponent().section(4, {0, 'a', 's', 'm', 0x0c, 0, 1, 0}).bytes, "unknown binary version", 14);
  fails(BuildComponent().section(4, BuildComponent().section(7, {1, 0x62}).bytes).bytes,
        "invalid leading byte (0x62) for component defined type", 21);
  fails(BuildComponent().section(1, BuildComponent().bytes).bytes, "expected a version header for a module", 14);
  const component::Component c = decoded(
      BuildComponent().section(7, {1, 0x73}).section(7, {0}).section(7, {1, 0x7f}).section(1, {1, 2, 3}).bytes);
  REQUIRE(c.order.size() == 2);
  CHECK(c.order[0].kind == component::DefKind::type);
  CHECK(c.order[0].count == 2);
  CHECK(c.types[1].at == 18);
  CHECK(c.core_modules[0].at == 21);
  CHECK(c.core_modules[0].bytes.size() == 3);
}

TEST_CASE("every kind of value type, and what is none") {
  const component::Component c =
      decoded(BuildComponent()
                  .section(7, {7,                                                         //
                               0x72, 2,    1,    'a', 0x7f, 1,    'b', 0x80, 0x01,        // record
                               0x71, 2,    1,    'x', 1,    0x73, 0,   1,    'y',  0, 0,  // variant
                               0x67, 0x7d, 5,                                             // fixed list
                               0x6a, 0,    1,    3,                                       // result
                               0x63, 0x73, 0x79,                                          // map
                               0x3f, 0x7e, 1,    9,                                       // resource
                               0x43, 1,    1,    'p', 0x64, 0,    0})                     // async func
                  .bytes);
  CHECK(c.types[0].fields[1] == component::Field{"b", component::ValType::defined(128)});
  CHECK(c.types[1].fields[0] == component::Field{"x", component::Primitive::string});
  CHECK(!c.types[1].fields[1].type.present());
  CHECK(c.types[2].number == 5);
  CHECK(!c.types[3].first.present());
  CHECK(c.types[3].second == component::ValType::defined(3));
  CHECK(c.types[4].second == component::Primitive::u32);
  CHECK(c.types[5].rep == kI64);
  CHECK(c.types[5].number == 9);
  CHECK(c.types[6].kind == component::TypeKind::async_func);
  CHECK(c.types[6].first == component::ValType::defined(0));
  CHECK(c.types[6].at == 45);
}

TEST_CASE("core types: subtypes, groups, modules") {
  const component::Component c = decoded(BuildComponent()
                                             .section(3, {4,                                            //
                                                          0x60, 0,    0,                                //
                                                          0,    0x50, 0,    0x5f, 0,                    //
                                                          0x4e, 2,    0x50, 0,    0x5f, 0, 0x60, 0, 0,  //
                                                          0x50, 4,    1,    0x60, 0,    0, 0,    1, 'a', 1, 'b',  0,
                                                          0,    2,    0x10, 1,    1,    7, 3,    1, 'e', 3, 0x7f, 1})
                                             .bytes);
  CHECK(!c.core_types[1].types[0].final);
  CHECK(!c.core_types[1].is_rec);
  CHECK(c.core_types[2].is_rec);
  CHECK(c.core_types[2].types.size() == 2);
  const component::ModuleType& m = *c.core_types[3].module;
  REQUIRE(m.order.size() == 4);
  CHECK(m.imports[0].name == "b");
  CHECK(m.aliases[0].index == 7);
  CHECK(m.exports[0].type.global.mut);
}

TEST_CASE("what is wrong in a component, in the suite's words and where it is") {
  const Wrong wrong[] = {
      {2, {1, 2, 0, 0}, "invalid leading byte (0x2) for core instance", 11},
      {2, {1, 0, 0, 1, 1, 'i', 0, 0}, "invalid leading byte (0x0) for instantiation arg kind", 16},
      {2, {1, 1, 1, 1, 'i', 5, 0}, "invalid leading byte (0x5) for core external kind", 15},
      {3, {1, 0, 0x60, 0, 0}, "invalid leading byte (0x60) for non-final sub type", 12},
      {3, {1, 0x50, 1, 4, 0x60, 0, 0}, "invalid leading byte (0x4) for type definition", 13},
      {3, {1, 0x50, 1, 2, 0, 1, 1, 0}, "invalid leading byte (0x0) for outer alias kind", 14},
      {3, {1, 0x50, 1, 2, 0x10, 0, 1, 0}, "invalid leading byte (0x0) for outer alias target", 15},
      {3, {1, 0x61, 0}, "malformed definition type", 11},
      {5, {1, 2, 0, 0}, "invalid leading byte (0x2) for instance", 11},
      {6, {1, 3, 3, 0, 0}, "invalid leading byte (0x3) for alias", 12},
      {6, {1, 6, 2, 0, 0}, "invalid leading byte (0x6) for component outer alias kind", 11},
      {6, {1, 0, 5, 2, 0, 0}, "invalid leading byte (0x5) for component outer alias kind", 12},
      {6, {1, 1, 2, 0, 0}, "invalid leading byte (0x1) for component outer alias kind", 11},
      {6, {1, 0, 0, 2, 0, 0}, "invalid leading byte (0x0) for component outer alias kind", 12},
      {7, {1, 0x70, 0x62}, "invalid leading byte (0x62) for component value type", 12},
      {7, {1, 0x71, 1, 1, 'c', 0, 1}, "invalid leading byte (0x1) for zero byte required", 16},
      {7, {1, 0x6a, 2, 0}, "invalid leading byte (0x2) for optional component value type", 12},
      {7, {1, 0x70, 0x80, 0x80, 0x80, 0x80, 0x04}, "unknown type 1073741824: index out of bounds", 12},
      {7, {1, 0x69, 0x80, 0x80, 0x80, 0x80, 0x04}, "unknown type 1073741824: index out of bounds", 12},
      {7, {1, 0x3f, 0x7f, 1, 0xff, 0xff, 0xff, 0xff, 0x0f}, "unknown function 4294967295: index out of bounds", 14},
      {7, {1, 0x40, 0, 1, 1}, "invalid leading byte (0x1) for number of results", 14},
      {7, {1, 0x40, 0, 2, 0}, "invalid leading byte (0x2) for component function results", 13},
      {7, {1, 0x41, 1, 5, 0x73}, "invalid leading byte (0x5) for component or instance type declaration", 13},
      {7,
       {1, 0x42, 1, 3, 0, 1, 'a', 3, 1},
       "invalid leading byte (0x3) for component or instance type declaration",
       13},
      {8, {1, 7}, "invalid leading byte (0x7) for canonical function", 11},
      {8, {1, 0, 1, 0, 0, 0}, "invalid leading byte (0x1) for canonical function lift", 12},
      {8, {1, 1, 0, 0, 1, 0x0a}, "invalid leading byte (0xa) for canonical option", 15},
      {8, {1, 0x0c, 2}, "invalid boolean value", 12},
      {9,
       {7, 0, 0xff, 0xff, 0xff, 0xff, 0x0f},
       "implementation limit exceeded: results of a start: 4294967295, at most 1",
       12},
      {10, {1, 3, 1, 'a', 1, 0}, "invalid leading byte (0x3) for component name", 11},
      {10, {1, 2, 1, 'a', 1, 3, 1, 'x', 1, 0}, "invalid leading byte (0x3) for name option", 15},
      {10, {1, 0, 1, 't', 3, 2}, "invalid leading byte (0x2) for type bound", 15},
      {10, {1, 0, 1, 'x', 6, 0}, "invalid leading byte (0x6) for component external kind", 14},
      {10, {1, 0, 1, 'm', 0, 0}, "invalid leading byte (0x0) for component external kind", 15},
      {10, {1, 0, 0x7f, 'a', 'b'}, "unexpected end", 12},
      {10, {1, 0, 2, 0xff, 0xfe, 1, 0}, "malformed UTF-8 encoding", 12},
      {11, {1, 0, 1, 'e', 1, 0, 2}, "invalid leading byte (0x2) for optional component export type", 16},
  };
  for (const Wrong& one : wrong)
    fails(BuildComponent().section(one.section, one.content).bytes, one.words, one.offset);
}

TEST_CASE("gates name their flag") {
  struct Gate {
    uint8_t section;
    ByteVec content;
    component::Feature feature;
    uint32_t offset;
  };
  using enum component::Feature;
  for (const Gate& gate :
       {Gate{7, {1, 0x66, 0}, async, 11}, Gate{7, {1, 0x63, 0x73, 0x73}, map, 11},
        Gate{7, {1, 0x67, 0x73, 1}, fixed_length_lists, 11}, Gate{7, {1, 0x64}, error_context, 11},
        Gate{7, {1, 0x70, 0x64}, error_context, 12}, Gate{8, {1, 0x05}, async, 11}, Gate{8, {1, 0x26}, threading, 11},
        Gate{8, {1, 0x42, 0}, shared_threads, 11}, Gate{8, {1, 0, 0, 0, 1, 6, 0}, async, 15},
        Gate{9, {0, 0, 0}, values, 8}, Gate{12, {1, 0x7f, 1, 0}, values, 8},
        Gate{10, {1, 0, 1, 'v', 2, 0, 0}, values, 14}, Gate{10, {1, 2, 1, 'a', 1, 0, 0, 5, 0}, implements, 15},
        Gate{10, {1, 2, 1, 'a', 1, 1, 0, 5, 0}, canonical_names, 15}}) {
    const ByteVec bytes = BuildComponent().section(gate.section, gate.content).bytes;
    component::Features features = test::all_component_features();
    CHECK(component::decode(bytes, features, Features{}, nullptr).ok());
    features.set(gate.feature, false);
    ErrorSink sink;
    auto refused = component::decode(bytes, features, Features{}, &sink);
    REQUIRE(!refused.ok());
    CHECK(refused.error().code == ErrorCode::feature_disabled);
    CHECK(refused.error().offset == gate.offset);
    const component::FeatureInfo& info = component::kFeatures[static_cast<size_t>(gate.feature)];
    CHECK(sink.detail == "needs " + std::string(info.flag) + " (" + std::string(info.what) + ")");
  }
}
