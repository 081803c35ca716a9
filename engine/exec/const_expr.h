// Evaluates constant expressions (spec 3.4.13, 4.6.12): initial values of globals and tables, offsets and elements of
// segments.
#pragma once
#include "base/result.h"
#include "runtime/store.h"
#include "syntax/module.h"

namespace heddle::exec {

// Leaves the value in result[0] (v128: both words). The store has been entered (exec/invoke.h); earlier globals and
// the functions of the instance are in place. Fails where an allocation does: the error is the trap's.
Result<void> evaluate(rt::Instance& instance, const syntax::Expr& expr, rt::Slot* result);

}  // namespace heddle::exec
