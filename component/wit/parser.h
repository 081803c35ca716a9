// From a text to its syntax: recursive descent, one token ahead, types nested to a bounded depth.
#pragma once
#include "component/wit/ast.h"
#include "component/wit/source.h"

namespace heddle::component::wit {

Result<ast::File> parse(const Source& source, ErrorSink* sink);

}  // namespace heddle::component::wit
