// The families of vector operators: what shares a shape and a grid, read off ops.inc.
#pragma once
#include "exec/interp/families.h"

namespace heddle::interp {

constexpr bool is_vector_op(const OpInfo& r, std::string_view params) {
  return r.sig.fixed && r.sig.params == params && !r.sig.results.empty() && r.imm == Imm::none;
}
inline constexpr auto kVectorBinOps = make_op_list<[](const OpInfo& r) { return is_vector_op(r, "ss"); }>();
inline constexpr auto kVectorUnOps = make_op_list<[](const OpInfo& r) { return is_vector_op(r, "s"); }>();
inline constexpr auto kVectorShiftOps = make_op_list<[](const OpInfo& r) { return is_vector_op(r, "si"); }>();
inline constexpr auto kVectorTernOps = make_op_list<[](const OpInfo& r) { return is_vector_op(r, "sss"); }>();
inline constexpr auto kSplatOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::un && r.sig.results == "s" && r.sig.params != "s";
}>();
inline constexpr auto kExtractOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::extract; }>();
inline constexpr auto kReplaceOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::replace; }>();
inline constexpr auto kShuffleOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::shuffle; }>();
inline constexpr auto kVectorConstOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::cnst && r.sig.results == "s"; }>();

// May the operands change places? Sums of floats may not: which NaN comes out is the first one's.
constexpr bool vector_commutes(Op op) { return commutes(op) && info(op).text[0] != 'f'; }

// Can this machine run the handlers? They use instructions that x86-64 need not have; and the portable loop, which
// takes vectors from slots only, has none.
bool has_vector_handlers();

}  // namespace heddle::interp
