// The custom section `package-docs`, in which tools that encode packages of WIT as components keep what types cannot
// say: documentation and gates. It is a version, which is one byte, and JSON. The Component Model does not know it;
// its format is that of wit-parser's PackageMetadata.
#pragma once
#include "base/result.h"
#include "component/syntax/component.h"
#include "component/wit/model.h"

namespace heddle::component::wit {

// Adds what the section says to the root package, if the component has one. An error, with its offset, where there
// are two, where it is malformed, where it describes what is not there, and where the text of WIT could not say the
// same.
Result<void> add_package_docs(const Component& component, Wit& wit, ErrorSink* sink);

}  // namespace heddle::component::wit
