// "### `canon resource.new`", "`resource.drop`", "`resource.rep`" (CanonicalABI.md).
#include "component/canon/builtins.h"
#include "component/canon/embedding.h"
#include "component/canon/lower.h"

namespace heddle::component::canon {

const FuncType& dtor_type(const ResourceType& rt) {
  static const FuncType narrow{{T(nullptr, Primitive::u32)}, T()}, wide{{T(nullptr, Primitive::u64)}, T()};
  return rt.rep == CoreVal::Type::i64 ? wide : narrow;
}

namespace {

const CanonicalOptions& dtor_options() {
  static const CanonicalOptions options;
  return options;
}

}  // namespace

Result<uint32_t> canon_resource_new(const std::shared_ptr<ResourceType>& rt, uint64_t rep) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  return inst.handles.add(std::make_shared<ResourceHandle>(rt, rep, true));
}

Result<void> canon_resource_drop(const std::shared_ptr<ResourceType>& rt, uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> handle = TRY(inst.handles.get(i));
  TRAP_IF_AT(handle->kind != Handle::Kind::resource, wrong_handle, i);
  const auto& h = static_cast<const ResourceHandle&>(*handle);
  TRAP_IF_AT(h.rt != rt, wrong_resource, i);
  TRAP_IF(h.num_lends != 0, lent_handle);
  TRY(inst.handles.remove(i));  // not before: what a trap leaves behind is where it was, and threads may wait for it
  if (!h.own) {
    --h.borrow_scope->num_borrows;
    return {};
  }
  HEDDLE_ASSERT(!h.borrow_scope);
  HEDDLE_ASSERT(rt->impl);
  static const CoreFuncInst none = [](std::span<const CoreVal>) { return CoreVals(); };
  const FuncInst callee = [&](std::shared_ptr<Caller> caller, ComponentInstance* from) {
    return inst.store->call(rt->dtor ? rt->dtor : none, dtor_type(*rt), dtor_options(), *rt->impl, std::move(caller),
                            from);
  };
  const CoreVal args[] = {{rt->rep, h.rep}};
  TRY(canon_lower(callee, dtor_type(*rt), dtor_options(), args));
  return {};
}

Result<uint64_t> canon_resource_rep(const std::shared_ptr<ResourceType>& rt, uint32_t i) {
  const std::shared_ptr<Handle> handle = TRY(current_instance().handles.get(i));
  TRAP_IF_AT(handle->kind != Handle::Kind::resource, wrong_handle, i);
  const auto& h = static_cast<const ResourceHandle&>(*handle);
  TRAP_IF_AT(h.rt != rt, wrong_resource, i);
  return h.rep;
}

}  // namespace heddle::component::canon
