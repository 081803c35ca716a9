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

TEST_CASE("fiber: many, each with a stack of its own that costs nothing until it is used") {
  std::vector<std::unique_ptr<Fiber>> fibers;
  for (int i = 0; i < 5000; i++) {
    auto fiber = Fiber::create(256 << 10, nullptr);
    REQUIRE(fiber.ok());
    fiber.value()->value_base[0] = static_cast<Slot>(i);
    fibers.push_back(std::move(fiber).value());
  }
  for (int i = 0; i < 5000; i++) REQUIRE(fibers[static_cast<size_t>(i)]->value_base[0] == static_cast<Slot>(i));
}
