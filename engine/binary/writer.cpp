// Types, sizes and runs of bytes; everything smaller is inline in the header.
#include "binary/writer.h"

namespace heddle::binary {

void Writer::bytes(std::span<const uint8_t> raw) { out_.insert(out_.end(), raw.begin(), raw.end()); }

void Writer::heap_type(HeapType type) {
  if (type.abstract()) return byte(code_of(type.kind()));
  if (type.exact()) byte(kExactCode);
  s33(type.index());
}

void Writer::val_type(ValType type) {
  HEDDLE_ASSERT(!type.is_bot());
  if (!type.is_ref()) return byte(code_of(type.kind()));
  if (type.nullable() && type.heap().abstract()) return byte(code_of(type.heap().kind()));
  byte(type.nullable() ? kRefNullCode : kRefCode);
  heap_type(type.heap());
}

void Writer::field_type(const FieldType& type) {
  val_type(type.type);
  byte(type.mut);
}

void Writer::result_type(std::span<const ValType> types) {
  u64(types.size());
  for (ValType type : types) val_type(type);
}

void Writer::limits(const Limits& limits, uint8_t flags) {
  byte(static_cast<uint8_t>(flags | (limits.max ? 1 : 0)));
  u64(limits.min);
  if (limits.max) u64(*limits.max);
}

void Writer::table_type(const TableType& type) {
  val_type(type.elem);
  limits(type.limits, type.addr64 ? 4 : 0);
}

void Writer::mem_type(const MemType& type) {
  bool custom_page = type.page_size_log2 != 16;
  limits(type.limits, static_cast<uint8_t>((type.shared ? 2 : 0) | (type.addr64 ? 4 : 0) | (custom_page ? 8 : 0)));
  if (custom_page) u32(type.page_size_log2);
}

void Writer::global_type(const GlobalType& type) {
  val_type(type.type);
  byte(type.mut);
}

void Writer::sub_type(const SubType& type) {
  if (!type.final || type.super) {
    byte(type.final ? 0x4f : 0x50);
    u32(type.super ? 1 : 0);
    if (type.super) u32(type.super->raw);
  }
  if (type.describes) {
    byte(0x4c);
    u32(type.describes->raw);
  }
  if (type.descriptor) {
    byte(0x4d);
    u32(type.descriptor->raw);
  }
  switch (type.kind) {
    case CompKind::func:
      byte(0x60);
      result_type(type.params);
      result_type(type.results);
      return;
    case CompKind::struct_:
      byte(0x5f);
      u64(type.fields.size());
      for (const FieldType& field : type.fields) field_type(field);
      return;
    case CompKind::array:
      byte(0x5e);
      field_type(type.fields.front());
      return;
    case CompKind::cont:
      byte(0x5d);
      s33(type.cont.raw);
      return;
  }
}

void Writer::extern_type(const ExternType& type) {
  byte(static_cast<uint8_t>(static_cast<uint8_t>(type.kind) | (type.exact ? 0x20 : 0)));
  switch (type.kind) {
    case ExternKind::func: return u32(type.type.raw);
    case ExternKind::table: return table_type(type.table);
    case ExternKind::memory: return mem_type(type.memory);
    case ExternKind::global: return global_type(type.global);
    case ExternKind::tag: byte(0); return u32(type.type.raw);
  }
}

void Writer::prefix_size(size_t start) {
  size_t content = out_.size() - start;
  size_t width = 1;
  for (size_t rest = content; rest >= 0x80; rest >>= 7) ++width;
  out_.resize(out_.size() + width);
  if (content) std::memmove(out_.data() + start + width, out_.data() + start, content);
  for (size_t i = 0, rest = content; i < width; ++i, rest >>= 7) {
    out_[start + i] = static_cast<uint8_t>((rest & 0x7f) | (i + 1 < width ? 0x80 : 0));
  }
}

}  // namespace heddle::binary
