// How an engine behaves. Set before the engine is made, the same for all its modules and stores.
#pragma once
#include <cstdint>
#include <string_view>

#include <heddle/forward.h>

namespace heddle::api {

struct Config {
  // Count instructions, so that Store::set_fuel bounds a computation deterministically. Costs some speed. An
  // instruction costs one; those that fill, copy or make whole ranges cost one more for every 64 bytes.
  bool fuel = false;
  // Fuel that each call of a host function costs, where fuel is counted. Functions of WASI that move bytes, and
  // values that pass from or to a component, cost one more for every 64; others charge for what they do by
  // Caller::consume_fuel.
  uint32_t host_call_fuel = 1;
  // Let loops and calls look whether another thread or a deadline wants them to stop. Costs little.
  bool interruptible = true;
  // Find accesses beyond a memory by guard pages, where the system has address space for it (6 GiB a memory). Off: by
  // comparing each address. A store with one memory takes about four of the mappings that the system lets a process
  // have (Linux: vm.max_map_count, 65,530 unless it is raised): with none left its memories, or it, cannot be made.
  bool guard_pages = true;
  // The one result of each relaxed SIMD operator that every machine has (spec 4.3.6, "deterministic profile").
  bool deterministic_relaxed_simd = true;
  // Collect garbage at every allocation: finds mistakes, and is very slow.
  bool gc_zeal = false;

  uint64_t stack_bytes = uint64_t{8} << 20;  // guest stack of a store; deeper calls are an exhaustion error
  uint64_t continuation_stack_bytes = uint64_t{256} << 10;  // of each continuation (stack switching proposal)
  uint32_t host_call_depth = 200;                           // nested calls host -> guest -> host -> ...

  // Switches a proposal on or off by its name: "threads", "custom-descriptors", "stack-switching",
  // "legacy-exceptions", "wide-arithmetic", "custom-page-sizes", "relaxed-simd", "compact-import-section". Modules
  // that use one that is off do not validate. False if there is no such name.
  bool set_feature(std::string_view name, bool on);

 private:
  friend struct detail::Access;
  uint32_t features_on_ = 0, features_off_ = 0;
};

}  // namespace heddle::api
