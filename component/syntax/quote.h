// Names as messages have them.
#pragma once
#include <string>
#include <string_view>

namespace heddle::component {

// `text`, or where that is long its beginning, which says enough.
inline std::string quoted(std::string_view text) {
  constexpr size_t kMost = 100;
  if (text.size() <= kMost) return "`" + std::string(text) + "`";
  size_t end = kMost;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;  // not within a character
  return "`" + std::string(text.substr(0, end)) + "...`";
}

}  // namespace heddle::component
