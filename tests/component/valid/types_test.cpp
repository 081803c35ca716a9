// The meaning of types: layouts and flat types, entries and bodies, replacing, matching.
#include <doctest/doctest.h>

#include <list>
#include <string>

#include "component/valid/match.h"
#include "component/valid/substitute.h"

namespace heddle::component {
namespace {

Type value(TypeKind kind, List<Field> fields, ValType first = {}, ValType second = {}) {
  Type type;
  type.kind = kind;
  type.fields = std::move(fields);
  type.first = first;
  type.second = second;
  return type;
}

ValType add(Types& types, TypeKind kind, List<Field> fields, ValType first = {}, ValType second = {}) {
  return component::val_type(types.add(value(kind, std::move(fields), first, second)));
}

ValType handle(Types& types, TypeKind kind, TypeId resource) {
  Type type;
  type.kind = kind;
  type.resource = resource;
  return component::val_type(types.add(std::move(type)));
}

std::string flat(const Flat& flat) {
  if (flat.overflows(kMaxFlatParams)) return "too many";
  std::string out;
  for (size_t i = 0; i < flat.size(); ++i) out.append(i ? " " : "").append(to_string(flat[i]));
  return out;
}

std::string abi(const Types& types, ValType type, uint32_t pointer = 4) {
  const Abi abi = abi_of(types, type, pointer);
  return std::to_string(abi.size) + "/" + std::to_string(abi.alignment) + ": " + flat(abi.flat);
}

// Names of items, and what is matched, with the sink that is told why not.
struct Fixture {
  Items items(std::initializer_list<std::pair<std::string_view, Entity>> list) {
    Items items;
    for (const auto& [name, entity] : list) items.add({&names.emplace_back(ExternName{name, {}}), entity});
    items.make_index();
    return items;
  }
  TypeId instance(Types& types, Items exports, List<ResourceId> defined = {}) {
    Type type;
    type.kind = TypeKind::instance;
    type.interface = std::make_unique<Interface>();
    type.interface->exports = std::move(exports);
    type.interface->defined = std::move(defined);
    return types.add(std::move(type));
  }
  TypeId component(Types& types, Items imports, List<ResourceId> imported, Items exports, List<ResourceId> defined) {
    Type type;
    type.kind = TypeKind::component;
    type.interface = std::make_unique<Interface>();
    type.interface->imports = std::move(imports);
    type.interface->imported = std::move(imported);
    type.interface->exports = std::move(exports);
    type.interface->defined = std::move(defined);
    return types.add(std::move(type));
  }
  // "" if it matches, else why not.
  std::string match(const Types& given, const Entity& a, const Types& wanted, const Entity& b) const {
    ErrorSink sink;
    Context context(features, &sink, 0);
    if (Matcher(context, registry, given, wanted).entity(a, b).ok()) return "";
    return sink.headline;
  }
  std::string match(const Types& types, const Entity& a, const Entity& b) const { return match(types, a, types, b); }

  component::Features features;
  TypeRegistry registry;
  std::list<ExternName> names;
};

Entity entity(TypeId id, Sort sort = Sort::type) { return Entity::of(sort, id); }
Entity entity(ValType type) { return Entity::of(Sort::type, type_id(type)); }

}  // namespace

TEST_CASE("layouts and flat types") {
  Types types;
  const ValType u8 = Primitive::u8, u32 = Primitive::u32, u64 = Primitive::u64, f32 = Primitive::f32,
                string = Primitive::string;
  CHECK(abi(types, Primitive::char_) == "4/4: i32");
  CHECK(abi(types, string) == "8/4: i32 i32");
  CHECK(abi(types, string, 8) == "16/8: i64 i64");
  CHECK(abi(types, add(types, TypeKind::record, {{"a", u8}, {"b", u64}, {"c", u8}})) == "24/8: i32 i64 i32");
  CHECK(abi(types, add(types, TypeKind::tuple, {{{}, u8}, {{}, u8}})) == "2/1: i32 i32");
  CHECK(abi(types, add(types, TypeKind::option, {}, string)) == "12/4: i32 i32 i32");
  CHECK(abi(types, add(types, TypeKind::option, {}, string), 8) == "24/8: i32 i64 i64");
  CHECK(abi(types, add(types, TypeKind::result, {})) == "1/1: i32");
  CHECK(abi(types, add(types, TypeKind::variant, {{"a", f32}, {"b", u32}})) == "8/4: i32 i32");
  CHECK(abi(types, add(types, TypeKind::variant, {{"a", f32}, {"b", {}}})) == "8/4: i32 f32");
  CHECK(abi(types, add(types, TypeKind::variant, {{"a", f32}, {"b", Primitive::f64}})) == "16/8: i32 i64");
  CHECK(abi(types, add(types, TypeKind::list, {}, u64)) == "8/4: i32 i32");
  CHECK(abi(types, add(types, TypeKind::map, {}, u8, u64)) == "8/4: i32 i32");

  List<Field> labels;
  for (int i = 0; i < 9; ++i) labels.push_back({"x", {}});
  CHECK(abi(types, add(types, TypeKind::flags, labels)) == "2/2: i32");
  for (int i = 9; i < 256; ++i) labels.push_back({"x", {}});
  CHECK(abi(types, add(types, TypeKind::enum_, labels)) == "1/1: i32");
  labels.push_back({"x", {}});
  CHECK(abi(types, add(types, TypeKind::enum_, labels)) == "2/2: i32");

  Type fixed = value(TypeKind::fixed_list, {}, u32);
  fixed.number = 16;
  const ValType sixteen = component::val_type(types.add(std::move(fixed)));
  CHECK(abi_of(types, sixteen, 4).flat.size() == 16);
  CHECK(abi(types, add(types, TypeKind::tuple, {{{}, sixteen}, {{}, u8}})) == "68/4: too many");
  fixed = value(TypeKind::fixed_list, {}, string);
  fixed.number = UINT32_MAX;
  CHECK(abi_of(types, component::val_type(types.add(std::move(fixed))), 8).size == UINT32_MAX);
}

TEST_CASE("what a type has in it") {
  Types types;
  const TypeId r = types.add_resource();
  const ValType list = add(types, TypeKind::list, {}, handle(types, TypeKind::borrow, r));
  const ValType record = add(types, TypeKind::record, {{"a", list}, {"b", list}});
  CHECK(types[record].has_borrow);
  CHECK(types[record].has_resource);
  CHECK(types[record].has_pointer);
  CHECK(types[record].depth == 3);
  CHECK(types[record].size == 9);  // two fields; twice a list, a handle and a resource type
  const ValType plain = add(types, TypeKind::tuple, {{{}, Primitive::u8}});
  CHECK(!types[plain].has_borrow);
  CHECK(!types[plain].has_resource);
  CHECK(!types[plain].has_pointer);
}

TEST_CASE("names of types share their bodies") {
  Types types;
  const TypeId a = type_id(add(types, TypeKind::enum_, {{"x", {}}}));
  const TypeId b = types.add_name(a), c = type_id(add(types, TypeKind::enum_, {{"x", {}}}));
  CHECK(a != b);
  CHECK(types.same(a, b));
  CHECK(!types.same(a, c));
  const TypeId r = types.add_resource(), s = types.add_resource();
  CHECK(types.resource(types.add_name(r)) == types.resource(r));
  CHECK(types.resource(r) != types.resource(s));
}

TEST_CASE("replacing copies what changes, and that once") {
  Fixture f;
  Types types;
  const TypeId r = types.add_resource(), s = types.add_resource();
  const ValType own = handle(types, TypeKind::own, r);
  const ValType other = handle(types, TypeKind::own, s);
  const ValType both = add(types, TypeKind::tuple, {{{}, own}, {{}, own}, {{}, other}});
  const ValType none = add(types, TypeKind::list, {}, other);
  const TypeId instance = f.instance(types, f.items({{"r", entity(r)}, {"t", entity(both)}, {"n", entity(none)}}));

  ErrorSink sink;
  Context context(f.features, &sink, 0);
  Substitution by(types, context);
  const TypeId fresh = types.add_resource();
  by.replace(types.resource(r), types.resource(fresh));
  CHECK(by.value(none).value() == none);
  const ValType made = by.value(both).value();
  CHECK(made != both);
  CHECK(types[made].fields[0].type == types[made].fields[1].type);
  CHECK(types[made].fields[2].type == other);
  CHECK(types.resource(types[types[made].fields[0].type].resource) == types.resource(fresh));
  CHECK(by.value(both).value() == made);
  const TypeId changed = by.type(instance).value();
  const Items& exports = types.interface(changed).exports;
  CHECK(types.resource(exports.find("r")->entity.type()) == types.resource(fresh));
  CHECK(exports.find("t")->entity.type() == type_id(made));
  CHECK(exports.find("n")->entity.type() == type_id(none));
}

TEST_CASE("value types match when they are equal") {
  Fixture f;
  Types types, others;
  auto record = [&](Types& in, std::string_view label, ValType type) {
    return entity(add(in, TypeKind::record, {{label, type}}));
  };
  CHECK(f.match(types, record(types, "a", Primitive::u8), record(types, "a", Primitive::u8)) == "");
  CHECK(f.match(types, record(types, "a", Primitive::u8), others, record(others, "a", Primitive::u8)) == "");
  CHECK(f.match(types, record(types, "a", Primitive::u8), record(types, "b", Primitive::u8)) ==
        "expected field name `b`, found `a`");
  CHECK(f.match(types, record(types, "a", Primitive::u8), record(types, "a", Primitive::s8)) ==
        "type mismatch in record field `a`: expected primitive `s8` found primitive `u8`");
  const TypeId r = types.add_resource(), s = types.add_resource();
  auto own = [&](TypeId resource) { return entity(handle(types, TypeKind::own, resource)); };
  CHECK(f.match(types, own(r), own(types.add_name(r))) == "");
  CHECK(f.match(types, own(r), own(s)) == "resource types are not the same");
  CHECK(f.match(types, own(r), others, entity(handle(others, TypeKind::own, others.add_resource()))) ==
        "resource types are not the same");
}

TEST_CASE("instances may export more than is wanted") {
  Fixture f;
  Types types;
  const Entity u8 = entity(add(types, TypeKind::primitive, {}, Primitive::u8));
  const Entity more = entity(f.instance(types, f.items({{"a", u8}, {"b", u8}})), Sort::instance);
  const Entity less = entity(f.instance(types, f.items({{"b", u8}})), Sort::instance);
  CHECK(f.match(types, more, less) == "");
  CHECK(f.match(types, less, more) == "missing expected export `a`");
  // Where types are wanted they must be the same.
  CHECK(f.match(types, entity(more.type()), entity(less.type())) != "");
}

// (component (import "r" (type (sub resource))) (export "s" (type (sub resource))) (export "f" (func own r -> own
// s)))
TEST_CASE("resource types of components are variables") {
  Fixture f;
  auto make = [&](Types& types, bool result_is_import) {
    const TypeId r = types.add_resource(), s = types.add_resource();
    const ValType own_r = handle(types, TypeKind::own, r), own_s = handle(types, TypeKind::own, s);
    const TypeId func = types.add(value(TypeKind::func, {{"x", own_r}}, result_is_import ? own_r : own_s));
    return entity(f.component(types, f.items({{"r", entity(r)}}), {types.resource(r)},
                              f.items({{"s", entity(s)}, {"f", entity(func, Sort::func)}}), {types.resource(s)}),
                  Sort::component);
  };
  Types a, b;
  const Entity first = make(a, false), second = make(a, false), third = make(b, false), wrong = make(a, true);
  CHECK(f.match(a, first, first) == "");
  CHECK(f.match(a, first, second) == "");
  CHECK(f.match(a, first, b, third) == "");
  CHECK(f.match(b, third, a, first) == "");
  CHECK(f.match(a, first, wrong) ==
        "type mismatch for export `f`: type mismatch with result type: resource types are not the same");
}

// Where types are given, each side must be a subtype of the other.
TEST_CASE("types that are equal bind as many resource types, and have the same items") {
  Fixture f;
  Types types;
  auto two = [&](bool distinct) {
    const TypeId a = types.add_resource(), b = distinct ? types.add_resource() : types.add_name(a);
    List<ResourceId> defined{types.resource(a)};
    if (distinct) defined.push_back(types.resource(b));
    return f.instance(types, f.items({{"a", entity(a)}, {"b", entity(b)}}), defined);
  };
  auto importing = [&](TypeId instance, bool more) {
    const Items imports = f.items({{"a", entity(instance)}}),
                both = f.items({{"a", entity(instance)}, {"b", entity(instance)}});
    return entity(f.component(types, more ? both : imports, {}, {}, {}));
  };
  CHECK(f.match(types, entity(two(true)), entity(two(true))) == "");
  CHECK(f.match(types, entity(two(false)), entity(two(false))) == "");
  CHECK(f.match(types, entity(two(true)), entity(two(false))) != "");
  CHECK(f.match(types, entity(two(false)), entity(two(true))) == "resource types are not the same");
  CHECK(f.match(types, importing(two(true), false), importing(two(true), false)) == "");
  CHECK(f.match(types, importing(two(true), false), importing(two(false), false)) != "");
  CHECK(f.match(types, importing(two(true), true), importing(two(true), false)) == "missing import named `b`");
  CHECK(f.match(types, importing(two(true), false), importing(two(true), true)) == "missing import named `b`");
}

TEST_CASE("binding resource types is work too") {
  Fixture f;
  Types types;
  const TypeId r = types.add_resource(), bound = types.add_resource();
  TypeId type = f.instance(types, f.items({{"r", entity(r)}}));
  for (int i = 0; i < 18; ++i) {
    type = f.instance(types, f.items({{"a", entity(type, Sort::instance)}, {"b", entity(type, Sort::instance)}}));
  }
  const Items items = f.items({{"x", entity(type, Sort::instance)}});
  ErrorSink sink;
  Context context(f.features, &sink, 0);
  Result<void> result;
  for (int i = 0; result.ok() && i < 100; ++i) {
    result = Matcher(context, f.registry, types, types).items(items, items, {types.resource(bound)}, "import");
  }
  REQUIRE(!result.ok());
  CHECK(sink.detail.find("steps of type checking") != std::string::npos);
}

TEST_CASE("work is bounded") {
  Fixture f;
  Types types;
  // 2^20 types, were they not shared.
  auto tower = [&] {
    ValType type = add(types, TypeKind::tuple, {{{}, Primitive::u8}});
    for (int i = 0; i < 18; ++i) type = add(types, TypeKind::tuple, {{{}, type}, {{}, type}});
    return type;
  };
  const ValType one = tower(), other = tower();
  ErrorSink sink;
  Context context(f.features, &sink, 0);
  Result<void> result;
  int times = 0;
  for (; result.ok() && times < 100; ++times) {
    result = Matcher(context, f.registry, types, types).value(one, other);
  }
  CHECK(times < 100);
  CHECK(result.error().code == ErrorCode::limit_exceeded);
  CHECK(sink.detail.find("steps of type checking") != std::string::npos);
}

}  // namespace heddle::component
