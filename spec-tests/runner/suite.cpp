// Finding scripts and running them on several threads. Each file has an engine of its own, so that files share
// nothing.
#include "spec-tests/runner/suite.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <thread>

namespace heddle::wast {
namespace {

namespace fs = std::filesystem;

Error not_found(std::string detail, ErrorSink* sink) {
  if (sink) sink->set(std::move(detail));
  return Error{ErrorCode::file_not_readable};
}

constexpr std::string_view kProposals = "proposals";

constexpr bool is_released(Feature feature) {
  using enum Feature;
  return feature == v1 || feature == v2 || feature == v3 || feature == relaxed_simd || feature == legacy_exceptions;
}

// Proposals whose own suites were written for an older release, and say so: "multiple memories" is an error there.
struct OldProposal {
  Feature feature, release;
};
constexpr OldProposal kOldProposals[] = {{Feature::threads, Feature::v1}};

bool is_later(Feature feature, Feature release) {
  return is_released(feature) && static_cast<unsigned>(feature) > static_cast<unsigned>(release);
}

// The proposal in whose folder a script is; "" in the suite's other folders; nothing outside a suite.
std::optional<std::string> proposal_of(const fs::path& file) {
  std::error_code code;
  for (fs::path folder = file.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    if (folder.parent_path().filename() == kProposals) return folder.filename().string();
    if (fs::is_directory(folder / kProposals, code)) return std::string();
  }
  return std::nullopt;
}

}  // namespace

Features features_for(const std::string& file, const Features& given) {
  std::error_code code;
  std::optional<std::string> proposal = proposal_of(fs::absolute(file, code));
  if (!proposal) return given;
  Features features = given;
  for (unsigned i = 0; i < sizeof kFeatures / sizeof *kFeatures; ++i) {
    auto feature = static_cast<Feature>(i);
    if (!is_released(feature) && kFeatures[i].flag != *proposal) features.set(feature, false);
    for (const OldProposal& old : kOldProposals) {
      bool here = kFeatures[static_cast<unsigned>(old.feature)].flag == *proposal;
      if (here && is_later(feature, old.release)) features.set(feature, false);
    }
  }
  return features;
}

Result<std::vector<std::string>> collect(std::span<const std::string> paths, ErrorSink* sink) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code code;
    if (!fs::is_directory(path, code)) {
      if (!fs::exists(path, code)) return not_found(path + ": no such file or folder", sink);
      files.push_back(path);
      continue;
    }
    size_t first = files.size();
    fs::recursive_directory_iterator walk(path, fs::directory_options::skip_permission_denied, code), end;
    for (; !code && walk != end; walk.increment(code)) {
      if (walk->path().extension() == ".wast") files.push_back(walk->path().string());
    }
    if (code) return not_found(path + ": " + code.message(), sink);
    if (files.size() == first) return not_found(path + ": no .wast file in this folder", sink);
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

std::vector<FileReport> run_files(std::span<const std::string> files, const Options& options, unsigned jobs,
                                  const std::function<void(const FileReport&)>& done) {
  std::vector<FileReport> reports(files.size());
  std::vector<bool> ready(files.size());
  std::atomic<size_t> next{0};
  std::mutex lock;
  size_t shown = 0;
  auto work = [&] {
    for (size_t i = next++; i < files.size(); i = next++) {
      Options own = options;
      own.engine.features = features_for(files[i], options.engine.features);
      FileReport report = run_file(files[i], own);
      std::lock_guard guard(lock);
      reports[i] = std::move(report);
      ready[i] = true;
      for (; shown < files.size() && ready[shown]; ++shown) done(reports[shown]);
    }
  };
  std::vector<std::thread> threads;
  size_t helpers = std::min<size_t>(std::max(jobs, 1u), files.size());
  for (size_t i = 1; i < helpers; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return reports;
}

}  // namespace heddle::wast
