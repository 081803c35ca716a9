// Where a module's imports come from on the command line: modules given by --preload, and WASI. A missing one is
// reported with what there is instead and the flag that would help.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exec/link.h"
#include "runtime/host_module.h"
#include "runtime/module.h"

namespace heddle::cli {

class Imports final : public exec::ImportResolver {
 public:
  // `host`: functions made in `store` as they are imported; may be null. Other definitions go before it.
  void set_host(rt::Store* store, std::shared_ptr<rt::HostModule> host) {
    store_ = store;
    host_ = std::move(host);
  }
  void add(std::string name, rt::Instance* instance) { instances_.emplace_back(std::move(name), instance); }

  std::optional<exec::Extern> find(std::string_view module, std::string_view name) override;
  std::vector<std::string> names_in(std::string_view module) override;
  std::vector<std::string> modules() override;

 private:
  std::vector<std::pair<std::string, rt::Instance*>> instances_;
  rt::Store* store_ = nullptr;
  std::shared_ptr<rt::HostModule> host_;
};

// The flags that would define what `module` imports and nobody has defined, as a sentence; "" where none would.
std::string flag_for(std::string_view module);

}  // namespace heddle::cli
