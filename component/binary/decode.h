// The binary format of components (Binary.md) into the abstract syntax. Checks what the grammar says, its side
// conditions on numbers of things aside: those are validation, as are the grammars of names, and the suite calls
// what violates them invalid. Gates are checked where Binary.md marks a production; gates of rules are validation
// too. Core modules are kept as their bytes.
#pragma once
#include <cstdint>
#include <span>

#include "base/result.h"
#include "component/syntax/component.h"
#include "component/syntax/features.h"
#include "syntax/features.h"

namespace heddle::component {

// Does a binary call itself a component (and not a core module)? By its magic and its layer alone.
bool is_component(std::span<const uint8_t> bytes);

// `bytes` must outlive the component, whose views point into it. An error's offset is the byte's in `bytes`. `core`
// is what core types may use.
Result<Component> decode(std::span<const uint8_t> bytes, const Features& features, const heddle::Features& core,
                         ErrorSink* sink);

}  // namespace heddle::component
