// Result<T>: a value or an Error. Asking for the wrong one is the embedder's bug: it ends the process with a message,
// for there is nothing sensible to go on with.
//
//   Result<Module> module = Module::from_file(engine, "app.wasm");
//   if (!module) return report(module.error());
//   use(*module);
#pragma once
#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include <heddle/error.h>

namespace heddle::api {

template <class T>
class Result;

namespace detail {
template <class T>
inline constexpr bool kIsResult = false;
template <class T>
inline constexpr bool kIsResult<Result<T>> = true;
template <class U, class T = std::remove_cvref_t<U>>
inline constexpr bool kIsFailure = kIsResult<T> || std::is_same_v<T, Error> || std::is_same_v<T, Trap>;

[[noreturn]] void no_value(const Error& error) noexcept;
[[noreturn]] void no_error() noexcept;
}  // namespace detail

template <class T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : v_(std::in_place_index<0>, std::move(value)) {}
  // Whatever converts to one: `return "text";` of a Result<std::string>.
  template <class U>
    requires(std::convertible_to<U, T> && !std::is_same_v<std::remove_cvref_t<U>, T> && !detail::kIsFailure<U>)
  Result(U&& value) : v_(std::in_place_index<0>, T(std::forward<U>(value))) {}
  Result(Error error) : v_(std::in_place_index<1>, std::move(error)) {}
  Result(Trap trap) : v_(std::in_place_index<1>, std::move(trap)) {}

  bool ok() const { return v_.index() == 0; }
  explicit operator bool() const { return ok(); }
  T& value() & { return checked(), *std::get_if<0>(&v_); }
  const T& value() const& { return checked(), *std::get_if<0>(&v_); }
  T&& value() && { return checked(), std::move(*std::get_if<0>(&v_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) const& { return ok() ? value() : std::move(other); }
  const Error& error() const {
    if (ok()) detail::no_error();
    return *std::get_if<1>(&v_);
  }

 private:
  void checked() const {
    if (!ok()) [[unlikely]]
      detail::no_value(*std::get_if<1>(&v_));
  }
  std::variant<T, Error> v_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  Result(Trap trap) : error_(Error(std::move(trap))) {}

  bool ok() const { return !error_; }
  explicit operator bool() const { return ok(); }
  void value() const {
    if (!ok()) [[unlikely]]
      detail::no_value(*error_);
  }
  void operator*() const { value(); }
  const Error& error() const {
    if (ok()) detail::no_error();
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace heddle::api
