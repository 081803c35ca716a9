// From files to what they mean (WIT.md, "Filesystem structure"): a file is a package; so is a folder, whose `deps`
// folder has the packages it needs, each as a file or a folder.
#pragma once
#include <string>
#include <vector>

#include "component/wit/resolve.h"

namespace heddle::component::wit {

// The first path has the root package, the others have packages it may need. Errors that have no place in a text
// begin with a path.
Result<Wit> load(const std::vector<std::string>& paths, Sources& sources, const ResolveOptions& options,
                 ErrorSink* sink);

}  // namespace heddle::component::wit
