#include "runtime/fiber.h"

#include <new>

#include "os/pages.h"

namespace heddle::rt {
namespace {

constexpr uint64_t kGuardBytes = uint64_t{64} << 10;
constexpr uint64_t kMaxValueBytes = uint64_t{1} << 40;

}  // namespace

Result<std::unique_ptr<Fiber>> Fiber::create(uint64_t value_bytes, Budget* budget) {
  if (value_bytes > kMaxValueBytes) return ErrorCode::out_of_memory;
  std::unique_ptr<Fiber> fiber(new (std::nothrow) Fiber());
  if (!fiber) return ErrorCode::out_of_memory;
  uint64_t stack_bytes = os::to_pages(value_bytes), guard_bytes = os::to_pages(kGuardBytes);
  fiber->mapping_size = stack_bytes + 2 * guard_bytes;
  fiber->mapping = os::reserve(fiber->mapping_size);
  if (!fiber->mapping) return ErrorCode::out_of_memory;
  uint8_t* stack = static_cast<uint8_t*>(fiber->mapping) + guard_bytes;
  if (!os::commit(stack, stack_bytes)) return ErrorCode::out_of_memory;
  if (budget && !budget->charge(Resource::stack_bytes, stack_bytes)) return ErrorCode::budget_exceeded;
  fiber->budget = budget;
  fiber->value_base = fiber->value_sp = reinterpret_cast<Slot*>(stack);
  fiber->value_end = fiber->value_limit = reinterpret_cast<Slot*>(stack + stack_bytes);
  return fiber;
}

Fiber::~Fiber() {
  os::release(mapping, mapping_size);
  if (budget) budget->release(Resource::stack_bytes, value_bytes());
}

}  // namespace heddle::rt
