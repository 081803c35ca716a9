#include "component/link/passage.h"

#include "component/link/host_memory.h"
#include "component/link/store.h"

namespace heddle::component::link {

using canon::CoreVal;
using canon::CoreVals;
using canon::LiftLowerContext;

uint32_t pointer_of(const canon::CanonicalOptions& options) { return options.memory ? options.memory->ptr_size : 4u; }

Result<std::unique_ptr<const CallPlan>> make_plan(ComponentStore& store, const canon::FuncType& caller,
                                                  const canon::FuncType& callee, std::array<uint32_t, 2> pointers) {
  const auto [outside, inside] = pointers;
  std::unique_ptr<CallPlan> made(
      new CallPlan{plan::Program(caller.params, callee.params, {outside, inside}),
                   plan::Program(callee.result_type(), caller.result_type(), {inside, outside})});
  made->scalars =
      made->params.only_scalars() && made->results.only_scalars() && made->results.flat() <= kMaxFlatResults;
  const uint64_t bytes = sizeof(CallPlan) + made->params.bytes() + made->results.bytes();
  if (!store.core().budget.charge(rt::Resource::component_bytes, bytes)) return ErrorCode::budget_exceeded;
  return std::unique_ptr<const CallPlan>(std::move(made));
}

Result<const CallPlan*> GuestsPassage::plan() const {
  if (!plan_) {
    plan_ = TRY(make_plan(store_, caller_.type, callee_type_, {pointer_of(caller_.opts), callee_pointer_}));
  }
  return plan_.get();
}

CallPassage::CallPassage(ComponentStore& store, const Caller& caller, const LiftedFunc& callee)
    : GuestsPassage(store, caller, callee.type, pointer_of(callee.opts)), callee_(callee) {}

// The host has the caller's type.
HostPassage::HostPassage(ComponentStore& store, const Caller& caller)
    : GuestsPassage(store, caller, caller.type, HostMemory::kPointer) {}

namespace {

// As a plan has them: a caller's arguments, and where its result goes.
struct Slots {
  explicit Slots(std::span<const CoreVal> from) : count(from.size()) {
    HEDDLE_ASSERT(count <= std::size(values));
    for (size_t i = 0; i < count; ++i) values[i] = bits_of(from[i]);
  }
  operator std::span<uint64_t>() { return {values, count}; }
  uint64_t values[kMaxFlatParams + 1];
  size_t count;
};

}  // namespace

Result<CoreVals> CallPassage::params(LiftLowerContext& caller, std::span<const CoreVal> args,
                                     LiftLowerContext& callee) const {
  const plan::Program& program = TRY(plan())->params;
  const auto& types = store_.core().engine->types[callee_.core.type].params;
  Slots in(args);
  uint64_t out[kMaxFlatParams];
  plan::Guest from(caller), to(callee);
  TRY(plan::copy(program, from, {in, max_flat_params()}, to, {{out, types.size()}, kMaxFlatParams}));
  return read_slots(types, out);
}

Result<CoreVals> CallPassage::results(LiftLowerContext& callee, std::span<const CoreVal> values, size_t max_flat,
                                      LiftLowerContext& caller, std::span<const CoreVal> args) const {
  const plan::Program& program = TRY(plan())->results;
  Slots in(values);
  plan::Guest from(callee), to(caller);
  return give_result(program, from, {in, max_flat}, to, args);
}

Result<CoreVals> GuestsPassage::give_result(const plan::Program& program, plan::Guest& callee,
                                            const plan::CoreValues& in, plan::Guest& caller,
                                            std::span<const CoreVal> args) const {
  const size_t room = caller_.opts.async ? 0 : kMaxFlatResults;
  const bool to_pointer = program.flat() > room;
  uint64_t out = to_pointer ? args.back().bits : 0;
  TRY(plan::copy(program, callee, in, caller, {{&out, 1}, room, to_pointer}));
  if (to_pointer || program.flat() == 0) return CoreVals();
  return CoreVals{{core_type(store_.core().engine->types[caller_.core_type].results[0]), out}};
}

// --- between a guest and the host

Result<uint64_t> make_place(LiftLowerContext& guest, HostMemory& memory, const plan::Program& program) {
  const plan::Layout& layout = program.whole().layout[plan::kTo];
  TRY(guest.take(layout.size, layout.size));
  return memory.allocate(layout.alignment, layout.size);
}

Result<const CallPlan*> plan_from_host(ComponentStore& store, const LiftedFunc& func) {
  if (!func.from_host_memory) {
    func.from_host_memory =
        TRY(make_plan(store, func.type, func.type, {HostMemory::kPointer, pointer_of(func.opts)}));
  }
  return func.from_host_memory.get();
}

Result<CoreVals> HostPassage::params(LiftLowerContext& caller, std::span<const CoreVal> args,
                                     LiftLowerContext& host) const {
  const plan::Program& program = TRY(plan())->params;
  HostMemory& memory = HostContext::memory_of(host);
  Slots in(args);
  HostsGuest from(caller);
  HostSide to(memory, from);
  uint64_t at = TRY(make_place(caller, memory, program));
  TRY(plan::copy(program, from, {in, max_flat_params()}, to, {{&at, 1}, 0, true}));
  return CoreVals();
}

Result<CoreVals> HostPassage::results(LiftLowerContext& host, std::span<const CoreVal>, size_t,
                                      LiftLowerContext& caller, std::span<const CoreVal> args) const {
  const plan::Program& program = TRY(plan())->results;
  HostsGuest to(caller);
  HostSide from(HostContext::memory_of(host), to);
  uint64_t at = 0;
  return give_result(program, from, {{&at, 1}, 0}, to, args);
}

Result<CoreVals> lower_args(ComponentStore& store, const LiftedFunc& func, HostMemory& args,
                            LiftLowerContext& callee) {
  const plan::Program& program = TRY(plan_from_host(store, func))->params;
  const auto& types = store.core().engine->types[func.core.type].params;
  HostsGuest to(callee);
  HostSide from(args, to);
  uint64_t at = 0;
  uint64_t out[kMaxFlatParams];
  TRY(plan::copy(program, from, {{&at, 1}, 0}, to, {{out, types.size()}, kMaxFlatParams}));
  return read_slots(types, out);
}

Result<void> lift_result(ComponentStore& store, const LiftedFunc& func, LiftLowerContext& callee,
                         std::span<const CoreVal> values, size_t max_flat, HostMemory& result) {
  const plan::Program& program = TRY(plan_from_host(store, func))->results;
  Slots in(values);
  HostsGuest from(callee);
  HostSide to(result, from);
  uint64_t at = TRY(make_place(callee, result, program));
  return plan::copy(program, from, {in, max_flat}, to, {{&at, 1}, 0, true});
}

// --- elements

Result<bool> ElementPlans::copy(const Place& from, const Place& to, uint32_t n) {
  const std::array<uint32_t, 2> pointers = {from.cx.opts.memory->ptr_size, to.cx.opts.memory->ptr_size};
  const std::pair key(Side(from.type.space(), from.type.type().index(), pointers[0]),
                      Side(to.type.space(), to.type.type().index(), pointers[1]));
  auto known = plans_.find(key);
  if (known == plans_.end()) {
    plan::Program made(std::span(&from.type, 1), std::span(&to.type, 1), pointers);
    if (!budget_.charge(rt::Resource::component_bytes, kCost + made.bytes())) return false;
    known = plans_.emplace(key, std::move(made)).first;
  }
  plan::Guest source(from.cx), target(to.cx);
  TRY(plan::copy_elements(known->second, source, from.ptr, target, to.ptr, n));
  return true;
}

}  // namespace heddle::component::link
