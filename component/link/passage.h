// How values pass from component to component: a plan a pair of functions, or of types of elements, found out when
// the first passes.
#pragma once
#include <map>
#include <memory>
#include <tuple>

#include "component/canon/passage.h"
#include "component/plan/copy.h"
#include "runtime/store.h"

namespace heddle::component::link {

class ComponentStore;
class HostMemory;
struct LiftedFunc;

struct CallPlan {
  plan::Program params, results;
  bool scalars = false;  // nothing else passes, and needs no memory
};

// `pointers`: bytes of one, outside and inside. The store's budget pays for it.
Result<std::unique_ptr<const CallPlan>> make_plan(ComponentStore& store, const canon::FuncType& caller,
                                                  const canon::FuncType& callee, std::array<uint32_t, 2> pointers);
uint32_t pointer_of(const canon::CanonicalOptions& options);

// What calls of guests have in common, whoever is called.
class GuestsPassage : public canon::Passage {
 public:
  // Who calls: its type and options, and the type of the core function it calls.
  struct Caller {
    const canon::FuncType& type;
    const canon::CanonicalOptions& opts;
    heddle::TypeId core_type;
  };
  // What is called, and the bytes of a pointer there. All lives as long as this.
  GuestsPassage(ComponentStore& store, const Caller& caller, const canon::FuncType& callee, uint32_t pointer)
      : store_(store), caller_(caller), callee_type_(callee), callee_pointer_(pointer) {}

  Result<const CallPlan*> plan() const;

 protected:
  size_t max_flat_params() const { return caller_.opts.async ? size_t{kMaxFlatAsyncParams} : kMaxFlatParams; }
  Result<canon::CoreVals> give_result(const plan::Program& program, plan::Guest& callee, const plan::CoreValues& in,
                                      plan::Guest& caller, std::span<const canon::CoreVal> args) const;

  ComponentStore& store_;

 private:
  const Caller caller_;
  const canon::FuncType& callee_type_;
  const uint32_t callee_pointer_;
  mutable std::unique_ptr<const CallPlan> plan_;
};

// To a component's function.
class CallPassage final : public GuestsPassage {
 public:
  CallPassage(ComponentStore& store, const Caller& caller, const LiftedFunc& callee);

  Result<canon::CoreVals> params(canon::LiftLowerContext& caller, std::span<const canon::CoreVal> args,
                                 canon::LiftLowerContext& callee) const override;
  Result<canon::CoreVals> results(canon::LiftLowerContext& callee, std::span<const canon::CoreVal> values,
                                  size_t max_flat, canon::LiftLowerContext& caller,
                                  std::span<const canon::CoreVal> args) const override;

 private:
  const LiftedFunc& callee_;
};

// To a function of the host's whose types have no handles, and which may take its time: its side is a HostContext,
// in whose memory the arguments, or the result, lie at 0. Core values it has none.
class HostPassage final : public GuestsPassage {
 public:
  HostPassage(ComponentStore& store, const Caller& caller);

  Result<canon::CoreVals> params(canon::LiftLowerContext& caller, std::span<const canon::CoreVal> args,
                                 canon::LiftLowerContext& host) const override;
  Result<canon::CoreVals> results(canon::LiftLowerContext& host, std::span<const canon::CoreVal> values,
                                  size_t max_flat, canon::LiftLowerContext& caller,
                                  std::span<const canon::CoreVal> args) const override;
};

// Room for the whole of what a program makes, in an empty memory of the host's, for values of `guest`, which pays.
Result<uint64_t> make_place(canon::LiftLowerContext& guest, HostMemory& memory, const plan::Program& program);

// And from the host to a component's function: one plan each. In two steps: `callee` is lent by who executes the
// call.
Result<const CallPlan*> plan_from_host(ComponentStore& store, const LiftedFunc& func);
Result<canon::CoreVals> lower_args(ComponentStore& store, const LiftedFunc& func, HostMemory& args,
                                   canon::LiftLowerContext& callee);
Result<void> lift_result(ComponentStore& store, const LiftedFunc& func, canon::LiftLowerContext& callee,
                         std::span<const canon::CoreVal> values, size_t max_flat, HostMemory& result);

class ElementPlans final : public canon::ElementPassages {
 public:
  explicit ElementPlans(rt::Budget& budget) : budget_(budget) {}
  Result<bool> copy(const Place& from, const Place& to, uint32_t n) override;

 private:
  // Types and bytes of pointers. Spaces live as long as the store.
  using Side = std::tuple<const canon::TypeSpace*, uint32_t, uint32_t>;
  rt::Budget& budget_;
  static constexpr uint64_t kCost = sizeof(plan::Program) + 128;  // with its place in the map
  std::map<std::pair<Side, Side>, const plan::Program> plans_;
};

}  // namespace heddle::component::link
