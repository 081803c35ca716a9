// From the C++ types of a function to its WebAssembly signature and the code that calls it. A parameter type says
// which value types it takes and how it is read from slots; what does not fit (a number out of range, a pointer out
// of bounds) ends the call with an errno before the function sees it.
#pragma once
#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "wasi/p1/p1.h"

namespace heddle::wasi::p1 {

template <class T>
struct Param {  // numbers and enumerations
  static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
  static constexpr std::array kTypes = {ValType(sizeof(T) == 8 ? ValKind::i64 : ValKind::i32)};
  static constexpr bool kInMemory = false;
  static Errno read(P1&, const rt::Slot* slots, T& out) {
    if constexpr (std::is_enum_v<T>) {
      if (static_cast<uint32_t>(slots[0]) > kLast<T>) return Errno::inval;
    }
    out = static_cast<T>(slots[0]);
    return Errno::success;
  }
};

template <class Tag, class Bits, Bits kAll>
struct Param<Flags<Tag, Bits, kAll>> {
  static constexpr std::array kTypes = {ValType(ValKind::i32)};
  static constexpr bool kInMemory = false;
  static Errno read(P1&, const rt::Slot* slots, Flags<Tag, Bits, kAll>& out) {
    auto bits = static_cast<uint32_t>(slots[0]);
    if (bits & ~uint32_t{kAll}) return Errno::inval;
    out.bits = static_cast<Bits>(bits);
    return Errno::success;
  }
};

template <class T>
struct Param<GuestArray<T>> {
  static constexpr std::array kTypes = {ValType(ValKind::i32)};
  static constexpr bool kInMemory = true;
  static Errno read(P1&, const rt::Slot* slots, GuestArray<T>& out) {
    out = GuestArray<T>(static_cast<uint32_t>(slots[0]));
    return Errno::success;
  }
};

template <class T>
struct Param<GuestPtr<T>> {
  static constexpr std::array kTypes = {ValType(ValKind::i32)};
  static constexpr bool kInMemory = true;
  static Errno read(P1& p1, const rt::Slot* slots, GuestPtr<T>& out) {
    auto bytes = p1.memory().slice(static_cast<uint32_t>(slots[0]), Layout<T>::kSize);
    if (!bytes.ok()) return Errno::fault;
    out = GuestPtr<T>(bytes.value().data());
    return Errno::success;
  }
};

template <class T>
struct Param<GuestSpan<T>> {
  static constexpr std::array kTypes = {ValType(ValKind::i32), ValType(ValKind::i32)};
  static constexpr bool kInMemory = true;
  static Errno read(P1& p1, const rt::Slot* slots, GuestSpan<T>& out) {
    GuestArray<T> start(static_cast<uint32_t>(slots[0]));
    return start.in(p1.memory(), static_cast<uint32_t>(slots[1]), out) ? Errno::success : Errno::fault;
  }
};

template <>
struct Param<GuestText> {
  static constexpr std::array kTypes = Param<GuestSpan<uint8_t>>::kTypes;
  static constexpr bool kInMemory = true;
  static Errno read(P1& p1, const rt::Slot* slots, GuestText& out) {
    GuestSpan<uint8_t> bytes;
    Errno error = Param<GuestSpan<uint8_t>>::read(p1, slots, bytes);
    out = GuestText(bytes.bytes());
    return error;
  }
};

template <class... A>
constexpr auto param_types() {
  std::array<ValType, (0 + ... + Param<A>::kTypes.size())> all{};
  [[maybe_unused]] size_t at = 0;
  ((std::copy(Param<A>::kTypes.begin(), Param<A>::kTypes.end(), all.begin() + at), at += Param<A>::kTypes.size()),
   ...);
  return all;
}

inline constexpr std::array kErrnoResult = {ValType(ValKind::i32)};

template <auto kFunction, class Signature>
struct Binding;

template <auto kFunction, class R, class... A>
struct Binding<kFunction, R (*)(P1&, A...)> {
  static constexpr bool kGivesErrno = std::is_same_v<R, Errno>;
  static constexpr auto kParams = param_types<A...>();

  // `env` is a shared_ptr to the P1.
  static rt::Outcome call(void* env, rt::Store& store, rt::Slot* slots) {
    P1& p1 = **static_cast<std::shared_ptr<P1>*>(env);
    bool has_memory = p1.enter(store);
    if ((false || ... || Param<A>::kInMemory) && !has_memory) {
      return store.trap(ErrorCode::host_error, "WASI was called by a module that exports no memory named \"memory\"");
    }
    std::tuple<A...> args;
    Errno error = std::apply([&](A&... arg) { return read_all(p1, slots, arg...); }, args);
    auto apply = [&] { return std::apply([&](A&... arg) { return kFunction(p1, arg...); }, args); };
    if constexpr (kGivesErrno) {
      if (error == Errno::success) error = apply();
      if (error == kErrnoStopped) return store.trap_interrupted();
      if (error == kErrnoOutOfFuel) return store.trap(ErrorCode::out_of_fuel);
      slots[0] = static_cast<uint16_t>(error);
      return rt::Outcome::returned;
    } else {
      return apply().outcome;
    }
  }

  static Errno read_all([[maybe_unused]] P1& p1, [[maybe_unused]] const rt::Slot* slots, A&... arg) {
    Errno error = Errno::success;
    (void)(... && ((error = Param<A>::read(p1, std::exchange(slots, slots + Param<A>::kTypes.size()), arg)) ==
                   Errno::success));
    return error;
  }
};

// A row of the table: a function's name, its signature and how it is called.
struct HostFn {
  std::string_view name;
  std::span<const ValType> params, results;
  rt::HostCallback call;
};

template <auto kFunction>
constexpr HostFn host_fn(std::string_view name) {
  using Bound = Binding<kFunction, decltype(kFunction)>;
  std::span<const ValType> results;
  if constexpr (Bound::kGivesErrno) results = kErrnoResult;
  return {name, Bound::kParams, results, &Bound::call};
}

}  // namespace heddle::wasi::p1
