// Values of components as scripts write them against those of the canonical ABI.
#pragma once
#include <optional>
#include <string>

#include "component/canon/types.h"
#include "component/canon/value.h"
#include "component/text/script.h"

namespace heddle::wast {

// Nothing where it is not a value of the type.
std::optional<component::canon::Val> value_of(const component::ScriptValue& value, const component::canon::T& type);
bool matches(const component::canon::Val& value, const component::canon::T& type,
             const component::ScriptValue& wanted);
std::string in_words(const component::canon::Val& value);

}  // namespace heddle::wast
