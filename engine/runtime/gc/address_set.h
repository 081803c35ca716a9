// A set of addresses: open addressing with linear probing, a third full at most. The collector asks it about every
// word it meets, so a look-up is one multiplication and, nearly always, one load. Grows softly; never holds 0.
#pragma once
#include <bit>
#include <cstdint>
#include <cstdlib>

namespace heddle::gc {

class AddressSet {
 public:
  AddressSet() = default;
  AddressSet(const AddressSet&) = delete;
  AddressSet& operator=(const AddressSet&) = delete;
  ~AddressSet() { std::free(slots_); }

  bool contains(uintptr_t address) const {
    if (count_ == 0) return false;
    for (uint64_t i = home(address);; i = (i + 1) & mask_) {
      if (slots_[i] == 0) return false;  // first: also the answer for 0
      if (slots_[i] == address) return true;
    }
  }

  [[nodiscard]] bool insert(uintptr_t address) {  // address is not in the set
    if ((count_ + 1) * 3 > capacity() && !grow()) return false;
    place(address);
    count_++;
    return true;
  }

  void clear() {
    for (uint64_t i = 0; i < capacity(); i++) slots_[i] = 0;
    count_ = 0;
  }

 private:
  uint64_t capacity() const { return slots_ ? mask_ + 1 : 0; }
  uint64_t home(uintptr_t address) const { return (address * 0x9e3779b97f4a7c15) >> shift_; }

  void place(uintptr_t address) {
    uint64_t i = home(address);
    while (slots_[i] != 0) i = (i + 1) & mask_;
    slots_[i] = address;
  }

  bool grow() {
    uint64_t old_capacity = capacity(), new_capacity = old_capacity ? old_capacity * 2 : 16;
    auto* slots = static_cast<uintptr_t*>(std::calloc(new_capacity, sizeof(uintptr_t)));
    if (!slots) return false;
    uintptr_t* old_slots = slots_;
    slots_ = slots;
    mask_ = new_capacity - 1;
    shift_ = 64 - static_cast<unsigned>(std::countr_zero(new_capacity));
    for (uint64_t i = 0; i < old_capacity; i++) {
      if (old_slots[i] != 0) place(old_slots[i]);
    }
    std::free(old_slots);
    return true;
  }

  uintptr_t* slots_ = nullptr;
  uint64_t mask_ = 0, count_ = 0;
  unsigned shift_ = 0;
};

}  // namespace heddle::gc
