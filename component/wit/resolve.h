// From the syntax of packages to what they mean (WIT.md, "Name resolution"): names are looked up across files,
// interfaces, worlds and packages, what is gated by a feature that is not enabled is left out, and what contradicts
// the specification is refused.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "component/wit/ast.h"
#include "component/wit/model.h"
#include "component/wit/source.h"

namespace heddle::component::wit {

struct ResolveOptions {
  std::set<std::string, std::less<>> features;  // of `@unstable`
  bool all_features = false;
};

// The files that make up a package. Packages may be nested in them.
struct Group {
  std::string name;  // as errors call it: of a file or folder
  std::vector<ast::File> files;
  bool translated = false;  // from a component, which has what its gates admit
};

// Why nothing in the package can have the gate, or "".
std::string contradiction(const Gate& gate, const PackageName& package);

// The first group has the root package.
Result<Wit> resolve(const std::vector<Group>& groups, const Sources& sources, const ResolveOptions& options,
                    ErrorSink* sink);

}  // namespace heddle::component::wit
