// UTF-8 as the specification wants it (5.2.4, RFC 3629): shortest form, no surrogates, at most U+10FFFF.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::utf8 {

// How many bytes the character has that begins with `lead`, in valid text.
constexpr size_t sequence_length(uint8_t lead) { return lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4; }

bool valid(std::string_view text);
void append(std::string& out, uint32_t code_point);  // code_point is a scalar value

}  // namespace heddle::utf8
