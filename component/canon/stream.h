// "### Stream State" (CanonicalABI.md): a rendezvous of one that reads and one that writes. Who comes first leaves
// its buffer; who comes second copies.
#pragma once
#include <functional>
#include <memory>
#include <utility>

#include "component/canon/buffer.h"
#include "component/canon/waitable.h"

namespace heddle::component::canon {

enum class CopyResult : uint8_t { completed = 0, dropped = 1, cancelled = 2 };

using ReclaimBuffer = std::function<void()>;
using OnCopy = std::function<void(ReclaimBuffer)>;
using OnCopyDone = std::function<void(CopyResult)>;

// What the two ends of a stream or a future share. `inst` of read and write: whose buffer it is; null: the host's.
class SharedBase {
 public:
  explicit SharedBase(T t) : t(std::move(t)) {}
  virtual ~SharedBase() = default;
  virtual void cancel() = 0;
  virtual void drop() = 0;
  virtual void reset_pending() = 0;
  virtual Result<void> read(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopy on_copy,
                            OnCopyDone on_copy_done) = 0;
  virtual Result<void> write(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopy on_copy,
                             OnCopyDone on_copy_done) = 0;
  // An end was in an instance that has trapped: nobody is told there, and who waits at the other is.
  virtual void break_off(bool by_writer) = 0;

  const T t;  // of the elements; may be absent
  bool broken = false;
};

// A readable end between two that have it: of a value that nobody takes it is dropped.
class EndInFlight {
 public:
  explicit EndInFlight(std::shared_ptr<SharedBase> shared) : shared_(std::move(shared)) {}
  ~EndInFlight() {
    if (shared_) shared_->drop();
  }
  EndInFlight(const EndInFlight&) = delete;
  EndInFlight& operator=(const EndInFlight&) = delete;
  std::shared_ptr<SharedBase> take() { return std::exchange(shared_, nullptr); }  // null: it has gone

 private:
  std::shared_ptr<SharedBase> shared_;
};

class SharedStreamImpl final : public SharedBase {
 public:
  using SharedBase::SharedBase;

  void reset_pending() override { set_pending(nullptr, nullptr, nullptr, nullptr); }
  void set_pending(ComponentInstance* inst, std::shared_ptr<Buffer> buffer, OnCopy on_copy, OnCopyDone on_copy_done);
  void reset_and_notify_pending(CopyResult result);
  void cancel() override { reset_and_notify_pending(CopyResult::cancelled); }
  void drop() override;
  void break_off(bool by_writer) override;
  Result<void> read(ComponentInstance* inst, std::shared_ptr<Buffer> dst_buffer, OnCopy on_copy,
                    OnCopyDone on_copy_done) override;
  Result<void> write(ComponentInstance* inst, std::shared_ptr<Buffer> src_buffer, OnCopy on_copy,
                     OnCopyDone on_copy_done) override;

  bool dropped = false;
  ComponentInstance* pending_inst = nullptr;
  std::shared_ptr<Buffer> pending_buffer;
  OnCopy pending_on_copy;
  OnCopyDone pending_on_copy_done;

 private:
  void notify_copied();
};

enum class CopyState : uint8_t { idle = 1, copying = 2, cancelling_copy = 3, done = 4 };

class CopyEnd : public Waitable {
 public:
  CopyEnd(Kind kind, std::shared_ptr<SharedBase> shared) : Waitable(kind), shared(std::move(shared)) {}

  uint64_t cost() const override { return 768; }  // with half of what the two ends share, and what waits for them
  bool is_of(const T& t, Store& store) const;     // the elements
  bool copying() const { return state == CopyState::copying || state == CopyState::cancelling_copy; }
  Result<void> drop() override;

  std::shared_ptr<SharedBase> shared;
  CopyState state = CopyState::idle;

 private:
  // What is_of has last said yes to: most ask with the same always.
  mutable const TypeSpace* known_space_ = nullptr;
  mutable ValType known_type_;
};

class ReadableStreamEnd final : public CopyEnd {
 public:
  static constexpr Kind kKind = Kind::readable_stream_end;
  explicit ReadableStreamEnd(std::shared_ptr<SharedBase> shared) : CopyEnd(kKind, std::move(shared)) {}
  Result<void> copy(ComponentInstance* inst, std::shared_ptr<Buffer> dst, OnCopy on_copy, OnCopyDone on_copy_done) {
    return shared->read(inst, std::move(dst), std::move(on_copy), std::move(on_copy_done));
  }
};

class WritableStreamEnd final : public CopyEnd {
 public:
  static constexpr Kind kKind = Kind::writable_stream_end;
  explicit WritableStreamEnd(std::shared_ptr<SharedBase> shared) : CopyEnd(kKind, std::move(shared)) {}
  Result<void> copy(ComponentInstance* inst, std::shared_ptr<Buffer> src, OnCopy on_copy, OnCopyDone on_copy_done) {
    return shared->write(inst, std::move(src), std::move(on_copy), std::move(on_copy_done));
  }
};

}  // namespace heddle::component::canon
