// Clocks, in nanoseconds.
#pragma once
#include <cstdint>

namespace heddle::os {

uint64_t monotonic_ns();  // from some point in the past; never goes back
uint64_t realtime_ns();   // since 1970
uint64_t process_cpu_ns();
uint64_t thread_cpu_ns();
uint64_t monotonic_resolution_ns();
uint64_t realtime_resolution_ns();

}  // namespace heddle::os
