// Random bytes, from the system.
#pragma once
#include <cstdint>
#include <span>

#include "wasi/host/fallible.h"
#include "wasi/host/wait.h"

namespace heddle::wasi {

// Fills `out` with bytes that nobody can guess.
Fallible<void> random_bytes(std::span<uint8_t> out, const Stop& stop);

}  // namespace heddle::wasi
