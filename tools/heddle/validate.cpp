// `heddle validate`: are these modules and components valid? Says nothing about those that are.
#include "binary/decode.h"
#include "tools/heddle/command.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/settings.h"
#include "tools/heddle/subcommands.h"
#include "valid/check.h"

namespace heddle::cli {
namespace {

bool validate(const std::string& path, const Settings& settings) {
  const Features& features = settings.engine.features;
  auto input = Input::read(path);
  if (!input) return false;
  std::vector<uint8_t> kept;
  const auto bytes = binary_of(*input, settings, kept);
  if (!bytes) return false;
  if (is_component(*bytes)) return validate_component(*input, *bytes, settings);
  ErrorSink sink;
  TypeRegistry registry;
  auto module = binary::decode(*bytes, features, &sink);
  Result<void> checked;
  if (!module.ok()) {
    checked = module.error();
  } else if (auto info = valid::check_all(module.value(), features, registry, &sink); !info.ok()) {
    checked = info.error();
  }
  if (!checked.ok()) report_error(*input, *bytes, features, checked.error(), sink);
  return checked.ok();
}

}  // namespace

int validate_command(std::span<char* const> arguments) {
  Settings settings;
  std::vector<std::string> files;
  Command command("validate",
                  "Tells whether modules and components are valid: silently, by its exit code, if they are.",
                  "validate [OPTIONS] FILE...");
  command->add_option("FILE", files)->required();
  add_feature_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  bool ok = true;
  for (const std::string& file : files) ok = validate(file, settings) && ok;
  return ok ? kOk : kFailed;
}

}  // namespace heddle::cli
