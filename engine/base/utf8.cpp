// The checker walks sequence by sequence; ASCII, the common case, goes by blocks.
#include "base/utf8.h"

#include <cstring>

namespace heddle::utf8 {
namespace {

// The range of the byte after the lead excludes overlong forms, surrogates and what lies beyond U+10FFFF.
struct Lead {
  uint8_t length, second_min, second_max;
};

Lead lead_of(uint8_t b) {
  if (b >= 0xc2 && b <= 0xdf) return {2, 0x80, 0xbf};
  if (b == 0xe0) return {3, 0xa0, 0xbf};
  if (b == 0xed) return {3, 0x80, 0x9f};
  if (b >= 0xe1 && b <= 0xef) return {3, 0x80, 0xbf};
  if (b == 0xf0) return {4, 0x90, 0xbf};
  if (b >= 0xf1 && b <= 0xf3) return {4, 0x80, 0xbf};
  if (b == 0xf4) return {4, 0x80, 0x8f};
  return {0, 0, 0};
}

constexpr ptrdiff_t kWord = 8, kBlock = 64;

template <ptrdiff_t kBytes>
bool ascii(const uint8_t* at) {
  uint64_t all = 0;
  for (ptrdiff_t i = 0; i < kBytes; i += kWord) {
    uint64_t word;
    std::memcpy(&word, at + i, kWord);
    all |= word;
  }
  return (all & 0x8080808080808080u) == 0;
}

}  // namespace

bool valid(std::string_view text) {
  auto* at = reinterpret_cast<const uint8_t*>(text.data());
  auto* end = at + text.size();
  while (at != end) {
    while (end - at >= kBlock && ascii<kBlock>(at)) at += kBlock;
    if (end - at >= kWord && ascii<kWord>(at)) {
      at += kWord;
      continue;
    }
    if (at == end) break;
    if (*at < 0x80) {
      ++at;
      continue;
    }
    Lead lead = lead_of(*at);
    if (lead.length == 0 || end - at < lead.length) return false;
    if (at[1] < lead.second_min || at[1] > lead.second_max) return false;
    for (int i = 2; i < lead.length; ++i) {
      if ((at[i] & 0xc0) != 0x80) return false;
    }
    at += lead.length;
  }
  return true;
}

void append(std::string& out, uint32_t c) {
  auto put = [&](uint32_t b) { out.push_back(static_cast<char>(b)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    put(0xe0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3f));
  } else {
    put(0xf0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3f));
    put(0x80 | (c >> 6 & 0x3f));
  }
  put(0x80 | (c & 0x3f));
}

}  // namespace heddle::utf8
