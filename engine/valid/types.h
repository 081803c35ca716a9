// Validity of a module's type section (spec 3.2.x): first everything that can be said without knowing which types are
// equal, so that the registry can take the types; then, on canonical types, the subtyping declarations.
#pragma once
#include "valid/context.h"

namespace heddle::valid {

Result<void> check_types(Context& context);
Result<void> check_subtyping(Context& context);  // context.info.defs is there

}  // namespace heddle::valid
