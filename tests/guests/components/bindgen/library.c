// Geometry, and bags of points: what wit-bindgen lifts and lowers of records, variants, lists, strings, flags,
// options and results, and of resources that are owned and borrowed.
//
// world: library
// run: heddle:guests/shapes@1.0.0#area(dot)
// expect: none
// run: heddle:guests/shapes@1.0.0#area(polygon([{x: 0, y: 0}, {x: 4, y: 0}, {x: 4, y: 3}]))
// expect: some(6)
// run: heddle:guests/shapes@1.0.0#describe(label("né"), green, {bold, wide})
// expect: "green bold wide né"
// run: heddle:guests/shapes@1.0.0#describe(circle(1.5), blue, {})
// expect: "blue circle"
// run: heddle:guests/shapes@1.0.0#bounds([{x: 1, y: -5}, {x: -7, y: 2}])
// expect: ok(({x: -7, y: -5}, {x: 1, y: 2}))
// run: heddle:guests/shapes@1.0.0#bounds([])
// expect: err("no points")
// run: heddle:guests/store@1.0.0#live()
// expect: 0
#include <library.h>
#include <stdlib.h>
#include <string.h>

#define SHAPES(name) exports_heddle_guests_shapes_##name
#define STORE(name) exports_heddle_guests_store_##name
typedef SHAPES(point_t) point;

// --- shapes

bool SHAPES(area)(SHAPES(shape_t) * of, double* ret) {
  bool has = true;
  if (of->tag == EXPORTS_HEDDLE_GUESTS_SHAPES_SHAPE_CIRCLE) {
    *ret = 3.0 * of->val.circle * of->val.circle;  // it need not be exact
  } else if (of->tag == EXPORTS_HEDDLE_GUESTS_SHAPES_SHAPE_POLYGON) {
    double twice = 0;
    for (size_t i = 0; i < of->val.polygon.len; ++i) {
      const point *a = &of->val.polygon.ptr[i], *b = &of->val.polygon.ptr[(i + 1) % of->val.polygon.len];
      twice += (double)a->x * b->y - (double)b->x * a->y;
    }
    *ret = twice / 2;
  } else {
    has = false;
  }
  SHAPES(shape_free)(of);
  return has;
}

static void append(char** at, const char* text, size_t size) {
  memcpy(*at, text, size);
  *at += size;
}
static void word(char** at, const char* text) { append(at, text, strlen(text)); }

void SHAPES(describe)(SHAPES(shape_t) * of, SHAPES(color_t) color, SHAPES(style_t) style, library_string_t* ret) {
  static const char* const kColors[] = {"red", "green", "blue"};
  static const char* const kKinds[] = {" dot", " circle", " polygon"};
  const bool label = of->tag == EXPORTS_HEDDLE_GUESTS_SHAPES_SHAPE_LABEL;
  char *text = malloc(64 + (label ? of->val.label.len : 0)), *at = text;
  word(&at, kColors[color]);
  if (style & EXPORTS_HEDDLE_GUESTS_SHAPES_STYLE_BOLD) word(&at, " bold");
  if (style & EXPORTS_HEDDLE_GUESTS_SHAPES_STYLE_ITALIC) word(&at, " italic");
  if (style & EXPORTS_HEDDLE_GUESTS_SHAPES_STYLE_WIDE) word(&at, " wide");
  if (label) {
    word(&at, " ");
    append(&at, (const char*)of->val.label.ptr, of->val.label.len);
  } else {
    word(&at, kKinds[of->tag]);
  }
  SHAPES(shape_free)(of);
  ret->ptr = (uint8_t*)text;
  ret->len = (size_t)(at - text);
}

bool SHAPES(bounds)(SHAPES(list_point_t) * points, SHAPES(tuple2_point_point_t) * ret, library_string_t* err) {
  const bool any = points->len > 0;
  if (any) {
    *ret = (SHAPES(tuple2_point_point_t)){points->ptr[0], points->ptr[0]};
    for (size_t i = 1; i < points->len; ++i) {
      const point* p = &points->ptr[i];
      if (p->x < ret->f0.x) ret->f0.x = p->x;
      if (p->y < ret->f0.y) ret->f0.y = p->y;
      if (p->x > ret->f1.x) ret->f1.x = p->x;
      if (p->y > ret->f1.y) ret->f1.y = p->y;
    }
  } else {
    library_string_dup(err, "no points");
  }
  SHAPES(list_point_free)(points);
  return any;
}

// --- bags

struct STORE(bag_t) {
  point* points;
  size_t count;
};
static uint32_t live;

STORE(own_bag_t) STORE(constructor_bag)(library_string_t* name) {
  library_string_free(name);
  STORE(bag_t)* bag = calloc(1, sizeof *bag);
  ++live;
  return STORE(bag_new)(bag);
}

void STORE(method_bag_add)(STORE(bag_t) * bag, STORE(point_t) * p) {
  bag->points = realloc(bag->points, (bag->count + 1) * sizeof *p);
  bag->points[bag->count++] = *p;
}

void STORE(method_bag_points)(STORE(bag_t) * bag, STORE(list_point_t) * ret) {
  ret->len = bag->count;
  ret->ptr = malloc(bag->count * sizeof *ret->ptr);
  memcpy(ret->ptr, bag->points, bag->count * sizeof *ret->ptr);
}

STORE(own_bag_t) STORE(static_bag_merge)(STORE(own_bag_t) a, STORE(bag_t) * b) {
  STORE(bag_t)* into = STORE(bag_rep)(a);
  for (size_t i = 0; i < b->count; ++i) STORE(method_bag_add)(into, &b->points[i]);
  return a;
}

void STORE(bag_destructor)(STORE(bag_t) * bag) {
  free(bag->points);
  free(bag);
  --live;
}

uint32_t STORE(live)(void) { return live; }
