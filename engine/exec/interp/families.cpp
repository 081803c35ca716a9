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

constexpr bool in(const auto& list, Op op) { return list.index[static_cast<size_t>(op)] != 0xffff; }

constexpr Family find_family(Op op) {
  if (in(kBinOps, op)) return Family::bin;
  if (in(kRelOps, op)) return Family::rel;
  if (in(kTrapBinOps, op)) return Family::trap_bin;
  if (in(kUnOps, op)) return Family::un;
  if (in(kFloatBinOps, op)) return Family::fbin;
  if (in(kFloatRelOps, op)) return Family::frel;
  if (in(kFloatUnOps, op)) return Family::fun;
  if (in(kLoadOps, op)) return Family::load;
  if (in(kStoreOps, op)) return Family::store;
  return Family::raw;
}

constexpr bool is_int_rel(Op op) { return in(kRelOps, op); }

constexpr auto kFamily = per_op<[](Op op) { return find_family(op); }>();
constexpr auto kMirrored = per_op<[](Op op) { return is_int_rel(op) ? renamed(op, kRelNames, kMirrorNames) : op; }>();
constexpr auto kInverted =
    per_op<[](Op op) { return is_int_rel(op) ? renamed(op, kRelNames, kInverseNames) : op; }>();

constexpr auto kFacts = per_op<[](Op op) {
  const OpInfo& row = info(op);
  bool ints = all_letters(row.sig.params, is_int_letter);
  return OpFacts{.commutes = commutes(op),
                 .turns = can_turn(op),
                 .is_add32 = ints && row.sig.results == "i" && ends_with(row.text, ".add"),
                 .is_eqz = ints && row.shape == Shape::test};
}>();

constexpr Op find_test(char type, std::string_view name) {
  for (Op op : kRelOps.ops) {
    if (info(op).sig.params[0] == type && ends_with(info(op).text, name)) return op;
  }
  return kNoOp;
}

}  // namespace

Family family_of(Op op) { return kFamily[static_cast<size_t>(op)]; }
const OpFacts& facts(Op op) { return kFacts[static_cast<size_t>(op)]; }
Op mirrored(Op rel) { return kMirrored[static_cast<size_t>(rel)]; }
Op inverted(Op rel) { return kInverted[static_cast<size_t>(rel)]; }

Op test_op(char type, bool nonzero) {
  constexpr Op kTests[2][2] = {{find_test('i', ".eq"), find_test('i', ".ne")},
                               {find_test('l', ".eq"), find_test('l', ".ne")}};
  return kTests[type == 'l'][nonzero];
}

Handler pick(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags) {
  switch (family) {
    case Family::raw: return nullptr;
    case Family::bin:
    case Family::rel:
    case Family::trap_bin:
    case Family::un:
    case Family::branch: return pick_int(family, op, a, b, dest, flags);
    case Family::fbin:
    case Family::frel:
    case Family::fun:
    case Family::fbranch: return pick_float(family, op, a, b, dest, flags);
    case Family::load:
    case Family::load_index:
    case Family::store: return pick_memory(family, op, a, b, dest, flags);
    default: return pick_move(family, a, b, dest, flags);
  }
}

}  // namespace heddle::interp
