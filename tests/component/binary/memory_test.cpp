// What a component costs in memory stays linear in its size: 64 bytes a byte and 64 MiB, whatever it holds. And what
// is limited in number or depth is refused just beyond the limit.
#include <doctest/doctest.h>
#include <malloc.h>

#include <algorithm>
#include <utility>

#include "component/binary/build.h"
#include "component/binary/encode.h"
#include "component/syntax/limits.h"

using namespace heddle;
using test::BuildComponent;
using test::ByteVec;

namespace {

struct Outcome {
  bool ok = false;
  Error error{};
  std::string detail;
};

size_t used_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

Outcome decode(const ByteVec& bytes) {
  ErrorSink sink;
  const size_t before = used_bytes();
  auto decoded = component::decode(bytes, test::all_component_features(), Features{}, &sink);
  const size_t after = used_bytes();
  CHECK(after - std::min(before, after) <= 64 * bytes.size() + (64u << 20));
  if (decoded.ok()) return {true, {}, sink.detail};
  return {false, decoded.error(), sink.detail};
}

// `depth` component types, one inside the other, the innermost empty.
ByteVec nested_types(uint32_t depth) {
  ByteVec content{1};
  for (uint32_t i = 1; i < depth; ++i) content.insert(content.end(), {0x41, 1, 1});
  content.insert(content.end(), {0x41, 0});
  return BuildComponent().section(7, content).bytes;
}

ByteVec nested_components(uint32_t depth) {
  ByteVec bytes = BuildComponent().bytes;
  for (uint32_t i = 1; i < depth; ++i) bytes = BuildComponent().section(4, bytes).bytes;
  return bytes;
}

constexpr uint32_t kMany = component::limits::kDefinitions;

}  // namespace

TEST_CASE("a million definitions of each small kind take memory in proportion") {
  struct Item {
    uint8_t section;
    ByteVec bytes;
  };
  for (const Item& item :
       {Item{7, {0x73}}, Item{7, {0x6a, 0, 0}}, Item{7, {0x6e, 0}}, Item{7, {0x72, 1, 0, 0x73}}, Item{8, {0x05}},
        Item{8, {0x1c, 1, 0}}, Item{3, {0x5f, 0}}, Item{2, {1, 0}}, Item{5, {1, 0}}, Item{6, {1, 0, 0, 0}},
        Item{10, {0, 0, 1, 0}}, Item{11, {0, 0, 1, 0, 0}}, Item{12, {0x7f, 0}}}) {
    CAPTURE(int{item.section});
    CHECK(decode(BuildComponent().repeated(item.section, kMany, item.bytes).bytes).ok);
    CHECK(!decode(BuildComponent().repeated(item.section, kMany + 1, item.bytes).bytes).ok);
  }
  // In many sections, and after one that is full.
  BuildComponent sections;
  for (uint32_t i = 0; i < kMany / 4; ++i) sections.raw({8, 2, 1, 5, 0, 1, 0, 1, 0});
  CHECK(decode(sections.bytes).ok);
  CHECK(decode(BuildComponent().repeated(8, kMany - 1, {5}).section(8, {1, 5}).bytes).ok);
  CHECK(decode(BuildComponent().repeated(8, kMany, {5}).section(8, {1, 5}).bytes).detail ==
        "canonical definitions: 1000001, at most 1000000");
}

TEST_CASE("declarations of a kind are limited like definitions") {
  struct Item {
    uint8_t section, type;
    ByteVec bytes;
    std::string_view what;
  };
  for (const Item& item : {Item{3, 0x50, {0, 0, 0, 0, 0}, "imports"}, Item{3, 0x50, {3, 0, 0, 0}, "exports"},
                           Item{3, 0x50, {2, 0x10, 1, 0, 0}, "aliases"}, Item{7, 0x41, {3, 0, 0, 1, 0}, "imports"},
                           Item{7, 0x42, {4, 0, 0, 1, 0}, "exports"}}) {
    auto of = [&](uint32_t count) {
      ByteVec content{1, item.type};
      binary::Writer(content).u32(count);
      for (uint32_t i = 0; i < count; ++i) content.insert(content.end(), item.bytes.begin(), item.bytes.end());
      return BuildComponent().section(item.section, content).bytes;
    };
    CHECK(decode(of(kMany)).ok);
    CHECK(decode(of(kMany + 1)).detail == std::string(item.what) + ": 1000001, at most 1000000");
  }
}

TEST_CASE("types and scopes are counted together") {
  ByteVec instance_type{1, 0x42};
  binary::Writer out(instance_type);
  out.u32(kMany - 1);
  for (uint32_t i = 0; i < kMany - 1; ++i) instance_type.insert(instance_type.end(), {1, 0x73});
  CHECK(decode(BuildComponent().section(7, instance_type).bytes).ok);
  CHECK(decode(BuildComponent().section(7, {1, 0x73}).section(7, instance_type).bytes).detail ==
        "types: 1000001, at most 1000000");

  ByteVec components = BuildComponent().bytes;
  const ByteVec inner = BuildComponent().bytes;
  for (uint32_t i = 1; i < component::limits::kScopes; ++i) {
    components.insert(components.end(), {4, 8});
    components.insert(components.end(), inner.begin(), inner.end());
  }
  CHECK(decode(components).ok);
  components.insert(components.end(), {4, 8});
  components.insert(components.end(), inner.begin(), inner.end());
  CHECK(decode(components).detail == "scopes: 100001, at most 100000");
  for (const auto& [section, code] : {std::pair<uint8_t, uint8_t>{7, 0x41}, {7, 0x42}, {3, 0x50}}) {
    CHECK(decode(BuildComponent().repeated(section, component::limits::kScopes - 1, {code, 0}).bytes).ok);
    CHECK(decode(BuildComponent().repeated(section, component::limits::kScopes, {code, 0}).bytes).detail ==
          "scopes: 100001, at most 100000");
  }
}

TEST_CASE("nesting is limited") {
  const uint32_t most = component::limits::kNesting;
  CHECK(decode(nested_components(most)).ok);
  const Outcome components = decode(nested_components(most + 1));
  CHECK(components.error.code == ErrorCode::limit_exceeded);
  CHECK(components.detail == "nesting: 101, at most 100");
  CHECK(decode(nested_types(most - 1)).ok);  // in a component
  const Outcome types = decode(nested_types(most));
  CHECK(types.error.code == ErrorCode::limit_exceeded);
  CHECK(types.error.offset == nested_types(most).size() - 2);
  CHECK(decode(nested_types(kMany)).error.code == ErrorCode::limit_exceeded);
}

TEST_CASE("counts beyond the bytes that are left reserve nothing") {
  for (uint8_t section : {2, 3, 5, 6, 7, 8, 10, 11, 12}) {
    const Outcome outcome = decode(BuildComponent().section(section, {0xff, 0xff, 0xff, 0xff, 0x0f, 0}).bytes);
    CHECK(outcome.error.code == ErrorCode::unexpected_end);
    CHECK(outcome.error.offset == 10);
  }
}
