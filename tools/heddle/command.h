// One subcommand's command line: CLI11 with this command's conventions. Help goes to standard output; what is wrong
// goes to standard error with the nearest right spelling, and ends with exit code 2.
#pragma once
#include <functional>
#include <istream>
#include <optional>
#include <ostream>
#include <span>
#include <string>

// CLI11 includes <iostream> for the default arguments of a function that is not called here. Up to libstdc++ 12 that
// header sets up all locales at every start of the process: half a megabyte resident and a tenth of the time of a
// small program. Its declarations are enough.
#if defined(_GLIBCXX_RELEASE) && _GLIBCXX_RELEASE < 13 && !defined(_GLIBCXX_IOSTREAM)
#define _GLIBCXX_IOSTREAM 1  // NOLINT(bugprone-reserved-identifier): the guard of that header
namespace std {
extern istream cin;
extern ostream cout, cerr, clog;
}  // namespace std
#endif
#include <CLI/CLI.hpp>

namespace heddle::cli {

using Arguments = std::span<char* const>;  // what follows the subcommand's name

class Command {
 public:
  // `synopsis` follows "Usage: heddle ".
  Command(const std::string& name, std::string description, std::string synopsis);

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
