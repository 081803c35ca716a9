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

TEST_CASE("table: a slice lies within the table") {
  auto table = make(4, std::nullopt, 0);
  CHECK(table->slice(1, 3).value().data() == table->elems + 1);
  CHECK(table->slice(1, 3).value().size() == 3);
  CHECK(table->slice(4, 0).ok());
  CHECK(!table->slice(5, 0).ok());
  CHECK(!table->slice(0, 5).ok());
  CHECK(!table->slice(2, 3).ok());
  CHECK(!table->slice(UINT64_MAX, 2).ok());
  CHECK(table->slice(2, UINT64_MAX).error().code == ErrorCode::out_of_bounds_table);
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
