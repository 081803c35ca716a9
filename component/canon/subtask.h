// "### Subtask State" (CanonicalABI.md): a call as its caller sees it.
#pragma once
#include <vector>

#include "component/canon/task.h"
#include "component/canon/waitable.h"

namespace heddle::component::canon {

class Subtask : public Waitable, public BorrowScope {
 public:
  enum class State : uint8_t {
    starting = 0,
    started = 1,
    returned = 2,
    cancelled_before_started = 3,
    cancelled_before_returned = 4,
  };

  explicit Subtask(rt::Budget& budget) : Waitable(Kind::subtask), budget_(budget) {}
  ~Subtask() override { release_lenders(); }

  uint64_t cost() const override { return 1024; }  // with the call

  bool resolved() const { return state >= State::returned; }
  Result<void> add_lender(const std::shared_ptr<ResourceHandle>& lending_handle) override;
  void resolve(State with, CoreVals results);
  void deliver_resolve();
  bool resolve_delivered() const;
  Result<void> drop() override;

  State state = State::starting;
  OnCancel on_cancel;
  bool lenders_released = false;  // `lenders` is None
  bool cancellation_requested = false;
  CoreVals flat_results;

 private:
  void release_lenders();
  rt::Budget& budget_;
};

}  // namespace heddle::component::canon
