// Where the mutants come from: the modules of .wasm files and of test scripts.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::fuzz {

using Bytes = std::vector<uint8_t>;

// The modules of the files below `paths`, of at most `max_bytes` each, without repetition, in a fixed order.
std::vector<Bytes> collect_modules(std::span<const std::string> paths, uint64_t max_bytes);

}  // namespace heddle::fuzz
