// Engine and its configuration.
#include "api/internal.h"
#include "exec/load.h"

namespace heddle::api {

using detail::Access;

bool Config::set_feature(std::string_view name, bool on) {
  for (uint32_t i = 0; i < std::size(kFeatures); ++i) {
    if (kFeatures[i].flag != name) continue;
    uint32_t bit = uint32_t{1} << i;
    features_on_ = on ? features_on_ | bit : features_on_ & ~bit;
    features_off_ = on ? features_off_ & ~bit : features_off_ | bit;
    return true;
  }
  return false;
}

rt::EngineConfig Access::config(const Config& from) {
  rt::EngineConfig config;
  for (uint32_t i = 0; i < std::size(kFeatures); ++i) {
    uint32_t bit = uint32_t{1} << i;
    if ((from.features_on_ | from.features_off_) & bit)
      config.features.set(static_cast<Feature>(i), from.features_on_ & bit);
  }
  config.memory = from.guard_pages ? rt::MemoryMode::guard : rt::MemoryMode::checked;
  config.fuel = from.fuel;
  config.interruptible = from.interruptible;
  config.gc_zeal = from.gc_zeal;
  config.relaxed_deterministic = from.deterministic_relaxed_simd;
  config.stack_bytes = from.stack_bytes;
  config.fiber_stack_bytes = from.continuation_stack_bytes;
  config.max_host_depth = from.host_call_depth;
  config.host_call_fuel = from.host_call_fuel;
  return config;
}

Engine::Engine(const Config& config) : engine_(exec::make_engine(Access::config(config))) {}

}  // namespace heddle::api
