// "### `canon thread.index`" to "`thread.yield-then-promote`" (CanonicalABI.md).
#include "component/canon/builtins.h"
#include "component/canon/embedding.h"
#include "component/canon/lift.h"

namespace heddle::component::canon {

Result<uint32_t> canon_thread_index() {
  const Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  HEDDLE_ASSERT(thread.index);
  return *thread.index;
}

namespace {

Result<uint32_t> new_thread(CoreFuncInst callee, CoreVal c) {
  Task& task = current_task();
  auto thread_func = [&task, callee = std::move(callee), c](Cancelled) -> Result<void> {
    TRY(call_and_trap_on_throw(callee, std::span(&c, 1)));
    return task.unregister_thread(current_thread());
  };
  const auto made = std::make_shared<Thread>(current_thread().task, std::move(thread_func));
  HEDDLE_ASSERT(made->suspended());
  TRY(task.register_thread(made));
  return *made->index;
}

}  // namespace

Result<uint32_t> canon_thread_new_ref(const CoreFuncInst& f, CoreVal c) {
  TRAP_IF(!current_instance().may_leave, cannot_leave);
  TRAP_IF(!f, null_function);
  return new_thread(f, c);
}

Result<uint32_t> canon_thread_new_indirect(const CoreFuncType& ft, const FuncTable& ftbl, uint64_t fi, CoreVal c) {
  TRAP_IF(!current_instance().may_leave, cannot_leave);
  CoreFuncRef f = TRY(ftbl(fi));
  HEDDLE_ASSERT(ft.params.size() == 1 && ft.results.empty());
  TRAP_IF(f.t.params != ft.params || f.t.results != ft.results, thread_wrong_type);
  return new_thread(std::move(f.callee), c);
}

Result<uint32_t> canon_thread_spawn_ref(const CoreFuncInst& f, CoreVal c) {
  const uint32_t new_thread_index = TRY(canon_thread_new_ref(f, c));
  TRY(canon_thread_resume_later(new_thread_index));
  return new_thread_index;
}

Result<uint32_t> canon_thread_spawn_indirect(const CoreFuncType& ft, const FuncTable& ftbl, uint64_t fi, CoreVal c) {
  const uint32_t new_thread_index = TRY(canon_thread_new_indirect(ft, ftbl, fi, c));
  TRY(canon_thread_resume_later(new_thread_index));
  return new_thread_index;
}

Result<void> canon_thread_resume_later(uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Thread> other_thread = TRY(inst.threads.get(i));
  TRAP_IF(!other_thread->suspended(), thread_not_suspended);
  other_thread->resume_later();
  return {};
}

namespace {

uint32_t as_bits(Cancelled cancelled) { return static_cast<uint32_t>(cancelled); }

}  // namespace

Result<uint32_t> canon_thread_suspend(bool cancellable) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  return as_bits(TRY(thread.suspend(cancellable)));
}

Result<uint32_t> canon_thread_yield(bool cancellable) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  return as_bits(TRY(thread.yield(cancellable)));
}

Result<uint32_t> canon_thread_suspend_then_resume(bool cancellable, uint32_t i) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  std::shared_ptr<Thread> other_thread = TRY(thread.task->inst.threads.get(i));
  TRAP_IF(!other_thread->suspended(), thread_not_suspended);
  return as_bits(TRY(thread.suspend_then_resume(cancellable, std::move(other_thread))));
}

Result<uint32_t> canon_thread_yield_then_resume(bool cancellable, uint32_t i) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  std::shared_ptr<Thread> other_thread = TRY(thread.task->inst.threads.get(i));
  TRAP_IF(!other_thread->suspended(), thread_not_suspended);
  return as_bits(TRY(thread.yield_then_resume(cancellable, std::move(other_thread))));
}

Result<uint32_t> canon_thread_suspend_then_promote(bool cancellable, uint32_t i) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  std::shared_ptr<Thread> other_thread = TRY(thread.task->inst.threads.get(i));
  return as_bits(TRY(thread.suspend_then_promote(cancellable, std::move(other_thread))));
}

Result<uint32_t> canon_thread_yield_then_promote(bool cancellable, uint32_t i) {
  Thread& thread = current_thread();
  TRAP_IF(!thread.task->inst.may_leave, cannot_leave);
  std::shared_ptr<Thread> other_thread = TRY(thread.task->inst.threads.get(i));
  return as_bits(TRY(thread.yield_then_promote(cancellable, std::move(other_thread))));
}

}  // namespace heddle::component::canon
