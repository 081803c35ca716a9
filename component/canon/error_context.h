// "### `canon error-context.new`" (CanonicalABI.md).
#pragma once
#include "component/canon/resource.h"
#include "runtime/budget.h"

namespace heddle::component::canon {

struct ErrorContext : Handle {
  explicit ErrorContext(String debug_message)
      : Handle(Kind::error_context), debug_message(std::move(debug_message)) {}
  uint64_t cost() const override { return Handle::cost() + rt::Budget::block_bytes(debug_message.text.size()); }
  String debug_message;
};

}  // namespace heddle::component::canon
