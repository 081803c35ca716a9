// Values on the command line: `--invoke NAME 1 -2.5 0x10` by the function's types, and results as wasmtime prints
// them, one a line.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "exec/invoke.h"

namespace heddle::cli {

// Numbers: decimal or hexadecimal, signed or unsigned; floats also inf, nan; v128 as one number; references only
// `null`.
std::optional<exec::Val> parse_value(std::string_view text, ValType type);
std::string format_value(const exec::Val& value, const TypeRegistry& types);
// "(param i32 f64) (result i32)"; "" where there is neither.
std::string format_signature(const DefType& type);

}  // namespace heddle::cli
