// A growing array of plain values behind a single pointer, for structures that there are millions of and in which
// most arrays are empty or short. Where that does not matter, std::vector.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <new>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace heddle {

template <class T>
class List {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  using value_type = T;

  List() = default;
  List(std::initializer_list<T> items) : List(std::span<const T>(items.begin(), items.size())) {}
  List(const std::vector<T>& items) : List(std::span<const T>(items)) {}
  explicit List(std::span<const T> items) {
    reserve(items.size());
    for (const T& item : items) push_back(item);
  }
  List(const List& other) : List(std::span<const T>(other)) {}
  List(List&& other) noexcept : head_(std::exchange(other.head_, nullptr)) {}
  List& operator=(List other) noexcept {
    std::swap(head_, other.head_);
    return *this;
  }
  ~List() { ::operator delete(head_); }

  size_t size() const { return head_ ? head_->size : 0; }
  bool empty() const { return size() == 0; }
  T* data() { return items(head_); }
  const T* data() const { return items(head_); }
  T* begin() { return data(); }
  T* end() { return data() + size(); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  T& operator[](size_t i) { return data()[i]; }
  const T& operator[](size_t i) const { return data()[i]; }
  const T& front() const { return data()[0]; }
  const T& back() const { return data()[size() - 1]; }

  void reserve(size_t capacity) {
    if (capacity > this->capacity()) move_to(capacity);
  }
  void push_back(T item) {
    if (size() == capacity()) move_to(std::max<size_t>(2, 2 * size()));
    new (data() + head_->size++) T(item);
  }

  friend bool operator==(const List& a, const List& b) { return std::equal(a.begin(), a.end(), b.begin(), b.end()); }

 private:
  struct alignas(8) Head {
    uint32_t size, capacity;
  };
  static_assert(alignof(T) <= alignof(Head));

  // SAFETY: a block begins with its head; the values follow.
  static T* items(Head* head) { return head ? reinterpret_cast<T*>(head + 1) : nullptr; }

  size_t capacity() const { return head_ ? head_->capacity : 0; }
  void move_to(size_t capacity) {
    void* block = ::operator new(sizeof(Head) + capacity * sizeof(T));
    auto* head = new (block) Head{static_cast<uint32_t>(size()), static_cast<uint32_t>(capacity)};
    if (!empty()) std::memcpy(static_cast<void*>(items(head)), data(), size() * sizeof(T));
    ::operator delete(head_);
    head_ = head;
  }

  Head* head_ = nullptr;
};

}  // namespace heddle
