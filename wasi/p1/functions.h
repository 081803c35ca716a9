// The functions of WASI p1 by name: what a module imports is found here, and made in its store then and there.
// Modules import a few of them, and a program that starts in two milliseconds has no time for the rest.
#pragma once
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host_module.h"
#include "wasi/p1/p1.h"

#include <heddle/wasi.h>

namespace heddle::wasi::p1 {

// Which WASI a module name means.
bool is_wasi(std::string_view module);  // "wasi_snapshot_preview1" or "wasi_unstable"
std::vector<std::string> function_names(std::string_view module);

// What imports of one of the two modules find. Each store has a guest process of its own: its descriptors, its
// streams.
class Functions final : public rt::HostModule {
 public:
  explicit Functions(std::shared_ptr<const Grants> grants) : grants_(std::move(grants)) {}
  rt::FuncRef* find(rt::Store& store, std::string_view module, std::string_view name) override;
  std::vector<std::string> names_in(std::string_view module) const override { return function_names(module); }

 private:
  std::shared_ptr<P1> process_of(const rt::Store& store);

  std::shared_ptr<const Grants> grants_;
  std::mutex lock_;
  struct Process {
    const rt::Engine* engine;
    uint64_t store_id;
    std::weak_ptr<P1> p1;  // the store's functions keep it
  };
  std::vector<Process> processes_;
};

// With what the configuration grants, its directories opened.
api::Result<std::shared_ptr<Functions>> make_functions(api::WasiConfig config);

}  // namespace heddle::wasi::p1
