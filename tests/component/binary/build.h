// Builds binary components by hand for tests: a preamble, then sections of raw bytes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "binary/writer.h"
#include "component/binary/decode.h"

namespace heddle::test {

using ByteVec = std::vector<uint8_t>;

class BuildComponent {
 public:
  BuildComponent() : bytes{0x00, 'a', 's', 'm', 0x0d, 0x00, 0x01, 0x00} {}

  BuildComponent& raw(std::initializer_list<uint8_t> content) {
    bytes.insert(bytes.end(), content);
    return *this;
  }
  BuildComponent& section(uint8_t id, std::span<const uint8_t> content) {
    bytes.push_back(id);
    binary::Writer out(bytes);
    out.sized([&] { out.bytes(content); });
    return *this;
  }
  BuildComponent& section(uint8_t id, std::initializer_list<uint8_t> content) {
    return section(id, std::span(content.begin(), content.size()));
  }
  // A section of `count` times the same item.
  BuildComponent& repeated(uint8_t id, uint32_t count, const ByteVec& item) {
    ByteVec content;
    binary::Writer(content).u32(count);
    for (uint32_t i = 0; i < count; ++i) content.insert(content.end(), item.begin(), item.end());
    return section(id, content);
  }
  BuildComponent& custom(std::string_view name, std::span<const uint8_t> content) {
    ByteVec whole;
    binary::Writer out(whole);
    out.name(name);
    out.bytes(content);
    return section(0, whole);
  }

  ByteVec bytes;
};

inline component::Features all_component_features() {
  component::Features features;
  for (size_t i = 0; i < std::size(component::kFeatures); ++i) features.set(static_cast<component::Feature>(i), true);
  return features;
}

}  // namespace heddle::test
