// "## Embedding API" (CanonicalABI.md): what the host has to do with components. A store of theirs stands on one of
// the engine's.
//
// Where the specification leaves a choice open, Choices makes it: always the first, or as a seed has it, so that
// tests see every legal order.
#pragma once
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "component/canon/task.h"

namespace heddle::component::canon {

class Choices {
 public:
  Choices() = default;  // "deterministic profile": the first
  explicit Choices(uint64_t seed) : random_(std::in_place, seed) {}

  bool is_random() const { return random_.has_value(); }
  size_t among(size_t count);  // a number below `count`
  template <class Items>
  void shuffle(Items& items) {
    if (is_random()) std::shuffle(items.begin(), items.end(), *random_);
  }

 private:
  std::optional<std::mt19937_64> random_;
};

class Store {
 public:
  explicit Store(rt::Store& core, Choices choices = Choices(), bool donut_wrapping = true)
      : core(core), choices(std::move(choices)), runs(core), donut_wrapping(donut_wrapping) {}
  ~Store() { close(); }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  ComponentInstance& add_instance(ComponentInstance* parent);
  // Ends everything that waits: nothing of it is resumed, what it holds is released.
  void close();

  Result<OnCancel> invoke(const FuncInst& f, OnStart on_start, OnResolve on_resolve);
  // `ft` and `opts` live as long as the store.
  FuncInst lift(CoreFuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst);
  CoreFuncInst lower(FuncInst f, const FuncType& ft, const CanonicalOptions& opts, ComponentInstance& inst);
  // Resumes one thread that is ready. False: there is none.
  Result<bool> tick();

  rt::Store& core;
  Choices choices;
  RunPool runs;
  // May instances call those they are nested in, and the other way round? CanonicalABI.md allows it; the official
  // suite has a trap there.
  const bool donut_wrapping;
  Waiting waiting;
  uint32_t nesting_depth = 0;

 private:
  std::vector<std::unique_ptr<ComponentInstance>> instances_;
};

}  // namespace heddle::component::canon
