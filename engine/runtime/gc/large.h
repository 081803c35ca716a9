// The space of objects above kMaxSmallBytes: each an allocation of its own, zeroed by the system where it is big, so
// that a huge array costs nothing until it is touched. The budget pays for each.
#pragma once
#include <cstdint>

#include "runtime/budget.h"
#include "runtime/gc/address_set.h"
#include "runtime/gc/heap.h"

namespace heddle::gc {

class LargeSpace {
 public:
  LargeSpace() = default;
  ~LargeSpace();
  LargeSpace(const LargeSpace&) = delete;
  LargeSpace& operator=(const LargeSpace&) = delete;
  void init(rt::Budget* budget) { budget_ = budget; }

  Object* allocate(uint64_t bytes);  // null where the budget or the system refuses
  bool starts_object(uintptr_t address) const {
    return address - lowest_ <= highest_ - lowest_ && addresses_.contains(address);
  }
  static bool set_mark(uintptr_t address) {  // was it unmarked?
    Header& header = header_of(address);
    bool before = header.marked;
    header.marked = true;
    return !before;
  }
  void sweep();
  template <class Visit>
  void for_each_marked(Visit visit) const {
    for (Header* header = first_; header; header = header->next) {
      if (header->marked) visit(header->object());
    }
  }
  uint64_t bytes() const { return bytes_; }

 private:
  struct alignas(16) Header {
    Header* next;
    uint64_t bytes;  // with the header
    bool marked;
    Object* object() { return reinterpret_cast<Object*>(this + 1); }
  };
  static Header& header_of(uintptr_t address) { return *(reinterpret_cast<Header*>(address) - 1); }
  void drop(Header* header);

  Header* first_ = nullptr;
  AddressSet addresses_;
  uintptr_t lowest_ = UINTPTR_MAX, highest_ = 0;  // of all there ever were
  uint64_t bytes_ = 0;
  rt::Budget* budget_ = nullptr;
};

}  // namespace heddle::gc
