// `heddle wat`: the text of a module or component into its binary.
#include <unistd.h>

#include "tools/heddle/command.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/settings.h"
#include "tools/heddle/subcommands.h"

namespace heddle::cli {

int wat_command(std::span<char* const> arguments) {
  Settings settings;
  std::string file, output = "-";
  Command command("wat", "Translates a module or component from text to binary. It need not be valid.",
                  "wat [OPTIONS] FILE [-o FILE]");
  command->add_option("FILE", file)->required();
  command->add_option("-o,--output", output, "Where the binary goes, instead of standard output")->type_name("FILE");
  add_feature_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  auto input = Input::read(file);
  if (!input) return kFailed;
  if (input->bytes().empty()) {
    error(input->name() + ": the file is empty");
    return kFailed;
  }
  if (input->is_binary()) {
    error(input->name() + " is no text");
    note("`heddle print` goes from binary to text");
    return kFailed;
  }
  auto binary = assemble(*input, settings);
  if (!binary) return kFailed;
  if (output == "-" && isatty(STDOUT_FILENO) == 1) {
    error("a binary module is nothing for a terminal: give a file by `-o FILE`, or redirect the output");
    return kUsage;
  }
  return write_output(output, *binary) ? kOk : kFailed;
}

}  // namespace heddle::cli
