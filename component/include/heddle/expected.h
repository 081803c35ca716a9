// What functions of components answer, where WIT has result<T, E>; and the cases of its variants.
#pragma once
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <heddle/result.h>

namespace heddle::api {

namespace detail {
struct Nothing {};
template <class T>
using Something = std::conditional_t<std::is_void_v<T>, Nothing, T>;
}  // namespace detail

// The error of an Expected, to return: `return Err("no such key");` So, too, where a function returns a Result of an
// Expected, as those of generated hosts do.
template <class E>
struct Err {
  E error;
};
template <class E>
Err(E) -> Err<E>;
Err(const char*) -> Err<std::string>;

// result<T, E> of WIT: what a function of a component answers. (Whether it answered is told by a Result.) Either may
// be void.
template <class T, class E>
class [[nodiscard]] Expected {
  using Value = detail::Something<T>;
  using Failure = detail::Something<E>;

 public:
  Expected() = default;  // ok, with nothing or a default value
  template <class U = Value>
    requires(std::is_convertible_v<U &&, Value> && !std::is_same_v<std::remove_cvref_t<U>, Expected>)
  Expected(U&& value) : v_(std::in_place_index<0>, std::forward<U>(value)) {}
  template <class U>
    requires std::is_convertible_v<U&&, Failure>
  Expected(Err<U> err) : v_(std::in_place_index<1>, std::move(err.error)) {}
  static Expected failed() { return Expected(Err<Failure>{Failure()}); }

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  // Asking for the wrong one ends the process, as of a Result.
  Value& value() { return *held<0>(v_); }
  const Value& value() const { return *held<0>(v_); }
  Value& operator*() { return value(); }
  const Value& operator*() const { return value(); }
  Value* operator->() { return &value(); }
  const Value* operator->() const { return &value(); }
  Failure& error() { return *held<1>(v_); }
  const Failure& error() const { return *held<1>(v_); }

 private:
  template <size_t kIndex, class V>
  static auto* held(V& v) {
    auto* value = std::get_if<kIndex>(&v);
    if (value) [[likely]]
      return value;
    if constexpr (kIndex == 0)
      detail::no_value(Error(ErrorKind::misuse, "the result is one of `error`"));
    else
      detail::no_error();
  }
  std::variant<Value, Failure> v_;
};

// A case of a variant, where the C++ type of its value does not tell it from the others:
//   struct Shape : std::variant<Case<struct Circle, double>, Case<struct Square, double>, Case<struct None>> { ... };
template <class Tag, class T = void>
struct Case {
  T value{};
};
template <class Tag>
struct Case<Tag, void> {};

}  // namespace heddle::api
