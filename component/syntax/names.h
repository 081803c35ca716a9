// Names of a component's definitions (Binary.md, "Name Section"): for messages and for printing, never for linking.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "component/syntax/component.h"
#include "syntax/names.h"

namespace heddle::component {

struct Names {
  std::string component;
  std::array<heddle::syntax::NameMap, kSorts> sorts;  // by Sort
  std::vector<Names> components;                      // of the nested ones, in their order; may be shorter than that
};

}  // namespace heddle::component
