// Functions (spec 4.2.7): called by the embedder, or written by it for the guest to call.
//
//   auto add = *instance.typed<int32_t(int32_t, int32_t)>("add");
//   Result<int32_t> sum = add(2, 3);
//
// C++ types stand for value types: int32_t and uint32_t i32, int64_t and uint64_t i64, float f32, double f64, V128
// v128, Func funcref, ExternRef externref, AnyRef anyref, StructRef structref, ArrayRef arrayref, ExnRef exnref; void
// no result, std::tuple<...> any number of results.
#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <heddle/gc.h>
#include <heddle/result.h>
#include <heddle/store.h>
#include <heddle/value.h>

namespace heddle::api {

// A function of a store, or null: what a funcref is. Copying is cheap.
class Func {
 public:
  Func() = default;
  // A host function that is handed to the guest as a value. For imports: Linker::define. `function` is kept by the
  // store.
  template <class F>
  static Result<Func> wrap(StoreRef store, F function);

  bool is_null() const { return !func_; }
  explicit operator bool() const { return func_; }
  FuncType type() const;

  // Calls with values whose types are checked. Errors: misuse where they do not fit, else whatever ended the call.
  // Threads: the store's. May be called from a host function that the guest has called.
  Result<std::vector<Val>> call(std::span<const Val> args = {}) const;
  Result<std::vector<Val>> call(std::initializer_list<Val> args) const {
    return call(std::span<const Val>(args.begin(), args.size()));
  }

  // The same function with its signature known to the compiler: no checks at a call, no allocation. Fails with
  // `misuse` where the function has another type.
  template <class Signature>
  Result<TypedFunc<Signature>> typed() const;

  friend bool operator==(const Func& a, const Func& b) { return a.func_ == b.func_; }  // spec 4.6.9, ref.eq

 private:
  friend struct detail::Access;
  Func(std::shared_ptr<detail::StoreCell> cell, const rt::FuncRef* func) : cell_(std::move(cell)), func_(func) {}
  std::shared_ptr<detail::StoreCell> cell_;
  const rt::FuncRef* func_ = nullptr;
};

// What a host function learns about who calls it. Optional first parameter; valid during the call.
class Caller {
 public:
  // What the calling instance exports under a name: usually its memory. misuse where there is none, or no guest
  // calls.
  Result<Memory> memory(std::string_view name = "memory") const;
  Result<Func> func(std::string_view name) const;
  // An exception for the guest to catch. Throwing it is returning it:
  //   if (missing) return caller.exception(not_found, {key});
  // Where it cannot be made (the arguments are not the tag's, no room) the error is about that, and stops the guest.
  Error exception(const Tag& tag, std::span<const Val> args = {}) const;
  Error exception(const Tag& tag, std::initializer_list<Val> args) const {
    return exception(tag, std::span<const Val>(args.begin(), args.size()));
  }
  // Charges the guest for work done on its behalf: see StoreRef::consume_fuel.
  //   if (Result<void> paid = caller.consume_fuel(size / 64); !paid) return paid.error();
  Result<void> consume_fuel(uint64_t fuel) const { return StoreRef(*this).consume_fuel(fuel); }
  // The pointer given to Store::set_data.
  template <class T>
  T& data() const {
    return *static_cast<T*>(StoreRef(*this).data());
  }

 private:
  friend struct detail::Access;
  explicit Caller(detail::StoreCell* cell) : cell_(cell) {}
  detail::StoreCell* cell_;
};

namespace detail {

// How a C++ type travels in slots: its value type, the slots it takes, there and back. `put` is false where the value
// belongs to another store.
template <class T>
struct Abi {
  static_assert(sizeof(T) == 0,
                "heddle: not a type that a WebAssembly function can take or return (see heddle/func.h)");
};

template <class T, ValType (*kType)()>
struct NumberAbi {
  static constexpr uint32_t kSlots = 1;
  using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;
  static ValType type() { return kType(); }
  static bool put(StoreCell*, uint64_t* slot, T value) { return *slot = std::bit_cast<Bits>(value), true; }
  static T get(StoreCell*, const uint64_t* slot) { return std::bit_cast<T>(static_cast<Bits>(*slot)); }
};
template <>
struct Abi<int32_t> : NumberAbi<int32_t, &ValType::i32> {};
template <>
struct Abi<uint32_t> : NumberAbi<uint32_t, &ValType::i32> {};
template <>
struct Abi<int64_t> : NumberAbi<int64_t, &ValType::i64> {};
template <>
struct Abi<uint64_t> : NumberAbi<uint64_t, &ValType::i64> {};
template <>
struct Abi<float> : NumberAbi<float, &ValType::f32> {};
template <>
struct Abi<double> : NumberAbi<double, &ValType::f64> {};

template <>
struct Abi<V128> {
  static constexpr uint32_t kSlots = 2;
  static ValType type() { return ValType::v128(); }
  static bool put(StoreCell*, uint64_t* slot, const V128& value) {
    return std::memcpy(slot, value.bytes.data(), 16), true;
  }
  static V128 get(StoreCell*, const uint64_t* slot) {
    V128 value;
    std::memcpy(value.bytes.data(), slot, 16);
    return value;
  }
};

template <class T>
struct RefAbi {
  static constexpr uint32_t kSlots = 1;
  static ValType type();
  static bool put(StoreCell* cell, uint64_t* slot, const T& value);
  static T get(StoreCell* cell, const uint64_t* slot);
};
template <>
struct Abi<Func> : RefAbi<Func> {};
template <>
struct Abi<ExternRef> : RefAbi<ExternRef> {};
template <>
struct Abi<AnyRef> : RefAbi<AnyRef> {};
template <>
struct Abi<StructRef> : RefAbi<StructRef> {};
template <>
struct Abi<ArrayRef> : RefAbi<ArrayRef> {};
template <>
struct Abi<ExnRef> : RefAbi<ExnRef> {};

// The results of a function, as a C++ type.
template <class R>
struct ResultAbi {
  static constexpr uint32_t kSlots = Abi<R>::kSlots;
  static std::vector<ValType> types() { return {Abi<R>::type()}; }
  static bool put(StoreCell* cell, uint64_t* slots, const R& value) { return Abi<R>::put(cell, slots, value); }
  static R get(StoreCell* cell, const uint64_t* slots) { return Abi<R>::get(cell, slots); }
};
template <>
struct ResultAbi<void> {
  static constexpr uint32_t kSlots = 0;
  static std::vector<ValType> types() { return {}; }
};
template <class... T>
struct ResultAbi<std::tuple<T...>> {
  static constexpr uint32_t kSlots = (0 + ... + Abi<T>::kSlots);
  static std::vector<ValType> types() { return {Abi<T>::type()...}; }
  static bool put(StoreCell* cell, uint64_t* slots, const std::tuple<T...>& values) {
    return std::apply(
        [&](const T&... value) {
          return (... && Abi<T>::put(cell, std::exchange(slots, slots + Abi<T>::kSlots), value));
        },
        values);
  }
  static std::tuple<T...> get(StoreCell* cell, const uint64_t* slots) {
    return std::tuple<T...>{Abi<T>::get(cell, std::exchange(slots, slots + Abi<T>::kSlots))...};  // left to right
  }
};

// A host function without its types: what the library stores. `call` finds the arguments in `slots` and leaves the
// results there; false: it failed with `error`.
struct HostFunction {
  using Call = bool (*)(void* function, StoreCell* cell, Caller& caller, uint64_t* slots, Error& error);
  std::vector<ValType> params, results;
  Call call = nullptr;
  std::shared_ptr<void> function;
};

template <class R>
struct Unwrapped {
  using type = R;
};
template <class R>
struct Unwrapped<Result<R>> {
  using type = R;
};

template <class F, class R, bool kCaller, class... A>
struct HostAdapter {
  using Value = typename Unwrapped<R>::type;

  static bool invoke(F& function, StoreCell* cell, Caller& caller, uint64_t* slots, Error& error) {
    [[maybe_unused]] const uint64_t* next = slots;
    std::tuple<A...> args{Abi<A>::get(cell, std::exchange(next, next + Abi<A>::kSlots))...};
    auto apply = [&]() -> R {
      return std::apply(
          [&](A&... arg) -> R {
            if constexpr (kCaller) {
              return function(caller, std::move(arg)...);
            } else {
              return function(std::move(arg)...);
            }
          },
          args);
    };
    if constexpr (std::is_void_v<R>) {
      apply();
      return true;
    } else if constexpr (std::is_same_v<R, Value>) {
      return put(cell, slots, apply(), error);
    } else {
      R result = apply();
      if (!result.ok()) return error = result.error(), false;
      if constexpr (std::is_void_v<Value>) {
        return true;
      } else {
        return put(cell, slots, result.value(), error);
      }
    }
  }

  template <class V>
  static bool put(StoreCell* cell, uint64_t* slots, const V& value, Error& error) {
    if (ResultAbi<Value>::put(cell, slots, value)) return true;
    return error = Error(ErrorKind::misuse, "a host function returned an object of another store"), false;
  }

  // An exception ends here, in the embedder's own translation unit: the library is compiled without them.
  static bool call(void* function, StoreCell* cell, Caller& caller, uint64_t* slots, Error& error) {
#if defined(__cpp_exceptions)
    try {
      return invoke(*static_cast<F*>(function), cell, caller, slots, error);
    } catch (const std::exception& thrown) {
      error = Trap(thrown.what());
    } catch (...) {
      error = Trap("a host function threw something that is no std::exception");
    }
    return false;
#else
    return invoke(*static_cast<F*>(function), cell, caller, slots, error);
#endif
  }

  static HostFunction make(F function) {
    return {{Abi<A>::type()...}, ResultAbi<Value>::types(), &call, std::make_shared<F>(std::move(function))};
  }
};

// The signature of a callable: of a function pointer or of the one call operator of a class.
template <class F, class Signature>
struct SignatureAdapter;
template <class F, class R, class... A>
struct SignatureAdapter<F, R(A...)> : HostAdapter<F, R, false, std::remove_cvref_t<A>...> {};
template <class F, class R, class C, class... A>
  requires std::same_as<std::remove_cvref_t<C>, Caller>
struct SignatureAdapter<F, R(C, A...)> : HostAdapter<F, R, true, std::remove_cvref_t<A>...> {};

template <class M>
struct Plain;
template <class R, class C, class... A>
struct Plain<R (C::*)(A...)> {
  using type = R(A...);
};
template <class R, class C, class... A>
struct Plain<R (C::*)(A...) const> {
  using type = R(A...);
};
template <class R, class C, class... A>
struct Plain<R (C::*)(A...) noexcept> {
  using type = R(A...);
};
template <class R, class C, class... A>
struct Plain<R (C::*)(A...) const noexcept> {
  using type = R(A...);
};

template <class F>
struct SignatureOf {};
template <class F>
  requires requires { &F::operator(); }
struct SignatureOf<F> {
  using type = typename Plain<decltype(&F::operator())>::type;
};
template <class R, class... A>
struct SignatureOf<R (*)(A...)> {
  using type = R(A...);
};
template <class R, class... A>
struct SignatureOf<R (*)(A...) noexcept> {
  using type = R(A...);
};

template <class F>
concept Callable = requires { typename SignatureOf<F>::type; };

template <Callable F>
HostFunction host_function(F function) {
  return SignatureAdapter<F, typename SignatureOf<F>::type>::make(std::move(function));
}

Result<Func> wrap(StoreRef store, HostFunction function);
// Does the function take these parameters and give these results?
Result<void> check_signature(const Func& func, std::span<const ValType> params, std::span<const ValType> results);
// Calls with raw slots, arguments in and results out; `error` is set where it gives false.
bool call(StoreCell* cell, const rt::FuncRef* func, uint64_t* slots, uint32_t params, uint32_t results, Error& error);

}  // namespace detail

template <class R, class... A>
class TypedFunc<R(A...)> {
 public:
  // Calls. The error is whatever ended the call: a trap, exhaustion, an uncaught exception of the guest.
  Result<R> operator()(A... args) const {  // NOLINT(performance-unnecessary-value-param): as the signature has them
    constexpr uint32_t kParams = (0 + ... + detail::Abi<std::remove_cvref_t<A>>::kSlots);
    constexpr uint32_t kResults = detail::ResultAbi<R>::kSlots;
    uint64_t slots[std::max({kParams, kResults, 1u})];
    [[maybe_unused]] uint64_t* next = slots;
    detail::StoreCell* cell = cell_.get();
    bool fits = (... && detail::Abi<std::remove_cvref_t<A>>::put(
                            cell, std::exchange(next, next + detail::Abi<std::remove_cvref_t<A>>::kSlots), args));
    if (!fits) [[unlikely]]
      return Error(ErrorKind::misuse, "an argument belongs to another store");
    Error error;
    if (!detail::call(cell, func_, slots, kParams, kResults, error)) [[unlikely]]
      return error;
    if constexpr (std::is_void_v<R>) {
      return {};
    } else {
      return detail::ResultAbi<R>::get(cell, slots);
    }
  }

 private:
  friend class Func;
  friend struct detail::Access;
  TypedFunc(std::shared_ptr<detail::StoreCell> cell, const rt::FuncRef* func) : cell_(std::move(cell)), func_(func) {}
  std::shared_ptr<detail::StoreCell> cell_;
  const rt::FuncRef* func_ = nullptr;
};

namespace detail {
template <class R, class... A>
Result<void> check_signature(const Func& func, std::type_identity<R(A...)>) {
  const std::vector<ValType> params{Abi<std::remove_cvref_t<A>>::type()...};
  return check_signature(func, params, ResultAbi<R>::types());
}
}  // namespace detail

template <class Signature>
Result<TypedFunc<Signature>> Func::typed() const {
  Result<void> fits = detail::check_signature(*this, std::type_identity<Signature>());
  if (!fits) return fits.error();
  return TypedFunc<Signature>(cell_, func_);
}

template <class F>
Result<Func> Func::wrap(StoreRef store, F function) {
  return detail::wrap(store, detail::host_function(std::move(function)));
}

}  // namespace heddle::api
