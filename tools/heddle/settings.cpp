// The -W options as a table.
#include "tools/heddle/settings.h"

#include <vector>

#include "tools/heddle/command.h"
#include "tools/heddle/console.h"
#include "tools/heddle/quantity.h"

namespace heddle::cli {
namespace {

using Parse = std::optional<uint64_t> (*)(std::string_view);

struct LimitOption {
  std::string_view name;
  Parse parse;
  std::optional<uint64_t> Settings::* setting;
  std::string_view wanted;
};

constexpr std::string_view kCount = "a number", kSize = "a size such as 64M",
                           kDuration = "a duration such as 10s or 500ms";

constexpr LimitOption kLimits[] = {
    {"fuel", parse_count, &Settings::fuel, kCount},
    {"timeout", parse_duration_ns, &Settings::timeout_ns, kDuration},
    {"max-memory-size", parse_size_bytes, &Settings::max_memory_bytes, kSize},
    {"max-table-elements", parse_count, &Settings::max_table_elements, kCount},
    {"max-gc-heap-size", parse_size_bytes, &Settings::max_gc_bytes, kSize},
    {"max-instances", parse_count, &Settings::max_instances, kCount},
};

// What wasmtime can switch one by one and is here part of a version of the specification.
struct VersionPart {
  std::string_view name, version;
};
constexpr VersionPart kVersionParts[] = {
    {"bulk-memory", "v2"}, {"reference-types", "v2"},     {"multi-value", "v2"},    {"simd", "v2"},
    {"gc", "v3"},          {"function-references", "v3"}, {"exceptions", "v3"},     {"tail-call", "v3"},
    {"memory64", "v3"},    {"multi-memory", "v3"},        {"extended-const", "v3"},
};

std::optional<bool> parse_switch(std::string_view text) {
  if (text.empty() || text == "y" || text == "yes" || text == "true" || text == "on") return true;
  if (text == "n" || text == "no" || text == "false" || text == "off") return false;
  return std::nullopt;
}

std::string quoted(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string wanted_switch(std::string_view name, std::string_view value) {
  return quoted(name) + " is on (=y) or off (=n), not " + quoted(value);
}

std::string apply_limit(const LimitOption& limit, std::string_view value, Settings& settings) {
  auto parsed = limit.parse(value);
  if (!parsed) return quoted(limit.name) + " wants " + std::string(limit.wanted) + ", not " + quoted(value);
  settings.*limit.setting = parsed;
  return {};
}

std::string unknown_option(std::string_view name) {
  std::vector<std::string_view> names = {"all-proposals", "relaxed-simd-deterministic", "max-wasm-stack"};
  for (const FeatureInfo& feature : kFeatures) names.push_back(feature.flag);
  for (const component::FeatureInfo& feature : component::kFeatures) names.push_back(feature.flag);
  for (const LimitOption& limit : kLimits) names.push_back(limit.name);
  for (const VersionPart& part : kVersionParts) names.push_back(part.name);
  return "no option " + quoted(name) + did_you_mean(name, names);
}

// Features are switched by their own names; whole sets and parts of versions as wasmtime's users expect.
std::optional<std::string> apply_feature(std::string_view name, std::string_view value, Settings& settings) {
  auto on = parse_switch(value);
  if (name == "shared-memory") name = "threads";
  for (unsigned i = 0; i < sizeof kFeatures / sizeof *kFeatures; ++i) {
    bool all = name == "all-proposals" && i > static_cast<unsigned>(Feature::v3);
    if (kFeatures[i].flag != name && !all) continue;
    if (!on) return wanted_switch(name, value);
    settings.engine.features.set(static_cast<Feature>(i), *on);
    if (!all) return std::string();
  }
  for (unsigned i = 0; i < std::size(component::kFeatures); ++i) {
    if (component::kFeatures[i].flag != name && name != "all-proposals") continue;
    if (!on) return wanted_switch(name, value);
    settings.component_features.set(static_cast<component::Feature>(i), *on);
    if (name != "all-proposals") return std::string();
  }
  if (name == "all-proposals") return std::string();
  if (name == "relaxed-simd-deterministic") {
    if (!on) return wanted_switch(name, value);
    settings.engine.relaxed_deterministic = *on;
    return std::string();
  }
  for (const VersionPart& part : kVersionParts) {
    if (part.name != name) continue;
    if (!on) return wanted_switch(name, value);
    std::string version(part.version);
    if (!*on)
      return quoted(name) + " is always on, as a part of the specification; -W " + version +
             "=n goes without all of it";
    return std::string();
  }
  return std::nullopt;
}

std::string apply_one(std::string_view item, Settings& settings) {
  size_t equals = item.find('=');
  std::string_view name = item.substr(0, equals);
  std::string_view value = equals == std::string_view::npos ? std::string_view() : item.substr(equals + 1);
  for (const LimitOption& limit : kLimits) {
    if (limit.name == name) return apply_limit(limit, value, settings);
  }
  if (name == "max-wasm-stack") {
    auto size = parse_size_bytes(value);
    if (!size || *size == 0) return quoted(name) + " wants " + std::string(kSize) + ", not " + quoted(value);
    settings.engine.stack_bytes = *size;
    return {};
  }
  auto done = apply_feature(name, value, settings);
  return done ? *done : unknown_option(name);
}

}  // namespace

bool has_store_limits(const Settings& settings) {
  return settings.fuel || settings.timeout_ns || settings.max_memory_bytes || settings.max_table_elements ||
         settings.max_gc_bytes || settings.max_instances;
}

std::string apply_wasm_option(const std::string& text, Settings& settings) {
  std::string_view rest = text;
  while (!rest.empty()) {
    size_t comma = rest.find(',');
    std::string wrong = apply_one(rest.substr(0, comma), settings);
    if (!wrong.empty()) return wrong;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
  }
  return {};
}

void add_feature_options(Command& command, Settings& settings) {
  std::string description = "A feature of WebAssembly or a limit, on or off (=y, =n) or a number. Features:";
  for (const FeatureInfo& feature : kFeatures) description.append(" ").append(feature.flag);
  for (const component::FeatureInfo& feature : component::kFeatures) description.append(" ").append(feature.flag);
  description += ". Limits:";
  for (const LimitOption& limit : kLimits) description.append(" ").append(limit.name);
  description += " max-wasm-stack";
  command.add("-W,--wasm", "NAME[=VALUE]", description,
              [&settings](const std::string& text) { return apply_wasm_option(text, settings); });
}

void add_execution_options(Command& command, Settings& settings) {
  command.add("--memory-mode", "guard|checked",
              "How memory accesses are bounded: by guard pages where possible, or by explicit checks",
              [&settings](const std::string& text) -> std::string {
                if (text != "guard" && text != "checked") return "guard or checked, not `" + text + "`";
                settings.engine.memory = text == "guard" ? rt::MemoryMode::guard : rt::MemoryMode::checked;
                return {};
              });
  command->add_flag("--gc-zeal", settings.engine.gc_zeal, "Collect garbage at every allocation (for tests)");
}

}  // namespace heddle::cli
