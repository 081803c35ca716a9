// A strand of a store: C++ and guest code that can stop in the middle of one another and be gone on with, on a native
// stack and a value stack of its own. The tier above runs on strands what may have to wait; where nothing waits, it
// costs two switches.
//
// What the store knows of the code that runs (the current fiber, the innermost activation, the limits of the stacks,
// how deep C++ and the guest are in each other, the references that C++ holds) belongs to the strand: resume() and
// park() put it aside and bring it back. Strands nest, and the collector sees all of them.
#pragma once
#include <memory>
#include <vector>

#include "base/result.h"
#include "os/native_fiber.h"
#include "os/signals.h"
#include "runtime/store.h"

namespace heddle::rt {

class Strand {
 public:
  using Body = os::NativeFiber::Body;

  // Charges the store's budget for its stacks. budget_exceeded, out_of_memory.
  static Result<std::unique_ptr<Strand>> create(Store& store);
  ~Strand();
  Strand(const Strand&) = delete;
  Strand& operator=(const Strand&) = delete;

  void start(Body body, void* argument);  // what the next resume() begins with
  // Runs it until it parks or its body returns: then it can be started again.
  Result<void> resume();
  void park();  // called on it
  bool in_the_middle() const { return native_->in_the_middle(); }

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

  Strand(Store& store, std::unique_ptr<Fiber> value, std::unique_ptr<os::NativeFiber> native);
  void put_aside(Side& side);
  void bring_back(Side& side);

  Store& store_;
  std::unique_ptr<Fiber> value_;
  std::unique_ptr<os::NativeFiber> native_;
  Side own_, outer_;
  bool running_ = false;
  uint32_t store_index_ = 0;  // its place in Store::strands
};

}  // namespace heddle::rt
