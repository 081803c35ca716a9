// From bytes to a module that can be instantiated.
#include "exec/load.h"

#include <new>

#include "binary/decode.h"
#include "exec/interp/interp.h"
#include "runtime/store.h"
#include "syntax/limits.h"
#include "valid/check.h"

namespace heddle::exec {

std::shared_ptr<rt::Engine> make_engine(const rt::EngineConfig& config) {
  auto engine = std::make_shared<rt::Engine>();
  engine->config = config;
  if (config.memory == rt::MemoryMode::guard && !rt::Memory::can_reserve()) {
    engine->config.memory = rt::MemoryMode::checked;
  }
  engine->capture_backtrace = &interp::capture_backtrace;
  return engine;
}

Result<std::shared_ptr<rt::Module>> load_module(std::shared_ptr<rt::Engine> engine, std::span<const uint8_t> bytes,
                                                ErrorSink* sink) {
  if (bytes.size() > limits::kModuleBytes) {
    if (sink) sink->set("a module has at most 1073741824 bytes");
    return ErrorCode::limit_exceeded;
  }
  auto module = std::make_shared<rt::Module>();
  module->engine = std::move(engine);
  rt::Engine& owner = *module->engine;
  module->id = owner.next_id.fetch_add(1, std::memory_order_relaxed);
  module->bytes.assign(bytes.begin(), bytes.end());
  module->syntax = TRY(binary::decode(module->bytes, owner.config.features, sink));
  valid::Checked checked = TRY(valid::check_all(module->syntax, owner.config.features, owner.types, sink));
  module->info = std::move(checked.module);
  module->bodies = std::move(checked.bodies);
  TRY(module->lay_out());
  interp::attach(*module);
  return module;
}

}  // namespace heddle::exec
