// Implementation limits: those of the JS API (spec 7.1), exact. A module beyond one is refused with the limit's name.
#pragma once
#include <cstdint>

namespace heddle::limits {

inline constexpr uint64_t kModuleBytes = 1'073'741'824;
inline constexpr uint32_t kTypes = 1'000'000;
inline constexpr uint32_t kRecGroups = 1'000'000;
inline constexpr uint32_t kRecGroupTypes = 1'000'000;
inline constexpr uint32_t kSubtypingDepth = 63;
inline constexpr uint32_t kFuncs = 1'000'000;  // imported and defined, together
inline constexpr uint32_t kImports = 1'000'000;
inline constexpr uint32_t kExports = 1'000'000;
inline constexpr uint32_t kGlobals = 1'000'000;
inline constexpr uint32_t kTags = 1'000'000;
inline constexpr uint32_t kDataSegments = 100'000;
inline constexpr uint32_t kElemSegments = 10'000'000;
inline constexpr uint32_t kElemSegmentEntries = 10'000'000;
inline constexpr uint32_t kTables = 100'000;
inline constexpr uint32_t kTableEntries = 10'000'000;  // of one table, at run time
inline constexpr uint32_t kMemories = 100;
inline constexpr uint32_t kFuncBytes = 7'654'321;
inline constexpr uint32_t kLocals = 50'000;
inline constexpr uint32_t kParams = 1'000;
inline constexpr uint32_t kResults = 1'000;
inline constexpr uint32_t kStructFields = 10'000;
inline constexpr uint32_t kArrayNewFixed = 10'000;
inline constexpr uint32_t kBrTableTargets = 65'520;
inline constexpr uint32_t kNameBytes = 100'000;
inline constexpr uint32_t kControlDepth = 100'000;  // nested blocks of one body (ours: bounds memory, not recursion)
inline constexpr uint32_t kOperands = 1'000'000;    // on a body's stack at once (ours: two bytes can push a thousand)
inline constexpr uint64_t kMemory32Pages = 65'536;
// The JS API stops at 2^37 - 1, but the core specification allows 2^48, all of a 64-bit address space, and its suite
// insists: memory64.wast declares a memory of that size, and one that may grow so far.
inline constexpr uint64_t kMemory64Pages = uint64_t{1} << 48;

}  // namespace heddle::limits
