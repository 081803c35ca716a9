// What plugs offer, found by name: the first plug that has the very name comes before others; of those that have a
// compatible version of it the first, by the highest that it has.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "component/plug/plug.h"
#include "component/syntax/semver.h"

namespace heddle::component::plug {

struct Offer {
  size_t plug = 0;
  const Item* item = nullptr;
};

class Offers {
 public:
  explicit Offers(const std::vector<Piece>& plugs);
  std::optional<Offer> find(std::string_view import) const;

 private:
  struct Versioned {
    SemVer version;
    Offer offer;
  };
  std::unordered_map<std::string_view, Offer> exact_;
  // By what compatible versions share: ascending, for who comes later and has no higher version is never the first.
  std::unordered_map<std::string, std::vector<Versioned>> compatible_;
};

// The same for imports that one import can serve.
std::string group_name(std::string_view import);

}  // namespace heddle::component::plug
