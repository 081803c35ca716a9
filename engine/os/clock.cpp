#include "os/clock.h"

#include <ctime>

namespace heddle::os {
namespace {

uint64_t to_ns(const timespec& time) {
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

uint64_t read(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return to_ns(time);
}

uint64_t resolution(clockid_t clock) {
  timespec time{};
  clock_getres(clock, &time);
  return to_ns(time);
}

}  // namespace

uint64_t monotonic_ns() { return read(CLOCK_MONOTONIC); }
uint64_t realtime_ns() { return read(CLOCK_REALTIME); }
uint64_t process_cpu_ns() { return read(CLOCK_PROCESS_CPUTIME_ID); }
uint64_t thread_cpu_ns() { return read(CLOCK_THREAD_CPUTIME_ID); }
uint64_t monotonic_resolution_ns() { return resolution(CLOCK_MONOTONIC); }
uint64_t realtime_resolution_ns() { return resolution(CLOCK_REALTIME); }

}  // namespace heddle::os
