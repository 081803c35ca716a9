#include "runtime/memory.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "os/pages.h"
#include "os/signals.h"
#include "runtime/instance.h"
#include "runtime/reservations.h"

using namespace heddle;
using namespace heddle::rt;

namespace {

constexpr uint64_t kPage = 65536;
constexpr uint64_t kRefused = UINT64_MAX;

MemType type_of(uint64_t min, std::optional<uint64_t> max = std::nullopt) {
  MemType type;
  type.limits = {.min = min, .max = max};
  return type;
}

std::unique_ptr<Memory> make(const MemType& type, MemoryMode mode, Budget* budget = nullptr) {
  auto memory = Memory::create(type, mode, budget);
  REQUIRE(memory.ok());
  return std::move(memory).value();
}

struct Landing : os::FaultScope {
  const Memory* memory = nullptr;
  jmp_buf back;
};

bool traps_at(const Memory& memory, uint8_t* address) {
  Landing landing;
  landing.memory = &memory;
  landing.owns = [](const os::FaultScope& self, const os::Fault& fault) {
    return static_cast<const Landing&>(self).memory->reserves(fault.address);
  };
  landing.land = [](const os::FaultScope& self, const os::Fault&) {
    os::current_fault_scope() = nullptr;
    std::longjmp(const_cast<Landing&>(static_cast<const Landing&>(self)).back, 1);
  };
  os::current_fault_scope() = &landing;
  if (setjmp(landing.back) != 0) return true;
  *static_cast<volatile uint8_t*>(address) = 1;
  os::current_fault_scope() = nullptr;
  return false;
}

}  // namespace

TEST_CASE("memory: grows within its maximum in both modes") {
  for (MemoryMode mode : {MemoryMode::guard, MemoryMode::checked}) {
    auto memory = make(type_of(1, 3), mode);
    CHECK(memory->bounds_checked() == (mode == MemoryMode::checked || !os::faults_supported()));
    CHECK(memory->pages() == 1);
    memory->base()[kPage - 1] = 5;
    CHECK(memory->grow(0) == 1);
    CHECK(memory->grow(1) == 1);
    CHECK(memory->grow(2) == kRefused);
    CHECK(memory->grow(UINT64_MAX) == kRefused);
    CHECK(memory->grow(1) == 2);
    CHECK(memory->grow(1) == kRefused);
    CHECK(memory->grow(0) == 3);
    CHECK(memory->size() == 3 * kPage);
    CHECK(memory->base()[kPage - 1] == 5);
    CHECK(memory->base()[3 * kPage - 1] == 0);
    memory->base()[3 * kPage - 1] = 1;
    CHECK(memory->current_type().limits.min == 3);
    CHECK(memory->current_type().limits.max == 3);
    CHECK(memory->type().limits.min == 1);
  }
}

TEST_CASE("memory: a guarded one faults at its end, far behind it and before it, and only there") {
  if constexpr (!os::faults_supported()) return;
  REQUIRE(os::prepare_thread_for_faults().ok());
  auto memory = make(type_of(1), MemoryMode::guard);
  REQUIRE(!memory->bounds_checked());
  uint8_t* base = memory->base();
  CHECK(!traps_at(*memory, base + kPage - 1));
  CHECK(traps_at(*memory, base + kPage));
  CHECK(traps_at(*memory, base + 0xffffffff));
  CHECK(traps_at(*memory, base + 0xffffffff + Reservation::kGuardBytes));
  CHECK(traps_at(*memory, base - 1));
  CHECK(traps_at(*memory, base - Reservation::kGuardBefore));
  CHECK(!memory->reserves(base - Reservation::kGuardBefore - 1));
  CHECK(!memory->reserves(base + 0xffffffff + Reservation::kGuardBytes + 1));
  CHECK(memory->grow(1) == 1);
  CHECK(memory->base() == base);
  CHECK(!traps_at(*memory, base + kPage));
  CHECK(traps_at(*memory, base + 2 * kPage));
}

TEST_CASE("memory: a reservation used again shows nothing of who had it before") {
  if constexpr (!os::faults_supported()) return;
  REQUIRE(os::prepare_thread_for_faults().ok());
  const auto all_zero = [](const Memory& memory) {
    return std::all_of(memory.base(), memory.base() + memory.size(), [](uint8_t byte) { return byte == 0; });
  };
  const auto ends_at_its_size = [](Memory& memory) {
    for (uint64_t page = memory.pages(); page < 12; ++page) {
      if (!traps_at(memory, memory.base() + page * kPage)) return false;
    }
    return traps_at(memory, memory.base() - 1);
  };
  const uint8_t* before = nullptr;
  for (const uint32_t pages : {3, 1, 5, 0, 2, 2}) {
    auto memory = make(type_of(pages), MemoryMode::guard);
    REQUIRE(!memory->bounds_checked());
    CHECK((!before || memory->base() == before));  // the last that was left is the first to be taken
    before = memory->base();
    CHECK(all_zero(*memory));
    CHECK(ends_at_its_size(*memory));
    REQUIRE(memory->grow(4) == pages);
    CHECK(all_zero(*memory));
    CHECK(ends_at_its_size(*memory));
    std::memset(memory->base(), 0xa5, memory->size());
  }
}

TEST_CASE("memory: many reservations, and more than are kept") {
  if constexpr (!os::faults_supported()) return;
  for (int round = 0; round < 2; ++round) {
    std::vector<std::unique_ptr<Memory>> all;
    std::set<const uint8_t*> bases;
    for (int i = 0; i < 100; ++i) {
      all.push_back(make(type_of(1), MemoryMode::guard));
      REQUIRE(!all.back()->bounds_checked());
      CHECK(all.back()->base()[0] == 0);
      all.back()->base()[0] = 1;
      bases.insert(all.back()->base());
    }
    CHECK(bases.size() == all.size());
  }
}

TEST_CASE("memory: slices are checked") {
  auto memory = make(type_of(1), MemoryMode::checked);
  CHECK(memory->slice(0, kPage).ok());
  CHECK(memory->slice(kPage, 0).ok());
  CHECK(!memory->slice(kPage + 1, 0).ok());
  CHECK(!memory->slice(1, kPage).ok());
  CHECK(!memory->slice(UINT64_MAX, 2).ok());
  CHECK(memory->slice(2, UINT64_MAX).error().code == ErrorCode::out_of_bounds_memory);
}

TEST_CASE("memory: growing one that moves updates the instances that cache it") {
  auto memory = make(type_of(1), MemoryMode::checked);
  Instance user, other;
  user.memory0 = memory.get();
  user.memory0_base = memory->base();
  memory->add_user(&user);
  memory->add_user(&other);  // uses it, but not as memory 0
  std::memset(memory->base(), 0x5a, kPage);
  for (uint64_t pages = 1; pages < 2000; pages++) {
    REQUIRE(memory->grow(1) == pages);
    REQUIRE(user.memory0_base == memory->base());
    memory->base()[memory->size() - 1] = 1;
  }
  CHECK(other.memory0_base == nullptr);
  CHECK(memory->base()[kPage - 1] == 0x5a);
  CHECK(memory->base()[kPage] == 0);
}

TEST_CASE("memory: all 4 GiB of a 32-bit memory can be had, and no page more") {
  for (MemoryMode mode : {MemoryMode::guard, MemoryMode::checked}) {
    auto memory = make(type_of(0), mode);
    CHECK(memory->base() != nullptr);
    CHECK(memory->grow(65537) == kRefused);
    CHECK(memory->grow(65536) == 0);
    CHECK(memory->size() == uint64_t{1} << 32);
    memory->base()[0xffffffff] = 1;
    CHECK(memory->grow(1) == kRefused);
  }
}

TEST_CASE("memory: pages of one byte") {
  MemType type = type_of(5);
  type.page_size_log2 = 0;
  auto memory = make(type, MemoryMode::guard);
  CHECK(memory->bounds_checked());
  CHECK(memory->size() == 5);
  CHECK(memory->grow(3) == 5);
  CHECK(memory->size() == 8);
  CHECK(memory->grow(0xffffffff) == kRefused);
  CHECK(memory->grow(100'000) == 8);
  CHECK(memory->base()[100'007] == 0);
  CHECK(memory->pages() == 100'008);
  type.limits.min = 0x1'0000'0000;
  CHECK(!Memory::create(type, MemoryMode::guard, nullptr).ok());
}

TEST_CASE("memory: 64-bit memories ask for more than there is and are refused") {
  MemType type = type_of(1);
  type.addr64 = true;
  auto memory = make(type, MemoryMode::guard);
  CHECK(memory->bounds_checked());
  CHECK(memory->grow(uint64_t{1} << 48) == kRefused);
  CHECK(memory->grow((uint64_t{1} << 48) - 2) == kRefused);
  CHECK(memory->grow(uint64_t{1} << 40) == kRefused);
  CHECK(memory->grow(uint64_t{65536} * 2) == 1);
  memory->base()[(uint64_t{8} << 30)] = 1;
  for (uint64_t min : {uint64_t{1} << 48, (uint64_t{1} << 48) - 1, uint64_t{1} << 40}) {
    type.limits.min = min;
    CHECK(Memory::create(type, MemoryMode::checked, nullptr).error().code == ErrorCode::out_of_memory);
  }
}

TEST_CASE("memory: the budget is charged and given back") {
  for (MemoryMode mode : {MemoryMode::guard, MemoryMode::checked}) {
    Budget budget;
    budget.set_limit(Resource::memory_bytes, 10 * kPage);
    {
      auto memory = make(type_of(4), mode, &budget);
      CHECK(budget.used(Resource::memory_bytes) == 4 * kPage);
      CHECK(memory->grow(6) == 4);
      CHECK(memory->grow(1) == kRefused);
      CHECK(memory->pages() == 10);
      CHECK(Memory::create(type_of(1), mode, &budget).error().code == ErrorCode::budget_exceeded);
      CHECK(budget.used(Resource::memory_bytes) == 10 * kPage);
    }
    CHECK(budget.used(Resource::memory_bytes) == 0);
    MemType huge = type_of(uint64_t{1} << 40);
    huge.addr64 = true;
    budget.set_limit(Resource::memory_bytes, Budget::kUnlimited);
    CHECK(!Memory::create(huge, mode, &budget).ok());
    CHECK(budget.used(Resource::memory_bytes) == 0);
  }
}

TEST_CASE("memory: a shared one never moves, and is grown by many threads") {
  for (MemoryMode mode : {MemoryMode::guard, MemoryMode::checked}) {
    MemType type = type_of(1, 1001);
    type.shared = true;
    auto memory = make(type, mode);
    REQUIRE(memory->waiters());
    uint8_t* base = memory->base();
    std::thread threads[4];
    uint64_t grown[4] = {};
    for (int t = 0; t < 4; t++) {
      threads[t] = std::thread([&, t] {
        while (true) {
          uint64_t before = memory->grow(1);
          if (before == kRefused) return;
          base[before * kPage] = static_cast<uint8_t>(t + 1);
          grown[t]++;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(grown[0] + grown[1] + grown[2] + grown[3] == 1000);
    CHECK(memory->pages() == 1001);
    CHECK(memory->base() == base);
    for (uint64_t page = 1; page < 1001; page++) REQUIRE(base[page * kPage] != 0);
  }
}

TEST_CASE("memory: shared ones with huge maxima start small") {
  MemType type = type_of(1, 65536);
  type.shared = true;
  CHECK(make(type, MemoryMode::checked)->grow(65535) == 1);
  type.limits.max = uint64_t{1} << 48;
  type.addr64 = true;
  auto memory = make(type, MemoryMode::checked);
  CHECK(memory->grow(1000) == 1);
  CHECK(memory->grow(uint64_t{1} << 47) == kRefused);
  MemType bytes = type_of(3, 70'000);
  bytes.shared = true;
  bytes.page_size_log2 = 0;
  auto small = make(bytes, MemoryMode::checked);
  CHECK(small->grow(69'997) == 3);
  small->base()[69'999] = 1;
  CHECK(small->grow(1) == kRefused);
}
