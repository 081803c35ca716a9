// What canonical definitions make: functions of components from core functions, core functions from those, and the
// built-ins.
#include <algorithm>

#include "component/canon/builtins.h"
#include "component/link/instantiation.h"

namespace heddle::component::link {

using canon::CoreFuncInst;
using canon::CoreVal;
using canon::CoreVals;
using Args = std::span<const CoreVal>;

// --- types and options

const canon::FuncType& Instantiation::func_type(TypeId id) {
  const Type& type = frame_.types[id];
  canon::FuncType& made = frame_.func_types.emplace_back();
  for (const Field& field : type.fields) made.params.emplace_back(&frame_.space, field.type);
  made.result = canon::T(&frame_.space, type.first);
  made.async = frame_.types.kind(id) == TypeKind::async_func;
  return made;
}

const Options& Instantiation::options(const Canon& canon) {
  Options& made = frame_.options.emplace_back();
  for (const CanonOption& option : canon.options) {
    auto core_func = [&] { return store_.from_core(*frame_.core_funcs[option.index]); };
    switch (option.kind) {
      case OptionKind::utf8: made.string_encoding = canon::StringEncoding::utf8; break;
      case OptionKind::utf16: made.string_encoding = canon::StringEncoding::utf16; break;
      case OptionKind::latin1_utf16: made.string_encoding = canon::StringEncoding::latin1_utf16; break;
      case OptionKind::memory: made.memory = &store_.memory(*frame_.core_memories[option.index]); break;
      case OptionKind::realloc: made.realloc = core_func(); break;
      case OptionKind::post_return:
        made.post_return = core_func();
        made.post_return_func = frame_.core_funcs[option.index];
        break;
      case OptionKind::async: made.async = true; break;
      case OptionKind::callback: made.callback = core_func(); break;
    }
  }
  return made;
}

canon::T Instantiation::element_type(const Canon& canon) const {
  return {&frame_.space, frame_.types[spaces_.types[canon.type]].first};
}

// --- results of the definitions as core values

namespace {

Result<CoreVals> returned(Result<void> done) {
  TRY(done);
  return CoreVals();
}

Result<CoreVals> returned(Result<uint32_t> value) { return CoreVals{{CoreVal::Type::i32, TRY(value)}}; }

Result<CoreVals> returned64(Result<uint64_t> value) { return CoreVals{{CoreVal::Type::i64, TRY(value)}}; }

uint32_t u32(const CoreVal& value) { return static_cast<uint32_t>(value.bits); }

}  // namespace

// --- lift and lower

void Instantiation::canon(const Canon& canon) {
  if (canon.op == CanonOp::lift) return lift(canon);
  const heddle::TypeId type = spaces_.core_funcs[frame_.core_funcs.size()];
  if (canon.op == CanonOp::lower) return frame_.core_funcs.push_back(lower(canon, type));
  CoreFuncInst func = builtin(canon);
  HEDDLE_ASSERT(func);
  frame_.core_funcs.push_back(by_canon(std::move(func), type));
}

rt::FuncRef* Instantiation::by_canon(CoreFuncInst&& func, heddle::TypeId core_type) {
  return store_.to_core(frame_.canon_calls.emplace_back(store_, std::move(func), core_type, frame_.inst), core_type);
}

void Instantiation::lift(const Canon& canon) {
  const canon::FuncType& type = func_type(spaces_.types[canon.type]);
  const Options& opts = options(canon);
  rt::FuncRef& core = *frame_.core_funcs[canon.func];
  const LiftedFunc& lifted = frame_.lifted.emplace_back(type, opts, frame_.inst, core);
  frame_.funcs.push_back({store_.canon().lift(store_.from_core(core), type, opts, frame_.inst), &type, &lifted});
}

// Within one memory, and one table of handles, all values are lifted before one is lowered.
bool Instantiation::may_overlap(const LiftedFunc& callee, const Options& opts) const {
  return &callee.inst == &frame_.inst || (opts.memory && opts.memory == callee.opts.memory);
}

rt::FuncRef* Instantiation::lower(const Canon& canon, heddle::TypeId core_type) {
  const canon::FuncType& type = func_type(spaces_.funcs[canon.func]);
  const Options& opts = options(canon);
  const FuncItem& callee = frame_.funcs[canon.func];
  const GuestsPassage::Caller caller{type, opts, core_type};
  if (type.async && !opts.async) frame_.inst.may_block = true;
  if (callee.scalars && !opts.async) {
    return store_.to_core(frame_.host_calls.emplace_back(store_, *callee.scalars, type, frame_.inst), core_type);
  }
  if (callee.stored && !opts.async) {
    return store_.to_core(frame_.stored_host_calls.emplace_back(store_, *callee.stored, type, opts, frame_.inst),
                          core_type);
  }
  if (callee.in_host_memory) {
    const HostPassage& passage = frame_.host_passages.emplace_back(store_, caller);
    return by_canon(store_.canon().lower(callee.inst, type, opts, frame_.inst, &passage), core_type);
  }
  if (!callee.lifted || may_overlap(*callee.lifted, opts)) {
    return by_canon(store_.canon().lower(callee.inst, type, opts, frame_.inst), core_type);
  }
  if (callee.lifted->may_be_direct() && !opts.async) {
    return store_.to_core(
        frame_.direct_calls.emplace_back(store_, *callee.lifted, callee.inst, type, opts, frame_.inst, core_type),
        core_type);
  }
  const CallPassage& passage = frame_.passages.emplace_back(store_, caller, *callee.lifted);
  return by_canon(store_.canon().lower(callee.inst, type, opts, frame_.inst, &passage), core_type);
}

namespace {

// Those that may block where they are not async.
constexpr CanonOp kWaiting[] = {
    CanonOp::subtask_cancel,      CanonOp::stream_read,        CanonOp::stream_write,
    CanonOp::future_read,         CanonOp::future_write,       CanonOp::stream_cancel_read,
    CanonOp::stream_cancel_write, CanonOp::future_cancel_read, CanonOp::future_cancel_write,
};

bool may_block(const Canon& canon) {
  if (canon.op == CanonOp::waitable_set_wait) return true;
  const bool async = canon.async || std::ranges::any_of(canon.options, [](const CanonOption& option) {
                       return option.kind == OptionKind::async;
                     });
  return !async && std::ranges::find(kWaiting, canon.op) != std::end(kWaiting);
}

}  // namespace

CoreFuncInst Instantiation::builtin(const Canon& canon) {
  if (may_block(canon)) frame_.inst.may_block = true;
  if (CoreFuncInst func = resource_builtin(canon)) return func;
  if (CoreFuncInst func = task_builtin(canon)) return func;
  if (CoreFuncInst func = waitable_builtin(canon)) return func;
  if (CoreFuncInst func = copy_builtin(canon)) return func;
  if (CoreFuncInst func = thread_builtin(canon)) {
    frame_.inst.let_have_threads();
    return func;
  }
  return error_context_builtin(canon);
}

CoreFuncInst Instantiation::resource_builtin(const Canon& canon) {
  auto rt = [&] { return frame_.space.resource(spaces_.types[canon.type]); };
  switch (canon.op) {
    case CanonOp::resource_new:
      return [rt = rt()](Args a) { return returned(canon::canon_resource_new(rt, a[0].bits)); };
    case CanonOp::resource_drop:
      return [rt = rt()](Args a) { return returned(canon::canon_resource_drop(rt, u32(a[0]))); };
    case CanonOp::resource_rep:
      return [rt = rt()](Args a) -> Result<CoreVals> {
        return CoreVals{{rt->rep, TRY(canon::canon_resource_rep(rt, u32(a[0])))}};
      };
    default: return nullptr;
  }
}

// The type as the component has it in its index space.
canon::T Instantiation::task_result(const Canon& canon) const {
  const bool defined = canon.result.present() && !canon.result.is_primitive();
  return {&frame_.space, defined ? val_type(spaces_.types[canon.result.index()]) : canon.result};
}

CoreFuncInst Instantiation::task_builtin(const Canon& canon) {
  const bool async = canon.async;
  const uint32_t slot = canon.slot;
  const CoreVal::Type type = core_type(canon.slot_type);
  switch (canon.op) {
    case CanonOp::context_get:
      return [=](Args) -> Result<CoreVals> { return CoreVals{{type, canon::canon_context_get(type, slot)}}; };
    case CanonOp::context_set:
      return [=](Args a) -> Result<CoreVals> {
        canon::canon_context_set(type, slot, a[0].bits);
        return CoreVals();
      };
    case CanonOp::backpressure_inc: return [](Args) { return returned(canon::canon_backpressure_inc()); };
    case CanonOp::backpressure_dec: return [](Args) { return returned(canon::canon_backpressure_dec()); };
    case CanonOp::task_return:
      return [result = task_result(canon), &opts = options(canon)](Args a) {
        return returned(canon::canon_task_return(result, opts, a));
      };
    case CanonOp::task_cancel: return [](Args) { return returned(canon::canon_task_cancel()); };
    case CanonOp::subtask_cancel:
      return [=](Args a) { return returned(canon::canon_subtask_cancel(async, u32(a[0]))); };
    case CanonOp::subtask_drop: return [](Args a) { return returned(canon::canon_subtask_drop(u32(a[0]))); };
    default: return nullptr;
  }
}

CoreFuncInst Instantiation::waitable_builtin(const Canon& canon) {
  const bool cancellable = canon.cancellable;
  auto memory = [&] { return &store_.memory(*frame_.core_memories[canon.core_memory]); };
  switch (canon.op) {
    case CanonOp::waitable_set_new: return [](Args) { return returned(canon::canon_waitable_set_new()); };
    case CanonOp::waitable_set_wait:
      return [cancellable, memory = memory()](Args a) {
        return returned(canon::canon_waitable_set_wait(cancellable, *memory, u32(a[0]), a[1].bits));
      };
    case CanonOp::waitable_set_poll:
      return [cancellable, memory = memory()](Args a) {
        return returned(canon::canon_waitable_set_poll(cancellable, *memory, u32(a[0]), a[1].bits));
      };
    case CanonOp::waitable_set_drop:
      return [](Args a) { return returned(canon::canon_waitable_set_drop(u32(a[0]))); };
    case CanonOp::waitable_join:
      return [](Args a) { return returned(canon::canon_waitable_join(u32(a[0]), u32(a[1]))); };
    default: return nullptr;
  }
}

// --- streams and futures

namespace {

using New = Result<uint64_t> (*)(const canon::T&);
using StreamCopy = Result<uint32_t> (*)(const canon::T&, const canon::CanonicalOptions&, uint32_t, uint64_t,
                                        uint64_t);
using FutureCopy = Result<uint32_t> (*)(const canon::T&, const canon::CanonicalOptions&, uint32_t, uint64_t);
using Cancel = Result<uint32_t> (*)(const canon::T&, bool, uint32_t);
using Drop = Result<void> (*)(const canon::T&, uint32_t);

// One row each; which of the functions is there says what kind it is.
struct CopyRow {
  CanonOp op;
  New make = nullptr;
  StreamCopy stream_copy = nullptr;
  FutureCopy future_copy = nullptr;
  Cancel cancel = nullptr;
  Drop drop = nullptr;
};
constexpr CopyRow kCopyRows[] = {
    {.op = CanonOp::stream_new, .make = canon::canon_stream_new},
    {.op = CanonOp::future_new, .make = canon::canon_future_new},
    {.op = CanonOp::stream_read, .stream_copy = canon::canon_stream_read},
    {.op = CanonOp::stream_write, .stream_copy = canon::canon_stream_write},
    {.op = CanonOp::future_read, .future_copy = canon::canon_future_read},
    {.op = CanonOp::future_write, .future_copy = canon::canon_future_write},
    {.op = CanonOp::stream_cancel_read, .cancel = canon::canon_stream_cancel_read},
    {.op = CanonOp::stream_cancel_write, .cancel = canon::canon_stream_cancel_write},
    {.op = CanonOp::future_cancel_read, .cancel = canon::canon_future_cancel_read},
    {.op = CanonOp::future_cancel_write, .cancel = canon::canon_future_cancel_write},
    {.op = CanonOp::stream_drop_readable, .drop = canon::canon_stream_drop_readable},
    {.op = CanonOp::stream_drop_writable, .drop = canon::canon_stream_drop_writable},
    {.op = CanonOp::future_drop_readable, .drop = canon::canon_future_drop_readable},
    {.op = CanonOp::future_drop_writable, .drop = canon::canon_future_drop_writable},
};

}  // namespace

CoreFuncInst Instantiation::copy_builtin(const Canon& canon) {
  const auto* row =
      std::find_if(std::begin(kCopyRows), std::end(kCopyRows), [&](const CopyRow& r) { return r.op == canon.op; });
  if (row == std::end(kCopyRows)) return nullptr;
  const canon::T t = element_type(canon);
  const bool async = canon.async;
  if (row->make) return [t, f = row->make](Args) { return returned64(f(t)); };
  if (row->cancel) return [t, async, f = row->cancel](Args a) { return returned(f(t, async, u32(a[0]))); };
  if (row->drop) return [t, f = row->drop](Args a) { return returned(f(t, u32(a[0]))); };
  const canon::CanonicalOptions& opts = options(canon);
  if (row->future_copy) {
    return [t, &opts, f = row->future_copy](Args a) { return returned(f(t, opts, u32(a[0]), a[1].bits)); };
  }
  return [t, &opts, f = row->stream_copy](Args a) { return returned(f(t, opts, u32(a[0]), a[1].bits, a[2].bits)); };
}

// --- threads and error contexts

namespace {

using ThenOther = Result<uint32_t> (*)(bool, uint32_t);

CoreFuncInst then_other(bool cancellable, ThenOther f) {
  return [=](Args a) { return returned(f(cancellable, u32(a[0]))); };
}

}  // namespace

CoreFuncInst Instantiation::thread_builtin(const Canon& canon) {
  const bool cancellable = canon.cancellable;
  switch (canon.op) {
    case CanonOp::thread_index: return [](Args) { return returned(canon::canon_thread_index()); };
    case CanonOp::thread_resume_later:
      return [](Args a) { return returned(canon::canon_thread_resume_later(u32(a[0]))); };
    case CanonOp::thread_suspend: return [=](Args) { return returned(canon::canon_thread_suspend(cancellable)); };
    case CanonOp::thread_yield: return [=](Args) { return returned(canon::canon_thread_yield(cancellable)); };
    case CanonOp::thread_suspend_then_resume: return then_other(cancellable, canon::canon_thread_suspend_then_resume);
    case CanonOp::thread_yield_then_resume: return then_other(cancellable, canon::canon_thread_yield_then_resume);
    case CanonOp::thread_suspend_then_promote:
      return then_other(cancellable, canon::canon_thread_suspend_then_promote);
    case CanonOp::thread_yield_then_promote: return then_other(cancellable, canon::canon_thread_yield_then_promote);
    case CanonOp::thread_available_parallelism: return [](Args) { return returned(Result<uint32_t>(1u)); };
    case CanonOp::thread_spawn_ref:
      return [&store = store_](Args a) {
        rt::FuncRef* func = rt::to_func(a[0].bits);
        return returned(canon::canon_thread_spawn_ref(func ? store.from_core(*func) : nullptr, a[1]));
      };
    case CanonOp::thread_new_indirect: return from_table(canon, canon::canon_thread_new_indirect);
    case CanonOp::thread_spawn_indirect: return from_table(canon, canon::canon_thread_spawn_indirect);
    default: return nullptr;
  }
}

CoreFuncInst Instantiation::from_table(const Canon& canon, NewThread f) {
  const heddle::TypeId wanted = spaces_.core_types[canon.core_type];
  rt::Table* table = frame_.core_tables[canon.core_table];
  const CoreVal::Type param = core_type(store_.core().engine->types[wanted].params[0]);
  const canon::CoreFuncType ft{{param}, {}};
  auto ftbl = [table, wanted, ft, &store = store_](uint64_t i) -> Result<canon::CoreFuncRef> {
    TRAP_IF(i >= table->size, undefined_element);
    rt::FuncRef* func = rt::to_func(table->elems[i]);
    TRAP_IF(!func, uninitialized_element);
    return canon::CoreFuncRef{func->type == wanted ? ft : canon::CoreFuncType(), store.from_core(*func)};
  };
  return [f, ft, ftbl](Args a) { return returned(f(ft, ftbl, a[0].bits, a[1])); };
}

CoreFuncInst Instantiation::error_context_builtin(const Canon& canon) {
  switch (canon.op) {
    case CanonOp::error_context_new:
      return [&opts = options(canon)](Args a) {
        return returned(canon::canon_error_context_new(opts, a[0].bits, a[1].bits));
      };
    case CanonOp::error_context_debug_message:
      return [&opts = options(canon)](Args a) {
        return returned(canon::canon_error_context_debug_message(opts, u32(a[0]), a[1].bits));
      };
    case CanonOp::error_context_drop:
      return [](Args a) { return returned(canon::canon_error_context_drop(u32(a[0]))); };
    default: return nullptr;
  }
}

}  // namespace heddle::component::link
