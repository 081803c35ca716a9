// Limits, external types, and their words.
#include "valid/extern_type.h"

namespace heddle {
namespace {

void append(std::string& out, std::string_view word, std::span<const ValType> types) {
  if (types.empty()) return;
  out.append(" (").append(word);
  for (ValType type : types) out.append(" ").append(to_string(type));
  out += ')';
}

void append(std::string& out, const Limits& limits) {
  out.append(" ").append(std::to_string(limits.min));
  if (limits.max) out.append(" ").append(std::to_string(*limits.max));
}

std::string describe_func(const TypeRegistry& types, std::string_view word, TypeId id) {
  const DefType& type = types[id];
  std::string out("(");
  out += word;
  append(out, "param", type.params);
  append(out, "result", type.results);
  return out += ')';
}

std::string describe(const MemType& type) {
  std::string out = type.addr64 ? "(memory i64" : "(memory";
  append(out, type.limits);
  if (type.shared) out += " shared";
  if (type.page_size_log2 != 16)
    out.append(" (pagesize ").append(std::to_string(1u << type.page_size_log2)).append(")");
  return out += ')';
}

std::string describe(const TableType& type) {
  std::string out = type.addr64 ? "(table i64" : "(table";
  append(out, type.limits);
  return out.append(" ").append(to_string(type.elem)).append(")");
}

std::string describe(const GlobalType& type) {
  std::string value = to_string(type.type);
  return type.mut ? "(global (mut " + value + "))" : "(global " + value + ")";
}

}  // namespace

// spec 3.3.11: a limit range that lies within another.
bool matches(const Limits& given, const Limits& wanted) {
  if (given.min < wanted.min) return false;
  return !wanted.max || (given.max && *given.max <= *wanted.max);
}

CanonicalType canonical_type(const ExternType& type, std::span<const TypeId> ids) {
  CanonicalType out{
      .kind = type.kind, .exact = type.exact, .table = type.table, .memory = type.memory, .global = type.global};
  if (type.kind == ExternKind::func || type.kind == ExternKind::tag) out.type = ids[type.type.raw];
  if (type.kind == ExternKind::table) out.table.elem = canonical(type.table.elem, ids);
  if (type.kind == ExternKind::global) out.global.type = canonical(type.global.type, ids);
  return out;
}

bool matches(const TypeRegistry& types, const CanonicalType& given, const CanonicalType& wanted) {
  if (given.kind != wanted.kind) return false;
  switch (wanted.kind) {
    case ExternKind::func:
      return wanted.exact ? given.type == wanted.type : types.is_subtype(given.type, wanted.type);
    case ExternKind::table:
      return given.table.elem == wanted.table.elem && given.table.addr64 == wanted.table.addr64 &&
             matches(given.table.limits, wanted.table.limits);
    case ExternKind::memory:
      return given.memory.addr64 == wanted.memory.addr64 && given.memory.shared == wanted.memory.shared &&
             given.memory.page_size_log2 == wanted.memory.page_size_log2 &&
             matches(given.memory.limits, wanted.memory.limits);
    case ExternKind::global:
      if (given.global.mut != wanted.global.mut) return false;
      return wanted.global.mut ? given.global.type == wanted.global.type
                               : types.matches(given.global.type, wanted.global.type);
    case ExternKind::tag: return given.type == wanted.type;
  }
  return false;
}

std::string to_string(const TypeRegistry& types, const CanonicalType& type) {
  switch (type.kind) {
    case ExternKind::func: return describe_func(types, "func", type.type);
    case ExternKind::table: return describe(type.table);
    case ExternKind::memory: return describe(type.memory);
    case ExternKind::global: return describe(type.global);
    case ExternKind::tag: return describe_func(types, "tag", type.type);
  }
  return {};
}

}  // namespace heddle
