// What one store may use. Every allocator that a guest can drive charges the store's budget first and gives back when
// it frees; a refused charge becomes the specified -1, a trap or an error, never an abort.
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <string>

namespace heddle::rt {

enum class Resource : uint8_t {
  memory_bytes,
  table_elements,
  gc_bytes,
  instances,
  stack_bytes,
  component_bytes,  // what the host keeps for components: handles, calls that wait, values on their way
  count,
};

class Budget {
 public:
  static constexpr uint64_t kUnlimited = UINT64_MAX;
  // A guest asks for these without a limit of its own.
  static constexpr uint64_t kComponentBytes = uint64_t{256} << 20;

  // What a piece of `size` bytes takes, about: allocators have a few sizes for each power of two, and larger pieces
  // in steps of 64 KiB.
  static constexpr uint64_t block_bytes(uint64_t size) {
    constexpr uint64_t kSmall = uint64_t{128} << 10, kStep = uint64_t{64} << 10, kLargest = uint64_t{1} << 62;
    if (size > kLargest) return size;
    const uint64_t step = size > kSmall ? std::max(std::bit_floor(size) / 4, kStep) : std::bit_floor(size) / 4;
    return step == 0 ? size : (size + step - 1) & ~(step - 1);
  }

  void set_limit(Resource r, uint64_t limit) { limit_[index(r)] = limit; }
  uint64_t limit(Resource r) const { return limit_[index(r)]; }
  uint64_t used(Resource r) const { return used_[index(r)]; }
  [[nodiscard]] bool charge(Resource r, uint64_t amount) {
    if (!allows(r, amount)) return false;
    used_[index(r)] += amount;
    return true;
  }
  [[nodiscard]] bool allows(Resource r, uint64_t amount) {
    const uint64_t limit = limit_[index(r)], used = used_[index(r)];
    if (used <= limit && amount <= limit - used) [[likely]]
      return true;
    constexpr const char* kNames[kCount] = {"memory_bytes", "table_elements", "gc_bytes",
                                            "instances",    "stack_bytes",    "component_bytes"};
    return refuse({kNames[index(r)], amount, used, limit});
  }
  // For bounds of the engine's own, which are no Resource.
  struct Refusal {
    const char* what = nullptr;
    uint64_t wanted = 0, used = 0, limit = 0;
  };
  bool refuse(const Refusal& refusal) { return refusal_ = refusal, false; }
  void release(Resource r, uint64_t amount) { used_[index(r)] -= amount; }
  // What was refused last, for people: "memory_bytes: 65536 wanted, 65536 of 100000 in use".
  std::string refusal() const;

 private:
  static constexpr unsigned index(Resource r) { return static_cast<unsigned>(r); }
  static constexpr unsigned kCount = static_cast<unsigned>(Resource::count);
  uint64_t limit_[kCount] = {kUnlimited, kUnlimited, kUnlimited, kUnlimited, kUnlimited, kComponentBytes};
  uint64_t used_[kCount] = {};
  Refusal refusal_;
};

}  // namespace heddle::rt
