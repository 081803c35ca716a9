// A component in the words of its world: branch.h is made from branch.wit by `heddle bindgen cpp`. What the
// component needs is a class to derive from, what it offers a class to call; the compiler knows the types of both.
#include <branch.h>

#include <cstdio>
#include <string>

namespace {

namespace catalog = wit::books::library::catalog;

class Catalog final : public catalog::Host {
 public:
  heddle::Result<catalog::Answer> find(heddle::ComponentCaller&, std::string title, catalog::Medium medium) override {
    if (title == "Ulysses") return catalog::Answer(catalog::Answer::Lent());
    if (title != "Emma") return catalog::Answer(catalog::Answer::Unknown());
    const bool audio = medium == catalog::Medium::audio;
    return catalog::Answer(catalog::Answer::Here{{.room = audio ? "attic" : "hall", .shelf = audio ? 7u : 3u}});
  }
};

// A component of that world, by hand: it asks the catalog.
constexpr const char* kBranch = R"((component
  (import "books:library/catalog@1.0.0" (instance $catalog
    (type $place' (record (field "room" string) (field "shelf" u32)))
    (export "place" (type $place (eq $place')))
    (type $medium' (enum "paper" "audio"))
    (export "medium" (type $medium (eq $medium')))
    (type $answer' (variant (case "here" $place) (case "lent") (case "unknown")))
    (export "answer" (type $answer (eq $answer')))
    (export "find" (func (param "title" string) (param "medium" $medium) (result $answer)))))
  (alias export $catalog "medium" (type $medium))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 1024))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8)))))
  (core instance $libc (instantiate $libc))
  (core func $find (canon lower (func $catalog "find") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (core module $code
    (import "" "memory" (memory 1))
    (import "" "find" (func $find (param i32 i32 i32 i32)))
    (func (export "shelf-of") (param i32 i32 i32) (result i32)
      (call $find (local.get 0) (local.get 1) (local.get 2) (i32.const 64))
      (i32.store8 (i32.const 128) (i32.eqz (i32.load8_u (i32.const 64))))
      (i32.store (i32.const 132) (i32.load (i32.const 76)))
      (i32.const 128)))
  (core instance $i (instantiate $code (with "" (instance
    (export "memory" (memory $libc "memory")) (export "find" (func $find))))))
  (func $shelf-of (param "title" string) (param "medium" $medium) (result (option u32))
    (canon lift (core func $i "shelf-of") (memory $libc "memory") (realloc (func $libc "realloc"))))
  (instance $reading (export "medium" (type $medium)) (export "shelf-of" (func $shelf-of)))
  (export "books:library/reading@1.0.0" (instance $reading)))
)";

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Store store(engine);
  heddle::ComponentLinker linker(engine);
  Catalog catalog;
  wit::books::library::branch::add_to(linker, catalog);
  heddle::Component component = heddle::Component::from_text(engine, kBranch).value();
  heddle::ComponentInstance instance = linker.instantiate(store, component).value();

  auto branch = wit::books::library::branch::Guest::from(instance).value();
  for (const char* title : {"Emma", "Ulysses", "The Castle"}) {
    const std::optional<uint32_t> shelf = branch.reading().shelf_of(title, catalog::Medium::audio).value();
    std::printf("%s: %s\n", title, shelf ? std::to_string(*shelf).c_str() : "not here");
  }
}
