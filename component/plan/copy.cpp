#include "component/plan/copy.h"

#include <bit>
#include <cstring>

#include "base/checked.h"
#include "component/canon/alignment.h"
#include "component/canon/embedding.h"
#include "component/canon/storing.h"
#include "component/plan/text.h"

namespace heddle::component::plan {
namespace {

using canon::Despecialized;
using canon::Val;

enum class As : uint8_t { memory, flat };  // how a value lies on a side: at an address, or from a core value on

uint32_t u32(uint64_t value) { return static_cast<uint32_t>(value); }

template <class Signed>
uint64_t sign_extended(uint64_t value) {
  return u32(static_cast<uint64_t>(int64_t{static_cast<Signed>(value)}));
}

// `count` floats of either size, each NaN made the one there is.
template <class Bits, class Canonicalize>
void copy_floats(uint8_t* to, const uint8_t* from, uint64_t count, Canonicalize canonicalize) {
  for (uint64_t i = 0; i < count; ++i) {
    Bits bits;
    std::memcpy(&bits, from + i * sizeof(Bits), sizeof(Bits));
    bits = canonicalize(bits);
    std::memcpy(to + i * sizeof(Bits), &bits, sizeof(Bits));
  }
}

class Copy {
 public:
  Copy(const Program& program, Guest& from, const CoreValues& in, Guest& to, const CoreValues& out)
      : program_(program), from_(from), to_(to), in_(in.values.data()), out_(out.values.data()) {}

  // `write`: lifted and lowered. Else lifted only.
  template <As kIn, As kOut, bool kWrite>
  Result<void> value(const Node& node, uint64_t src, uint64_t dst);
  template <As kIn, As kOut>
  Result<void> whole(uint64_t src, uint64_t dst) {
    return value<kIn, kOut, true>(program_.whole(), src, dst);
  }
  Result<void> elements_of(const Node& element, uint64_t count, uint64_t src, uint64_t dst) {
    TRY(take(element, count));
    return elements<true>(element, count, src, dst);
  }
  Result<void> lift_only(bool flat, uint64_t src) {
    return flat ? value<As::flat, As::flat, false>(program_.whole(), src, 0)
                : value<As::memory, As::flat, false>(program_.whole(), src, 0);
  }
  // Where lowering has failed before anything was lifted.
  Error lifted_first(const Error& fault, bool flat, uint64_t src) {
    const auto lifted = lift_only(flat, src);
    return lifted.ok() ? fault : lifted.error();
  }

 private:
  template <As kIn>
  uint64_t load(uint64_t src, uint32_t size) const;
  template <As kOut>
  void store(uint64_t dst, uint32_t size, uint64_t value);
  template <As kIn, As kOut, bool kWrite>
  Result<void> scalar(const Node& node, uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> string(uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> list(const Node& node, uint64_t src, uint64_t dst);
  template <bool kWrite>
  Result<void> elements(const Node& element, uint64_t count, uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> record(const Node& node, uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> fixed_list(const Node& node, uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> variant(const Node& node, uint64_t src, uint64_t dst);
  template <As kIn, As kOut, bool kWrite>
  Result<void> handle(const Node& node, uint64_t src, uint64_t dst);

  // One part after another by `one(i, write)`; the rest of them is lifted where one could not be lowered.
  template <bool kWrite, class One>
  Result<void> each(uint64_t count, const One& one) {
    constexpr uint64_t kMany = uint64_t{1} << 16;
    for (uint64_t i = 0; i < count; ++i) {
      if (i % kMany == kMany - 1) TRY(from_.cx.inst.store->core.stop_if_asked());
      auto done = one(i, std::bool_constant<kWrite>());
      if (done.ok()) [[likely]]
        continue;
      if (kWrite && lowering_failed_) {
        while (++i < count) TRY(lifted_after_all(one(i, std::false_type())));
      }
      return done;
    }
    return {};
  }
  // The outcome of lifting what comes after what could not be lowered. A trap there ends it all.
  Result<void> lifted_after_all(Result<void> result) {
    if (!result.ok()) lowering_failed_ = false;
    return result;
  }
  // The outcome of a step of lowering.
  template <class R>
  R lowered(R result) {
    if (!result.ok()) lowering_failed_ = true;
    from_.look_again();
    to_.look_again();
    return result;
  }
  Result<uint64_t> allocate(uint64_t alignment, uint64_t size);
  // A list may have the same megabyte for each of its elements: what one copy moves has to fit into the budget.
  Result<void> take(const Node& element, uint64_t count) {
    return from_.take(count * element.layout[kFrom].size, Program::work_of(element, count));
  }

  const Program& program_;
  Guest &from_, &to_;
  const uint64_t* in_;
  uint64_t* out_;
  bool lowering_failed_ = false;  // and nothing that was lifted since
};

// --- scalars

template <As kIn>
uint64_t Copy::load(uint64_t src, uint32_t size) const {
  if constexpr (kIn == As::flat) return size == 8 ? in_[src] : in_[src] & ((uint64_t{1} << 8 * size) - 1);
  HEDDLE_ASSERT(in_bounds(src, size, from_.memory.size()));
  uint64_t value = 0;
  std::memcpy(&value, from_.memory.data() + src, size);
  return value;
}

template <As kOut>
void Copy::store(uint64_t dst, uint32_t size, uint64_t value) {
  if constexpr (kOut == As::flat) {
    out_[dst] = value;
  } else {
    HEDDLE_ASSERT(in_bounds(dst, size, to_.memory.size()));
    std::memcpy(to_.memory.data() + dst, &value, size);
  }
}

// What a core value or the bytes of a memory mean, as a core value.
Result<uint64_t> meaning(Op op, uint64_t bits, uint32_t count) {
  switch (op) {
    case Op::bool_: return uint64_t{bits != 0};
    case Op::s8: return sign_extended<int8_t>(bits);
    case Op::s16: return sign_extended<int16_t>(bits);
    case Op::f32: return uint64_t{canon::canonicalize_nan32(u32(bits))};
    case Op::f64: return canon::canonicalize_nan64(bits);
    case Op::flags: return bits & ((uint64_t{1} << count) - 1);
    case Op::char_: TRAP_IF(bits >= 0x110000 || (0xd800 <= bits && bits <= 0xdfff), invalid_char); return bits;
    default: return bits;
  }
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::scalar(const Node& node, uint64_t src, uint64_t dst) {
  const auto size = static_cast<uint32_t>(node.layout[kFrom].size);
  // A boolean, and flags, are all of a core value.
  const bool narrow = kIn == As::memory || (node.op != Op::bool_ && node.op != Op::flags);
  const uint64_t bits = load<kIn>(src, narrow ? size : 4);
  const uint64_t value = TRY(meaning(node.op, bits, node.count));
  if constexpr (kWrite) store<kOut>(dst, size, value);
  return {};
}

// --- what is allocated

Result<uint64_t> Copy::allocate(uint64_t alignment, uint64_t size) {
  return lowered(to_.reallocate(0, 0, alignment, size));
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::string(uint64_t src, uint64_t dst) {
  const uint32_t in = program_.pointer(kFrom), out = program_.pointer(kTo);
  const uint64_t second = kIn == As::flat ? 1 : in;
  const Text text = TRY(lift_text(from_, load<kIn>(src, in), load<kIn>(src + second, in)));
  if constexpr (kWrite) {
    const canon::Stored stored = TRY(lowered(lower_text(from_, text, to_)));
    store<kOut>(dst, out, stored.ptr);
    store<kOut>(dst + (kOut == As::flat ? 1 : out), out, stored.length);
  }
  return {};
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::list(const Node& node, uint64_t src, uint64_t dst) {
  const Node& element = program_[program_.parts(node)[0].node];
  const Layout &from = element.layout[kFrom], &to = element.layout[kTo];
  const uint32_t in = program_.pointer(kFrom), out = program_.pointer(kTo);
  const uint64_t at = load<kIn>(src, in), count = load<kIn>(src + (kIn == As::flat ? 1 : in), in);
  const auto bytes = checked_mul(count, from.size);
  TRAP_IF(!bytes || *bytes > canon::kMaxListByteLength, list_too_long);
  TRAP_IF(at != canon::align_to(at, from.alignment), unaligned_pointer);
  TRAP_IF(!in_bounds(at, *bytes, from_.memory.size()), list_out_of_bounds);
  TRY(take(element, count));
  if constexpr (!kWrite) return elements<false>(element, count, at, 0);
  const uint64_t size = count * to.size;
  auto made = allocate(to.alignment, size);
  ErrorCode fault = ErrorCode::none;
  if (!made.ok()) {
    fault = made.error().code;
  } else if (made.value() != canon::align_to(made.value(), to.alignment)) {
    fault = ErrorCode::realloc_unaligned;
  } else if (!in_bounds(made.value(), size, to_.memory.size())) {
    fault = ErrorCode::realloc_list_out_of_bounds;
  }
  if (fault != ErrorCode::none) {
    lowering_failed_ = true;
    TRY(lifted_after_all(elements<false>(element, count, at, 0)));
    return made.ok() ? Error{fault} : made.error();
  }
  TRY(elements<true>(element, count, at, made.value()));
  store<kOut>(dst, out, made.value());
  store<kOut>(dst + (kOut == As::flat ? 1 : out), out, count);
  return {};
}

template <bool kWrite>
Result<void> Copy::elements(const Node& element, uint64_t count, uint64_t src, uint64_t dst) {
  const uint64_t from = element.layout[kFrom].size, to = element.layout[kTo].size;
  if (element.plain || element.number) {
    if (!kWrite || count == 0) return {};
    HEDDLE_ASSERT(in_bounds(src, count * from, from_.memory.size()) && in_bounds(dst, count * to, to_.memory.size()));
    const uint8_t* in = from_.memory.data() + src;
    uint8_t* out = to_.memory.data() + dst;
    if (element.op == Op::f32) {
      copy_floats<uint32_t>(out, in, count, canon::canonicalize_nan32);
    } else if (element.op == Op::f64) {
      copy_floats<uint64_t>(out, in, count, canon::canonicalize_nan64);
    } else {
      std::memcpy(out, in, count * from);
    }
    return {};
  }
  return each<kWrite>(count, [&](uint64_t i, auto write) {
    return value<As::memory, As::memory, decltype(write)::value>(element, src + i * from, dst + i * to);
  });
}

// --- what has parts

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::record(const Node& node, uint64_t src, uint64_t dst) {
  const std::span<const Part> parts = program_.parts(node);
  uint64_t flat = 0;
  return each<kWrite>(parts.size(), [&](uint64_t i, auto write) {
    const Part& part = parts[i];
    const Node& field = program_[part.node];
    const uint64_t in = src + (kIn == As::flat ? flat : part.offset[kFrom]);
    const uint64_t out = dst + (kOut == As::flat ? flat : part.offset[kTo]);
    flat += field.flat;
    return value<kIn, kOut, decltype(write)::value>(field, in, out);
  });
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::fixed_list(const Node& node, uint64_t src, uint64_t dst) {
  const Node& element = program_[program_.parts(node)[0].node];
  if constexpr (kIn == As::memory && kOut == As::memory) return elements<kWrite>(element, node.count, src, dst);
  const uint64_t in = kIn == As::flat ? element.flat : element.layout[kFrom].size;
  const uint64_t out = kOut == As::flat ? element.flat : element.layout[kTo].size;
  return each<kWrite>(node.count, [&](uint64_t i, auto write) {
    return value<kIn, kOut, decltype(write)::value>(element, src + i * in, dst + i * out);
  });
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::variant(const Node& node, uint64_t src, uint64_t dst) {
  const std::span<const Part> cases = program_.parts(node);
  const uint64_t index = load<kIn>(src, kIn == As::flat ? 4 : node.tag_size);
  TRAP_IF(index >= cases.size(), invalid_discriminant);
  if constexpr (kWrite) store<kOut>(dst, node.tag_size, index);
  const NodeId id = cases[index].node;
  const uint64_t used = id == kNoNode ? 1 : 1 + program_[id].flat;
  if (id != kNoNode) {
    const uint64_t in = src + (kIn == As::flat ? 1 : node.payload[kFrom]);
    const uint64_t out = dst + (kOut == As::flat ? 1 : node.payload[kTo]);
    TRY((value<kIn, kOut, kWrite>(program_[id], in, out)));
  }
  if constexpr (kOut == As::flat && kWrite) std::fill(out_ + dst + used, out_ + dst + node.flat, 0);
  return {};
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::handle(const Node& node, uint64_t src, uint64_t dst) {
  const uint32_t index = u32(load<kIn>(src, 4));
  canon::LiftLowerContext &from = from_.cx, &to = to_.cx;
  Val val;
  switch (node.op) {
    case Op::own: val = TRY(canon::lift_own(from, index, node.resource[kFrom])); break;
    case Op::borrow: val = TRY(canon::lift_borrow(from, index, node.resource[kFrom])); break;
    case Op::stream: val = TRY(canon::lift_stream(from, index, node.element[kFrom])); break;
    case Op::future: val = TRY(canon::lift_future(from, index, node.element[kFrom])); break;
    default: val = TRY(canon::lift_error_context(from, index)); break;
  }
  if constexpr (kWrite) {
    auto lower = [&]() -> Result<uint32_t> {
      Despecialized type;
      type.rt = node.resource[kTo];
      switch (node.op) {
        case Op::own: return canon::lower_own(to, val.bits, type);
        case Op::borrow: return canon::lower_borrow(to, val.bits, type);
        case Op::stream: return canon::lower_stream(to, val, node.element[kTo]);
        case Op::future: return canon::lower_future(to, val, node.element[kTo]);
        default: return canon::lower_error_context(to, val);
      }
    };
    store<kOut>(dst, 4, TRY(lowered(lower())));
  }
  return {};
}

template <As kIn, As kOut, bool kWrite>
Result<void> Copy::value(const Node& node, uint64_t src, uint64_t dst) {
  switch (node.op) {
    case Op::string: return string<kIn, kOut, kWrite>(src, dst);
    case Op::list: return list<kIn, kOut, kWrite>(node, src, dst);
    case Op::fixed_list: return fixed_list<kIn, kOut, kWrite>(node, src, dst);
    case Op::record: return record<kIn, kOut, kWrite>(node, src, dst);
    case Op::variant: return variant<kIn, kOut, kWrite>(node, src, dst);
    case Op::own:
    case Op::borrow:
    case Op::stream:
    case Op::future:
    case Op::error_context: return handle<kIn, kOut, kWrite>(node, src, dst);
    default: return scalar<kIn, kOut, kWrite>(node, src, dst);
  }
}

uint64_t pointer_of(const CoreValues& values, uint32_t size) {
  return size == 8 ? values.values[0] : u32(values.values[0]);
}

// Is there a value of this layout at `ptr`?
Result<void> check_pointer(uint64_t ptr, const Layout& layout, const Guest& guest) {
  TRAP_IF(ptr != canon::align_to(ptr, layout.alignment), unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, layout.size, guest.memory.size()), pointer_out_of_bounds);
  return {};
}

// Most values are so small that the call pays for them.
Result<void> work(const Node& whole, Guest& from) {
  constexpr uint64_t kSmall = 8 * kNodeWork;
  if (whole.work < kSmall) [[likely]]
    return {};
  return from.take(0, whole.work);
}

}  // namespace

Result<void> copy_scalars(const Program& program, const uint64_t* in, uint64_t* out) {
  HEDDLE_ASSERT(program.only_scalars());
  for (const Scalar& scalar : program.scalars()) {
    const uint64_t bits = *in++ & scalar.mask;
    if (scalar.op == Op::variant) TRAP_IF(bits >= scalar.count, invalid_discriminant);
    *out++ = TRY(meaning(scalar.op, bits, scalar.count));
  }
  return {};
}

Result<void> lift_only(const Program& program, Guest& from, const CoreValues& in) {
  const Node& whole = program.whole();
  const bool flat = whole.flat <= in.most;
  from.look_again();
  TRY(work(whole, from));
  const uint64_t src = flat ? 0 : pointer_of(in, program.pointer(kFrom));
  if (!flat) TRY(check_pointer(src, whole.layout[kFrom], from));
  return Copy(program, from, in, from, {}).lift_only(flat, src);
}

Result<void> copy(const Program& program, Guest& from, const CoreValues& in, Guest& to, const CoreValues& out) {
  const Node& whole = program.whole();
  const bool flat_in = whole.flat <= in.most, flat_out = whole.flat <= out.most;
  HEDDLE_ASSERT(!flat_in || in.values.size() >= whole.flat);
  HEDDLE_ASSERT(!flat_out || out.values.size() >= whole.flat);
  if (flat_in && flat_out && program.only_scalars()) {
    return copy_scalars(program, in.values.data(), out.values.data());
  }
  from.look_again();
  to.look_again();
  TRY(work(whole, from));
  const uint64_t src = flat_in ? 0 : pointer_of(in, program.pointer(kFrom));
  if (!flat_in) TRY(check_pointer(src, whole.layout[kFrom], from));
  Copy copy(program, from, in, to, out);
  if (flat_out) return flat_in ? copy.whole<As::flat, As::flat>(src, 0) : copy.whole<As::memory, As::flat>(src, 0);
  const Layout& layout = whole.layout[kTo];
  auto place = [&]() -> Result<uint64_t> {
    const uint64_t dst = out.has_pointer ? pointer_of(out, program.pointer(kTo))
                                         : TRY(to.reallocate(0, 0, layout.alignment, layout.size));
    from.look_again();
    to.look_again();
    TRY(check_pointer(dst, layout, to));
    return dst;
  };
  const auto dst = place();
  if (!dst.ok()) return copy.lifted_first(dst.error(), flat_in, src);
  if (!out.has_pointer) out.values[0] = dst.value();
  return flat_in ? copy.whole<As::flat, As::memory>(src, dst.value())
                 : copy.whole<As::memory, As::memory>(src, dst.value());
}

Result<void> copy_elements(const Program& program, Guest& from, uint64_t src, Guest& to, uint64_t dst, uint32_t n) {
  from.look_again();
  to.look_again();
  const Node& element = program[program.parts(program.whole())[0].node];
  return Copy(program, from, {}, to, {}).elements_of(element, n, src, dst);
}

}  // namespace heddle::component::plan
