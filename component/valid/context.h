// What every part of the validator shares: where errors point, their words, and how much work a component may cause.
// Types are written with sharing and compared without it, so that a few bytes could ask for any number of steps; they
// are counted, and so is what substitution makes. Both bounds grow with the size of the component.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "component/syntax/features.h"
#include "component/syntax/limits.h"
#include "component/syntax/quote.h"

namespace heddle::component {

class Context {
 public:
  Context(const Features& features, ErrorSink* sink, uint64_t bytes)
      : features(features),
        sink(sink),
        most_steps_(limits::kMatchSteps + limits::kMatchStepsPerByte * bytes),
        most_made_(limits::kSubstitutedBytes + limits::kSubstitutedBytesPerByte * bytes) {}

  const Features& features;
  ErrorSink* const sink;
  uint32_t at = 0;  // offset of what is being checked: where errors point

  Error fail(std::string words) const;
  Error fail_index(std::string_view space, std::string_view sort, uint32_t index) const;
  Error fail_limit(std::string_view what, uint64_t found, uint64_t most) const;
  Result<void> need(Feature feature, std::string_view what) const;  // "`stream` requires component-model-async"

  Result<void> step(uint64_t count = 1) {
    steps_ += count;
    return steps_ <= most_steps_ ? Result<void>() : fail_limit("steps of type checking", steps_, most_steps_);
  }
  Result<void> make(uint64_t bytes) {
    made_ += bytes;
    return made_ <= most_made_ ? Result<void>() : fail_limit("bytes of substituted types", made_, most_made_);
  }

  // What was said so far happened in `what`, which is said first.
  template <class Words>
  Result<void> in(Result<void> result, Words&& what) const {
    if (!result.ok() && result.error().code == ErrorCode::invalid_component) say_first(what());
    return result;
  }

 private:
  void say_first(std::string_view what) const;

  uint64_t most_steps_, most_made_;
  uint64_t steps_ = 0, made_ = 0;
};

}  // namespace heddle::component
