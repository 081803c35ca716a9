// From what WIT means back to its text, in one canonical form. What is printed means the same again: the root package
// is the text's, every other one is nested in it.
#pragma once
#include <string>

#include "base/result.h"
#include "component/wit/model.h"

namespace heddle::component::wit {

// What is short may be long where it is said again and again: a path, in whatever uses it.
inline constexpr size_t kMostText = size_t{64} << 20;

// limit_exceeded, and the sink says so, where it would be longer than kMostText.
Result<std::string> print(const Wit& wit, ErrorSink* sink);

}  // namespace heddle::component::wit
