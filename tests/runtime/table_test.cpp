#include "runtime/table.h"

#include <doctest/doctest.h>

#include <vector>

#include "syntax/limits.h"

using namespace heddle;
using namespace heddle::rt;

namespace {

constexpr uint64_t kRefused = UINT64_MAX;

std::unique_ptr<Table> make(uint64_t min, std::optional<uint64_t> max, Ref init, Budget* budget = nullptr) {
  TableType type;
  type.elem = kFuncRef;
  type.limits = {.min = min, .max = max};
  auto table = Table::create(type, init, budget);
  REQUIRE(table.ok());
  return std::move(table).value();
}

}  // namespace

TEST_CASE("table: starts with its initial value and grows within its maximum") {
  auto table = make(2, 5, 80);
  CHECK(table->elems[1] == 80);
  CHECK(table->grow(0, 8) == 2);
  CHECK(table->grow(4, 8) == kRefused);
  CHECK(table->grow(UINT64_MAX, 8) == kRefused);
  CHECK(table->grow(2, 88) == 2);
  CHECK(table->size == 4);
  CHECK(table->elems[1] == 80);
  CHECK(table->elems[3] == 88);
  CHECK(table->grow(1, 0) == 4);
  CHECK(table->elems[4] == 0);
  CHECK(table->current_type().limits.min == 5);
  CHECK(table->type.limits.min == 2);
}

TEST_CASE("table: an empty one, and growth one by one") {
  auto table = make(0, std::nullopt, 0);
  for (uint64_t i = 0; i < 100'000; i++) REQUIRE(table->grow(1, 8 * i) == i);
  CHECK(table->elems[99'999] == 8 * 99'999);
  CHECK(table->elems[1] == 8);
}

TEST_CASE("table: the run-time limit, at N and N + 1") {
  auto table = make(limits::kTableEntries, std::nullopt, 0);
  CHECK(table->elems[limits::kTableEntries - 1] == 0);
  CHECK(table->grow(1, 0) == kRefused);
  CHECK(table->grow(0, 0) == limits::kTableEntries);
  TableType type;
  type.limits.min = limits::kTableEntries + 1;
  CHECK(!Table::create(type, 0, nullptr).ok());
  auto small = make(1, std::nullopt, 0);
  CHECK(small->grow(limits::kTableEntries, 0) == kRefused);
  CHECK(small->grow(limits::kTableEntries - 1, 0) == 1);
}

TEST_CASE("table: bulk operations check first, then do all or nothing") {
  auto table = make(4, std::nullopt, 0);
  CHECK(table->fill(1, 16, 3).ok());
  CHECK(table->fill(4, 16, 0).ok());
  CHECK(!table->fill(5, 16, 0).ok());
  CHECK(!table->fill(0, 24, 5).ok());
  CHECK(table->elems[0] == 0);
  CHECK(table->elems[3] == 16);

  std::vector<Ref> segment = {8, 16, 24};
  CHECK(table->init(1, segment, 0, 3).ok());
  CHECK(!table->init(0, segment, 1, 3).ok());
  CHECK(!table->init(2, segment, 0, 3).ok());
  CHECK(table->init(4, segment, 3, 0).ok());
  CHECK(!table->init(0, segment, UINT64_MAX, 2).ok());
  CHECK(table->elems[1] == 8);
  CHECK(table->elems[3] == 24);

  CHECK(Table::copy(*table, 0, *table, 1, 3).ok());  // overlapping
  CHECK(table->elems[0] == 8);
  CHECK(table->elems[2] == 24);
  CHECK(table->elems[3] == 24);
  CHECK(!Table::copy(*table, 2, *table, 0, 3).ok());
  CHECK(!Table::copy(*table, 0, *table, 2, 3).ok());
  CHECK(table->elems[2] == 24);
}

TEST_CASE("table: the budget is charged and given back") {
  Budget budget;
  budget.set_limit(Resource::table_elements, 10);
  {
    auto table = make(4, std::nullopt, 0, &budget);
    CHECK(table->grow(7, 0) == kRefused);
    CHECK(table->grow(6, 0) == 4);
    CHECK(budget.used(Resource::table_elements) == 10);
    TableType type;
    type.limits.min = 1;
    CHECK(Table::create(type, 0, &budget).error().code == ErrorCode::budget_exceeded);
  }
  CHECK(budget.used(Resource::table_elements) == 0);
}
