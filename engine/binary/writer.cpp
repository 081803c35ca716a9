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
