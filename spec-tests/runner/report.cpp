// Reports as text and as JSON.
#include "spec-tests/runner/report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace heddle::wast {

void FileReport::fail(uint32_t line, std::string wanted, std::string found) {
  ++failed;
  if (failures.size() < kMaxFailures) failures.push_back({line, std::move(wanted), std::move(found)});
}

Totals total_of(std::span<const FileReport> reports) {
  Totals totals;
  for (const FileReport& report : reports) {
    totals.passed += report.passed;
    totals.failed += report.failed;
    totals.files += 1;
    totals.failed_files += report.failed > 0;
  }
  return totals;
}

std::string to_text(const FileReport& report) {
  std::string text = report.log;
  text += fmt::format("{} {}: {} passed", report.failed ? "FAIL" : "ok  ", report.file, report.passed);
  if (report.failed) text += fmt::format(", {} failed", report.failed);
  text += fmt::format(" ({:.0f} ms)\n", report.seconds * 1000);
  for (const Failure& failure : report.failures) {
    text += fmt::format("  {}:{}: wanted {}, found {}\n", report.file, failure.line, failure.wanted, failure.found);
  }
  if (report.failed > report.failures.size()) {
    text += fmt::format("  and {} more\n", report.failed - report.failures.size());
  }
  return text;
}

std::string to_text(const Totals& totals) {
  std::string text = fmt::format("{}: {} commands passed", totals.failed ? "FAIL" : "ok", totals.passed);
  if (totals.failed) text += fmt::format(", {} failed in {} of", totals.failed, totals.failed_files);
  return text +
         fmt::format("{}{} {}\n", totals.failed ? " " : " in ", totals.files, totals.files == 1 ? "file" : "files");
}

std::string to_json(std::span<const FileReport> reports) {
  using Json = nlohmann::ordered_json;
  Json files = Json::array();
  for (const FileReport& report : reports) {
    Json failures = Json::array();
    for (const Failure& failure : report.failures) {
      failures.push_back({{"line", failure.line}, {"wanted", failure.wanted}, {"found", failure.found}});
    }
    files.push_back({{"file", report.file},
                     {"passed", report.passed},
                     {"failed", report.failed},
                     {"skipped", 0},
                     {"seconds", report.seconds},
                     {"failures", std::move(failures)}});
  }
  Totals totals = total_of(reports);
  Json all = {{"passed", totals.passed}, {"failed", totals.failed}, {"files", std::move(files)}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace heddle::wast
