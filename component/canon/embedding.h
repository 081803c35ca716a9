// "## Embedding API" (CanonicalABI.md): what the host has to do with components. A store of theirs stands on one of
// the engine's.
//
// Where the specification leaves a choice open, Choices makes it: always the first, or as a seed has it, so that
// tests see every legal order.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "component/canon/passage.h"
#include "component/canon/task.h"
#include "component/canon/type_numbers.h"

namespace heddle::component::canon {

class Choices {
 public:
  Choices() = default;  // "deterministic profile": the first
  explicit Choices(uint64_t seed) : random_(std::in_place, seed) {}

  bool is_random() const { return random_.has_value(); }
  size_t among(size_t count);  // a number below `count`

 private:
  std::optional<std::mt19937_64> random_;
};

class Store {
 public:
  explicit Store(rt::Store& core, const Choices& choices = Choices(), bool donut_wrapping = true)
      : core(core), choices(choices), runs(core), donut_wrapping(donut_wrapping) {}
  ~Store() { close(); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  ComponentInstance& add_instance(ComponentInstance* parent);
  // Ends everything that waits: nothing of it is resumed, what it holds is released.
  void close();

  Result<OnCancel> invoke(const FuncInst& f, std::shared_ptr<Caller> caller);
  // `ft` and `opts` live as long as the store, and what is made here does.
  FuncInst lift(CoreFuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst);
  // `passage`, too; null: there is none.
  CoreFuncInst lower(FuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst,
                     const Passage* passage = nullptr);
  // What lift() gives, called. `f` lives as long as the store.
  Result<OnCancel> call(const CoreFuncInst& f, const FuncType& ft, const CanonicalOptions& opts,
                        ComponentInstance& inst, std::shared_ptr<Caller> caller, ComponentInstance* from) const;
  // Resumes one thread that is ready. False: there is none.
  Result<bool> tick();
  // A trap ends who waits for an answer or a value of what has trapped, as it ends callers on the stack; ends of
  // streams that were there are dropped. To be told when nothing runs.
  void end_trapped() const;

  rt::Store& core;
  Choices choices;
  RunPool runs;
  // May instances call those they are nested in, and the other way round? CanonicalABI.md allows it; the official
  // suite has a trap there.
  const bool donut_wrapping;
  ElementPassages* element_passages = nullptr;  // where there are any; they live as long as the store
  TypeNumbers type_numbers;
  Waiting waiting;
  std::vector<std::shared_ptr<Thread>> failed;  // perhaps before they were registered; their callers know their tasks
  uint32_t nesting_depth = 0;

 private:
  // A function of either kind, with what it was made of.
  template <class F>
  struct Func {
    F f;
    const FuncType& ft;
    const CanonicalOptions& opts;
    ComponentInstance& inst;
    const Passage* passage = nullptr;
  };

  std::vector<std::shared_ptr<Thread>> all_threads() const;

  std::vector<std::unique_ptr<ComponentInstance>> instances_;
  std::deque<Func<CoreFuncInst>> lifted_;
  std::deque<Func<FuncInst>> lowered_;
};

}  // namespace heddle::component::canon
