// A command without components.
#include <algorithm>

#include "tools/heddle/components.h"
#include "tools/heddle/console.h"

namespace heddle::cli {

// The layer that a component's preamble names.
bool is_component(std::span<const uint8_t> bytes) {
  constexpr uint8_t kMagic[] = {0, 'a', 's', 'm'};
  return bytes.size() >= 8 && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin()) && bytes[6] == 1;
}

bool validate_component(const Input& input, std::span<const uint8_t>, const Settings&) {
  error(input.name() + ": a component, and this heddle was built without them (-Dcomponent=true)");
  return false;
}

}  // namespace heddle::cli
