// Strings from one guest's memory to another's, in any of the three encodings either way. Lifting checks them,
// lowering allocates as "## Storing" (CanonicalABI.md) has it for each pair of encodings.
#pragma once
#include "component/canon/storing.h"
#include "component/plan/copy.h"

namespace heddle::component::plan {

// A string that lifting has found in order.
struct Text {
  uint64_t at = 0;     // in the memory of `from`
  uint64_t units = 0;  // without the tag
  bool utf16 = false;  // else UTF-8 or Latin-1, as the options say
};

Result<Text> lift_text(Guest& from, uint64_t ptr, uint64_t tagged_units);
Result<canon::Stored> lower_text(Guest& from, const Text& text, Guest& to);

}  // namespace heddle::component::plan
