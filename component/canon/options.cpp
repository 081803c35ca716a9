#include "component/canon/embedding.h"
#include "component/canon/lift.h"

namespace heddle::component::canon {

// The allocator is called as if it were lifted: a task of its own, which may not leave its instance.
Result<uint64_t> LiftLowerContext::reallocate(uint64_t old, uint64_t old_byte_length, uint64_t alignment,
                                              uint64_t new_byte_length) {
  HEDDLE_ASSERT(inst.may_leave && opts.realloc);
  inst.may_leave = false;
  static const auto type_of = [](Primitive p) {
    const T t(nullptr, p);
    return FuncType{{t, t, t, t}, t};
  };
  static const FuncType ft32 = type_of(Primitive::u32), ft64 = type_of(Primitive::u64);
  static const CanonicalOptions core_options;
  auto on_start = [=]() -> Result<std::vector<Val>> {
    return std::vector<Val>{Val::integer(old), Val::integer(old_byte_length), Val::integer(alignment),
                            Val::integer(new_byte_length)};
  };
  std::optional<uint64_t> ptr;
  auto on_resolve = [&ptr](std::optional<std::vector<Val>> result) -> Result<void> {
    ptr = result->at(0).bits;
    return {};
  };
  const FuncType& ft = opts.memory->ptr_size == 8 ? ft64 : ft32;
  TRY(canon_lift(opts.realloc, ft, core_options, inst, on_start, on_resolve));
  HEDDLE_ASSERT(ptr);
  inst.may_leave = true;
  return *ptr;
}

Result<void> LiftLowerContext::take(uint64_t bytes) {
  const rt::Budget& budget = inst.store->core.budget;
  const uint64_t used = budget.used(rt::Resource::component_bytes),
                 limit = budget.limit(rt::Resource::component_bytes);
  if (used > limit || bytes > limit - used || lifted > limit - used - bytes) return ErrorCode::budget_exceeded;
  lifted += bytes;
  return {};
}

}  // namespace heddle::component::canon
