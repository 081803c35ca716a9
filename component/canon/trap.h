// The specification's `trap_if` and `assert`: the first ends a guest, the second is a fault of ours.
#pragma once
#include "base/assert.h"
#include "base/result.h"

#define TRAP_IF(condition, code) \
  if (condition) [[unlikely]]    \
    return Error { ErrorCode::code }
