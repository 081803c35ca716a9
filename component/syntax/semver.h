// Semantic versions (semver.org 2.0.0), as interface names carry them, and which of two a name stands for in linking.
#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace heddle::component {

struct SemVer {
  uint64_t major = 0, minor = 0, patch = 0;
  std::string_view pre, build;  // of the source, without their signs

  // The part that compatible versions share: 1 of 1.2.3, 0.2 of 0.2.6, 0.0.1 of 0.0.1. Versions before a release are
  // compatible with themselves only.
  std::string canonical() const;
};

// The order of releases (semver.org 11), in which build metadata does not count.
std::strong_ordering precedence(const SemVer& a, const SemVer& b);

// What is wrong is said in `why`, unless that is null.
std::optional<SemVer> parse_semver(std::string_view text, std::string* why);

}  // namespace heddle::component
