// Validation of components (Binary.md and Explainer.md, wherever they say "validation"). One walk over the
// definitions in their order fills the index spaces; each definition is checked against what is there already. Core
// modules are decoded and validated on the way.
//
// What it leaves behind is what linking needs: every index space with its types, for each component nested in it too.
#pragma once
#include <vector>

#include "component/valid/context.h"
#include "component/valid/types.h"
#include "syntax/features.h"

namespace heddle::component {

// By the order in which definitions, imports, exports and aliases fill them.
struct IndexSpaces {
  std::vector<heddle::TypeId> core_types;  // canonical ids, or module_mark()s
  std::vector<heddle::TypeId> core_funcs, core_tags;
  std::vector<TableType> core_tables;  // canonical, as are globals
  std::vector<MemType> core_memories;
  std::vector<GlobalType> core_globals;
  std::vector<uint32_t> core_modules;    // of Types::modules
  std::vector<uint32_t> core_instances;  // of Types::core_exports
  std::vector<TypeId> types, funcs, instances, components;
  std::vector<ValType> values;
};

// Core module types share an index space with core types.
inline constexpr heddle::TypeId kModuleMark = 0x80000000;
constexpr bool is_module(heddle::TypeId core_type) { return core_type & kModuleMark; }
constexpr heddle::TypeId module_mark(uint32_t module) { return module | kModuleMark; }
constexpr uint32_t module_of(heddle::TypeId core_type) { return core_type & ~kModuleMark; }

struct CheckedComponent {
  IndexSpaces spaces;
  TypeId type = kNoTypeId;                   // a component type
  std::vector<CheckedComponent> components;  // those nested in it, in their order
};

struct Checked {
  Types types;
  CheckedComponent root;
};

// `component` and the bytes it views must outlive what is returned, whose names are views of them; the registry must
// outlive it as well. `bytes` is the size of its source: so much the more work it may cause. `core` is what core
// modules may use.
Result<Checked> check(const Component& component, uint64_t bytes, const Features& features,
                      const heddle::Features& core, TypeRegistry& registry, ErrorSink* sink);

}  // namespace heddle::component
