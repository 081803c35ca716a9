#include "component/plug/offers.h"

#include <algorithm>

#include "component/syntax/extern_name.h"

namespace heddle::component::plug {

std::string group_name(std::string_view import) {
  const auto name = versioned(import);
  return name ? name->shared() : std::string(import);
}

Offers::Offers(const std::vector<Piece>& plugs) {
  for (size_t i = 0; i < plugs.size(); ++i) {
    for (const Item& item : plugs[i].type().exports) {
      exact_.try_emplace(item.name->text, Offer{i, &item});
      const auto name = versioned(item.name->text);
      if (!name) continue;
      std::vector<Versioned>& offers = compatible_[name->shared()];
      if (!offers.empty() && precedence(name->version, offers.back().version) <= 0) continue;
      if (!offers.empty() && offers.back().offer.plug == i) offers.pop_back();
      offers.push_back({name->version, {i, &item}});
    }
  }
}

std::optional<Offer> Offers::find(std::string_view import) const {
  if (const auto exact = exact_.find(import); exact != exact_.end()) return exact->second;
  const auto wanted = versioned(import);
  if (!wanted) return std::nullopt;
  const auto offers = compatible_.find(wanted->shared());
  if (offers == compatible_.end()) return std::nullopt;
  const auto less = [](const Versioned& offer, const SemVer& version) {
    return precedence(offer.version, version) < 0;
  };
  const auto first = std::lower_bound(offers->second.begin(), offers->second.end(), wanted->version, less);
  return first == offers->second.end() ? std::nullopt : std::optional(first->offer);
}

}  // namespace heddle::component::plug
