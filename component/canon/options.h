// "## Canonical ABI Options" and "## Lifting and Lowering Context" (CanonicalABI.md).
#pragma once
#include <span>

#include "component/canon/instance.h"
#include "component/canon/types.h"
#include "component/canon/value.h"

namespace heddle::component::canon {

// A linear memory. Its bytes may move and grow whenever a guest runs.
struct MemInst {
  virtual ~MemInst() = default;
  virtual std::span<uint8_t> bytes() = 0;
  uint32_t ptr_size = 4;  // of i32 or i64
  CoreVal::Type ptr_type() const { return ptr_size == 8 ? CoreVal::Type::i64 : CoreVal::Type::i32; }
};

struct LiftOptions {
  StringEncoding string_encoding = StringEncoding::utf8;
  MemInst* memory = nullptr;
  // The specification compares memories as they are; its suite lets `task.return` do without one where its type needs
  // none, though the task has one.
  static bool equal(const LiftOptions& lhs, const LiftOptions& rhs) {
    return lhs.string_encoding == rhs.string_encoding && (!lhs.memory || lhs.memory == rhs.memory);
  }
};

struct LiftLowerOptions : LiftOptions {
  CoreFuncInst realloc;
};

struct CanonicalOptions : LiftLowerOptions {
  CoreFuncInst post_return;
  bool async = false;
  CoreFuncInst callback;
};

struct LiftLowerContext {
  LiftLowerContext(const LiftLowerOptions& opts, ComponentInstance& inst, BorrowScope* borrow_scope = nullptr)
      : opts(opts), inst(inst), borrow_scope(borrow_scope) {}

  Result<uint64_t> reallocate(uint64_t old, uint64_t old_byte_length, uint64_t alignment, uint64_t new_byte_length);
  Result<uint64_t> allocate(uint64_t alignment, uint64_t byte_length) {
    return reallocate(0, 0, alignment, byte_length);
  }

  // What is lifted takes memory of the host's and time, and a guest may have it lift the same bytes many times over:
  // all of it together must fit into what the store may use, and costs fuel: by its bytes, or as much work as so many
  // are. Where nothing is kept it is only work.
  Result<void> take(uint64_t bytes, uint64_t work = 0);
  Result<void> work(uint64_t bytes) const;

  const LiftLowerOptions& opts;
  ComponentInstance& inst;
  BorrowScope* borrow_scope;
  uint64_t lifted = 0;  // bytes
};

}  // namespace heddle::component::canon
