// What a misspelt word was probably meant to be: of the words offered, the one that differs by the fewest letters, if
// most letters agree. Only looked for when an error is shown to somebody.
#pragma once
#include <cstddef>
#include <string_view>

namespace heddle::text {

class Nearest {
 public:
  explicit Nearest(std::string_view wanted) : wanted_(wanted), least_(wanted.size() / 3 + 1) {}

  void offer(std::string_view word);
  std::string_view best() const { return best_; }  // empty if nothing comes near

 private:
  std::string_view wanted_, best_;
  size_t least_;  // only what differs by less is nearer
  size_t tried_ = 0;
};

}  // namespace heddle::text
