// An engine: configuration, the canonical types, the tiers, the watchdog that ends calls when their time is up.
// Thread-safe and shared by modules and stores. exec/load.h makes one that can execute.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>

#include "runtime/memory.h"
#include "runtime/tier.h"
#include "runtime/watchdog.h"
#include "syntax/features.h"
#include "valid/registry.h"

namespace heddle::rt {

struct Trap;

struct EngineConfig {
  Features features;
  MemoryMode memory = MemoryMode::guard;
  bool fuel = false;          // translate with fuel charges per basic block
  bool interruptible = true;  // translate with polls at loop heads and entries
  bool gc_zeal = false;       // collect at every allocation
  bool relaxed_deterministic = true;
  uint64_t stack_bytes = uint64_t{8} << 20;          // value stack of a store's root fiber
  uint64_t fiber_stack_bytes = uint64_t{256} << 10;  // of a continuation
  uint32_t max_host_depth = 200;                     // nested host -> wasm -> host calls: bounds the native stack
  uint32_t host_call_fuel = 1;                       // what a call of a host function costs where fuel is on
};

struct Engine {
  EngineConfig config;
  TypeRegistry types;
  std::unique_ptr<Tier> tier;  // above the interpreter; null: none
  // Adds the frames of a store's activations to a trap. Given by the layer that executes; null: traps have no
  // backtrace.
  void (*capture_backtrace)(Store& store, Trap& trap) = nullptr;
  Watchdog watchdog;
  std::atomic<uint64_t> next_id{1};
};

}  // namespace heddle::rt
