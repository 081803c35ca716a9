#include "component/plan/text.h"

#include <algorithm>
#include <cstring>

#include "base/checked.h"
#include "base/utf8.h"
#include "component/canon/alignment.h"

namespace heddle::component::plan {
namespace {

using canon::Stored;
using canon::StringEncoding;

constexpr size_t kBlock = 16;  // units that are looked at together while nothing is special about them

template <class Unit>
Unit unit_at(const uint8_t* at) {
  Unit unit;
  std::memcpy(&unit, at, sizeof(Unit));
  return unit;
}

// Has one of the block's units a bit of `mask`?
template <class Unit>
bool any_of_block(const uint8_t* at, Unit mask) {
  Unit all = 0;
  for (size_t i = 0; i < kBlock; ++i) all |= unit_at<Unit>(at + i * sizeof(Unit));
  return (all & mask) != 0;
}

bool is_surrogate(uint32_t unit) { return (unit & 0xf800) == 0xd800; }
bool is_high(uint32_t unit) { return (unit & 0xfc00) == 0xd800; }
bool is_low(uint32_t unit) { return (unit & 0xfc00) == 0xdc00; }

bool block_has_surrogate(const uint8_t* at) {
  unsigned found = 0;
  for (size_t i = 0; i < kBlock; ++i) found |= is_surrogate(unit_at<uint16_t>(at + 2 * i));
  return found != 0;
}

bool valid_utf16(std::span<const uint8_t> bytes) {
  const size_t size = bytes.size();
  for (size_t i = 0; i < size; i += 2) {
    if (size - i >= 2 * kBlock && !block_has_surrogate(&bytes[i])) {
      i += 2 * (kBlock - 1);
      continue;
    }
    const uint32_t unit = unit_at<uint16_t>(&bytes[i]);
    if (!is_surrogate(unit)) continue;
    i += 2;
    if (is_low(unit) || i >= size || !is_low(unit_at<uint16_t>(&bytes[i]))) return false;
  }
  return true;
}

// --- characters one by one. What is read has been checked, but is read again: no more than that is relied upon than
// that it ends where it ends.

struct Utf8Reader {
  std::span<const uint8_t> bytes;
  static constexpr size_t kUnit = 1;
  uint32_t next(size_t& at) const {
    const uint32_t lead = bytes[at++];
    const size_t more = utf8::sequence_length(static_cast<uint8_t>(lead)) - 1;
    if (more == 0 || more > bytes.size() - at) return lead;
    uint32_t code = lead & (0x3fu >> more);
    for (size_t k = 0; k < more; ++k) code = code << 6 | (bytes[at++] & 0x3f);
    return code;
  }
};

struct Utf16Reader {
  std::span<const uint8_t> bytes;
  static constexpr size_t kUnit = 2;
  uint32_t next(size_t& at) const {
    const uint32_t unit = unit_at<uint16_t>(&bytes[at]);
    at += 2;
    if (!is_high(unit) || at >= bytes.size()) return unit;
    const uint32_t low = unit_at<uint16_t>(&bytes[at]);
    at += 2;
    return 0x10000 + ((unit & 0x3ff) << 10 | (low & 0x3ff));
  }
};

struct Latin1Reader {
  std::span<const uint8_t> bytes;
  static constexpr size_t kUnit = 1;
  uint32_t next(size_t& at) const { return bytes[at++]; }
};

// Writes to where there is room, and no further.
class Writer {
 public:
  explicit Writer(std::span<uint8_t> to) : to_(to) {}
  size_t size() const { return size_; }

  void byte(uint32_t value) {
    if (size_ < to_.size()) to_[size_++] = static_cast<uint8_t>(value);
  }
  void unit(uint32_t value) {
    byte(value);
    byte(value >> 8);
  }
  void utf8(uint32_t c) {
    if (c < 0x80) return byte(c);
    if (c < 0x800) {
      byte(0xc0 | c >> 6);
    } else if (c < 0x10000) {
      byte(0xe0 | c >> 12);
      byte(0x80 | (c >> 6 & 0x3f));
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
      byte(0x80 | (c >> 6 & 0x3f));
    }
    byte(0x80 | (c & 0x3f));
  }
  void utf16(uint32_t c) {
    if (c < 0x10000) return unit(c);
    unit(0xd800 + ((c - 0x10000) >> 10));
    unit(0xdc00 + ((c - 0x10000) & 0x3ff));
  }
  // A block of units of `In` as units of `Out`; false where there is no room.
  template <class In, class Out>
  bool block(const uint8_t* from) {
    if (to_.size() - size_ < kBlock * sizeof(Out)) return false;
    uint8_t* to = to_.data() + size_;
    for (size_t i = 0; i < kBlock; ++i) {
      const auto unit = static_cast<Out>(unit_at<In>(from + i * sizeof(In)));
      std::memcpy(to + i * sizeof(Out), &unit, sizeof(Out));
    }
    size_ += kBlock * sizeof(Out);
    return true;
  }

 private:
  std::span<uint8_t> to_;
  size_t size_ = 0;
};

template <size_t kSize>
using UnitOf = std::conditional_t<kSize == 1, uint8_t, uint16_t>;

// Characters below `below` (0x80, 0x100), from `at` on, as one unit each; stops at the first that is not.
template <class Out, class Reader>
void narrow(const Reader& reader, size_t& at, Writer& writer, uint32_t below) {
  using In = UnitOf<Reader::kUnit>;
  const uint32_t limit = std::is_same_v<Reader, Utf8Reader> ? 0x80 : below;  // where a unit is a character
  while (at < reader.bytes.size()) {
    const uint8_t* from = &reader.bytes[at];
    if (reader.bytes.size() - at >= kBlock * sizeof(In) && !any_of_block(from, static_cast<In>(~(limit - 1))) &&
        writer.block<In, Out>(from)) {
      at += kBlock * sizeof(In);
      continue;
    }
    size_t behind = at;
    const uint32_t code = reader.next(behind);
    if (code >= below) return;
    sizeof(Out) == 1 ? writer.byte(code) : writer.unit(code);
    at = behind;
  }
}

template <class Reader>
void write_utf8(const Reader& reader, size_t at, Writer& writer) {
  while (at < reader.bytes.size()) {
    narrow<uint8_t>(reader, at, writer, 0x80);
    for (size_t i = 0; i < kBlock && at < reader.bytes.size(); ++i) writer.utf8(reader.next(at));
  }
}

template <class Reader>
void write_utf16(const Reader& reader, size_t at, Writer& writer) {
  while (at < reader.bytes.size()) {
    narrow<uint16_t>(reader, at, writer, 0x80);
    for (size_t i = 0; i < kBlock && at < reader.bytes.size(); ++i) writer.utf16(reader.next(at));
  }
}

// --- lowering: where the string goes, which the guest on the other side says

class Destination {
 public:
  Destination(Guest& from, const Text& text, Guest& to) : from_(from), text_(text), to_(to) {}

  // Moves it to `size` bytes.
  Result<void> resize(uint64_t alignment, uint64_t size) {
    HEDDLE_ASSERT(size <= canon::kReallocI32Max);
    ptr = TRY(to_.reallocate(ptr, size_, alignment, size));
    size_ = size;
    from_.look_again();
    to_.look_again();
    TRAP_IF(ptr != canon::align_to(ptr, alignment), realloc_unaligned);
    TRAP_IF(!in_bounds(ptr, size, to_.memory.size()), realloc_out_of_bounds);
    return {};
  }
  // The same where it is larger than it need be.
  Result<void> shrink(uint64_t alignment, uint64_t size) {
    return size < size_ ? resize(alignment, size) : Result<void>();
  }
  std::span<uint8_t> bytes() const { return to_.memory.subspan(ptr, size_); }
  std::span<const uint8_t> source() const {
    return from_.memory.subspan(text_.at, text_.units * (text_.utf16 ? 2 : 1));
  }

  uint64_t ptr = 0;

 private:
  Guest& from_;
  const Text& text_;
  Guest& to_;
  uint64_t size_ = 0;
};

// The bytes as they are.
Result<Stored> lower_copy(Destination to, const Text& text, uint64_t alignment) {
  TRY(to.resize(alignment, text.units * (text.utf16 ? 2 : 1)));
  const std::span<const uint8_t> source = to.source();
  if (!source.empty()) std::memmove(to.bytes().data(), source.data(), source.size());
  return Stored{to.ptr, text.units};
}

// As if every character were ASCII, until one is not.
template <class Reader>
Result<Stored> lower_to_utf8(Destination to, const Text& text) {
  TRY(to.resize(1, text.units));
  Writer ascii(to.bytes());
  size_t at = 0;
  narrow<uint8_t>(Reader{to.source()}, at, ascii, 0x80);
  if (at == to.source().size()) return Stored{to.ptr, text.units};
  const size_t done = ascii.size();
  TRY(to.resize(1, text.units * (text.utf16 ? 3 : 2)));
  Writer rest(to.bytes().subspan(done));
  write_utf8(Reader{to.source()}, at, rest);
  const uint64_t length = done + rest.size();
  TRY(to.shrink(1, length));
  return Stored{to.ptr, length};
}

template <class Reader>
Result<Stored> lower_to_utf16(Destination to, const Text& text) {
  TRY(to.resize(2, 2 * text.units));
  Writer writer(to.bytes());
  write_utf16(Reader{to.source()}, 0, writer);
  const uint64_t length = writer.size();
  TRY(to.shrink(2, length));
  return Stored{to.ptr, length / 2};
}

// As if every character were one of Latin-1, until one is not. What is there already becomes twice as wide then,
// whatever the guest has made of it meanwhile.
template <class Reader>
Result<Stored> lower_to_latin1_or_utf16(Destination to, const Text& text, uint64_t tag) {
  TRY(to.resize(2, text.units));
  Writer latin1(to.bytes());
  size_t at = 0;
  narrow<uint8_t>(Reader{to.source()}, at, latin1, 0x100);
  const size_t done = latin1.size();
  if (at == to.source().size()) {
    TRY(to.shrink(2, done));
    return Stored{to.ptr, done};
  }
  TRY(to.resize(2, 2 * text.units));
  const std::span<uint8_t> bytes = to.bytes();
  for (size_t i = done; i-- > 0;) {
    bytes[2 * i] = bytes[i];
    bytes[2 * i + 1] = 0;
  }
  Writer rest(bytes.subspan(2 * done));
  write_utf16(Reader{to.source()}, at, rest);
  const uint64_t length = 2 * done + rest.size();
  TRY(to.shrink(2, length));
  return Stored{to.ptr, length / 2 | tag};
}

// UTF-16 of one who could have had Latin-1.
Result<Stored> lower_probably_utf16(Destination to, const Text& text, uint64_t tag) {
  TRY(to.resize(2, 2 * text.units));
  const std::span<const uint8_t> source = to.source();
  const std::span<uint8_t> bytes = to.bytes();
  if (!source.empty()) std::memmove(bytes.data(), source.data(), source.size());
  bool wide = false;
  for (uint64_t i = 0; i < text.units && !wide; ++i) wide = unit_at<uint16_t>(&source[2 * i]) >= 0x100;
  if (wide) return Stored{to.ptr, text.units | tag};
  for (uint64_t i = 0; i < text.units; ++i) bytes[i] = bytes[2 * i];
  TRY(to.resize(1, text.units));
  return Stored{to.ptr, text.units};
}

bool valid_text(std::span<const uint8_t> bytes, StringEncoding encoding, bool utf16) {
  if (encoding != StringEncoding::utf8) return !utf16 || valid_utf16(bytes);
  return utf8::valid({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace

Result<Text> lift_text(Guest& from, uint64_t ptr, uint64_t tagged_units) {
  const StringEncoding encoding = from.cx.opts.string_encoding;
  Text text{ptr, tagged_units, encoding == StringEncoding::utf16};
  const uint64_t tag = canon::utf16_tag(from.cx.opts.memory->ptr_size);
  if (encoding == StringEncoding::latin1_utf16 && (tagged_units & tag)) {
    text.units ^= tag;
    text.utf16 = true;
  }
  const uint64_t unit = text.utf16 ? 2 : 1, alignment = encoding == StringEncoding::utf8 ? 1 : 2;
  TRAP_IF(text.units > canon::kMaxStringByteLength / unit, string_too_long);
  const uint64_t size = unit * text.units;
  TRAP_IF(ptr != canon::align_to(ptr, alignment), unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, size, from.memory.size()), string_out_of_bounds);
  const std::span<const uint8_t> bytes = from.memory.subspan(ptr, size);
  if (!from.texts_are_valid && !valid_text(bytes, encoding, text.utf16)) {
    return canon::load_string_from_range(from.cx, ptr, tagged_units).error();  // which knows what is wrong
  }
  TRY(from.take(size, size));
  return text;
}

Result<Stored> lower_text(Guest& from, const Text& text, Guest& to) {
  const StringEncoding in = from.cx.opts.string_encoding;
  const Destination dst(from, text, to);
  const uint64_t tag = canon::utf16_tag(to.cx.opts.memory->ptr_size);
  switch (to.cx.opts.string_encoding) {
    case StringEncoding::utf8:
      if (in == StringEncoding::utf8) return lower_copy(dst, text, 1);
      return text.utf16 ? lower_to_utf8<Utf16Reader>(dst, text) : lower_to_utf8<Latin1Reader>(dst, text);
    case StringEncoding::utf16:
      if (text.utf16) return lower_copy(dst, text, 2);
      return in == StringEncoding::utf8 ? lower_to_utf16<Utf8Reader>(dst, text)
                                        : lower_to_utf16<Latin1Reader>(dst, text);
    case StringEncoding::latin1_utf16: break;
  }
  if (in == StringEncoding::utf8) return lower_to_latin1_or_utf16<Utf8Reader>(dst, text, tag);
  if (in == StringEncoding::utf16) return lower_to_latin1_or_utf16<Utf16Reader>(dst, text, tag);
  return text.utf16 ? lower_probably_utf16(dst, text, tag) : lower_copy(dst, text, 2);
}

}  // namespace heddle::component::plan
