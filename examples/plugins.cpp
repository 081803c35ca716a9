// A plugin host: plugins are components that are given a log, a palette to draw with, and shapes as records; what
// they draw comes back.
#include <heddle/component.h>

#include <cstdio>
#include <string>
#include <vector>

namespace drawing {

// record shape { name: string, width: u32, height: u32 }
struct Shape {
  std::string name;
  uint32_t width = 0, height = 0;
};
HEDDLE_RECORD(Shape, name, width, height);

// resource palette: what stands behind a plugin's handles.
struct Palette {
  std::vector<std::string> colors;
  ~Palette() { std::printf("  (a palette of %zu colors is gone)\n", colors.size()); }
};

}  // namespace drawing

namespace {

using drawing::Palette;
using drawing::Shape;

// Compilers make such components from C, C++, Rust, Go, ...; here it is written by hand. It asks for a palette, adds
// the shape's name as a color, and answers with the area and what the palette calls its first color.
constexpr const char* kPlugin = R"((component
  (import "drawing:host/log" (instance $log (export "line" (func (param "text" string)))))
  (import "drawing:host/palettes" (instance $palettes
    (export "palette" (type $palette (sub resource)))
    (export "[constructor]palette" (func (result (own $palette))))
    (export "[method]palette.add" (func (param "self" (borrow $palette)) (param "color" string) (result u32)))))
  (alias export $palettes "palette" (type $palette))

  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8)))))
  (core instance $libc (instantiate $libc))
  (core func $line (canon lower (func $log "line") (memory $libc "memory")))
  (core func $make (canon lower (func $palettes "[constructor]palette")))
  (core func $add (canon lower (func $palettes "[method]palette.add") (memory $libc "memory")))
  (core func $drop (canon resource.drop $palette))
  (core module $code
    (import "" "line" (func $line (param i32 i32)))
    (import "" "make" (func $make (result i32)))
    (import "" "add" (func $add (param i32 i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "draw") (param $name i32) (param $size i32) (param $width i32) (param $height i32) (result i32)
      (local $palette i32)
      (call $line (local.get $name) (local.get $size))
      (local.set $palette (call $make))
      (drop (call $add (local.get $palette) (local.get $name) (local.get $size)))
      (if (i32.eqz (local.get $width)) (then unreachable))
      (call $drop (local.get $palette))
      (i32.mul (local.get $width) (local.get $height))))
  (core instance $i (instantiate $code (with "" (instance (export "line" (func $line)) (export "make" (func $make))
    (export "add" (func $add)) (export "drop" (func $drop))))))
  (type $shape' (record (field "name" string) (field "width" u32) (field "height" u32)))
  (export $shape "shape" (type $shape'))
  (func (export "draw") (param "shape" $shape) (result u32)
    (canon lift (core func $i "draw") (memory $libc "memory") (realloc (func $libc "realloc")))))
)";

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Component plugin = heddle::Component::from_text(engine, kPlugin).value();

  heddle::ComponentLinker linker(engine);
  linker.define("drawing:host/log#line",
                [](std::string_view text) { std::printf("  the plugin draws a %s\n", std::string(text).c_str()); });
  linker.interface("drawing:host/palettes")
      .resource<Palette>("palette")
      .define("[constructor]palette", [] { return heddle::Own<Palette>::make(); })
      .define("[method]palette.add", [](heddle::Borrow<Palette> self, std::string color) {
        self->colors.push_back(std::move(color));
        return static_cast<uint32_t>(self->colors.size());
      });

  heddle::Store store(engine);
  heddle::ComponentInstance instance = linker.instantiate(store, plugin).value();
  auto draw = instance.get<uint32_t(const Shape&)>("draw").value();
  for (const Shape& shape : {Shape{"square", 3, 3}, Shape{"sheet", 21, 30}}) {
    std::printf("%s:\n", shape.name.c_str());
    std::printf("  its area is %u\n", draw(shape).value());
  }

  // A signature that is another one is found when the function is looked up.
  std::printf("%s\n", instance.get<uint32_t(std::string_view)>("draw").error().to_string().c_str());

  // What a plugin does wrong ends it, and nothing else: its palette goes with the store.
  std::printf("line:\n");
  std::printf("%s\n", draw(Shape{"line", 0, 5}).error().to_string().c_str());
  std::printf("%s\n", draw(Shape{"square", 3, 3}).error().to_string().c_str());
}
