// Reads a span of bytes from front to back: fixed-width values, LEB128 numbers (spec 5.2.2), names, sub-spans. Every
// read is bounded by the end of the span; a LEB that is too long or has unused bits set is refused. Offsets in errors
// are absolute: `base` is what the span's first byte is called.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "base/result.h"
#include "base/utf8.h"

namespace heddle {

class Reader {
 public:
  Reader() = default;
  explicit Reader(std::span<const uint8_t> bytes, uint32_t base = 0)
      : begin_(bytes.data()), at_(bytes.data()), end_(bytes.data() + bytes.size()), base_(base) {}

  bool at_end() const { return at_ == end_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }
  uint32_t offset() const { return base_ + static_cast<uint32_t>(at_ - begin_); }
  const uint8_t* here() const { return at_; }
  void seek(const uint8_t* to) { at_ = to; }  // `to` came from here()
  Error fail(ErrorCode code) const { return Error{code, offset()}; }

  Result<uint8_t> byte() {
    if (at_ == end_) [[unlikely]]
      return fail(ErrorCode::unexpected_end);
    return *at_++;
  }
  uint8_t peek() const { return at_ == end_ ? 0 : *at_; }  // 0 at the end: only for look-ahead

  Result<uint16_t> u16() { return unsigned_leb<uint16_t>(); }
  Result<uint32_t> u32() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return static_cast<uint32_t>(*at_++);
    return unsigned_leb<uint32_t>();
  }
  Result<uint64_t> u64() {
    if (at_ != end_ && *at_ < 0x80) [[likely]]
      return static_cast<uint64_t>(*at_++);
    return unsigned_leb<uint64_t>();
  }
  Result<int64_t> s16() { return signed_leb<16>(); }
  Result<int32_t> s32() {
    auto v = signed_leb<32>();
    if (!v.ok()) return v.error();
    return static_cast<int32_t>(v.value());
  }
  Result<int64_t> s33() { return signed_leb<33>(); }
  Result<int64_t> s64() { return signed_leb<64>(); }

  template <class T>
  Result<T> fixed() {  // little endian, as memory is
    static_assert(std::endian::native == std::endian::little);
    if (remaining() < sizeof(T)) [[unlikely]]
      return fail(ErrorCode::unexpected_end);
    T value;
    std::memcpy(&value, at_, sizeof(T));
    at_ += sizeof(T);
    return value;
  }

  Result<std::span<const uint8_t>> bytes(size_t count) {
    if (count > remaining()) [[unlikely]]
      return fail(ErrorCode::length_out_of_bounds);
    std::span<const uint8_t> out(at_, count);
    at_ += count;
    return out;
  }

  // A sub-reader over the next `count` bytes; this reader moves past them.
  Result<Reader> sub(size_t count) {
    uint32_t start = offset();
    return Reader(TRY(bytes(count)), start);
  }

  // A vector's length. Each element takes at least one byte, so a count beyond the bytes left is refused before
  // anything is reserved.
  Result<uint32_t> count() {
    auto n = TRY(u32());
    if (n > remaining()) [[unlikely]]
      return fail(ErrorCode::length_out_of_bounds);
    return n;
  }

  Result<std::string_view> name() {
    auto n = TRY(u32());
    uint32_t start = offset();
    auto raw = TRY(bytes(n));
    std::string_view text(reinterpret_cast<const char*>(raw.data()), raw.size());
    if (!utf8::valid(text)) return Error{ErrorCode::bad_utf8, start};
    return text;
  }

 private:
  template <class T>
  Result<T> unsigned_leb() {
    constexpr int kBits = sizeof(T) * 8;
    T value = 0;
    for (int shift = 0;; shift += 7) {
      if (at_ == end_) return fail(ErrorCode::unexpected_end);
      uint8_t b = *at_++;
      if (shift + 7 > kBits) {  // the last byte holds fewer than seven value bits
        if (b & 0x80) return fail(ErrorCode::leb_too_long);
        if (b >> (kBits - shift)) return fail(ErrorCode::leb_too_large);
      }
      value = static_cast<T>(value | static_cast<T>(b & 0x7f) << shift);
      if (!(b & 0x80)) return value;
    }
  }

  template <int kBits>
  Result<int64_t> signed_leb() {
    uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      if (at_ == end_) return fail(ErrorCode::unexpected_end);
      uint8_t b = *at_++;
      if (shift + 7 > kBits) {  // unused bits repeat the sign
        if (b & 0x80) return fail(ErrorCode::leb_too_long);
        int used = kBits - shift;
        int8_t sign_bits = static_cast<int8_t>(static_cast<int8_t>(b << 1) >> used);  // sign bit and what is above it
        if (sign_bits != 0 && sign_bits != -1) return fail(ErrorCode::leb_too_large);
      }
      value |= static_cast<uint64_t>(b & 0x7f) << shift;
      if (!(b & 0x80)) {
        int width = shift + 7;
        if (width < 64) return static_cast<int64_t>(value << (64 - width)) >> (64 - width);
        return static_cast<int64_t>(value);
      }
    }
  }

  const uint8_t* begin_ = nullptr;
  const uint8_t* at_ = nullptr;
  const uint8_t* end_ = nullptr;
  uint32_t base_ = 0;
};

}  // namespace heddle
