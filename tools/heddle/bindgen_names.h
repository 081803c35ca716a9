// Names of WIT as names of C++.
#pragma once
#include <string>
#include <string_view>

namespace heddle::cli {

std::string snake(std::string_view name);   // first-name: first_name; class: class_
std::string pascal(std::string_view name);  // first-name: FirstName

}  // namespace heddle::cli
