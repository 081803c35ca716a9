// One subcommand's command line: CLI11 with this command's conventions. Help goes to standard output; what is wrong
// goes to standard error with the nearest right spelling, and ends with exit code 2.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>

namespace heddle::cli {

using Arguments = std::span<char* const>;  // what follows the subcommand's name

class Command {
 public:
  // `synopsis` follows "Usage: heddle ".
  Command(std::string name, std::string description, std::string synopsis);

  CLI::App* operator->() { return &app_; }
  // A switch or an option whose text `take` accepts, or refuses by returning why.
  using Take = std::function<std::string(const std::string& text)>;
  CLI::Option* add(const std::string& names, const std::string& value_name, const std::string& description,
                   Take take);

  // Nothing: go on. Otherwise the exit code to end with: help was shown, or the mistake was reported.
  std::optional<int> parse(Arguments arguments);
  int usage_error(const std::string& message);

 private:
  std::string unexpected(const std::string& argument);

  CLI::App app_;
  std::string synopsis_;
};

}  // namespace heddle::cli
