// Constant expressions: every instruction that may stand in one.
#include "exec/const_expr.h"

#include <cstring>

#include "tests/exec/support.h"

using namespace heddle;
using testing::World;

TEST_CASE("constants, with their bits") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (global (export "a") i32 (i32.const -1))
    (global (export "b") i64 (i64.const -2))
    (global (export "c") f32 (f32.const nan:0x200001))
    (global (export "d") f64 (f64.const -0.5))
    (global (export "e") v128 (v128.const i64x2 1 2))))");
  CHECK(w.global(i, "a") == 0xffffffff);
  CHECK(w.global(i, "b") == ~uint64_t{1});
  CHECK(w.global(i, "c") == 0x7fa00001);
  CHECK(w.global(i, "d") == 0xbfe0000000000000);
  CHECK(exec::find_export(i, "e")->global->value[0] == 1);
  CHECK(exec::find_export(i, "e")->global->value[1] == 2);
}

TEST_CASE("arithmetic wraps, on imported and earlier globals too") {
  World w;
  rt::Instance& base = w.instantiate(R"((module (global (export "g") i32 (i32.const 7))))");
  w.publish("m", base);
  rt::Instance& i = w.instantiate(R"((module
    (import "m" "g" (global $g i32))
    (global $x i64 (i64.mul (i64.const 0x100000000) (i64.const 0x100000001)))
    (global (export "a") i32 (i32.sub (i32.mul (global.get $g) (i32.const 6)) (i32.const 50)))
    (global (export "b") i64 (i64.add (global.get $x) (i64.const 1)))))");
  CHECK(w.global(i, "a") == static_cast<uint32_t>(-8));
  CHECK(w.global(i, "b") == 0x100000001);
}

TEST_CASE("references: null, functions, i31") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (func $f (export "f"))
    (global (export "null") funcref (ref.null func))
    (global (export "func") funcref (ref.func $f))
    (global (export "i31") i31ref (ref.i31 (i32.const -5)))))");
  CHECK(w.global(i, "null") == 0);
  CHECK(w.global(i, "func") == rt::to_ref(&w.func(i, "f")));
  CHECK(static_cast<int32_t>(gc::i31_s(w.global(i, "i31"))) == -5);
}

TEST_CASE("aggregates, nested, also when every allocation collects") {
  for (bool zeal : {false, true}) {
    rt::EngineConfig config;
    config.gc_zeal = zeal;
    World w(config);
    rt::Instance& i = w.instantiate(R"((module
      (type $p (struct (field i8) (field i64) (field v128) (field anyref)))
      (type $a (array (mut i16)))
      (type $n (array (ref null $p)))
      (type $v (array v128))
      (global (export "s") (ref $p)
        (struct.new $p (i32.const 0x1ff) (i64.const 5) (v128.const i64x2 6 7)
          (struct.new $p (i32.const 1) (i64.const 2) (v128.const i64x2 3 4) (ref.i31 (i32.const 9)))))
      (global (export "d") (ref $p) (struct.new_default $p))
      (global (export "f") (ref $n)
        (array.new_fixed $n 3 (ref.null $p) (struct.new_default $p) (struct.new_default $p)))
      (global (export "r") (ref $a) (array.new $a (i32.const 0x12345) (i32.const 3)))
      (global (export "z") (ref $a) (array.new_default $a (i32.const 1000)))
      (global (export "v") (ref $v) (array.new $v (v128.const i64x2 8 9) (i32.const 2)))
      (global (export "x") externref (extern.convert_any (ref.i31 (i32.const 3))))
      (global (export "y") anyref (any.convert_extern (ref.null extern)))))");
    w.store->heap.collect();
    const TypeRegistry& types = w.engine->types;
    auto* s = static_cast<gc::Struct*>(gc::to_object(w.global(i, "s")));
    const DefType& p = types[s->type];
    REQUIRE(p.fields.size() == 4);
    CHECK(*s->field(p.offsets[0]) == 0xff);
    uint64_t word = 0;
    std::memcpy(&word, s->field(p.offsets[2]) + 8, 8);
    CHECK(word == 7);
    std::memcpy(&word, s->field(p.offsets[3]), 8);
    auto* inner = static_cast<gc::Struct*>(gc::to_object(word));
    CHECK(inner->type == s->type);
    std::memcpy(&word, inner->field(p.offsets[3]), 8);
    CHECK(gc::i31_u(word) == 9);
    auto* r = static_cast<gc::Array*>(gc::to_object(w.global(i, "r")));
    CHECK(r->length == 3);
    uint16_t half = 0;
    std::memcpy(&half, r->elements() + 4, 2);
    CHECK(half == 0x2345);
    CHECK(static_cast<gc::Array*>(gc::to_object(w.global(i, "z")))->length == 1000);
    auto* f = static_cast<gc::Array*>(gc::to_object(w.global(i, "f")));
    CHECK(f->length == 3);
    std::memcpy(&word, f->elements() + 16, 8);
    CHECK(gc::to_object(word)->type == s->type);
    CHECK(gc::i31_u(w.global(i, "x")) == 3);
    CHECK(w.global(i, "y") == 0);
    CHECK(w.store->context.fiber->value_sp == w.store->context.fiber->value_base);
  }
}

TEST_CASE("descriptors") {
  World w;
  rt::Instance& i = w.instantiate(R"((module
    (rec (type $o (descriptor $d) (struct (field i32)))
         (type $d (describes $o) (struct (field i64))))
    (global $desc (ref (exact $d)) (struct.new $d (i64.const 77)))
    (global (export "o") (ref $o) (struct.new_desc $o (i32.const 5) (global.get $desc)))))");
  auto* o = static_cast<gc::Struct*>(gc::to_object(w.global(i, "o")));
  const DefType& type = w.engine->types[o->type];
  uint64_t descriptor = 0;
  std::memcpy(&descriptor, o->field(type.descriptor_offset), 8);
  CHECK(gc::to_object(descriptor)->type == type.descriptor);
}

TEST_CASE("allocations that do not fit are the trap's error") {
  World w;
  auto failed = w.try_instantiate(R"((module (type $a (array i64))
    (global (ref $a) (array.new_default $a (i32.const -1)))))");
  REQUIRE(!failed.ok());
  CHECK(kind_of(failed.error().code) == ErrorKind::exhaustion);
  CHECK(w.store->pending.trap.code == failed.error().code);
}
