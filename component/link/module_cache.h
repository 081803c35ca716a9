// Core modules by their content: those of an engine with the same bytes are one, in whatever components they lie, and
// are checked and translated once. The table owns none of them: what nobody uses any more goes.
#pragma once
#include <memory>
#include <span>

#include "base/result.h"
#include "runtime/engine.h"
#include "runtime/module.h"

namespace heddle::component::link {

// As exec::load_module, which it calls for those that are new. Any thread.
Result<std::shared_ptr<rt::Module>> load_shared_module(const std::shared_ptr<rt::Engine>& engine,
                                                       std::span<const uint8_t> bytes, ErrorSink* sink);

}  // namespace heddle::component::link
