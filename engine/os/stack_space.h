// Address space for stacks, with a guard at both ends:
//
//   [guard][stack][guard]
//
// Each takes two of the mappings that a process may have, whatever the stack is divided into, since guards that
// touch are one. Guests decide how many stacks there are, and where mappings have run out everybody's allocations
// fail: so the process has only as many stacks as leave a quarter of the mappings to others.
//
// Threads: any.
#pragma once
#include <cstdint>
#include <utility>

#include "base/result.h"

namespace heddle::os {

class StackSpace {
 public:
  static constexpr uint64_t kMaxBytes = uint64_t{1} << 40;

  // Whole pages, zero, `bytes` or a little more. out_of_memory, also where the process has its share of stacks.
  static Result<StackSpace> create(uint64_t bytes);
  StackSpace() = default;  // none
  StackSpace(StackSpace&& from) noexcept
      : mapping_(std::exchange(from.mapping_, nullptr)), bytes_(std::exchange(from.bytes_, 0)) {}
  StackSpace& operator=(StackSpace&& from) noexcept {
    std::swap(mapping_, from.mapping_);
    std::swap(bytes_, from.bytes_);
    return *this;
  }
  ~StackSpace();

  uint8_t* low() const;
  uint8_t* high() const { return low() + bytes_; }
  uint64_t bytes() const { return bytes_; }

  // How many the process may have, and has.
  static uint64_t most();
  static uint64_t count();

 private:
  StackSpace(void* mapping, uint64_t bytes) : mapping_(mapping), bytes_(bytes) {}

  void* mapping_ = nullptr;
  uint64_t bytes_ = 0;  // of the stack
};

}  // namespace heddle::os
