// `heddle bindgen`: code that speaks a world of WIT in another language's own words.
#include <fmt/format.h>

#include "component/syntax/extern_name.h"
#include "tools/heddle/bindgen_cpp.h"
#include "tools/heddle/console.h"
#include "tools/heddle/input.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/subcommands.h"
#include "tools/heddle/wit_input.h"

namespace heddle::cli {
namespace {

namespace wit = component::wit;

std::string full_name(const wit::Wit& wit, const wit::World& world) {
  const wit::PackageName& package = wit.packages[world.package].name;
  return package.space + ":" + package.name + "/" + world.name +
         (package.version.empty() ? "" : "@" + package.version);
}

// By its name alone a world of the root package; of any package by its full name, with the version or without it.
const wit::World* find(const wit::Wit& wit, const std::string& name) {
  for (uint32_t i = 0; i < wit.worlds.size(); ++i) {
    const wit::World& world = wit.worlds[wit::WorldIdx{i}];
    const std::string full = full_name(wit, world);
    if (world.package == wit.root && world.name == name) return &world;
    if (full == name || component::without_version(full) == name) return &world;
  }
  return nullptr;
}

void list_worlds(const wit::Wit& wit) {
  std::string text;
  for (uint32_t i = 0; i < wit.worlds.size(); ++i) text += "\n  " + full_name(wit, wit.worlds[wit::WorldIdx{i}]);
  note(text.empty() ? "there are no worlds" : "there are these worlds:" + text);
}

const wit::World* choose(const wit::Wit& wit, const std::string& name) {
  if (name.empty()) {
    const std::vector<wit::WorldIdx>& own = wit.packages[wit.root].worlds;
    if (own.size() == 1) return &wit.worlds[own[0]];
    error("which world? `--world NAME` says");
  } else if (const wit::World* found = find(wit, name)) {
    return found;
  } else {
    std::vector<std::string_view> names;
    for (const wit::WorldIdx index : wit.packages[wit.root].worlds) names.push_back(wit.worlds[index].name);
    error("unknown world: `" + name + "`" + did_you_mean(name, names));
  }
  list_worlds(wit);
  return nullptr;
}

}  // namespace

int bindgen_command(std::span<char* const> arguments) {
  wit::ResolveOptions options;
  const Settings settings = reading_settings();
  std::string language, file, world_name, folder = ".";
  std::vector<std::string> paths;
  Command command("bindgen",
                  "Makes a C++ header for a world: its types, a class to derive from for what it imports, a class to "
                  "call for what it exports. The header needs heddle/component.h.",
                  "bindgen cpp [OPTIONS] FILE|FOLDER");
  command->add_option("LANGUAGE", language, "cpp")->required()->check(CLI::IsMember({"cpp"}));
  command->add_option("FILE", file, "A .wit file, a folder of them, a component, or - for standard input")
      ->required();
  command->add_option("--world", world_name, "The world, where there are several")->type_name("NAME");
  add_wit_options(command, paths, options);
  command->add_option("-o,--output", folder, "The folder the header goes to, or - for standard output")
      ->type_name("FOLDER");
  if (auto code = command.parse(arguments)) return *code;
  paths.insert(paths.begin(), file);
  const auto wit = load_wit(paths, options, settings);
  if (!wit) return kFailed;
  const wit::World* world = choose(*wit, world_name);
  if (!world) return kUsage;
  ErrorSink sink;
  const auto header = generate_cpp(*wit, *world, &sink);
  if (!header.ok()) {
    error(fmt::format("{}: {}", full_name(*wit, *world), sink.detail));
    return kFailed;
  }
  const std::string path = folder == "-" ? folder : folder + "/" + cpp_file_name(*world) + ".h";
  return write_output(path, header.value()) ? kOk : kFailed;
}

}  // namespace heddle::cli
