// What tests of the public API of components share: an engine, a store, a linker; a component that hands values on.
#pragma once
#include <heddle/component.h>

#include <optional>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

namespace heddle::testing {

struct ComponentWorld {
  explicit ComponentWorld(const api::Config& config = {}) : engine(config), store(engine), linker(engine) {}

  api::Component component(std::string_view text) const {
    api::Result<api::Component> made = api::Component::from_text(engine, text);
    REQUIRE_MESSAGE(made.ok(), made.error().to_string());
    return *made;
  }
  api::ComponentInstance instantiate(std::string_view text) const {
    api::Result<api::ComponentInstance> made = linker.instantiate(store, component(text));
    REQUIRE_MESSAGE(made.ok(), made.error().to_string());
    return *made;
  }
  // Why it cannot be instantiated.
  std::string refusal(std::string_view text) const {
    api::Result<api::ComponentInstance> made = linker.instantiate(store, component(text));
    REQUIRE(!made.ok());
    return made.error().to_string();
  }

  api::Engine engine;
  api::Store store;
  api::ComponentLinker linker;
};

// One whose store is never without something to wait for: what is not told cannot be a deadlock.
struct WaitingWorld : ComponentWorld {
  explicit WaitingWorld(const api::Config& config = {}) : ComponentWorld(config) {
    loop.spawn(wait(completer));
    goes_on();
  }
  static api::Task<> wait(std::optional<api::Completer<uint32_t>>& completer) {
    api::Completion<uint32_t> answer;
    completer = answer.completer();
    static_cast<void>(co_await answer);
  }
  void goes_on() { CHECK(loop.progress().value() == api::Progress::waiting); }

  api::EventLoop loop{store};
  std::optional<api::Completer<uint32_t>> completer;
};

// A memory with an allocator that never frees, for the core modules below.
inline constexpr std::string_view kMemory = R"(
  (core module $libc
    (memory (export "memory") 4)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (local $at i32)
      (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
      (global.set $next (i32.add (local.get $at) (local.get 3)))
      (memory.copy (local.get $at) (local.get 0) (local.get 1))
      (local.get $at)))
  (core instance $libc (instantiate $libc))
)";

// A component that exports `give`, which hands what it is given on to `take`, an import, and returns what that
// returns. `flat` is what the type is as core values.
inline std::string echo(std::string_view type, std::string_view flat) {
  std::string args;
  size_t count = 0;
  for (const char c : flat) {
    if (c != ' ') continue;
    args += "(local.get " + std::to_string(count++) + ") ";
  }
  args += "(local.get " + std::to_string(count++) + ")";
  const bool by_pointer = count > 1;
  const std::string params = "(param " + std::string(flat) + ")";
  const std::string result = by_pointer ? "(result i32)" : "(result " + std::string(flat) + ")";
  return "(component (type $t' " + std::string(type) + ") (import \"t\" (type $t (eq $t')))" +
         "(import \"take\" (func $take (param \"value\" $t) (result $t)))" + std::string(kMemory) +
         "(core func $take' (canon lower (func $take) (memory $libc \"memory\") (realloc (func $libc "
         "\"realloc\"))))" +
         "(core module $m (import \"\" \"take\" (func $take " + params + (by_pointer ? "(param i32)" : result) +
         "))" + "(func (export \"give\") " + params + result + "(call $take " + args +
         (by_pointer ? " (i32.const 1024)) (i32.const 1024)" : ")") + "))" +
         "(core instance $i (instantiate $m (with \"\" (instance (export \"take\" (func $take'))))))" +
         "(func (export \"give\") (param \"value\" $t) (result $t) (canon lift (core func $i \"give\")" +
         " (memory $libc \"memory\") (realloc (func $libc \"realloc\")))))";
}

// The same as functions that are async, of a type that is two words: a pointer and how many. `definitions` are of the
// types in it. `take` is called so that it may take its time, or (`at_once`) has to answer before it waits.
inline std::string async_echo(std::string_view definitions, std::string_view type, bool at_once = false) {
  const std::string pass = "(local.get 0) (local.get 1) (i32.const 1024)";
  return "(component " + std::string(definitions) + R"(
    (import "take" (func $take async (param "value" )" +
         std::string(type) + ") (result " + std::string(type) + ")))" + std::string(kMemory) +
         "(core func $take' (canon lower (func $take) " + (at_once ? "async " : "") + R"((memory $libc "memory")
      (realloc (func $libc "realloc"))))
    (core func $return (canon task.return (result )" +
         std::string(type) + R"() (memory $libc "memory")))
    (core module $m
      (import "" "memory" (memory 1))
      (import "" "take" (func $take (param i32 i32 i32))" +
         (at_once ? " (result i32)" : "") + R"())
      (import "" "return" (func $return (param i32 i32)))
      (func (export "give") (param i32 i32) (result i32)
        )" +
         (at_once ? "(if (i32.ne (call $take " + pass + ") (i32.const 2)) (then unreachable))"
                  : "(call $take " + pass + ")") +
         R"(
        (call $return (i32.load (i32.const 1024)) (i32.load (i32.const 1028)))
        (i32.const 0))
      (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
    (core instance $i (instantiate $m (with "" (instance
      (export "memory" (memory $libc "memory")) (export "take" (func $take'))
      (export "return" (func $return))))))
    (func (export "give") async (param "value" )" +
         std::string(type) + ") (result " + std::string(type) + R"()
      (canon lift (core func $i "give") async (callback (func $i "callback")) (memory $libc "memory")
        (realloc (func $libc "realloc"))))))";
}

inline bool contains_text(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace heddle::testing

#define CHECK_CONTAINS(text, part)                                                  \
  [](std::string_view said, std::string_view wanted) {                              \
    CHECK_MESSAGE(heddle::testing::contains_text(said, wanted), std::string(said)); \
  }(text, part)
