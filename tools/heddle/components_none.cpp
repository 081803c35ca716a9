// A command without components.
#include <algorithm>

#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/run_component.h"
#include "tools/heddle/subcommands.h"

namespace heddle::cli {
namespace {

void refuse(const Input& input) {
  error(input.name() + ": a component, and this heddle was built without them (-Dcomponent=true)");
}

}  // namespace

// The layer that a component's preamble names.
bool is_component(std::span<const uint8_t> bytes) {
  constexpr uint8_t kMagic[] = {0, 'a', 's', 'm'};
  return bytes.size() >= 8 && std::equal(std::begin(kMagic), std::end(kMagic), bytes.begin()) && bytes[6] == 1;
}

std::optional<std::vector<uint8_t>> assemble(const Input& input, const Settings& settings) {
  return assemble(input, settings.engine.features);
}

std::optional<std::string> print_component(const Input& input, std::span<const uint8_t>, const Settings&, bool) {
  refuse(input);
  return std::nullopt;
}

bool validate_component(const Input& input, std::span<const uint8_t>, const Settings&) {
  refuse(input);
  return false;
}

bool holds_component(const Input& input) { return is_component(input.bytes()); }

int run_component(const Input& input, const RunOptions&, rt::Store&) {
  refuse(input);
  return kFailed;
}

int plug_command(std::span<char* const>) {
  error("this heddle was built without components (-Dcomponent=true)");
  return kUsage;
}

int wit_command(std::span<char* const>) {
  error("this heddle was built without components, and so without WIT (-Dcomponent=true)");
  return kUsage;
}

int bindgen_command(std::span<char* const> arguments) { return wit_command(arguments); }

}  // namespace heddle::cli
