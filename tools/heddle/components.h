// What the command does with components. One that is built without them knows a component when it sees one, and says
// so.
#pragma once
#include <cstdint>
#include <span>

#include "tools/heddle/input.h"
#include "tools/heddle/settings.h"

namespace heddle::cli {

bool is_component(std::span<const uint8_t> bytes);

// Is it valid? Reports what is wrong.
bool validate_component(const Input& input, std::span<const uint8_t> bytes, const Settings& settings);

}  // namespace heddle::cli
