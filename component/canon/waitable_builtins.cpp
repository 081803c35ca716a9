// "### `canon waitable-set.new`" to "`waitable.join`" (CanonicalABI.md).
#include "base/checked.h"
#include "component/canon/builtins.h"
#include "component/canon/embedding.h"
#include "component/canon/waitable.h"

namespace heddle::component::canon {
namespace {

// The event's parts go to memory, its code is returned. The specification leaves it open what happens where the
// pointer is no good: it is one as all others are.
Result<uint32_t> unpack_event(MemInst& mem, ComponentInstance& inst, uint64_t ptr, const EventTuple& e) {
  constexpr uint64_t kSize = 8, kAlignment = 4;
  TRAP_IF(ptr % kAlignment != 0, unaligned_pointer);
  TRAP_IF(!in_bounds(ptr, kSize, mem.bytes().size()), pointer_out_of_bounds);
  LiftLowerOptions opts;
  opts.memory = &mem;
  LiftLowerContext cx(opts, inst);
  store_int(cx, e.p1, ptr, 4);
  store_int(cx, e.p2, ptr + 4, 4);
  return static_cast<uint32_t>(e.code);
}

}  // namespace

Result<uint32_t> canon_waitable_set_new() {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  return inst.handles.add(std::make_shared<WaitableSet>());
}

Result<uint32_t> canon_waitable_set_wait(bool cancellable, MemInst& mem, uint32_t si, uint64_t ptr) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> wset = TRY(inst.handles.get(si));
  TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, si);
  const EventTuple event = TRY(static_cast<WaitableSet&>(*wset).wait_for_event(cancellable));
  return unpack_event(mem, inst, ptr, event);
}

Result<uint32_t> canon_waitable_set_poll(bool cancellable, MemInst& mem, uint32_t si, uint64_t ptr) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> wset = TRY(inst.handles.get(si));
  TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, si);
  return unpack_event(mem, inst, ptr, static_cast<WaitableSet&>(*wset).poll(cancellable));
}

Result<void> canon_waitable_set_drop(uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> wset = TRY(inst.handles.get(i));
  TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, i);
  TRY(static_cast<WaitableSet&>(*wset).drop());
  TRY(inst.handles.remove(i));  // not before: what a trap leaves behind is where it was
  return {};
}

Result<void> canon_waitable_join(uint32_t wi, uint32_t si) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> handle = TRY(inst.handles.get(wi));
  TRAP_IF_AT(!handle->is_waitable(), wrong_handle, wi);
  auto& w = static_cast<Waitable&>(*handle);
  TRAP_IF(w.has_sync_waiter, sync_in_waitable_set);
  if (si == 0) {
    w.join(nullptr);
    return {};
  }
  const std::shared_ptr<Handle> wset = TRY(inst.handles.get(si));
  TRAP_IF_AT(wset->kind != Handle::Kind::waitable_set, wrong_handle, si);
  w.join(&static_cast<WaitableSet&>(*wset));
  return {};
}

}  // namespace heddle::component::canon
