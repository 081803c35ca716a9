// The command line of `run`.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tools/heddle/settings.h"

namespace heddle::cli {

struct Dir {
  std::string host, guest;
  bool read_only = false;
};

struct RunOptions {
  Settings settings;
  std::string file;
  std::vector<std::string> arguments;  // of the guest, behind argv[0]
  std::optional<std::string> argv0;    // instead of the file's name
  std::optional<std::string> invoke;
  std::vector<Dir> dirs;
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::pair<std::string, std::string>> preloads;  // name, file
  std::vector<std::pair<std::string, std::string>> links;     // of components: interface, file
  bool stats = false;
};

// HOST[::GUEST][:ro]; nothing where a part is empty.
std::optional<Dir> parse_dir(std::string_view text);

// Nothing: run. Otherwise the exit code to end with.
std::optional<int> parse_run_options(std::span<char* const> arguments, RunOptions& options);

}  // namespace heddle::cli
