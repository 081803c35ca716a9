// The command: finds the subcommand and hands over. A first word that is a file, or an option, means `run`.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "tools/heddle/console.h"
#include "tools/heddle/input.h"
#include "tools/heddle/subcommands.h"
#include "tools/version.h"

namespace heddle::cli {
namespace {

struct Subcommand {
  std::string_view name;
  int (*run)(std::span<char* const> arguments);
  std::string_view what;
};

constexpr Subcommand kSubcommands[] = {
    {"run", run_command, "run a program, or call a function of a module"},
    {"validate", validate_command, "tell whether modules are valid"},
    {"wat", wat_command, "translate a module from text to binary"},
    {"print", print_command, "print a module as text"},
    {"wit", wit_command, "print a package of WIT, resolved"},
    {"bindgen", bindgen_command, "make a C++ header for a world of WIT"},
    {"plug", plug_command, "make one component of several"},
    {"wast", wast_command, "run test scripts of the specification"},
};

constexpr std::string_view kUsageText =
    "heddle: a WebAssembly engine\n\n"
    "Usage: heddle [run] [OPTIONS] FILE [ARGS...]\n"
    "       heddle COMMAND [OPTIONS] ...\n\n"
    "Commands:\n";

std::string help_text() {
  std::string text(kUsageText);
  for (const Subcommand& command : kSubcommands) {
    text.append("  ").append(command.name).append(12 - command.name.size(), ' ').append(command.what).append("\n");
  }
  text.append(
      "\n`heddle COMMAND --help` lists the options of a command; FILE may be binary or text, or - for standard "
      "input.\n");
  return text;
}

bool is_file(const char* word) {
  std::string_view text(word);
  return text == "-" || text.find_first_of("./") != std::string_view::npos || access(word, F_OK) == 0;
}

const Subcommand* find(std::string_view name) {
  for (const Subcommand& command : kSubcommands) {
    if (command.name == name) return &command;
  }
  return nullptr;
}

int unknown(std::string_view word) {
  std::vector<std::string_view> names;
  for (const Subcommand& command : kSubcommands) names.push_back(command.name);
  error("no command and no file is called `" + std::string(word) + "`" + did_you_mean(word, names));
  note("`heddle --help` lists the commands");
  return kUsage;
}

int help(std::span<char* const> arguments) {
  const Subcommand* about = arguments.empty() ? nullptr : find(arguments[0]);
  if (!arguments.empty() && !about) return unknown(arguments[0]);
  if (!about) return write_output("-", help_text()) ? kOk : kFailed;
  char option[] = "--help";
  char* words[] = {option};
  return about->run(std::span<char* const>(words));
}

int start(std::span<char* const> arguments) {
  if (arguments.empty()) {
    std::fputs(help_text().c_str(), stderr);
    return kUsage;
  }
  std::string_view first = arguments[0];
  if (const Subcommand* command = find(first)) return command->run(arguments.subspan(1));
  if (first == "help") return help(arguments.subspan(1));
  if (first == "-h" || first == "--help") return help({});
  if (first == "-V" || first == "--version") {
    return write_output("-", "heddle " HEDDLE_VERSION "\n") ? kOk : kFailed;
  }
  if (first.starts_with('-') || is_file(arguments[0])) return run_command(arguments);
  return unknown(first);
}

}  // namespace
}  // namespace heddle::cli

int main(int argc, char** argv) {
  std::span<char* const> words(argv, static_cast<size_t>(argc));
  return heddle::cli::start(words.empty() ? words : words.subspan(1));
}
