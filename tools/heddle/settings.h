// What the options shared by several subcommands set: the engine's configuration and a store's limits. Spelled as
// wasmtime spells them where they mean the same.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "component/syntax/features.h"
#include "runtime/engine.h"

namespace heddle::cli {

class Command;

struct Settings {
  rt::EngineConfig engine;
  component::Features component_features;
  std::optional<uint64_t> fuel, timeout_ns;
  std::optional<uint64_t> max_memory_bytes, max_table_elements, max_gc_bytes, max_instances;
};

// Is anything set that only `run` asks for?
bool has_store_limits(const Settings& settings);

// -W/--wasm NAME[=VALUE][,...]: features of WebAssembly and of components, and limits. What is wrong with the text,
// or "".
std::string apply_wasm_option(const std::string& text, Settings& settings);

void add_feature_options(Command& command, Settings& settings);    // -W
void add_execution_options(Command& command, Settings& settings);  // --memory-mode, --gc-zeal

}  // namespace heddle::cli
