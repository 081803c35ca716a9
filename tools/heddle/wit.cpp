// `heddle wit`: a package of WIT, resolved, as one text.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "component/binary/decode.h"
#include "component/valid/check.h"
#include "component/wit/from_component.h"
#include "component/wit/load.h"
#include "component/wit/print.h"
#include "tools/heddle/command.h"
#include "tools/heddle/components.h"
#include "tools/heddle/console.h"
#include "tools/heddle/loading.h"
#include "tools/heddle/run_component.h"
#include "tools/heddle/subcommands.h"
#include "tools/heddle/wit_input.h"

namespace heddle::cli {
namespace {

using namespace component;

void add_features(std::string_view list, std::set<std::string, std::less<>>& features) {
  while (!list.empty()) {
    const size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) features.emplace(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

void report(const wit::Sources& sources, Error wrong, const ErrorSink& sink) {
  const wit::Source* source = sources.find(wrong.offset);
  if (source && !source->translated) {
    wrong.offset -= source->base;
    return report_text_error(source->name, source->text, wrong, sink);
  }
  error((source ? source->name + ": " : "") + describe(wrong, &sink));
  for (const std::string& text : sink.notes) note(text);
}

Result<wit::Wit> wit_of(const component::Component& syntax, size_t bytes, const Settings& settings, ErrorSink* sink) {
  TypeRegistry registry;
  const auto checked =
      TRY(component::check(syntax, bytes, settings.component_features, settings.engine.features, registry, sink));
  return wit::from_component(syntax, checked, sink);
}

std::string in_binary(const Error& wrong, const ErrorSink& sink) {
  const std::string words = describe(wrong, &sink);
  return wrong.offset == 0 ? words : fmt::format("offset 0x{:x}: {}", wrong.offset, words);
}

Error fail(const std::string& path, const std::string& what, ErrorSink* sink) {
  if (sink) sink->headline = path + ": " + what;
  return Error{ErrorCode::invalid_component, wit::kNoOffset};
}

// The WIT of a component.
Result<std::string> translate(const Input& input, const Settings& settings, ErrorSink* sink) {
  const auto fail = [&](const std::string& what) { return cli::fail(input.name(), what, sink); };
  std::vector<uint8_t> kept;
  const auto bytes = binary_of(input, settings, kept);
  if (!bytes) return fail("it is not well-formed");
  ErrorSink why;
  const auto decoded = component::decode(*bytes, settings.component_features, settings.engine.features, &why);
  if (!decoded.ok()) return fail(in_binary(decoded.error(), why));
  const auto found = wit_of(decoded.value(), bytes->size(), settings, &why);
  if (!found.ok()) return fail(in_binary(found.error(), why));
  auto text = wit::print(found.value(), &why);
  return text.ok() ? std::move(text) : fail(why.detail);
}

// A file as a package that others need.
Result<std::string> translate(const std::string& path, const Settings& settings, ErrorSink* sink) {
  std::string wrong;
  const auto input = Input::read(path, wrong);
  if (!input) return fail(path, wrong, sink);
  if (holds_component(*input)) return translate(*input, settings, sink);
  return fail(path,
              std::string(input->is_binary() ? "this is a binary" : "this is a module") +
                  ", where the text of WIT or a component is wanted",
              sink);
}

Result<std::string> standard_input(const Settings& settings, ErrorSink* sink) {
  std::string wrong;
  const auto input = Input::read("-", wrong);
  if (!input) return fail("<stdin>", wrong, sink);
  return holds_component(*input) ? translate(*input, settings, sink) : std::string(input->text());
}

int write_wit(const wit::Wit& wit, const std::string& name, const std::string& output) {
  ErrorSink sink;
  const auto text = wit::print(wit, &sink);
  if (!text.ok()) error(name + ": " + sink.detail);
  return text.ok() && write_output(output, text.value()) ? kOk : kFailed;
}

// Of a component; nothing where the file is none.
std::optional<int> wit_of_component(const std::string& file, const Settings& settings, const std::string& output) {
  std::error_code code;
  // Standard input can be read once: whatever it has goes the way of WIT.
  if (file == "-" || file.ends_with(".wit") || std::filesystem::is_directory(file, code)) return std::nullopt;
  const auto input = Input::read(file);
  if (!input) return kFailed;
  if (!holds_component(*input)) return std::nullopt;
  std::vector<uint8_t> kept;
  const auto bytes = binary_of(*input, settings, kept);
  if (!bytes) return kFailed;
  ErrorSink sink;
  TypeRegistry registry;
  auto failed = [&](const Error& error) {
    report_component_error(*input, settings, error, sink);
    return kFailed;
  };
  const heddle::Features& core = settings.engine.features;
  const auto decoded = component::decode(*bytes, settings.component_features, core, &sink);
  if (!decoded.ok()) return failed(decoded.error());
  const auto checked =
      component::check(decoded.value(), bytes->size(), settings.component_features, core, registry, &sink);
  if (!checked.ok()) return failed(checked.error());
  auto wit = wit::from_component(decoded.value(), checked.value(), &sink);
  if (!wit.ok() && wit.error().offset != 0) return failed(wit.error());
  if (!wit.ok()) {
    error(input->name() + ": " + sink.detail);
    return kFailed;
  }
  for (const std::string& text : sink.notes) note(input->name() + ": " + text);
  return write_wit(wit.value(), input->name(), output);
}

}  // namespace

std::optional<wit::Wit> load_wit(const std::vector<std::string>& paths, const wit::ResolveOptions& options,
                                 const Settings& settings) {
  wit::Sources sources;
  ErrorSink sink;
  const auto of_component = [&](const std::string& path, ErrorSink* to) { return translate(path, settings, to); };
  wit::Texts texts;
  if (std::find(paths.begin(), paths.end(), "-") != paths.end()) {
    auto text = standard_input(settings, &sink);
    if (!text.ok()) return report(sources, text.error(), sink), std::nullopt;
    texts.emplace("-", std::move(text).value());
  }
  auto resolved = wit::load(paths, sources, options, &sink, of_component, texts);
  if (resolved.ok()) return std::move(resolved).value();
  report(sources, resolved.error(), sink);
  return std::nullopt;
}

// Whoever reads WIT runs nothing: gates are for those who do.
Settings reading_settings() {
  Settings settings;
  for (unsigned i = 0; i < std::size(component::kFeatures); ++i) {
    settings.component_features.set(static_cast<component::Feature>(i), true);
  }
  return settings;
}

void add_wit_options(Command& command, std::vector<std::string>& paths, wit::ResolveOptions& options) {
  command.add("--deps", "FILE|FOLDER", "Another package that may be needed; may be repeated",
              [&](const std::string& text) { return paths.push_back(text), std::string(); });
  command.add("--features", "LIST", "Keep what is gated by these features; separated by commas",
              [&](const std::string& text) { return add_features(text, options.features), std::string(); });
  command->add_flag("--all-features", options.all_features, "Keep what is gated by any feature");
}

int wit_command(std::span<char* const> arguments) {
  wit::ResolveOptions options;
  Settings settings = reading_settings();
  std::string file, output = "-";
  std::vector<std::string> paths;
  Command command("wit",
                  "Prints a package of WIT with the packages it needs: resolved, and as one text. A folder is a "
                  "package; its `deps` folder has those it needs. Of a component, what it imports and exports.",
                  "wit [OPTIONS] FILE|FOLDER");
  command->add_option("FILE", file, "A .wit file, a folder of them, a component, or - for standard input")
      ->required();
  add_wit_options(command, paths, options);
  command->add_option("-o,--output", output, "Where the text goes, instead of standard output")->type_name("FILE");
  add_feature_options(command, settings);
  if (auto code = command.parse(arguments)) return *code;
  if (auto code = wit_of_component(file, settings, output)) return *code;
  paths.insert(paths.begin(), file);
  const auto resolved = load_wit(paths, options, settings);
  if (!resolved) return kFailed;
  return write_wit(*resolved, file, output);
}

}  // namespace heddle::cli
