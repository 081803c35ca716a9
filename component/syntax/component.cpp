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

std::string_view text_of(DefKind kind) {
  switch (kind) {
    case DefKind::custom: return "custom";
    case DefKind::core_module: return "core module";
    case DefKind::core_instance: return "core instance";
    case DefKind::core_type: return "core type";
    case DefKind::component: return "component";
    case DefKind::instance: return "instance";
    case DefKind::alias: return "alias";
    case DefKind::type: return "type";
    case DefKind::canon: return "canonical definition";
    case DefKind::start: return "start";
    case DefKind::import: return "import";
    case DefKind::export_: return "export";
    case DefKind::value: return "value";
  }
  return {};
}

}  // namespace heddle::component
