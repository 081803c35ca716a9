// Values against what a script expects, and both in words.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "exec/invoke.h"
#include "text/script.h"

namespace heddle::wast {

bool matches(const TypeRegistry& types, const exec::Val& value, const text::Pattern& pattern);
bool matches(const TypeRegistry& types, std::span<const exec::Val> values, std::span<const text::Pattern> patterns);

std::string in_words(const TypeRegistry& types, std::span<const exec::Val> values);
std::string in_words(std::span<const text::Pattern> patterns);

}  // namespace heddle::wast
