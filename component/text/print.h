// A component as text (Explainer.md): every definition in its own form, with nothing abbreviated, in the order of the
// binary format. What is printed parses back to the same component. Works on any decoded component, valid or not; a
// core module that cannot be decoded is printed as its bytes.
#pragma once
#include <string>

#include "component/syntax/component.h"
#include "component/syntax/names.h"

namespace heddle::component {

// With `names`, they become identifiers, and the custom sections they come from are not printed again.
std::string print(const Component& component, const Names* names = nullptr);

}  // namespace heddle::component
