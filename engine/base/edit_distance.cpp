// A row at a time.
#include "base/edit_distance.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace heddle {

size_t edit_distance(std::string_view a, std::string_view b) {
  a = a.substr(0, kLongestCompared);
  b = b.substr(0, kLongestCompared);
  std::array<size_t, kLongestCompared + 1> row{};
  std::iota(row.begin(), row.begin() + b.size() + 1, size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace heddle
