// Types that are compared: of one component and of several, with and without resource types.
#include "component/canon/type_numbers.h"

#include <doctest/doctest.h>

#include "component/canon/resource.h"

using namespace heddle::component;
using namespace heddle::component::canon;

namespace {

// A component's types, and an instance of it.
struct Side {
  explicit Side(std::shared_ptr<ResourceType> resource_type = std::make_shared<ResourceType>())
      : resource(types.add_resource()) {
    space = {&types, {{types.resource(resource), std::move(resource_type)}}};
  }

  T add(Type type) { return {&space, val_type(types.add(std::move(type)))}; }
  T add(TypeKind kind, ValType first, ValType second = {}) {
    Type type;
    type.kind = kind;
    type.first = first;
    type.second = second;
    return add(std::move(type));
  }
  T own(TypeKind kind = TypeKind::own) {
    Type type;
    type.kind = kind;
    type.resource = resource;
    return add(std::move(type));
  }
  // Each refers to the one before twice: 2^levels types, were they written without sharing.
  T shared(ValType type, int levels) {
    for (int i = 0; i < levels; ++i) type = add(TypeKind::result, type, type).type();
    return {&space, type};
  }
  T record(std::string_view label, ValType field) {
    Type type;
    type.kind = TypeKind::record;
    type.fields.push_back({label, field});
    return add(std::move(type));
  }

  Types types;
  TypeId resource;
  TypeSpace space;
};

}  // namespace

TEST_CASE("types are the same where they mean the same") {
  TypeNumbers numbers;
  Side a, b;
  auto same = [&](const T& x, const T& y) {
    const bool is = numbers.same(x, y);
    CHECK(numbers.same(y, x) == is);
    CHECK((x == y) == is);
    return is;
  };
  CHECK(same(T(), T()));
  CHECK(!same(T(), T(nullptr, Primitive::u8)));
  CHECK(same(T(&a.space, Primitive::u8), T(&b.space, Primitive::u8)));
  CHECK(same(a.add(TypeKind::primitive, Primitive::u8), T(&b.space, Primitive::u8)));
  CHECK(same(a.add(TypeKind::list, Primitive::u8), b.add(TypeKind::list, Primitive::u8)));
  CHECK(!same(a.add(TypeKind::list, Primitive::u8), b.add(TypeKind::list, Primitive::s8)));
  CHECK(!same(a.add(TypeKind::list, Primitive::u8), b.add(TypeKind::option, Primitive::u8)));
  CHECK(!same(a.add(TypeKind::result, Primitive::u8), b.add(TypeKind::result, {}, Primitive::u8)));
  CHECK(!same(a.add(TypeKind::result, Primitive::u8), T(&b.space, Primitive::u8)));
  CHECK(same(a.record("x", Primitive::u8), b.record("x", Primitive::u8)));
  CHECK(!same(a.record("x", Primitive::u8), b.record("y", Primitive::u8)));
  CHECK(same(T::tuple({a.record("x", Primitive::u8)}), T::tuple({b.record("x", Primitive::u8)})));
  CHECK(!same(T::tuple({a.record("x", Primitive::u8)}), T::tuple({})));
  CHECK(!same(T::tuple({a.record("x", Primitive::u8)}), b.record("x", Primitive::u8)));
}

TEST_CASE("a resource type is the same as itself only, in every instance") {
  TypeNumbers numbers;
  const auto one = std::make_shared<ResourceType>();
  Side a(one), b(one), other;
  CHECK(numbers.same(a.own(), b.own()));
  CHECK(!numbers.same(a.own(), b.own(TypeKind::borrow)));
  CHECK(!numbers.same(a.own(), other.own()));
  const T list = a.add(TypeKind::list, a.own().type());
  CHECK(numbers.same(list, b.add(TypeKind::list, b.own().type())));
  CHECK(!numbers.same(list, other.add(TypeKind::list, other.own().type())));
  // Another instance of the same component.
  TypeSpace again{&a.types, {{a.types.resource(a.resource), std::make_shared<ResourceType>()}}};
  CHECK(!numbers.same(list, T(&again, list.type())));
  const T plain = a.add(TypeKind::list, Primitive::u8);
  CHECK(numbers.same(plain, T(&again, plain.type())));
}

TEST_CASE("comparing types that share much takes as long as they are written") {
  TypeNumbers numbers;
  Side a, b;
  for (const bool resources : {false, true}) {
    const ValType x = resources ? a.own().type() : Primitive::u8, y = resources ? b.own().type() : Primitive::u8;
    CHECK(numbers.same(a.shared(x, 18), b.shared(y, 18)) == !resources);
    CHECK((a.shared(x, 18) == b.shared(y, 18)) == !resources);
    CHECK(!numbers.same(a.shared(x, 18), b.shared(y, 17)));
  }
}
