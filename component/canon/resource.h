// "### Resource State" (CanonicalABI.md), and what the things have in common that an instance has handles of.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "component/canon/trap.h"
#include "component/canon/value.h"

namespace heddle::component::canon {

struct ComponentInstance;

// A function of core Wasm. It has trapped where it returns an error; an exception that it does not catch is a trap.
using CoreFuncInst = std::function<Result<CoreVals>(std::span<const CoreVal>)>;

// What an index of `handles` means.
struct Handle {
  enum class Kind : uint8_t {
    resource,
    readable_stream_end,
    writable_stream_end,
    readable_future_end,
    writable_future_end,
    subtask,
    waitable_set,
    error_context,
  };
  explicit Handle(Kind kind) : kind(kind) {}
  virtual ~Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  virtual uint64_t cost() const { return 256; }  // bytes that one takes, about
  bool is_waitable() const { return kind >= Kind::readable_stream_end && kind <= Kind::subtask; }
  const Kind kind;
};

struct ResourceHandle;

// Who answers for borrowed handles that are passed: a subtask for those it lends, a task for those it was lent.
struct BorrowScope {
  BorrowScope() = default;
  virtual ~BorrowScope() = default;
  BorrowScope(const BorrowScope&) = delete;
  BorrowScope& operator=(const BorrowScope&) = delete;
  std::vector<std::shared_ptr<ResourceHandle>> lenders;  // of a subtask
  uint32_t num_borrows = 0;                              // of a task
  virtual Result<void> add_lender(const std::shared_ptr<ResourceHandle>& lending_handle);
};

struct ResourceType : std::enable_shared_from_this<ResourceType> {
  ComponentInstance* impl = nullptr;       // set by who makes it; the host has instances too
  CoreFuncInst dtor;                       // or nothing
  CoreVal::Type rep = CoreVal::Type::i32;  // or i64
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

inline Result<void> BorrowScope::add_lender(const std::shared_ptr<ResourceHandle>& lending_handle) {
  ++lending_handle->num_lends;
  lenders.push_back(lending_handle);
  return {};
}

}  // namespace heddle::component::canon
