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
  raw,         // the handler is already in the cell
  bin,         // integer bin                     [a, b, d] or, b immediate, [a, d, imm32]
  rel,         // integer rel, result in acc      as bin
  trap_bin,    // integer division                as bin, result not to a pinned local
  un,          // from integers                   [a, d]
  fbin,        // float bin                       [a, b, d]
  frel,        // float rel                       [a, b, d]
  fun,         // from floats                     [a, d]
  load,        // [a, d, offset32]
  load_index,  // base plus index                 [a, b, d, offset16]
  store,       // [a, b, offset32]; an immediate b is 16 bits
  mov,         // [a, d, imm32]
  fmov,        // the vector register to a slot   [-, d]
  branch,      // integer rel and branch          [a, b or imm16, offset32]
  fbranch,     // float rel and branch            [a, b, offset32]
  select,      // [a, b, condition, d]
  global_get,  // [d, -, offset32]
  global_set,  // [a, -, offset32]
  ret,         // one integer or reference        [a, -, link32] [imm64]
  fret,        // one float                       [a, -, link32]
  br_table,    // [a, -, count32] targets
};

// What distinguishes the variants of a cell beyond the classes of its operands.
enum Flag : uint8_t {
  kFlagNone = 0,
  kFlagPoll = 1,        // branch: backward, looks at the poll word
  kFlagNegate = 2,      // fbranch: taken where the comparison fails
  kFlagChecked = 1,     // load, store: explicit bounds check
  kFlagZeroExtend = 1,  // mov of an immediate
  kFlagOwn = 1,         // global_get, global_set: the offset is that of the value, not of the pointer to it
};

Handler pick(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags);

// Is the operator a member of a family with variants? `raw` where it is not.
Family family_of(Op op);

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
  bool is_add32;  // the addition that a load can do for itself
  bool is_eqz;
};
const OpFacts& facts(Op op);

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
inline constexpr auto kScalarLoadOps =
    make_op_list<[](const OpInfo& r) { return r.shape == Shape::load && is_int_letter(r.sig.results[0]); }>();
inline constexpr auto kStoreOps = make_op_list<[](const OpInfo& r) { return r.shape == Shape::store; }>();

// Handlers by index: Make::at<i>() for every i. Not std::array, which would drop the calling convention from its
// element type.
template <size_t n>
struct HandlerTable {
  Handler handlers[n];
};
template <class Make, size_t... i>
constexpr auto make_table(std::index_sequence<i...>) {
  return HandlerTable<sizeof...(i)>{{Make::template at<i>()...}};
}
template <class Make, size_t n>
inline constexpr auto kHandlers = make_table<Make>(std::make_index_sequence<n>{});

// The handler of an operator of a list, from a table that holds a grid of variants an operator.
template <class Make, size_t grid, class List>
inline Handler look_up(const List& list, Op op, size_t variant) {
  return kHandlers<Make, std::tuple_size_v<decltype(list.ops)> * grid>.handlers[list.index[static_cast<size_t>(op)] *
                                                                                    grid +
                                                                                variant];
}

}  // namespace heddle::interp
