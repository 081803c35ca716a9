// Error contexts in the embedder's hands are those of the canonical ABI.
#include "component/canon/error_context.h"

#include "component/api/internal.h"

#include <heddle/error_context.h>

namespace heddle::api {

namespace canon = detail::canon;

ErrorContext::ErrorContext(std::string_view debug_message) {
  canon::String text;
  text.text = debug_message;
  text.tagged_code_units = debug_message.size();
  what_ = std::make_shared<canon::ErrorContext>(std::move(text));
}

std::string_view ErrorContext::debug_message() const { return what_->debug_message.text; }

namespace detail {

bool Wit<ErrorContext>::put(Outgoing& o, const WitType&, const ErrorContext& from, Value& to) {
  if (!o.fits(from.debug_message())) return false;
  to = Value{.kind = Value::Kind::error_context};
  to.error_context = from.what_;
  return true;
}

ErrorContext Wit<ErrorContext>::get(Incoming&, const WitType&, Value& from) {
  return ErrorContext(std::move(from.error_context));
}

}  // namespace detail
}  // namespace heddle::api
