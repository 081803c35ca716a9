// What a host operation gives: a value, or the errno of POSIX that says what went wrong. Each version of WASI
// translates errnos into its own words once, at its edge (errno.inc). TRY works with it.
#pragma once
#include <cerrno>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/result.h"

namespace heddle::wasi {

// Not an errno: the operation waited, and was given up because the guest is to end.
inline constexpr int kStopped = -1;

struct [[nodiscard]] Failure {
  int code = 0;
  static Failure last() { return {errno}; }  // what the system call that just failed said
};

template <class T>
class [[nodiscard]] Fallible {
 public:
  Fallible(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  Fallible(Failure failure) : v_(std::in_place_index<1>, failure) {}

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & {
    HEDDLE_ASSERT(ok());
    return *std::get_if<0>(&v_);
  }
  T&& value() && {
    HEDDLE_ASSERT(ok());
    return std::move(*std::get_if<0>(&v_));
  }
  Failure error() const {
    HEDDLE_ASSERT(!ok());
    return *std::get_if<1>(&v_);
  }
  int code() const { return ok() ? 0 : error().code; }

 private:
  std::variant<T, Failure> v_;
};

template <>
class [[nodiscard]] Fallible<void> {
 public:
  Fallible() = default;
  Fallible(Failure failure) : failure_(failure) {}

  bool ok() const { return failure_.code == 0; }
  explicit operator bool() const { return ok(); }
  void value() const { HEDDLE_ASSERT(ok()); }
  Failure error() const { return failure_; }
  int code() const { return failure_.code; }

 private:
  Failure failure_{};
};

// The outcome of a system call that gives -1 where it fails.
inline Fallible<void> done(int result) { return result < 0 ? Fallible<void>(Failure::last()) : Fallible<void>(); }

}  // namespace heddle::wasi
