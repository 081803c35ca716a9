#include "component/canon/loading.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "base/checked.h"
#include "base/utf8.h"
#include "component/canon/alignment.h"
#include "component/canon/encoding.h"
#include "component/canon/error_context.h"
#include "component/canon/stream.h"

namespace heddle::component::canon {
namespace {

Result<Val> load_primitive(LiftLowerContext& cx, uint64_t ptr, Primitive type) {
  switch (type) {
    case Primitive::bool_: return convert_int_to_bool(load_int(cx, ptr, 1));
    case Primitive::u8: return Val::integer(load_int(cx, ptr, 1));
    case Primitive::u16: return Val::integer(load_int(cx, ptr, 2));
    case Primitive::u32: return Val::integer(load_int(cx, ptr, 4));
    case Primitive::u64: return Val::integer(load_int(cx, ptr, 8));
    case Primitive::s8: return Val::integer(load_int(cx, ptr, 1, true));
    case Primitive::s16: return Val::integer(load_int(cx, ptr, 2, true));
    case Primitive::s32: return Val::integer(load_int(cx, ptr, 4, true));
    case Primitive::s64: return Val::integer(load_int(cx, ptr, 8, true));
    case Primitive::f32: return decode_i32_as_float(static_cast<uint32_t>(load_int(cx, ptr, 4)));
    case Primitive::f64: return decode_i64_as_float(load_int(cx, ptr, 8));
    case Primitive::char_: return convert_i32_to_char(cx, static_cast<uint32_t>(load_int(cx, ptr, 4)));
    case Primitive::string: return load_string(cx, ptr);
    case Primitive::error_context: return lift_error_context(cx, static_cast<uint32_t>(load_int(cx, ptr, 4)));
  }
  return Val();
}

}  // namespace

Result<Val> load(LiftLowerContext& cx, uint64_t ptr, const T& t) {
  HEDDLE_ASSERT(ptr == align_to(ptr, alignment(t, cx.opts.memory->ptr_size)));
  HEDDLE_ASSERT(in_bounds(ptr, elem_size(t, cx.opts.memory->ptr_size), cx.opts.memory->bytes().size()));
  const Despecialized d = despecialize(t);
  auto index = [&] { return static_cast<uint32_t>(load_int(cx, ptr, 4)); };
  switch (d.kind) {
    case Despecialized::Kind::primitive: return load_primitive(cx, ptr, d.primitive);
    case Despecialized::Kind::list: return load_list(cx, ptr, d.parts[0], d.has_length, d.length);
    case Despecialized::Kind::record: return load_record(cx, ptr, d.parts);
    case Despecialized::Kind::variant: return load_variant(cx, ptr, d.parts);
    case Despecialized::Kind::flags: return load_flags(cx, ptr, d.length);
    case Despecialized::Kind::own: return lift_own(cx, index(), d.rt);
    case Despecialized::Kind::borrow: return lift_borrow(cx, index(), d.rt);
    case Despecialized::Kind::stream: return lift_stream(cx, index(), d.parts[0]);
    case Despecialized::Kind::future: return lift_future(cx, index(), d.parts[0]);
  }
  return Val();
}

uint64_t load_int(LiftLowerContext& cx, uint64_t ptr, uint32_t nbytes, bool is_signed) {
  const std::span<const uint8_t> memory = cx.opts.memory->bytes();
  HEDDLE_ASSERT(in_bounds(ptr, nbytes, memory.size()));
  uint64_t i = 0;
  for (uint32_t k = 0; k < nbytes; ++k) i |= uint64_t{memory[ptr + k]} << 8 * k;
  const uint32_t unused = 64 - 8 * nbytes;
  return is_signed ? static_cast<uint64_t>(static_cast<int64_t>(i << unused) >> unused) : i;
}

Val convert_int_to_bool(uint64_t i) { return Val::integer(i != 0); }

uint32_t canonicalize_nan32(uint32_t f) { return std::isnan(std::bit_cast<float>(f)) ? kCanonicalFloat32Nan : f; }
uint64_t canonicalize_nan64(uint64_t f) { return std::isnan(std::bit_cast<double>(f)) ? kCanonicalFloat64Nan : f; }

Val decode_i32_as_float(uint32_t i) { return Val::f32(canonicalize_nan32(i)); }
Val decode_i64_as_float(uint64_t i) { return Val::f64(canonicalize_nan64(i)); }

Result<Val> convert_i32_to_char(LiftLowerContext&, uint32_t i) {
  TRAP_IF(i >= 0x110000, invalid_char);
  TRAP_IF(0xd800 <= i && i <= 0xdfff, invalid_char);
  return Val::integer(i);
}

Result<Val> load_string(LiftLowerContext& cx, uint64_t ptr) {
  const uint32_t size = cx.opts.memory->ptr_size;
  return load_string_from_range(cx, load_int(cx, ptr, size), load_int(cx, ptr + size, size));
}

uint64_t utf16_tag(uint32_t ptr_size) { return uint64_t{1} << (ptr_size * 8 - 1); }

namespace {

// What is wrong with bytes that are no UTF-8: do they end too soon, or is one of them wrong?
ErrorCode utf8_fault(std::span<const uint8_t> bytes) {
  constexpr size_t kLongest = 4;
  const std::string text(bytes.begin(), bytes.end());
  for (size_t behind = 1; behind <= std::min(kLongest - 1, text.size()); ++behind) {
    const auto lead = static_cast<uint8_t>(text[text.size() - behind]);
    const size_t length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 1;
    if (length <= behind) continue;
    return utf8::valid(std::string_view(text).substr(0, text.size() - behind)) ? ErrorCode::incomplete_utf8
                                                                               : ErrorCode::invalid_utf8;
  }
  return ErrorCode::invalid_utf8;
}

}  // namespace

Result<Val> load_string_from_range(LiftLowerContext& cx, uint64_t ptr, uint64_t tagged_code_units) {
  const uint64_t tag = utf16_tag(cx.opts.memory->ptr_size);
  uint32_t alignment = 1, unit = 1;
  uint64_t units = tagged_code_units;
  Encoding encoding = Encoding::utf8;
  switch (cx.opts.string_encoding) {
    case StringEncoding::utf8: break;
    case StringEncoding::utf16:
      alignment = unit = 2;
      encoding = Encoding::utf16;
      break;
    case StringEncoding::latin1_utf16:
      alignment = 2;
      encoding = Encoding::latin1;
      if (tagged_code_units & tag) {
        units ^= tag;
        unit = 2;
        encoding = Encoding::utf16;
      }
      break;
  }
  TRAP_IF(units > kMaxStringByteLength / unit, string_too_long);
  const uint64_t byte_length = unit * units;
  TRAP_IF(ptr != align_to(ptr, alignment), unaligned_pointer);
  const std::span<const uint8_t> memory = cx.opts.memory->bytes();
  TRAP_IF(!in_bounds(ptr, byte_length, memory.size()), string_out_of_bounds);
  TRY(cx.take(sizeof(Val) + 2 * byte_length));  // of Latin-1, UTF-8 may be twice as long
  auto text = decode(memory.subspan(ptr, byte_length), encoding);
  TRAP_WITH(!text,
            encoding == Encoding::utf8 ? utf8_fault(memory.subspan(ptr, byte_length)) : ErrorCode::invalid_string);
  Val val{.kind = Val::Kind::string};
  val.string = {std::move(*text), cx.opts.string_encoding, tagged_code_units};
  return val;
}

Result<Val> lift_error_context(LiftLowerContext& cx, uint32_t i) {
  const std::shared_ptr<Handle> errctx = TRY(cx.inst.handles.get(i));
  TRAP_IF_AT(errctx->kind != Handle::Kind::error_context, wrong_handle, i);
  Val val{.kind = Val::Kind::error_context};
  val.error_context = std::static_pointer_cast<ErrorContext>(errctx);
  return val;
}

Result<Val> load_list(LiftLowerContext& cx, uint64_t ptr, const T& elem_type, bool has_length, uint32_t length) {
  if (has_length) return load_list_from_valid_range(cx, ptr, length, elem_type);
  const uint32_t size = cx.opts.memory->ptr_size;
  return load_list_from_range(cx, load_int(cx, ptr, size), load_int(cx, ptr + size, size), elem_type);
}

Result<Val> load_list_from_range(LiftLowerContext& cx, uint64_t ptr, uint64_t length, const T& elem_type) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const auto byte_length = checked_mul(length, elem_size(elem_type, ptr_size));
  TRAP_IF(!byte_length || *byte_length > kMaxListByteLength, list_too_long);
  TRAP_IF(ptr != align_to(ptr, alignment(elem_type, ptr_size)), unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, *byte_length, cx.opts.memory->bytes().size()), list_out_of_bounds);
  return load_list_from_valid_range(cx, ptr, length, elem_type);
}

namespace {

// The NaNs of floats that lie at `bytes`.
void canonicalize_nans(std::string& bytes, Primitive type) {
  for (size_t i = 0; type == Primitive::f32 && i < bytes.size(); i += 4) {
    uint32_t f = 0;
    std::memcpy(&f, bytes.data() + i, 4);
    f = canonicalize_nan32(f);
    std::memcpy(bytes.data() + i, &f, 4);
  }
  for (size_t i = 0; type == Primitive::f64 && i < bytes.size(); i += 8) {
    uint64_t f = 0;
    std::memcpy(&f, bytes.data() + i, 8);
    f = canonicalize_nan64(f);
    std::memcpy(bytes.data() + i, &f, 8);
  }
}

}  // namespace

const Val& element_of(const Val& list, const T& elem_type, uint64_t i, Val& scratch) {
  if (list.kind != Val::Kind::packed) return list.parts[i];
  const Primitive type = despecialize(elem_type).primitive;
  const auto size = static_cast<uint32_t>(elem_size(elem_type, 4));
  const bool is_signed =
      type == Primitive::s8 || type == Primitive::s16 || type == Primitive::s32 || type == Primitive::s64;
  uint64_t bits = 0;
  std::memcpy(&bits, list.string.text.data() + i * size, size);
  if (is_signed && size < 8 && bits >> (8 * size - 1)) bits |= ~uint64_t{0} << (8 * size);
  scratch.kind = type == Primitive::f32   ? Val::Kind::f32
                 : type == Primitive::f64 ? Val::Kind::f64
                                          : Val::Kind::integer;
  scratch.bits = bits;
  return scratch;
}

std::vector<Val> elements_of(const Val& list, const T& elem_type) {
  if (list.kind != Val::Kind::packed) return list.parts;
  std::vector<Val> elements(list.bits);
  for (uint64_t i = 0; i < list.bits; ++i) static_cast<void>(element_of(list, elem_type, i, elements[i]));
  return elements;
}

// Numbers are kept as they lie in memory.
Result<Val> load_list_from_valid_range(LiftLowerContext& cx, uint64_t ptr, uint64_t length, const T& elem_type) {
  const uint64_t size = elem_size(elem_type, cx.opts.memory->ptr_size);
  if (none_or_number_type(elem_type)) {
    TRY(cx.take(length * size));
    const std::span<uint8_t> bytes = cx.opts.memory->bytes().subspan(ptr, length * size);
    Val packed{.kind = Val::Kind::packed, .bits = length};
    packed.string.text.assign(bytes.begin(), bytes.end());
    canonicalize_nans(packed.string.text, despecialize(elem_type).primitive);
    return packed;
  }
  TRY(cx.take(length * sizeof(Val)));
  Val list{.kind = Val::Kind::list};
  list.parts.reserve(length);
  for (uint64_t i = 0; i < length; ++i) list.parts.push_back(TRY(load(cx, ptr + i * size, elem_type)));
  return list;
}

Result<Val> load_record(LiftLowerContext& cx, uint64_t ptr, const Parts& fields) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  TRY(cx.take(fields.size() * sizeof(Val)));
  Val record{.kind = Val::Kind::record};
  record.parts.reserve(fields.size());
  for (const T field : fields) {
    ptr = align_to(ptr, alignment(field, ptr_size));
    record.parts.push_back(TRY(load(cx, ptr, field)));
    ptr += elem_size(field, ptr_size);
  }
  return record;
}

Result<Val> load_variant(LiftLowerContext& cx, uint64_t ptr, const Parts& cases) {
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const auto disc_size = static_cast<uint32_t>(elem_size(T(nullptr, discriminant_type(cases)), ptr_size));
  const uint64_t case_index = load_int(cx, ptr, disc_size);
  ptr += disc_size;
  TRAP_IF(case_index >= cases.size(), invalid_discriminant);
  const T c = cases[case_index];
  ptr = align_to(ptr, max_case_alignment(cases, ptr_size));
  Val variant{.kind = Val::Kind::variant, .bits = case_index};
  if (c.present()) {
    TRY(cx.take(sizeof(Val)));
    variant.parts.push_back(TRY(load(cx, ptr, c)));
  }
  return variant;
}

Val load_flags(LiftLowerContext& cx, uint64_t ptr, uint32_t labels) {
  return unpack_flags_from_int(load_int(cx, ptr, elem_size_flags(labels)), labels);
}

Val unpack_flags_from_int(uint64_t i, uint32_t labels) { return Val::integer(i & ((uint64_t{1} << labels) - 1)); }

Result<Val> lift_own(LiftLowerContext& cx, uint32_t i, const ResourceType* rt) {
  const std::shared_ptr<Handle> handle = TRY(cx.inst.handles.get(i));
  TRAP_IF_AT(handle->kind != Handle::Kind::resource, wrong_handle, i);
  const auto& h = static_cast<const ResourceHandle&>(*handle);
  TRAP_IF_AT(h.rt.get() != rt, wrong_resource, i);
  TRAP_IF(h.num_lends != 0, lent_handle);
  TRAP_IF(!h.own, borrowed_handle);
  TRY(cx.inst.handles.remove(i));  // not before: what a trap leaves behind is where it was
  return Val::integer(h.rep);
}

Result<Val> lift_borrow(LiftLowerContext& cx, uint32_t i, const ResourceType* rt) {
  HEDDLE_ASSERT(cx.borrow_scope);
  const std::shared_ptr<Handle> handle = TRY(cx.inst.handles.get(i));
  TRAP_IF_AT(handle->kind != Handle::Kind::resource, wrong_handle, i);
  const auto h = std::static_pointer_cast<ResourceHandle>(handle);
  TRAP_IF_AT(h->rt.get() != rt, wrong_resource, i);
  TRY(cx.borrow_scope->add_lender(h));
  return Val::integer(h->rep);
}

Result<Val> lift_stream(LiftLowerContext& cx, uint32_t i, const T& t) {
  return lift_async_value(Handle::Kind::readable_stream_end, cx, i, t);
}

Result<Val> lift_future(LiftLowerContext& cx, uint32_t i, const T& t) {
  return lift_async_value(Handle::Kind::readable_future_end, cx, i, t);
}

Result<Val> lift_async_value(Handle::Kind readable_end, LiftLowerContext& cx, uint32_t i, const T& t) {
  HEDDLE_ASSERT(!contains_borrow(t));
  const std::shared_ptr<Handle> handle = TRY(cx.inst.handles.get(i));
  const bool stream = readable_end == Handle::Kind::readable_stream_end;
  TRAP_IF_AT(handle->kind != readable_end, wrong_handle, i);
  const auto& e = static_cast<const CopyEnd&>(*handle);
  TRAP_IF_AT(!e.is_of(t, *cx.inst.store), wrong_handle, i);
  TRAP_WITH(e.state != CopyState::idle, e.state != CopyState::done ? ErrorCode::busy_end_lifted
                                        : stream                   ? ErrorCode::stream_lift_done
                                                                   : ErrorCode::future_lift_done);
  TRAP_WITH(e.in_waitable_set(), stream ? ErrorCode::stream_in_waitable_set : ErrorCode::future_in_waitable_set);
  TRY(cx.inst.handles.remove(i));  // not before: what a trap leaves behind is where it was
  Val val{.kind = Val::Kind::shared};
  val.end = std::make_shared<EndInFlight>(e.shared);
  return val;
}

}  // namespace heddle::component::canon
