// Runs many scripts: files as they are, folders by every .wast below them, in sorted order, several at a time.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "spec-tests/runner/report.h"
#include "spec-tests/runner/runner.h"

namespace heddle::wast {

// The files that `paths` name. A path that does not exist, or a folder without scripts, is an error with its name in
// the sink.
Result<std::vector<std::string>> collect(std::span<const std::string> paths, ErrorSink* sink);

// What a script may use, of the features `given`. The official suites are laid out as WebAssembly/testsuite is: a
// folder with the scripts of the released specification, which hold without any proposal, and in it proposals/NAME/
// for each proposal, whose scripts hold for the release and the feature NAME. Scripts elsewhere may use everything.
Features features_for(const std::string& file, const Features& given);

// Calls `done` for each file in the order given, as soon as it and all before it have run; never from two threads at
// once.
std::vector<FileReport> run_files(std::span<const std::string> files, const Options& options, unsigned jobs,
                                  const std::function<void(const FileReport&)>& done);

}  // namespace heddle::wast
