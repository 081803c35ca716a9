// Index spaces and messages of validation.
#include "valid/context.h"

#include <algorithm>

namespace heddle::valid {

Error Context::fail_index(ErrorCode code, uint32_t index) const {
  if (sink && sink->headline.empty()) sink->headline = std::string(text_of(code)) + " " + std::to_string(index);
  return Error{code, at};
}

Error Context::fail_types(std::string_view expected, std::string_view found) const {
  if (!sink) return Error{ErrorCode::type_mismatch, at};
  return fail(ErrorCode::type_mismatch, "expected " + std::string(expected) + ", found " + std::string(found));
}

Error Context::fail_limit(std::string_view name, uint64_t found, uint64_t most) const {
  return fail(ErrorCode::limit_exceeded,
              std::string(name) + ": " + std::to_string(found) + ", at most " + std::to_string(most));
}

Error Context::fail_feature(Feature feature) const {
  return fail(ErrorCode::feature_disabled, std::string(kFeatures[static_cast<size_t>(feature)].flag));
}

Result<const DefType*> Context::type(uint32_t index) const {
  if (index < info.defs.size()) return info.defs[index];
  return fail_index(ErrorCode::unknown_type, index);
}

Result<const DefType*> Context::type(uint32_t index, CompKind kind) const {
  const DefType* def = TRY(type(index));
  if (def->kind == kind) return def;
  switch (kind) {
    case CompKind::func: return fail_index(ErrorCode::not_function_type, index);
    case CompKind::struct_: return fail_index(ErrorCode::not_struct_type, index);
    case CompKind::array: return fail_index(ErrorCode::not_array_type, index);
    case CompKind::cont: break;
  }
  return fail_index(ErrorCode::not_cont_type, index);
}

Result<const DefType*> Context::func(uint32_t index) const {
  if (index < info.funcs.size()) return info.funcs[index];
  return fail_index(ErrorCode::unknown_function, index);
}

Result<const DefType*> Context::tag(uint32_t index) const {
  if (index < info.tags.size()) return info.tags[index];
  return fail_index(ErrorCode::unknown_tag, index);
}

Result<const TableType*> Context::table(uint32_t index) const {
  if (index < info.tables.size()) return &info.tables[index];
  return fail_index(ErrorCode::unknown_table, index);
}

Result<const MemType*> Context::memory(uint32_t index) const {
  if (index < module.memories.size()) return &module.memories[index];
  return fail_index(ErrorCode::unknown_memory, index);
}

Result<const GlobalType*> Context::global(uint32_t index) const {
  if (index < info.globals.size()) return &info.globals[index];
  return fail_index(ErrorCode::unknown_global, index);
}

Result<ValType> Context::elem(uint32_t index) const {
  if (index < info.elems.size()) return info.elems[index];
  return fail_index(ErrorCode::unknown_elem, index);
}

Result<void> Context::data(uint32_t index) const {
  if (!module.has_data_count) return fail(ErrorCode::data_count_required);
  if (index < module.datas.size()) return {};
  return fail_index(ErrorCode::unknown_data, index);
}

Result<HeapType> Context::heap_type(HeapType type) const {
  TRY(check_heap_type(type, static_cast<uint32_t>(info.defs.size()), *this));
  return canonical(type, info.types.ids());
}

Result<ValType> Context::val_type(ValType type) const {
  TRY(check_val_type(type, static_cast<uint32_t>(info.defs.size()), *this));
  return canonical(type, info.types.ids());
}

Result<void> check_heap_type(HeapType type, uint32_t types, const Context& context) {
  if (!type.abstract()) {
    if (type.index() >= types) return context.fail_index(ErrorCode::unknown_type, type.index());
    if (type.exact() && !context.has(Feature::custom_descriptors))
      return context.fail_feature(Feature::custom_descriptors);
    return {};
  }
  bool cont = type.is(HeapKind::cont) || type.is(HeapKind::nocont);
  if (cont && !context.has(Feature::stack_switching)) return context.fail_feature(Feature::stack_switching);
  return {};
}

Result<void> check_val_type(ValType type, uint32_t types, const Context& context) {
  if (!type.is_ref()) return {};
  return check_heap_type(type.heap(), types, context);
}

uint32_t Context::index_of(TypeId id) const {
  std::span<const TypeId> ids = info.types.ids();
  return static_cast<uint32_t>(std::find(ids.begin(), ids.end(), id) - ids.begin());
}

std::string Context::show(HeapType type) const {
  return to_string(type.abstract() ? type : type.with_index(index_of(type.index())));
}

std::string Context::show(ValType type) const {
  if (!type.defined()) return to_string(type);
  return (type.nullable() ? "(ref null " : "(ref ") + show(type.heap()) + ")";
}

std::string Context::show(std::span<const ValType> types) const {
  std::string out = "[";
  for (size_t i = 0; i < types.size(); ++i) {
    if (i == 16) {  // what a reader can take in
      out += " ...";
      break;
    }
    if (i > 0) out += ' ';
    out += show(types[i]);
  }
  return out + "]";
}

}  // namespace heddle::valid
