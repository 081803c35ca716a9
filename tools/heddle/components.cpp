// Components as the library has them.
#include "tools/heddle/components.h"

#include "component/binary/decode.h"
#include "component/binary/names.h"
#include "component/text/parse.h"
#include "component/text/print.h"
#include "component/valid/check.h"
#include "tools/heddle/loading.h"

namespace heddle::cli {

bool is_component(std::span<const uint8_t> bytes) { return component::is_component(bytes); }

std::optional<std::vector<uint8_t>> assemble(const Input& input, const Settings& settings) {
  const Features& core = settings.engine.features;
  if (!component::is_component_text(input.text())) return assemble(input, core);
  ErrorSink sink;
  auto parsed = component::parse(input.text(), settings.component_features, core, &sink);
  if (parsed.ok()) return component::assemble(std::move(parsed).value());
  report_text_error(input.name(), input.text(), parsed.error(), sink);
  return std::nullopt;
}

std::optional<std::string> print_component(const Input& input, std::span<const uint8_t> bytes,
                                           const Settings& settings, bool names) {
  ErrorSink sink;
  auto decoded = component::decode(bytes, settings.component_features, settings.engine.features, &sink);
  if (!decoded.ok()) {
    report_binary_error(input, decoded.error(), sink);
    return std::nullopt;
  }
  const component::Names known = names ? component::decode_names(decoded.value()) : component::Names();
  return component::print(decoded.value(), names ? &known : nullptr);
}

namespace {

// A component whose text we have: validate what the parser made of it, which knows its places.
bool report_invalid_text(const Input& input, const Settings& settings) {
  const Features& core = settings.engine.features;
  ErrorSink sink;
  TypeRegistry registry;
  auto parsed = component::parse(input.text(), settings.component_features, core, &sink);
  if (!parsed.ok()) return false;
  auto checked = component::check(parsed.value().component, input.bytes().size(), settings.component_features, core,
                                  registry, &sink);
  if (checked.ok()) return false;
  report_text_error(input.name(), input.text(), checked.error(), sink);
  return true;
}

}  // namespace

void report_component_error(const Input& input, const Settings& settings, const Error& error, const ErrorSink& sink) {
  if (input.is_binary() || !report_invalid_text(input, settings)) report_binary_error(input, error, sink);
}

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
  if (done.ok()) return true;
  report_component_error(input, settings, done.error(), sink);
  return false;
}

}  // namespace heddle::cli
