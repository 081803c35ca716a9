// "### Table State" (CanonicalABI.md): what the indices mean that a guest has instead of things.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "component/canon/trap.h"
#include "runtime/budget.h"

namespace heddle::component::canon {

// Indices are handed out from 1 up; those given back are handed out again first, the latest first. What lies in a
// table costs the store's budget E::cost() bytes, and a place there, which stays when it is empty again, some more.
template <class E>
class Table {
 public:
  static constexpr uint32_t kMaxLength = (1u << 28) - 1;

  explicit Table(rt::Budget& budget) : budget_(budget) {}
  ~Table() { clear(); }
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  Result<std::shared_ptr<E>> get(uint32_t i) const {
    TRY(check(i));
    return array_[i];
  }
  Result<uint32_t> add(std::shared_ptr<E> e) {
    const bool needs_place = free_.empty();
    if (!budget_.charge(rt::Resource::component_bytes, e->cost() + (needs_place ? kPlaceCost : 0))) {
      return ErrorCode::budget_exceeded;
    }
    if (!needs_place) {
      const uint32_t i = free_.back();
      free_.pop_back();
      HEDDLE_ASSERT(!array_[i]);
      array_[i] = std::move(e);
      return i;
    }
    if (array_.empty()) array_.push_back(nullptr);
    const auto i = static_cast<uint32_t>(array_.size());
    TRAP_IF(i > kMaxLength, too_many_handles);
    array_.push_back(std::move(e));
    return i;
  }
  Result<std::shared_ptr<E>> remove(uint32_t i) {
    TRY(check(i));
    std::shared_ptr<E> e = std::move(array_[i]);
    release(*e);
    free_.push_back(i);
    return e;
  }

  // What there is, in the order of the indices; null where nothing is.
  const std::vector<std::shared_ptr<E>>& all() const { return array_; }
  void clear() {
    for (const auto& e : array_) {
      if (e) release(*e);
    }
    if (!array_.empty()) budget_.release(rt::Resource::component_bytes, kPlaceCost * (array_.size() - 1));
    array_.clear();
    free_.clear();
  }

 private:
  Result<void> check(uint32_t i) const {
    TRAP_IF_AT(i >= array_.size(), unknown_handle, i);
    TRAP_IF_AT(!array_[i], unknown_handle, i);
    return {};
  }
  void release(const E& e) { budget_.release(rt::Resource::component_bytes, e.cost()); }

  // With the room that vectors take to grow into, and for the index when it has been given back.
  static constexpr uint64_t kPlaceCost = 48;
  rt::Budget& budget_;
  std::vector<std::shared_ptr<E>> array_;  // from 0 on, once there is anything
  std::vector<uint32_t> free_;
};

}  // namespace heddle::component::canon
