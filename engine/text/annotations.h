// Annotations as parsers meet them: each is asked for at the token it stands before, by whoever may have one there.
// Asking uses it, and one that nobody has used is misplaced.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "text/lexer.h"

namespace heddle::text {

class Annotations {
 public:
  Annotations(Tokens& tokens, ErrorSink* sink) : tokens_(tokens), sink_(sink) {}

  bool empty() const { return tokens_.annotations.empty(); }
  std::span<Annotation> at(uint32_t first, uint32_t last);  // those that stand before one of these tokens
  Annotation* find(Annotation::Kind kind, uint32_t token);  // the first there that has not been used, or null
  Result<std::optional<std::string>> name(uint32_t token);  // (@name "...")
  Result<std::string> custom_name(const Annotation& note);  // of a (@custom "..." ...): its first item
  Result<std::string> strings(const Annotation& note, uint32_t item);  // the items from this one on, joined
  Result<void> check(uint32_t first, uint32_t last, bool in_func);     // nothing is left over there
  Error fail(ErrorCode code, uint32_t offset, std::string_view detail) const;

 private:
  Tokens& tokens_;
  ErrorSink* sink_;
};

}  // namespace heddle::text
