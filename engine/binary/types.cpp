// Every type starts with a byte that tells what it is.
#include "binary/types.h"

#include <algorithm>

#include "syntax/immediates.h"
#include "syntax/limits.h"

namespace heddle::binary {
namespace {

enum LimitsFlag : uint8_t { kHasMax = 1, kShared = 2, kAddr64 = 4, kPageSize = 8 };

}  // namespace

Error over_limit(ErrorSink* sink, uint32_t offset, const char* what, uint64_t found, uint64_t most) {
  if (sink) sink->set(std::string(what) + ": " + std::to_string(found) + ", at most " + std::to_string(most));
  return Error{ErrorCode::limit_exceeded, offset};
}

Result<void> TypeReader::need(Feature feature, uint32_t offset, ErrorCode code) {
  if (features_.has(feature)) return {};
  const FeatureInfo& info = kFeatures[static_cast<size_t>(feature)];
  if (sink_) sink_->set("needs " + std::string(info.flag) + " (" + std::string(info.what) + ")");
  return Error{code, offset};
}

Result<ValType> TypeReader::allowed(Result<ValType> type, uint32_t offset) {
  if (!type.ok() || !type.value().is_ref()) return type;
  HeapType heap = type.value().heap();
  if (heap.exact()) TRY(need(Feature::custom_descriptors, offset));
  if (heap.is(HeapKind::cont) || heap.is(HeapKind::nocont)) TRY(need(Feature::stack_switching, offset));
  return type;
}

Result<ValType> TypeReader::ref_type() {
  uint32_t start = reader_.offset();
  return allowed(read_ref_type(reader_), start);
}

Result<ValType> TypeReader::val_type() {
  uint32_t start = reader_.offset();
  return allowed(read_val_type(reader_), start);
}

Result<bool> TypeReader::mutability() {
  uint32_t start = reader_.offset();
  auto flag = TRY(reader_.byte());
  if (flag > 1) return Error{ErrorCode::bad_mutability, start};
  return flag == 1;
}

Result<FieldType> TypeReader::field_type() {
  uint32_t start = reader_.offset();
  auto read = allowed(read_storage_type(reader_), start);
  if (!read.ok() && read.error().code == ErrorCode::bad_reference_type)
    return Error{ErrorCode::bad_storage_type, start};
  auto type = TRY(read);
  auto mut = TRY(mutability());
  return FieldType{type, mut};
}

Result<List<ValType>> TypeReader::result_type(uint32_t most, const char* what) {
  uint32_t start = reader_.offset();
  auto count = TRY(reader_.count());
  if (count > most) return over_limit(sink_, start, what, count, most);
  List<ValType> types;
  types.reserve(count);
  for (uint32_t i = 0; i < count; ++i) types.push_back(TRY(val_type()));
  return types;
}

Result<void> TypeReader::comp_type(SubType& type) {
  uint32_t start = reader_.offset();
  auto code = TRY(reader_.byte());
  switch (code) {
    case 0x60:
      type.kind = CompKind::func;
      type.params = TRY(result_type(limits::kParams, "parameters"));
      type.results = TRY(result_type(limits::kResults, "results"));
      return {};
    case 0x5f: {
      type.kind = CompKind::struct_;
      uint32_t at = reader_.offset();
      auto count = TRY(reader_.count());
      if (count > limits::kStructFields) return over_limit(sink_, at, "fields", count, limits::kStructFields);
      type.fields.reserve(std::min<size_t>(count, reader_.remaining() / 2));
      for (uint32_t i = 0; i < count; ++i) type.fields.push_back(TRY(field_type()));
      return {};
    }
    case 0x5e:
      type.kind = CompKind::array;
      type.fields.push_back(TRY(field_type()));
      return {};
    case 0x5d: {
      TRY(need(Feature::stack_switching, start));
      type.kind = CompKind::cont;
      auto index = TRY(reader_.s33());
      if (index < 0) return Error{ErrorCode::bad_definition_type, start + 1};
      type.cont = TypeIdx{static_cast<uint32_t>(index)};
      return {};
    }
    default: return Error{code & 0x80 ? ErrorCode::leb_too_long : ErrorCode::bad_definition_type, start};
  }
}

// Of another type. What could not be told from none is out of all bounds.
Result<TypeIdx> TypeReader::type_index() {
  uint32_t start = reader_.offset();
  auto index = TRY(reader_.u32());
  if (index == UINT32_MAX) return Error{ErrorCode::unknown_type, start};
  return TypeIdx{index};
}

Result<SubType> TypeReader::sub_type() {
  SubType type;
  type.at = reader_.offset();
  if (uint8_t code = reader_.peek(); code == 0x50 || code == 0x4f) {
    TRY(reader_.byte());
    type.final = code == 0x4f;
    uint32_t start = reader_.offset();
    auto count = TRY(reader_.count());
    if (count > 1) {
      if (sink_) sink_->set("more than one supertype");
      return Error{ErrorCode::sub_type, start};
    }
    if (count == 1) type.super = TRY(type_index());
  }
  if (reader_.peek() == 0x4c) {
    TRY(need(Feature::custom_descriptors, reader_.offset()));
    TRY(reader_.byte());
    type.describes = TRY(type_index());
  }
  if (reader_.peek() == 0x4d) {
    TRY(need(Feature::custom_descriptors, reader_.offset()));
    TRY(reader_.byte());
    type.descriptor = TRY(type_index());
  }
  TRY(comp_type(type));
  return type;
}

Result<Limits> TypeReader::limits(uint8_t flags) {
  Limits limits;
  limits.min = TRY(reader_.u64());
  if (flags & kHasMax) limits.max = TRY(reader_.u64());
  return limits;
}

Result<TableType> TypeReader::table_type() {
  TableType type;
  type.elem = TRY(ref_type());
  uint32_t start = reader_.offset();
  auto flags = TRY(reader_.byte());
  if (flags & ~(kHasMax | kAddr64)) return Error{ErrorCode::bad_limits_flags, start};
  type.addr64 = flags & kAddr64;
  type.limits = TRY(limits(flags));
  return type;
}

Result<MemType> TypeReader::mem_type() {
  MemType type;
  uint32_t start = reader_.offset();
  auto flags = TRY(reader_.byte());
  if (flags & ~(kHasMax | kShared | kAddr64 | kPageSize)) return Error{ErrorCode::bad_limits_flags, start};
  if (flags & kShared) TRY(need(Feature::threads, start, ErrorCode::bad_limits_flags));
  if (flags & kPageSize) TRY(need(Feature::custom_page_sizes, start, ErrorCode::bad_limits_flags));
  type.shared = flags & kShared;
  type.addr64 = flags & kAddr64;
  type.limits = TRY(limits(flags));
  if (flags & kPageSize) {
    uint32_t at = reader_.offset();
    auto log2 = TRY(reader_.u32());
    if (log2 > 63) return Error{ErrorCode::bad_page_size, at};
    type.page_size_log2 = static_cast<uint8_t>(log2);
  }
  return type;
}

Result<GlobalType> TypeReader::global_type() {
  auto type = TRY(val_type());
  auto mut = TRY(mutability());
  return GlobalType{type, mut};
}

Result<TypeIdx> TypeReader::tag_type() {
  uint32_t start = reader_.offset();
  auto attribute = TRY(reader_.byte());
  if (attribute != 0) return Error{ErrorCode::bad_attribute, start};
  return TypeIdx{TRY(reader_.u32())};
}

Result<ExternType> TypeReader::extern_type() {
  uint32_t start = reader_.offset();
  auto kind = TRY(reader_.byte());
  ExternType type;
  switch (kind) {
    case 0x20:
      TRY(need(Feature::custom_descriptors, start));
      type.exact = true;
      [[fallthrough]];
    case 0x00: type.type = TypeIdx{TRY(reader_.u32())}; break;
    case 0x01:
      type.kind = ExternKind::table;
      type.table = TRY(table_type());
      break;
    case 0x02:
      type.kind = ExternKind::memory;
      type.memory = TRY(mem_type());
      break;
    case 0x03:
      type.kind = ExternKind::global;
      type.global = TRY(global_type());
      break;
    case 0x04:
      type.kind = ExternKind::tag;
      type.type = TRY(tag_type());
      break;
    default: return Error{ErrorCode::bad_import_kind, start};
  }
  return type;
}

}  // namespace heddle::binary
