// "## Storing" (CanonicalABI.md): values into a linear memory. Guests allocate what strings and lists need; what they
// return is checked before it is written to.
#pragma once
#include "component/canon/loading.h"

namespace heddle::component::canon {

// Where a string or a list went: its pointer, and its length as it is told.
struct Stored {
  uint64_t ptr = 0, length = 0;
};

Result<void> store(LiftLowerContext& cx, const Val& v, const T& t, uint64_t ptr);
void store_int(LiftLowerContext& cx, uint64_t v, uint64_t ptr, uint32_t nbytes);
uint32_t encode_float_as_i32(const Val& f);
uint64_t encode_float_as_i64(const Val& f);
uint32_t char_to_i32(const Val& c);
Result<void> store_string(LiftLowerContext& cx, const String& v, uint64_t ptr);
Result<Stored> store_string_into_range(LiftLowerContext& cx, const String& v);
Result<Stored> store_string_copy(LiftLowerContext& cx, const String& src, uint64_t src_code_units,
                                 uint32_t dst_code_unit_size, uint32_t dst_alignment, bool dst_is_latin1);
Result<Stored> store_utf16_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units);
Result<Stored> store_latin1_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units);
Result<Stored> store_string_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units,
                                    uint64_t worst_case_size);
Result<Stored> store_utf8_to_utf16(LiftLowerContext& cx, const String& src, uint64_t src_code_units);
Result<Stored> store_string_to_latin1_or_utf16(LiftLowerContext& cx, const String& src, uint64_t src_code_units);
Result<Stored> store_probably_utf16_to_latin1_or_utf16(LiftLowerContext& cx, const String& src,
                                                       uint64_t src_code_units);
Result<uint32_t> lower_error_context(LiftLowerContext& cx, const Val& v);
Result<void> store_list(LiftLowerContext& cx, const Val& v, uint64_t ptr, const T& elem_type, bool has_length);
Result<Stored> store_list_into_range(LiftLowerContext& cx, const Val& v, const T& elem_type);
Result<void> store_list_into_valid_range(LiftLowerContext& cx, const Val& v, uint64_t ptr, const T& elem_type);
Result<void> store_record(LiftLowerContext& cx, std::span<const Val> v, uint64_t ptr, const Parts& fields);
Result<void> store_variant(LiftLowerContext& cx, const Val& v, uint64_t ptr, const Parts& cases);
void store_flags(LiftLowerContext& cx, const Val& v, uint64_t ptr, uint32_t labels);
uint64_t pack_flags_into_int(const Val& v, uint32_t labels);
Result<uint32_t> lower_own(LiftLowerContext& cx, uint64_t rep, const Despecialized& t);
Result<uint32_t> lower_borrow(LiftLowerContext& cx, uint64_t rep, const Despecialized& t);
Result<uint32_t> lower_stream(LiftLowerContext& cx, const Val& v, const T& t);
Result<uint32_t> lower_future(LiftLowerContext& cx, const Val& v, const T& t);

}  // namespace heddle::component::canon
