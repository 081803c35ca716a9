// Is a module the same after every way there and back? text -> parse -> encode -> decode -> print -> parse -> encode.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "syntax/features.h"

namespace heddle::wast {

// "" if it comes back as it was; else what differs. `binary` is a module that decodes; it need not be valid. With
// `named`, the name section is printed as identifiers; without, as the custom section it is.
std::string check_roundtrip(std::span<const uint8_t> binary, const Features& features, bool named);

}  // namespace heddle::wast
