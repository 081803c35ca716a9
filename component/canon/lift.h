// "### `canon lift`" (CanonicalABI.md): a core function called as a component's.
#pragma once
#include "component/canon/embedding.h"

namespace heddle::component::canon {

// All but `caller` live as long as the store.
Result<OnCancel> canon_lift(const CoreFuncInst& callee, const FuncType& ft, const CanonicalOptions& opts,
                            ComponentInstance& inst, std::shared_ptr<Caller> caller);

enum class CallbackCode : uint8_t { exit = 0, yield = 1, wait = 2, max = 2 };

struct CallbackResult {
  CallbackCode code = CallbackCode::exit;
  uint32_t waitable_set_index = 0;
};
Result<CallbackResult> unpack_callback_result(uint32_t packed);
// May the current thread block? Not where it is that of a function that is not async and nothing else can run.
bool may_block();
// Of two faults the one to tell of: that of a call that would block and must not, before that of its handle.
Error told_first(const Error& fault, bool async);
// An exception that leaves the function is a trap.
Result<CoreVals> call_and_trap_on_throw(const CoreFuncInst& callee, std::span<const CoreVal> args);

}  // namespace heddle::component::canon
