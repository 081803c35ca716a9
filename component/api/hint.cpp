// What to say where there is no such name: which one was meant, or which there are.
#include <algorithm>
#include <numeric>

#include "component/api/internal.h"
#include "component/syntax/extern_name.h"

namespace heddle::api::detail {
namespace {

// Longer names are not compared, nor so many.
constexpr size_t kLongest = 200, kMostNames = 1000;
constexpr size_t kShown = 8;

// How many letters to put in, take out or replace.
size_t distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

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
  if (wanted.size() > kLongest || name.size() > kLongest) return std::nullopt;
  cut_to_difference(wanted, name);
  const size_t apart = distance(wanted, name);
  if (apart > std::max(wanted.size(), name.size()) / 3) return std::nullopt;
  return apart;
}

std::string listed(const std::vector<std::string>& names, char quote) {
  std::string text = names.size() == 1 ? "there is " : "there are ";
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text.append(i > 0 ? ", " : "").append(1, quote).append(names[i]).append(1, quote);
  }
  if (names.size() > kShown) text += " and " + std::to_string(names.size() - kShown) + " more";
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
  if (!versions.empty()) return "; " + listed(versions, '`');
  if (nearest) return "; did you mean \"" + *nearest + "\"?";
  return names.empty() ? "" : "; " + listed(names, '"');
}

std::string nearest_first(std::string_view wanted, std::vector<NameParts> names) {
  if (names.empty()) return "there is none";
  const size_t shown = std::min(names.size(), kShown), count = names.size();
  if (count <= kMostNames) {
    std::vector<std::pair<size_t, size_t>> order;  // how far apart, and which
    for (size_t i = 0; i < count; ++i) {
      order.emplace_back(distance(wanted.substr(0, kLongest), names[i].label.substr(0, kLongest)), i);
    }
    std::ranges::sort(order);
    std::vector<NameParts> sorted;
    for (const auto& [apart, i] : order) sorted.push_back(names[i]);
    names = std::move(sorted);
  }
  std::vector<std::string> whole;
  for (const NameParts& name : std::span(names).first(shown)) {
    whole.push_back((name.interface.empty() ? "" : std::string(name.interface) + "#") + std::string(name.label));
  }
  std::string text = listed(whole, '`');
  if (count > shown) text += " and " + std::to_string(count - shown) + " more";
  return text;
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace heddle::api::detail
