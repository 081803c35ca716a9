// Writes the binary format's atoms (spec 5.2, 5.3) at the end of a byte vector: LEB128 numbers in their shortest
// form, fixed-width values, names, types, and parts that are preceded by their size. What it writes, base/reader.h
// reads.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "syntax/module.h"
#include "syntax/type_codes.h"
#include "syntax/types.h"

namespace heddle::binary {

class Writer {
 public:
  explicit Writer(std::vector<uint8_t>& out) : out_(out) {}

  std::vector<uint8_t>& out() { return out_; }
  size_t size() const { return out_.size(); }

  void byte(uint8_t b) { out_.push_back(b); }
  void u32(uint32_t v) { u64(v); }
  void u64(uint64_t v) {
    while (v >= 0x80) {
      out_.push_back(static_cast<uint8_t>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<uint8_t>(v));
  }
  void s32(int32_t v) { s64(v); }
  void s33(int64_t v) { s64(v); }
  void s64(int64_t v) {
    while (v < -0x40 || v >= 0x40) {
      out_.push_back(static_cast<uint8_t>(v | 0x80));
      v >>= 7;
    }
    out_.push_back(static_cast<uint8_t>(v & 0x7f));
  }

  template <class T>
  void fixed(T value) {  // little endian
    static_assert(std::endian::native == std::endian::little);
    uint8_t raw[sizeof(T)];
    std::memcpy(raw, &value, sizeof(T));
    out_.insert(out_.end(), raw, raw + sizeof(T));
  }

  void bytes(std::span<const uint8_t> raw);
  void name(std::string_view text) {
    u64(text.size());
    out_.insert(out_.end(), text.begin(), text.end());
  }

  // An opcode: one byte, or a prefix and a sub-opcode, as a row of ops.inc has it.
  void opcode(uint32_t code) {
    if (code >> 12) {
      byte(static_cast<uint8_t>(code >> 12));
      u32(code & 0xfff);
    } else {
      byte(static_cast<uint8_t>(code));
    }
  }

  void heap_type(HeapType type);
  void val_type(ValType type);  // value types and packed storage types
  void field_type(const FieldType& type);
  void result_type(std::span<const ValType> types);  // vec(valtype)
  void limits(const Limits& limits, uint8_t flags);  // `flags` without bit 0, which says that there is a maximum
  void table_type(const TableType& type);
  void mem_type(const MemType& type);
  void global_type(const GlobalType& type);
  void sub_type(const SubType& type);
  void extern_type(const ExternType& type);

  // Whatever `content` writes, preceded by its size in bytes.
  template <class F>
  void sized(F&& content) {
    size_t start = out_.size();
    content();
    prefix_size(start);
  }
  template <class F>
  void section(syntax::SectionId id, F&& content) {
    byte(static_cast<uint8_t>(id));
    sized(content);
  }

 private:
  void prefix_size(size_t start);

  std::vector<uint8_t>& out_;
};

}  // namespace heddle::binary
