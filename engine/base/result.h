// Result<T>: a value or an Error, and TRY, which unwraps or returns early. Library code throws nothing, so every
// function that can fail says so in its type. Accessing the wrong side is our bug and stops the process.
#pragma once
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"
#include "base/error.h"

namespace heddle {

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : v_(std::in_place_index<1>, error) {}
  Result(ErrorCode code) : v_(std::in_place_index<1>, Error{code}) {}

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    HEDDLE_ASSERT(ok());
    return *std::get_if<0>(&v_);
  }
  const T& value() const& {
    HEDDLE_ASSERT(ok());
    return *std::get_if<0>(&v_);
  }
  T&& value() && {
    HEDDLE_ASSERT(ok());
    return std::move(*std::get_if<0>(&v_));
  }
  Error error() const {
    HEDDLE_ASSERT(!ok());
    return *std::get_if<1>(&v_);
  }

 private:
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(error), ok_(false) {}
  Result(ErrorCode code) : error_{code}, ok_(false) {}

  bool ok() const { return ok_; }
  explicit operator bool() const { return ok_; }
  void value() const { HEDDLE_ASSERT(ok_); }
  Error error() const {
    HEDDLE_ASSERT(!ok_);
    return error_;
  }

 private:
  Error error_{};
  bool ok_ = true;
};

}  // namespace heddle

// auto n = TRY(reader.u32());   a statement or a whole initializer, in a function that returns a Result
#define TRY(expr)                       \
  __extension__({                       \
    auto try_result_ = (expr);          \
    if (!try_result_.ok()) [[unlikely]] \
      return try_result_.error();       \
    std::move(try_result_).value();     \
  })
