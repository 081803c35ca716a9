#include "os/stack_space.h"

#include <doctest/doctest.h>

#include <vector>

using namespace heddle;
using os::StackSpace;

TEST_CASE("stack spaces: whole pages that read as zero, counted while they are there") {
  const uint64_t before = StackSpace::count();
  {
    StackSpace space = StackSpace::create(10'000).value();
    CHECK(space.bytes() == 12'288);
    CHECK(space.high() - space.low() == 12'288);
    CHECK(space.low()[0] == 0);
    space.high()[-1] = 1;
    StackSpace moved = std::move(space);
    CHECK(moved.high()[-1] == 1);
    CHECK(StackSpace::count() == before + 1);
  }
  CHECK(StackSpace::count() == before);
  CHECK(StackSpace::create(UINT64_MAX).error().code == ErrorCode::out_of_memory);
  CHECK(StackSpace::create(StackSpace::kMaxBytes + 1).error().code == ErrorCode::out_of_memory);
  CHECK(StackSpace::count() == before);
}

TEST_CASE("stack spaces end before the process's mappings do") {
  const uint64_t before = StackSpace::count();
  std::vector<StackSpace> spaces;
  ErrorCode refused = ErrorCode::none;
  while (refused == ErrorCode::none && spaces.size() <= StackSpace::most()) {
    auto made = StackSpace::create(4096);
    if (made.ok()) {
      spaces.push_back(std::move(made).value());
    } else {
      refused = made.error().code;
    }
  }
  CHECK(refused == ErrorCode::out_of_memory);
  CHECK(before + spaces.size() == StackSpace::most());
  spaces.pop_back();
  CHECK(StackSpace::create(4096).ok());
}
