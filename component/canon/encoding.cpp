#include "component/canon/encoding.h"

#include "base/assert.h"
#include "base/utf8.h"

namespace heddle::component::canon {
namespace {

constexpr bool is_high(uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
constexpr bool is_low(uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

std::optional<std::string> decode_utf16(std::span<const uint8_t> bytes) {
  std::string text;
  auto unit = [&](size_t i) { return static_cast<uint32_t>(bytes[i] | bytes[i + 1] << 8); };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    uint32_t code = unit(i);
    if (is_low(code)) return std::nullopt;
    if (is_high(code)) {
      i += 2;
      if (i >= bytes.size() || !is_low(unit(i))) return std::nullopt;
      code = 0x10000 + ((code & 0x3ff) << 10 | (unit(i) & 0x3ff));
    }
    utf8::append(text, code);
  }
  return text;
}

void append_unit(std::vector<uint8_t>& bytes, uint32_t unit) {
  bytes.push_back(static_cast<uint8_t>(unit));
  bytes.push_back(static_cast<uint8_t>(unit >> 8));
}

}  // namespace

std::optional<std::string> decode(std::span<const uint8_t> bytes, Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8: {
      std::string text(bytes.begin(), bytes.end());
      return utf8::valid(text) ? std::optional(std::move(text)) : std::nullopt;
    }
    case Encoding::utf16: return decode_utf16(bytes);
    case Encoding::latin1: {
      std::string text;
      for (uint8_t byte : bytes) utf8::append(text, byte);
      return text;
    }
  }
  return std::nullopt;
}

uint32_t CodePoints::Iterator::operator*() const {
  const auto lead = static_cast<uint8_t>(text_[at_]);
  const size_t length = utf8::sequence_length(lead);
  uint32_t code = length == 1 ? lead : lead & (0x7fu >> length);
  for (size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<uint8_t>(text_[at_ + k]) & 0x3f);
  return code;
}

CodePoints::Iterator& CodePoints::Iterator::operator++() {
  at_ += utf8::sequence_length(static_cast<uint8_t>(text_[at_]));
  return *this;
}

std::vector<uint8_t> encode(std::string_view text, Encoding encoding) {
  if (encoding == Encoding::utf8) return {text.begin(), text.end()};
  std::vector<uint8_t> bytes;
  bytes.reserve(encoding == Encoding::utf16 ? 2 * text.size() : text.size());
  for (uint32_t code : CodePoints(text)) {
    if (encoding == Encoding::latin1) {
      HEDDLE_ASSERT(code < 0x100);
      bytes.push_back(static_cast<uint8_t>(code));
    } else if (code < 0x10000) {
      append_unit(bytes, code);
    } else {
      append_unit(bytes, 0xd800 + ((code - 0x10000) >> 10));
      append_unit(bytes, 0xdc00 + ((code - 0x10000) & 0x3ff));
    }
  }
  return bytes;
}

}  // namespace heddle::component::canon
