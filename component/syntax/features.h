// Which gated features a component may use: a set of features.inc rows. The decoder, the text parser and the
// validator ask it, nothing later does.
#pragma once
#include <cstdint>
#include <iterator>
#include <string_view>

namespace heddle::component {

enum class Feature : uint8_t {
#define FEATURE(name, flag, on, what) name,
#include "component/syntax/features.inc"
#undef FEATURE
};

struct FeatureInfo {
  std::string_view flag, what;
  bool on;
};

inline constexpr FeatureInfo kFeatures[] = {
#define FEATURE(name, flag, on, what) {flag, what, on},
#include "component/syntax/features.inc"
#undef FEATURE
};

class Features {
 public:
  constexpr Features() {
    for (unsigned i = 0; i < std::size(kFeatures); ++i) bits_ |= uint32_t{kFeatures[i].on} << i;
  }
  constexpr bool has(Feature f) const { return bits_ >> static_cast<unsigned>(f) & 1; }
  constexpr void set(Feature f, bool on) {
    const uint32_t bit = uint32_t{1} << static_cast<unsigned>(f);
    bits_ = on ? bits_ | bit : bits_ & ~bit;
  }

 private:
  uint32_t bits_ = 0;
};

}  // namespace heddle::component
