#include "base/list.h"

#include <doctest/doctest.h>

#include "base/index.h"

using namespace heddle;

TEST_CASE("a list takes a pointer, and grows") {
  static_assert(sizeof(List<uint32_t>) == sizeof(void*));
  List<uint32_t> list;
  CHECK(list.empty());
  CHECK(list.begin() == list.end());
  for (uint32_t i = 0; i < 1000; ++i) list.push_back(i * i);
  REQUIRE(list.size() == 1000);
  bool same = true;
  for (uint32_t i = 0; i < 1000; ++i) same = same && list[i] == i * i;
  CHECK(same);
  CHECK(list.front() == 0);
  CHECK(list.back() == 999 * 999);
  list[3] = 7;
  CHECK(std::span<const uint32_t>(list)[3] == 7);
}

TEST_CASE("lists are values") {
  const List<uint32_t> numbers = {1, 2, 3};
  List<uint32_t> copy = numbers;
  CHECK(copy == numbers);
  copy.push_back(4);
  CHECK(numbers.size() == 3);
  CHECK(!(copy == numbers));
  List<uint32_t> moved = std::move(copy);
  CHECK(moved == std::vector<uint32_t>{1, 2, 3, 4});
  moved = numbers;
  CHECK(moved == numbers);
  moved = {};
  CHECK(moved.empty());
  moved.reserve(100);
  CHECK(moved == List<uint32_t>());
}

TEST_CASE("an optional index takes no more than an index") {
  static_assert(sizeof(OptionalIndex<TypeIdx>) == sizeof(TypeIdx));
  OptionalIndex<TypeIdx> none, some = TypeIdx{5};
  CHECK(!none);
  CHECK(some.has_value());
  CHECK(some->raw == 5);
  CHECK(*some == TypeIdx{5});
  CHECK(some == TypeIdx{5});
  CHECK(!(some == none));
}
