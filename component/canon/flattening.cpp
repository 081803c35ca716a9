#include "component/canon/flattening.h"

#include <algorithm>

#include "base/checked.h"
#include "component/canon/alignment.h"

namespace heddle::component::canon {
namespace {

using Core = CoreVal::Type;

Core ptr_type(const LiftOptions& opts) { return opts.memory ? opts.memory->ptr_type() : Core::i32; }

Core flat_type(Primitive type) {
  switch (type) {
    case Primitive::s64:
    case Primitive::u64: return Core::i64;
    case Primitive::f32: return Core::f32;
    case Primitive::f64: return Core::f64;
    default: return Core::i32;
  }
}

CoreTypes core_types(const Flat& flat) {
  CoreTypes types;
  types.reserve(flat.size());
  for (size_t i = 0; i < flat.size(); ++i) {
    const heddle::ValType type = flat[i];
    types.push_back(type == kI64 ? Core::i64 : type == kF32 ? Core::f32 : type == kF64 ? Core::f64 : Core::i32);
  }
  return types;
}

void append(CoreTypes& out, const CoreTypes& more) { out.insert(out.end(), more.begin(), more.end()); }
void append(CoreVals& out, const CoreVals& more) { out.append(more); }

}  // namespace

// --- flattening

CoreFuncType flatten_functype(const CanonicalOptions& opts, const FuncType& ft, Context context) {
  CoreFuncType flat{flatten_types(ft.params, opts), flatten_types(ft.result_type(), opts)};
  if (!opts.async) {
    if (flat.params.size() > kMaxFlatParams) flat.params = {ptr_type(opts)};
    if (flat.results.size() > kMaxFlatResults) {
      if (context == Context::lift) {
        flat.results = {ptr_type(opts)};
      } else {
        flat.params.push_back(ptr_type(opts));
        flat.results.clear();
      }
    }
    return flat;
  }
  if (context == Context::lift) {
    if (flat.params.size() > kMaxFlatParams) flat.params = {ptr_type(opts)};
    flat.results = opts.callback ? CoreTypes{Core::i32} : CoreTypes{};
    return flat;
  }
  if (flat.params.size() > kMaxFlatAsyncParams) flat.params = {ptr_type(opts)};
  if (!flat.results.empty()) flat.params.push_back(ptr_type(opts));
  flat.results = {Core::i32};
  return flat;
}

CoreTypes flatten_types(const Parts& ts, const LiftOptions& opts) {
  CoreTypes flat;
  for (const T t : ts) append(flat, flatten_type(t, opts));
  return flat;
}

size_t flat_count(const Parts& ts, const LiftOptions& opts) {
  const uint32_t pointer = opts.memory ? opts.memory->ptr_size : 4;
  size_t count = 0;
  for (const T t : ts) {
    if (t.parts()) {
      count += flat_count(*t.parts(), opts);
    } else if (t.type().is_primitive()) {
      count += t.type().primitive() == Primitive::string ? 2 : 1;
    } else {
      count += (*t.space()->types)[t.type()].abi(pointer).flat.size();
    }
  }
  return count;
}

CoreTypes flatten_type(const T& t, const LiftOptions& opts) {
  const Despecialized d = despecialize(t);
  switch (d.kind) {
    case Despecialized::Kind::primitive:
      if (d.primitive == Primitive::string) return {ptr_type(opts), ptr_type(opts)};
      return {flat_type(d.primitive)};
    case Despecialized::Kind::list: return flatten_list(d.parts[0], d.has_length, d.length, opts);
    case Despecialized::Kind::record: return flatten_record(d.parts, opts);
    case Despecialized::Kind::variant: return flatten_variant(d.parts, opts);
    default: return {Core::i32};
  }
}

CoreTypes flatten_list(const T& elem_type, bool has_length, uint32_t length, const LiftOptions& opts) {
  if (!has_length) return {ptr_type(opts), ptr_type(opts)};
  const CoreTypes elem = flatten_type(elem_type, opts);
  CoreTypes flat;
  for (uint32_t i = 0; i < length; ++i) append(flat, elem);
  return flat;
}

CoreTypes flatten_record(const Parts& fields, const LiftOptions& opts) { return flatten_types(fields, opts); }

CoreTypes flatten_variant(const Parts& cases, const LiftOptions& opts) {
  const Abi* whole = cases.whole(opts.memory ? opts.memory->ptr_size : 4);
  if (whole && !whole->flat.overflows(kMaxFlatParams)) return core_types(whole->flat);
  CoreTypes flat = {flat_type(discriminant_type(cases))};
  for (const T c : cases) {
    if (!c.present()) continue;
    const CoreTypes payload = flatten_type(c, opts);
    for (size_t i = 0; i < payload.size(); ++i) {
      if (i + 1 < flat.size()) {
        flat[i + 1] = join(flat[i + 1], payload[i]);
      } else {
        flat.push_back(payload[i]);
      }
    }
  }
  return flat;
}

CoreVal::Type join(CoreVal::Type a, CoreVal::Type b) {
  if (a == b) return a;
  if ((a == Core::i32 && b == Core::f32) || (a == Core::f32 && b == Core::i32)) return Core::i32;
  return Core::i64;
}

bool types_match_values(const CoreTypes& ts, std::span<const CoreVal> vs) {
  return std::equal(ts.begin(), ts.end(), vs.begin(), vs.end(),
                    [](CoreVal::Type t, const CoreVal& v) { return t == v.type; });
}

// --- flat lifting

uint64_t CoreValueIter::next(CoreVal::Type want) {
  if (!from_) {
    HEDDLE_ASSERT(i_ < values_.size() && values_[i_].type == want);
    return values_[i_++].bits;
  }
  const Core have = have_[i_++];
  const uint64_t x = from_->next(have);
  if (have == want || want == Core::i64) return x;
  if (want == Core::i32) return wrap_i64_to_i32(x);
  if (want == Core::f32) return canonicalize_nan32(wrap_i64_to_i32(x));
  return canonicalize_nan64(x);
}

void CoreValueIter::skip_rest() {
  for (; i_ < have_.size(); ++i_) static_cast<void>(from_->next(have_[i_]));
}

namespace {

Result<Val> lift_flat_primitive(LiftLowerContext& cx, CoreValueIter& vi, Primitive type) {
  switch (type) {
    case Primitive::bool_: return convert_int_to_bool(vi.next(Core::i32));
    case Primitive::u8: return lift_flat_unsigned(vi, 32, 8);
    case Primitive::u16: return lift_flat_unsigned(vi, 32, 16);
    case Primitive::u32: return lift_flat_unsigned(vi, 32, 32);
    case Primitive::u64: return lift_flat_unsigned(vi, 64, 64);
    case Primitive::s8: return lift_flat_signed(vi, 32, 8);
    case Primitive::s16: return lift_flat_signed(vi, 32, 16);
    case Primitive::s32: return lift_flat_signed(vi, 32, 32);
    case Primitive::s64: return lift_flat_signed(vi, 64, 64);
    case Primitive::f32: return decode_i32_as_float(static_cast<uint32_t>(vi.next(Core::f32)));
    case Primitive::f64: return decode_i64_as_float(vi.next(Core::f64));
    case Primitive::char_: return convert_i32_to_char(cx, static_cast<uint32_t>(vi.next(Core::i32)));
    case Primitive::string: return lift_flat_string(cx, vi);
    case Primitive::error_context: return lift_error_context(cx, static_cast<uint32_t>(vi.next(Core::i32)));
  }
  return Val();
}

}  // namespace

Result<Val> lift_flat(LiftLowerContext& cx, CoreValueIter& vi, const T& t) {
  const Despecialized d = despecialize(t);
  auto index = [&] { return static_cast<uint32_t>(vi.next(Core::i32)); };
  switch (d.kind) {
    case Despecialized::Kind::primitive: return lift_flat_primitive(cx, vi, d.primitive);
    case Despecialized::Kind::list: return lift_flat_list(cx, vi, d.parts[0], d.has_length, d.length);
    case Despecialized::Kind::record: return lift_flat_record(cx, vi, d.parts);
    case Despecialized::Kind::variant: return lift_flat_variant(cx, vi, d.parts);
    case Despecialized::Kind::flags: return lift_flat_flags(vi, d.length);
    case Despecialized::Kind::own: return lift_own(cx, index(), d.rt);
    case Despecialized::Kind::borrow: return lift_borrow(cx, index(), d.rt);
    case Despecialized::Kind::stream: return lift_stream(cx, index(), d.parts[0]);
    case Despecialized::Kind::future: return lift_future(cx, index(), d.parts[0]);
  }
  return Val();
}

namespace {

uint64_t low_bits(uint64_t i, uint32_t width) { return width == 64 ? i : i & ((uint64_t{1} << width) - 1); }

}  // namespace

Val lift_flat_unsigned(CoreValueIter& vi, uint32_t core_width, uint32_t t_width) {
  const uint64_t i = vi.next(core_width == 64 ? Core::i64 : Core::i32);
  HEDDLE_ASSERT(low_bits(i, core_width) == i);
  return Val::integer(low_bits(i, t_width));
}

Val lift_flat_signed(CoreValueIter& vi, uint32_t core_width, uint32_t t_width) {
  const uint64_t i = vi.next(core_width == 64 ? Core::i64 : Core::i32);
  HEDDLE_ASSERT(low_bits(i, core_width) == i);
  const uint32_t unused = 64 - t_width;
  return Val::integer(static_cast<uint64_t>(static_cast<int64_t>(i << unused) >> unused));
}

Result<Val> lift_flat_string(LiftLowerContext& cx, CoreValueIter& vi) {
  const uint64_t ptr = vi.next(cx.opts.memory->ptr_type());
  const uint64_t packed_length = vi.next(cx.opts.memory->ptr_type());
  return load_string_from_range(cx, ptr, packed_length);
}

Result<Val> lift_flat_list(LiftLowerContext& cx, CoreValueIter& vi, const T& elem_type, bool has_length,
                           uint32_t length) {
  if (has_length) {
    Val list{.kind = Val::Kind::list};
    for (uint32_t i = 0; i < length; ++i) list.parts.push_back(TRY(lift_flat(cx, vi, elem_type)));
    return list;
  }
  const uint64_t ptr = vi.next(cx.opts.memory->ptr_type());
  const uint64_t count = vi.next(cx.opts.memory->ptr_type());
  return load_list_from_range(cx, ptr, count, elem_type);
}

Result<Val> lift_flat_record(LiftLowerContext& cx, CoreValueIter& vi, const Parts& fields) {
  Val record{.kind = Val::Kind::record};
  for (const T field : fields) record.parts.push_back(TRY(lift_flat(cx, vi, field)));
  return record;
}

Result<Val> lift_flat_variant(LiftLowerContext& cx, CoreValueIter& vi, const Parts& cases) {
  const CoreTypes flat_types = flatten_variant(cases, cx.opts);
  HEDDLE_ASSERT(flat_types[0] == Core::i32);
  const uint64_t case_index = vi.next(Core::i32);
  TRAP_IF(case_index >= cases.size(), invalid_discriminant);
  CoreValueIter coerced(vi, std::span(flat_types).subspan(1));
  const T c = cases[case_index];
  Val variant{.kind = Val::Kind::variant, .bits = case_index};
  if (c.present()) variant.parts.push_back(TRY(lift_flat(cx, coerced, c)));
  coerced.skip_rest();
  return variant;
}

uint32_t wrap_i64_to_i32(uint64_t i) { return static_cast<uint32_t>(i); }

Val lift_flat_flags(CoreValueIter& vi, uint32_t labels) {
  HEDDLE_ASSERT(labels > 0 && labels <= 32);
  return unpack_flags_from_int(vi.next(Core::i32), labels);
}

// --- flat lowering

namespace {

CoreVals one(Core type, uint64_t bits) { return {{type, bits}}; }

Result<CoreVals> lower_flat_primitive(LiftLowerContext& cx, const Val& v, Primitive type) {
  switch (type) {
    case Primitive::bool_:
    case Primitive::u8:
    case Primitive::u16:
    case Primitive::u32: return one(Core::i32, v.bits);
    case Primitive::u64: return one(Core::i64, v.bits);
    case Primitive::s8:
    case Primitive::s16:
    case Primitive::s32: return lower_flat_signed(v.bits, 32);
    case Primitive::s64: return lower_flat_signed(v.bits, 64);
    case Primitive::f32: return one(Core::f32, encode_float_as_i32(v));
    case Primitive::f64: return one(Core::f64, encode_float_as_i64(v));
    case Primitive::char_: return one(Core::i32, char_to_i32(v));
    case Primitive::string: return lower_flat_string(cx, v);
    case Primitive::error_context: return one(Core::i32, TRY(lower_error_context(cx, v)));
  }
  return CoreVals();
}

}  // namespace

Result<CoreVals> lower_flat(LiftLowerContext& cx, const Val& v, const T& t) {
  const Despecialized d = despecialize(t);
  switch (d.kind) {
    case Despecialized::Kind::primitive: return lower_flat_primitive(cx, v, d.primitive);
    case Despecialized::Kind::list: return lower_flat_list(cx, v, d.parts[0], d.has_length);
    case Despecialized::Kind::record: return lower_flat_record(cx, v, d.parts);
    case Despecialized::Kind::variant: return lower_flat_variant(cx, v, d.parts);
    case Despecialized::Kind::flags: return lower_flat_flags(v, d.length);
    case Despecialized::Kind::own: return one(Core::i32, TRY(lower_own(cx, v.bits, d)));
    case Despecialized::Kind::borrow: return one(Core::i32, TRY(lower_borrow(cx, v.bits, d)));
    case Despecialized::Kind::stream: return one(Core::i32, TRY(lower_stream(cx, v, d.parts[0])));
    case Despecialized::Kind::future: return one(Core::i32, TRY(lower_future(cx, v, d.parts[0])));
  }
  return CoreVals();
}

CoreVals lower_flat_signed(uint64_t i, uint32_t core_bits) {
  return core_bits == 64 ? one(Core::i64, i) : one(Core::i32, low_bits(i, 32));
}

Result<CoreVals> lower_flat_string(LiftLowerContext& cx, const Val& v) {
  const Stored stored = TRY(store_string_into_range(cx, v.string));
  return CoreVals{{cx.opts.memory->ptr_type(), stored.ptr}, {cx.opts.memory->ptr_type(), stored.length}};
}

Result<CoreVals> lower_flat_list(LiftLowerContext& cx, const Val& v, const T& elem_type, bool has_length) {
  if (has_length) {
    CoreVals flat;
    Val scratch;
    for (uint64_t i = 0; i < v.count(); ++i) {
      append(flat, TRY(lower_flat(cx, element_of(v, elem_type, i, scratch), elem_type)));
    }
    return flat;
  }
  const Stored stored = TRY(store_list_into_range(cx, v, elem_type));
  return CoreVals{{cx.opts.memory->ptr_type(), stored.ptr}, {cx.opts.memory->ptr_type(), stored.length}};
}

Result<CoreVals> lower_flat_record(LiftLowerContext& cx, const Val& v, const Parts& fields) {
  CoreVals flat;
  for (size_t i = 0; i < fields.size(); ++i) append(flat, TRY(lower_flat(cx, v.parts[i], fields[i])));
  return flat;
}

Result<CoreVals> lower_flat_variant(LiftLowerContext& cx, const Val& v, const Parts& cases) {
  const CoreTypes flat_types = flatten_variant(cases, cx.opts);
  HEDDLE_ASSERT(flat_types[0] == Core::i32);
  CoreVals flat = one(Core::i32, v.bits);
  const T c = cases[v.bits];
  // The bits of a narrower or other type are those of the wider one; what is beyond them is zero.
  if (c.present()) append(flat, TRY(lower_flat(cx, v.parts[0], c)));
  for (size_t i = 1; i < flat_types.size(); ++i) {
    if (i == flat.size()) flat.push_back({});
    flat[i].type = flat_types[i];
  }
  return flat;
}

CoreVals lower_flat_flags(const Val& v, uint32_t labels) {
  HEDDLE_ASSERT(labels > 0 && labels <= 32);
  return one(Core::i32, pack_flags_into_int(v, labels));
}

// --- lifting and lowering values

Result<std::vector<Val>> lift_flat_values(LiftLowerContext& cx, size_t max_flat, CoreValueIter& vi,
                                          std::span<const T> ts) {
  std::vector<Val> values;
  if (ts.empty()) return values;
  if (flat_count(ts, cx.opts) <= max_flat) {
    for (const T& t : ts) values.push_back(TRY(lift_flat(cx, vi, t)));
    return values;
  }
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const uint64_t ptr = vi.next(cx.opts.memory->ptr_type());
  const T tuple_type = T::tuple({ts.begin(), ts.end()});
  TRAP_IF(ptr != align_to(ptr, alignment(tuple_type, ptr_size)), unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, elem_size(tuple_type, ptr_size), cx.opts.memory->bytes().size()), pointer_out_of_bounds);
  Val tuple = TRY(load(cx, ptr, tuple_type));
  return std::move(tuple.parts);
}

Result<CoreVals> lower_flat_values(LiftLowerContext& cx, size_t max_flat, std::span<const Val> vs,
                                   std::span<const T> ts, CoreValueIter* out_param) {
  CoreVals flat_vals;
  if (ts.empty()) return flat_vals;
  if (flat_count(ts, cx.opts) <= max_flat) {
    for (size_t i = 0; i < vs.size(); ++i) append(flat_vals, TRY(lower_flat(cx, vs[i], ts[i])));
    return flat_vals;
  }
  const uint32_t ptr_size = cx.opts.memory->ptr_size;
  const T tuple_type = T::tuple({ts.begin(), ts.end()});
  uint64_t ptr = 0;
  if (out_param) {
    ptr = out_param->next(cx.opts.memory->ptr_type());
  } else {
    ptr = TRY(cx.allocate(alignment(tuple_type, ptr_size), elem_size(tuple_type, ptr_size)));
    flat_vals = {{cx.opts.memory->ptr_type(), ptr}};
  }
  TRAP_IF(ptr != align_to(ptr, alignment(tuple_type, ptr_size)), unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, elem_size(tuple_type, ptr_size), cx.opts.memory->bytes().size()), pointer_out_of_bounds);
  TRY(store_record(cx, vs, ptr, ts));
  return flat_vals;
}

}  // namespace heddle::component::canon
