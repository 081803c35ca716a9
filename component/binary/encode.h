// A component into the binary format (Binary.md), in one canonical form: shortest numbers, one section for
// definitions of a kind that follow one another, names without attributes in their short form. decode(encode(c)) is
// c.
#pragma once
#include <cstdint>
#include <vector>

#include "component/syntax/component.h"

namespace heddle::component {

// Core modules, custom sections and values are written as they are.
std::vector<uint8_t> encode(const Component& component);

}  // namespace heddle::component
