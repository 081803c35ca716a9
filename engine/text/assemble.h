// From parsed text to the binary format: the module with its names and branch hints as the custom sections they are
// there.
#pragma once
#include <cstdint>
#include <vector>

#include "text/parse.h"

namespace heddle::text {

std::vector<uint8_t> assemble(ParsedModule&& parsed);
std::vector<uint8_t> assemble(ParsedModule& parsed);  // which has the custom sections then

}  // namespace heddle::text
