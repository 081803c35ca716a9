#include "component/canon/subtask.h"

namespace heddle::component::canon {

namespace {
constexpr uint64_t kLenderCost = 32;
}

Result<void> Subtask::add_lender(const std::shared_ptr<ResourceHandle>& lending_handle) {
  HEDDLE_ASSERT(!resolve_delivered() && !resolved());
  if (!budget_.charge(rt::Resource::component_bytes, kLenderCost)) return ErrorCode::budget_exceeded;
  return BorrowScope::add_lender(lending_handle);
}

void Subtask::release_lenders() {
  budget_.release(rt::Resource::component_bytes, kLenderCost * lenders.size());
  lenders.clear();
}

void Subtask::resolve(State with, CoreVals results) {
  HEDDLE_ASSERT(with == State::returned || results.empty());
  HEDDLE_ASSERT(!resolved());
  state = with;
  flat_results = std::move(results);
  HEDDLE_ASSERT(resolved());
  wake();
}

void Subtask::deliver_resolve() {
  HEDDLE_ASSERT(!resolve_delivered() && resolved());
  for (const auto& h : lenders) --h->num_lends;
  release_lenders();
  lenders_released = true;
}

bool Subtask::resolve_delivered() const {
  HEDDLE_ASSERT(!lenders_released || resolved());
  return lenders_released;
}

Result<void> Subtask::drop() {
  TRAP_IF(!resolve_delivered(), unresolved_subtask);
  return Waitable::drop();
}

}  // namespace heddle::component::canon
