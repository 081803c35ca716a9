// Built without WASI: there is nothing to grant anything to.
#include "tools/heddle/console.h"
#include "tools/heddle/wasi.h"

namespace heddle::cli {

bool make_wasi(const RunOptions& options, std::shared_ptr<rt::HostModule>&) {
  if (options.dirs.empty() && options.env.empty()) return true;
  error("this heddle is built without WASI: --dir and --env mean nothing to it");
  return false;
}

}  // namespace heddle::cli
