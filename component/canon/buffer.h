// "### Buffer State" (CanonicalABI.md): what values are read from and written to, by those who hold the ends of
// streams and futures: here a guest's memory.
#pragma once
#include <memory>
#include <utility>
#include <vector>

#include "base/checked.h"
#include "component/canon/alignment.h"
#include "component/canon/options.h"

namespace heddle::component::canon {

class BufferGuestImpl;

class Buffer {
 public:
  static constexpr uint32_t kMaxLength = (1u << 28) - 1;

  explicit Buffer(T t) : t(std::move(t)) {}
  virtual ~Buffer() = default;
  virtual uint32_t remain() const = 0;
  virtual bool is_zero_length() const = 0;
  // A buffer is of one direction.
  virtual Result<Val> read(uint32_t n) = 0;  // a list
  virtual Result<void> write(const Val& vs) = 0;
  // Where the next `n` values lie in a linear memory, if all their bits are theirs; else nothing. Who has read or
  // written them there says so.
  virtual std::span<uint8_t> bytes(uint32_t) { return {}; }
  virtual void advance(uint32_t) {}
  virtual BufferGuestImpl* guest() { return nullptr; }  // if it is one's

  const T t;  // may be absent: then values are nothing, and counted
};

// What is read from one and written to the other: between guests from memory to memory.
Result<void> copy(Buffer& from, Buffer& to, uint32_t n);

class BufferGuestImpl : public Buffer {
 public:
  // Of what is in bounds, and stays so: memories do not shrink.
  BufferGuestImpl(T t, const LiftLowerContext& cx, uint64_t ptr, uint32_t length);
  // `more`: what else a class made of it is constructed of.
  template <class Made = BufferGuestImpl, class... More>
  static Result<std::shared_ptr<Made>> create(const T& t, const LiftLowerContext& cx, uint64_t ptr, uint64_t length,
                                              More&&... more) {
    TRAP_IF(length > kMaxLength, buffer_too_long);
    if (t.present() && length > 0) {
      const uint32_t ptr_size = cx.opts.memory->ptr_size;
      TRAP_IF(ptr != align_to(ptr, alignment(t, ptr_size)), unaligned_pointer);
      TRAP_IF(!in_bounds(ptr, length * elem_size(t, ptr_size), cx.opts.memory->bytes().size()), buffer_out_of_bounds);
    }
    return std::make_shared<Made>(t, cx, ptr, static_cast<uint32_t>(length), std::forward<More>(more)...);
  }
  uint32_t remain() const override { return length - progress; }
  bool is_zero_length() const override { return length == 0; }
  Result<Val> read(uint32_t n) override;
  Result<void> write(const Val& vs) override;
  std::span<uint8_t> bytes(uint32_t n) override;
  void advance(uint32_t n) override;
  BufferGuestImpl* guest() override { return this; }

  LiftLowerContext cx;
  uint64_t ptr;
  uint32_t progress = 0;
  const uint32_t length;

 private:
  const uint64_t size_;  // of an element, in bytes
  const bool plain_;     // all bits of its bytes are its
};

}  // namespace heddle::component::canon
