// Structs, arrays and small numbers of the collected heap as an embedder makes and reads them.
#include <cmath>

#include "tests/api/world.h"

using namespace heddle;
using testing::check_misuse;
using testing::contains;
using World = testing::ApiWorld;

namespace {

FieldType field(ValType type, bool is_mutable = true) { return {.type = type, .is_mutable = is_mutable}; }
FieldType packed(uint8_t bits) { return {.packed_bits = bits}; }

std::vector<uint8_t> bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

}  // namespace

TEST_CASE("api gc: a struct made by the host is the guest's, and back") {
  for (bool zeal : {false, true}) {
    Config config;
    config.gc_zeal = zeal;
    World w(config);
    StructType type = StructType::create(w.engine, {field(ValType::f64()), packed(8), packed(16),
                                                    field(ValType::i64()), field(ValType::v128()),
                                                    field(ValType::externref()), field(ValType::i32(), false)})
                          .value();
    Instance i = w.instantiate(R"((module
      (type $s (struct (field (mut f64)) (field (mut i8)) (field (mut i16)) (field (mut i64)) (field (mut v128))
        (field (mut externref)) (field i32)))
      (func (export "sum") (param $s (ref $s)) (result f64)
        (f64.add (f64.add (struct.get $s 0 (local.get $s))
            (f64.convert_i32_s (i32.add (struct.get_s $s 1 (local.get $s)) (struct.get_u $s 2 (local.get $s)))))
          (f64.add (f64.convert_i64_s (struct.get $s 3 (local.get $s)))
            (f64.convert_i32_s (i32.add (i32x4.extract_lane 3 (struct.get $s 4 (local.get $s)))
              (struct.get $s 6 (local.get $s)))))))
      (func (export "make") (result anyref)
        (struct.new $s (f64.const 0.5) (i32.const -1) (i32.const -1) (i64.const -1)
          (v128.const i32x4 1 2 3 4) (ref.null extern) (i32.const 9)))
      (func (export "bump") (param $s structref) (local $t (ref $s))
        (local.set $t (ref.cast (ref $s) (local.get $s)))
        (struct.set $s 3 (local.get $t) (i64.add (struct.get $s 3 (local.get $t)) (i64.const 1))))))");
    V128 vector;
    vector.bytes[12] = 100;
    ExternRef payload = ExternRef::create(w.store, 5).value();
    StructRef made =
        StructRef::create(w.store, type, {0.25, 0x1ff, 0x1ffff, int64_t{1000}, vector, payload, 3}).value();
    payload = ExternRef();
    w.store.collect_garbage();
    CHECK(i.func("sum").value().call({made}).value()[0].f64() == 0.25 - 1 + 65535 + 1000 + 100 + 3);
    CHECK(made.get(0).value().f64() == 0.25);
    CHECK(made.get(1).value().i32() == 255);
    CHECK(made.get(2).value().i32() == 65535);
    CHECK(made.get(4).value().v128() == vector);
    CHECK(made.get(5).value().externref().payload() == 5);
    CHECK(i.typed<void(StructRef)>("bump").value()(made).ok());
    CHECK(made.get(3).value().i64() == 1001);
    CHECK(made.set(3, int64_t{-1}).ok());
    CHECK(made.get(3).value().i64() == -1);
    CHECK(made.set(1, 0x102).ok());
    CHECK(made.get(1).value().i32() == 2);
    CHECK(made.get(2).value().i32() == 65535);  // beside it

    StructRef theirs = StructRef::cast(i.typed<AnyRef()>("make").value()().value()).value();
    CHECK(theirs.get(1).value().i32() == 255);
    CHECK(theirs.get(6).value().i32() == 9);
    CHECK(theirs.get(5).value().is_null());
    CHECK(theirs.fields() == type.fields());
    CHECK(StructType::of(w.store, theirs.type()).value() == type);
    CHECK(theirs != made);
  }
}

TEST_CASE("api gc: arrays, by element and by bytes") {
  for (bool zeal : {false, true}) {
    Config config;
    config.gc_zeal = zeal;
    World w(config);
    ArrayType text = ArrayType::create(w.engine, packed(8)).value();
    ArrayType longs = ArrayType::create(w.engine, field(ValType::i64())).value();
    ArrayType refs = ArrayType::create(w.engine, field(ValType::anyref())).value();
    Instance i = w.instantiate(R"((module (type $t (array (mut i8))) (type $l (array (mut i64)))
      (type $r (array (mut anyref)))
      (func (export "upper") (param $t (ref $t)) (local $i i32)
        (loop $l
          (if (i32.lt_u (local.get $i) (array.len (local.get $t)))
            (then
              (array.set $t (local.get $t) (local.get $i)
                (i32.sub (array.get_u $t (local.get $t) (local.get $i)) (i32.const 32)))
              (local.set $i (i32.add (local.get $i) (i32.const 1))) (br $l)))))
      (func (export "last") (param $l (ref $l)) (result i64)
        (array.get $l (local.get $l) (i32.sub (array.len (local.get $l)) (i32.const 1))))
      (func (export "nested") (param arrayref) (result i32)
        (i31.get_s (ref.cast i31ref (array.get $r (ref.cast (ref $r)
          (array.get $r (ref.cast (ref $r) (local.get 0)) (i32.const 1))) (i32.const 0)))))))");
    ArrayRef word = ArrayRef::from_bytes(w.store, text, bytes_of("heddle")).value();
    CHECK(i.func("upper").value().call({word}).ok());
    std::vector<uint8_t> out(4);
    REQUIRE(word.read(1, out).ok());
    CHECK(out == bytes_of("EDDL"));
    CHECK(word.length() == 6);
    CHECK(word.get(5).value().i32() == 'E');
    CHECK(word.write(3, bytes_of("ge!")).ok());
    CHECK(word.get(5).value().i32() == '!');
    CHECK(word.write(6, {}).ok());

    ArrayRef numbers = ArrayRef::create(w.store, longs, 1000, int64_t{-2}).value();
    CHECK(numbers.get(999).value().i64() == -2);
    CHECK(numbers.set(999, int64_t{77}).ok());
    CHECK(i.func("last").value().call({numbers}).value()[0].i64() == 77);
    std::vector<uint8_t> eight(8);
    REQUIRE(numbers.read(999, eight).ok());
    CHECK(eight[0] == 77);

    AnyRef small = AnyRef::from_i31(w.store, -40).value();
    ArrayRef inner = ArrayRef::create(w.store, refs, {Val(small)}).value();
    ArrayRef outer = ArrayRef::create(w.store, refs, {Val(AnyRef()), Val(inner)}).value();
    inner = ArrayRef();
    small = AnyRef();
    w.store.collect_garbage();
    CHECK(i.typed<int32_t(ArrayRef)>("nested").value()(outer).value() == -40);
    ArrayRef back = ArrayRef::cast(outer.get(1).value().anyref()).value();
    CHECK(back.get(0).value().anyref().i31() == -40);
    CHECK(outer.get(0).value().is_null());
    CHECK(ArrayRef::create(w.store, longs, {}).value().length() == 0);
    CHECK(outer.element() == refs.element());
  }
}

TEST_CASE("api gc: what a reference refers to") {
  World w;
  Instance i = w.instantiate(R"((module
    (rec (type $base (sub (struct (field i32))))
      (type $derived (sub $base (struct (field i32) (field (ref null $base))))))
    (type $a (array i8))
    (func (export "base") (result (ref null $base)) (struct.new $base (i32.const 1)))
    (func (export "derived") (result (ref null $derived))
      (struct.new $derived (i32.const 2) (struct.new $base (i32.const 3))))
    (func (export "array") (result anyref) (array.new_default $a (i32.const 3)))
    (func (export "host") (param externref) (result anyref) (any.convert_extern (local.get 0)))))");
  auto get = [&](const char* name) { return i.func(name).value().call().value()[0].anyref(); };
  AnyRef base = get("base"), derived = get("derived"), array = get("array");
  ValType base_type = i.func("base").value().type().results[0],
          derived_type = i.func("derived").value().type().results[0];
  CHECK(base.is(base_type));
  CHECK(!base.is(derived_type));
  CHECK(derived.is(base_type));
  CHECK(derived.is(derived_type.non_null()));
  CHECK(!array.is(base_type));
  CHECK(derived.type() == derived_type.non_null());

  AnyRef small = AnyRef::from_i31(w.store, 7).value();
  AnyRef host = i.typed<AnyRef(ExternRef)>("host").value()(ExternRef::create(w.store, 1).value()).value();
  struct Row {
    const AnyRef& ref;
    bool any, eq, i31, struct_, array;
  };
  for (const Row& row : {Row{base, true, true, false, true, false}, Row{array, true, true, false, false, true},
                         Row{small, true, true, true, false, false}, Row{host, true, false, false, false, false}}) {
    CHECK(row.ref.is(ValType::anyref()) == row.any);
    CHECK(row.ref.is(ValType::eqref()) == row.eq);
    CHECK(row.ref.is(ValType::i31ref().non_null()) == row.i31);
    CHECK(row.ref.is(ValType::structref()) == row.struct_);
    CHECK(row.ref.is(ValType::arrayref().non_null()) == row.array);
    CHECK(!row.ref.is(ValType::i32()));
    CHECK(!row.ref.is(ValType::externref()));
    CHECK(row.ref.i31().has_value() == row.i31);
  }
  CHECK(small == AnyRef::from_i31(w.store, 7).value());
  CHECK(AnyRef::from_i31(w.store, 0x7fffffff).value().i31() == -1);  // the low 31 bits
  CHECK(AnyRef::from_i31(w.store, -(1 << 30)).value().i31() == -(1 << 30));
  CHECK(AnyRef().is(ValType::structref()));
  CHECK(!AnyRef().is(ValType::structref().non_null()));
  CHECK(AnyRef().type().to_string() == "nullref");

  StructRef cast = StructRef::cast(derived).value();
  CHECK(cast.get(0).value().i32() == 2);
  CHECK(StructRef::cast(cast.get(1).value().anyref()).value().get(0).value().i32() == 3);
  CHECK(StructRef::cast(AnyRef()).value().is_null());
  check_misuse(StructRef::cast(array).error(), "is no struct");
  check_misuse(StructRef::cast(small).error(), "(ref i31) is no struct");
  check_misuse(StructRef::cast(host).error(), "is no struct");
  check_misuse(ArrayRef::cast(base).error(), "is no array");
}

TEST_CASE("api gc: types of modules, groups and supertypes among them, are found by what names them") {
  World w;
  Instance i = w.instantiate(R"((module
    (rec (type $list (struct (field i32) (field (mut (ref null $list))))) (type $other (array (ref null $list))))
    (func (export "sum") (param (ref null $list)) (result i32) (local i32)
      (loop $l
        (if (ref.is_null (local.get 0)) (then (return (local.get 1))))
        (local.set 1 (i32.add (local.get 1) (struct.get $list 0 (local.get 0))))
        (local.set 0 (struct.get $list 1 (local.get 0))) (br $l)) (unreachable))
    (func (export "count") (param (ref $other)) (result i32) (array.len (local.get 0)))))");
  Func sum = i.func("sum").value(), count = i.func("count").value();
  StructType list = StructType::of(w.store, sum.type().params[0]).value();
  ArrayType lists = ArrayType::of(w.store, count.type().params[0]).value();
  REQUIRE(list.fields().size() == 2);
  CHECK(list.fields()[0] == field(ValType::i32(), false));
  CHECK(list.fields()[1].type == list.ref());
  StructRef head;
  for (int32_t n = 1; n <= 100; ++n) head = StructRef::create(w.store, list, {n, head}).value();
  w.store.collect_garbage();
  CHECK(sum.call({head}).value()[0].i32() == 5050);
  CHECK(head.set(1, AnyRef()).ok());
  CHECK(sum.call({head}).value()[0].i32() == 100);
  check_misuse(head.set(0, 5).error(), "field 0 is immutable");
  ArrayRef both = ArrayRef::create(w.store, lists, {Val(head), Val(StructRef())}).value();
  CHECK(count.call({both}).value()[0].i32() == 2);
  check_misuse(both.set(0, AnyRef()).error(), "immutable");
  check_misuse(StructType::of(w.store, count.type().params[0]).error(), "names no such type");
  check_misuse(ArrayType::of(w.store, sum.type().params[0]).error(), "names no such type");
  check_misuse(StructType::of(w.store, ValType::structref()).error(), "names no such type");
  check_misuse(StructType::of(w.store, ValType::i32()).error(), "is no reference type");
  // The same structure in another group is another type.
  StructType alike =
      StructType::create(w.engine, {field(ValType::i32(), false), field(ValType::structref())}).value();
  CHECK(!(alike == list));
  StructRef stranger = StructRef::create(w.store, alike, {1, AnyRef()}).value();
  check_misuse(sum.call({stranger}).error(), "argument 0");
  check_misuse(head.set(1, stranger).error(), "field 1");
}

TEST_CASE("api gc: what does not fit is refused, with words") {
  World w;
  StructType pair =
      StructType::create(w.engine, {field(ValType::i32()), field(ValType::anyref().non_null())}).value();
  AnyRef small = AnyRef::from_i31(w.store, 1).value();
  check_misuse(StructRef::create(w.store, pair, {1}).error(), "expected 2 fields, found 1");
  check_misuse(StructRef::create(w.store, pair, {1.5, small}).error(), "field 0: expected i32, found f64");
  check_misuse(StructRef::create(w.store, pair, {1, AnyRef()}).error(), "field 1: expected (ref any)");
  check_misuse(StructRef::create(w.store, pair, {1, Func()}).error(), "field 1");
  StructRef made = StructRef::create(w.store, pair, {1, small}).value();
  check_misuse(made.get(2).error(), "field 2 of a struct of 2");
  check_misuse(made.set(2, 1).error(), "field 2 of a struct of 2");
  check_misuse(made.set(0, int64_t{1}).error(), "field 0: expected i32, found i64");
  CHECK(made.get(0).value().i32() == 1);
  CHECK(contains(StructRef().get(0).error().message(), "null structure"));
  CHECK(contains(StructRef().set(0, 1).error().message(), "null structure"));

  check_misuse(StructType::create(w.engine, {{.type = ValType::i64(), .packed_bits = 8}}).error(), "packed");
  check_misuse(StructType::create(w.engine, {{.packed_bits = 7}}).error(), "packed");
  check_misuse(StructType::create(w.engine, {field(pair.ref())}).error(), "own type");
  check_misuse(StructType::create(w.engine, std::vector<FieldType>(10001)).error(), "10000");
  CHECK(StructType::create(w.engine, std::vector<FieldType>(10000)).ok());
  CHECK(StructType::create(w.engine, {}).ok());

  ArrayType shorts = ArrayType::create(w.engine, packed(16)).value();
  ArrayType refs = ArrayType::create(w.engine, field(ValType::anyref())).value();
  ArrayType fixed = ArrayType::create(w.engine, field(ValType::i32(), false)).value();
  ArrayRef array = ArrayRef::create(w.store, shorts, 4, 1).value();
  std::vector<uint8_t> three(3), four(4), ten(10);
  check_misuse(array.read(0, three).error(), "3 bytes are no whole number of elements of 2");
  check_misuse(ArrayRef::from_bytes(w.store, shorts, three).error(), "whole number");
  check_misuse(ArrayRef::from_bytes(w.store, refs, ten).error(), "whole number");
  check_misuse(ArrayRef::create(w.store, shorts, {Val(1), Val(1.5)}).error(), "element 1: expected i16, found f64");
  check_misuse(array.set(0, 1.5).error(), "element 0");
  check_misuse(ArrayRef::create(w.store, fixed, 1, 1).value().set(0, 1).error(), "immutable");
  check_misuse(ArrayRef::create(w.store, fixed, 1, 1).value().write(0, four).error(), "immutable");
  check_misuse(ArrayRef::create(w.store, refs, 4, AnyRef()).value().read(0, four).error(), "not numbers");
  CHECK(array.get(4).error().kind() == ErrorKind::trap);
  CHECK(array.set(UINT32_MAX, 1).error().message() == "out of bounds array access");
  CHECK(array.read(3, four).error().kind() == ErrorKind::trap);
  CHECK(array.read(5, {}).error().kind() == ErrorKind::trap);
  CHECK(array.write(1, ten).error().kind() == ErrorKind::trap);
  CHECK(contains(ArrayRef().get(0).error().message(), "null array"));
  CHECK(ArrayRef().length() == 0);
  CHECK(ArrayRef::create(w.store, refs, UINT32_MAX, AnyRef()).error().kind() != ErrorKind::misuse);
}

TEST_CASE("api gc: budgets, other stores, other engines") {
  Engine engine;
  Store store(engine, {.gc_bytes = 4 << 20}), beside(engine);
  ArrayType longs = ArrayType::create(engine, field(ValType::i64())).value();
  ArrayType refs = ArrayType::create(engine, field(ValType::anyref())).value();
  CHECK(ArrayRef::create(store, longs, 1 << 20, int64_t{0}).error().kind() == ErrorKind::exhaustion);
  CHECK(ArrayRef::create(beside, longs, 1 << 20, int64_t{0}).ok());
  for (int n = 0; n < 1000; ++n) {
    REQUIRE(ArrayRef::create(store, longs, 1 << 16, int64_t{n}).ok());  // each is garbage at once
  }
  AnyRef theirs = AnyRef(ArrayRef::create(beside, longs, 1, int64_t{1}).value());
  check_misuse(ArrayRef::create(store, refs, {Val(theirs)}).error(), "another store");
  ArrayRef mine = ArrayRef::create(store, refs, 1, AnyRef()).value();
  check_misuse(mine.set(0, theirs).error(), "another store");
  Engine other;
  Store elsewhere(other);
  check_misuse(ArrayRef::create(elsewhere, longs, 1, int64_t{1}).error(), "the type's is not the store's");
  CHECK(!(ArrayType::create(other, field(ValType::i64())).value() == longs));
  beside = Store(engine);  // the old one goes
  ArrayRef orphan = ArrayRef::cast(mine).value();
  CHECK(!theirs.is_null());
  check_misuse(ArrayRef::cast(theirs).error(), "gone");
  CHECK(theirs.type().to_string() == "nullref");
  CHECK(theirs.i31() == std::nullopt);
}

TEST_CASE("api gc: types live as long as somebody needs them") {
  Engine engine;
  Store store(engine);
  std::optional<StructType> type;
  StructRef object;
  {
    StructType made = StructType::create(engine, {field(ValType::i32())}).value();
    object = StructRef::create(store, made, {41}).value();
  }
  store.collect_garbage();  // looks at the object by its type
  CHECK(object.get(0).value().i32() == 41);
  type.emplace(StructType::of(store, object.type()).value());
  object = StructRef();
  store = Store(engine);
  CHECK(type->fields()[0].type == ValType::i32());
  CHECK(StructRef::create(store, *type, {5}).value().get(0).value().i32() == 5);

  Store third(engine);
  {
    // The type of a module whose own store goes.
    Store second(engine);
    Module module = Module::from_text(engine, R"((module (rec (type $s (struct (field i64))) (type (struct)))
      (func (export "f") (param (ref $s)))))")
                        .value();
    Instance i = Linker(engine).instantiate(second, module).value();
    ValType param = i.func("f").value().type().params[0];
    type.emplace(StructType::of(second, param).value());
    check_misuse(StructType::of(third, param).error(), "names no such type");
  }
  object = StructRef::create(third, *type, {int64_t{6}}).value();
  type.reset();
  third.collect_garbage();
  CHECK(object.get(0).value().i64() == 6);
}
