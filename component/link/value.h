// Value definitions (Binary.md, "Value Definitions"): what validation has found to be a value of its type, as one.
#pragma once
#include "component/canon/types.h"
#include "component/canon/value.h"
#include "component/syntax/component.h"

namespace heddle::component::link {

Result<canon::Val> read_value(const canon::T& type, syntax::Bytes bytes);

}  // namespace heddle::component::link
