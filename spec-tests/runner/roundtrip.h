// Is a module the same after every way there and back? text -> parse -> encode -> decode -> print -> parse -> encode.
#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "syntax/features.h"

namespace heddle::wast {

// "" if it comes back as it was; else what differs. `binary` is a module that decodes; it need not be valid.
//
// `ours` says that our own encoder wrote it: then every byte has to come back, names included. Others may have longer
// numbers than they need and sections that hold nothing: then the text of what comes back has to be the same, the
// name section printed as the custom section it is.
std::string check_roundtrip(std::span<const uint8_t> binary, const Features& features, bool ours);

}  // namespace heddle::wast
