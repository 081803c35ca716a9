#include "component/canon/buffer.h"

#include "base/checked.h"
#include "component/canon/alignment.h"
#include "component/canon/storing.h"

namespace heddle::component::canon {

// Memories do not shrink: what is in bounds now stays so.
Result<std::shared_ptr<BufferGuestImpl>> BufferGuestImpl::create(T t, const LiftLowerContext& cx, uint64_t ptr,
                                                                 uint32_t length) {
  TRAP_IF(length > kMaxLength, buffer_too_long);
  if (t.present() && length > 0) {
    const uint32_t ptr_size = cx.opts.memory->ptr_size;
    TRAP_IF(ptr != align_to(ptr, alignment(t, ptr_size)), unaligned_pointer);
    TRAP_IF(!in_bounds(ptr, length * elem_size(t, ptr_size), cx.opts.memory->bytes().size()), buffer_out_of_bounds);
  }
  return std::shared_ptr<BufferGuestImpl>(new BufferGuestImpl(std::move(t), cx, ptr, length));
}

void BufferGuestImpl::advance(uint32_t n) {
  if (t.present()) ptr += n * elem_size(t, cx.opts.memory->ptr_size);
  progress += n;
}

Result<Val> BufferGuestImpl::read(uint32_t n) {
  HEDDLE_ASSERT(n <= remain());
  Val vs{.kind = Val::Kind::packed, .bits = n};
  cx.lifted = 0;
  if (t.present()) vs = TRY(load_list_from_valid_range(cx, ptr, n, t));
  advance(n);
  return vs;
}

Result<void> BufferGuestImpl::write(const Val& vs) {
  HEDDLE_ASSERT(vs.count() <= remain());
  if (t.present()) TRY(store_list_into_valid_range(cx, vs, ptr, t));
  advance(static_cast<uint32_t>(vs.count()));
  return {};
}

}  // namespace heddle::component::canon
