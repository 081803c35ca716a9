// Handlers that move values: between slots and registers, select, globals, one result to the caller, and the jump
// table.
#include "exec/interp/control.h"
#include "exec/interp/operand.h"
#include "exec/interp/tables.h"

namespace heddle::interp {
namespace {

// A move leaves the accumulator alone, so that what it holds stays usable behind the moves of a block boundary.
template <uint8_t a, uint8_t dest, bool zero_extend = false>
HEDDLE_HANDLER(op_mov) {
  HEDDLE_BIND
  Word value = zero_extend ? field_hi(pc) : READ_INT(Word, a, field_a(pc), field_offset(pc));
  write_slot(&fp[field_b(pc)], value);
  if constexpr (dest == kToPin0) l0 = value;
  if constexpr (dest == kToPin1) l1 = value;
  NEXT(2);
}

// The vector register's low lane, or all of it. A float of 32 bits leaves zeros above it in its slot.
template <uint8_t flags>
HEDDLE_HANDLER(op_fmov) {
  HEDDLE_BIND
  if constexpr (flags == kFlagVector) {
    write_slot(&fp[field_b(pc)], vec);
  } else if constexpr (flags == kFlagDouble) {
    write_slot(&fp[field_b(pc)], low_lane<double>(vec));
  } else {
    write_slot(&fp[field_b(pc)], low_lane<float>(vec));
  }
  NEXT(2);
}

template <uint8_t condition, uint8_t dest>
HEDDLE_HANDLER(op_select) {
  HEDDLE_BIND
  uint32_t chosen = READ_INT(uint32_t, condition, field_c(pc), 0) ? field_a(pc) : field_b(pc);
  WRITE_INT(dest, field_d(pc), fp[chosen]);
  NEXT(2);
}

inline Slot* global_value(Instance* ctx, uint32_t offset, bool own) {
  return own ? ctx->at<Slot>(offset) : (*ctx->at<rt::Global*>(offset))->value;
}

template <uint8_t dest, bool own>
HEDDLE_HANDLER(op_global_get) {
  HEDDLE_BIND
  WRITE_INT(dest, field_a(pc), *global_value(ctx, field_hi(pc), own));
  NEXT(2);
}

template <uint8_t a, bool own>
HEDDLE_HANDLER(op_global_set) {
  HEDDLE_BIND
  *global_value(ctx, field_hi(pc), own) = READ_INT(Word, a, field_a(pc), 0);
  NEXT(2);
}

template <uint8_t a>
HEDDLE_HANDLER(op_ret_int) {
  HEDDLE_BIND
  acc = READ_INT(Word, a, field_a(pc), pc[2]);
  fp[0] = acc;
  RETURN_TO_CALLER(field_hi(pc));
}

template <uint8_t a>
HEDDLE_HANDLER(op_ret_float) {
  HEDDLE_BIND
  if constexpr (a == kAcc) {
    fp[0] = to_word(low_lane<double>(vec));
  } else {
    fp[0] = fp[field_a(pc)];
  }
  acc = fp[0];
  RETURN_TO_CALLER(field_hi(pc));
}

// Targets follow, two in a word, as offsets from this cell; the last one is the default.
template <uint8_t a>
HEDDLE_HANDLER(op_br_table) {
  HEDDLE_BIND
  uint32_t index = READ_INT(uint32_t, a, field_a(pc), 0), last = field_hi(pc);
  if (index > last) index = last;
  int32_t offset = static_cast<int32_t>(reinterpret_cast<const Field32*>(pc + 2)[index]);
  if (offset < 0) POLL();
  JUMP(pc + offset);
}

struct MakeMov {
  template <Op, uint8_t a, uint8_t, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a == kImm || flags == kFlagNone) return op_mov < a, dest, flags == kFlagZeroExtend > ;
    return nullptr;
  }
};
struct MakeFloatMov {
  template <Op, uint8_t, uint8_t, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    return op_fmov<flags>;
  }
};
struct MakeSelect {
  template <Op, uint8_t, uint8_t condition, uint8_t dest, uint8_t>
  static constexpr Handler at() {
    if constexpr (condition != kImm) return op_select<condition, dest>;
    return nullptr;
  }
};
struct MakeGlobalGet {
  template <Op, uint8_t, uint8_t, uint8_t dest, uint8_t flags>
  static constexpr Handler at() {
    return op_global_get < dest, flags == kFlagOwn > ;
  }
};
struct MakeGlobalSet {
  template <Op, uint8_t a, uint8_t, uint8_t, uint8_t flags>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_global_set < a, flags == kFlagOwn > ;
    return nullptr;
  }
};
struct MakeRet {
  template <Op, uint8_t a, uint8_t, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_ret_int<a>;
  }
};
struct MakeFloatRet {
  template <Op, uint8_t a, uint8_t, uint8_t, uint8_t>
  static constexpr Handler at() {
    return op_ret_float<a>;
  }
};
struct MakeBrTable {
  template <Op, uint8_t a, uint8_t, uint8_t, uint8_t>
  static constexpr Handler at() {
    if constexpr (a != kImm) return op_br_table<a>;
    return nullptr;
  }
};

}  // namespace

constexpr Grid kMovGrid = grid<kNoOps, Extent{.a = kClasses, .dest = kDests, .flags = 2}, MakeMov>();
constexpr Grid kFloatMovGrid = grid<kNoOps, Extent{.flags = 3}, MakeFloatMov>();
constexpr Grid kSelectGrid = grid<kNoOps, Extent{.b = kClasses, .dest = kDests}, MakeSelect>();
constexpr Grid kGlobalGetGrid = grid<kNoOps, Extent{.dest = kDests, .flags = 2}, MakeGlobalGet>();
constexpr Grid kGlobalSetGrid = grid<kNoOps, Extent{.a = kClasses, .flags = 2}, MakeGlobalSet>();
constexpr Grid kRetGrid = grid<kNoOps, Extent{.a = kClasses}, MakeRet>();
constexpr Grid kFloatRetGrid = grid<kNoOps, Extent{.a = kAcc + 1}, MakeFloatRet>();
constexpr Grid kBrTableGrid = grid<kNoOps, Extent{.a = kClasses}, MakeBrTable>();

HEDDLE_HANDLER(op_mov2) {
  HEDDLE_BIND
  fp[field_b(pc)] = fp[field_a(pc)];
  fp[field_d(pc)] = fp[field_c(pc)];
  NEXT(2);
}

HEDDLE_HANDLER(op_mov2_imm) {
  HEDDLE_BIND
  fp[field_a(pc)] = static_cast<Word>(static_cast<int64_t>(static_cast<int32_t>(pc[2])));
  fp[field_b(pc)] = static_cast<Word>(static_cast<int64_t>(pc[2]) >> 32);
  NEXT(3);
}

}  // namespace heddle::interp
