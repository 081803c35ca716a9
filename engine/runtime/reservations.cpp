#include "runtime/reservations.h"

#include <algorithm>
#include <array>
#include <mutex>

#include "os/pages.h"

namespace heddle::rt {
namespace {

constexpr size_t kMostSpare = 64;
constexpr size_t kMostAtOnce = 8;

// Without a destructor: memories may end after main() has.
struct Spare {
  std::mutex lock;
  std::array<Reservation, kMostSpare> all;
  size_t count = 0;
  size_t at_once = 1;  // doubles with each time that there was none
};
constinit Spare spare;

// SAFETY: what is mapped together is released apart: each is whole pages of its own.
Reservation map_some(size_t count) {
  void* start = os::reserve(count * Reservation::kBytes);
  if (!start) return {};
  for (size_t i = 1; i < count; ++i) {
    spare.all[spare.count++] = {static_cast<uint8_t*>(start) + i * Reservation::kBytes, 0};
  }
  return {start, 0};
}

Reservation take_any() {
  const std::lock_guard held(spare.lock);
  if (spare.count > 0) return spare.all[--spare.count];
  const size_t wanted = spare.at_once;
  spare.at_once = std::min(2 * spare.at_once, kMostAtOnce);
  Reservation made = map_some(wanted);
  return made.start || wanted == 1 ? made : map_some(1);
}

void release(const Reservation& reservation) { os::release(reservation.start, Reservation::kBytes); }

// SAFETY: the only place that decides what of a reservation can be reached.
bool make_accessible(Reservation& reservation, uint64_t bytes) {
  const uint64_t now = reservation.accessible;
  uint8_t* base = reservation.base();
  if (bytes > now && !os::commit(base + now, bytes - now)) return false;
  if (bytes < now && !os::protect(base + bytes, now - bytes)) return false;
  reservation.accessible = bytes;
  return true;
}

}  // namespace

Reservation take_reservation(uint64_t bytes) {
  Reservation taken = take_any();
  if (!taken.start || make_accessible(taken, os::to_pages(bytes))) return taken;
  release(taken);
  return {};
}

// Where pages cannot be given back, as under mlockall(), what a guest left there must not be found by the next.
void give_reservation(Reservation reservation) {
  if (os::discard(reservation.base(), reservation.accessible)) {
    const std::lock_guard held(spare.lock);
    if (spare.count < kMostSpare) {
      spare.all[spare.count++] = reservation;
      return;
    }
  }
  release(reservation);
}

}  // namespace heddle::rt
