// Open addressing with linear probing, at most 40 % full.
#include "text/keyword.h"

#include <array>

namespace heddle::text {
namespace {

constexpr size_t kSlots = 2048;
constexpr uint16_t kFree = 0xffff;

constexpr uint32_t hash(std::string_view text) {
  uint32_t h = static_cast<uint32_t>(text.size());
  for (char c : text) h = (h ^ static_cast<uint8_t>(c)) * 0x9e3779b1;
  return h ^ h >> 15;
}

constexpr std::string_view text_at(uint16_t index) {
  return index < kOpCount ? kOps[index].text : kWordTexts[index - kOpCount];
}

constexpr auto kTable = [] {
  std::array<uint16_t, kSlots> table{};
  table.fill(kFree);
  for (size_t i = 0; i < kOpCount + std::size(kWordTexts); ++i) {
    auto index = static_cast<uint16_t>(i);
    size_t slot = hash(text_at(index)) % kSlots;
    while (table[slot] != kFree && text_at(table[slot]) != text_at(index)) slot = (slot + 1) % kSlots;
    if (table[slot] == kFree) table[slot] = index;
  }
  return table;
}();

static_assert((kOpCount + std::size(kWordTexts)) * 5 < kSlots * 2);

}  // namespace

Keyword find_keyword(std::string_view text) {
  for (size_t slot = hash(text) % kSlots; kTable[slot] != kFree; slot = (slot + 1) % kSlots) {
    uint16_t index = kTable[slot];
    if (text_at(index) != text) continue;
    return index < kOpCount ? Keyword(static_cast<Op>(index)) : Keyword(static_cast<Word>(index - kOpCount));
  }
  return {};
}

}  // namespace heddle::text
