// Entering the interpreter from C++.
#include "exec/interp/interp.h"

#include "exec/interp/code.h"
#include "exec/interp/control.h"
#include "exec/interp/unwind.h"
#include "runtime/engine.h"

namespace heddle::interp {

namespace {

// What a return from an activation's first frame leads to: a call cell, and behind it the cell that leaves.
struct ExitCells {
  Word call[kCallWords];
  Handler leave;
};
const ExitCells kExit{{0, 0, 0}, &op_exit};

bool owns_fault(const os::FaultScope& scope, const os::Fault& fault) {
  auto& act = reinterpret_cast<const rt::Activation&>(scope);
  for (const auto& memory : act.store->memories) {
    if (memory->reserves(fault.address)) return true;
  }
  return false;
}

// The cell whose handler made the access at `code`: the one at `pc`, or one shortly before it where the handler had
// already moved on.
[[maybe_unused]] const Word* cell_at(const Word* pc, uintptr_t code) {
  constexpr uintptr_t kHandlerBytes = 512;
  for (int back = 0; back <= 4; ++back) {
    if (code - pc[-back] < kHandlerBytes) return pc - back;
  }
  return pc;
}

// Where a fault happened. The handlers keep their state in the first argument registers, but a compiler owes that to
// nobody in the middle of one: it only describes the place, and what is not an instance, a cell and a frame of this
// store is not used.
void describe_fault([[maybe_unused]] rt::Activation& act, [[maybe_unused]] const os::Fault& fault) {
#if defined(HEDDLE_STAND_IN_ACTIVATION)
  // The handler left its place in the activation.
#elif defined(HEDDLE_DISPATCH_LOOP)
  const auto& m = *static_cast<const Machine*>(act.machine);
  act.pc = m.pc;
  act.fp = m.fp;
  act.ctx = m.ctx;
#else
  act.pc = nullptr;
  rt::Store& store = *act.store;
  const rt::Fiber& fiber = *store.context.fiber;
  auto* pc = reinterpret_cast<const Word*>(fault.argument[0]);
  auto* fp = reinterpret_cast<Slot*>(fault.argument[1]);
  auto* ctx = reinterpret_cast<Instance*>(fault.argument[3]);
  for (const auto& instance : store.instances) {
    if (instance.get() != ctx || !function_at(*ctx->module, pc)) continue;
    if (fp < fiber.value_base || fp >= fiber.value_limit || fault.argument[1] % sizeof(Slot) != 0) continue;
    act.pc = cell_at(pc, fault.code);
    act.fp = fp;
    act.ctx = ctx;
  }
#endif
}

void land(const os::FaultScope& scope, const os::Fault& fault) {
  auto& act = const_cast<rt::Activation&>(reinterpret_cast<const rt::Activation&>(scope));
  describe_fault(act, fault);
  act.outcome = act.store->trap(ErrorCode::out_of_bounds_memory);
  _longjmp(act.unwind, 1);
}

void run([[maybe_unused]] rt::Activation& act, const Word* code, Slot* args, Instance* instance) {
  auto exit = reinterpret_cast<Word>(&kExit);
#if defined(HEDDLE_DISPATCH_LOOP)
  Machine m{code,
            args,
            instance->memory0_base,
            instance,
            exit,
            reinterpret_cast<Word>(args),
            reinterpret_cast<Word>(instance),
            v128{}};
  act.machine = &m;
  while (m.pc) reinterpret_cast<Handler>(m.pc[0])(m);
#elif defined(HEDDLE_PIN1_REGISTER)
  const Word outer = l1;  // where a fault leads past here, longjmp restores it
  l1 = reinterpret_cast<Word>(instance);
  reinterpret_cast<Handler>(code[0])(code, args, instance->memory0_base, instance, exit, reinterpret_cast<Word>(args),
                                     v128{});
  l1 = outer;
#else
  reinterpret_cast<Handler>(code[0])(code, args, instance->memory0_base, instance, exit, reinterpret_cast<Word>(args),
                                     reinterpret_cast<Word>(instance), v128{});
#endif
}

}  // namespace

rt::Outcome entry(const rt::FuncRef& callee, rt::Slot* args) {
  rt::Store& store = *callee.instance->store;
  rt::StoreContext& context = store.context;
  rt::Activation act;
  act.outer = context.activation;
  act.store = &store;
  act.fiber = context.fiber;
  context.activation = &act;
  const bool faults = store.engine->config.memory == rt::MemoryMode::guard;
  if (faults) {
    act.scope = {.owns = owns_fault, .land = land, .outer = os::current_fault_scope()};
    os::current_fault_scope() = &act.scope;
    if (_setjmp(act.unwind) == 0)
      run(act, callee.code->interp.load(std::memory_order_acquire), args, callee.instance);
    os::current_fault_scope() = act.scope.outer;
  } else {
    run(act, callee.code->interp.load(std::memory_order_acquire), args, callee.instance);
  }
  context.activation = act.outer;
  return act.outcome;
}

}  // namespace heddle::interp
