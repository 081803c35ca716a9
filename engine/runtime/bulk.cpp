#include "runtime/bulk.h"

#include <algorithm>

namespace heddle::rt {
namespace {

// piece(offset, length) for one piece of [0, bytes) after the other, from below or from above.
template <class Piece>
ErrorCode in_pieces(Store& store, uint64_t bytes, bool from_above, Piece piece) {
  if (ErrorCode code = pay_for_bulk(store, bytes); code != ErrorCode::none) return code;
  for (uint64_t done = 0; done < bytes;) {
    if (done != 0 && store.context.poll.load(std::memory_order_relaxed) != 0) [[unlikely]] {
      return store.context.take_interruption();
    }
    uint64_t length = std::min(bytes - done, kBulkPiece);
    piece(from_above ? bytes - done - length : done, length);
    done += length;
  }
  return ErrorCode::none;
}

template <size_t size>
void fill_units(uint8_t* to, const void* unit, uint64_t bytes) {
  uint8_t copy[size];
  std::memcpy(copy, unit, size);
  for (uint64_t i = 0; i < bytes; i += size) std::memcpy(to + i, copy, size);
}

void fill(uint8_t* to, const void* unit, uint32_t size, uint64_t bytes) {
  switch (size) {
    case 1: std::memset(to, *static_cast<const uint8_t*>(unit), bytes); return;
    case 2: return fill_units<2>(to, unit, bytes);
    case 4: return fill_units<4>(to, unit, bytes);
    case 8: return fill_units<8>(to, unit, bytes);
    default: return fill_units<16>(to, unit, bytes);
  }
}

}  // namespace

ErrorCode pay_for_bulk(Store& store, uint64_t bytes) {
  return store.consume_fuel(bytes / kBulkBytesPerFuel) ? ErrorCode::none : ErrorCode::out_of_fuel;
}

// Upwards or downwards, so that no piece overwrites what a later one reads.
ErrorCode bulk_copy_in_pieces(Store& store, uint8_t* to, const uint8_t* from, uint64_t bytes) {
  bool from_above = reinterpret_cast<uintptr_t>(to) > reinterpret_cast<uintptr_t>(from);
  return in_pieces(store, bytes, from_above,
                   [&](uint64_t at, uint64_t length) { std::memmove(to + at, from + at, length); });
}

ErrorCode bulk_fill_in_pieces(Store& store, uint8_t* to, const void* unit, uint32_t size, uint64_t bytes) {
  return in_pieces(store, bytes, false, [&](uint64_t at, uint64_t length) { fill(to + at, unit, size, length); });
}

}  // namespace heddle::rt
