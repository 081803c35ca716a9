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

// The low 64 bits of the vector register: a float of 32 bits leaves zeros above it in its slot.
template <bool wide>
HEDDLE_HANDLER(op_fmov) {
  HEDDLE_BIND
  if constexpr (wide) {
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
  if (offset < 0 && ctx->context->poll.load(std::memory_order_relaxed)) [[unlikely]]
    HEDDLE_GOTO(op_interrupt);
  JUMP(pc + offset);
}

// Immediates do not occur here: their places in the tables are never asked for.
constexpr uint8_t in_register_or_slot(size_t cls) { return static_cast<uint8_t>(cls == kImm ? size_t{kSlot} : cls); }

struct MakeMov {
  template <size_t i>
  static constexpr Handler at() {
    return op_mov<i / kDests, i % kDests>;
  }
};
struct MakeMovZero {
  template <size_t i>
  static constexpr Handler at() {
    return op_mov<kImm, i, true>;
  }
};
struct MakeSelect {
  template <size_t i>
  static constexpr Handler at() {
    return op_select<in_register_or_slot(i / kDests), i % kDests>;
  }
};
struct MakeGlobalGet {
  template <size_t i>
  static constexpr Handler at() {
    return op_global_get < i / 2, i % 2 != 0 > ;
  }
};
struct MakeGlobalSet {
  template <size_t i>
  static constexpr Handler at() {
    return op_global_set < in_register_or_slot(i / 2), i % 2 != 0 > ;
  }
};
struct MakeRet {
  template <size_t i>
  static constexpr Handler at() {
    return op_ret_int<i>;
  }
};
struct MakeBrTable {
  template <size_t i>
  static constexpr Handler at() {
    return op_br_table<in_register_or_slot(i)>;
  }
};

}  // namespace

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

Handler pick_move(Family family, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags) {
  switch (family) {
    case Family::mov:
      if (flags & kFlagZeroExtend) return kHandlers<MakeMovZero, kDests>.handlers[dest];
      return kHandlers<MakeMov, kClasses * kDests>.handlers[a * kDests + dest];
    case Family::fmov: return flags ? Handler{op_fmov<true>} : Handler{op_fmov<false>};
    case Family::select: return kHandlers<MakeSelect, kClasses * kDests>.handlers[b * kDests + dest];
    case Family::global_get: return kHandlers<MakeGlobalGet, kDests * 2>.handlers[dest * 2 + (flags & kFlagOwn)];
    case Family::global_set: return kHandlers<MakeGlobalSet, kClasses * 2>.handlers[a * 2 + (flags & kFlagOwn)];
    case Family::ret: return kHandlers<MakeRet, kClasses>.handlers[a];
    case Family::fret: return a == kAcc ? Handler{op_ret_float<kAcc>} : Handler{op_ret_float<kSlot>};
    default: return kHandlers<MakeBrTable, kClasses>.handlers[a];
  }
}

}  // namespace heddle::interp
