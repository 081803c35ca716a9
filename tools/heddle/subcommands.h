// The subcommands, one file each. Arguments are what follows the subcommand's name; the result is the process's exit
// code.
#pragma once
#include <span>

namespace heddle::cli {

int run_command(std::span<char* const> arguments);
int validate_command(std::span<char* const> arguments);
int wat_command(std::span<char* const> arguments);
int print_command(std::span<char* const> arguments);
int plug_command(std::span<char* const> arguments);
int wit_command(std::span<char* const> arguments);
int bindgen_command(std::span<char* const> arguments);
int wast_command(std::span<char* const> arguments);

}  // namespace heddle::cli
