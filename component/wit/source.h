// The texts that are looked at together. Each has a range of offsets of its own, so that an offset alone says where
// something stands, in which text too, and an Error needs nothing more. Texts do not move: what is parsed points into
// them.
#pragma once
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "base/result.h"
#include "component/syntax/quote.h"

namespace heddle::component::wit {

inline constexpr uint32_t kNoOffset = UINT32_MAX;  // of what is wrong with no text

struct Source {
  std::string name;  // as errors call it
  std::string text;
  uint32_t base = 0;        // the offset of its first character; its end has an offset too
  bool translated = false;  // from a component: nobody has seen its lines
};

class Sources {
 public:
  Result<const Source*> add(std::string name, std::string text, bool translated = false);
  // The text an offset is in, or null where there is none.
  const Source* find(uint32_t offset) const;

 private:
  std::deque<Source> sources_;
};

// Every error of this folder: what is wrong, in whole words.
Error malformed(ErrorSink* sink, uint32_t offset, std::string what);
Error invalid(ErrorSink* sink, uint32_t offset, std::string what);

}  // namespace heddle::component::wit
