// What bulk operators do (spec 4.6.8: fill, copy and init of memories, tables and arrays), once their ranges have
// been checked. One of them may move gigabytes, and neither a deadline nor another thread may have to wait for that
// long: large ones work in pieces and look at the store's poll word between them. An interruption leaves a part done,
// as any trap in a loop of stores would. Where fuel is metered they pay for their bytes before they begin.
#pragma once
#include <cstdint>
#include <cstring>
#include <span>

#include "base/error.h"
#include "runtime/store.h"

namespace heddle::rt {

inline constexpr uint64_t kBulkPiece = uint64_t{1} << 20;  // bytes
inline constexpr uint64_t kBulkBytesPerFuel = 64;          // public: Config::fuel

// Out of fuel, or none: `bytes` are paid for.
ErrorCode pay_for_bulk(Store& store, uint64_t bytes);

ErrorCode bulk_copy_in_pieces(Store& store, uint8_t* to, const uint8_t* from, uint64_t bytes);
// `to` is filled with copies of the `size` bytes at `unit`: 1, 2, 4, 8 or 16, of which `bytes` is a multiple.
ErrorCode bulk_fill_in_pieces(Store& store, uint8_t* to, const void* unit, uint32_t size, uint64_t bytes);

// The ranges may overlap. Both may be null where there is nothing to copy.
inline ErrorCode bulk_copy(Store& store, void* to, const void* from, uint64_t bytes) {
  if (bytes >= kBulkBytesPerFuel) {
    return bulk_copy_in_pieces(store, static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), bytes);
  }
  if (bytes != 0) std::memmove(to, from, bytes);
  return ErrorCode::none;
}

inline ErrorCode bulk_fill(Store& store, uint8_t* to, uint8_t value, uint64_t bytes) {
  if (bytes >= kBulkBytesPerFuel) return bulk_fill_in_pieces(store, to, &value, 1, bytes);
  if (bytes != 0) std::memset(to, value, bytes);
  return ErrorCode::none;
}

inline ErrorCode bulk_fill(Store& store, std::span<Ref> to, Ref value) {
  return bulk_fill_in_pieces(store, reinterpret_cast<uint8_t*>(to.data()), &value, sizeof value, to.size_bytes());
}

}  // namespace heddle::rt
