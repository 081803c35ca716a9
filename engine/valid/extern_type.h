// External types (spec 2.3.16, 3.3.11 to 3.3.15) on canonical types: what may be given where one is wanted.
#pragma once
#include <span>
#include <string>

#include "syntax/types.h"
#include "valid/registry.h"

namespace heddle {

// An external type with canonical type ids in place of a module's indices. Only the member that `kind` names is
// meaningful.
struct CanonicalType {
  ExternKind kind = ExternKind::func;
  bool exact = false;     // func, wanted
  TypeId type = kNoType;  // func, tag
  TableType table{};
  MemType memory{};
  GlobalType global{};
};

CanonicalType canonical_type(const ExternType& type, std::span<const TypeId> ids);

bool matches(const Limits& given, const Limits& wanted);
bool matches(const TypeRegistry& types, const CanonicalType& given, const CanonicalType& wanted);

// As the text format writes it: "(func (param i32) (result i32))", "(memory i64 1 2 shared)".
std::string to_string(const TypeRegistry& types, const CanonicalType& type);

}  // namespace heddle
