// Values that pass from one guest to another without a tree of them in between, by who has compiled how (plan/). What
// arrives, and which trap comes first, is what lifting them all and lowering them then makes.
#pragma once
#include "component/canon/options.h"

namespace heddle::component::canon {

// Of the calls of one function by one caller. Core values are those that either side's core function has; `max_flat`
// says how many of a result may be such.
class Passage {
 public:
  Passage() = default;
  virtual ~Passage() = default;
  Passage(const Passage&) = delete;
  Passage& operator=(const Passage&) = delete;
  virtual Result<CoreVals> params(LiftLowerContext& caller, std::span<const CoreVal> args,
                                  LiftLowerContext& callee) const = 0;
  // `args`: once more those of the caller, of which one may say where the result goes.
  virtual Result<CoreVals> results(LiftLowerContext& callee, std::span<const CoreVal> values, size_t max_flat,
                                   LiftLowerContext& caller, std::span<const CoreVal> args) const = 0;
};

// Of the elements of streams and futures, in a store.
class ElementPassages {
 public:
  ElementPassages() = default;
  virtual ~ElementPassages() = default;
  ElementPassages(const ElementPassages&) = delete;
  ElementPassages& operator=(const ElementPassages&) = delete;
  struct Place {
    LiftLowerContext& cx;
    const T& type;
    uint64_t ptr = 0;  // aligned, and in bounds for all of them
  };
  // The two types mean the same. False: it has none for them, nothing has been done.
  virtual Result<bool> copy(const Place& from, const Place& to, uint32_t n) = 0;
};

}  // namespace heddle::component::canon
