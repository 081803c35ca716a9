#include "component/canon/future.h"

#include <utility>

namespace heddle::component::canon {

void SharedFutureImpl::set_pending(ComponentInstance* inst, std::shared_ptr<Buffer> buffer, OnCopyDone on_copy_done) {
  pending_inst = inst;
  pending_buffer = std::move(buffer);
  pending_on_copy_done = std::move(on_copy_done);
}

void SharedFutureImpl::reset_and_notify_pending(CopyResult result) {
  const OnCopyDone on_copy_done = std::exchange(pending_on_copy_done, nullptr);
  reset_pending();
  on_copy_done(result);
}

// Then a writer is pending: the writable end is dropped only when its value has gone.
void SharedFutureImpl::drop() {
  if (dropped) return;
  dropped = true;
  if (pending_buffer) reset_and_notify_pending(CopyResult::dropped);
}

Result<void> SharedFutureImpl::read(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopy,
                                    OnCopyDone on_copy_done) {
  if (broken) return ErrorCode::writer_trapped;
  HEDDLE_ASSERT(!dropped && dst_buffer->remain() == 1);
  if (!pending_buffer) {
    set_pending(inst, std::move(dst_buffer), std::move(on_copy_done));
    return {};
  }
  TRAP_IF(inst && inst == pending_inst && !none_or_number_type(t), intra_component_future);
  TRY(copy(*pending_buffer, *dst_buffer, 1));
  reset_and_notify_pending(CopyResult::completed);
  on_copy_done(CopyResult::completed);
  return {};
}

Result<void> SharedFutureImpl::write(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopy,
                                     OnCopyDone on_copy_done) {
  HEDDLE_ASSERT(src_buffer->remain() == 1);
  if (pending_inst && pending_inst->has_ended()) {  // nobody reads any more, and who did is told nothing
    dropped = true;
    reset_pending();
  }
  if (dropped) {
    on_copy_done(CopyResult::dropped);
    return {};
  }
  if (!pending_buffer) {
    set_pending(inst, std::move(src_buffer), std::move(on_copy_done));
    return {};
  }
  TRAP_IF(inst && inst == pending_inst && !none_or_number_type(t), intra_component_future);
  TRY(copy(*src_buffer, *pending_buffer, 1));
  reset_and_notify_pending(CopyResult::completed);
  on_copy_done(CopyResult::completed);
  return {};
}

Result<void> WritableFutureEnd::drop() {
  TRAP_IF(state != CopyState::done, future_not_written);
  return CopyEnd::drop();
}

}  // namespace heddle::component::canon
