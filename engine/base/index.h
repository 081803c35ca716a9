// Indices are types: a FuncIdx cannot index the tables. IndexVec is a vector that takes only its own kind of index.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/assert.h"

namespace heddle {

template <class Tag>
struct Index {
  uint32_t raw = 0;
  friend constexpr auto operator<=>(Index, Index) = default;
};

// An index or none, in the size of an index. The largest number there is stands for none: no space has as many.
template <class I>
class OptionalIndex {
 public:
  constexpr OptionalIndex() = default;
  constexpr OptionalIndex(I index) : index_(index) {}
  constexpr bool has_value() const { return index_.raw != kNone; }
  constexpr explicit operator bool() const { return has_value(); }
  constexpr const I& operator*() const { return index_; }
  constexpr const I* operator->() const { return &index_; }
  friend constexpr bool operator==(OptionalIndex, OptionalIndex) = default;

 private:
  static constexpr uint32_t kNone = UINT32_MAX;
  I index_{kNone};
};

using TypeIdx = Index<struct TypeTag>;
using FuncIdx = Index<struct FuncTag>;
using TableIdx = Index<struct TableTag>;
using MemIdx = Index<struct MemTag>;
using GlobalIdx = Index<struct GlobalTag>;
using TagIdx = Index<struct TagTag>;
using ElemIdx = Index<struct ElemTag>;
using DataIdx = Index<struct DataTag>;

template <class I, class T>
class IndexVec {
 public:
  T& operator[](I i) {
    HEDDLE_ASSERT(i.raw < items_.size());
    return items_[i.raw];
  }
  const T& operator[](I i) const {
    HEDDLE_ASSERT(i.raw < items_.size());
    return items_[i.raw];
  }
  I push(T item) {
    items_.push_back(std::move(item));
    return I{static_cast<uint32_t>(items_.size() - 1)};
  }
  uint32_t size() const { return static_cast<uint32_t>(items_.size()); }
  bool empty() const { return items_.empty(); }
  bool contains(I i) const { return i.raw < items_.size(); }
  I next() const { return I{size()}; }
  void reserve(size_t n) { items_.reserve(n); }
  void resize(size_t n) { items_.resize(n); }
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  T& back() { return items_.back(); }
  const std::vector<T>& items() const { return items_; }

 private:
  std::vector<T> items_;
};

}  // namespace heddle
