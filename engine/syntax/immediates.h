// Reads what follows an opcode (spec 5.4): every kind of immediate, its malformed encodings refused. The printer, the
// disassembler and walkers of constant expressions share it; the validator's hot path reads the common kinds itself.
//
// Nothing is allocated: lists (labels, types, catch clauses, handlers) are walked once to check their encoding and
// then left as a Reader, from which the caller takes `count` elements by read_label, read_val_type, read_catch,
// read_handler.
#pragma once
#include <array>
#include <cstdint>

#include "base/index.h"
#include "base/reader.h"
#include "syntax/op.h"
#include "syntax/types.h"

namespace heddle {

struct BlockType {
  enum class Kind : uint8_t { empty, value, type };
  Kind kind = Kind::empty;
  ValType value;  // of Kind::value: the only result
  TypeIdx type;   // of Kind::type: a function type
};

struct MemArg {
  uint32_t align_log2 = 0;
  MemIdx memory;
  uint64_t offset = 0;
};

struct CatchClause {
  enum class Kind : uint8_t { catch_, catch_ref, catch_all, catch_all_ref };  // the encoding's own numbers
  Kind kind = Kind::catch_;
  TagIdx tag;  // of catch_, catch_ref
  uint32_t label = 0;
  bool has_tag() const { return kind == Kind::catch_ || kind == Kind::catch_ref; }
  bool has_ref() const { return kind == Kind::catch_ref || kind == Kind::catch_all_ref; }
};

// (on $tag $label) or (on $tag switch) of resume, resume_throw, resume_throw_ref.
struct Handler {
  bool switches = false;
  TagIdx tag;
  uint32_t label = 0;  // unless it switches
};

// Only the members that the instruction's Imm kind has are meaningful.
struct Immediates {
  uint32_t index =
      0;  // the first index in binary order; label of br, br_on_cast; type of resume; count of type_count
  uint32_t index2 = 0;  // the second one
  BlockType block;
  MemArg memarg;
  uint64_t bits = 0;                // i32 (sign-extended), i64, f32, f64 constants
  std::array<uint8_t, 16> bytes{};  // v128 constant, lanes of a shuffle
  uint8_t lane = 0;
  HeapType heap, heap2;  // heap2: the target of br_on_cast
  bool nullable = false, nullable2 = false;
  uint32_t count = 0;  // of the list, or of array.new_fixed
  Reader list;         // labels (the default label is `index`), value types, catch clauses, handlers
};

// Bytes one memory instruction reads or writes, as a power of two: its natural alignment (spec 3.4.x). From the
// mnemonic, which says the width where it differs from that of the value type.
constexpr uint32_t access_log2(Op op) {
  std::string_view text = info(op).text;
  auto log2 = [](uint32_t bits) {
    uint32_t result = 0;
    for (; bits > 8; bits >>= 1) ++result;
    return result;
  };
  auto number = [&](size_t at) {
    uint32_t n = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at)
      n = n * 10 + static_cast<uint32_t>(text[at] - '0');
    return n;
  };
  for (std::string_view word : {"load", "store", "rmw", "wait", "notify"}) {
    size_t at = text.find(word);
    if (at == std::string_view::npos) continue;
    at += word.size();
    uint32_t bits = number(at);
    if (bits == 0) return word == "notify" ? 2 : log2(number(1));  // the whole value
    size_t times = text.find_first_not_of("0123456789", at);
    bool lanes = times != std::string_view::npos && text[times] == 'x';  // load8x8_s
    return log2(lanes ? bits * number(times + 1) : bits);
  }
  return 0;
}

// Lanes of the vector an extract, replace, load_lane or store_lane picks one of.
constexpr uint32_t lane_count(Op op) {
  const OpInfo& row = info(op);
  if (row.imm == Imm::memarg_lane) return 16u >> access_log2(op);
  std::string_view text = row.text;  // i8x16.extract_lane_s
  uint32_t n = 0;
  for (size_t at = text.find('x') + 1; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    n = n * 10 + static_cast<uint32_t>(text[at] - '0');
  }
  return n;
}

// The next opcode; an error for one that no row has.
Result<Op> read_op(Reader& in);

Result<HeapType> read_heap_type(Reader& in);
Result<ValType> read_ref_type(Reader& in);
Result<ValType> read_val_type(Reader& in);
Result<ValType> read_storage_type(Reader& in);  // a value type, i8 or i16
Result<BlockType> read_block_type(Reader& in);
Result<MemArg> read_memarg(Reader& in);
Result<uint32_t> read_label(Reader& in);
Result<CatchClause> read_catch(Reader& in);
Result<Handler> read_handler(Reader& in);

Result<Immediates> read_immediates(Reader& in, const OpInfo& op);

}  // namespace heddle
