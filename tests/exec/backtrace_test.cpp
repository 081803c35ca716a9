// Backtraces, exactly: which functions, by index and name, and at which byte of the module each of them stands. The
// expected offsets do not come from the engine: a text says where they are by marks, constants that are dropped at
// once and that are found again in the bytes of the module.
#include <algorithm>

#include "os/clock.h"
#include "tests/exec/interp/host.h"

using namespace heddle;
using testing::add_host;
using testing::CallBack;
using testing::World;

namespace {

constexpr int kFirstMark = 77000;

// "@7": mark 7 stands here.
std::string with_marks(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '@') {
      out += text[i];
      continue;
    }
    int mark = 0;
    while (i + 1 < text.size() && text[i + 1] >= '0' && text[i + 1] <= '9') mark = 10 * mark + text[++i] - '0';
    out += "(drop (i32.const " + std::to_string(kFirstMark + mark) + "))";
  }
  return out;
}

// The offset of the byte behind a mark, which the module has once.
uint32_t behind_mark(const rt::Module& module, int mark) {
  uint32_t value = static_cast<uint32_t>(kFirstMark + mark);
  const uint8_t bytes[] = {0x41, static_cast<uint8_t>(value | 0x80), static_cast<uint8_t>(value >> 7 | 0x80),
                           static_cast<uint8_t>(value >> 14), 0x1a};
  auto found = std::search(module.bytes.begin(), module.bytes.end(), std::begin(bytes), std::end(bytes));
  REQUIRE(found != module.bytes.end());
  CHECK(std::search(found + 1, module.bytes.end(), std::begin(bytes), std::end(bytes)) == module.bytes.end());
  return static_cast<uint32_t>(found - module.bytes.begin() + std::ssize(bytes));
}

struct Expected {
  const char* func;  // its name
  uint32_t index;
  int mark;                            // it stands behind this mark; -1: at a place not known
  uint32_t bytes = 0;                  // so far behind: the operands written between the mark and the instruction
  const rt::Module* module = nullptr;  // where it is not the one the test is about
};

void check_frames(const World& w, const rt::Module& module, const std::vector<Expected>& expected) {
  const rt::Trap& trap = w.store->pending.trap;
  CHECK(trap.omitted == 0);
  REQUIRE(trap.frames.size() == expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    const rt::Module& of = expected[i].module ? *expected[i].module : module;
    CHECK(trap.frames[i].module == &of);
    CHECK(trap.frames[i].func == expected[i].index);
    CHECK(of.func_name(trap.frames[i].func) == expected[i].func);
    uint32_t offset = expected[i].mark < 0 ? 0 : behind_mark(of, expected[i].mark) + expected[i].bytes;
    CHECK(trap.frames[i].offset == offset);
  }
}

rt::EngineConfig config_of(rt::MemoryMode mode) {
  rt::EngineConfig config;
  config.memory = mode;
  return config;
}

constexpr rt::MemoryMode kModes[] = {rt::MemoryMode::guard, rt::MemoryMode::checked};

struct Case {
  const char* run;  // the export that traps
  ErrorCode code;
  std::vector<Expected> frames;
};

// Each case in both memory modes, with and without fuel, twice: the first call translates.
void check_cases(std::string_view text, const std::vector<Case>& cases) {
  for (rt::MemoryMode mode : kModes) {
    for (bool fuel : {false, true}) {
      rt::EngineConfig config = config_of(mode);
      config.fuel = fuel;
      World w(config);
      rt::Instance& i = w.instantiate(with_marks(text));
      for (int round = 0; round < 2; ++round) {
        for (const Case& c : cases) {
          INFO(c.run, " guard: ", mode == rt::MemoryMode::guard, " fuel: ", fuel);
          w.call(i, c.run);
          CHECK(w.trap_code() == c.code);
          check_frames(w, *i.module, c.frames);
          testing::check_at_rest(w);
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("backtrace: accesses out of bounds, first and last in their block, folded and not") {
  check_cases(R"((module (memory 1) (global $g (mut i32) (i32.const 70000))
    (func $first (export "first") (local i32) (local.set 0 (i32.const 65536)) (local.get 0) @1 (i32.load) drop)
    (func $after (export "after") (local i32 i64)
      (local.set 0 (i32.mul (global.get $g) (i32.const 3)))
      (local.set 1 (i64.extend_i32_u (i32.add (local.get 0) (i32.const 5))))
      (i64.store (i32.const 8) (local.get 1))
      (local.set 1 (i64.add (local.get 1) (i64.load (i32.const 8))))
      @2 (f64.store offset=1 (local.get 0) (f64.const 1))
      (i64.store (i32.const 8) (local.get 1)))
    (func $sum (export "sum") (result i32)
      @3 (i32.add (i32.load8_u (i32.const 1)) (i32.load16_s offset=40 (global.get $g))))
    (func $vector (export "vector") (result v128)
      (i32.const 65521) @4 v128.load)
    (func $lane (export "lane") (result v128)
      (v128.load8_lane 3 (global.get $g) @5 (v128.const i64x2 0 0)))
    (func $compare (export "compare")
      (block $b @6 (br_if $b (i32.eq (i32.load (global.get $g)) (i32.const 4)))))
    (func $loop (export "loop") (local $p i32)
      (loop $l
        (local.set $p (i32.add (local.get $p) (i32.const 4096)))
        @7 (i32.store (local.get $p) (local.get $p))
        (br $l)))
    (func $atomic (export "atomic") (result i32) (global.get $g) (i32.const 1) @8 i32.atomic.rmw.add)
    (func $bulk (export "bulk") (i32.const 0) (i32.const 65000) (i32.const 600) @9 memory.copy)
    (func $copy (export "copy") (local i32)
      (local.set 0 (global.get $g))
      @10 (i32.store (i32.const 16) (i32.load (local.get 0))))))",
              {{"first", ErrorCode::out_of_bounds_memory, {{"first", 0, 1}}},
               {"after", ErrorCode::out_of_bounds_memory, {{"after", 1, 2, 2 + 9}}},
               {"sum", ErrorCode::out_of_bounds_memory, {{"sum", 2, 3, 2 + 3 + 2}}},
               {"vector", ErrorCode::out_of_bounds_memory, {{"vector", 3, 4}}},
               {"lane", ErrorCode::out_of_bounds_memory, {{"lane", 4, 5, 18}}},
               {"compare", ErrorCode::out_of_bounds_memory, {{"compare", 5, 6, 2}}},
               {"loop", ErrorCode::out_of_bounds_memory, {{"loop", 6, 7, 4}}},
               {"atomic", ErrorCode::out_of_bounds_memory, {{"atomic", 7, 8}}},
               {"bulk", ErrorCode::out_of_bounds_memory, {{"bulk", 8, 9}}},
               {"copy", ErrorCode::out_of_bounds_memory, {{"copy", 9, 10, 4}}}});
}

TEST_CASE("backtrace: arithmetic traps in a callee, and where its callers stand") {
  check_cases(R"((module
    (func $div (param i32 i32) (result i32) (local.get 0) (local.get 1) @1 i32.div_s)
    (func $middle (param i32) (result i32)
      (i32.add (i32.const 1) (i32.const 5) (local.get 0) @2 (call $div)))
    (func $outer (export "div") (result i32) (local i32)
      (block (result i32) (i32.const 0) @3 (call $middle) (i32.const 1) i32.add))
    (func $overflow (export "overflow") (result i64) (local i64)
      (local.set 0 (i64.const 0x8000000000000000)) @4 (i64.div_s (local.get 0) (i64.const -1)))
    (func $trunc (export "trunc") (result i32) (local f64)
      (local.set 0 (f64.const nan)) @5 (i32.trunc_f64_s (local.get 0)))
    (func $branch (export "branch") (local i32)
      (block $b @6 (br_if $b (i32.lt_s (i32.rem_u (i32.const 7) (local.get 0)) (i32.const 3)))))
    (func $arm (export "arm") (result i32) (local i32)
      (if (result i32) (i32.eqz (local.get 0)) (then @7 (i32.div_u (local.get 0) (local.get 0)))
        (else (i32.div_u (local.get 0) (i32.const 2)))))
    (func $tee (export "tee") (result i32) (local i32 i32)
      @8 (i32.add (local.tee 1 (i32.div_u (i32.const 9) (local.get 0))) (local.get 1)))))",
              {{"div", ErrorCode::integer_divide_by_zero, {{"div", 0, 1}, {"middle", 1, 2}, {"outer", 2, 3}}},
               {"overflow", ErrorCode::integer_overflow, {{"overflow", 3, 4, 2 + 2}}},
               {"trunc", ErrorCode::invalid_conversion, {{"trunc", 4, 5, 2}}},
               {"branch", ErrorCode::integer_divide_by_zero, {{"branch", 5, 6, 4}}},
               {"arm", ErrorCode::integer_divide_by_zero, {{"arm", 6, 7, 4}}},
               {"tee", ErrorCode::integer_divide_by_zero, {{"tee", 7, 8, 4}}}});
}

TEST_CASE("backtrace: unreachable in blocks, loops, arms and handlers") {
  check_cases(R"((module (tag $e)
    (func $plain (export "plain") @1 unreachable)
    (func $nested (export "nested") (local i32)
      (block (loop (block (loop $l
        (local.set 0 (i32.add (local.get 0) (i32.const 1)))
        (br_if $l (i32.lt_u (local.get 0) (i32.const 10)))
        (if (i32.const 1) (then (nop) @2 unreachable)))))))
    (func $table (export "table") (local i32)
      (block $c (block $b (block $a (br_table $a $b $c (i32.const 1))) (return)) @3 unreachable))
    (func $caught (export "caught")
      (block $h (try_table (catch $e $h) (throw $e)) (return)) @4 unreachable)
    (func $legacy (export "legacy")
      (try (do (throw $e)) (catch $e @5 unreachable)))))",
              {{"plain", ErrorCode::unreachable_executed, {{"plain", 0, 1}}},
               {"nested", ErrorCode::unreachable_executed, {{"nested", 1, 2}}},
               {"table", ErrorCode::unreachable_executed, {{"table", 2, 3}}},
               {"caught", ErrorCode::unreachable_executed, {{"caught", 3, 4}}},
               {"legacy", ErrorCode::unreachable_executed, {{"legacy", 4, 5}}}});
}

TEST_CASE("backtrace: calls that cannot be made stand at the caller") {
  check_cases(R"((module (type $t (func (param i32) (result i32)))
    (table 3 funcref) (elem (i32.const 0) func $other) (elem declare func $other)
    (func $other (result i64) (i64.const 1))
    (func $mismatch (export "mismatch") (result i32)
      (i32.const 5) (i32.const 0) @1 (call_indirect (type $t)))
    (func $null (export "null") (result i32)
      (i32.const 5) (i32.const 1) @2 (call_indirect (type $t)))
    (func $beyond (export "beyond") (result i32)
      (i32.const 5) (i32.const 3) @3 (call_indirect (type $t)))
    (func $null_ref (export "null_ref") (result i32) (i32.const 5) (ref.null $t) @4 (call_ref $t))
    (func $tail (export "tail") (result i32) (i32.const 5) (i32.const 0) @5 (return_call_indirect (type $t)))
    (func $cast (export "cast") (result i32)
      (i32.const 5) (ref.func $other) @6 (ref.cast (ref $t)) (call_ref $t))))",
              {{"mismatch", ErrorCode::indirect_call_mismatch, {{"mismatch", 1, 1}}},
               {"null", ErrorCode::uninitialized_element, {{"null", 2, 2}}},
               {"beyond", ErrorCode::undefined_element, {{"beyond", 3, 3}}},
               {"null_ref", ErrorCode::null_function, {{"null_ref", 4, 4}}},
               {"tail", ErrorCode::indirect_call_mismatch, {{"tail", 5, 5}}},
               {"cast", ErrorCode::cast_failure, {{"cast", 6, 6}}}});
}

TEST_CASE("backtrace: operators that call out") {
  check_cases(R"((module (memory 1) (table $t 4 externref) (type $s (struct (field i32))) (type $a (array i8))
    (func $get (export "get") (i32.const 4) @1 (table.get $t) drop)
    (func $set (export "set") (i32.const 9) (ref.null extern) @2 (table.set $t))
    (func $fill (export "fill") (i32.const 65000) (i32.const 1) (i32.const 1000) @3 memory.fill)
    (func $table_fill (export "table_fill") (i32.const 3) (ref.null extern) (i32.const 2) @4 (table.fill $t))
    (func $field (export "field") (result i32) (local (ref null $s)) (local.get 0) @5 (struct.get $s 0))
    (func $element (export "element") (result i32)
      (array.new_default $a (i32.const 3)) (i32.const 3) @6 (array.get_u $a))
    (func $not_null (export "not_null") (ref.null any) @7 ref.as_non_null drop)
    (func $i31 (export "i31") (result i32) (ref.null i31) @8 i31.get_s)))",
              {{"get", ErrorCode::out_of_bounds_table, {{"get", 0, 1}}},
               {"set", ErrorCode::out_of_bounds_table, {{"set", 1, 2}}},
               {"fill", ErrorCode::out_of_bounds_memory, {{"fill", 2, 3}}},
               {"table_fill", ErrorCode::out_of_bounds_table, {{"table_fill", 3, 4}}},
               {"field", ErrorCode::null_structure, {{"field", 4, 5}}},
               {"element", ErrorCode::out_of_bounds_array, {{"element", 5, 6}}},
               {"not_null", ErrorCode::null_reference, {{"not_null", 6, 7}}},
               {"i31", ErrorCode::null_i31, {{"i31", 7, 8}}}});
}

TEST_CASE("backtrace: a tail call leaves no frame behind, in one instance and between two") {
  for (rt::MemoryMode mode : kModes) {
    World w(config_of(mode));
    rt::Instance& other = w.instantiate(with_marks(R"((module $b (memory 1)
      (func $end (export "end") (param i32) (local.get 0) @1 i32.load drop)))"));
    w.publish("b", other);
    rt::Instance& i = w.instantiate(with_marks(R"((module $a (import "b" "end" (func $end (param i32)))
      (func $hop (param i32) (local i64 i64) (return_call $end (local.get 0)))
      (func $hops (param i32) (i32.const -4) (return_call $hop))
      (func $run (export "run") (nop) (i32.const 0) @2 (call $hops))))"));
    w.call(i, "run");
    CHECK(w.trap_code() == ErrorCode::out_of_bounds_memory);
    check_frames(w, *i.module, {{"end", 0, 1, 0, other.module}, {"run", 3, 2}});
  }
}

TEST_CASE("backtrace: overflow of the stack shows its top, and counts the rest") {
  for (rt::MemoryMode mode : kModes) {
    World w(config_of(mode));
    rt::Instance& i = w.instantiate(with_marks(R"((module
      (func $even (param i32) (result i32) (i32.const 1) (local.get 0) @1 (call $odd) i32.add)
      (func $odd (param i32) (result i32) (local i64 i64 i64) (local.get 0) @2 (call $even))
      (func $run (export "run") (result i32) (i32.const 0) @3 (call $even))))"));
    w.call(i, "run");
    CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
    const rt::Trap& trap = w.store->pending.trap;
    REQUIRE(trap.frames.size() == rt::kMaxFrames);
    CHECK(trap.omitted > 1000);
    for (size_t k = 1; k < trap.frames.size(); ++k) {
      CHECK(trap.frames[k].func == 1 - trap.frames[k - 1].func);
      CHECK(trap.frames[k].offset == behind_mark(*i.module, trap.frames[k].func == 0 ? 1 : 2));
    }
  }
}

TEST_CASE("backtrace: over host frames, from guest to guest") {
  for (rt::MemoryMode mode : kModes) {
    World w(config_of(mode));
    CallBack back{.name = "inner"};
    add_host(w, "back", {kI32}, {kI32}, CallBack::run, &back);
    rt::Instance& i = w.instantiate(with_marks(R"((module (import "h" "back" (func $back (param i32) (result i32)))
      (memory 1)
      (func $deep (param i32) (result i32) (local.get 0) @1 i32.load)
      (func $inner (export "inner") (param i32) (result i32) (local.get 0) @2 (call $deep))
      (func $outer (export "outer") (result i32) (i32.const 1) (i32.const -1) @3 (call $back) i32.add)
      (func $run (export "run") (result i32) @4 (call $outer))))"));
    back.instance = &i;
    w.call(i, "run");
    CHECK(w.trap_code() == ErrorCode::out_of_bounds_memory);
    check_frames(w, *i.module, {{"deep", 1, 1}, {"inner", 2, 2}, {"outer", 3, 3}, {"run", 4, 4}});
    testing::check_at_rest(w);
  }
}

TEST_CASE("backtrace: a host function's own trap stands at its call, however it was called") {
  World w;
  add_host(w, "fail", {}, {},
           [](void*, rt::Store& store, rt::Slot*) { return store.trap(ErrorCode::host_error, "no"); });
  rt::Instance& i = w.instantiate(with_marks(R"((module (import "h" "fail" (func $fail)) (type $f (func))
    (table funcref (elem $fail))
    (func $direct (export "direct") @1 (call $fail))
    (func $indirect (export "indirect") (i32.const 0) @2 (call_indirect (type $f)))
    (func $ref (export "ref") (ref.func $fail) @3 (call_ref $f))
    (func $jump (return_call $fail))
    (func $tail (export "tail") @4 (call $jump))))"));
  w.call(i, "direct");
  check_frames(w, *i.module, {{"direct", 1, 1}});
  w.call(i, "indirect");
  check_frames(w, *i.module, {{"indirect", 2, 2}});
  w.call(i, "ref");
  check_frames(w, *i.module, {{"ref", 3, 3}});
  w.call(i, "tail");
  CHECK(w.trap_code() == ErrorCode::host_error);
  check_frames(w, *i.module, {{"tail", 5, 4}});
}

TEST_CASE("backtrace: in the start function and what it calls") {
  World w;
  auto module = w.load(with_marks(R"((module $m (memory 1)
    (func $read (param i32) (local.get 0) @1 i32.load drop)
    (func $start (i32.const -2) @2 (call $read))
    (start $start)))"));
  auto made = exec::instantiate(*w.store, module, {}, &w.detail);
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::out_of_bounds_memory);
  CHECK(w.store->pending.trap.code == ErrorCode::out_of_bounds_memory);
  check_frames(w, *module, {{"read", 0, 1}, {"start", 1, 2}});
}

TEST_CASE("backtrace: segments that do not fit and constants that cannot be made have no frame, but a trap") {
  rt::EngineConfig config;
  World w(config);
  for (const char* text : {"(module (memory 1) (data (i32.const 65530) \"0123456789\"))",
                           "(module (table 1 funcref) (elem (i32.const 1) func $f) (func $f))"}) {
    auto made = w.try_instantiate(text);
    REQUIRE(!made.ok());
    CHECK(made.error().code == w.store->pending.trap.code);
    CHECK(w.store->pending.trap.frames.empty());
  }
  w.store->budget.set_limit(rt::Resource::gc_bytes, 1 << 20);
  auto made = w.try_instantiate(R"((module (type $a (array i64))
    (global (ref $a) (array.new $a (i64.const 1) (i32.const 10000000)))))");
  REQUIRE(!made.ok());
  CHECK(made.error().code == ErrorCode::gc_heap_exhausted);
  CHECK(w.store->pending.trap.code == ErrorCode::gc_heap_exhausted);
}

TEST_CASE("backtrace: in continuations, through those that resumed them") {
  for (rt::MemoryMode mode : kModes) {
    World w(config_of(mode));
    rt::Instance& i = w.instantiate(with_marks(R"((module (memory 1)
      (type $f (func)) (type $c (cont $f)) (tag $t)
      (func $bad (param i32) (local.get 0) @1 i32.load drop)
      (func $inner (suspend $t) (i32.const -1) @2 (call $bad))
      (func $middle (ref.func $inner) (cont.new $c) @3 (resume $c))
      (elem declare func $inner $middle)
      (func $run (export "run") (local $k (ref null $c))
        (block $h (result (ref $c)) (resume $c (on $t $h) (cont.new $c (ref.func $middle))) unreachable)
        (local.set $k)
        (local.get $k) @4 (resume $c))))"));
    for (int round = 0; round < 2; ++round) {
      w.call(i, "run");
      CHECK(w.trap_code() == ErrorCode::out_of_bounds_memory);
      check_frames(w, *i.module, {{"bad", 0, 1}, {"inner", 1, 2}, {"middle", 2, 3}, {"run", 3, 4}});
      testing::check_at_rest(w);
      CHECK(w.store->fibers.empty());
    }
  }
}

TEST_CASE("backtrace: a suspension that nobody handles, a continuation used twice") {
  World w;
  rt::Instance& i = w.instantiate(with_marks(R"((module
    (type $f (func)) (type $c (cont $f)) (tag $t)
    (func $nothing) (func $lost @1 (suspend $t))
    (elem declare func $nothing $lost)
    (func $unhandled (export "unhandled") (ref.func $lost) (cont.new $c) @2 (resume $c))
    (func $twice (export "twice") (local $k (ref null $c))
      (local.set $k (cont.new $c (ref.func $nothing)))
      (resume $c (local.get $k)) (local.get $k) @3 (resume $c))
    (func $top (export "top") @4 (suspend $t))))"));
  w.call(i, "unhandled");
  CHECK(w.trap_code() == ErrorCode::unhandled_suspension);
  check_frames(w, *i.module, {{"lost", 1, 1}, {"unhandled", 2, 2}});
  w.call(i, "twice");
  CHECK(w.trap_code() == ErrorCode::continuation_consumed);
  check_frames(w, *i.module, {{"twice", 3, 3}});
  w.call(i, "top");
  CHECK(w.trap_code() == ErrorCode::unhandled_suspension);
  check_frames(w, *i.module, {{"top", 4, 4}});
}

TEST_CASE("backtrace: the frames of other instances' modules are theirs") {
  World w;
  rt::Instance& library = w.instantiate(with_marks(R"((module $library
    (type $f (func)) (func $call (export "call") (param (ref $f)) (local.get 0) @1 (call_ref $f))))"));
  w.publish("library", library);
  rt::Instance& i = w.instantiate(with_marks(R"((module $app (type $f (func))
    (import "library" "call" (func $call (param (ref $f))))
    (func $bad @2 unreachable)
    (elem declare func $bad)
    (func $run (export "run") (ref.func $bad) @3 (call $call))))"));
  w.call(i, "run");
  check_frames(w, *i.module, {{"bad", 1, 2}, {"call", 0, 1, 0, library.module}, {"run", 2, 3}});
  CHECK(format_backtrace(w.store->pending.trap).find("app!bad (func 1) at 0x") != std::string::npos);
  CHECK(format_backtrace(w.store->pending.trap).find("library!call (func 0) at 0x") != std::string::npos);
}

TEST_CASE("backtrace: large functions that call themselves cost no more than one call of them") {
  // A trap looks for up to 64 places. Were each found on its own, it would take seconds that no deadline ends.
  constexpr uint32_t kPairs = 200'000;
  std::string body;
  for (uint32_t n = 0; n < kPairs; ++n) body += "(local.set 0 (i32.add (local.get 0) (i32.const 7)))";
  World w;
  rt::Instance& i = w.instantiate(with_marks("(module (func $a (export \"a\") (local i32) @1 (call $b) " + body +
                                             ") (func $b (local i32) @2 (call $a) " + body +
                                             ") (func (export \"one\") (local i32) (unreachable) " + body + "))"));
  auto cost = [&](const char* name) {
    w.call(i, name);  // translates
    uint64_t start = os::thread_cpu_ns();
    w.call(i, name);
    return os::thread_cpu_ns() - start;
  };
  uint64_t one = cost("one"), many = cost("a");
  CHECK(w.trap_code() == ErrorCode::call_stack_exhausted);
  CHECK(many < 16 * one);
  const rt::Trap& trap = w.store->pending.trap;
  REQUIRE(trap.frames.size() == rt::kMaxFrames);
  for (size_t k = 1; k < trap.frames.size(); ++k) {
    CHECK(trap.frames[k].offset == behind_mark(*i.module, trap.frames[k].func == 0 ? 1 : 2));
  }
}
