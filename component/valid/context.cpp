// Words of the validator.
#include "component/valid/context.h"

namespace heddle::component {

Error Context::fail(std::string words) const {
  if (sink) sink->headline = std::move(words);
  return Error{ErrorCode::invalid_component, at};
}

Error Context::fail_index(std::string_view space, std::string_view sort, uint32_t index) const {
  std::string words = "unknown ";
  words.append(space).append(" ").append(std::to_string(index)).append(": ");
  return fail(words.append(sort).append(" index out of bounds"));
}

Error Context::fail_limit(std::string_view what, uint64_t found, uint64_t most) const {
  if (sink) {
    sink->set(std::string(what) + ": " + std::to_string(found) + ", at most " + std::to_string(most));
  }
  return Error{ErrorCode::limit_exceeded, at};
}

Result<void> Context::need(Feature feature, std::string_view what) const {
  if (features.has(feature)) return {};
  const FeatureInfo& info = kFeatures[static_cast<size_t>(feature)];
  if (sink) sink->set(std::string(what) + " needs " + std::string(info.flag) + " (" + std::string(info.what) + ")");
  return Error{ErrorCode::feature_disabled, at};
}

void Context::say_first(std::string_view what) const {
  if (!sink) return;
  constexpr size_t kMost = 4096;  // chains of causes may be long
  std::string& words = sink->headline;
  if (words.size() > kMost) return;
  words.insert(0, ": ");
  words.insert(0, what);
}

}  // namespace heddle::component
