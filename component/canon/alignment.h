// "## Alignment" and "## Element Size" (CanonicalABI.md). valid/abi.h has the same, worked out once a type; this is
// what it is checked against.
#pragma once
#include <span>

#include "component/canon/types.h"

namespace heddle::component::canon {

uint32_t alignment(const T& t, uint32_t ptr_size);
uint32_t alignment_list(const T& elem_type, bool has_length, uint32_t ptr_size);
uint32_t alignment_record(std::span<const T> fields, uint32_t ptr_size);
uint32_t alignment_variant(std::span<const T> cases, uint32_t ptr_size);
Primitive discriminant_type(std::span<const T> cases);
uint32_t max_case_alignment(std::span<const T> cases, uint32_t ptr_size);
uint32_t alignment_flags(uint32_t labels);

uint64_t elem_size(const T& t, uint32_t ptr_size);
uint64_t elem_size_list(const T& elem_type, bool has_length, uint32_t length, uint32_t ptr_size);
uint64_t elem_size_record(std::span<const T> fields, uint32_t ptr_size);
uint64_t align_to(uint64_t ptr, uint64_t alignment);
uint64_t elem_size_variant(std::span<const T> cases, uint32_t ptr_size);
uint32_t elem_size_flags(uint32_t labels);

}  // namespace heddle::component::canon
