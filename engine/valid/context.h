// The context of validation (spec 3.1.1): look-ups in the index spaces and the errors they end in, shared by the
// checks of modules, constant expressions and bodies. Types it hands out are canonical.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/module.h"
#include "valid/check.h"
#include "valid/registry.h"

namespace heddle::valid {

struct Context {
  const syntax::Module& module;
  const Features& features;
  const TypeRegistry& registry;
  const ModuleInfo& info;
  ErrorSink* sink;
  uint32_t at = 0;  // offset of what is being checked: where errors point

  bool has(Feature feature) const { return features.has(feature); }

  Error fail(ErrorCode code) const { return Error{code, at}; }
  Error fail(ErrorCode code, std::string detail) const {
    if (sink) sink->set(std::move(detail));
    return Error{code, at};
  }
  Error fail_index(ErrorCode code, uint32_t index) const;  // "unknown label 3"
  Error fail_types(std::string_view expected, std::string_view found) const;
  Error fail_limit(std::string_view name, uint64_t found, uint64_t most) const;
  Error fail_feature(Feature feature) const;

  Result<const DefType*> type(uint32_t index) const;
  Result<const DefType*> type(uint32_t index, CompKind kind) const;
  Result<const DefType*> func(uint32_t index) const;
  Result<const DefType*> tag(uint32_t index) const;
  Result<const TableType*> table(uint32_t index) const;
  Result<const MemType*> memory(uint32_t index) const;
  Result<const GlobalType*> global(uint32_t index) const;
  Result<ValType> elem(uint32_t index) const;
  Result<void> data(uint32_t index) const;  // of an instruction: there must be a data count

  // Module-relative types as the binary has them: checked, and made canonical.
  Result<HeapType> heap_type(HeapType type) const;
  Result<ValType> val_type(ValType type) const;

  bool matches(ValType sub, ValType super) const { return registry.matches(sub, super); }

  // For messages: defined types by their index in the module.
  uint32_t index_of(TypeId id) const;
  std::string show(HeapType type) const;
  std::string show(ValType type) const;
  std::string show(std::span<const ValType> types) const;
};

// Are the indices in a module-relative type below `types`, and is what it uses switched on?
Result<void> check_heap_type(HeapType type, uint32_t types, const Context& context);
Result<void> check_val_type(ValType type, uint32_t types, const Context& context);

constexpr ValType addr_type(bool addr64) { return addr64 ? kI64 : kI32; }

}  // namespace heddle::valid
