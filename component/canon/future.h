// "### Future State" (CanonicalABI.md): a stream of exactly one value.
#pragma once
#include "component/canon/stream.h"

namespace heddle::component::canon {

class SharedFutureImpl final : public SharedBase {
 public:
  using SharedBase::SharedBase;

  void reset_pending() override { set_pending(nullptr, nullptr, nullptr); }
  void set_pending(ComponentInstance* inst, std::shared_ptr<Buffer> buffer, OnCopyDone on_copy_done);
  void reset_and_notify_pending(CopyResult result);
  void cancel() override { reset_and_notify_pending(CopyResult::cancelled); }
  void drop() override;
  void break_off(bool by_writer) override;
  // A value is all there is: `on_copy` is of streams.
  Result<void> read(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopy on_copy,
                    OnCopyDone on_copy_done) override;
  Result<void> write(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopy on_copy,
                     OnCopyDone on_copy_done) override;

  bool dropped = false;
  ComponentInstance* pending_inst = nullptr;
  std::shared_ptr<Buffer> pending_buffer;
  OnCopyDone pending_on_copy_done;
};

class ReadableFutureEnd final : public CopyEnd {
 public:
  static constexpr Kind kKind = Kind::readable_future_end;
  explicit ReadableFutureEnd(std::shared_ptr<SharedBase> shared) : CopyEnd(kKind, std::move(shared)) {}
  Result<void> copy(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopyDone on_copy_done) {
    return shared->read(inst, std::move(dst_buffer), nullptr, std::move(on_copy_done));
  }
};

class WritableFutureEnd final : public CopyEnd {
 public:
  static constexpr Kind kKind = Kind::writable_future_end;
  explicit WritableFutureEnd(std::shared_ptr<SharedBase> shared) : CopyEnd(kKind, std::move(shared)) {}
  Result<void> copy(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopyDone on_copy_done) {
    return shared->write(inst, std::move(src_buffer), nullptr, std::move(on_copy_done));
  }
  Result<void> drop() override;
};

}  // namespace heddle::component::canon
