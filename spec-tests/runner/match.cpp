// Matching by bits: numbers are equal if all their bits are, or if both are NaNs of the class asked for.
#include "spec-tests/runner/match.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace heddle::wast {
namespace {

using text::Pattern;
using Nan = Pattern::Nan;

// A canonical NaN has only the highest bit of its fraction; an arithmetic one has that bit and any others. Any sign.
bool is_nan(uint64_t bits, Nan wanted, unsigned width) {
  unsigned fraction_bits = width == 32 ? 23 : 52;
  uint64_t magnitude = bits & ((uint64_t{1} << (width - 1)) - 1);
  uint64_t canonical = ((uint64_t{1} << (width - fraction_bits)) - 1) << (fraction_bits - 1);
  return wanted == Nan::canonical ? magnitude == canonical : (magnitude & canonical) == canonical;
}

bool matches_float(uint64_t bits, uint64_t wanted, Nan nan, unsigned width) {
  return nan == Nan::exact ? bits == wanted : is_nan(bits, nan, width);
}

uint64_t lane(const uint8_t* bytes, unsigned width_bytes) {
  uint64_t bits = 0;
  std::memcpy(&bits, bytes, width_bytes);
  return bits;
}

bool matches_vector(const exec::Val& value, const Pattern& pattern) {
  uint8_t bytes[16];
  std::memcpy(bytes, value.bits, sizeof bytes);
  if (!pattern.float_lanes) return std::memcmp(bytes, pattern.bytes.data(), sizeof bytes) == 0;
  unsigned width = pattern.lane_bytes;
  for (size_t i = 0; i * width < sizeof bytes; ++i) {
    uint64_t wanted = lane(pattern.bytes.data() + i * width, width);
    if (!matches_float(lane(bytes + i * width, width), wanted, pattern.lane_nans[i], width * 8)) return false;
  }
  return true;
}

const gc::HostRef* as_host_ref(rt::Ref ref) {
  if (ref == 0 || gc::is_i31(ref)) return nullptr;
  gc::Object* object = gc::to_object(ref);
  return object->type == gc::kHostRefType ? static_cast<const gc::HostRef*>(object) : nullptr;
}

// Does a reference of the internal hierarchy, not null, belong to `heap`?
bool is_internal(const TypeRegistry& types, rt::Ref ref, HeapKind heap) {
  if (heap == HeapKind::any) return true;
  if (gc::is_i31(ref)) return heap == HeapKind::i31 || heap == HeapKind::eq;
  if (as_host_ref(ref)) return false;
  CompKind kind = types[gc::to_object(ref)->type].kind;
  if (heap == HeapKind::eq) return kind == CompKind::struct_ || kind == CompKind::array;
  return heap == (kind == CompKind::array ? HeapKind::array : HeapKind::struct_);
}

bool matches_ref(const TypeRegistry& types, const exec::Val& value, const Pattern& pattern) {
  rt::Ref ref = value.bits[0];
  HeapKind top = types.top_of(value.type.heap());
  switch (pattern.kind) {
    case Pattern::Kind::ref_null: return ref == 0 && (pattern.any_heap || top == types.top_of(pattern.heap));
    case Pattern::Kind::ref:
      if (ref == 0) return false;
      if (pattern.any_heap) return true;
      if (top != types.top_of(pattern.heap)) return false;
      return top != HeapKind::any || is_internal(types, ref, pattern.heap);
    case Pattern::Kind::ref_extern:
    case Pattern::Kind::ref_host: {
      bool wants_extern = pattern.kind == Pattern::Kind::ref_extern;
      if (top != (wants_extern ? HeapKind::extern_ : HeapKind::any)) return false;
      const gc::HostRef* host = as_host_ref(ref);
      return host && host->payload == pattern.bits;
    }
    case Pattern::Kind::i32:
    case Pattern::Kind::i64:
    case Pattern::Kind::f32:
    case Pattern::Kind::f64:
    case Pattern::Kind::v128:
    case Pattern::Kind::either:
    case Pattern::Kind::extended: return false;
  }
  return false;
}

std::string float_in_words(uint64_t bits, unsigned width) {
  if (width == 32) return fmt::format("{} (0x{:08x})", std::bit_cast<float>(static_cast<uint32_t>(bits)), bits);
  return fmt::format("{} (0x{:016x})", std::bit_cast<double>(bits), bits);
}

std::string float_in_words(uint64_t bits, Nan nan, unsigned width) {
  if (nan == Nan::exact) return float_in_words(bits, width);
  return nan == Nan::canonical ? "nan:canonical" : "nan:arithmetic";
}

std::string vector_in_words(const uint8_t* bytes) {
  return fmt::format("v128:0x{:016x}{:016x}", lane(bytes + 8, 8), lane(bytes, 8));
}

std::string ref_in_words(const TypeRegistry& types, const exec::Val& value) {
  rt::Ref ref = value.bits[0];
  HeapKind top = types.top_of(value.type.heap());
  if (ref == 0) return "null " + to_string(HeapType(top));
  if (top == HeapKind::any || top == HeapKind::extern_) {
    std::string side = top == HeapKind::any ? "host" : "extern";
    if (const gc::HostRef* host = as_host_ref(ref)) return fmt::format("{}:{}", side, host->payload);
    if (gc::is_i31(ref)) return fmt::format("i31:{}", gc::i31_u(ref));
    return types[gc::to_object(ref)->type].kind == CompKind::array ? "an array" : "a struct";
  }
  return "a reference to " + to_string(HeapType(top));
}

std::string in_words(const TypeRegistry& types, const exec::Val& value) {
  switch (value.type.kind()) {
    case ValKind::i32: return fmt::format("i32:{}", static_cast<int32_t>(value.bits[0]));
    case ValKind::i64: return fmt::format("i64:{}", static_cast<int64_t>(value.bits[0]));
    case ValKind::f32: return "f32:" + float_in_words(value.bits[0], 32);
    case ValKind::f64: return "f64:" + float_in_words(value.bits[0], 64);
    case ValKind::v128: {
      uint8_t bytes[16];
      std::memcpy(bytes, value.bits, sizeof bytes);
      return vector_in_words(bytes);
    }
    case ValKind::ref: return ref_in_words(types, value);
    case ValKind::bot:
    case ValKind::i8:
    case ValKind::i16: break;
  }
  return "no value";
}

std::string in_words(const Pattern& pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::i32: return fmt::format("i32:{}", static_cast<int32_t>(pattern.bits));
    case Pattern::Kind::i64: return fmt::format("i64:{}", static_cast<int64_t>(pattern.bits));
    case Pattern::Kind::f32: return "f32:" + float_in_words(pattern.bits, pattern.nan, 32);
    case Pattern::Kind::f64: return "f64:" + float_in_words(pattern.bits, pattern.nan, 64);
    case Pattern::Kind::v128: {
      std::string text = vector_in_words(pattern.bytes.data());
      for (unsigned i = 0; pattern.float_lanes && i < 16u / pattern.lane_bytes; ++i) {
        if (pattern.lane_nans[i] != Nan::exact)
          text += fmt::format(" (lane {}: {})", i, float_in_words(0, pattern.lane_nans[i], 32));
      }
      return text;
    }
    case Pattern::Kind::ref_null: return pattern.any_heap ? "null" : "null " + to_string(HeapType(pattern.heap));
    case Pattern::Kind::ref:
      return pattern.any_heap ? "a reference" : "a reference to " + to_string(HeapType(pattern.heap));
    case Pattern::Kind::ref_extern: return fmt::format("extern:{}", pattern.bits);
    case Pattern::Kind::ref_host: return fmt::format("host:{}", pattern.bits);
    case Pattern::Kind::extended: return "a value of a component";
    case Pattern::Kind::either: break;
  }
  std::string text;
  for (const Pattern& alternative : pattern.alternatives)
    text += (text.empty() ? "" : " or ") + in_words(alternative);
  return text;
}

template <class Items, class Words>
std::string list(const Items& items, const Words& words) {
  if (items.empty()) return "no value";
  std::string text;
  for (const auto& item : items) text += (text.empty() ? "" : ", ") + words(item);
  return text;
}

}  // namespace

bool matches(const TypeRegistry& types, const exec::Val& value, const Pattern& pattern) {
  uint64_t bits = value.bits[0];
  switch (pattern.kind) {
    case Pattern::Kind::i32:
      return value.type == kI32 && static_cast<uint32_t>(bits) == static_cast<uint32_t>(pattern.bits);
    case Pattern::Kind::i64: return value.type == kI64 && bits == pattern.bits;
    case Pattern::Kind::f32:
      return value.type == kF32 && matches_float(static_cast<uint32_t>(bits), pattern.bits, pattern.nan, 32);
    case Pattern::Kind::f64: return value.type == kF64 && matches_float(bits, pattern.bits, pattern.nan, 64);
    case Pattern::Kind::v128: return value.type == kV128 && matches_vector(value, pattern);
    case Pattern::Kind::either:
      return std::any_of(pattern.alternatives.begin(), pattern.alternatives.end(),
                         [&](const Pattern& alternative) { return matches(types, value, alternative); });
    case Pattern::Kind::ref_null:
    case Pattern::Kind::ref:
    case Pattern::Kind::ref_extern:
    case Pattern::Kind::ref_host: return value.type.is_ref() && matches_ref(types, value, pattern);
    case Pattern::Kind::extended: return false;
  }
  return false;
}

bool matches(const TypeRegistry& types, std::span<const exec::Val> values, std::span<const Pattern> patterns) {
  return std::equal(values.begin(), values.end(), patterns.begin(), patterns.end(),
                    [&](const exec::Val& value, const Pattern& pattern) { return matches(types, value, pattern); });
}

std::string in_words(const TypeRegistry& types, std::span<const exec::Val> values) {
  return list(values, [&](const exec::Val& value) { return in_words(types, value); });
}

std::string in_words(std::span<const Pattern> patterns) {
  return list(patterns, [](const Pattern& pattern) { return in_words(pattern); });
}

}  // namespace heddle::wast
