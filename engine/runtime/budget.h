// What one store may use. Every allocator that a guest can drive charges the store's budget first and gives back when
// it frees; a refused charge becomes the specified -1, a trap or an error, never an abort.
#pragma once
#include <cstdint>

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
  static constexpr uint64_t kComponentBytes = uint64_t{256}
                                              << 20;  // a guest asks for these without a limit of its own

  void set_limit(Resource r, uint64_t limit) { limit_[index(r)] = limit; }
  uint64_t limit(Resource r) const { return limit_[index(r)]; }
  uint64_t used(Resource r) const { return used_[index(r)]; }
  [[nodiscard]] bool charge(Resource r, uint64_t amount) {
    uint64_t& used = used_[index(r)];
    if (amount > limit_[index(r)] - used || used > limit_[index(r)]) return false;
    used += amount;
    return true;
  }
  void release(Resource r, uint64_t amount) { used_[index(r)] -= amount; }

 private:
  static constexpr unsigned index(Resource r) { return static_cast<unsigned>(r); }
  static constexpr unsigned kCount = static_cast<unsigned>(Resource::count);
  uint64_t limit_[kCount] = {kUnlimited, kUnlimited, kUnlimited, kUnlimited, kUnlimited, kComponentBytes};
  uint64_t used_[kCount] = {};
};

}  // namespace heddle::rt
