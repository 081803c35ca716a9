// A strand of a store: C++ and guest code that can stop in the middle of one another and be gone on with, on a native
// stack and a value stack of its own. The tier above runs on strands what may have to wait; where nothing waits, it
// costs two switches.
//
// What the store knows of the code that runs (the current fiber, the innermost activation, the limits of the stacks,
// how deep C++ and the guest are in each other, the references that C++ holds) belongs to the strand: resume() and
// park() put it aside and bring it back. Strands nest, and the collector sees all of them.
//
// Both its stacks lie in one space:
//
//   [guard][native stack, grows down][value stack, grows up][guard]
//
// They have room for much, of which most code uses little; but what has been used once stays resident. So the
// limits of a strand's stacks stand at first behind a few pages, which the budget pays for as component_bytes, and
// move where code goes deeper and the budget has the means. They do not come back while somebody has the strand.
#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "os/native_fiber.h"
#include "os/signals.h"
#include "os/stack_space.h"
#include "runtime/store.h"

namespace heddle::rt {

class Strand {
 public:
  using Body = os::NativeFiber::Body;

  // Charges the store's budget for its stacks, and pays. budget_exceeded, out_of_memory.
  static Result<std::unique_ptr<Strand>> create(Store& store);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  void start(Body body, void* argument);  // what the next resume() begins with
  // Runs it until it parks or its body returns: then it can be started again.
  Result<void> resume();
  void park();  // called on it
  bool in_the_middle() const { return native_->in_the_middle(); }

  // One that waits in a pool until somebody needs it is not paid for.
  void pay_back();
  [[nodiscard]] bool pay();  // again, for what is resident
  // What the functions of the store do, where this strand runs.
  ErrorCode make_value_room(const Slot* top);
  ErrorCode make_native_room();

  void visit_roots(gc::RootVisitor& visitor) const;  // of the side that does not run

 private:
  // The state of the code on one side of a switch while the other runs.
  struct Side {
    Fiber* fiber = nullptr;
    Activation* activation = nullptr;
    uintptr_t native_limit = 0;
    const void* native_base = nullptr;
    uint32_t host_depth = 0;
    std::vector<Ref*> precise_roots;
    os::FaultScope* fault_scope = nullptr;
  };

  Strand(Store& store, os::StackSpace space, std::unique_ptr<Fiber> value, std::unique_ptr<os::NativeFiber> native);
  void put_aside(Side& side);
  void bring_back(Side& side);
  [[nodiscard]] bool charge(uint64_t bytes);
  void set_value_bytes(uint64_t bytes);
  uintptr_t native_limit() const;
  void shrink();

  Store& store_;
  os::StackSpace space_;
  std::unique_ptr<Fiber> value_;
  std::unique_ptr<os::NativeFiber> native_;
  uint64_t value_bytes_ = 0, native_bytes_ = 0;  // of its stacks, which may be resident
  uint64_t paid_ = 0;
  Side own_, outer_;
  bool running_ = false;
  uint32_t store_index_ = 0;  // its place in Store::strands
};

}  // namespace heddle::rt
