// Names of WIT as names of C++.
#pragma once
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace heddle::cli {

std::string snake(std::string_view name);       // first-name: first_name; class: class_
std::string pascal(std::string_view name);      // first-name: FirstName
std::string name_space(std::string_view name);  // like snake, and apart from the functions that headers define

// What is named in one scope of C++. Names that WIT tells apart may be the same in C++.
class Names {
 public:
  Names(std::initializer_list<std::string_view> taken = {}) : taken_(taken.begin(), taken.end()) {}
  // `name`, behind which there are one or two underscores, or one and a number, where others have it already.
  std::string take(const std::string& name);

 private:
  std::set<std::string, std::less<>> taken_;
  std::map<std::string, uint32_t> tried_;
};

}  // namespace heddle::cli
