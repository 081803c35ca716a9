// Error contexts (Explainer.md, "Error Context type"; feature component-model-error-context): values that say for
// people what went wrong. Nothing is to depend on what they say: a guest's tools may shorten or drop it.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include <heddle/component_types.h>

namespace heddle::component::canon {
struct ErrorContext;
}

namespace heddle::api {

// Copies are the same error context; one that a guest gave and gets back is the one it gave. Belongs to no store.
class ErrorContext {
 public:
  ErrorContext() : ErrorContext("") {}
  explicit ErrorContext(std::string_view debug_message);  // UTF-8, or no guest can be given it
  // Moving one copies it: none is ever empty.
  ErrorContext(const ErrorContext&) = default;
  ErrorContext& operator=(const ErrorContext&) = default;
  ~ErrorContext() = default;

  std::string_view debug_message() const;
  friend bool operator==(const ErrorContext&, const ErrorContext&) = default;

 private:
  friend struct detail::Wit<ErrorContext>;
  explicit ErrorContext(std::shared_ptr<component::canon::ErrorContext> what) : what_(std::move(what)) {}
  std::shared_ptr<component::canon::ErrorContext> what_;  // never null
};

namespace detail {

template <>
struct Wit<ErrorContext> : PrimitiveWit<ErrorContext, WitKind::error_context> {
  static bool check(SignatureCheck& c, const WitType* type) {
    c.has_handles = true;
    return PrimitiveWit::check(c, type);
  }
  static bool put(Outgoing& o, const WitType&, const ErrorContext& from, Value& to);
  static bool put(Outgoing& o, const WitType& type, const ErrorContext& from, const Stored& to) {
    return put(o, type, from, value_of(to));
  }
  static ErrorContext get(Incoming& in, const WitType&, Value& from);
  static ErrorContext get(Incoming& in, const WitType& type, const Stored& from) {
    return get(in, type, value_of(from));
  }
};

}  // namespace detail
}  // namespace heddle::api
