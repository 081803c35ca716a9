// `heddle wast`: the specification's test scripts.
#include <thread>

#include "spec-tests/runner/suite.h"
#include "tools/heddle/command.h"
#include "tools/heddle/console.h"
#include "tools/heddle/input.h"
#include "tools/heddle/quantity.h"
#include "tools/heddle/settings.h"
#include "tools/heddle/subcommands.h"

namespace heddle::cli {

int wast_command(std::span<char* const> arguments) {
  Settings settings;
  wast::Options options;
  std::vector<std::string> paths;
  unsigned jobs = std::thread::hardware_concurrency();
  bool json = false;
  Command command("wast",
                  "Runs test scripts (.wast) of the specification; all below a folder. Exit code 0 if all passed.",
                  "wast [OPTIONS] FILE|DIR...");
  command->add_option("FILE", paths)->required();
  command.add("-j,--jobs", "N", "Files to run at once (default: one a core)",
              [&](const std::string& text) -> std::string {
                auto count = parse_count(text);
                if (!count || *count == 0 || *count > 1024)
                  return "wants a number from 1 to 1024, not `" + text + "`";
                jobs = static_cast<unsigned>(*count);
                return {};
              });
  command->add_flag("--json", json, "Print the results as JSON");
  command->add_flag("--roundtrip", options.roundtrip,
                    "Also check of every module that encode, decode, print and parse give it back unchanged");
  command.add("--seed", "N",
              "Run components in the order that N says, of all legal ones (default: first in, first out)",
              [&](const std::string& text) -> std::string {
                options.seed = parse_count(text);
                return options.seed ? "" : "wants a number, not `" + text + "`";
              });
  command->add_flag("-v,--verbose", options.verbose, "Print every command");
  add_feature_options(command, settings);
  add_execution_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  if (has_store_limits(settings)) return command.usage_error("`-W`: scripts run without limits of a store");
  options.engine = settings.engine;
  ErrorSink sink;
  auto files = wast::collect(paths, &sink);
  if (!files.ok()) {
    error(sink.detail);
    return kUsage;
  }
  auto show = [&](const wast::FileReport& report) {
    if (!json) write_output("-", wast::to_text(report));
  };
  std::vector<wast::FileReport> reports = wast::run_files(files.value(), options, jobs, show);
  wast::Totals totals = wast::total_of(reports);
  if (json) {
    write_output("-", wast::to_json(reports));
  } else if (reports.size() > 1) {
    write_output("-", wast::to_text(totals));
  }
  return totals.failed == 0 ? kOk : kFailed;
}

}  // namespace heddle::cli
