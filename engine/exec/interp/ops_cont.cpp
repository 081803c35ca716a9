#include "exec/interp/code.h"
#include "exec/interp/control.h"
#include "exec/interp/unwind.h"
namespace heddle::interp {
#define T(n) HEDDLE_HANDLER(n) { HEDDLE_BIND TRAP(ErrorCode::unhandled_suspension); }
T(op_cont_new) T(op_cont_bind) T(op_suspend) T(op_resume) T(op_resume_throw) T(op_resume_throw_ref) T(op_switch) T(op_fiber_return)
bool leave_fiber(rt::Store&, rt::Activation&) { return false; }
}
