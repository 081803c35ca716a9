// Modules at the edge of what is allowed, each expensive in its own way: a million types in one group, a hundred
// thousand functions of fifty thousand locals each, branches with sixty thousand targets. Loading one may take no
// more time and memory than its size allows.
#pragma once
#include <span>
#include <string_view>

#include "tests/fuzz/corpus.h"

namespace heddle::fuzz {

struct Extreme {
  std::string_view name;
  Bytes (*make)();
};

std::span<const Extreme> extremes();

}  // namespace heddle::fuzz
