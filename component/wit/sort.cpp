// Kahn's algorithm with a heap: of the nodes that wait for nothing, the first one.
#include "component/wit/sort.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace heddle::component::wit {
namespace {

// Each node that was left over refers to another one that was: going on from one leads into a cycle.
void find_cycle(const std::vector<std::vector<Edge>>& edges, const std::vector<uint32_t>& waiting, Order& found) {
  const auto is_left = [&](uint32_t node) { return waiting[node] != 0; };
  uint32_t node = 0;
  while (!is_left(node)) ++node;
  std::vector<uint32_t> path;
  std::vector<bool> seen(edges.size());
  while (!seen[node]) {
    seen[node] = true;
    path.push_back(node);
    const auto next =
        std::find_if(edges[node].begin(), edges[node].end(), [&](const Edge& edge) { return is_left(edge.to); });
    node = next->to;
    found.offset = next->offset;
  }
  found.cycle.assign(std::find(path.begin(), path.end(), node), path.end());
}

}  // namespace

Order sort(const std::vector<std::vector<Edge>>& edges) {
  Order found;
  std::vector<uint32_t> waiting(edges.size());  // for how many references
  std::vector<std::vector<uint32_t>> referring(edges.size());
  std::priority_queue<uint32_t, std::vector<uint32_t>, std::greater<>> ready;
  for (uint32_t node = 0; node < edges.size(); ++node) {
    waiting[node] = static_cast<uint32_t>(edges[node].size());
    for (const Edge& edge : edges[node]) referring[edge.to].push_back(node);
    if (waiting[node] == 0) ready.push(node);
  }
  while (!ready.empty()) {
    const uint32_t node = ready.top();
    ready.pop();
    found.order.push_back(node);
    for (uint32_t other : referring[node]) {
      if (--waiting[other] == 0) ready.push(other);
    }
  }
  if (found.order.size() < edges.size()) find_cycle(edges, waiting, found);
  return found;
}

}  // namespace heddle::component::wit
