// A module that has been validated, ready to be instantiated: immutable and shared by instances and threads, but for
// the FuncCode of each function, which tiers update (runtime/tier.h). exec/load.h makes one from bytes.
#pragma once
#include <memory>
#include <mutex>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/engine.h"
#include "runtime/tier.h"
#include "syntax/module.h"
#include "syntax/names.h"
#include "valid/check.h"

namespace heddle::rt {

// Byte offsets of an instance's parts behind its fixed header (runtime/instance.h). Computed once a module.
struct InstanceLayout {
  uint32_t func_imports = 0;  // FuncRef*[imported_funcs]
  uint32_t own_funcs = 0;     // FuncRef[escaping functions]
  uint32_t memories = 0;      // Memory*[]
  uint32_t tables = 0;        // Table*[]
  uint32_t tags = 0;          // Tag*[]
  uint32_t globals = 0;       // Global*[]: imported ones point elsewhere, own ones into own_globals
  uint32_t own_globals = 0;   // Global[]
  uint32_t own_tags = 0;      // Tag[]
  uint32_t elems = 0;         // ElemSegment[]
  uint32_t datas = 0;         // DataSegment[]
  uint32_t size = 0;
};

struct Module {
  std::shared_ptr<Engine> engine;
  std::vector<uint8_t> bytes;  // the binary; `syntax` points into it
  syntax::Module syntax;
  valid::ModuleInfo info;
  std::vector<valid::BodyInfo> bodies;
  std::unique_ptr<FuncCode[]> code;  // of the defined functions, in order
  std::vector<int32_t>
      escape_slot;  // by function index: which own FuncRef, or -1 where it never escapes (or is imported)
  uint32_t escaping = 0;
  InstanceLayout layout;
  uint64_t id = 0;

  // Translated code of the interpreter; owned here, made on first call under the lock (exec/interp/translate.h).
  struct InterpData;
  mutable std::unique_ptr<InterpData, void (*)(InterpData*)> interp{nullptr, nullptr};
  mutable std::mutex translate_lock;

  // Fills escape_slot, code and layout from `syntax` and `info`. The entries of the code stay null.
  Result<void> lay_out();

  Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  ~Module() = default;

  TypeId type_id(TypeIdx t) const { return info.types[t]; }
  // Decoded when first asked for; empty where the module has no names or wrong ones. Any thread.
  const syntax::Names& names() const;
  // By name, in constant time; null where there is none. Any thread.
  const syntax::Export* find_export(std::string_view name) const;
  std::string func_name(uint32_t index) const;  // from the name section, else an export's name, else ""

 private:
  mutable std::once_flag names_once_;
  mutable syntax::Names names_;
  mutable std::once_flag exports_once_;
  mutable std::unordered_map<std::string_view, const syntax::Export*> exports_;  // where there are many
};

}  // namespace heddle::rt
