#include <algorithm>
#include <vector>

#include "base/utf8.h"
#include "component/wave/wave.h"

namespace heddle::component::wave {

std::string point_at(std::string_view text, uint32_t offset) {
  constexpr size_t kBefore = 60, kMost = 100;  // characters
  const size_t at = std::min<size_t>(offset, text.size());
  const size_t first = text.substr(0, at).rfind('\n') + 1;  // 0 where there is none
  const std::string_view line = text.substr(first, text.find('\n', at) - first);
  std::vector<std::string_view> characters;
  for (size_t i = 0; i < line.size(); i += characters.back().size()) {
    characters.push_back(line.substr(i, utf8::sequence_length(static_cast<uint8_t>(line[i]))));
  }
  size_t place = 0;
  for (size_t i = first; place < characters.size() && i < at; ++place) i += characters[place].size();

  const size_t begin = place - std::min(place, kBefore);
  const size_t end = std::min(begin + kMost, characters.size());
  std::string shown = begin > 0 ? "..." : "", below = begin > 0 ? "   " : "";
  for (size_t i = begin; i < end; ++i) {
    shown += characters[i];
    if (i < place) below += characters[i] == "\t" ? '\t' : ' ';
  }
  return shown + (end < characters.size() ? "..." : "") + "\n" + below + "^";
}

}  // namespace heddle::component::wave
