// The two custom sections the engine knows: names (spec 7.4.1, with the subsections of the extended-name-section
// proposal) and branch hints (metadata.code.branch_hint). Neither changes what a module means, so the tolerant
// readers keep what they can make out of a broken one; the strict readers say what is wrong.
#pragma once
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "syntax/module.h"
#include "syntax/names.h"

namespace heddle::binary {

inline constexpr std::string_view kNameSection = "name";
inline constexpr std::string_view kBranchHintSection = "metadata.code.branch_hint";

// The first custom section of that name, or null.
const syntax::Custom* find_custom(const syntax::Module& module, std::string_view name);

syntax::Names decode_names(const syntax::Module& module);
syntax::BranchHints decode_branch_hints(const syntax::Module& module);

// Subsections in order and once each, indices ascending, sizes exact: else a malformed_custom error.
Result<syntax::Names> decode_names_strict(const syntax::Module& module, ErrorSink* sink);
// Also: the section before the code section, functions defined in this module, offsets of `if` and `br_if`
// instructions in ascending order. A hint for another instruction is an invalid_custom error.
Result<syntax::BranchHints> decode_branch_hints_strict(const syntax::Module& module, ErrorSink* sink);

// The contents of the custom section, for Custom::bytes; nothing where there is nothing to say.
std::vector<uint8_t> encode_names(const syntax::Names& names);
std::vector<uint8_t> encode_branch_hints(const syntax::BranchHints& hints);

}  // namespace heddle::binary
