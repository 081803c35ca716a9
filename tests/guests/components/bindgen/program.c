// Fills two bags, merges them, and describes what holds all their points.
//
// world: program
// plug: library.c
// run: run(10)
// expect: ok("red italic bounds; 10 points, area 162, 1 live")
// run: run(0)
// expect: err("no points")
#include <program.h>
#include <stdlib.h>
#include <string.h>

#define SHAPES(name) heddle_guests_shapes_##name
#define STORE(name) heddle_guests_store_##name
typedef SHAPES(point_t) point;

static void number(char** at, uint32_t value) {
  if (value > 9) number(at, value / 10);
  *(*at)++ = (char)('0' + value % 10);
}
static void word(char** at, const char* text, size_t size) {
  memcpy(*at, text, size);
  *at += size;
}

static STORE(own_bag_t) filled(const char* name, uint32_t from, uint32_t count) {
  program_string_t text;
  program_string_set(&text, name);
  STORE(own_bag_t) bag = STORE(constructor_bag)(&text);
  for (uint32_t i = 0; i < count; ++i) {
    point p = {(int32_t)(from + i), -2 * (int32_t)(from + i)};
    STORE(method_bag_add)(STORE(borrow_bag)(bag), &p);
  }
  return bag;
}

// The area of what has these corners.
static uint32_t area(const point* low, const point* high) {
  point corners[] = {*low, {high->x, low->y}, *high, {low->x, high->y}};
  SHAPES(shape_t) shape;
  shape.tag = HEDDLE_GUESTS_SHAPES_SHAPE_POLYGON;
  shape.val.polygon.ptr = corners;
  shape.val.polygon.len = 4;
  double found = 0;
  return SHAPES(area)(&shape, &found) ? (uint32_t)found : 0;
}

bool exports_program_run(uint32_t count, program_string_t* ret, program_string_t* err) {
  STORE(own_bag_t) a = filled("a", 0, count / 2), b = filled("b", count / 2, count - count / 2);
  STORE(own_bag_t) all = STORE(static_bag_merge)(a, STORE(borrow_bag)(b));
  STORE(bag_drop_own)(b);
  STORE(list_point_t) points;
  STORE(method_bag_points)(STORE(borrow_bag)(all), &points);
  SHAPES(tuple2_point_point_t) bounds;
  if (!SHAPES(bounds)(&points, &bounds, err)) {
    STORE(bag_drop_own)(all);
    return false;
  }
  SHAPES(shape_t) label;
  label.tag = HEDDLE_GUESTS_SHAPES_SHAPE_LABEL;
  program_string_set(&label.val.label, "bounds");
  program_string_t described;
  SHAPES(describe)(&label, HEDDLE_GUESTS_SHAPES_COLOR_RED, HEDDLE_GUESTS_SHAPES_STYLE_ITALIC, &described);
  char *text = malloc(described.len + 64), *at = text;
  word(&at, (const char*)described.ptr, described.len);
  word(&at, "; ", 2);
  number(&at, (uint32_t)points.len);
  word(&at, " points, area ", 14);
  number(&at, area(&bounds.f0, &bounds.f1));
  word(&at, ", ", 2);
  number(&at, STORE(live)());
  word(&at, " live", 5);
  ret->ptr = (uint8_t*)text;
  ret->len = (size_t)(at - text);
  program_string_free(&described);
  STORE(list_point_free)(&points);
  STORE(bag_drop_own)(all);
  return true;
}
