#include "component/link/passage.h"

#include "component/link/store.h"
#include "component/plan/copy.h"

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

Result<const CallPlan*> CallPassage::plan() const {
  if (!plan_) plan_ = TRY(make_plan(store_, type_, callee_.type, {pointer_of(opts_), pointer_of(callee_.opts)}));
  return plan_.get();
}

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
  TRY(plan::copy(program, from, {in, opts_.async ? size_t{kMaxFlatAsyncParams} : kMaxFlatParams}, to,
                 {{out, types.size()}, kMaxFlatParams}));
  return read_slots(types, out);
}

Result<CoreVals> CallPassage::results(LiftLowerContext& callee, std::span<const CoreVal> values, size_t max_flat,
                                      LiftLowerContext& caller, std::span<const CoreVal> args) const {
  const plan::Program& program = TRY(plan())->results;
  const size_t room = opts_.async ? 0 : kMaxFlatResults;
  const bool to_pointer = program.flat() > room;
  Slots in(values);
  uint64_t out = to_pointer ? args.back().bits : 0;
  plan::Guest from(callee), to(caller);
  TRY(plan::copy(program, from, {in, max_flat}, to, {{&out, 1}, room, to_pointer}));
  if (to_pointer || program.flat() == 0) return CoreVals();
  return CoreVals{{core_type(store_.core().engine->types[core_type_].results[0]), out}};
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
