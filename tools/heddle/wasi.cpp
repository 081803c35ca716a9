#include "tools/heddle/wasi.h"

#include "tools/heddle/console.h"
#include "wasi/p1/functions.h"

namespace heddle::cli {

bool make_wasi(const RunOptions& options, std::shared_ptr<rt::HostModule>& wasi) {
  api::WasiConfig config;
  config.args.push_back(options.argv0 ? *options.argv0 : options.file.substr(options.file.rfind('/') + 1));
  config.args.insert(config.args.end(), options.arguments.begin(), options.arguments.end());
  config.env = options.env;
  for (const Dir& dir : options.dirs) config.dirs.push_back({dir.host, dir.guest, dir.read_only});
  auto functions = wasi::p1::make_functions(std::move(config));
  if (!functions) {
    error(functions.error().message());
    return false;
  }
  wasi = *functions;
  return true;
}

}  // namespace heddle::cli
