// Which imports have resource types of one another: plugs do not know those of other plugs, so that one of them has
// to serve such imports together.
#pragma once
#include <unordered_map>
#include <utility>
#include <vector>

#include "component/plug/parts.h"

namespace heddle::component::plug {

class Sharing {
 public:
  // `is_served`: those that are not may share theirs with all.
  Sharing(const Types& types, const Items& imports, const std::vector<bool>& is_served);

  // Of more than one, by their places among the imports, ascending.
  const std::vector<std::vector<size_t>>& sets() const { return sets_; }
  // One of which the types are, and one that has them too.
  const std::vector<std::pair<size_t, size_t>>& pairs() const { return pairs_; }

 private:
  struct First {
    size_t import;
    bool served;  // a resource type in it is
  };

  bool visit(TypeId type);
  void unite(size_t one, size_t other);

  const Types& types_;
  const std::vector<bool>& is_served_;
  size_t import_ = 0;                          // that is visited
  std::unordered_map<uint64_t, First> first_;  // that has a type, by identity
  std::vector<std::vector<size_t>> sets_;
  std::vector<size_t> set_of_;
  std::vector<std::pair<size_t, size_t>> pairs_;
};

}  // namespace heddle::component::plug
