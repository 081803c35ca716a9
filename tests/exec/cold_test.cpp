// Cold operators, called as the interpreter calls them: operands in slots, immediates as words. The official suite
// covers their arithmetic; here stand the edges that one operator's caller cannot see from there.
#include "exec/interp/cold.h"

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

#include "exec/instantiate.h"
#include "exec/load.h"
#include "text/assemble.h"

using namespace heddle;
using interp::Word;
using rt::Ref;
using rt::Slot;

namespace {

constexpr std::string_view kSource = R"((module
  (type $pair (sub (struct (field (mut i8)) (field (mut v128)) (field (mut anyref)))))
  (type $triple (sub $pair (struct (field (mut i8)) (field (mut v128)) (field (mut anyref)) (field (mut i16)))))
  (type $refs (array (mut anyref)))
  (type $shorts (array (mut i16)))
  (type $vectors (array (mut v128)))
  (type $f (func))
  (rec
    (type $made (sub (descriptor $maker) (struct (field i64))))
    (type $maker (sub (describes $made) (struct))))
  (memory $narrow 1 3)
  (memory $long i64 1 3)
  (memory $shared 1 1 shared)
  (table $t 3 10 anyref)
  (table $t64 i64 3 4 anyref)
  (data $d "\01\80\02\00\03\00")
  (elem $e anyref (ref.i31 (i32.const 7)) (ref.null any))
  (elem declare func $nop)
  (func $nop)
))";

enum Type : uint32_t { kPair, kTriple, kRefs, kShorts, kVectors, kFunc, kMade, kMaker };
enum Memory : uint32_t { kNarrow, kLong, kShared };

struct World {
  std::shared_ptr<rt::Engine> engine;
  std::unique_ptr<rt::Store> store;
  rt::Instance* instance = nullptr;
  Slot* sp = nullptr;
  Slot result = 0;

  World() {
    rt::EngineConfig config;
    config.gc_zeal = true;
    engine = exec::make_engine(config);
    auto parsed = text::parse_module(kSource, config.features, nullptr);
    REQUIRE(parsed.ok());
    auto module = exec::load_module(engine, text::assemble(std::move(parsed).value()), nullptr);
    REQUIRE(module.ok());
    auto made = rt::Store::create(engine);
    REQUIRE(made.ok());
    store = std::move(made).value();
    auto instantiated = exec::instantiate(*store, std::move(module).value(), {}, nullptr);
    REQUIRE(instantiated.ok());
    instance = instantiated.value();
    sp = store->context.fiber->value_sp;
  }

  Word type(Type t) const { return instance->module->type_id(TypeIdx{t}); }
  // Operands are the top of the stack: what was made before and shall live lies below, put there by keep().
  ErrorCode run(Op op, std::initializer_list<Slot> operands, std::initializer_list<Word> imm = {}) {
    std::copy(operands.begin(), operands.end(), sp);
    rt::Fiber& fiber = *store->context.fiber;
    fiber.value_sp = sp + operands.size();
    const std::vector<Word> words(imm);
    const ErrorCode code = interp::cold_op(op)(*instance, sp, words.data());
    fiber.value_sp = sp;
    result = *sp;
    return code;
  }
  Slot get(Op op, std::initializer_list<Slot> operands, std::initializer_list<Word> imm = {}) {
    CHECK(run(op, operands, imm) == ErrorCode::none);
    return result;
  }
  Ref keep(Op op, std::initializer_list<Slot> operands, std::initializer_list<Word> imm = {}) {
    const Ref ref = get(op, operands, imm);
    store->context.fiber->value_sp = ++sp;
    return ref;
  }
  Ref element(uint32_t table, size_t i) const { return instance->tables()[table]->elems[i]; }
  bool is(Ref ref, HeapType type) { return get(Op::ref_test, {ref}, {type.bits(), 0}) == 1; }
};

HeapType exactly(Word type) { return HeapType::defined(static_cast<uint32_t>(type), true); }
HeapType defined(Word type) { return HeapType::defined(static_cast<uint32_t>(type)); }

constexpr Slot kMinusOne32 = 0xffffffff, kMinusOne64 = UINT64_MAX;

}  // namespace

TEST_CASE("cold: structs hold packed fields, vectors and references") {
  World w;
  Ref inner = w.keep(Op::struct_new_default, {}, {w.type(kPair)});
  Ref object = w.keep(Op::struct_new, {0x1ff, 11, 22, inner, 0x18000}, {w.type(kTriple)});
  CHECK(w.get(Op::struct_get_s, {object}, {w.type(kTriple), 0}) == 0xffffffff);
  CHECK(w.get(Op::struct_get_u, {object}, {w.type(kPair), 0}) == 0xff);
  CHECK(w.get(Op::struct_get, {object}, {w.type(kPair), 1}) == 11);
  CHECK(w.sp[1] == 22);
  CHECK(w.get(Op::struct_get, {object}, {w.type(kPair), 2}) == inner);
  CHECK(w.get(Op::struct_get_s, {object}, {w.type(kTriple), 3}) == 0xffff8000);
  CHECK(w.run(Op::struct_set, {object, 33, 44}, {w.type(kPair), 1}) == ErrorCode::none);
  CHECK(w.get(Op::struct_get, {object}, {w.type(kTriple), 1}) == 33);
  CHECK(w.sp[1] == 44);
  CHECK(w.get(Op::struct_get_u, {object}, {w.type(kTriple), 3}) == 0x8000);
  CHECK(w.run(Op::struct_get, {0}, {w.type(kPair), 1}) == ErrorCode::null_structure);
  CHECK(w.run(Op::struct_set, {0, 1, 2}, {w.type(kPair), 1}) == ErrorCode::null_structure);
}

TEST_CASE("cold: operands of an allocation survive the collection it makes") {
  World w;
  Ref array = w.keep(Op::array_new, {w.get(Op::struct_new_default, {}, {w.type(kPair)}), 5}, {w.type(kRefs)});
  Ref element = w.get(Op::array_get, {array, 4}, {w.type(kRefs)});
  CHECK(w.store->heap.holds(element));
  CHECK(w.is(element, exactly(w.type(kPair))));
  CHECK(w.get(Op::array_len, {array}) == 5);
}

TEST_CASE("cold: ranges of arrays are checked before anything is written") {
  World w;
  Ref array = w.keep(Op::array_new, {7, 4}, {w.type(kShorts)});
  auto at = [&](Slot i) { return w.get(Op::array_get_u, {array, i}, {w.type(kShorts)}); };
  CHECK(w.run(Op::array_fill, {array, 2, 9, 3}, {w.type(kShorts)}) == ErrorCode::out_of_bounds_array);
  CHECK(w.run(Op::array_fill, {array, 5, 9, 0}, {w.type(kShorts)}) == ErrorCode::out_of_bounds_array);
  CHECK(w.run(Op::array_fill, {array, kMinusOne32, 9, 2}, {w.type(kShorts)}) == ErrorCode::out_of_bounds_array);
  CHECK(at(3) == 7);
  CHECK(w.run(Op::array_fill, {array, 4, 9, 0}, {w.type(kShorts)}) == ErrorCode::none);
  CHECK(w.run(Op::array_set, {array, 1, 0x18765}, {w.type(kShorts)}) == ErrorCode::none);
  CHECK(at(1) == 0x8765);
  CHECK(w.get(Op::array_get_s, {array, 1}, {w.type(kShorts)}) == 0xffff8765);
  CHECK(w.run(Op::array_copy, {array, 1, array, 0, 3}, {w.type(kShorts), w.type(kShorts)}) == ErrorCode::none);
  CHECK(at(2) == 0x8765);
  CHECK(at(1) == 7);
  CHECK(w.run(Op::array_copy, {array, 0, array, 2, 3}, {w.type(kShorts), w.type(kShorts)}) ==
        ErrorCode::out_of_bounds_array);
  CHECK(w.run(Op::array_get_u, {array, 4}, {w.type(kShorts)}) == ErrorCode::out_of_bounds_array);
  CHECK(w.run(Op::array_get_u, {0, 0}, {w.type(kShorts)}) == ErrorCode::null_array);
  CHECK(w.run(Op::array_new_default, {kMinusOne32}, {w.type(kVectors)}) == ErrorCode::array_too_large);
}

TEST_CASE("cold: arrays of vectors take two slots an element") {
  World w;
  Ref filled = w.keep(Op::array_new, {1, 2, 3}, {w.type(kVectors)});
  CHECK(w.get(Op::array_get, {filled, 2}, {w.type(kVectors)}) == 1);
  CHECK(w.sp[1] == 2);
  CHECK(w.run(Op::array_fill, {filled, 1, 5, 6, 1}, {w.type(kVectors)}) == ErrorCode::none);
  CHECK(w.get(Op::array_get, {filled, 1}, {w.type(kVectors)}) == 5);
  CHECK(w.sp[1] == 6);
  Ref fixed = w.keep(Op::array_new_fixed, {1, 2, 3, 4}, {w.type(kVectors), 2});
  CHECK(w.get(Op::array_get, {fixed, 1}, {w.type(kVectors)}) == 3);
  CHECK(w.sp[1] == 4);
}

TEST_CASE("cold: arrays from segments, until those are dropped") {
  World w;
  Ref shorts = w.keep(Op::array_new_data, {1, 2}, {w.type(kShorts), 0});
  CHECK(w.get(Op::array_get_u, {shorts, 0}, {w.type(kShorts)}) == 0x0280);
  CHECK(w.get(Op::array_get_u, {shorts, 1}, {w.type(kShorts)}) == 0x0300);
  CHECK(w.run(Op::array_new_data, {1, 3}, {w.type(kShorts), 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::array_new_data, {0, kMinusOne32}, {w.type(kShorts), 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::array_init_data, {shorts, 1, 0, 1}, {w.type(kShorts), 0}) == ErrorCode::none);
  CHECK(w.get(Op::array_get_u, {shorts, 1}, {w.type(kShorts)}) == 0x8001);
  CHECK(w.run(Op::array_init_data, {shorts, 2, 0, 1}, {w.type(kShorts), 0}) == ErrorCode::out_of_bounds_array);
  Ref refs = w.keep(Op::array_new_elem, {0, 2}, {w.type(kRefs), 0});
  CHECK(w.get(Op::array_get, {refs, 0}, {w.type(kRefs)}) == gc::make_i31(7));
  CHECK(w.run(Op::array_init_elem, {refs, 0, 1, 2}, {w.type(kRefs), 0}) == ErrorCode::out_of_bounds_table);
  CHECK(w.run(Op::array_init_elem, {refs, 1, 0, 1}, {w.type(kRefs), 0}) == ErrorCode::none);
  CHECK(w.get(Op::array_get, {refs, 1}, {w.type(kRefs)}) == gc::make_i31(7));
  CHECK(w.run(Op::elem_drop, {}, {0}) == ErrorCode::none);
  CHECK(w.run(Op::data_drop, {}, {0}) == ErrorCode::none);
  CHECK(w.run(Op::array_new_elem, {0, 1}, {w.type(kRefs), 0}) == ErrorCode::out_of_bounds_table);
  CHECK(w.run(Op::array_new_data, {0, 1}, {w.type(kShorts), 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::array_new_data, {0, 0}, {w.type(kShorts), 0}) == ErrorCode::none);
}

TEST_CASE("cold: casts tell every kind of reference apart") {
  World w;
  using Kind = HeapKind;
  Ref pair = w.keep(Op::struct_new_default, {}, {w.type(kPair)});
  Ref triple = w.keep(Op::struct_new_default, {}, {w.type(kTriple)});
  Ref array = w.keep(Op::array_new_default, {1}, {w.type(kRefs)});
  Ref i31 = gc::make_i31(0x7fffffff);
  auto made = w.store->heap.new_host_ref(5);
  REQUIRE(made.ok());
  Ref host = gc::to_ref(made.value());
  *w.sp++ = host;
  Ref func = rt::to_ref(w.instance->func(FuncIdx{0}));

  CHECK(w.is(pair, Kind::any));
  CHECK(w.is(pair, Kind::eq));
  CHECK(w.is(pair, Kind::struct_));
  CHECK_FALSE(w.is(pair, Kind::array));
  CHECK_FALSE(w.is(pair, Kind::i31));
  CHECK_FALSE(w.is(pair, Kind::none));
  CHECK(w.is(array, Kind::array));
  CHECK_FALSE(w.is(array, Kind::struct_));
  CHECK(w.is(i31, Kind::i31));
  CHECK(w.is(i31, Kind::eq));
  CHECK_FALSE(w.is(i31, Kind::struct_));
  CHECK_FALSE(w.is(i31, defined(w.type(kPair))));
  CHECK(w.is(w.get(Op::any_convert_extern, {host}), Kind::any));
  CHECK_FALSE(w.is(host, Kind::eq));
  CHECK_FALSE(w.is(host, Kind::struct_));
  CHECK_FALSE(w.is(host, defined(w.type(kPair))));
  CHECK(w.is(triple, defined(w.type(kPair))));
  CHECK(w.is(triple, exactly(w.type(kTriple))));
  CHECK_FALSE(w.is(triple, exactly(w.type(kPair))));
  CHECK_FALSE(w.is(pair, defined(w.type(kTriple))));
  CHECK(w.is(func, Kind::func));
  CHECK(w.is(func, defined(w.type(kFunc))));
  CHECK_FALSE(w.is(func, Kind::nofunc));
  CHECK_FALSE(w.is(0, Kind::any));
  CHECK(w.get(Op::ref_test_null, {0}, {HeapType(Kind::none).bits(), 1}) == 1);
  CHECK(w.run(Op::ref_cast, {0}, {HeapType(Kind::any).bits(), 0}) == ErrorCode::cast_failure);
  CHECK(w.run(Op::ref_cast, {pair}, {defined(w.type(kTriple)).bits(), 0}) == ErrorCode::cast_failure);
  CHECK(w.get(Op::ref_cast_null, {0}, {defined(w.type(kTriple)).bits(), 1}) == 0);
  CHECK(w.get(Op::ref_cast, {triple}, {defined(w.type(kPair)).bits(), 0}) == triple);
}

TEST_CASE("cold: null, equality and i31") {
  World w;
  CHECK(w.get(Op::ref_is_null, {0}) == 1);
  CHECK(w.get(Op::ref_is_null, {gc::make_i31(0)}) == 0);
  CHECK(w.get(Op::ref_eq, {w.get(Op::ref_i31, {5}), gc::make_i31(0x80000005)}) == 1);
  CHECK(w.run(Op::ref_as_non_null, {0}) == ErrorCode::null_reference);
  CHECK(w.get(Op::i31_get_s, {gc::make_i31(kMinusOne32)}) == kMinusOne32);
  CHECK(w.get(Op::i31_get_u, {gc::make_i31(kMinusOne32)}) == 0x7fffffff);
  CHECK(w.run(Op::i31_get_u, {0}) == ErrorCode::null_i31);
}

TEST_CASE("cold: casts by descriptor") {
  World w;
  Ref maker = w.keep(Op::struct_new_default, {}, {w.type(kMaker)});
  Ref other = w.keep(Op::struct_new_default, {}, {w.type(kMaker)});
  Ref object = w.keep(Op::struct_new_desc, {6, maker}, {w.type(kMade)});
  Ref pair = w.keep(Op::struct_new_default, {}, {w.type(kPair)});
  CHECK(w.run(Op::struct_new_desc, {6, 0}, {w.type(kMade)}) == ErrorCode::null_descriptor);
  CHECK(w.run(Op::struct_new_default_desc, {0}, {w.type(kMade)}) == ErrorCode::null_descriptor);
  CHECK(w.get(Op::struct_get, {object}, {w.type(kMade), 0}) == 6);
  CHECK(w.get(Op::ref_get_desc, {object}, {w.type(kMade)}) == maker);
  CHECK(w.run(Op::ref_get_desc, {0}, {w.type(kMade)}) == ErrorCode::null_reference);
  CHECK(w.get(Op::ref_cast_desc_eq, {object, maker}) == object);
  CHECK(w.run(Op::ref_cast_desc_eq, {object, other}) == ErrorCode::descriptor_cast_failure);
  CHECK(w.run(Op::ref_cast_desc_eq, {object, 0}) == ErrorCode::null_descriptor);
  CHECK(w.run(Op::ref_cast_desc_eq, {0, maker}) == ErrorCode::descriptor_cast_failure);
  CHECK(w.get(Op::ref_cast_desc_eq_null, {0, maker}) == 0);
  auto test = [&](Ref ref, Ref descriptor, Word nullable) {
    Slot operands[2] = {ref, descriptor};
    CHECK(interp::test_desc_eq(*w.instance, operands, &nullable) == ErrorCode::none);
    return operands[0];
  };
  CHECK(test(object, maker, 0) == 1);
  CHECK(test(object, other, 0) == 0);
  CHECK(test(pair, maker, 0) == 0);
  CHECK(test(gc::make_i31(1), maker, 1) == 0);
  CHECK(test(0, maker, 0) == 0);
  CHECK(test(0, maker, 1) == 1);
}

TEST_CASE("cold: sums of index and offset do not wrap") {
  World w;
  CHECK(w.run(Op::i32_load, {kMinusOne64}, {kLong, 8}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::i32_load, {8}, {kLong, kMinusOne64 - 4}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::i32_load, {kMinusOne32}, {kNarrow, 1}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::v128_store, {65521, 1, 2}, {kNarrow, 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::v128_store, {65510, 1, 2}, {kNarrow, 10}) == ErrorCode::none);
  CHECK(w.get(Op::i64_load8_s, {65520}, {kNarrow, 0}) == 1);
  CHECK(w.run(Op::v128_store8_lane, {0, 0x8100, 0}, {kLong, 3, 1}) == ErrorCode::none);
  CHECK(w.get(Op::i32_load8_s, {0}, {kLong, 3}) == 0xffffff81);
  CHECK(w.get(Op::v128_load8_lane, {0, 5, 6}, {kLong, 3, 7}) == (5 | uint64_t{0x81} << 56));
  CHECK(w.sp[1] == 6);
}

TEST_CASE("cold: bulk operators on memories of both address types") {
  World w;
  CHECK(w.run(Op::memory_init, {0, 0, 6}, {0, kLong}) == ErrorCode::none);
  CHECK(w.run(Op::memory_init, {0, 1, 6}, {0, kLong}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::memory_copy, {4, 0, 6}, {kNarrow, kLong}) == ErrorCode::none);
  CHECK(w.get(Op::i32_load, {4}, {kNarrow, 0}) == 0x00028001);
  CHECK(w.run(Op::memory_copy, {5, 4, 6}, {kNarrow, kNarrow}) == ErrorCode::none);
  CHECK(w.get(Op::i64_load, {4}, {kNarrow, 0}) == 0x0000'0300'0280'0101);
  CHECK(w.run(Op::memory_fill, {65536, 1, 0}, {kNarrow}) == ErrorCode::none);
  CHECK(w.run(Op::memory_fill, {65537, 1, 0}, {kNarrow}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::memory_fill, {65530, 0x1ff, 7}, {kNarrow}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.get(Op::i32_load8_u, {65530}, {kNarrow, 0}) == 0);
  CHECK(w.run(Op::memory_copy, {1, kMinusOne64, 2}, {kNarrow, kLong}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.get(Op::memory_grow, {1}, {kNarrow}) == 1);
  CHECK(w.get(Op::memory_grow, {5}, {kNarrow}) == kMinusOne32);
  CHECK(w.get(Op::memory_grow, {5}, {kLong}) == kMinusOne64);
  CHECK(w.instance->memories()[kNarrow]->pages() == 2);
}

TEST_CASE("cold: tables of both address types") {
  World w;
  const Ref seven = gc::make_i31(7);
  CHECK(w.run(Op::table_init, {1, 0, 2}, {0, 0}) == ErrorCode::none);
  CHECK(w.element(0, 1) == seven);
  CHECK(w.run(Op::table_init, {2, 0, 2}, {0, 0}) == ErrorCode::out_of_bounds_table);
  CHECK(w.run(Op::table_copy, {0, 1, 2}, {1, 0}) == ErrorCode::none);
  CHECK(w.element(1, 0) == seven);
  CHECK(w.get(Op::table_grow, {seven, 2}, {0}) == 3);
  CHECK(w.element(0, 4) == seven);
  CHECK(w.get(Op::table_grow, {0, 20}, {0}) == kMinusOne32);
  CHECK(w.get(Op::table_grow, {0, 20}, {1}) == kMinusOne64);
  CHECK(w.get(Op::table_size, {}, {0}) == 5);
  CHECK(w.run(Op::table_fill, {0, 0, 5}, {0}) == ErrorCode::none);
  CHECK(w.element(0, 4) == 0);
}

TEST_CASE("cold: atomics check alignment, bounds and sharing, in that order") {
  World w;
  CHECK(w.run(Op::i32_atomic_load, {65537}, {kShared, 0}) == ErrorCode::unaligned_atomic);
  CHECK(w.run(Op::i32_atomic_load, {65536}, {kShared, 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::memory_atomic_wait32, {65536, 0, 0}, {kNarrow, 0}) == ErrorCode::out_of_bounds_memory);
  CHECK(w.run(Op::memory_atomic_wait32, {0, 0, 0}, {kNarrow, 0}) == ErrorCode::expected_shared_memory);
  CHECK(w.get(Op::memory_atomic_notify, {0, 9}, {kNarrow, 0}) == 0);
  CHECK(w.run(Op::i64_atomic_store32, {8, 0x1'1111'1111}, {kShared, 0}) == ErrorCode::none);
  CHECK(w.get(Op::i64_atomic_rmw8_add_u, {9, 0x1ff}, {kShared, 0}) == 0x11);
  CHECK(w.get(Op::i64_atomic_load, {8}, {kShared, 0}) == 0x11111011);
  CHECK(w.get(Op::i32_atomic_rmw16_cmpxchg_u, {8, 0xffff1011, 0x12345}, {kShared, 2}) == 0x1111);
  CHECK(w.get(Op::i32_atomic_rmw16_cmpxchg_u, {8, 0xffff1011, 0x12345}, {kShared, 0}) == 0x1011);
  CHECK(w.get(Op::i32_atomic_load, {8}, {kShared, 0}) == 0x11112345);
}

TEST_CASE("cold: a wait ends by its timeout, a difference or an interruption") {
  World w;
  CHECK(w.get(Op::memory_atomic_wait32, {0, 1, 0}, {kShared, 0}) == 1);
  CHECK(w.get(Op::memory_atomic_wait64, {0, 0, 1000}, {kShared, 0}) == 2);
  w.store->interruptor->raise(rt::kInterrupted);
  CHECK(w.run(Op::memory_atomic_wait64, {0, 0, kMinusOne64}, {kShared, 0}) == ErrorCode::interrupted);
  CHECK(w.store->context.poll == 0);
}

TEST_CASE("cold: operators that are translated in another way have no function") {
  for (Op op :
       {Op::i64_mul_wide_u, Op::v128_load32x2_u, Op::v128_store64_lane, Op::atomic_fence, Op::ref_cast_desc_eq}) {
    CHECK_MESSAGE(bool(interp::cold_op(op)), info(op).text);
  }
  for (Op op : {Op::br_on_cast, Op::br_on_null, Op::ref_null, Op::ref_func, Op::i32_add, Op::cont_new, Op::throw_}) {
    CHECK_MESSAGE(!interp::cold_op(op), info(op).text);
  }
}
