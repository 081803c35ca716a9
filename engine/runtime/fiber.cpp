#include "runtime/fiber.h"

#include <new>
#include <utility>

#include "os/pages.h"

namespace heddle::rt {
namespace {

constexpr uint64_t kGuardBytes = uint64_t{64} << 10;
constexpr uint64_t kMaxValueBytes = uint64_t{1} << 40;
constexpr uint64_t kKeptBytes = uint64_t{16} << 10;  // of an idle stack stays resident

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
  fiber->value_limit = reinterpret_cast<Slot*>(stack + stack_bytes);
  return fiber;
}

Fiber::~Fiber() {
  os::release(mapping, mapping_size);
  if (budget) budget->release(Resource::stack_bytes, value_bytes());
}

FiberPool::~FiberPool() {
  for (size_t i = 0; i < idle_count_; i++) os::release(idle_[i].mapping, idle_[i].mapping_size);
}

Result<std::unique_ptr<Fiber>> FiberPool::take(uint64_t value_bytes, Budget* budget) {
  uint64_t wanted = os::to_pages(value_bytes);
  const Stack* idle = idle_count_ > 0 ? &idle_[idle_count_ - 1] : nullptr;
  if (!idle || static_cast<uint64_t>(idle->value_limit - idle->value_base) * sizeof(Slot) != wanted) {
    auto fiber = TRY(Fiber::create(value_bytes, budget));
    fiber->state = FiberState::fresh;
    return fiber;
  }
  std::unique_ptr<Fiber> fiber(new (std::nothrow) Fiber());
  if (!fiber) return ErrorCode::out_of_memory;
  if (budget && !budget->charge(Resource::stack_bytes, wanted)) return ErrorCode::budget_exceeded;
  fiber->budget = budget;
  fiber->mapping = idle->mapping;
  fiber->mapping_size = idle->mapping_size;
  fiber->value_base = fiber->value_sp = idle->value_base;
  fiber->value_limit = idle->value_limit;
  fiber->state = FiberState::fresh;
  idle_count_--;
  return fiber;
}

void FiberPool::give(std::unique_ptr<Fiber> fiber) {
  if (idle_count_ == idle_.size()) return;
  uint64_t kept = os::to_pages(kKeptBytes);
  if (fiber->value_bytes() > kept) {
    os::discard(reinterpret_cast<uint8_t*>(fiber->value_base) + kept, fiber->value_bytes() - kept);
  }
  idle_[idle_count_++] = {.mapping = std::exchange(fiber->mapping, nullptr),
                          .mapping_size = std::exchange(fiber->mapping_size, 0),
                          .value_base = fiber->value_base,
                          .value_limit = fiber->value_limit};
}

}  // namespace heddle::rt
