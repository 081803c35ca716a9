// Packages of WIT as the subcommands read them, and the options that say what belongs to them.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "component/wit/load.h"
#include "tools/heddle/command.h"
#include "tools/heddle/settings.h"

namespace heddle::cli {

// The first path has the root package; those behind it may be components. Reports what is wrong.
std::optional<component::wit::Wit> load_wit(const std::vector<std::string>& paths,
                                            const component::wit::ResolveOptions& options, const Settings& settings);

// With all gates open.
Settings reading_settings();

// What is referred to must outlive the parsing of the command line.
void add_wit_options(Command& command, std::vector<std::string>& paths, component::wit::ResolveOptions& options);

}  // namespace heddle::cli
