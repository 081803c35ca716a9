// Entering a store, and the loop that makes tail calls out of C++ constant in space.
#include "exec/invoke.h"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "os/signals.h"

namespace heddle::exec {
namespace {

using rt::Outcome;

// What host functions, the fault handler's landing and the runtime's own C++ may need below the limit.
constexpr uintptr_t kNativeReserve = uintptr_t{256} << 10;
constexpr uintptr_t kUnknownStack = uintptr_t{512} << 10;  // assumed to be left where the system does not tell

#if defined(__linux__)
// The main thread's stack grows down from here as far as its limit allows. pthread_getattr_np would read
// /proc/self/maps for it, which is a tenth of the time a small program takes.
// NOLINTNEXTLINE(bugprone-reserved-identifier): glibc's own.
extern "C" void* __libc_stack_end __attribute__((weak));
constexpr uintptr_t kUnlimitedStack = uintptr_t{8} << 20;  // what is counted on where there is no limit

uintptr_t main_stack_low() {
  if (&__libc_stack_end == nullptr || getpid() != gettid()) return 0;
  rlimit limit{};
  if (getrlimit(RLIMIT_STACK, &limit) != 0) return 0;
  auto top = reinterpret_cast<uintptr_t>(__libc_stack_end);
  uintptr_t size = limit.rlim_cur == RLIM_INFINITY ? kUnlimitedStack : static_cast<uintptr_t>(limit.rlim_cur);
  return size < top ? top - size : 0;
}
#endif

// The lowest address of the calling thread's stack that guest code and its calls may reach.
uintptr_t find_native_limit() {
  uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  uintptr_t low = here - kUnknownStack;
#if defined(__linux__)
  pthread_attr_t attributes;
  if (uintptr_t main_low = main_stack_low(); main_low != 0 && main_low < here) {
    low = main_low;
  } else if (pthread_getattr_np(pthread_self(), &attributes) == 0) {
    void* start = nullptr;
    size_t size = 0;
    if (pthread_attr_getstack(&attributes, &start, &size) == 0) low = reinterpret_cast<uintptr_t>(start);
    pthread_attr_destroy(&attributes);
  }
#endif
  // On a stack smaller than the reserve a quarter of what is left has to do.
  return low + std::min(kNativeReserve, (here - low) / 4);
}

uintptr_t native_limit() {
  thread_local const uintptr_t limit = find_native_limit();
  return limit;
}

// Fibers that a trap or an exception left in the middle: nothing can resume them any more.
void unwind_to(rt::Store& store, rt::Fiber* fiber) {
  while (store.context.fiber != fiber) {
    rt::Fiber* left = store.context.fiber;
    HEDDLE_ASSERT(left && left->parent);
    store.switch_to(left->parent);
    store.release_fiber(left);
  }
}

}  // namespace

Entry::Entry(rt::Store& store, const void* base)
    : store_(store),
      fiber_(store.context.fiber),
      activation_(store.context.activation),
      value_sp_(store.context.fiber->value_sp) {
  if (store.host_depth++ == 0) {
    store.context.native_limit = native_limit();
    store.heap.set_native_base(base);
    if (!os::prepare_thread_for_faults().ok()) refused_ = ErrorCode::out_of_memory;
  } else if (store.host_depth > store.engine->config.max_host_depth) {
    refused_ = ErrorCode::call_stack_exhausted;
  }
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < store.context.native_limit) [[unlikely]] {
    if (ErrorCode code = store.make_native_room(); code != ErrorCode::none) refused_ = code;
  }
  if (store.poisoned) refused_ = ErrorCode::store_poisoned;
}

Entry::~Entry() {
  if (store_.context.fiber != fiber_) unwind_to(store_, fiber_);
  fiber_->value_sp = value_sp_;
  store_.context.activation = activation_;
  --store_.host_depth;
}

Outcome invoke(rt::Store& store, const rt::FuncRef& callee, rt::Slot* args) {
  Entry entry(store);
  if (entry.refused() != ErrorCode::none) [[unlikely]]
    return store.trap(entry.refused());
  const rt::FuncRef* target = &callee;
  for (;;) {
    const rt::FuncCode& code = *target->code;
    store.context.fiber->value_sp = args + std::max(code.param_slots, code.result_slots);
    Outcome outcome = code.array.load(std::memory_order_acquire)(*target, args);
    if (outcome != Outcome::tail_call) [[likely]]
      return outcome;
    target = store.pending.tail_target;
  }
}

Result<Outcome> call(rt::Store& store, const rt::FuncRef& callee, std::span<const Val> args,
                     std::vector<Val>& results) {
  const TypeRegistry& types = store.engine->types;
  const DefType& type = types[callee.type];
  if (args.size() != type.params.size()) return ErrorCode::wrong_signature;
  rt::Slot* slots = arg_slots(store, callee);
  if (!slots) return store.trap(ErrorCode::call_stack_exhausted);
  rt::Slot* to = slots;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!types.matches(args[i].type, type.params[i])) return ErrorCode::wrong_value;
    to = std::copy_n(args[i].bits, slots_of(type.params[i]), to);
  }
  Outcome outcome = invoke(store, callee, slots);
  results.clear();
  if (outcome != Outcome::returned) return outcome;
  const rt::Slot* from = slots;
  for (ValType result : type.results) {
    Val& value = results.emplace_back(Val{.type = result});
    std::copy_n(from, slots_of(result), value.bits);
    from += slots_of(result);
  }
  return outcome;
}

}  // namespace heddle::exec
