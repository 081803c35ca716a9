// `heddle plug`: a component that has others in it, which serve what it imports.
#include "component/plug/plug.h"

#include <unistd.h>

#include <deque>

#include "component/binary/decode.h"
#include "tools/heddle/command.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/run_component.h"
#include "tools/heddle/subcommands.h"

namespace heddle::cli {
namespace {

using component::plug::Piece;

class Pieces {
 public:
  explicit Pieces(const Settings& settings) : settings_(settings) {}

  // Nothing, where it says what is wrong with the file.
  std::optional<Piece> read(const std::string& path);
  TypeRegistry registry;

 private:
  const Settings& settings_;
  std::deque<Input> inputs_;  // which the pieces have views of
  std::deque<std::vector<uint8_t>> kept_;
};

std::optional<Piece> Pieces::read(const std::string& path) {
  auto read = Input::read(path);
  if (!read) return std::nullopt;
  const Input& input = inputs_.emplace_back(std::move(*read));
  if (!holds_component(input)) {
    report_no_component(input);
    return std::nullopt;
  }
  const auto bytes = binary_of(input, settings_, kept_.emplace_back());
  if (!bytes) return std::nullopt;
  const Features& core = settings_.engine.features;
  const auto failed = [&](const Error& error, const ErrorSink& sink) {
    report_component_error(input, settings_, error, sink);
    return std::nullopt;
  };
  ErrorSink sink;
  auto decoded = component::decode(*bytes, settings_.component_features, core, &sink);
  if (!decoded.ok()) return failed(decoded.error(), sink);
  Piece piece{path, std::move(decoded).value(), {}};
  auto checked = component::check(piece.syntax, bytes->size(), settings_.component_features, core, registry, &sink);
  if (!checked.ok()) return failed(checked.error(), sink);
  piece.checked = std::move(checked).value();
  return piece;
}

}  // namespace

int plug_command(std::span<char* const> arguments) {
  Settings settings;
  std::string file, output = "-";
  std::vector<std::string> paths;
  Command command(
      "plug",
      "Writes one component that has SOCKET and the plugs in it. What SOCKET imports comes from the first "
      "plug that exports it, by its name and its version or a compatible one; what no plug exports is imported, "
      "but for core modules: these a plug has to export. Imports that share resource types come from one plug. It "
      "exports what SOCKET exports. Where types of what a plug serves are used outside, the interface is imported "
      "for "
      "them, and resource types are exported.",
      "plug [OPTIONS] SOCKET --plug PLUG [--plug PLUG...] [-o FILE]");
  command->add_option("SOCKET", file)->required();
  command
      .add("--plug", "PLUG", "A component that exports what SOCKET imports; may be repeated",
           [&](const std::string& text) { return paths.push_back(text), std::string(); })
      ->required();
  command->add_option("-o,--output", output, "Where the component goes, instead of standard output")
      ->type_name("FILE");
  add_feature_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  if (output == "-" && isatty(STDOUT_FILENO) == 1) {
    error("a binary component is nothing for a terminal: give a file by `-o FILE`, or redirect the output");
    return kUsage;
  }
  Pieces pieces(settings);
  auto socket = pieces.read(file);
  if (!socket) return kFailed;
  std::vector<Piece> plugs;
  for (const std::string& path : paths) {
    auto plug = pieces.read(path);
    if (!plug) return kFailed;
    plugs.push_back(std::move(*plug));
  }
  ErrorSink sink;
  const auto whole = component::plug::plug(*socket, plugs, settings.component_features, settings.engine.features,
                                           pieces.registry, &sink);
  if (!whole.ok()) {
    error(sink.detail);
    for (const std::string& text : sink.notes) note(text);
    return kFailed;
  }
  return write_output(output, whole.value()) ? kOk : kFailed;
}

}  // namespace heddle::cli
