// Instantiation: imports by type, the order of effects, what stays when it fails.
#include "exec/instantiate.h"

#include "tests/exec/support.h"

using namespace heddle;
using testing::i32;
using testing::World;

namespace {

ErrorCode code_of(const Result<rt::Instance*>& result) { return result.ok() ? ErrorCode::none : result.error().code; }

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what one instance exports another imports, as the same thing") {
  World w;
  rt::Instance& a = w.instantiate(R"((module
    (global (export "g") (mut i32) (i32.const 1))
    (memory (export "m") 1 2)
    (table (export "t") 2 10 funcref)
    (tag (export "e") (param i32))
    (func (export "f") (result i32) (i32.const 42))))");
  w.publish("a", a);
  rt::Instance& b = w.instantiate(R"((module
    (import "a" "g" (global $g (mut i32)))
    (import "a" "m" (memory 1))
    (import "a" "t" (table 1 funcref))
    (import "a" "e" (tag (param i32)))
    (import "a" "f" (func $f (result i32)))
    (export "f" (func $f))
    (func (export "set") (global.set $g (i32.const 9)) (i32.store (i32.const 0) (i32.const 8)))))");
  CHECK(&w.func(b, "f") == &w.func(a, "f"));
  w.call(b, "set");
  CHECK(w.global(a, "g") == 9);
  CHECK(a.memory0_base[0] == 8);
  CHECK(a.memory0 == b.memory0);
}

TEST_CASE("a missing import says what was wanted and what there is") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (func (export "print_i32") (param i32)) (func (export "other"))))");
  w.publish("env", a);
  CHECK(code_of(w.try_instantiate(R"((module (import "env" "print_i23" (func (param i64) (result f32)))))")) ==
        ErrorCode::unknown_import);
  CHECK(contains(w.detail.detail, R"("env" "print_i23" (func (param i64) (result f32)))"));
  CHECK(contains(w.detail.detail, R"(did you mean "print_i32"?)"));
  CHECK(code_of(w.try_instantiate(R"((module (import "env" "zzzzzzzzz" (global i32))))")) ==
        ErrorCode::unknown_import);
  CHECK(contains(w.detail.detail, R"(module "env" has "other", "print_i32")"));
  CHECK(code_of(w.try_instantiate(R"((module (import "nowhere" "x" (memory 1))))")) == ErrorCode::unknown_import);
  CHECK(contains(w.detail.detail, R"(no module "nowhere" is defined)"));
}

TEST_CASE("an import of another type shows both types") {
  World w;
  rt::Instance& a = w.instantiate(R"((module
    (func (export "f") (param i32)) (memory (export "m") 1 3) (memory (export "m64") i64 1)
    (memory (export "s") 1 2 shared) (table (export "t") 2 funcref) (global (export "g") i32 (i32.const 0))
    (global (export "v") (mut i32) (i32.const 0)) (tag (export "e") (param i32))))");
  w.publish("a", a);
  struct Case {
    const char* import;
    const char* words;
  };
  const Case kCases[] = {
      {R"((import "a" "f" (func (param i64))))", "expected (func (param i64)), found (func (param i32))"},
      {R"((import "a" "f" (global i32)))", "expected (global i32), found (func (param i32))"},
      {R"((import "a" "m" (memory 2)))", "expected (memory 2), found (memory 1 3)"},
      {R"((import "a" "m" (memory 1 2)))", "expected (memory 1 2), found (memory 1 3)"},
      {R"((import "a" "m" (memory i64 1)))", "expected (memory i64 1), found (memory 1 3)"},
      {R"((import "a" "s" (memory 1 2)))", "expected (memory 1 2), found (memory 1 2 shared)"},
      {R"((import "a" "t" (table 2 externref)))", "expected (table 2 externref)"},
      {R"((import "a" "t" (table 2 5 funcref)))", "found (table 2 funcref)"},
      {R"((import "a" "g" (global (mut i32))))", "expected (global (mut i32)), found (global i32)"},
      {R"((import "a" "v" (global i32)))", "expected (global i32), found (global (mut i32))"},
      {R"((import "a" "e" (tag (param i64))))", "expected (tag (param i64)), found (tag (param i32))"},
  };
  for (const Case& c : kCases) {
    CAPTURE(c.import);
    CHECK(code_of(w.try_instantiate(std::string("(module ") + c.import + ")")) == ErrorCode::incompatible_import);
    CAPTURE(w.detail.detail);
    CHECK(contains(w.detail.detail, c.words));
  }
  CHECK(w.try_instantiate(R"((module (import "a" "m" (memory 0 4)) (import "a" "t" (table 1 funcref))))").ok());
}

TEST_CASE("limits are compared with the size there is now") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (memory (export "m") 1 5)
    (func (export "grow") (drop (memory.grow (i32.const 2))))))");
  w.publish("a", a);
  CHECK(code_of(w.try_instantiate(R"((module (import "a" "m" (memory 3))))")) == ErrorCode::incompatible_import);
  w.call(a, "grow");
  CHECK(w.try_instantiate(R"((module (import "a" "m" (memory 3))))").ok());
}

TEST_CASE("functions match by subtyping, exact ones exactly") {
  World w;
  rt::Instance& a = w.instantiate(R"((module
    (type $f (sub (func))) (type $g (sub $f (func)))
    (func (export "f") (type $f)) (func (export "g") (type $g))))");
  w.publish("a", a);
  constexpr std::string_view kTypes = "(type $f (sub (func))) (type $g (sub $f (func)))";
  auto import = [&](std::string_view text) {
    return code_of(w.try_instantiate("(module " + std::string(kTypes) + std::string(text) + ")"));
  };
  CHECK(import(R"((import "a" "g" (func (type $f))))") == ErrorCode::none);
  CHECK(import(R"((import "a" "f" (func (type $g))))") == ErrorCode::incompatible_import);
  CHECK(import(R"((import "a" "g" (func (exact (type $f)))))") == ErrorCode::incompatible_import);
  CHECK(import(R"((import "a" "g" (func (exact (type $g)))))") == ErrorCode::none);
}

TEST_CASE("active segments fill in order; a trap leaves what came before") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (memory (export "m") 1) (table (export "t") 4 funcref)
    (func (export "get") (param i32) (result i32) (ref.is_null (table.get 0 (local.get 0))))))");
  w.publish("a", a);
  auto failed = w.try_instantiate(R"((module
    (import "a" "m" (memory 1)) (import "a" "t" (table 4 funcref)) (func $f)
    (elem (i32.const 1) $f)
    (elem (table 0) (i32.const 2) funcref (ref.func $f) (ref.null func))
    (data (i32.const 10) "ab")
    (data (i32.const 65535) "xy")))");
  CHECK(code_of(failed) == ErrorCode::out_of_bounds_memory);
  CHECK(w.store->pending.trap.code == ErrorCode::out_of_bounds_memory);
  CHECK(a.memory0_base[10] == 'a');
  CHECK(a.memory0_base[65535] == 0);
  CHECK(w.call(a, "get", {i32(1)}) == 0);
  CHECK(w.call(a, "get", {i32(2)}) == 0);
  CHECK(w.call(a, "get", {i32(3)}) == 1);
  CHECK(code_of(
            w.try_instantiate(R"((module (import "a" "t" (table 4 funcref)) (elem (i32.const 4) func 0) (func)))")) ==
        ErrorCode::out_of_bounds_table);
}

TEST_CASE("functions of an instance that failed stay callable where it gave them away") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (table (export "t") 4 funcref)
    (func (export "call") (result i32) (call_indirect (result i32) (i32.const 0)))))");
  w.publish("a", a);
  auto failed = w.try_instantiate(R"((module
    (import "a" "t" (table 4 funcref)) (memory 1)
    (func $f (result i32) (i32.load (i32.const 0)))
    (elem (i32.const 0) $f) (data (i32.const 0) "\2a") (data (i32.const 70000) "x")))");
  CHECK(code_of(failed) == ErrorCode::out_of_bounds_memory);
  CHECK(w.call(a, "call") == 42);
}

TEST_CASE("the start function runs last; its trap and its exception are the instantiation's") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (memory (export "m") 1) (data (i32.const 0) "\05")
    (global (export "g") (mut i32) (i32.const 0))
    (func $s (global.set 0 (i32.load8_u (i32.const 0)))) (start $s)))");
  CHECK(w.global(a, "g") == 5);
  CHECK(code_of(w.try_instantiate("(module (func $s unreachable) (start $s))")) == ErrorCode::unreachable_executed);
  CHECK(code_of(w.try_instantiate("(module (tag $e) (func $s (throw $e)) (start $s))")) ==
        ErrorCode::uncaught_exception);
  CHECK(w.store->pending.exception != 0);
  CHECK(w.store->context.fiber->value_sp == w.store->context.fiber->value_base);
  CHECK(w.store->host_depth == 0);
}

TEST_CASE("an imported start function") {
  World w;
  rt::Instance& a = w.instantiate(R"((module (global (export "g") (mut i32) (i32.const 0))
    (func (export "f") (global.set 0 (i32.const 3)))))");
  w.publish("a", a);
  w.instantiate(R"((module (import "a" "f" (func $f)) (start $f)))");
  CHECK(w.global(a, "g") == 3);
}

TEST_CASE("passive segments stay until they are dropped; tables start with their initial value") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (func $f (result i32) (i32.const 11))
    (table $t 3 (ref null func) (ref.func $f))
    (table $u 3 funcref)
    (elem $e func $f $f)
    (elem $x funcref (ref.func $f))
    (elem declare func $f)
    (memory 1)
    (data $d "hello")
    (func (export "first") (result i32) (call_indirect $t (result i32) (i32.const 2)))
    (func (export "init") (param i32)
      (table.init $u $e (i32.const 0) (i32.const 0) (i32.const 2))
      (table.init $u $x (i32.const 2) (i32.const 0) (i32.const 1))
      (memory.init $d (i32.const 0) (i32.const 1) (i32.const 3)))
    (func (export "second") (result i32)
      (i32.add (call_indirect $u (result i32) (i32.const 2)) (i32.load8_u (i32.const 0))))))");
  CHECK(w.call(i, "first") == 11);
  w.call(i, "init", {i32(0)});
  CHECK(w.outcome == rt::Outcome::returned);
  CHECK(w.call(i, "second") == 11 + 'e');
}

TEST_CASE("64-bit offsets") {
  World w;
  CHECK(code_of(w.try_instantiate(R"((module (memory i64 1) (data (i64.const 0x100000000) "x")))")) ==
        ErrorCode::out_of_bounds_memory);
  CHECK(code_of(w.try_instantiate(
            R"((module (table i64 1 funcref) (func $f) (elem (i64.const 0x100000000) func $f)))")) ==
        ErrorCode::out_of_bounds_table);
}

TEST_CASE("the budget bounds instances, memories and tables") {
  World w;
  w.store->budget.set_limit(rt::Resource::instances, 2);
  w.store->budget.set_limit(rt::Resource::memory_bytes, uint64_t{3} << 16);
  w.store->budget.set_limit(rt::Resource::table_elements, 10);
  CHECK(w.try_instantiate("(module (memory 2))").ok());
  CHECK(code_of(w.try_instantiate("(module (memory 2))")) == ErrorCode::budget_exceeded);
  CHECK(code_of(w.try_instantiate("(module)")) == ErrorCode::budget_exceeded);
  World v;
  v.store->budget.set_limit(rt::Resource::memory_bytes, uint64_t{3} << 16);
  v.store->budget.set_limit(rt::Resource::table_elements, 10);
  CHECK(code_of(v.try_instantiate("(module (table 11 funcref))")) == ErrorCode::budget_exceeded);
  CHECK(code_of(v.try_instantiate("(module (memory 1 4 shared))")) == ErrorCode::budget_exceeded);
  CHECK(v.try_instantiate("(module (memory 1 3 shared))").ok());
}

TEST_CASE("a module of another engine is refused") {
  World w, other;
  auto module = other.load("(module)");
  auto refused = exec::instantiate(*w.store, module, {}, nullptr);
  CHECK(code_of(refused) == ErrorCode::wrong_engine);
}

TEST_CASE("a memory without a reservation never serves code that relies on one") {
  World w;
  if (w.engine->config.memory != rt::MemoryMode::guard) return;
  auto memory = rt::Memory::create({.limits = {.min = 1, .max = {}}}, rt::MemoryMode::checked, nullptr);
  REQUIRE(memory.ok());
  w.names.objects.insert_or_assign("a.m", exec::Extern::of(memory.value().get()));
  CHECK(code_of(w.try_instantiate(R"((module (import "a" "m" (memory 1))))")) == ErrorCode::out_of_memory);
  rt::EngineConfig config;
  config.memory = rt::MemoryMode::checked;
  World checked(config);
  checked.names.objects.insert_or_assign("a.m", exec::Extern::of(memory.value().get()));
  rt::Instance& b = checked.instantiate(R"((module (import "a" "m" (memory 1))
    (func (export "far") (result i32) (i32.load (i32.const 65536)))))");
  checked.call(b, "far");
  CHECK(checked.outcome == rt::Outcome::trapped);
}

TEST_CASE("many instances of one module share its code and nothing else") {
  World w;
  auto module = w.load(R"((module (global $g (mut i32) (i32.const 0))
    (func (export "next") (result i32) (global.set $g (i32.add (global.get $g) (i32.const 1))) (global.get $g))))");
  std::vector<rt::Instance*> instances;
  for (int i = 0; i < 1000; ++i) instances.push_back(exec::instantiate(*w.store, module, {}, nullptr).value());
  CHECK(w.call(*instances[3], "next") == 1);
  CHECK(w.call(*instances[3], "next") == 2);
  CHECK(w.call(*instances[999], "next") == 1);
  CHECK(w.func(*instances[0], "next").code == w.func(*instances[1], "next").code);
}
