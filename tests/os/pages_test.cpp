#include "os/pages.h"

#include <doctest/doctest.h>

#include <sys/mman.h>

#include <cerrno>
#include <cstdio>

#include "os/clock.h"

using namespace heddle;

namespace {

uint64_t resident_bytes() {
  unsigned long total = 0, resident = 0;
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  if (!file) return 0;
  int read = std::fscanf(file, "%lu %lu", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * os::page_size() : 0;
}

[[maybe_unused]] bool is_mapped(void* page) { return msync(page, os::page_size(), MS_ASYNC) == 0 || errno != ENOMEM; }

}  // namespace

TEST_CASE("pages: reserved, committed, discarded") {
  uint64_t page = os::page_size();
  auto* start = static_cast<uint8_t*>(os::reserve(16 * page));
  REQUIRE(start);
  REQUIRE(os::commit(start + page, 2 * page));
  start[page] = 7;
  start[3 * page - 1] = 8;
  REQUIRE(os::discard(start + page, 2 * page));
  CHECK(start[page] == 0);
  CHECK(start[3 * page - 1] == 0);
  start[page] = 9;
  REQUIRE(os::protect(start + page, page));
  REQUIRE(os::commit(start + page, page));
  CHECK(start[page] == 9);
  os::release(start, 16 * page);
}

TEST_CASE("pages: sizes that cannot be are refused") {
  CHECK(os::reserve(0) == nullptr);
  CHECK(os::reserve(UINT64_MAX) == nullptr);
  CHECK(os::reserve(uint64_t{1} << 62) == nullptr);
  CHECK(os::map_zeroed(UINT64_MAX - 5) == nullptr);
  CHECK(os::map_aligned(UINT64_MAX - 5, 4096) == nullptr);
  CHECK(os::to_pages(UINT64_MAX) == UINT64_MAX);
  CHECK(os::to_pages(1) == os::page_size());
  CHECK(os::to_pages(0) == 0);
}

TEST_CASE("pages: aligned mappings are aligned and whole") {
  constexpr uint64_t kMiB = uint64_t{1} << 20;
  for (int i = 0; i < 8; i++) {
    auto* start = static_cast<uint8_t*>(os::map_aligned(kMiB, kMiB));
    REQUIRE(start);
    CHECK(reinterpret_cast<uintptr_t>(start) % kMiB == 0);
    start[0] = start[kMiB - 1] = 1;
    os::release(start, kMiB);
  }
}

TEST_CASE("pages: remap keeps contents and adds zeros") {
  uint64_t page = os::page_size();
  auto* start = static_cast<uint8_t*>(os::map_zeroed(page));
  REQUIRE(start);
  start[0] = 3;
  start[page - 1] = 4;
  auto* moved = static_cast<uint8_t*>(os::remap(start, page, 1000 * page));
  REQUIRE(moved);
  CHECK(moved[0] == 3);
  CHECK(moved[page - 1] == 4);
  CHECK(moved[1000 * page - 1] == 0);
  CHECK(os::remap(moved, 1000 * page, uint64_t{1} << 61) == nullptr);
  CHECK(moved[0] == 3);
  os::release(moved, 1000 * page);
}

TEST_CASE("pages: what is not touched is not resident") {
  uint64_t before = resident_bytes();
  void* start = os::map_zeroed(uint64_t{4} << 30);
  REQUIRE(start);
  CHECK(resident_bytes() < before + (uint64_t{256} << 20));
  os::release(start, uint64_t{4} << 30);
}

TEST_CASE("clock: monotonic time does not go back, cpu time advances") {
  uint64_t start = os::monotonic_ns(), cpu = os::thread_cpu_ns();
  volatile uint64_t sum = 0;
  for (uint64_t i = 0; i < 1'000'000; i++) sum = sum + i;
  CHECK(os::monotonic_ns() > start);
  CHECK(os::thread_cpu_ns() > cpu);
  CHECK(os::realtime_ns() > uint64_t{1'600'000'000} * 1'000'000'000);
  CHECK(os::monotonic_resolution_ns() >= 1);
}

// Every other page of one range accessible is a mapping each. A sanitizer would need some of its own.
#if !defined(__has_feature)
#define __has_feature(x) 0
#endif
#if !__has_feature(address_sanitizer) && !defined(__SANITIZE_ADDRESS__) && !__has_feature(thread_sanitizer) && \
    !defined(__SANITIZE_THREAD__)
TEST_CASE("pages: what cannot be given back is given back later") {
  constexpr uint64_t kMost = 200'000;
  const uint64_t page = os::page_size();
  auto* many = static_cast<uint8_t*>(os::reserve(2 * kMost * page));
  auto* three = static_cast<uint8_t*>(os::map_zeroed(3 * page));
  REQUIRE(many);
  REQUIRE(three);
  three[page] = 1;
  uint64_t made = 0;
  while (made < kMost && os::commit(many + 2 * made * page, page)) ++made;
  if (made < kMost) {
    os::release(three + page, page);
    const bool kept = is_mapped(three + page);
    const bool emptied = kept && os::commit(three + page, page) && three[page] == 0;
    os::release(many, 2 * kMost * page);
    CHECK(kept);
    CHECK(emptied);
    CHECK(!is_mapped(three + page));
    os::release(three, page);
    os::release(three + 2 * page, page);
  } else {
    MESSAGE("this system has no bound on mappings that is soon met");
    os::release(many, 2 * kMost * page);
    os::release(three, 3 * page);
  }
}
#endif
