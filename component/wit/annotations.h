// What stands before an item beside what it is (WIT.md, "Feature Gates"): documentation, gates, the name under which
// the outside world knows it.
#pragma once
#include <optional>
#include <string>

namespace heddle::component::wit {

struct Gate {
  enum class Kind : uint8_t { none, since, unstable };
  Kind kind = Kind::none;
  std::string since;       // the version
  std::string unstable;    // the feature
  std::string deprecated;  // the version, or empty
  friend bool operator==(const Gate&, const Gate&) = default;
};

struct Annotations {
  std::string docs;  // its lines, without comment signs
  Gate gate;
  std::optional<std::string> external_id;
  friend bool operator==(const Annotations&, const Annotations&) = default;
};

}  // namespace heddle::component::wit
