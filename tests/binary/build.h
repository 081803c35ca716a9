// Builds binary modules by hand for tests: a header, then sections of raw bytes.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include "binary/writer.h"

namespace heddle::test {

using ByteVec = std::vector<uint8_t>;

class Build {
 public:
  Build() : bytes{0x00, 'a', 's', 'm', 0x01, 0x00, 0x00, 0x00} {}

  Build& raw(std::initializer_list<uint8_t> content) {
    bytes.insert(bytes.end(), content);
    return *this;
  }
  Build& section(uint8_t id, std::span<const uint8_t> content) {
    binary::Writer out(bytes);
    out.section(static_cast<syntax::SectionId>(id), [&] { out.bytes(content); });
    return *this;
  }
  Build& section(uint8_t id, std::initializer_list<uint8_t> content) {
    return section(id, std::span(content.begin(), content.size()));
  }
  // A section of `count` times the same item.
  Build& repeated(uint8_t id, uint32_t count, std::initializer_list<uint8_t> item) {
    ByteVec content;
    binary::Writer out(content);
    out.u32(count);
    for (uint32_t i = 0; i < count; ++i) content.insert(content.end(), item);
    return section(id, content);
  }
  Build& custom(std::string_view name, std::span<const uint8_t> content) {
    binary::Writer out(bytes);
    out.section(syntax::SectionId::custom, [&] {
      out.name(name);
      out.bytes(content);
    });
    return *this;
  }
  // One type [] -> [], one function of it, with this body (locals and `end` included).
  Build& one_func(std::initializer_list<uint8_t> body) {
    section(1, {0x01, 0x60, 0x00, 0x00}).section(3, {0x01, 0x00});
    return code(body);
  }
  Build& code(std::initializer_list<uint8_t> body) {
    ByteVec content{0x01};
    binary::Writer out(content);
    out.sized([&] { out.bytes(std::span(body.begin(), body.size())); });
    return section(10, content);
  }

  ByteVec bytes;
};

}  // namespace heddle::test
