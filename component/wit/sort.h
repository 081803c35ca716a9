// Topological order, for packages, interfaces and worlds, and types: what is referred to comes first, and otherwise
// the order is kept, so that what is sorted stays as it is.
#pragma once
#include <cstdint>
#include <vector>

namespace heddle::component::wit {

struct Edge {
  uint32_t to;
  uint32_t offset;  // where it is written
};

struct Order {
  std::vector<uint32_t> order;
  std::vector<uint32_t> cycle;  // where there is one, and no order: its nodes; the last refers to the first
  uint32_t offset = 0;          // of the reference that closes it
};

// `edges` by node: what it refers to.
Order sort(const std::vector<std::vector<Edge>>& edges);

}  // namespace heddle::component::wit
