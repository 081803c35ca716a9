// Address space for guarded memories (memory.h), used again: a memory that ends leaves its reservation here, emptied,
// and the next takes it with what is accessible already. New ones are mapped several at a time once there is demand.
// Whatever waits here reads as zero and holds no memory but its page tables.
//
//   [guard 2 GiB][ accessible bytes | inaccessible ... up to 4 GiB ][guard 32 MiB]
//
// Threads: any.
#pragma once
#include <cstdint>

namespace heddle::rt {

struct Reservation {
  // Accesses whose static offset is below that need no check.
  static constexpr uint64_t kGuardBytes = uint64_t{32} << 20;
  static constexpr uint64_t kGuardBefore = uint64_t{2} << 30;
  static constexpr uint64_t kBytes = kGuardBefore + (uint64_t{1} << 32) + kGuardBytes;

  uint8_t* base() const { return static_cast<uint8_t*>(start) + kGuardBefore; }

  void* start = nullptr;    // null: there is none
  uint64_t accessible = 0;  // bytes from the base, whole pages, readable and writable
};

// One with the first `bytes` accessible and nothing else, all of them zero.
Reservation take_reservation(uint64_t bytes);
// What take_reservation gave, with what has become accessible since.
void give_reservation(Reservation reservation);

}  // namespace heddle::rt
