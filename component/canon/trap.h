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

// What costs as much to look at as the rest of a short call, or as a type is large, is asserted in builds that look
// for faults.
#if defined(__SANITIZE_ADDRESS__)
#define HEDDLE_ASSERT_SLOW(condition) HEDDLE_ASSERT(condition)
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HEDDLE_ASSERT_SLOW(condition) HEDDLE_ASSERT(condition)
#endif
#endif
#if !defined(HEDDLE_ASSERT_SLOW)
#define HEDDLE_ASSERT_SLOW(condition) static_cast<void>(0)
#endif
