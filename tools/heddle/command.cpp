// CLI11, with our usage line, our errors and our exit codes.
#include "tools/heddle/command.h"

#include "tools/heddle/console.h"
#include "tools/heddle/input.h"

namespace heddle::cli {
namespace {

class Help : public CLI::Formatter {
 public:
  explicit Help(std::string synopsis) : synopsis_(std::move(synopsis)) { column_width(28); }
  std::string make_usage(const CLI::App*, std::string) const override { return "Usage: heddle " + synopsis_ + "\n"; }
  std::string make_positionals(const CLI::App*) const override { return {}; }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 ? std::string() : " " + option->get_type_name();
  }

 private:
  std::string synopsis_;
};

}  // namespace

Command::Command(const std::string& name, std::string description, std::string synopsis)
    : app_(std::move(description), "heddle " + name), synopsis_(std::move(synopsis)) {
  app_.formatter(std::make_shared<Help>(synopsis_));
  app_.set_help_flag("-h,--help", "Show this help");
  app_.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
}

CLI::Option* Command::add(const std::string& names, const std::string& value_name, const std::string& description,
                          Take take) {
  std::string shown = names.substr(names.find("--") == std::string::npos ? 0 : names.find("--"));
  auto each = [take = std::move(take), shown](const CLI::results_t& texts) {
    for (const std::string& text : texts) {
      std::string wrong = take(text);
      if (!wrong.empty()) throw CLI::ValidationError(shown, wrong);
    }
    return true;
  };
  CLI::Option* option = app_.add_option(names, CLI::callback_t(each), description);
  return option->type_name(value_name)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)->allow_extra_args(false);
}

std::string Command::unexpected(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') return "unexpected argument `" + argument + "`";
  std::string typed = argument.substr(0, argument.find('='));
  std::vector<std::string> names;
  for (const CLI::Option* option : app_.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return "unknown option `" + typed + "`" + did_you_mean(typed, {names.begin(), names.end()});
}

int Command::usage_error(const std::string& message) {
  error(message);
  note("usage: heddle " + synopsis_);
  note("`" + app_.get_name() + " --help` lists the options");
  return kUsage;
}

std::optional<int> Command::parse(Arguments arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  try {
    app_.parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return write_output("-", app_.help()) ? kOk : kFailed;
  } catch (const CLI::ExtrasError&) {
    return usage_error(unexpected(app_.remaining().front()));
  } catch (const CLI::ParseError& wrong) {
    return usage_error(wrong.what());
  }
  // With prefix_command() the first word that is no option ends the options: it may be a mistyped one.
  if (app_.get_prefix_command() && app_.remaining_size() > 0) {
    std::string first = app_.remaining().front();
    if (first.size() > 1 && first[0] == '-' && first != "--") return usage_error(unexpected(first));
  }
  return std::nullopt;
}

}  // namespace heddle::cli
