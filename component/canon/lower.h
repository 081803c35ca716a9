// "### `canon lower`" (CanonicalABI.md): a component's function called as a core function.
#pragma once
#include "component/canon/embedding.h"

namespace heddle::component::canon {

// `passage`: null where values are lifted.
Result<CoreVals> canon_lower(const FuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                             std::span<const CoreVal> flat_args, const Passage* passage = nullptr);

}  // namespace heddle::component::canon
