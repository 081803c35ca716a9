// The text format of components (Explainer.md) into the abstract syntax: the same Component that the binary decoder
// makes, with all that the text abbreviates written out. Core modules inside are parsed as well and kept in the
// binary format. As the decoder, it leaves numbers of things and the grammars of names to validation.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "component/syntax/component.h"
#include "component/syntax/features.h"
#include "component/syntax/names.h"
#include "syntax/features.h"

namespace heddle::component {

struct Parsed {
  Component component;  // its views point into its storage, not into the source
  Names names;          // of what has an identifier or a (@name ...)
};

// Is it the text of a component (and not of a core module)? By its first words alone.
bool is_component_text(std::string_view source);

// A whole file: one `(component ...)`. An error's offset is the byte's in `source`; `at` of parts is that of the
// parenthesis they begin with. `core` is what core modules and types may use.
Result<Parsed> parse(std::string_view source, const Features& features, const heddle::Features& core,
                     ErrorSink* sink);

// The definitions of a component alone, as scripts quote them.
Result<Parsed> parse_definitions(std::string_view source, const Features& features, const heddle::Features& core,
                                 ErrorSink* sink);

// The binary format, the names as the custom sections they are there.
std::vector<uint8_t> assemble(Parsed parsed);

}  // namespace heddle::component
