// Components as the library has them.
#include "tools/heddle/components.h"

#include "component/binary/decode.h"
#include "component/valid/check.h"
#include "tools/heddle/loading.h"

namespace heddle::cli {

bool is_component(std::span<const uint8_t> bytes) { return component::is_component(bytes); }

bool validate_component(const Input& input, std::span<const uint8_t> bytes, const Settings& settings) {
  const Features& core = settings.engine.features;
  const component::Features& features = settings.component_features;
  ErrorSink sink;
  TypeRegistry registry;
  auto decoded = component::decode(bytes, features, core, &sink);
  Result<void> done;
  if (!decoded.ok()) {
    done = decoded.error();
  } else if (auto checked = component::check(decoded.value(), bytes.size(), features, core, registry, &sink);
             !checked.ok()) {
    done = checked.error();
  }
  if (!done.ok()) report_binary_error(input, done.error(), sink);
  return done.ok();
}

}  // namespace heddle::cli
