#include "valid/registry.h"

#include <doctest/doctest.h>

#include <thread>

#include "valid/build.h"

namespace heddle {
namespace {

using namespace valid::testing;

TypeUse add(TypeRegistry& registry, const Build& b) {
  auto use = registry.add(b.module);
  REQUIRE(use.ok());
  return std::move(use).value();
}

// A list node that refers to itself, and a function from and to it.
Build list_module() {
  Build b;
  SubType node = struct_type({{kI32, true}, {ref(0, true), true}});
  b.type(node);
  b.type(func_type({ref(0)}, {ref(0, true)}));
  return b;
}

TEST_CASE("equal types of two modules get one id") {
  TypeRegistry registry;
  Build first = list_module();
  Build second;
  second.type(func_type({kF64}, {}));
  second.type(struct_type({{kI32, true}, {ref(1, true), true}}));
  second.type(func_type({ref(1)}, {ref(1, true)}));
  {
    TypeUse a = add(registry, first), b = add(registry, second);
    CHECK(a.ids()[0] == b.ids()[1]);
    CHECK(a.ids()[1] == b.ids()[2]);
    CHECK(registry.live_types() == 3);
    a = TypeUse();
    CHECK(registry.live_types() == 3);
    CHECK(registry[b.ids()[1]].fields[1].type == ref(b.ids()[1], true));
  }
  CHECK(registry.live_types() == 0);
}

TEST_CASE("the rec group is part of a type's identity") {
  TypeRegistry registry;
  Build alone, together;
  alone.type(func_type({}, {}));
  together.group({func_type({}, {}), struct_type({})});
  TypeUse a = add(registry, alone), b = add(registry, together);
  CHECK(a.ids()[0] != b.ids()[0]);

  // A reference into the group is not one to an equal type outside of it.
  Build self, other;
  self.type(struct_type({{ref(0, true), false}}));
  other.type(struct_type({{ref(0, true), false}}));
  other.type(struct_type({{ref(0, true), false}}));
  TypeUse c = add(registry, self), d = add(registry, other);
  CHECK(c.ids()[0] == d.ids()[0]);
  CHECK(d.ids()[1] != d.ids()[0]);
}

TEST_CASE("what makes types different") {
  TypeRegistry registry;
  SubType open = struct_type({{kI32, false}});
  open.final = false;
  std::vector<SubType> types = {struct_type({}),
                                struct_type({{kI32, false}}),
                                open,
                                struct_type({{kI32, true}}),
                                struct_type({{ValKind::i8, false}}),
                                array_type({kI32, false}),
                                func_type({kI32}, {}),
                                func_type({}, {kI32}),
                                func_type({kFuncRef}, {}),
                                func_type({kFuncRef.as_nullable(false)}, {})};
  Build b;
  for (const SubType& type : types) b.type(type);
  TypeUse use = add(registry, b);
  CHECK(registry.live_types() == types.size());
}

TEST_CASE("a group keeps the groups it refers to") {
  TypeRegistry registry;
  {
    Build list = list_module();
    TypeUse use = add(registry, list);
    ValType node = ref(use.ids()[0]);
    auto host = registry.add_func(std::span(&node, 1), {});
    REQUIRE(host.ok());
    use = TypeUse();
    CHECK(registry.live_types() == 2);  // the host's function type and the node
    CHECK(registry[registry[host.value().ids()[0]].params[0].heap().index()].kind == CompKind::struct_);
  }
  CHECK(registry.live_types() == 0);
}

TEST_CASE("a host's function type is a module's") {
  TypeRegistry registry;
  Build b;
  b.type(func_type({kI32, kV128}, {kI64}));
  TypeUse use = add(registry, b);
  ValType params[] = {kI32, kV128}, results[] = {kI64};
  auto host = registry.add_func(params, results);
  REQUIRE(host.ok());
  CHECK(host.value().ids()[0] == use.ids()[0]);
  CHECK(registry[use.ids()[0]].param_slots == 3);
  CHECK(registry[use.ids()[0]].result_slots == 1);
}

TEST_CASE("ids run out, and come back") {
  TypeRegistry registry(4);
  Build three, two, again;
  three.type(func_type({kI32}, {}));
  three.group({func_type({kI64}, {}), func_type({kF32}, {})});
  two.type(func_type({kI32}, {}));
  two.group({func_type({kI64}, {}), func_type({kF64}, {})});
  TypeUse use = add(registry, three);
  auto full = registry.add(two.module);
  REQUIRE(!full.ok());
  CHECK(full.error().code == ErrorCode::type_registry_full);
  CHECK(registry.live_types() == 3);
  use = TypeUse();
  CHECK(registry.live_types() == 0);
  CHECK(registry.add(two.module).ok());
  again.group({func_type({}, {}), func_type({}, {}), func_type({}, {}), func_type({}, {})});
  TypeUse all = add(registry, again);
  CHECK(all.ids().size() == 4);
}

TEST_CASE("subtypes by display") {
  TypeRegistry registry;
  Build b;
  for (uint32_t i = 0; i < 64; ++i) {
    SubType type = struct_type({});
    type.final = false;
    if (i > 0) type.super = TypeIdx{i - 1};
    b.type(type);
  }
  TypeUse use = add(registry, b);
  for (uint32_t i = 0; i < 64; ++i) {
    CHECK(registry[use.ids()[i]].depth() == i);
    for (uint32_t j = 0; j < 64; ++j) CHECK(registry.is_subtype(use.ids()[i], use.ids()[j]) == (i >= j));
  }
}

TEST_CASE("matching of reference types") {
  TypeRegistry registry;
  Build b;
  SubType base = struct_type({}), derived = struct_type({{kI32, false}});
  base.final = derived.final = false;
  derived.super = TypeIdx{0};
  b.type(base);
  b.type(derived);
  b.type(array_type({kI32, true}));
  b.type(func_type({}, {}));
  TypeUse use = add(registry, b);
  auto heap = [&](uint32_t i, bool exact = false) { return HeapType::defined(use.ids()[i], exact); };

  CHECK(registry.matches(HeapType(HeapKind::none), HeapType(HeapKind::i31)));
  CHECK(registry.matches(HeapType(HeapKind::i31), HeapType(HeapKind::any)));
  CHECK_FALSE(registry.matches(HeapType(HeapKind::any), HeapType(HeapKind::eq)));
  CHECK_FALSE(registry.matches(HeapType(HeapKind::none), HeapType(HeapKind::func)));
  CHECK(registry.matches(HeapType(HeapKind::none), heap(2)));
  CHECK_FALSE(registry.matches(HeapType(HeapKind::none), heap(3)));
  CHECK(registry.matches(HeapType(HeapKind::nofunc), heap(3, true)));
  CHECK(registry.matches(heap(0), HeapType(HeapKind::struct_)));
  CHECK_FALSE(registry.matches(heap(0), HeapType(HeapKind::array)));
  CHECK(registry.matches(heap(3), HeapType(HeapKind::func)));

  CHECK(registry.matches(heap(1), heap(0)));
  CHECK_FALSE(registry.matches(heap(0), heap(1)));
  CHECK(registry.matches(heap(1, true), heap(0)));
  CHECK_FALSE(registry.matches(heap(1, true), heap(0, true)));
  CHECK_FALSE(registry.matches(heap(0), heap(0, true)));
  CHECK(registry.matches(kBotHeap, heap(0, true)));

  CHECK(registry.matches(ValType::ref(heap(0), false), ValType::ref(heap(0), true)));
  CHECK_FALSE(registry.matches(ValType::ref(heap(0), true), ValType::ref(heap(0), false)));
  CHECK(registry.matches(ValType(), kI32));
  CHECK_FALSE(registry.matches(kI32, kI64));
  CHECK(registry.top_of(heap(2)) == HeapKind::any);
  CHECK(registry.top_of(HeapType(HeapKind::noextern)) == HeapKind::extern_);
}

TEST_CASE("layout of objects") {
  TypeRegistry registry;
  Build b;
  b.type(struct_type(
      {{ValKind::i8, true}, {kI32, true}, {ValKind::i16, true}, {kFuncRef, true}, {kV128, true}, {kF32, true}}));
  b.type(array_type({ValKind::i16, true}));
  TypeUse use = add(registry, b);
  const DefType& type = registry[use.ids()[0]];
  const uint32_t expected[] = {8, 12, 16, 24, 32, 48};
  REQUIRE(type.offsets.size() == 6);
  for (size_t i = 0; i < 6; ++i) CHECK(type.offsets[i] == expected[i]);
  CHECK(type.object_size == 56);
  CHECK(type.descriptor_offset == 0);
  CHECK(registry[use.ids()[1]].elem_size == 2);
}

// A descriptor is a hidden field, so a subtype may not move the fields it inherits.
TEST_CASE("layout of descriptors") {
  TypeRegistry registry;
  Build b;
  SubType plain = struct_type({{ValKind::i8, true}});
  plain.final = false;
  b.type(plain);
  SubType described = struct_type({{ValKind::i8, true}, {kI32, true}}), descriptor = struct_type({});
  described.super = TypeIdx{0};
  described.descriptor = TypeIdx{2};
  descriptor.describes = TypeIdx{1};
  b.group({described, descriptor});
  SubType root = struct_type({{kI32, true}}), of_root = struct_type({});
  root.descriptor = TypeIdx{4};
  of_root.describes = TypeIdx{3};
  b.group({root, of_root});
  TypeUse use = add(registry, b);
  const DefType& sub = registry[use.ids()[1]];
  CHECK(sub.offsets[0] == registry[use.ids()[0]].offsets[0]);
  CHECK(sub.descriptor_offset == 16);
  CHECK(sub.offsets[1] == 24);
  CHECK(registry[use.ids()[3]].descriptor_offset == 8);
  CHECK(registry[use.ids()[3]].offsets[0] == 16);
  CHECK(registry[use.ids()[2]].describes == use.ids()[1]);
}

TEST_CASE("eight threads enter and leave") {
  TypeRegistry registry;
  Build shared = list_module();
  TypeUse held = add(registry, shared);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (uint32_t t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      Build b = list_module();
      for (uint32_t i = 0; i < 20; ++i) {  // some types of its own, some that the neighbours have too
        b.type(func_type(std::vector<ValType>(1 + (i + t * 10) % 50, kI64), {ref(0)}));
      }
      for (int round = 0; round < 200; ++round) {
        auto use = registry.add(b.module);
        if (!use.ok() || use.value().ids()[0] != held.ids()[0]) {
          ++wrong;
          continue;
        }
        for (uint32_t i = 0; i < 20; ++i) {
          const DefType& type = registry[use.value().ids()[2 + i]];
          if (type.params.size() != 1 + (i + t * 10) % 50 || type.results[0] != ref(held.ids()[0])) ++wrong;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(registry.live_types() == 2);
  held = TypeUse();
  CHECK(registry.live_types() == 0);
}

TEST_CASE("types as the text format writes them") {
  CHECK(to_string(kI32) == "i32");
  CHECK(to_string(kFuncRef) == "funcref");
  CHECK(to_string(ValType::ref(HeapKind::none, true)) == "nullref");
  CHECK(to_string(ValType::ref(HeapKind::any, false)) == "(ref any)");
  CHECK(to_string(ref(7, true)) == "(ref null 7)");
  CHECK(to_string(ref(7, false, true)) == "(ref (exact 7))");
}

}  // namespace
}  // namespace heddle
