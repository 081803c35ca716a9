// From what WIT means back to its text, in one canonical form. What is printed means the same again: the root package
// is the text's, every other one is nested in it.
#pragma once
#include <string>

#include "component/wit/model.h"

namespace heddle::component::wit {

std::string print(const Wit& wit);

}  // namespace heddle::component::wit
