// What to say where there is no such name: which one was meant, or which there are.
#include <algorithm>

#include "base/edit_distance.h"
#include "component/api/internal.h"
#include "component/syntax/extern_name.h"

namespace heddle::api::detail {
namespace {

// More are not compared.
constexpr size_t kMostNames = 1000;
constexpr size_t kShown = 8;

bool separates(char c) { return std::string_view(":/.#[]@").find(c) != std::string_view::npos; }

// Leaves of both what differs, in whole words: "kv" and "log" of "a:b/kv" and "a:b/log".
void cut_to_difference(std::string_view& a, std::string_view& b) {
  const size_t shorter = std::min(a.size(), b.size());
  size_t same = 0, front = 0, back = 0;
  for (; same < shorter && a[same] == b[same]; ++same) {
    if (separates(a[same])) front = same + 1;
  }
  for (same = 0; same < shorter - front && a[a.size() - 1 - same] == b[b.size() - 1 - same]; ++same) {
    if (separates(a[a.size() - 1 - same])) back = same + 1;
  }
  a = a.substr(front, a.size() - front - back);
  b = b.substr(front, b.size() - front - back);
}

// Nothing: they are not alike. A third of the letters may be other ones.
std::optional<size_t> likeness(std::string_view wanted, std::string_view name) {
  if (std::max(wanted.size(), name.size()) > kLongestCompared) return std::nullopt;
  cut_to_difference(wanted, name);
  const size_t apart = edit_distance(wanted, name);
  if (apart > std::max(wanted.size(), name.size()) / 3) return std::nullopt;
  return apart;
}

// The first of `count`.
std::string listed(std::span<const std::string> names, size_t count, char quote) {
  std::string text = count == 1 ? "there is " : "there are ";
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text.append(i > 0 ? ", " : "").append(1, quote).append(names[i]).append(1, quote);
  }
  if (count > kShown) text += " and " + std::to_string(count - kShown) + " more";
  return text;
}

}  // namespace

std::string instead_of(std::string_view wanted, const std::vector<std::string>& names) {
  std::vector<std::string> versions;
  std::optional<size_t> least;
  const std::string* nearest = nullptr;
  for (const std::string& name : names) {
    if (component::without_version(name) == component::without_version(wanted)) versions.push_back(name);
    if (names.size() > kMostNames) continue;
    const auto apart = likeness(component::without_version(wanted), component::without_version(name));
    if (!apart || (least && *apart >= *least)) continue;
    least = apart;
    nearest = &name;
  }
  if (!versions.empty()) return "; " + listed(versions, versions.size(), '`');
  if (nearest) return "; did you mean \"" + *nearest + "\"?";
  return names.empty() ? "" : "; " + listed(names, names.size(), '"');
}

std::string nearest_first(std::string_view wanted, std::vector<NameParts> names) {
  if (names.empty()) return "there is none";
  const size_t count = names.size();
  if (count <= kMostNames) {
    std::vector<std::pair<size_t, size_t>> order;  // how far apart, and which
    for (size_t i = 0; i < count; ++i) {
      order.emplace_back(edit_distance(wanted, names[i].label), i);
    }
    std::ranges::sort(order);
    std::vector<NameParts> sorted;
    for (const auto& [apart, i] : order) sorted.push_back(names[i]);
    names = std::move(sorted);
  }
  std::vector<std::string> whole;
  for (const NameParts& name : std::span(names).first(std::min(count, kShown))) {
    whole.push_back((name.interface.empty() ? "" : std::string(name.interface) + "#") + std::string(name.label));
  }
  return listed(whole, count, '`');
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace heddle::api::detail
