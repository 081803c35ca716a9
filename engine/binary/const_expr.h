// Finds where a constant expression ends. What its instructions are and whether they may stand there is validation's
// business; here only their immediates are stepped over, up to the `end` that closes the expression.
#pragma once
#include "base/reader.h"
#include "syntax/module.h"

namespace heddle::binary {

Result<syntax::Expr> const_expr(Reader& reader);

}  // namespace heddle::binary
