#include "runtime/fiber.h"

#include <doctest/doctest.h>

#include <vector>

using namespace heddle;
using namespace heddle::rt;

TEST_CASE("fiber: a value stack of the size asked for, charged to the budget") {
  Budget budget;
  budget.set_limit(Resource::stack_bytes, 300'000);
  {
    auto fiber = Fiber::create(256 << 10, &budget);
    REQUIRE(fiber.ok());
    Fiber& f = *fiber.value();
    CHECK(f.value_sp == f.value_base);
    CHECK(f.value_bytes() == 256 << 10);
    f.value_base[0] = 1;
    f.value_limit[-1] = 2;
    CHECK(budget.used(Resource::stack_bytes) == 256 << 10);
    CHECK(Fiber::create(256 << 10, &budget).error().code == ErrorCode::budget_exceeded);
  }
  CHECK(budget.used(Resource::stack_bytes) == 0);
  CHECK(!Fiber::create(UINT64_MAX, nullptr).ok());
  CHECK(!Fiber::create(uint64_t{1} << 62, nullptr).ok());
}

TEST_CASE("fiber: the pool hands out a stack again, and the budget sees each use") {
  Budget budget;
  FiberPool pool;
  auto first = pool.take(65536, &budget);
  REQUIRE(first.ok());
  Slot* base = first.value()->value_base;
  first.value()->value_limit[-1] = 77;
  first.value()->value_sp += 10;
  first.value()->state = FiberState::done;
  pool.give(std::move(first).value());
  CHECK(budget.used(Resource::stack_bytes) == 0);
  auto again = pool.take(65536, &budget);
  REQUIRE(again.ok());
  CHECK(again.value()->value_base == base);
  CHECK(again.value()->value_sp == base);
  CHECK(again.value()->value_limit[-1] == 0);
  CHECK(again.value()->state == FiberState::fresh);
  CHECK(budget.used(Resource::stack_bytes) == 65536);
  auto larger = pool.take(131072, &budget);
  REQUIRE(larger.ok());
  CHECK(larger.value()->value_bytes() == 131072);
}

TEST_CASE("fiber: many, fresh and pooled") {
  FiberPool pool;
  for (int round = 0; round < 3; round++) {
    std::vector<std::unique_ptr<Fiber>> fibers;
    for (int i = 0; i < 1000; i++) {
      auto fiber = pool.take(256 << 10, nullptr);
      REQUIRE(fiber.ok());
      fiber.value()->value_base[0] = static_cast<Slot>(i);
      fibers.push_back(std::move(fiber).value());
    }
    for (int i = 0; i < 1000; i++) REQUIRE(fibers[i]->value_base[0] == static_cast<Slot>(i));
    for (auto& fiber : fibers) pool.give(std::move(fiber));
  }
}
