// "## Loading" (CanonicalABI.md): values out of a linear memory.
#pragma once
#include "component/canon/options.h"

namespace heddle::component::canon {

inline constexpr uint32_t kCanonicalFloat32Nan = 0x7fc00000;
inline constexpr uint64_t kCanonicalFloat64Nan = 0x7ff8000000000000;
inline constexpr uint64_t kMaxStringByteLength = (uint64_t{1} << 28) - 1;
inline constexpr uint64_t kMaxListByteLength = (uint64_t{1} << 28) - 1;
inline constexpr uint64_t kReallocI32Max = UINT32_MAX;
static_assert(kReallocI32Max > 2 * kMaxStringByteLength && kReallocI32Max > 2 * kMaxListByteLength);

Result<Val> load(LiftLowerContext& cx, uint64_t ptr, const T& t);
uint64_t load_int(LiftLowerContext& cx, uint64_t ptr, uint32_t nbytes, bool is_signed = false);
Val convert_int_to_bool(uint64_t i);
uint32_t canonicalize_nan32(uint32_t f);
uint64_t canonicalize_nan64(uint64_t f);
Val decode_i32_as_float(uint32_t i);
Val decode_i64_as_float(uint64_t i);
Result<Val> convert_i32_to_char(LiftLowerContext& cx, uint32_t i);
Result<Val> load_string(LiftLowerContext& cx, uint64_t ptr);
uint64_t utf16_tag(uint32_t ptr_size);
Result<Val> load_string_from_range(LiftLowerContext& cx, uint64_t ptr, uint64_t tagged_code_units);
Result<Val> lift_error_context(LiftLowerContext& cx, uint32_t i);
Result<Val> load_list(LiftLowerContext& cx, uint64_t ptr, const T& elem_type, bool has_length, uint32_t length);
Result<Val> load_list_from_range(LiftLowerContext& cx, uint64_t ptr, uint64_t length, const T& elem_type);
Result<Val> load_list_from_valid_range(LiftLowerContext& cx, uint64_t ptr, uint64_t length, const T& elem_type);
// An element, whatever form the list is in: where that is packed, in `scratch`.
const Val& element_of(const Val& list, const T& elem_type, uint64_t i, Val& scratch);
std::vector<Val> elements_of(const Val& list, const T& elem_type);  // all of them
Result<Val> load_record(LiftLowerContext& cx, uint64_t ptr, const Parts& fields);
Result<Val> load_variant(LiftLowerContext& cx, uint64_t ptr, const Parts& cases);
Val load_flags(LiftLowerContext& cx, uint64_t ptr, uint32_t labels);
Val unpack_flags_from_int(uint64_t i, uint32_t labels);
Result<Val> lift_own(LiftLowerContext& cx, uint32_t i, const ResourceType* rt);
Result<Val> lift_borrow(LiftLowerContext& cx, uint32_t i, const ResourceType* rt);
Result<Val> lift_stream(LiftLowerContext& cx, uint32_t i, const T& t);
Result<Val> lift_future(LiftLowerContext& cx, uint32_t i, const T& t);
Result<Val> lift_async_value(Handle::Kind readable_end, LiftLowerContext& cx, uint32_t i, const T& t);

}  // namespace heddle::component::canon
