#include "component/canon/stream.h"

#include <algorithm>
#include <utility>

#include "component/canon/embedding.h"

namespace heddle::component::canon {

void SharedStreamImpl::set_pending(ComponentInstance* inst, std::shared_ptr<Buffer> buffer, OnCopy on_copy,
                                   OnCopyDone on_copy_done) {
  pending_inst = inst;
  pending_buffer = std::move(buffer);
  pending_on_copy = std::move(on_copy);
  pending_on_copy_done = std::move(on_copy_done);
}

void SharedStreamImpl::reset_and_notify_pending(CopyResult result) {
  const OnCopyDone on_copy_done = std::exchange(pending_on_copy_done, nullptr);
  const std::shared_ptr<Buffer> buffer = std::exchange(pending_buffer, nullptr);  // which may be what is told
  reset_pending();
  on_copy_done(result);
}

void SharedStreamImpl::drop() {
  if (dropped) return;
  dropped = true;
  if (pending_buffer) reset_and_notify_pending(CopyResult::dropped);
}

// More may be copied into what is pending before its owner hears of it; then it takes its buffer back.
void SharedStreamImpl::notify_copied() {
  pending_on_copy([this] { reset_pending(); });  // the other end, which is asked to, holds on to this
}

Result<void> SharedStreamImpl::read(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopy on_copy,
                                    OnCopyDone on_copy_done) {
  if (dropped) {
    on_copy_done(CopyResult::dropped);
  } else if (!pending_buffer) {
    set_pending(inst, std::move(dst_buffer), std::move(on_copy), std::move(on_copy_done));
  } else {
    HEDDLE_ASSERT_SLOW(t == dst_buffer->t && t == pending_buffer->t);
    TRAP_IF(inst && inst == pending_inst && !none_or_number_type(t), intra_component_stream);
    if (pending_buffer->remain() > 0) {
      if (dst_buffer->remain() > 0) {
        const uint32_t n = std::min(dst_buffer->remain(), pending_buffer->remain());
        TRY(copy(*pending_buffer, *dst_buffer, n));
        notify_copied();
      }
      on_copy_done(CopyResult::completed);
    } else {
      reset_and_notify_pending(CopyResult::completed);
      set_pending(inst, std::move(dst_buffer), std::move(on_copy), std::move(on_copy_done));
    }
  }
  return {};
}

Result<void> SharedStreamImpl::write(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopy on_copy,
                                     OnCopyDone on_copy_done) {
  if (pending_inst && pending_inst->has_ended()) drop();  // nobody reads any more
  if (dropped) {
    on_copy_done(CopyResult::dropped);
  } else if (!pending_buffer) {
    set_pending(inst, std::move(src_buffer), std::move(on_copy), std::move(on_copy_done));
  } else {
    HEDDLE_ASSERT_SLOW(t == src_buffer->t && t == pending_buffer->t);
    TRAP_IF(inst && inst == pending_inst && !none_or_number_type(t), intra_component_stream);
    if (pending_buffer->remain() > 0) {
      if (src_buffer->remain() > 0) {
        const uint32_t n = std::min(src_buffer->remain(), pending_buffer->remain());
        TRY(copy(*src_buffer, *pending_buffer, n));
        notify_copied();
      }
      on_copy_done(CopyResult::completed);
    } else if (src_buffer->is_zero_length() && pending_buffer->is_zero_length()) {
      on_copy_done(CopyResult::completed);
    } else {
      reset_and_notify_pending(CopyResult::completed);
      set_pending(inst, std::move(src_buffer), std::move(on_copy), std::move(on_copy_done));
    }
  }
  return {};
}

bool CopyEnd::is_of(const T& t, Store& store) const {
  if (t.present() && t.space() && t.space() == known_space_ && t.type() == known_type_) return true;
  if (!store.type_numbers.same(shared->t, t)) return false;
  known_space_ = t.space();
  known_type_ = t.type();
  return true;
}

Result<void> CopyEnd::drop() {
  TRAP_WITH(copying(), kind == Kind::writable_stream_end ? ErrorCode::busy_end_dropped : ErrorCode::busy_end_removed);
  shared->drop();
  return Waitable::drop();
}

}  // namespace heddle::component::canon
