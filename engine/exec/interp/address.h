// The one place where the interpreter forms the address of a linear memory access. 32-bit indices are widened to 64
// bits here, so that base + index + offset cannot wrap.
//
// Memory 0 with a reservation: index and offset (below Reservation::kGuardBytes, the translator sees to it) stay
// inside the guard, and an access beyond the size faults. Everything else: an explicit check against the size, with
// subtractions that cannot wrap.
#pragma once
#include "base/checked.h"
#include "exec/interp/dispatch.h"

namespace heddle::interp {

// SAFETY: of memory 0, where it is of a reserving kind and the offset below the guard, or where fits_near says yes.
inline uint8_t* address_in(uint8_t* mem, uint64_t index, uint32_t offset) { return mem + (index + offset); }

// The address, or null where the access is out of bounds. A memory may move at the next growth: not to be kept.
inline uint8_t* checked_address(const rt::Memory& memory, uint64_t index, uint64_t offset, uint64_t bytes) {
  uint64_t start;
  if (__builtin_add_overflow(index, offset, &start)) [[unlikely]]
    return nullptr;
  if (!in_bounds(start, bytes, memory.size())) [[unlikely]]
    return nullptr;
  return memory.base() + start;
}

// Is an access inside a memory of this size? For an offset of 32 bits, where offset + bytes cannot wrap.
inline bool fits_near(uint64_t size, uint64_t index, uint32_t offset, uint64_t bytes) {
  uint64_t last;
  return !__builtin_sub_overflow(size, offset + bytes, &last) && index <= last;
}

// A cell's word that names a memory: where the instance has its pointer, and above that whether indices have 64 bits.
constexpr Word memory_word(uint32_t place, bool addr64) { return pack32(place, addr64); }
inline uint8_t* far_address(Instance* ctx, Word memory, Word index, uint32_t offset, uint64_t bytes) {
  if (memory >> 32 == 0) index = static_cast<uint32_t>(index);
  const rt::Memory& at = **ctx->at<rt::Memory*>(static_cast<uint32_t>(memory));
  return fits_near(at.size(), index, offset, bytes) ? address_in(at.base(), index, offset) : nullptr;
}

}  // namespace heddle::interp
