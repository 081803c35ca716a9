// "## Flattening", "## Flat Lifting", "## Flat Lowering" and "## Lifting and Lowering Values" (CanonicalABI.md):
// values as the core values of a call.
#pragma once
#include "component/canon/storing.h"
#include "component/valid/abi.h"

namespace heddle::component::canon {

using CoreTypes = std::vector<CoreVal::Type>;
struct CoreFuncType {
  CoreTypes params, results;
};
enum class Context : uint8_t { lift, lower };

// How many core values flatten_types has, from what valid/abi.h keeps; all that are more than can be passed are
// alike.
size_t flat_count(const Parts& ts, const LiftOptions& opts);

CoreFuncType flatten_functype(const CanonicalOptions& opts, const FuncType& ft, Context context);
CoreTypes flatten_types(const Parts& ts, const LiftOptions& opts);
CoreTypes flatten_type(const T& t, const LiftOptions& opts);
CoreTypes flatten_list(const T& elem_type, bool has_length, uint32_t length, const LiftOptions& opts);
CoreTypes flatten_record(const Parts& fields, const LiftOptions& opts);
CoreTypes flatten_variant(const Parts& cases, const LiftOptions& opts);
CoreVal::Type join(CoreVal::Type a, CoreVal::Type b);
bool types_match_values(const CoreTypes& ts, std::span<const CoreVal> vs);

// Hands core values out one after another; for a case of a variant, whose payload shares its places with others, as
// the types the case has.
class CoreValueIter {
 public:
  explicit CoreValueIter(std::span<const CoreVal> values) : values_(values) {}
  CoreValueIter(CoreValueIter& from, std::span<const CoreVal::Type> flat_types) : from_(&from), have_(flat_types) {}
  uint64_t next(CoreVal::Type want);
  bool done() const { return i_ == values_.size(); }
  void skip_rest();  // of the places that the case does not use

 private:
  std::span<const CoreVal> values_;
  CoreValueIter* from_ = nullptr;
  std::span<const CoreVal::Type> have_;
  size_t i_ = 0;
};

Result<Val> lift_flat(LiftLowerContext& cx, CoreValueIter& vi, const T& t);
Val lift_flat_unsigned(CoreValueIter& vi, uint32_t core_width, uint32_t t_width);
Val lift_flat_signed(CoreValueIter& vi, uint32_t core_width, uint32_t t_width);
Result<Val> lift_flat_string(LiftLowerContext& cx, CoreValueIter& vi);
Result<Val> lift_flat_list(LiftLowerContext& cx, CoreValueIter& vi, const T& elem_type, bool has_length,
                           uint32_t length);
Result<Val> lift_flat_record(LiftLowerContext& cx, CoreValueIter& vi, const Parts& fields);
Result<Val> lift_flat_variant(LiftLowerContext& cx, CoreValueIter& vi, const Parts& cases);
uint32_t wrap_i64_to_i32(uint64_t i);
Val lift_flat_flags(CoreValueIter& vi, uint32_t labels);

Result<CoreVals> lower_flat(LiftLowerContext& cx, const Val& v, const T& t);
CoreVals lower_flat_signed(uint64_t i, uint32_t core_bits);
Result<CoreVals> lower_flat_string(LiftLowerContext& cx, const Val& v);
Result<CoreVals> lower_flat_list(LiftLowerContext& cx, const Val& v, const T& elem_type, bool has_length);
Result<CoreVals> lower_flat_record(LiftLowerContext& cx, const Val& v, const Parts& fields);
Result<CoreVals> lower_flat_variant(LiftLowerContext& cx, const Val& v, const Parts& cases);
CoreVals lower_flat_flags(const Val& v, uint32_t labels);

Result<std::vector<Val>> lift_flat_values(LiftLowerContext& cx, size_t max_flat, CoreValueIter& vi,
                                          std::span<const T> ts);
Result<CoreVals> lower_flat_values(LiftLowerContext& cx, size_t max_flat, std::span<const Val> vs,
                                   std::span<const T> ts, CoreValueIter* out_param = nullptr);

}  // namespace heddle::component::canon
