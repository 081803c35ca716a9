// The built-in functions (CanonicalABI.md, "## Canonical Definitions", but for `lift` and `lower`), each under its
// name there, with its parameters: what its definition fixes first, then what the guest gives. They act for the
// current thread. Options live as long as its instance.
#pragma once
#include <memory>

#include "component/canon/error_context.h"
#include "component/canon/flattening.h"
#include "component/canon/table.h"

namespace heddle::component::canon {

// --- resource_builtins.cpp
// What a destructor is to the specification: a function of a representation, lifted and lowered.
const FuncType& dtor_type(const ResourceType& rt);
Result<uint32_t> canon_resource_new(const std::shared_ptr<ResourceType>& rt, uint64_t rep);
Result<void> canon_resource_drop(const std::shared_ptr<ResourceType>& rt, uint32_t i);
Result<uint64_t> canon_resource_rep(const std::shared_ptr<ResourceType>& rt, uint32_t i);

// --- task_builtins.cpp
uint64_t canon_context_get(CoreVal::Type t, uint32_t i);
void canon_context_set(CoreVal::Type t, uint32_t i, uint64_t v);
Result<void> canon_backpressure_inc();
Result<void> canon_backpressure_dec();
Result<void> canon_task_return(const T& result_type, const LiftOptions& opts, std::span<const CoreVal> flat_args);
Result<void> canon_task_cancel();
Result<uint32_t> canon_subtask_cancel(bool async, uint32_t i);
Result<void> canon_subtask_drop(uint32_t i);

inline constexpr uint32_t kBlocked = 0xffffffff;

// --- waitable_builtins.cpp
Result<uint32_t> canon_waitable_set_new();
Result<uint32_t> canon_waitable_set_wait(bool cancellable, MemInst& mem, uint32_t si, uint64_t ptr);
Result<uint32_t> canon_waitable_set_poll(bool cancellable, MemInst& mem, uint32_t si, uint64_t ptr);
Result<void> canon_waitable_set_drop(uint32_t i);
Result<void> canon_waitable_join(uint32_t wi, uint32_t si);

// --- copy_builtins.cpp: `t` is that of the elements
Result<uint64_t> canon_stream_new(const T& t);
Result<uint64_t> canon_future_new(const T& t);
Result<uint32_t> canon_stream_read(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr, uint64_t n);
Result<uint32_t> canon_stream_write(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr, uint64_t n);
Result<uint32_t> canon_future_read(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr);
Result<uint32_t> canon_future_write(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr);
Result<uint32_t> canon_stream_cancel_read(const T& t, bool async, uint32_t i);
Result<uint32_t> canon_stream_cancel_write(const T& t, bool async, uint32_t i);
Result<uint32_t> canon_future_cancel_read(const T& t, bool async, uint32_t i);
Result<uint32_t> canon_future_cancel_write(const T& t, bool async, uint32_t i);
Result<void> canon_stream_drop_readable(const T& t, uint32_t i);
Result<void> canon_stream_drop_writable(const T& t, uint32_t hi);
Result<void> canon_future_drop_readable(const T& t, uint32_t i);
Result<void> canon_future_drop_writable(const T& t, uint32_t hi);

// --- thread_builtins.cpp
// A core function as a table has it.
struct CoreFuncRef {
  CoreFuncType t;
  CoreFuncInst callee;
};
Result<uint32_t> canon_thread_index();
using FuncTable = std::function<Result<CoreFuncRef>(uint64_t)>;
Result<uint32_t> canon_thread_new_ref(const CoreFuncInst& f, CoreVal c);  // an empty one for null
Result<uint32_t> canon_thread_new_indirect(const CoreFuncType& ft, const FuncTable& ftbl, uint64_t fi, CoreVal c);
Result<uint32_t> canon_thread_spawn_ref(const CoreFuncInst& f, CoreVal c);
Result<uint32_t> canon_thread_spawn_indirect(const CoreFuncType& ft, const FuncTable& ftbl, uint64_t fi, CoreVal c);
Result<void> canon_thread_resume_later(uint32_t i);
Result<uint32_t> canon_thread_suspend(bool cancellable);
Result<uint32_t> canon_thread_yield(bool cancellable);
Result<uint32_t> canon_thread_suspend_then_resume(bool cancellable, uint32_t i);
Result<uint32_t> canon_thread_yield_then_resume(bool cancellable, uint32_t i);
Result<uint32_t> canon_thread_suspend_then_promote(bool cancellable, uint32_t i);
Result<uint32_t> canon_thread_yield_then_promote(bool cancellable, uint32_t i);

// --- error_context.cpp
Result<uint32_t> canon_error_context_new(const LiftLowerOptions& opts, uint64_t ptr, uint64_t tagged_code_units);
Result<void> canon_error_context_debug_message(const LiftLowerOptions& opts, uint32_t i, uint64_t ptr);
Result<void> canon_error_context_drop(uint32_t i);

}  // namespace heddle::component::canon
