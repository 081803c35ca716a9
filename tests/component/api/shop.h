// Types of an embedder's own, for the tests: records, an enum, flags, variants, also with views in them.
#pragma once
#include <string>
#include <vector>

#include "component/api/world.h"

namespace shop {

using heddle::api::Case;
using heddle::api::Expected;

struct Point {
  int32_t x = 0, y = 0;
  friend bool operator==(const Point&, const Point&) = default;
};
HEDDLE_RECORD(Point, x, y);

struct LineItem {
  std::string productName;
  uint64_t unit_price = 0;
  std::vector<Point> where_;
  friend bool operator==(const LineItem&, const LineItem&) = default;
};
HEDDLE_RECORD(LineItem, productName, unit_price, where_);

enum class Color { red, dark_green, blue };
HEDDLE_ENUM(Color, red, dark_green, blue);

enum class Access : uint8_t { read = 1, write = 2, run = 4 };
HEDDLE_FLAGS(Access, read, write, run);

struct Shape : std::variant<Case<struct Circle, double>, Case<struct Square, double>, Case<struct Empty>> {
  using variant::variant;
};
HEDDLE_VARIANT(Shape, circle, square, empty);

struct Glance {
  std::vector<Expected<std::string_view, uint32_t>> seen;
};
HEDDLE_RECORD(Glance, seen);

struct Sight : std::variant<uint32_t, Glance> {
  using variant::variant;
};
HEDDLE_VARIANT(Sight, nothing, something);

}  // namespace shop
