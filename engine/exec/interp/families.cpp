// From a family and classes to a handler; from an operator to its family. Tables over the op table, made at compile
// time.
#include "exec/interp/tables.h"

namespace heddle::interp {
namespace {

template <auto fact>
constexpr auto per_op() {
  std::array<decltype(fact(Op{})), kOpCount> table{};
  for (size_t i = 0; i < kOpCount; ++i) table[i] = fact(static_cast<Op>(i));
  return table;
}

constexpr bool is_int_rel(Op op) { return in(kRelOps, op); }

constexpr auto kMirrored = per_op<[](Op op) { return is_int_rel(op) ? renamed(op, kRelNames, kMirrorNames) : op; }>();
constexpr auto kInverted =
    per_op<[](Op op) { return is_int_rel(op) ? renamed(op, kRelNames, kInverseNames) : op; }>();

constexpr Op find_test(char type, std::string_view name) {
  for (Op op : kRelOps.ops) {
    if (info(op).sig.params[0] == type && ends_with(info(op).text, name)) return op;
  }
  return kNoOp;
}

}  // namespace

constexpr std::array<OpFacts, kOpCount> kFacts = per_op<[](Op op) {
  const OpInfo& row = info(op);
  bool ints = all_letters(row.sig.params, is_int_letter);
  return OpFacts{.commutes = commutes(op),
                 .turns = can_turn(op),
                 .is_add = ints && ends_with(row.text, ".add"),
                 .is_eqz = ints && row.shape == Shape::test};
}>();

// Raw cells have their handler.
constexpr std::array<const Grid*, kFamilyCount> kGrids = {
    nullptr,           &kBinGrid,        &kRelGrid,       &kTrapBinGrid,    &kDivByGrid,       &kUnGrid,
    &kFloatBinGrid,    &kFloatRelGrid,   &kFloatUnGrid,   &kLoadGrid,       &kLoadIndexGrid,   &kStoreGrid,
    &kMovGrid,         &kFloatMovGrid,   &kBranchGrid,    &kStepBranchGrid, &kFloatBranchGrid, &kSelectGrid,
    &kGlobalGetGrid,   &kGlobalSetGrid,  &kRetGrid,       &kFloatRetGrid,   &kBrTableGrid,     &kLoadFarGrid,
    &kStoreFarGrid,    &kLoadLaneGrid,   &kStoreLaneGrid, &kTableGetGrid,   &kTableSetGrid,    &kMemorySizeGrid,
    &kRefUnGrid,       &kRefTestGrid,    &kRefCastGrid,   &kBrCastGrid,     &kStructGetGrid,   &kStructSetGrid,
    &kArrayGetGrid,    &kArraySetGrid,   &kObjectNewGrid, &kArrayNewGrid,   &kVectorBinGrid,   &kVectorUnGrid,
    &kVectorShiftGrid, &kVectorTernGrid, &kSplatGrid,     &kExtractGrid,    &kReplaceGrid,     &kShuffleGrid,
    &kVectorConstGrid};

Op mirrored(Op rel) { return kMirrored[static_cast<size_t>(rel)]; }
Op inverted(Op rel) { return kInverted[static_cast<size_t>(rel)]; }

Op test_op(char type, bool nonzero) {
  constexpr Op kTests[2][2] = {{find_test('i', ".eq"), find_test('i', ".ne")},
                               {find_test('l', ".eq"), find_test('l', ".ne")}};
  return kTests[type == 'l'][nonzero];
}

}  // namespace heddle::interp
