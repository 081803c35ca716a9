// How many letters to put in, take out or replace to make one name of another (Levenshtein's distance). It serves
// messages only.
#pragma once
#include <cstddef>
#include <string_view>

namespace heddle {

inline constexpr size_t kLongestCompared = 200;  // what is longer is cut
size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace heddle
