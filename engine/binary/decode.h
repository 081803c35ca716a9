// The binary format (spec ch. 5) into a module. Checks everything the grammar says outside instruction sequences, and
// finds where each of those ends; bodies are left for the validator, which decodes them in the same pass that checks
// them.
#pragma once
#include <cstdint>
#include <span>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/module.h"

namespace heddle::binary {

// `bytes` must outlive the module, whose spans point into it. An error's offset is the byte's in `bytes`.
Result<syntax::Module> decode(std::span<const uint8_t> bytes, const Features& features, ErrorSink* sink);

}  // namespace heddle::binary
