// Characters and the three encodings that the canonical ABI knows.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::component::canon {

enum class Encoding : uint8_t { utf8, utf16, latin1 };

std::optional<std::string> decode(std::span<const uint8_t> bytes, Encoding encoding);  // to UTF-8
// `text` is valid UTF-8, and every character of it is one of the encoding.
std::vector<uint8_t> encode(std::string_view text, Encoding encoding);
std::vector<uint32_t> code_points(std::string_view text);

}  // namespace heddle::component::canon
