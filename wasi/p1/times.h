// The four flags that say which times to set, and to what.
#pragma once
#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {

inline Errno new_time(Timestamp ns, bool at, bool now, NewTime& out) {
  if (at && now) return Errno::inval;
  if (now) out.kind = NewTime::Kind::now;
  if (at) out = {NewTime::Kind::at, ns};
  return Errno::success;
}

inline Errno new_times(Timestamp atim, Timestamp mtim, FstFlags flags, NewTime& accessed, NewTime& modified) {
  P1_CHECK(new_time(atim, flags.has(kAtim), flags.has(kAtimNow), accessed));
  return new_time(mtim, flags.has(kMtim), flags.has(kMtimNow), modified);
}

}  // namespace heddle::wasi::p1
