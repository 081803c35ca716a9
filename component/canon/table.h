// "### Table State", "### Resource State", and of "### Waitable State" and "### Stream State" what the ends of
// streams and futures are (CanonicalABI.md): the things a component instance has handles of.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "component/canon/trap.h"
#include "component/canon/types.h"
#include "component/canon/value.h"

namespace heddle::component::canon {

// Indices are handed out from 1 up; those given back are handed out again first, the latest first.
template <class E>
class Table {
 public:
  static constexpr uint32_t kMaxLength = (1u << 28) - 1;

  Result<std::shared_ptr<E>> get(uint32_t i) const {
    TRAP_IF(i >= array_.size(), unknown_handle);
    TRAP_IF(!array_[i], unknown_handle);
    return array_[i];
  }
  Result<uint32_t> add(std::shared_ptr<E> e) {
    if (!free_.empty()) {
      const uint32_t i = free_.back();
      free_.pop_back();
      HEDDLE_ASSERT(!array_[i]);
      array_[i] = std::move(e);
      return i;
    }
    const auto i = static_cast<uint32_t>(array_.size());
    TRAP_IF(i > kMaxLength, too_many_handles);
    array_.push_back(std::move(e));
    return i;
  }
  Result<std::shared_ptr<E>> remove(uint32_t i) {
    auto e = TRY(get(i));
    array_[i] = nullptr;
    free_.push_back(i);
    return e;
  }

 private:
  std::vector<std::shared_ptr<E>> array_ = {nullptr};
  std::vector<uint32_t> free_;
};

struct ResourceType : std::enable_shared_from_this<ResourceType> {
  ComponentInstance* impl = nullptr;  // null: the host
};

// What an index of `handles` means.
struct Handle {
  enum class Kind : uint8_t {
    resource,
    readable_stream_end,
    writable_stream_end,
    readable_future_end,
    writable_future_end,
    error_context,
  };
  explicit Handle(Kind kind) : kind(kind) {}
  virtual ~Handle() = default;
  const Kind kind;
};

struct ResourceHandle;

// Who answers for borrowed handles that are passed: a subtask for those it lends, a task for those it was lent.
struct BorrowScope {
  std::vector<std::shared_ptr<ResourceHandle>> lenders;  // of a subtask
  uint32_t num_borrows = 0;                              // of a task
  void add_lender(const std::shared_ptr<ResourceHandle>& lending_handle);
};

struct ResourceHandle : Handle {
  ResourceHandle(std::shared_ptr<ResourceType> rt, uint64_t rep, bool own, BorrowScope* borrow_scope = nullptr)
      : Handle(Kind::resource), rt(std::move(rt)), rep(rep), own(own), borrow_scope(borrow_scope) {}
  std::shared_ptr<ResourceType> rt;
  uint64_t rep;
  bool own;
  BorrowScope* borrow_scope;
  uint32_t num_lends = 0;
};

inline void BorrowScope::add_lender(const std::shared_ptr<ResourceHandle>& lending_handle) {
  ++lending_handle->num_lends;
  lenders.push_back(lending_handle);
}

// What the two ends of a stream or a future share.
struct SharedBase {
  T t;  // of the elements; may be absent
};

enum class CopyState : uint8_t { idle, copying, cancelling_copy, done };

struct CopyEnd : Handle {
  CopyEnd(Kind kind, std::shared_ptr<SharedBase> shared) : Handle(kind), shared(std::move(shared)) {}
  std::shared_ptr<SharedBase> shared;
  CopyState state = CopyState::idle;
  bool in_waitable_set = false;
};

struct ErrorContext : Handle {
  explicit ErrorContext(String debug_message)
      : Handle(Kind::error_context), debug_message(std::move(debug_message)) {}
  String debug_message;
};

struct ComponentInstance {
  Table<Handle> handles;
  bool may_leave = true;
};

}  // namespace heddle::component::canon
