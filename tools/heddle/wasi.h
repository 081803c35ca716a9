// WASI for the program that `run` runs.
#pragma once
#include <memory>

#include "runtime/host_module.h"
#include "tools/heddle/run_options.h"

namespace heddle::cli {

// Its functions, which find what the options grant. False where that cannot be had, after saying why. No module where
// heddle is built without WASI.
bool make_wasi(const RunOptions& options, std::shared_ptr<rt::HostModule>& wasi);

}  // namespace heddle::cli
