// Between the handler files and pick(): each file offers the tables of its families.
#pragma once
#include "exec/interp/families.h"

namespace heddle::interp {

Handler pick_int(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags);
Handler pick_float(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags);
Handler pick_memory(Family family, Op op, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags);
Handler pick_move(Family family, uint8_t a, uint8_t b, uint8_t dest, uint8_t flags);

// The poll word is set: why, and what follows.
HEDDLE_HANDLER(op_interrupt);

}  // namespace heddle::interp
