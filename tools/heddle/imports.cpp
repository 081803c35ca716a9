// Looking imports up.
#include "tools/heddle/imports.h"

#include <algorithm>

namespace heddle::cli {

std::optional<exec::Extern> Imports::find(std::string_view module, std::string_view name) {
  for (const auto& [known, instance] : instances_) {
    if (known != module) continue;
    if (auto found = exec::find_export(*instance, name)) return found;
  }
  if (!host_) return std::nullopt;
  rt::FuncRef* function = host_->find(*store_, module, name);
  return function ? std::optional(exec::Extern::of(function)) : std::nullopt;
}

std::vector<std::string> Imports::names_in(std::string_view module) {
  std::vector<std::string> names;
  for (const auto& [known, instance] : instances_) {
    if (known != module) continue;
    for (const syntax::Export& e : instance->module->syntax.exports) names.push_back(e.name);
  }
  if (host_) {
    for (std::string& name : host_->names_in(module)) names.push_back(std::move(name));
  }
  return names;
}

std::vector<std::string> Imports::modules() {
  std::vector<std::string> modules;
  auto add = [&](const std::string& name) {
    if (std::find(modules.begin(), modules.end(), name) == modules.end()) modules.push_back(name);
  };
  for (const auto& [name, instance] : instances_) add(name);
  if (host_) add("wasi_snapshot_preview1");
  return modules;
}

std::string flag_for(std::string_view module) {
  if (module == "wasi_snapshot_preview1" || module == "wasi_unstable") return {};
  if (module.starts_with("wasi:"))
    return "this imports the Component Model's WASI; heddle runs modules with wasi_snapshot_preview1";
  if (module.starts_with("wasi_")) return "this is an old WASI; heddle has wasi_snapshot_preview1";
  return "`--preload " + std::string(module) + "=FILE` takes these imports from the exports of another module";
}

}  // namespace heddle::cli
