// The instructions, unfolded from ops.inc: their dense enumeration, their static facts, and the two reverse look-ups
// (code -> Op, mnemonic -> Op), all computed at compile time. `Op` is dense and is not the byte encoding.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "syntax/features.h"

namespace heddle {

// How an instruction executes. Shapes with a kernel name it num::<name>; T, U are the C++ types of the letters in
// sig: uint32_t, uint64_t, float, double, num::v128.
enum class Shape : uint8_t {
  ctrl,            // by hand: structure, branches, calls, drop, select
  exn,             // by hand: exceptions, both handlings
  cont,            // by hand: stack switching
  var,             // by hand: locals and globals
  ref,             // by hand: references
  gc,              // by hand: aggregates and casts
  table,           // by hand: tables
  mem,             // by hand: size, grow, bulk
  cnst,            // the immediate
  load,            // Load<name>: num::LoadOf<Op> tells what is read and how it is extended
  store,           //
  test,            // uint32_t num::name(T)                result is 0 or 1
  rel,             // uint32_t num::name(T, T)             result is 0 or 1
  un,              // U num::name(T)
  bin,             // U num::name(T, T')                   shifts of vectors take (v128, uint32_t)
  tern,            // U num::name(T, T, T)
  trap_un,         // num::Trapping<U> num::name(T)
  trap_bin,        // num::Trapping<U> num::name(T, T)
  extract,         // U num::name(v128, uint8_t lane)
  replace,         // v128 num::name(v128, T, uint8_t lane)
  shuffle,         // v128 num::name(v128, v128, v128 lanes)
  load_lane,       //
  store_lane,      //
  wide,            // void num::name(uint64_t* operands)   operands in, results out, in place
  atomic_load,     //
  atomic_store,    //
  atomic_rmw,      //
  atomic_cmpxchg,  //
  atomic_wait,     // by hand: wait32, wait64, notify
  fence,           //
};

// The immediates that follow the opcode (spec 5.4), in binary order.
enum class Imm : uint8_t {
  none,
  block,       // block type
  label,       // label index
  labels,      // vec(label) label
  func,        // function index
  type,        // type index
  type_table,  // type index, table index               (text: table first)
  local,
  global,
  table,
  tag,
  memarg,    // alignment and flags, [memory index], offset
  mem,       // memory index
  mem_mem,   // destination, source
  data_mem,  // data index, memory index               (text: memory first)
  data,
  elem,
  elem_table,   // elem index, table index                (text: table first)
  table_table,  // destination, source
  i32,
  i64,
  f32,
  f64,
  v128,
  lane,
  memarg_lane,
  lanes16,
  zero,          // one byte 0
  heap,          // heap type
  cast,          // heap type, of a reference that is not null
  cast_null,     // heap type, of a nullable reference
  br_cast,       // flags byte, label, heap type, heap type
  select_types,  // vec(value type)
  type_field,    // type index, field index
  type_count,    // type index, u32
  type_data,     // type index, data index
  type_elem,     // type index, elem index
  type_type,     // type index, type index
  type_tag,      // type index, tag index
  try_table,     // block type, vec(catch)
  resume,        // type index, vec(handler)
  resume_throw,  // type index, tag index, vec(handler)
};

// Letters: i i32, l i64, f f32, d f64, s v128, m the address type of the instruction's memory, e eqref, a arrayref,
// t i31ref, I (ref i31). Parameters, '_', results; 'v' where there are none.
struct Sig {
  std::string_view params, results;
  bool fixed;
};

constexpr Sig parse_sig(std::string_view text) {
  if (text == "poly") return {"", "", false};
  size_t bar = text.find('_');
  auto part = [](std::string_view s) { return s == "v" ? std::string_view() : s; };
  return {part(text.substr(0, bar)), part(text.substr(bar + 1)), true};
}

enum class Op : uint16_t {
#define OP(name, code, text, shape, sig, imm, since) name,
#include "syntax/ops.inc"
#undef OP
};

struct OpInfo {
  uint32_t code;
  std::string_view text;
  Shape shape;
  Imm imm;
  Feature since;
  Sig sig;
};

inline constexpr OpInfo kOps[] = {
#define OP(name, code, text, shape, sig, imm, since) \
  {code, text, Shape::shape, Imm::imm, Feature::since, parse_sig(#sig)},
#include "syntax/ops.inc"
#undef OP
};

inline constexpr size_t kOpCount = std::size(kOps);
inline constexpr Op kNoOp = static_cast<Op>(0xffff);
constexpr const OpInfo& info(Op op) { return kOps[static_cast<size_t>(op)]; }

static_assert(
    [] {
      for (size_t i = 1; i < kOpCount; ++i) {
        if (kOps[i - 1].code >= kOps[i].code) return false;
      }
      return true;
    }(),
    "ops.inc is sorted by code, without duplicates");

// Code -> Op. `page` is 0 for the one-byte codes, else the prefix; each page is a dense array.
inline constexpr uint32_t kPrefixBase = 0xfb;
inline constexpr uint32_t kPageSize = 0x114;
inline constexpr auto kByCode = [] {
  std::array<std::array<uint16_t, kPageSize>, 5> pages{};
  for (auto& page : pages) page.fill(static_cast<uint16_t>(kNoOp));
  for (size_t i = 0; i < kOpCount; ++i) {
    uint32_t prefix = kOps[i].code >> 12;
    pages[prefix ? prefix - kPrefixBase + 1 : 0][kOps[i].code & 0xfff] = static_cast<uint16_t>(i);
  }
  return pages;
}();

constexpr bool is_prefix(uint8_t byte) { return byte >= 0xfb && byte <= 0xfe; }
constexpr Op op_of_byte(uint8_t byte) { return static_cast<Op>(kByCode[0][byte]); }
constexpr Op op_of_prefixed(uint8_t prefix, uint32_t sub) {
  return sub < kPageSize ? static_cast<Op>(kByCode[prefix - kPrefixBase + 1][sub]) : kNoOp;
}

// Mnemonic -> Op. Of the rows that share a mnemonic the first is returned; the parser goes on from there by
// immediate.
inline constexpr auto kByText = [] {
  std::array<uint16_t, kOpCount> ops{};
  for (size_t i = 0; i < kOpCount; ++i) ops[i] = static_cast<uint16_t>(i);
  std::sort(ops.begin(), ops.end(), [](uint16_t a, uint16_t b) {
    return kOps[a].text != kOps[b].text ? kOps[a].text < kOps[b].text : a < b;
  });
  return ops;
}();

constexpr Op op_of_text(std::string_view text) {
  auto* at = std::lower_bound(kByText.begin(), kByText.end(), text,
                              [](uint16_t op, std::string_view t) { return kOps[op].text < t; });
  return at != kByText.end() && kOps[*at].text == text ? static_cast<Op>(*at) : kNoOp;
}

}  // namespace heddle
