// The host as one more guest: its values lie in a linear memory of its own, with pointers of 64 bits and strings in
// UTF-8, and pass to and from components by plans as those of any other (plan/copy.h).
#pragma once
#include <algorithm>
#include <memory>

#include "component/plan/copy.h"

namespace heddle::component::link {

// Grows as it is needed; what is in it moves then. Nothing is freed but all at once.
class HostMemory final : public canon::MemInst {
 public:
  static constexpr uint32_t kPointer = 8;
  HostMemory() { ptr_size = kPointer; }
  std::span<uint8_t> bytes() override { return {bytes_.get(), size_}; }
  uint8_t* at(uint64_t ptr, uint64_t size);
  uint64_t allocate(uint64_t alignment, uint64_t size);
  uint64_t reallocate(uint64_t old, uint64_t old_size, uint64_t alignment, uint64_t size);
  void clear();

 private:
  static constexpr uint64_t kKept = 4 << 20;  // a larger one is let go when it is cleared
  std::unique_ptr<uint8_t[]> bytes_;
  uint64_t size_ = 0, capacity_ = 0;
};

// The values of a call: arguments as the record that they are, the result. Either lies at 0.
struct StoredValues {
  HostMemory args, result;
};

// The host as the canonical ABI knows one side of a call, with a memory for its values.
class HostContext {
 public:
  HostContext(HostMemory& memory, canon::ComponentInstance& guest) : cx(opts_, guest) { opts_.memory = &memory; }
  HostContext(const HostContext&) = delete;
  HostContext& operator=(const HostContext&) = delete;
  // SAFETY: only contexts of this class are given to who asks: passages of the host's functions (passage.h).
  static HostMemory& memory_of(canon::LiftLowerContext& host) { return static_cast<HostMemory&>(*host.opts.memory); }

  canon::LiftLowerContext cx;

 private:
  canon::LiftLowerOptions opts_;
};

// The guest on the other side of the host. The bytes are paid for as the host allocates them.
class HostsGuest final : public plan::Guest {
 public:
  using Guest::Guest;
  Result<void> take(uint64_t bytes, uint64_t work) override { return cx.work(work - std::min(work, bytes)); }
};

// A side of a copy: from the host, whose own values cost a store nothing and have been looked at, or to the host,
// which `guest`, on the other side, pays for.
class HostSide final : public plan::Guest {
 public:
  HostSide(HostMemory& memory, HostsGuest& guest)
      : Guest(context_.cx), memory_(memory), guest_(guest), context_(memory, guest.cx.inst) {
    texts_are_valid = true;
  }
  Result<uint64_t> reallocate(uint64_t old, uint64_t old_size, uint64_t alignment, uint64_t new_size) override {
    TRY(guest_.cx.take(new_size));
    return memory_.reallocate(old, old_size, alignment, new_size);
  }
  Result<void> take(uint64_t, uint64_t) override { return {}; }

 private:
  HostMemory& memory_;
  HostsGuest& guest_;
  HostContext context_;
};

}  // namespace heddle::component::link
