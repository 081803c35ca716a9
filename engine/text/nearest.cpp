// Bounded in length and number, so that an error stays cheap.
#include "text/nearest.h"

#include <algorithm>

#include "base/edit_distance.h"

namespace heddle::text {
namespace {

constexpr size_t kLongest = 64, kMost = 1000;

}  // namespace

void Nearest::offer(std::string_view word) {
  size_t longer = std::max(word.size(), wanted_.size()), shorter = std::min(word.size(), wanted_.size());
  if (longer > kLongest || longer - shorter > least_ || tried_ == kMost) return;
  ++tried_;
  size_t d = edit_distance(wanted_, word);
  if (d >= wanted_.size() || d > least_ || (d == least_ && (best_.empty() || best_ < word))) return;
  least_ = d;
  best_ = word;
}

}  // namespace heddle::text
