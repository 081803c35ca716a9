// Are two components the same, wherever they stand? Everything is compared but `at` and who owns the bytes.
#pragma once
#include <string>

#include "component/syntax/component.h"

namespace heddle::test {

// Empty if they are the same, else where they first differ.
std::string difference(const component::Component& a, const component::Component& b);

}  // namespace heddle::test
