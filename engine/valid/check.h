// Validation (spec ch. 3). check_module looks at everything but bodies, enters the types into the registry and leaves
// what later stages need; check_body is one pass over one body: decode, check. Bodies are independent of each other, so
// that they may be checked on several threads.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "syntax/features.h"
#include "syntax/module.h"
#include "valid/registry.h"

namespace heddle::valid {

// What validation learns about a module and the stages after it rely on.
struct ModuleInfo {
  TypeUse types;                           // canonical ids by TypeIdx
  std::vector<bool> declared_funcs;        // C.refs: functions that may be the target of ref.func (they escape)
  std::vector<bool> mutated_tables;        // by TableIdx: written by some body or exported or imported
};

// What one pass over a body leaves behind for translation.
struct BodyInfo {
  uint32_t max_height_slots = 0;  // deepest operand stack, in slots
  uint32_t control_depth = 0;     // deepest nesting
  bool has_calls = false;
  bool has_loops = false;
};

Result<ModuleInfo> check_module(const syntax::Module& module, const Features& features, TypeRegistry& registry,
                                ErrorSink* sink);
// `defined` counts from the first function that is not imported. `info.declared_funcs` must be complete: bodies refer to
// functions declared anywhere in the module outside bodies.
Result<BodyInfo> check_body(const syntax::Module& module, const Features& features, const TypeRegistry& registry,
                            const ModuleInfo& info, uint32_t defined, ErrorSink* sink);

// All of it, on one thread: the module and then every body in order.
struct Checked {
  ModuleInfo module;
  std::vector<BodyInfo> bodies;
};
Result<Checked> check_all(const syntax::Module& module, const Features& features, TypeRegistry& registry, ErrorSink* sink);

}  // namespace heddle::valid
