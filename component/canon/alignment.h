// "## Alignment" and "## Element Size" (CanonicalABI.md). Of what has a definition they are known (valid/abi.h): a
// value costs what it is itself, however large its type is.
#pragma once
#include <span>

#include "component/canon/types.h"

namespace heddle::component::canon {

uint32_t alignment(const T& t, uint32_t ptr_size);
uint32_t alignment_list(const T& elem_type, bool has_length, uint32_t ptr_size);
uint32_t alignment_record(const Parts& fields, uint32_t ptr_size);
uint32_t alignment_variant(const Parts& cases, uint32_t ptr_size);
Primitive discriminant_type(const Parts& cases);
uint32_t max_case_alignment(const Parts& cases, uint32_t ptr_size);
uint32_t alignment_flags(uint32_t labels);

uint64_t elem_size(const T& t, uint32_t ptr_size);
uint64_t elem_size_list(const T& elem_type, bool has_length, uint32_t length, uint32_t ptr_size);
uint64_t elem_size_record(const Parts& fields, uint32_t ptr_size);
uint64_t align_to(uint64_t ptr, uint64_t alignment);
uint64_t elem_size_variant(const Parts& cases, uint32_t ptr_size);
uint32_t elem_size_flags(uint32_t labels);

}  // namespace heddle::component::canon
