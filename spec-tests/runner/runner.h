// Runs one script of the official suite (spec: interpreter/README.md, "Scripts"): each command against a store, every
// thread of a script with a store of its own.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/engine.h"
#include "spec-tests/runner/report.h"

namespace heddle::wast {

struct Options {
  rt::EngineConfig engine;
  bool roundtrip = false;        // a further command for each module: check_roundtrip
  bool verbose = false;          // FileReport::log has a line a command
  std::optional<uint64_t> seed;  // of the scheduler of components, which without one is first in, first out
};

FileReport run_file(const std::string& path, const Options& options);

}  // namespace heddle::wast
