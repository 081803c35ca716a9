// What is defined where all parts of the abstract syntax are known.
#include "component/syntax/component.h"

namespace heddle::component {

DefType::DefType() = default;
DefType::DefType(DefType&&) noexcept = default;
DefType& DefType::operator=(DefType&&) noexcept = default;
DefType::~DefType() = default;

CoreType::CoreType() = default;
CoreType::CoreType(CoreType&&) noexcept = default;
CoreType& CoreType::operator=(CoreType&&) noexcept = default;
CoreType::~CoreType() = default;

}  // namespace heddle::component
