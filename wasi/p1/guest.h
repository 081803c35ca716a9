// Guest memory, as functions of WASI see it. Pointers are checked once, when an argument becomes a GuestPtr or a
// GuestSpan, or a GuestArray one; after that all access is in bounds. Structs are written field by field: what lies
// between fields stays what the guest had there.
#pragma once
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "runtime/memory.h"
#include "wasi/p1/types.h"

namespace heddle::wasi::p1 {

// Numbers are little-endian in both worlds.
template <class T>
void put_number(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
}
template <class T>
T get_number(const uint8_t* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return value;
}

// Where a type's fields lie. Numbers and enumerations stand for themselves.
template <class T>
struct Layout {
  static_assert(std::is_integral_v<T> || std::is_enum_v<T>);
  static constexpr uint32_t kSize = sizeof(T);
  static void put(uint8_t* at, T value) { put_number(at, value); }
  static T get(const uint8_t* at) { return get_number<T>(at); }
};

template <>
struct Layout<Iovec> {
  static constexpr uint32_t kSize = 8;
  static Iovec get(const uint8_t* at) { return {get_number<uint32_t>(at), get_number<Size>(at + 4)}; }
};

template <>
struct Layout<FdStat> {
  static constexpr uint32_t kSize = 24;
  static void put(uint8_t* at, const FdStat& from) {
    put_number(at, from.type);
    put_number(at + 2, from.flags.bits);
    put_number(at + 8, from.base);
    put_number(at + 16, from.inheriting);
  }
};

template <>
struct Layout<FileStat> {
  static constexpr uint32_t kSize = 64;
  static void put(uint8_t* at, const FileStat& from) {
    put_number(at, from.device);
    put_number(at + 8, from.inode);
    put_number(at + 16, from.type);
    put_number(at + 24, from.links);
    put_number(at + 32, from.size_bytes);
    put_number(at + 40, from.accessed_ns);
    put_number(at + 48, from.modified_ns);
    put_number(at + 56, from.changed_ns);
  }
};

template <>
struct Layout<Prestat> {
  static constexpr uint32_t kSize = 8;
  static void put(uint8_t* at, const Prestat& from) {
    put_number(at, from.type);
    put_number(at + 4, from.name_size);
  }
};

template <>
struct Layout<Dirent> {
  static constexpr uint32_t kSize = 24;
  static void put(uint8_t* at, const Dirent& from) {
    put_number(at, from.next);
    put_number(at + 8, from.inode);
    put_number(at + 16, from.name_size);
    put_number(at + 20, from.type);
  }
};

template <>
struct Layout<Subscription> {
  static constexpr uint32_t kSize = 48;
  static Subscription get(const uint8_t* at) {
    Subscription to;
    to.userdata = get_number<uint64_t>(at);
    to.type = get_number<uint8_t>(at + 8);
    to.clock = get_number<uint32_t>(at + 16);
    to.fd = to.clock;  // they share their place
    to.timeout = get_number<Timestamp>(at + 24);
    to.clock_flags = get_number<uint16_t>(at + 40);
    return to;
  }
};

template <>
struct Layout<Event> {
  static constexpr uint32_t kSize = 32;
  static void put(uint8_t* at, const Event& from) {
    put_number(at, from.userdata);
    put_number(at + 8, from.error);
    put_number(at + 10, from.type);
    put_number(at + 16, from.bytes);
    put_number(at + 24, from.flags);
  }
};

// One T that the guest has room for.
template <class T>
class GuestPtr {
 public:
  GuestPtr() = default;
  explicit GuestPtr(uint8_t* at) : at_(at) {}
  void set(const T& value) const { Layout<T>::put(at_, value); }
  T get() const { return Layout<T>::get(at_); }

 private:
  uint8_t* at_ = nullptr;
};

// `count` of them, one behind the other.
template <class T>
class GuestSpan {
 public:
  GuestSpan() = default;
  GuestSpan(uint8_t* at, uint32_t count) : at_(at), count_(count) {}
  uint32_t count() const { return count_; }
  T get(uint32_t i) const { return Layout<T>::get(at_ + static_cast<size_t>(i) * Layout<T>::kSize); }
  void set(uint32_t i, const T& value) const {
    Layout<T>::put(at_ + static_cast<size_t>(i) * Layout<T>::kSize, value);
  }
  std::span<uint8_t> bytes() const { return {at_, count_ * static_cast<size_t>(Layout<T>::kSize)}; }

 private:
  uint8_t* at_ = nullptr;
  uint32_t count_ = 0;
};

// A text: other threads of the guest may write to it at any moment, so it is copied before it is looked at.
class GuestText {
 public:
  GuestText() = default;
  explicit GuestText(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  std::string_view view() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const uint8_t> bytes_;
};

// An address where an array begins whose length another argument or the host knows.
template <class T>
class GuestArray {
 public:
  GuestArray() = default;
  explicit GuestArray(uint32_t address) : address_(address) {}
  uint32_t address() const { return address_; }
  bool in(rt::Memory& memory, uint64_t count, GuestSpan<T>& out) const {
    if (count > UINT32_MAX) return false;
    auto bytes = memory.slice(address_, count * Layout<T>::kSize);
    if (!bytes.ok()) return false;
    out = GuestSpan<T>(bytes.value().data(), static_cast<uint32_t>(count));
    return true;
  }

 private:
  uint32_t address_ = 0;
};

}  // namespace heddle::wasi::p1
