#include "component/canon/alignment.h"

#include <algorithm>

namespace heddle::component::canon {
namespace {

uint32_t scalar_size(Primitive type) {
  switch (type) {
    case Primitive::bool_:
    case Primitive::s8:
    case Primitive::u8: return 1;
    case Primitive::s16:
    case Primitive::u16: return 2;
    case Primitive::s64:
    case Primitive::u64:
    case Primitive::f64: return 8;
    default: return 4;
  }
}

const Abi* known(const T& t, uint32_t ptr_size) {
  return t.parts() || !t.type().is_defined() ? nullptr : &(*t.space()->types)[t.type()].abi(ptr_size);
}

}  // namespace

uint32_t alignment(const T& t, uint32_t ptr_size) {
  if (const Abi* abi = known(t, ptr_size)) return abi->alignment;
  const Despecialized d = despecialize(t);
  switch (d.kind) {
    case Despecialized::Kind::primitive:
      return d.primitive == Primitive::string ? ptr_size : scalar_size(d.primitive);
    case Despecialized::Kind::list: return alignment_list(d.parts[0], d.has_length, ptr_size);
    case Despecialized::Kind::record: return alignment_record(d.parts, ptr_size);
    case Despecialized::Kind::variant: return alignment_variant(d.parts, ptr_size);
    case Despecialized::Kind::flags: return alignment_flags(d.length);
    default: return 4;
  }
}

uint32_t alignment_list(const T& elem_type, bool has_length, uint32_t ptr_size) {
  return has_length ? alignment(elem_type, ptr_size) : ptr_size;
}

uint32_t alignment_record(const Parts& fields, uint32_t ptr_size) {
  uint32_t a = 1;
  for (const T field : fields) a = std::max(a, alignment(field, ptr_size));
  return a;
}

uint32_t alignment_variant(const Parts& cases, uint32_t ptr_size) {
  return std::max(scalar_size(discriminant_type(cases)), max_case_alignment(cases, ptr_size));
}

Primitive discriminant_type(const Parts& cases) {
  HEDDLE_ASSERT(!cases.empty());
  return cases.size() <= 1 << 8 ? Primitive::u8 : cases.size() <= 1 << 16 ? Primitive::u16 : Primitive::u32;
}

// Of a variant with a definition it is its own, where that is more: a payload behind the discriminant is where it
// would be.
uint32_t max_case_alignment(const Parts& cases, uint32_t ptr_size) {
  if (const Abi* abi = cases.whole(ptr_size)) return abi->alignment;
  uint32_t a = 1;
  for (const T one : cases) {
    if (one.present()) a = std::max(a, alignment(one, ptr_size));
  }
  return a;
}

uint32_t alignment_flags(uint32_t labels) { return elem_size_flags(labels); }

uint64_t elem_size(const T& t, uint32_t ptr_size) {
  if (const Abi* abi = known(t, ptr_size)) return abi->size;
  const Despecialized d = despecialize(t);
  switch (d.kind) {
    case Despecialized::Kind::primitive:
      return d.primitive == Primitive::string ? 2 * ptr_size : scalar_size(d.primitive);
    case Despecialized::Kind::list: return elem_size_list(d.parts[0], d.has_length, d.length, ptr_size);
    case Despecialized::Kind::record: return elem_size_record(d.parts, ptr_size);
    case Despecialized::Kind::variant: return elem_size_variant(d.parts, ptr_size);
    case Despecialized::Kind::flags: return elem_size_flags(d.length);
    default: return 4;
  }
}

uint64_t elem_size_list(const T& elem_type, bool has_length, uint32_t length, uint32_t ptr_size) {
  return has_length ? length * elem_size(elem_type, ptr_size) : uint64_t{2} * ptr_size;
}

uint64_t elem_size_record(const Parts& fields, uint32_t ptr_size) {
  uint64_t s = 0;
  for (const T field : fields) s = align_to(s, alignment(field, ptr_size)) + elem_size(field, ptr_size);
  HEDDLE_ASSERT(s > 0);
  return align_to(s, alignment_record(fields, ptr_size));
}

uint64_t align_to(uint64_t ptr, uint64_t alignment) { return (ptr + alignment - 1) / alignment * alignment; }

uint64_t elem_size_variant(const Parts& cases, uint32_t ptr_size) {
  uint64_t s = align_to(scalar_size(discriminant_type(cases)), max_case_alignment(cases, ptr_size));
  uint64_t cs = 0;
  for (const T one : cases) {
    if (one.present()) cs = std::max(cs, elem_size(one, ptr_size));
  }
  return align_to(s + cs, alignment_variant(cases, ptr_size));
}

uint32_t elem_size_flags(uint32_t labels) {
  HEDDLE_ASSERT(labels > 0 && labels <= 32);
  return labels <= 8 ? 1 : labels <= 16 ? 2 : 4;
}

}  // namespace heddle::component::canon
