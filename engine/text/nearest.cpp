// The edit distance, by rows; bounded in length and number, so that an error stays cheap.
#include "text/nearest.h"

#include <algorithm>
#include <array>

namespace heddle::text {
namespace {

constexpr size_t kLongest = 64, kMost = 1000;

size_t distance(std::string_view a, std::string_view b) {
  std::array<size_t, kLongest + 1> row{};
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0]++;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

}  // namespace

void Nearest::offer(std::string_view word) {
  size_t longer = std::max(word.size(), wanted_.size()), shorter = std::min(word.size(), wanted_.size());
  if (longer > kLongest || longer - shorter > least_ || tried_ == kMost) return;
  ++tried_;
  size_t d = distance(wanted_, word);
  if (d >= wanted_.size() || d > least_ || (d == least_ && (best_.empty() || best_ < word))) return;
  least_ = d;
  best_ = word;
}

}  // namespace heddle::text
