#include "component/canon/error_context.h"

#include "component/canon/builtins.h"
#include "component/canon/embedding.h"

namespace heddle::component::canon {

// A message may be anything; here it is what the guest said.
Result<uint32_t> canon_error_context_new(const LiftLowerOptions& opts, uint64_t ptr, uint64_t tagged_code_units) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  LiftLowerContext cx(opts, inst);
  Val s = TRY(load_string_from_range(cx, ptr, tagged_code_units));
  return inst.handles.add(std::make_shared<ErrorContext>(std::move(s.string)));
}

Result<void> canon_error_context_debug_message(const LiftLowerOptions& opts, uint32_t i, uint64_t ptr) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> errctx = TRY(inst.handles.get(i));
  TRAP_IF_AT(errctx->kind != Handle::Kind::error_context, wrong_handle, i);
  LiftLowerContext cx(opts, inst);
  const String& message = static_cast<const ErrorContext&>(*errctx).debug_message;
  TRY(cx.take(2 * message.text.size()));  // of Latin-1, UTF-8 may be twice as long
  return store_string(cx, message, ptr);
}

Result<void> canon_error_context_drop(uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<Handle> errctx = TRY(inst.handles.get(i));
  TRAP_IF_AT(errctx->kind != Handle::Kind::error_context, wrong_handle, i);
  TRY(inst.handles.remove(i));  // not before: what a trap leaves behind is where it was
  return {};
}

}  // namespace heddle::component::canon
