// Limits of components. Those the specification names are exact; the others bound what a hostile component costs.
#pragma once
#include <cstdint>

namespace heddle::component::limits {

inline constexpr uint64_t kComponentBytes = uint64_t{1} << 30;
inline constexpr uint32_t kNesting = 100;                 // of scopes
inline constexpr uint32_t kDefinitions = 1'000'000;       // of a kind, in one scope
inline constexpr uint32_t kTypes = 1'000'000;             // defined in all scopes
inline constexpr uint32_t kScopes = 100'000;              // components; component, instance and core module types
inline constexpr uint32_t kFlags = 32;                    // labels of flags (Binary.md)
inline constexpr uint32_t kTypeDepth = 100;               // of types within types
inline constexpr uint32_t kTypeSize = 1'000'000;          // types in a type, were it written without sharing,
inline constexpr uint32_t kNameBytes = 16;                // and names: each so many bytes count as one type
inline constexpr uint64_t kElemSize = uint64_t{1} << 28;  // of a value type, exclusive (CanonicalABI.md)

// What comparing types and replacing resource types in them may cost: so much at least, and more for every byte of
// the component.
inline constexpr uint64_t kMatchSteps = 20'000'000, kMatchStepsPerByte = 100;
inline constexpr uint64_t kSubstitutedBytes = uint64_t{32} << 20, kSubstitutedBytesPerByte = 32;

}  // namespace heddle::component::limits
