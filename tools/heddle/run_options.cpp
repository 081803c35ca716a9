// The options of `run`, which end at the file: what follows it is the guest's.
#include "tools/heddle/run_options.h"

#include <unistd.h>

#include <string_view>

#include "tools/heddle/command.h"
#include "tools/heddle/console.h"
#include "tools/heddle/quantity.h"

namespace heddle::cli {
namespace {

std::string take_dir(const std::string& text, RunOptions& options) {
  auto dir = parse_dir(text);
  if (!dir) return "wants HOST[::GUEST][:ro], not `" + text + "`";
  options.dirs.push_back(std::move(*dir));
  return {};
}

// K=V, or K alone for the value it has here.
std::string take_env(const std::string& text, RunOptions& options) {
  size_t equals = text.find('=');
  std::string name = text.substr(0, equals);
  if (name.empty()) return "wants NAME=VALUE, not `" + text + "`";
  if (equals != std::string::npos) {
    options.env.emplace_back(std::move(name), text.substr(equals + 1));
    return {};
  }
  const char* value = std::getenv(name.c_str());
  if (!value) return "`" + name + "` is not set here; NAME=VALUE sets it";
  options.env.emplace_back(std::move(name), value);
  return {};
}

std::string take_inherited_env(RunOptions& options) {
  for (char** entry = environ; *entry; ++entry) {
    std::string_view text(*entry);
    size_t equals = text.find('=');
    if (equals == 0 || equals == std::string_view::npos) continue;
    options.env.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return {};
}

std::string take_pair(const std::string& text, const std::string& wanted,
                      std::vector<std::pair<std::string, std::string>>& into) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string::npos || equals + 1 == text.size()) {
    return "wants " + wanted + ", not `" + text + "`";
  }
  into.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  return {};
}

void add_wasi_options(Command& command, RunOptions& options) {
  command.add("--dir", "HOST[::GUEST][:ro]",
              "Give the guest a folder, under its own path or another; :ro to read only",
              [&](const std::string& text) { return take_dir(text, options); });
  command.add("--env", "NAME[=VALUE]",
              "Set an environment variable of the guest; without a value, to what it is here",
              [&](const std::string& text) { return take_env(text, options); });
  command.add("-S,--wasi", "inherit-env", "Give the guest all environment variables there are here",
              [&](const std::string& text) -> std::string {
                bool known = text == "inherit-env" || text == "inherit-env=y";
                return known ? take_inherited_env(options) : "only inherit-env is known, not `" + text + "`";
              });
  command.add("--argv0", "NAME", "What the guest sees as its own name, instead of the file's",
              [&](const std::string& text) -> std::string {
                options.argv0 = text;
                return {};
              });
}

void add_limit_options(Command& command, RunOptions& options) {
  Settings& settings = options.settings;
  auto limit = [&](const char* name, const char* value, const char* text, auto parse,
                   std::optional<uint64_t>& setting, const char* wanted) {
    command.add(name, value, text, [parse, &setting, wanted](const std::string& given) -> std::string {
      setting = parse(given);
      return setting ? std::string() : "wants " + std::string(wanted) + ", not `" + given + "`";
    });
  };
  limit("--fuel", "N", "Trap after about N instructions", parse_count, settings.fuel, "a number");
  limit("--timeout", "DURATION", "Trap after this much time (10s, 500ms)", parse_duration_ns, settings.timeout_ns,
        "a duration such as 10s or 500ms");
  limit("--max-memory", "SIZE", "The most bytes all linear memories may have (64M, 1GiB)", parse_size_bytes,
        settings.max_memory_bytes, "a size such as 64M");
}

// `a b --c` of the guest may begin with `--`, as other programs end their options.
void take_words(std::vector<std::string> words, RunOptions& options) {
  if (!words.empty() && words.front() == "--") words.erase(words.begin());
  if (words.empty()) return;
  options.file = std::move(words.front());
  words.erase(words.begin());
  options.arguments = std::move(words);
}

}  // namespace

std::optional<Dir> parse_dir(std::string_view text) {
  Dir dir;
  if (text.ends_with(":ro") && !text.ends_with("::ro")) {
    dir.read_only = true;
    text.remove_suffix(3);
  }
  size_t split = text.find("::");
  dir.host = text.substr(0, split);
  dir.guest = split == std::string_view::npos ? text : text.substr(split + 2);
  if (dir.host.empty() || dir.guest.empty()) return std::nullopt;
  return dir;
}

std::optional<int> parse_run_options(std::span<char* const> arguments, RunOptions& options) {
  if (!arguments.empty() && (arguments[0][0] != '-' || arguments[0][1] == '\0')) {  // no options: the quick way
    take_words({arguments.begin(), arguments.end()}, options);
    return std::nullopt;
  }
  Command command("run", "Runs a program, or calls a function of a module.", "[run] [OPTIONS] FILE [ARGS...]");
  command->prefix_command();
  command.add("--invoke", "NAME",
              "Call this exported function; ARGS are its arguments, results are printed one a line. Of a component: "
              "'NAME(VALUE, ...)' in WAVE, or 'INTERFACE#NAME(...)'",
              [&](const std::string& text) -> std::string {
                options.invoke = text;
                return {};
              });
  add_wasi_options(command, options);
  command.add("--preload", "NAME=FILE", "Instantiate another module first; its exports are what NAME imports",
              [&](const std::string& text) { return take_pair(text, "NAME=FILE", options.preloads); });
  command.add("--link", "IFACE=FILE", "Give a component what another exports as IFACE; may name several",
              [&](const std::string& text) { return take_pair(text, "IFACE=FILE", options.links); });
  add_limit_options(command, options);
  add_feature_options(command, options.settings);
  add_execution_options(command, options.settings);
  command->add_flag("--stats", options.stats, "Tell at the end what time and memory it took");
  if (auto code = command.parse(arguments)) return code;
  take_words(command->remaining(), options);
  if (options.file.empty()) return command.usage_error("no file to run");
  return std::nullopt;
}

}  // namespace heddle::cli
