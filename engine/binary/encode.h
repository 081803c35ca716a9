// A module into the binary format (spec ch. 5), in its one canonical form: shortest numbers, sections in order and
// only where they hold something, segments with the smallest flags that say what they are. decode(encode(m)) is m.
#pragma once
#include <cstdint>
#include <vector>

#include "syntax/module.h"

namespace heddle::binary {

// Bodies and constant expressions are written as they are. The data count section is written if `has_data_count`.
// Custom sections follow the section they name in `after`, in their order.
std::vector<uint8_t> encode(const syntax::Module& module);

}  // namespace heddle::binary
