// From files to what they mean (WIT.md, "Filesystem structure"): a file is a package; so is a folder, whose `deps`
// folder has the packages it needs, each as a file or a folder. A file may be a component too, that is or has
// packages.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "component/wit/resolve.h"

namespace heddle::component::wit {

// The WIT of a component, as text: whoever loads knows how to read one.
using Translate = std::function<Result<std::string>(const std::string& path, ErrorSink* sink)>;

// What was read already, by its path: standard input is, which can be read once.
using Texts = std::map<std::string, std::string>;

// The first path has the root package, the others have packages it may need. Errors that have no place in a text
// begin with a path.
Result<Wit> load(const std::vector<std::string>& paths, Sources& sources, const ResolveOptions& options,
                 ErrorSink* sink, const Translate& translate = {}, const Texts& texts = {});

}  // namespace heddle::component::wit
