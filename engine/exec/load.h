// Engines that can execute, and modules from bytes: decode, validate, lay out. Nothing is translated before it is
// called.
#pragma once
#include <memory>
#include <span>

#include "base/result.h"
#include "runtime/engine.h"
#include "runtime/module.h"

namespace heddle::exec {

std::shared_ptr<rt::Engine> make_engine(const rt::EngineConfig& config);

// `bytes` are copied. The engine's configuration says which features are on. Any thread.
Result<std::shared_ptr<rt::Module>> load_module(std::shared_ptr<rt::Engine> engine, std::span<const uint8_t> bytes,
                                                ErrorSink* sink);

}  // namespace heddle::exec
