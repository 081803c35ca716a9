#include "component/plug/offers.h"

#include <algorithm>

#include "component/syntax/extern_name.h"

namespace heddle::component::plug {

std::string group_name(std::string_view import) {
  const auto name = parse_extern_name(import, Features(), nullptr);
  if (!name || name->kind != ParsedName::Kind::interface || name->version.empty()) return std::string(import);
  const auto version = parse_semver(name->version, nullptr);
  if (!version) return std::string(import);
  return std::string(name->package) + "/" + std::string(name->projection) + "@" + version->canonical();
}

std::optional<SemVer> version_of(std::string_view name) {
  const auto parsed = parse_extern_name(name, Features(), nullptr);
  if (!parsed || parsed->kind != ParsedName::Kind::interface || parsed->version.empty()) return std::nullopt;
  return parse_semver(parsed->version, nullptr);
}

Offers::Offers(const std::vector<Piece>& plugs) {
  for (size_t i = 0; i < plugs.size(); ++i) {
    for (const Item& item : plugs[i].type().exports) {
      exact_.try_emplace(item.name->text, Offer{i, &item});
      const auto version = version_of(item.name->text);
      if (!version) continue;
      std::vector<Versioned>& offers = compatible_[group_name(item.name->text)];
      if (!offers.empty() && precedence(*version, offers.back().version) <= 0) continue;
      if (!offers.empty() && offers.back().offer.plug == i) offers.pop_back();
      offers.push_back({*version, {i, &item}});
    }
  }
}

std::optional<Offer> Offers::find(std::string_view import) const {
  if (const auto exact = exact_.find(import); exact != exact_.end()) return exact->second;
  const auto version = version_of(import);
  if (!version) return std::nullopt;
  const auto offers = compatible_.find(group_name(import));
  if (offers == compatible_.end()) return std::nullopt;
  const auto less = [](const Versioned& offer, const SemVer& wanted) {
    return precedence(offer.version, wanted) < 0;
  };
  const auto first = std::lower_bound(offers->second.begin(), offers->second.end(), *version, less);
  return first == offers->second.end() ? std::nullopt : std::optional(first->offer);
}

}  // namespace heddle::component::plug
