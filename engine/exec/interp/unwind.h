// Leaving frames other than by returning: traps with their backtraces, exceptions.
#pragma once
#include "exec/interp/frame.h"

namespace heddle::interp {

// How execution goes on after something that is not an ordinary return.
enum class Next : uint8_t {
  go_on,   // behind the cell
  caught,  // at the activation's pc, fp and ctx, with its pinned locals
  leave,   // the activation ends; its outcome is set
};

// Notes where the activation stands; the activation.
rt::Activation& stand_at(const Word* pc, Slot* fp, Instance* ctx);
// The guest's fault at this cell: the trap and its backtrace go to the store, the activation ends.
void raise(const Word* pc, Slot* fp, Instance* ctx, ErrorCode code);
// The poll word is set: the trap it asks for.
void raise_interrupt(const Word* pc, Slot* fp, Instance* ctx);
// pending.exception is thrown at this cell.
Next throw_pending(const Word* pc, Slot* fp, Instance* ctx);
// Allocates an exception from arguments in slots and throws it.
Next throw_new(const Word* pc, Slot* fp, Instance* ctx, uint32_t tag, const Slot* args);

// The current fiber has ended with an exception (continuations): its parent goes on, at act's pc, fp and ctx. False
// where the fiber is the one the activation began on.
bool leave_fiber(rt::Store& store, rt::Activation& act);

}  // namespace heddle::interp
