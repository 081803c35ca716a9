#include "runtime/fiber.h"

#include <new>

namespace heddle::rt {

Result<std::unique_ptr<Fiber>> Fiber::create(uint64_t value_bytes, Budget* budget) {
  os::StackSpace space = TRY(os::StackSpace::create(value_bytes));
  std::unique_ptr<Fiber> fiber = TRY(create_on(space.low(), space.bytes(), budget));
  fiber->space = std::move(space);
  return fiber;
}

Result<std::unique_ptr<Fiber>> Fiber::create_on(uint8_t* base, uint64_t value_bytes, Budget* budget) {
  std::unique_ptr<Fiber> fiber(new (std::nothrow) Fiber());
  if (!fiber) return ErrorCode::out_of_memory;
  if (budget && !budget->charge(Resource::stack_bytes, value_bytes)) return ErrorCode::budget_exceeded;
  fiber->budget = budget;
  fiber->value_base = fiber->value_sp = reinterpret_cast<Slot*>(base);
  fiber->value_end = fiber->value_limit = reinterpret_cast<Slot*>(base + value_bytes);
  return fiber;
}

Fiber::~Fiber() {
  if (budget) budget->release(Resource::stack_bytes, value_bytes());
}

}  // namespace heddle::rt
