// A module instance (spec 4.2.6): a fixed header that every tier reaches through one pointer, then arrays at the
// offsets of the module's InstanceLayout, in one allocation. Position-fixed for the life of the store, which owns it.
#pragma once
#include <cstdint>
#include <memory>

#include "runtime/memory.h"
#include "runtime/module.h"
#include "runtime/table.h"
#include "runtime/tier.h"

namespace heddle::rt {

struct StoreContext;

struct Instance {
  StoreContext* context = nullptr;  // of the store: poll word, stack limits, fuel, current fiber
  Store* store = nullptr;
  const Module* module = nullptr;   // null for the store's host instance
  uint8_t* memory0_base = nullptr;  // caches of memory 0; Memory::grow keeps them right
  Memory* memory0 = nullptr;        // explicit checks read its size
  std::shared_ptr<Module> keep;     // the module lives while an instance of it does

  template <class T>
  T* at(uint32_t offset) {
    return reinterpret_cast<T*>(reinterpret_cast<uint8_t*>(this) + offset);
  }
  FuncRef** func_imports() { return at<FuncRef*>(module->layout.func_imports); }
  FuncRef* own_funcs() { return at<FuncRef>(module->layout.own_funcs); }
  Memory** memories() { return at<Memory*>(module->layout.memories); }
  Table** tables() { return at<Table*>(module->layout.tables); }
  Tag** tags() { return at<Tag*>(module->layout.tags); }
  Global** globals() { return at<Global*>(module->layout.globals); }
  Global* own_globals() { return at<Global>(module->layout.own_globals); }
  Tag* own_tags() { return at<Tag>(module->layout.own_tags); }
  ElemSegment* elems() { return at<ElemSegment>(module->layout.elems); }
  DataSegment* datas() { return at<DataSegment>(module->layout.datas); }
  // The reference of a function; it must escape (be declared) or be imported.
  FuncRef* func(FuncIdx f) {
    if (f.raw < module->syntax.imported_funcs) return func_imports()[f.raw];
    int32_t slot = module->escape_slot[f.raw];
    HEDDLE_ASSERT(slot >= 0);
    return &own_funcs()[slot];
  }
};

}  // namespace heddle::rt
