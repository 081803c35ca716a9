// What running scripts gave: counts a file, and every command that failed with its line, what it wanted and what was
// found.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::wast {

struct Failure {
  uint32_t line = 0;
  std::string wanted, found;
};

struct FileReport {
  std::string file;
  uint64_t passed = 0, failed = 0;
  double seconds = 0;
  std::vector<Failure> failures;  // by line; the first kMaxFailures
  std::string log;                // of --verbose

  static constexpr size_t kMaxFailures = 1000;
  void fail(uint32_t line, std::string wanted, std::string found);
};

struct Totals {
  uint64_t passed = 0, failed = 0, files = 0, failed_files = 0;
};
Totals total_of(std::span<const FileReport> reports);

std::string to_text(const FileReport& report);  // a line, then a line each failure
std::string to_text(const Totals& totals);
std::string to_json(std::span<const FileReport> reports);

}  // namespace heddle::wast
