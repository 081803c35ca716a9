// The hot operators come in variants: where each operand is (a slot, the accumulator, the cell itself, a pinned
// local) and where the result goes. A family is a set of operators of one shape with one grid of variants; its
// handlers are unfolded from ops.inc at compile time, and `pick` finds one. Everything else has one slot-to-slot
// handler an operator.
#pragma once
#include <array>
#include <cstdint>
#include <utility>

#include "exec/interp/dispatch.h"
#include "syntax/op.h"

namespace heddle::interp {

// Where an operand is. `acc` is the integer accumulator or, for a float, the vector register.
enum Class : uint8_t { kSlot, kAcc, kImm, kPin0, kPin1 };
inline constexpr size_t kClasses = 5;
// Where a result goes, besides the accumulator, which always gets it.
enum Dest : uint8_t { kNowhere, kToSlot, kToPin0, kToPin1 };
inline constexpr size_t kDests = 4;

enum class Family : uint8_t {
  raw,          // the handler is already in the cell
  bin,          // integer bin                     [a, b, d] or, b immediate, [a, d, imm32]
  rel,          // integer rel, result in acc      as bin
  trap_bin,     // integer division                as bin, result not to a pinned local
  div_by,       // 32-bit division by a constant   [a, d, imm32] [2^64 / imm, rounded up]
  un,           // from integers                   [a, d]
  fbin,         // float bin                       [a, b, d]
  frel,         // float rel                       [a, b, d]
  fun,          // from floats                     [a, d]
  load,         // [a, d, offset32]
  load_index,   // base plus index                 [a, b, d, offset16] or, b immediate, [a, d, imm32]
  store,        // [a, b, offset32]; an immediate b is 16 bits
  mov,          // [a, d, imm32]
  fmov,         // the vector register to a slot   [-, d]
  branch,       // integer rel and branch          [a, b or imm16, offset32]
  step_branch,  // a local plus a constant, to itself; then branch on it  [a, b or imm16, offset32] [step]
  fbranch,      // float rel and branch            [a, b, offset32]
  select,       // [a, b, condition, d]
  global_get,   // [d, -, offset32]
  global_set,   // [a, -, offset32]
  ret,          // one integer or reference        [a, -, link32] [imm64]
  fret,         // one float                       [a, -, link32]
  br_table,     // [a, -, count32] targets
  // other memories, and vectors to and from a lane
  load_far,     // [a, d, offset32] [memory]
  store_far,    // [a, b, offset32] [memory]
  load_lane,    // [a, b, d, lane] [offset32] [memory]
  store_lane,   // [a, b, -, lane] [offset32] [memory]
  table_get,    // [a, d, offset32]
  table_set,    // [a, b, offset32]; an immediate b is null
  memory_size,  // [d, -, offset32]
  // references and objects; the operator of an access is the load or store of the same type
  ref_un,      // [a, d]
  ref_test,    // [a, d, nullable] [type] [types]
  ref_cast,    // as ref_test
  br_cast,     // [a, flags, offset32] [type] [types]
  struct_get,  // [a, d, offset32]
  struct_set,  // [a, b, offset32]; an immediate b is 16 bits
  array_get,   // [a, b, d]
  array_set,   // [a, b, c]
  object_new,  // [d, fields, bytes32] [type32 | live slots] fields...
  array_new,   // [d, value, count, log2 size] [type32 | live slots] [repeat]
  // vectors
  vbin,      // [a, b, d]
  vun,       // [a, d]
  vshift,    // [a, b or imm16, d]
  vtern,     // [a, b, c, d]
  vsplat,    // [a, d]
  vextract,  // [a, d, lane]
  vreplace,  // [a, b, d, lane]
  vshuffle,  // [a, b, d] [lanes of a] [lanes of b]
  vconst,    // [-, d] [low] [high]
};
inline constexpr size_t kFamilyCount = static_cast<size_t>(Family::vconst) + 1;

// What distinguishes the variants of a cell beyond the classes of its operands.
enum Flag : uint8_t {
  kFlagNone = 0,
  kFlagPoll = 1,        // branch, step_branch: backward, looks at the poll word
  kFlagNegate = 2,      // fbranch: taken where the comparison fails
  kFlagChecked = 1,     // load, store: explicit bounds check
  kFlagWide = 2,        // load, store: the same, of an index of 64 bits; table_get, table_set: of 64 bits
  kFlagOneVector = 1,   // vshuffle: all lanes are of a
  kFlagThird = 1,       // array_set, vtern: the third operand is in the register
  kFlagZeroExtend = 1,  // mov of an immediate
  kFlagDouble = 1,      // fmov: of 64 bits
  kFlagVector = 2,      // fmov: of 128 bits
  kFlagOwn = 1,         // global_get, global_set: the offset is that of the value, not of the pointer to it
};

// ---- facts about operators, read off the mnemonic ----

constexpr bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// a op b is b op a.
constexpr bool commutes(Op op) {
  for (std::string_view end : {".add", ".mul", ".and", ".or", ".xor", ".eq", ".ne"}) {
    if (ends_with(info(op).text, end)) return true;
  }
  return false;
}

// The comparison of the same type whose name ends as `to` says where this one's ends as `from` says.
constexpr Op renamed(Op rel, const std::string_view (&from)[10], const std::string_view (&to)[10]) {
  std::string_view text = info(rel).text;
  for (size_t i = 0; i < 10; ++i) {
    if (!ends_with(text, from[i])) continue;
    std::string_view type = text.substr(0, text.size() - from[i].size());
    for (size_t op = 0; op < kOpCount; ++op) {
      if (kOps[op].text.size() == type.size() + to[i].size() && kOps[op].text.substr(0, type.size()) == type &&
          ends_with(kOps[op].text, to[i])) {
        return static_cast<Op>(op);
      }
    }
  }
  return kNoOp;
}
inline constexpr std::string_view kRelNames[10] = {".eq",   ".ne",   ".lt_s", ".lt_u", ".gt_s",
                                                   ".gt_u", ".le_s", ".le_u", ".ge_s", ".ge_u"};
inline constexpr std::string_view kMirrorNames[10] = {".eq",   ".ne",   ".gt_s", ".gt_u", ".lt_s",
                                                      ".lt_u", ".ge_s", ".ge_u", ".le_s", ".le_u"};
inline constexpr std::string_view kInverseNames[10] = {".ne",   ".eq",   ".ge_s", ".ge_u", ".le_s",
                                                       ".le_u", ".gt_s", ".gt_u", ".lt_s", ".lt_u"};

Op mirrored(Op rel);  // a < b as b > a; the operator itself where it commutes. Integer comparisons only.
Op inverted(Op rel);  // a < b as not a >= b. Integer comparisons only.

// The comparison that, with zero, holds where a value of the type ('i' or 'l') is nonzero, or zero.
Op test_op(char type, bool nonzero);

// May the operands change places (by commutes or mirrored)?
constexpr bool can_turn(Op op) { return commutes(op) || info(op).shape == Shape::rel; }

// The same facts for the translator, which asks at run time.
struct OpFacts {
  bool commutes, turns;
  bool is_add;
  bool is_eqz;
};
extern const std::array<OpFacts, kOpCount> kFacts;
inline const OpFacts& facts(Op op) { return kFacts[static_cast<size_t>(op)]; }

// The order in which operands that can be turned stand: the accumulator, pinned locals, slots. An immediate is always
// b.
constexpr bool in_order(uint8_t a, uint8_t b) {
  constexpr uint8_t kRank[kClasses] = {3, 0, 4, 1, 2};
  return kRank[a] <= kRank[b];
}

// Is there a handler for these classes of operands?
constexpr bool can_stand(Op op, uint8_t a, uint8_t b) {
  if (a == kImm || (a == kAcc && b == kAcc)) return false;
  return !can_turn(op) || in_order(a, b);
}

// ---- compile-time helpers for the handler files ----

template <size_t n>
struct OpList {
  std::array<Op, n> ops{};
  std::array<uint16_t, kOpCount> index{};  // by Op; 0xffff for operators that are not in the list
};

template <auto predicate>
constexpr auto make_op_list() {
  constexpr size_t n = [] {
    size_t count = 0;
    for (const OpInfo& row : kOps) count += predicate(row) ? 1 : 0;
    return count;
  }();
  OpList<n> list{};
  list.index.fill(0xffff);
  uint16_t next = 0;
  for (size_t i = 0; i < kOpCount; ++i) {
    if (!predicate(kOps[i])) continue;
    list.ops[next] = static_cast<Op>(i);
    list.index[i] = next++;
  }
  return list;
}

constexpr bool is_int_letter(char c) { return c == 'i' || c == 'l'; }
constexpr bool is_float_letter(char c) { return c == 'f' || c == 'd'; }
constexpr bool all_letters(std::string_view letters, bool (*is)(char)) {
  for (char c : letters) {
    if (!is(c)) return false;
  }
  return !letters.empty();
}

inline constexpr auto kBinOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::bin && all_letters(r.sig.params, is_int_letter); }>();
inline constexpr auto kRelOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::rel && all_letters(r.sig.params, is_int_letter); }>();
inline constexpr auto kTrapBinOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::trap_bin && all_letters(r.sig.params, is_int_letter);
}>();
inline constexpr auto kDivByOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::trap_bin && r.sig.params == "ii"; }>();
inline constexpr auto kUnOps = make_op_list<[](const OpInfo& r) {
  return (r.shape == Shape::un || r.shape == Shape::test) && all_letters(r.sig.params, is_int_letter) &&
         (is_int_letter(r.sig.results[0]) || is_float_letter(r.sig.results[0]));
}>();
inline constexpr auto kFloatBinOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::bin && all_letters(r.sig.params, is_float_letter);
}>();
inline constexpr auto kFloatRelOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::rel && all_letters(r.sig.params, is_float_letter);
}>();
inline constexpr auto kFloatUnOps = make_op_list<[](const OpInfo& r) {
  return (r.shape == Shape::un || r.shape == Shape::trap_un) && all_letters(r.sig.params, is_float_letter) &&
         (is_int_letter(r.sig.results[0]) || is_float_letter(r.sig.results[0]));
}>();
inline constexpr auto kLoadOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::load; }>();
// Those that add for themselves: of integers, and of floats and vectors as they are.
inline constexpr auto kIndexLoadOps = make_op_list<[](const OpInfo& r) {
  return r.shape == Shape::load && (is_int_letter(r.sig.results[0]) || ends_with(r.text, ".load"));
}>();
inline constexpr auto kStoreOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::store; }>();

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

// Is the operator a member of a family with variants? `raw` where it is not.
inline constexpr auto kFamilies = [] {
  std::array<Family, kOpCount> families{};
  for (size_t i = 0; i < kOpCount; ++i) families[i] = find_family(static_cast<Op>(i));
  return families;
}();
constexpr Family family_of(Op op) { return kFamilies[static_cast<size_t>(op)]; }

// How many values each coordinate of a family's grid has.
struct Extent {
  uint8_t a = 1, b = 1, dest = 1, flags = 1;
  constexpr size_t size() const { return size_t{a} * b * dest * flags; }
};

// The handlers of a family: those of an operator are `size` in a row, the place of one among them is the sum of its
// coordinates, each times its stride. Null where there is no such handler.
struct Grid {
  const Handler* handlers;
  const uint16_t* index;  // of an operator, by Op
  uint16_t size;
  uint8_t a, b, dest;  // strides; that of the flags is 1
};
extern const std::array<const Grid*, kFamilyCount> kGrids;

inline Handler pick(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags) {
  const Grid& grid = *kGrids[static_cast<size_t>(family)];
  const size_t first = size_t{grid.index[static_cast<size_t>(op)]} * grid.size;
  return grid.handlers[first + size_t{a} * grid.a + size_t{b} * grid.b + size_t{dest} * grid.dest + flags];
}

// Handlers by index: Make::at<op, a, b, dest, flags>() for all of a grid. Not std::array, which would drop the
// calling convention from its element type.
template <size_t n>
struct HandlerTable {
  Handler handlers[n];
};
template <const auto& list, Extent extent, class Make, size_t i>
constexpr Handler handler_at() {
  constexpr size_t at = i % extent.size();
  constexpr uint8_t flags = at % extent.flags, dest = at / extent.flags % extent.dest;
  constexpr uint8_t b = at / extent.flags / extent.dest % extent.b, a = at / extent.flags / extent.dest / extent.b;
  return Make::template at<list.ops[i / extent.size()], a, b, dest, flags>();
}
template <const auto& list, Extent extent, class Make, size_t... i>
constexpr auto unfold(std::index_sequence<i...>) {
  return HandlerTable<sizeof...(i)>{{handler_at<list, extent, Make, i>()...}};
}
template <const auto& list, Extent extent, class Make>
inline constexpr auto kUnfolded =
    unfold<list, extent, Make>(std::make_index_sequence<list.ops.size() * extent.size()>{});

template <const auto& list, Extent extent, class Make>
constexpr Grid grid() {
  return {.handlers = kUnfolded<list, extent, Make>.handlers,
          .index = list.index.data(),
          .size = extent.size(),
          .a = static_cast<uint8_t>(extent.b * extent.dest * extent.flags),
          .b = static_cast<uint8_t>(extent.dest * extent.flags),
          .dest = extent.flags};
}

// Of families that have no operators.
inline constexpr OpList<1> kNoOps{};

}  // namespace heddle::interp
