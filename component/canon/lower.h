// "### `canon lower`" (CanonicalABI.md): a component's function called as a core function.
#pragma once
#include "component/canon/embedding.h"

namespace heddle::component::canon {

Result<CoreVals> canon_lower(const FuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                             std::span<const CoreVal> flat_args);

}  // namespace heddle::component::canon
