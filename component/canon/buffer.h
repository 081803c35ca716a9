// "### Buffer State" (CanonicalABI.md): what values are read from and written to, by those who hold the ends of
// streams and futures: here a guest's memory.
#pragma once
#include <memory>
#include <vector>

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
  static Result<std::shared_ptr<BufferGuestImpl>> create(T t, const LiftLowerContext& cx, uint64_t ptr,
                                                         uint64_t length);
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
  BufferGuestImpl(T t, const LiftLowerContext& cx, uint64_t ptr, uint32_t length);

  const uint64_t size_;  // of an element, in bytes
  const bool plain_;     // all bits of its bytes are its
};

}  // namespace heddle::component::canon
