// "### `canon {stream,future}.new`" to "`{stream,future}.drop-{readable,writable}`" (CanonicalABI.md).
#include "component/canon/builtins.h"
#include "component/canon/embedding.h"
#include "component/canon/future.h"
#include "component/canon/lift.h"

namespace heddle::component::canon {
namespace {

uint64_t both(uint32_t ri, uint32_t wi) { return ri | uint64_t{wi} << 32; }

ErrorCode not_idle(const CopyEnd& e) {
  if (e.state != CopyState::done) return ErrorCode::busy_end;
  switch (e.kind) {
    case Handle::Kind::readable_stream_end: return ErrorCode::stream_read_done;
    case Handle::Kind::writable_stream_end: return ErrorCode::stream_write_done;
    case Handle::Kind::readable_future_end: return ErrorCode::future_read_done;
    default: return ErrorCode::future_write_done;
  }
}

// The end at index i, if it is one of EndT's and of elements of type t.
template <class EndT>
Result<std::shared_ptr<EndT>> end_at(const ComponentInstance& inst, const T& t, bool async, uint32_t i) {
  auto found = inst.handles.get(i);
  if (!found.ok()) return told_first(found.error(), async);
  std::shared_ptr<Handle> handle = std::move(found).value();
  TRAP_IF_AT(handle->kind != EndT::kKind, wrong_handle, i);
  auto e = std::static_pointer_cast<EndT>(std::move(handle));
  TRAP_IF_AT(!e->is_of(t, *inst.store), wrong_handle, i);
  return e;
}

Result<uint32_t> wait_and_get(CopyEnd& e, bool async, EventCode event_code, uint32_t i) {
  if (!e.has_pending_event()) {
    if (async) return kBlocked;
    TRY(e.wait_for_pending_event());
  }
  const EventTuple event = e.get_pending_event();
  HEDDLE_ASSERT(event.code == event_code && event.p1 == i && event.p2 != kBlocked);
  return event.p2;
}

}  // namespace

Result<uint64_t> canon_stream_new(const T& t) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const auto shared = std::make_shared<SharedStreamImpl>(t);
  const uint32_t ri = TRY(inst.handles.add(std::make_shared<ReadableStreamEnd>(shared)));
  const uint32_t wi = TRY(inst.handles.add(std::make_shared<WritableStreamEnd>(shared)));
  return both(ri, wi);
}

Result<uint64_t> canon_future_new(const T& t) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const auto shared = std::make_shared<SharedFutureImpl>(t);
  const uint32_t ri = TRY(inst.handles.add(std::make_shared<ReadableFutureEnd>(shared)));
  const uint32_t wi = TRY(inst.handles.add(std::make_shared<WritableFutureEnd>(shared)));
  return both(ri, wi);
}

// --- reading and writing

namespace {

// The end at index i, if a copy may begin there.
template <class EndT>
Result<std::shared_ptr<EndT>> idle_end(const ComponentInstance& inst, const T& t, const CanonicalOptions& opts,
                                       uint32_t i) {
  TRAP_IF(!inst.may_leave, cannot_leave);
  std::shared_ptr<EndT> e = TRY(end_at<EndT>(inst, t, opts.async, i));
  TRAP_WITH(e->state != CopyState::idle, not_idle(*e));
  TRAP_IF(e->in_waitable_set() && !opts.async, sync_in_waitable_set);
  HEDDLE_ASSERT(!t.present() || !contains_borrow(t));
  return e;
}

// A copy at an end of a stream: the guest's buffer, and what the end is told. It is kept by what is between the ends
// while it waits there, then by its event; the end, which cannot go while it copies, by its table.
class StreamCopy final : public BufferGuestImpl, public std::enable_shared_from_this<StreamCopy> {
 public:
  StreamCopy(const T& t, const LiftLowerContext& cx, uint64_t ptr, uint32_t n, CopyEnd& end, EventCode event_code,
             uint32_t i)
      : BufferGuestImpl(t, cx, ptr, n), end_(end), event_code_(event_code), i_(i) {}

  void on_copy(ReclaimBuffer reclaim_buffer) {
    end_.set_pending_event([self = shared_from_this(), reclaim_buffer = std::move(reclaim_buffer)] {
      reclaim_buffer();
      return self->stream_event(CopyResult::completed);
    });
  }
  void on_copy_done(CopyResult result) {
    end_.set_pending_event([self = shared_from_this(), result] { return self->stream_event(result); });
  }

 private:
  EventTuple stream_event(CopyResult result) {
    HEDDLE_ASSERT(end_.copying());
    // What was copied before a cancellation is told by it: so the official suite has it, and the description of
    // CopyResult; definitions.py has `completed`.
    if (end_.state == CopyState::cancelling_copy && result == CopyResult::completed) result = CopyResult::cancelled;
    end_.state = result == CopyResult::dropped ? CopyState::done : CopyState::idle;
    HEDDLE_ASSERT(progress <= Buffer::kMaxLength);
    return EventTuple{event_code_, i_, static_cast<uint32_t>(result) | progress << 4};
  }

  CopyEnd& end_;
  const EventCode event_code_;
  const uint32_t i_;
};

template <class EndT>
Result<uint32_t> stream_copy(EventCode event_code, const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr,
                             uint64_t n) {
  ComponentInstance& inst = current_instance();
  const std::shared_ptr<EndT> e = TRY(idle_end<EndT>(inst, t, opts, i));
  const LiftLowerContext cx(opts, inst, nullptr);
  const std::shared_ptr<StreamCopy> copy =
      TRY(BufferGuestImpl::create<StreamCopy>(t, cx, ptr, n, static_cast<CopyEnd&>(*e), event_code, i));
  e->state = CopyState::copying;
  TRY(e->copy(
      &inst, copy, [copy = copy.get()](ReclaimBuffer reclaim) { copy->on_copy(std::move(reclaim)); },
      [copy = copy.get()](CopyResult result) { copy->on_copy_done(result); }));
  return wait_and_get(*e, opts.async, event_code, i);
}

// An event is looked at while its end is still there, since it is the end's own; what others hold keeps the end.
template <class EndT>
Result<uint32_t> future_copy(EventCode event_code, const T& t, const CanonicalOptions& opts, uint32_t i,
                             uint64_t ptr) {
  ComponentInstance& inst = current_instance();
  const std::shared_ptr<EndT> e = TRY(idle_end<EndT>(inst, t, opts, i));
  const LiftLowerContext cx(opts, inst, nullptr);
  const std::shared_ptr<BufferGuestImpl> buffer = TRY(BufferGuestImpl::create(t, cx, ptr, 1));
  auto on_copy_done = [e, buffer, event_code, i](CopyResult result) {
    HEDDLE_ASSERT(result != CopyResult::dropped || event_code == EventCode::future_write);
    e->set_pending_event([e = e.get(), buffer, event_code, i, result] {
      HEDDLE_ASSERT((buffer->remain() == 0) == (result == CopyResult::completed));
      HEDDLE_ASSERT(e->copying());
      e->state = result == CopyResult::cancelled ? CopyState::idle : CopyState::done;
      return EventTuple{event_code, i, static_cast<uint32_t>(result)};
    });
  };
  e->state = CopyState::copying;
  TRY(e->copy(&inst, buffer, std::move(on_copy_done)));
  return wait_and_get(*e, opts.async, event_code, i);
}

}  // namespace

Result<uint32_t> canon_stream_read(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr, uint64_t n) {
  return stream_copy<ReadableStreamEnd>(EventCode::stream_read, t, opts, i, ptr, n);
}

Result<uint32_t> canon_stream_write(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr, uint64_t n) {
  return stream_copy<WritableStreamEnd>(EventCode::stream_write, t, opts, i, ptr, n);
}

Result<uint32_t> canon_future_read(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr) {
  return future_copy<ReadableFutureEnd>(EventCode::future_read, t, opts, i, ptr);
}

Result<uint32_t> canon_future_write(const T& t, const CanonicalOptions& opts, uint32_t i, uint64_t ptr) {
  return future_copy<WritableFutureEnd>(EventCode::future_write, t, opts, i, ptr);
}

// --- cancelling

namespace {

template <class EndT>
Result<uint32_t> cancel_copy(EventCode event_code, const T& t, bool async, uint32_t i) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<EndT> e = TRY(end_at<EndT>(inst, t, async, i));
  TRAP_IF(e->state != CopyState::copying || e->has_sync_waiter, nothing_to_cancel);
  TRAP_IF(e->in_waitable_set() && !async, sync_in_waitable_set);
  e->state = CopyState::cancelling_copy;
  if (!e->has_pending_event()) e->shared->cancel();
  const uint32_t payload = TRY(wait_and_get(*e, async, event_code, i));
  HEDDLE_ASSERT(payload == kBlocked || !e->copying());
  return payload;
}

}  // namespace

Result<uint32_t> canon_stream_cancel_read(const T& t, bool async, uint32_t i) {
  return cancel_copy<ReadableStreamEnd>(EventCode::stream_read, t, async, i);
}

Result<uint32_t> canon_stream_cancel_write(const T& t, bool async, uint32_t i) {
  return cancel_copy<WritableStreamEnd>(EventCode::stream_write, t, async, i);
}

Result<uint32_t> canon_future_cancel_read(const T& t, bool async, uint32_t i) {
  return cancel_copy<ReadableFutureEnd>(EventCode::future_read, t, async, i);
}

Result<uint32_t> canon_future_cancel_write(const T& t, bool async, uint32_t i) {
  return cancel_copy<WritableFutureEnd>(EventCode::future_write, t, async, i);
}

// --- dropping

namespace {

template <class EndT>
Result<void> drop(const T& t, uint32_t hi) {
  ComponentInstance& inst = current_instance();
  TRAP_IF(!inst.may_leave, cannot_leave);
  const std::shared_ptr<EndT> e = TRY(end_at<EndT>(inst, t, true, hi));
  TRY(e->drop());
  TRY(inst.handles.remove(hi));  // not before: what a trap leaves behind is where it was
  return {};
}

}  // namespace

Result<void> canon_stream_drop_readable(const T& t, uint32_t i) { return drop<ReadableStreamEnd>(t, i); }
Result<void> canon_stream_drop_writable(const T& t, uint32_t hi) { return drop<WritableStreamEnd>(t, hi); }
Result<void> canon_future_drop_readable(const T& t, uint32_t i) { return drop<ReadableFutureEnd>(t, i); }
Result<void> canon_future_drop_writable(const T& t, uint32_t hi) { return drop<WritableFutureEnd>(t, hi); }

}  // namespace heddle::component::canon
