// The custom section `component-name` (Binary.md, "Name Section"). A component means the same without it: of a wrong
// one what can be read is kept, and nothing is said.
#pragma once
#include <cstdint>
#include <vector>

#include "component/syntax/component.h"
#include "component/syntax/names.h"

namespace heddle::component {

inline constexpr std::string_view kNameSection = "component-name";

// Of the component and those nested in it, from the first such section of each.
Names decode_names(const Component& component);

// The contents of the section of the component itself, for Custom::bytes; nothing where there is nothing to say.
std::vector<uint8_t> encode_names(const Names& names);

}  // namespace heddle::component
