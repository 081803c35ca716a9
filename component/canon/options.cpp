#include <algorithm>
#include <array>

#include "component/canon/embedding.h"
#include "component/canon/lift.h"
#include "component/canon/nested.h"
#include "runtime/bulk.h"

namespace heddle::component::canon {

namespace {

struct Allocation final : Caller {
  explicit Allocation(std::array<uint64_t, 4> args) : args(args) {}
  Result<std::vector<Val>> on_start() override {
    std::vector<Val> values;
    values.reserve(args.size());
    for (const uint64_t arg : args) values.push_back(Val::integer(arg));
    return values;
  }
  Result<void> on_resolve(std::optional<std::vector<Val>> result) override {
    ptr = result->at(0).bits;
    return {};
  }
  const std::array<uint64_t, 4> args;
  std::optional<uint64_t> ptr;
};

const CanonicalOptions& core_options() {
  static const CanonicalOptions options;
  return options;
}

const FuncType& realloc_type(uint32_t ptr_size) {
  static const auto type_of = [](Primitive p) {
    const T t(nullptr, p);
    return FuncType{{t, t, t, t}, t};
  };
  static const FuncType ft32 = type_of(Primitive::u32), ft64 = type_of(Primitive::u64);
  return ptr_size == 8 ? ft64 : ft32;
}

// What canon_lift does, without a strand for it: nothing else of the instance can run before it has returned.
Result<uint64_t> call_alone(const LiftLowerContext& cx, const std::array<uint64_t, 4>& values) {
  const MemInst& memory = *cx.opts.memory;
  std::shared_ptr<NestedTasks>& tasks = cx.inst.allocations;
  if (!tasks) tasks = std::make_shared<NestedTasks>(realloc_type(memory.ptr_size), core_options(), cx.inst);
  NestedTasks::Running running(*tasks);
  const CoreVal::Type type = memory.ptr_type();
  const CoreVal args[] = {{type, values[0]}, {type, values[1]}, {type, values[2]}, {type, values[3]}};
  const CoreVals results = TRY(call_and_trap_on_throw(cx.opts.realloc, args));
  running.task().state = Task::State::resolved;
  running.end();
  return results[0].bits;
}

Result<uint64_t> call_allocator(const LiftLowerContext& cx, const std::array<uint64_t, 4>& args) {
  if (!cx.inst.has_threads) return call_alone(cx, args);
  const auto call = std::make_shared<Allocation>(args);
  TRY(canon_lift(cx.opts.realloc, realloc_type(cx.opts.memory->ptr_size), core_options(), cx.inst, call));
  HEDDLE_ASSERT(call->ptr);
  return *call->ptr;
}

}  // namespace

// The allocator is called as if it were lifted: a task of its own, which may not leave its instance. It may run where
// nobody has entered the instance, for a result that comes late: if it traps, the instance has.
Result<uint64_t> LiftLowerContext::reallocate(uint64_t old, uint64_t old_byte_length, uint64_t alignment,
                                              uint64_t new_byte_length) {
  HEDDLE_ASSERT(opts.realloc);
  if (!inst.may_leave) return ErrorCode::cannot_leave;
  inst.may_leave = false;
  auto ptr = call_allocator(*this, {old, old_byte_length, alignment, new_byte_length});
  if (ptr.ok()) {
    inst.may_leave = true;
  } else {
    inst.poison();
  }
  return ptr;
}

Result<void> LiftLowerContext::take(uint64_t bytes, uint64_t work_bytes) {
  const uint64_t all = bytes > UINT64_MAX - lifted ? UINT64_MAX : lifted + bytes;
  if (!inst.store->core.budget.allows(rt::Resource::component_bytes, all)) return ErrorCode::budget_exceeded;
  lifted = all;
  return work(std::max(bytes, work_bytes));
}

Result<void> LiftLowerContext::work(uint64_t bytes) const {
  rt::Store& core = inst.store->core;
  if (!core.consume_fuel(bytes / rt::kBulkBytesPerFuel)) return ErrorCode::out_of_fuel;
  return core.stop_if_asked();
}

}  // namespace heddle::component::canon
