// What the interpreter's tests share: host functions by name, and short ways to look at traps.
#pragma once
#include "tests/exec/support.h"

namespace heddle::testing {

// Adds a host function under "h.<name>".
inline rt::FuncRef* add_host(World& w, const char* name, std::vector<ValType> params, std::vector<ValType> results,
                             rt::HostCallback callback, void* env = nullptr) {
  auto type = w.engine->types.add_func(params, results);
  REQUIRE(type.ok());
  rt::FuncRef* func = w.store->add_host_func(std::move(type).value(), callback, env, nullptr);
  w.names.objects.insert_or_assign(std::string("h.") + name, exec::Extern::of(func));
  return func;
}

// A host function may call the guest back: `func` of the instance that the test puts here. It hands on arguments and
// results, and whatever else becomes of the call.
struct CallBack {
  rt::Instance* instance = nullptr;
  std::string name;
  uint32_t calls = 0;

  static rt::Outcome run(void* env, rt::Store& store, rt::Slot* args) {
    auto& self = *static_cast<CallBack*>(env);
    ++self.calls;
    rt::FuncRef& func = *exec::find_export(*self.instance, self.name)->func;
    rt::Slot* slots = exec::arg_slots(store, func);
    if (!slots) return store.trap(ErrorCode::call_stack_exhausted);
    std::copy_n(args, func.code->param_slots, slots);
    rt::Outcome outcome = exec::invoke(store, func, slots);
    std::copy_n(slots, func.code->result_slots, args);
    return outcome;
  }
};

// Is the store as it was before the call?
inline void check_at_rest(const World& w) {
  CHECK(w.store->context.activation == nullptr);
  CHECK(w.store->context.fiber == w.store->root.get());
  CHECK(w.store->root->value_sp == w.store->root->value_base);
  CHECK(w.store->context.value_limit == w.store->root->value_limit);
  CHECK(w.store->host_depth == 0);
}

}  // namespace heddle::testing
