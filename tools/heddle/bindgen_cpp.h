// From a world of WIT to a C++ header on top of heddle/component.h. A namespace for each interface, and one for the
// world, all of them inside of `wit`, holds its types; what is imported is a class Host to derive from, whose methods
// learn who calls, what is exported a class Guest to call. add_to gives a linker a host, or what finds each call's;
// that of the world, all hosts. A world may have an interface under several names: they share these classes, and
// add_to and Guest::from are told the name.
#pragma once
#include <string>

#include "base/result.h"
#include "component/wit/model.h"

namespace heddle::cli {

// The sink says what has no C++ type.
Result<std::string> generate_cpp(const component::wit::Wit& wit, const component::wit::World& world, ErrorSink* sink);

// The name of its file, without the suffix.
std::string cpp_file_name(const component::wit::World& world);

}  // namespace heddle::cli
