#include "component/canon/storing.h"

#include <algorithm>

#include "base/checked.h"
#include "component/canon/alignment.h"
#include "component/canon/encoding.h"
#include "component/canon/error_context.h"
#include "component/canon/future.h"

namespace heddle::component::canon {
namespace {

Result<void> store_primitive(LiftLowerContext& cx, const Val& v, Primitive type, uint64_t ptr) {
  switch (type) {
    case Primitive::bool_:
    case Primitive::u8:
    case Primitive::s8: store_int(cx, v.bits, ptr, 1); break;
    case Primitive::u16:
    case Primitive::s16: store_int(cx, v.bits, ptr, 2); break;
    case Primitive::u32:
    case Primitive::s32: store_int(cx, v.bits, ptr, 4); break;
    case Primitive::u64:
    case Primitive::s64: store_int(cx, v.bits, ptr, 8); break;
    case Primitive::f32: store_int(cx, encode_float_as_i32(v), ptr, 4); break;
    case Primitive::f64: store_int(cx, encode_float_as_i64(v), ptr, 8); break;
    case Primitive::char_: store_int(cx, char_to_i32(v), ptr, 4); break;
    case Primitive::string: return store_string(cx, v.string, ptr);
    case Primitive::error_context: store_int(cx, TRY(lower_error_context(cx, v)), ptr, 4); break;
  }
  return {};
}

// Is a range that a guest's realloc returned one to write to?
Result<void> check_range(LiftLowerContext& cx, uint64_t ptr, uint64_t byte_length, uint64_t alignment,
                         ErrorCode out_of_bounds = ErrorCode::realloc_out_of_bounds) {
  TRAP_IF(ptr != align_to(ptr, alignment), realloc_unaligned);
  TRAP_WITH(!in_bounds(ptr, byte_length, cx.opts.memory->bytes().size()), out_of_bounds);
  return {};
}

// `bytes` from `from` on, to where they belong behind `ptr`.
void write(LiftLowerContext& cx, uint64_t ptr, std::span<const uint8_t> bytes, size_t from = 0) {
  const std::span<uint8_t> memory = cx.opts.memory->bytes();
  HEDDLE_ASSERT(in_bounds(ptr, bytes.size(), memory.size()));
  std::copy(bytes.begin() + static_cast<ptrdiff_t>(from), bytes.end(),
            memory.begin() + static_cast<ptrdiff_t>(ptr + from));
}

}  // namespace

Result<void> store(LiftLowerContext& cx, const Val& v, const T& t, uint64_t ptr) {
  HEDDLE_ASSERT(ptr == align_to(ptr, alignment(t, cx.opts.memory->ptr_size)));
  HEDDLE_ASSERT(in_bounds(ptr, elem_size(t, cx.opts.memory->ptr_size), cx.opts.memory->bytes().size()));
  const Despecialized d = despecialize(t);
  auto store_index = [&](Result<uint32_t> index) -> Result<void> {
    store_int(cx, TRY(index), ptr, 4);
    return {};
  };
  switch (d.kind) {
    case Despecialized::Kind::primitive: return store_primitive(cx, v, d.primitive, ptr);
    case Despecialized::Kind::list: return store_list(cx, v, ptr, d.parts[0], d.has_length);
    case Despecialized::Kind::record: return store_record(cx, v.parts, ptr, d.parts);
    case Despecialized::Kind::variant: return store_variant(cx, v, ptr, d.parts);
    case Despecialized::Kind::flags: store_flags(cx, v, ptr, d.length); return {};
    case Despecialized::Kind::own: return store_index(lower_own(cx, v.bits, d));
    case Despecialized::Kind::borrow: return store_index(lower_borrow(cx, v.bits, d));
    case Despecialized::Kind::stream: return store_index(lower_stream(cx, v, d.parts[0]));
    case Despecialized::Kind::future: return store_index(lower_future(cx, v, d.parts[0]));
  }
  return {};
}

void store_int(LiftLowerContext& cx, uint64_t v, uint64_t ptr, uint32_t nbytes) {
  const std::span<uint8_t> memory = cx.opts.memory->bytes();
  HEDDLE_ASSERT(in_bounds(ptr, nbytes, memory.size()));
  for (uint32_t k = 0; k < nbytes; ++k) memory[ptr + k] = static_cast<uint8_t>(v >> 8 * k);
}

// The deterministic profile: the only NaN is the canonical one.
uint32_t encode_float_as_i32(const Val& f) { return canonicalize_nan32(static_cast<uint32_t>(f.bits)); }
uint64_t encode_float_as_i64(const Val& f) { return canonicalize_nan64(f.bits); }

uint32_t char_to_i32(const Val& c) {
  HEDDLE_ASSERT(c.bits <= 0xd7ff || (c.bits >= 0xe000 && c.bits <= 0x10ffff));
  return static_cast<uint32_t>(c.bits);
}

// --- strings

Result<void> store_string(LiftLowerContext& cx, const String& v, uint64_t ptr) {
  const uint32_t size = cx.opts.memory->ptr_size;
  const Stored stored = TRY(store_string_into_range(cx, v));
  store_int(cx, stored.ptr, ptr, size);
  store_int(cx, stored.length, ptr + size, size);
  return {};
}

Result<Stored> store_string_into_range(LiftLowerContext& cx, const String& v) {
  // The tag is that of the memory it was loaded from; one wide enough for either is unique.
  Encoding src_simple_encoding = v.encoding == StringEncoding::utf8 ? Encoding::utf8 : Encoding::utf16;
  uint64_t src_code_units = v.tagged_code_units;
  if (v.encoding == StringEncoding::latin1_utf16) {
    const uint64_t tags = utf16_tag(4) | utf16_tag(8);
    src_simple_encoding = src_code_units & tags ? Encoding::utf16 : Encoding::latin1;
    src_code_units &= ~tags;
  }
  switch (cx.opts.string_encoding) {
    case StringEncoding::utf8:
      switch (src_simple_encoding) {
        case Encoding::utf8: return store_string_copy(cx, v, src_code_units, 1, 1, false);
        case Encoding::utf16: return store_utf16_to_utf8(cx, v, src_code_units);
        case Encoding::latin1: return store_latin1_to_utf8(cx, v, src_code_units);
      }
      break;
    case StringEncoding::utf16:
      if (src_simple_encoding == Encoding::utf8) return store_utf8_to_utf16(cx, v, src_code_units);
      return store_string_copy(cx, v, src_code_units, 2, 2, false);
    case StringEncoding::latin1_utf16:
      if (v.encoding != StringEncoding::latin1_utf16) return store_string_to_latin1_or_utf16(cx, v, src_code_units);
      if (src_simple_encoding == Encoding::latin1) return store_string_copy(cx, v, src_code_units, 1, 2, true);
      return store_probably_utf16_to_latin1_or_utf16(cx, v, src_code_units);
  }
  return Stored();
}

Result<Stored> store_string_copy(LiftLowerContext& cx, const String& src, uint64_t src_code_units,
                                 uint32_t dst_code_unit_size, uint32_t dst_alignment, bool dst_is_latin1) {
  const uint64_t dst_byte_length = dst_code_unit_size * src_code_units;
  HEDDLE_ASSERT(dst_byte_length <= kReallocI32Max);
  const uint64_t ptr = TRY(cx.allocate(dst_alignment, dst_byte_length));
  TRY(check_range(cx, ptr, dst_byte_length, dst_alignment));
  if (dst_code_unit_size == 1 && !dst_is_latin1) {
    HEDDLE_ASSERT(dst_byte_length == src.text.size());
    write(cx, ptr, {reinterpret_cast<const uint8_t*>(src.text.data()), src.text.size()});
  } else {
    const std::vector<uint8_t> encoded = encode(src.text, dst_is_latin1 ? Encoding::latin1 : Encoding::utf16);
    HEDDLE_ASSERT(dst_byte_length == encoded.size());
    write(cx, ptr, encoded);
  }
  return Stored{ptr, src_code_units};
}

Result<Stored> store_utf16_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units) {
  return store_string_to_utf8(cx, src, src_code_units, src_code_units * 3);
}

Result<Stored> store_latin1_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units) {
  return store_string_to_utf8(cx, src, src_code_units, src_code_units * 2);
}

// As if every character were ASCII, until one is not.
Result<Stored> store_string_to_utf8(LiftLowerContext& cx, const String& src, uint64_t src_code_units,
                                    uint64_t worst_case_size) {
  HEDDLE_ASSERT(src_code_units <= kReallocI32Max);
  uint64_t ptr = TRY(cx.allocate(1, src_code_units));
  TRY(check_range(cx, ptr, src_code_units, 1));
  const std::span encoded(reinterpret_cast<const uint8_t*>(src.text.data()), src.text.size());
  const auto wide = std::find_if(encoded.begin(), encoded.end(), [](uint8_t byte) { return byte >= 0x80; });
  const auto ascii = static_cast<size_t>(wide - encoded.begin());
  write(cx, ptr, encoded.first(ascii));
  if (wide == encoded.end()) return Stored{ptr, src_code_units};
  HEDDLE_ASSERT(worst_case_size <= kReallocI32Max);
  ptr = TRY(cx.reallocate(ptr, src_code_units, 1, worst_case_size));
  TRY(check_range(cx, ptr, worst_case_size, 1));
  write(cx, ptr, encoded, ascii);
  if (worst_case_size > encoded.size()) {
    ptr = TRY(cx.reallocate(ptr, worst_case_size, 1, encoded.size()));
    TRY(check_range(cx, ptr, encoded.size(), 1));
  }
  return Stored{ptr, encoded.size()};
}

Result<Stored> store_utf8_to_utf16(LiftLowerContext& cx, const String& src, uint64_t src_code_units) {
  const uint64_t worst_case_size = 2 * src_code_units;
  HEDDLE_ASSERT(worst_case_size <= kReallocI32Max);
  uint64_t ptr = TRY(cx.allocate(2, worst_case_size));
  TRY(check_range(cx, ptr, worst_case_size, 2));
  const std::vector<uint8_t> encoded = encode(src.text, Encoding::utf16);
  write(cx, ptr, encoded);
  if (encoded.size() < worst_case_size) {
    ptr = TRY(cx.reallocate(ptr, worst_case_size, 2, encoded.size()));
    TRY(check_range(cx, ptr, encoded.size(), 2));
  }
  return Stored{ptr, encoded.size() / 2};
}

// As if every character were one of Latin-1, until one is not.
Result<Stored> store_string_to_latin1_or_utf16(LiftLowerContext& cx, const String& src, uint64_t src_code_units) {
  HEDDLE_ASSERT(src_code_units <= kReallocI32Max);
  uint64_t ptr = TRY(cx.allocate(2, src_code_units));
  TRY(check_range(cx, ptr, src_code_units, 2));
  uint64_t dst_byte_length = 0;
  for (uint32_t usv : CodePoints(src.text)) {
    if (usv < 0x100) {
      store_int(cx, usv, ptr + dst_byte_length, 1);
      ++dst_byte_length;
      continue;
    }
    const uint64_t worst_case_size = 2 * src_code_units;
    HEDDLE_ASSERT(worst_case_size <= kReallocI32Max);
    ptr = TRY(cx.reallocate(ptr, src_code_units, 2, worst_case_size));
    TRY(check_range(cx, ptr, worst_case_size, 2));
    // What is there already becomes twice as wide, whatever the guest has made of it meanwhile.
    for (uint64_t j = dst_byte_length; j-- > 0;) store_int(cx, load_int(cx, ptr + j, 1), ptr + 2 * j, 2);
    const std::vector<uint8_t> encoded = encode(src.text, Encoding::utf16);
    write(cx, ptr, encoded, 2 * dst_byte_length);
    if (worst_case_size > encoded.size()) {
      ptr = TRY(cx.reallocate(ptr, worst_case_size, 2, encoded.size()));
      TRY(check_range(cx, ptr, encoded.size(), 2));
    }
    return Stored{ptr, encoded.size() / 2 | utf16_tag(cx.opts.memory->ptr_size)};
  }
  if (dst_byte_length < src_code_units) {
    ptr = TRY(cx.reallocate(ptr, src_code_units, 2, dst_byte_length));
    TRY(check_range(cx, ptr, dst_byte_length, 2));
  }
  return Stored{ptr, dst_byte_length};
}

Result<Stored> store_probably_utf16_to_latin1_or_utf16(LiftLowerContext& cx, const String& src,
                                                       uint64_t src_code_units) {
  const uint64_t src_byte_length = 2 * src_code_units;
  HEDDLE_ASSERT(src_byte_length <= kReallocI32Max);
  uint64_t ptr = TRY(cx.allocate(2, src_byte_length));
  TRY(check_range(cx, ptr, src_byte_length, 2));
  const std::vector<uint8_t> encoded = encode(src.text, Encoding::utf16);
  write(cx, ptr, encoded);
  const CodePoints codes(src.text);
  if (std::any_of(codes.begin(), codes.end(), [](uint32_t c) { return c >= 0x100; })) {
    return Stored{ptr, encoded.size() / 2 | utf16_tag(cx.opts.memory->ptr_size)};
  }
  const uint64_t latin1_size = encoded.size() / 2;
  for (uint64_t i = 0; i < latin1_size; ++i) store_int(cx, load_int(cx, ptr + 2 * i, 1), ptr + i, 1);
  ptr = TRY(cx.reallocate(ptr, src_byte_length, 1, latin1_size));
  TRY(check_range(cx, ptr, latin1_size, 1));
  return Stored{ptr, latin1_size};
}

Result<uint32_t> lower_error_context(LiftLowerContext& cx, const Val& v) {
  return cx.inst.handles.add(v.error_context);
}

// --- lists, records, variants, flags

Result<void> store_list(LiftLowerContext& cx, const Val& v, uint64_t ptr, const T& elem_type, bool has_length) {
  if (has_length) return store_list_into_valid_range(cx, v, ptr, elem_type);
  const uint32_t size = cx.opts.memory->ptr_size;
  const Stored stored = TRY(store_list_into_range(cx, v, elem_type));
  store_int(cx, stored.ptr, ptr, size);
  store_int(cx, stored.length, ptr + size, size);
  return {};
}

Result<Stored> store_list_into_range(LiftLowerContext& cx, const Val& v, const T& elem_type) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const uint64_t byte_length = v.count() * elem_size(elem_type, ptr_size);
  HEDDLE_ASSERT(byte_length <= kReallocI32Max);
  const uint64_t ptr = TRY(cx.allocate(alignment(elem_type, ptr_size), byte_length));
  TRY(check_range(cx, ptr, byte_length, alignment(elem_type, ptr_size), ErrorCode::realloc_list_out_of_bounds));
  TRY(store_list_into_valid_range(cx, v, ptr, elem_type));
  return Stored{ptr, v.count()};
}

Result<void> store_list_into_valid_range(LiftLowerContext& cx, const Val& v, uint64_t ptr, const T& elem_type) {
  const uint64_t size = elem_size(elem_type, cx.opts.memory->ptr_size);
  if (v.kind == Val::Kind::packed) {
    const std::string& bytes = v.string.text;
    std::copy(bytes.begin(), bytes.end(), cx.opts.memory->bytes().subspan(ptr, bytes.size()).begin());
    return {};
  }
  for (size_t i = 0; i < v.parts.size(); ++i) TRY(store(cx, v.parts[i], elem_type, ptr + i * size));
  return {};
}

Result<void> store_record(LiftLowerContext& cx, std::span<const Val> v, uint64_t ptr, const Parts& fields) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  for (size_t i = 0; i < fields.size(); ++i) {
    ptr = align_to(ptr, alignment(fields[i], ptr_size));
    TRY(store(cx, v[i], fields[i], ptr));
    ptr += elem_size(fields[i], ptr_size);
  }
  return {};
}

Result<void> store_variant(LiftLowerContext& cx, const Val& v, uint64_t ptr, const Parts& cases) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const auto disc_size = static_cast<uint32_t>(elem_size(T(nullptr, discriminant_type(cases)), ptr_size));
  store_int(cx, v.bits, ptr, disc_size);
  ptr = align_to(ptr + disc_size, max_case_alignment(cases, ptr_size));
  const T c = cases[v.bits];
  return c.present() ? store(cx, v.parts[0], c, ptr) : Result<void>();
}

void store_flags(LiftLowerContext& cx, const Val& v, uint64_t ptr, uint32_t labels) {
  store_int(cx, pack_flags_into_int(v, labels), ptr, elem_size_flags(labels));
}

uint64_t pack_flags_into_int(const Val& v, uint32_t labels) { return v.bits & ((uint64_t{1} << labels) - 1); }

// --- handles

namespace {

// What d.rt is in the space it came from.
std::shared_ptr<ResourceType> shared(ResourceType* rt) { return rt->shared_from_this(); }

}  // namespace

Result<uint32_t> lower_own(LiftLowerContext& cx, uint64_t rep, const Despecialized& t) {
  return cx.inst.handles.add(std::make_shared<ResourceHandle>(shared(t.rt), rep, true));
}

Result<uint32_t> lower_borrow(LiftLowerContext& cx, uint64_t rep, const Despecialized& t) {
  HEDDLE_ASSERT(cx.borrow_scope);
  if (&cx.inst == t.rt->impl) return static_cast<uint32_t>(rep);
  ++cx.borrow_scope->num_borrows;
  return cx.inst.handles.add(std::make_shared<ResourceHandle>(shared(t.rt), rep, false, cx.borrow_scope));
}

namespace {

// Which drops it where there is no room for it.
template <class EndT>
Result<uint32_t> lower_end(LiftLowerContext& cx, const Val& v) {
  std::shared_ptr<SharedBase> shared = v.end->take();
  if (!shared) return ErrorCode::wrong_handle;
  auto index = cx.inst.handles.add(std::make_shared<EndT>(shared));
  if (!index.ok()) shared->drop();
  return index;
}

}  // namespace

Result<uint32_t> lower_stream(LiftLowerContext& cx, const Val& v, const T& t) {
  HEDDLE_ASSERT(!contains_borrow(t));
  return lower_end<ReadableStreamEnd>(cx, v);
}

Result<uint32_t> lower_future(LiftLowerContext& cx, const Val& v, const T& t) {
  HEDDLE_ASSERT(!contains_borrow(t));
  return lower_end<ReadableFutureEnd>(cx, v);
}

}  // namespace heddle::component::canon
