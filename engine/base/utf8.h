// UTF-8 as the specification wants it (5.2.4, RFC 3629): shortest form, no surrogates, at most U+10FFFF.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::utf8 {

bool valid(std::string_view text);
void append(std::string& out, uint32_t code_point);  // code_point is a scalar value

}  // namespace heddle::utf8
