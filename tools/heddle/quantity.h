// Sizes, durations and counts as a user writes them: 64M, 1.5GiB, 500ms, 10s, 1_000_000.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

namespace heddle::cli {

std::optional<uint64_t> parse_count(std::string_view text);
std::optional<uint64_t> parse_size_bytes(std::string_view text);   // K, M, G, T (with or without iB): powers of 1024
std::optional<uint64_t> parse_duration_ns(std::string_view text);  // ns, us, ms, s, m, h; a bare number is seconds

}  // namespace heddle::cli
