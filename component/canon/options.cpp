#include "component/canon/options.h"

namespace heddle::component::canon {

Result<uint64_t> LiftLowerContext::reallocate(uint64_t old, uint64_t old_byte_length, uint64_t alignment,
                                              uint64_t new_byte_length) {
  HEDDLE_ASSERT(inst.may_leave && opts.realloc);
  inst.may_leave = false;
  const CoreVal::Type type = opts.memory->ptr_type();
  const CoreVal args[] = {{type, old}, {type, old_byte_length}, {type, alignment}, {type, new_byte_length}};
  const std::vector<CoreVal> results = TRY(opts.realloc(args));
  HEDDLE_ASSERT(results.size() == 1);
  inst.may_leave = true;
  return results[0].bits;
}

}  // namespace heddle::component::canon
