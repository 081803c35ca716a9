// Bases ascend, so that the text of an offset is found by bisection.
#include "component/wit/source.h"

#include <algorithm>

namespace heddle::component::wit {
namespace {

Error fail(ErrorSink* sink, ErrorCode code, uint32_t offset, std::string what) {
  if (sink && sink->headline.empty()) sink->headline = std::move(what);
  return {code, offset};
}

}  // namespace

Result<const Source*> Sources::add(std::string name, std::string text, bool translated) {
  const uint64_t base = sources_.empty() ? 0 : sources_.back().base + uint64_t{sources_.back().text.size()} + 1;
  if (base + text.size() >= UINT32_MAX) return ErrorCode::limit_exceeded;
  sources_.push_back({std::move(name), std::move(text), static_cast<uint32_t>(base), translated});
  return &sources_.back();
}

const Source* Sources::find(uint32_t offset) const {
  if (offset == kNoOffset) return nullptr;
  auto after = std::upper_bound(sources_.begin(), sources_.end(), offset,
                                [](uint32_t at, const Source& source) { return at < source.base; });
  return after == sources_.begin() ? nullptr : &*std::prev(after);
}

Error malformed(ErrorSink* sink, uint32_t offset, std::string what) {
  return fail(sink, ErrorCode::unexpected_token, offset, std::move(what));
}
Error invalid(ErrorSink* sink, uint32_t offset, std::string what) {
  return fail(sink, ErrorCode::invalid_component, offset, std::move(what));
}

}  // namespace heddle::component::wit
