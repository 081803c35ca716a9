// Validation (spec ch. 3). check_module looks at everything but bodies, enters the types into the registry and leaves
// what later stages need; check_body is one pass over one body: decode, check. Bodies are independent of each other,
// so that they may be checked on several threads.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/module.h"
#include "valid/registry.h"

namespace heddle::valid {

// What one pass over a body leaves behind for translation.
struct BodyInfo {
  uint32_t max_height_slots = 0;  // bound on the operand stack's height, in slots; exact unless vectors are on it
  uint32_t control_depth = 0;     // deepest nesting
  bool has_calls = false;
  bool has_loops = false;
  uint64_t written_tables = 0;  // one bit per table the body writes to; the last stands for every table from 63 on
};

// What validation learns about a module and the stages after it rely on. The index spaces are those of the module,
// imports first, their types canonical.
struct ModuleInfo {
  TypeUse types;                      // canonical ids by TypeIdx
  std::vector<const DefType*> defs;   // the same types themselves
  std::vector<const DefType*> funcs;  // by FuncIdx
  std::vector<ValType> func_refs;     // by FuncIdx: what ref.func gives
  std::vector<const DefType*> tags;   // by TagIdx
  std::vector<TableType> tables;      // by TableIdx
  std::vector<GlobalType> globals;    // by GlobalIdx
  std::vector<ValType> elems;         // by ElemIdx
  std::vector<bool> declared_funcs;   // C.refs: functions that may be the target of ref.func (they escape)
  std::vector<bool> mutated_tables;   // by TableIdx: imported or exported, or written by a body that was noted
  uint64_t written_tables = 0;        // of the bodies that were noted
  bool vector_globals = false;        // some global is a v128

  void note(const BodyInfo& body);  // takes over what a body writes; call it for every body, from one thread
};

Result<ModuleInfo> check_module(const syntax::Module& module, const Features& features, TypeRegistry& registry,
                                ErrorSink* sink);
// `defined` counts from the first function that is not imported. `info.declared_funcs` must be complete: bodies refer
// to functions declared anywhere in the module outside bodies.
Result<BodyInfo> check_body(const syntax::Module& module, const Features& features, const TypeRegistry& registry,
                            const ModuleInfo& info, uint32_t defined, ErrorSink* sink);

// All of it, on one thread: the module and then every body in order.
struct Checked {
  ModuleInfo module;
  std::vector<BodyInfo> bodies;
};
Result<Checked> check_all(const syntax::Module& module, const Features& features, TypeRegistry& registry,
                          ErrorSink* sink);

}  // namespace heddle::valid
