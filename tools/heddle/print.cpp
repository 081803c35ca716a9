// `heddle print`: a module or component as text.
#include "text/print.h"
#include "binary/decode.h"
#include "binary/names.h"
#include "tools/heddle/command.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/settings.h"
#include "tools/heddle/subcommands.h"

namespace heddle::cli {

int print_command(std::span<char* const> arguments) {
  Settings settings;
  std::string file, output = "-";
  bool no_names = false;
  Command command("print", "Prints a module or component as text. It need not be valid.",
                  "print [OPTIONS] FILE [-o FILE]");
  command->add_option("FILE", file)->required();
  command->add_option("-o,--output", output, "Where the text goes, instead of standard output")->type_name("FILE");
  command->add_flag("--no-names", no_names, "Keep indices, and the name section as it is");
  add_feature_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  auto input = Input::read(file);
  if (!input) return kFailed;
  std::vector<uint8_t> kept;
  const auto bytes = binary_of(*input, settings, kept);
  if (!bytes) return kFailed;
  if (is_component(*bytes)) {
    auto text = print_component(*input, *bytes, settings, !no_names);
    return text && write_output(output, *text) ? kOk : kFailed;
  }
  ErrorSink sink;
  auto module = binary::decode(*bytes, settings.engine.features, &sink);
  if (!module.ok()) {
    report_error(*input, *bytes, settings.engine.features, module.error(), sink);
    return kFailed;
  }
  syntax::Names names = binary::decode_names(module.value());
  return write_output(output, text::print(module.value(), no_names ? nullptr : &names)) ? kOk : kFailed;
}

}  // namespace heddle::cli
