// The specification's `trap_if` and `assert`: the first ends a guest, the second is a fault of ours.
#pragma once
#include "base/assert.h"
#include "base/result.h"

#define TRAP_IF(condition, code) \
  if (condition) [[unlikely]]    \
    return Error { ErrorCode::code }
// The same where which trap it is depends.
#define TRAP_WITH(condition, code) \
  if (condition) [[unlikely]]      \
    return Error { code }
// The same about a handle index, which the message names.
#define TRAP_IF_AT(condition, code, index) \
  if (condition) [[unlikely]]              \
    return Error { ErrorCode::code, index }
