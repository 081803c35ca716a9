#include <doctest/doctest.h>

#include "valid/build.h"

namespace heddle::valid {
namespace {

using namespace testing;

constexpr uint8_t kEnd = 0x0b;

std::string limit(const syntax::Module& module) {
  Verdict v = check(module);
  if (v.ok) return "ok";
  return v.error.code == ErrorCode::limit_exceeded ? v.sink.detail : v.text();
}

TEST_CASE("limits of types, at the limit and beyond") {
  auto params = [](size_t n) {
    Build b;
    b.type(func_type(std::vector<ValType>(n, kI32), {}));
    return limit(b.module);
  };
  CHECK(params(1000) == "ok");
  CHECK(params(1001) == "params: 1001, at most 1000");
  auto results = [](size_t n) {
    Build b;
    b.type(func_type({}, std::vector<ValType>(n, kI32)));
    return limit(b.module);
  };
  CHECK(results(1000) == "ok");
  CHECK(results(1001) == "results: 1001, at most 1000");
  auto fields = [](size_t n) {
    Build b;
    b.type(struct_type(std::vector<FieldType>(n, {kI32, true})));
    return limit(b.module);
  };
  CHECK(fields(10'000) == "ok");
  CHECK(fields(10'001) == "struct fields: 10001, at most 10000");
  auto depth = [](uint32_t n) {
    Build b;
    for (uint32_t i = 0; i <= n; ++i) {
      SubType type = struct_type({});
      type.final = false;
      if (i > 0) type.super = TypeIdx{i - 1};
      b.type(type);
    }
    return limit(b.module);
  };
  CHECK(depth(63) == "ok");
  CHECK(depth(64) == "subtyping depth: 64, at most 63");
  auto types = [](size_t n) {
    Build b;
    b.group(std::vector<SubType>(n));
    return limit(b.module);
  };
  CHECK(types(1'000'000) == "ok");
  CHECK(types(1'000'001) == "types: 1000001, at most 1000000");
}

TEST_CASE("limits of index spaces, at the limit and beyond") {
  Build b;
  uint32_t type = b.type(func_type({}, {}));
  b.module.funcs.assign(1'000'000, TypeIdx{type});
  CHECK(limit(b.module) == "ok");
  b.module.funcs.push_back(TypeIdx{type});
  CHECK(limit(b.module) == "functions: 1000001, at most 1000000");
  b.module.funcs.clear();

  b.module.tags.assign(1'000'000, TypeIdx{type});
  CHECK(limit(b.module) == "ok");
  b.module.tags.push_back(TypeIdx{type});
  CHECK(limit(b.module) == "tags: 1000001, at most 1000000");
  b.module.tags.clear();

  b.module.memories.assign(100, MemType{});
  CHECK(limit(b.module) == "ok");
  b.memory();
  CHECK(limit(b.module) == "memories: 101, at most 100");
  b.module.memories.clear();

  b.module.tables.assign(100'000, syntax::Table{{kFuncRef, {}, false}, {}});
  CHECK(limit(b.module) == "ok");
  b.module.tables.push_back(b.module.tables[0]);
  CHECK(limit(b.module) == "tables: 100001, at most 100000");
  b.module.tables.clear();

  syntax::Expr zero = b.expr({0x41, 0, kEnd});
  b.module.globals.assign(1'000'000, syntax::Global{{kI32, false}, zero});
  CHECK(limit(b.module) == "ok");
  b.module.globals.push_back(b.module.globals[0]);
  CHECK(limit(b.module) == "globals: 1000001, at most 1000000");
  b.module.globals.clear();
}

TEST_CASE("limits of segments and names, at the limit and beyond") {
  Build b;
  b.module.datas.resize(100'000);
  CHECK(limit(b.module) == "ok");
  b.module.datas.emplace_back();
  CHECK(limit(b.module) == "data segments: 100001, at most 100000");
  b.module.datas.clear();

  b.module.funcs.push_back(TypeIdx{b.type(func_type({}, {}))});
  b.module.elems.resize(1);
  b.module.elems[0].funcs.assign(10'000'000, FuncIdx{0});
  CHECK(limit(b.module) == "ok");
  b.module.elems[0].funcs.push_back(FuncIdx{0});
  CHECK(limit(b.module) == "elem segment entries: 10000001, at most 10000000");
  b.module.elems.clear();

  b.module.exports.push_back({std::string(100'000, 'x'), ExternKind::func, 0});
  CHECK(limit(b.module) == "ok");
  b.module.exports[0].name += 'x';
  CHECK(limit(b.module) == "name length: 100001, at most 100000");
  b.module.exports.clear();

  for (uint32_t i = 0; i < 1'000'000; ++i) b.module.exports.push_back({std::to_string(i), ExternKind::func, 0});
  CHECK(limit(b.module) == "ok");
  b.module.exports.push_back({"x", ExternKind::func, 0});
  CHECK(limit(b.module) == "exports: 1000001, at most 1000000");
}

TEST_CASE("limits of imports, at the limit and beyond") {
  Build b;
  b.type(func_type({}, {}));
  b.module.imports.resize(1'000'000);
  b.module.funcs.resize(1'000'000);
  b.module.imported_funcs = 1'000'000;
  CHECK(limit(b.module) == "ok");
  b.module.imports.emplace_back();
  CHECK(limit(b.module) == "imports: 1000001, at most 1000000");
}

TEST_CASE("exports have names of their own") {
  Build b;
  b.memory();
  b.module.exports = {{"a", ExternKind::memory, 0}, {"b", ExternKind::memory, 0}};
  CHECK(check(b.module).ok);
  b.module.exports[1].name = "a";
  CHECK(check(b.module).text() == "duplicate export name: \"a\"");
  b.module.exports[1] = {"c", ExternKind::table, 3};
  CHECK(check(b.module).text() == "unknown table 3");
}

TEST_CASE("functions that escape") {
  Build b;
  uint32_t type = b.type(func_type({}, {}));
  for (int i = 0; i < 5; ++i) b.func(type, {kEnd});
  b.module.exports.push_back({"f", ExternKind::func, 1});
  b.module.elems.resize(1);
  b.module.elems[0].mode = syntax::SegmentMode::declarative;
  b.module.elems[0].funcs = {FuncIdx{2}};
  b.module.globals.push_back({{kFuncRef, false}, b.expr({0xd2, 3, kEnd})});
  b.module.start = FuncIdx{4};
  TypeRegistry registry;
  auto info = check_module(b.module, {}, registry, nullptr);
  REQUIRE(info.ok());
  CHECK(info.value().declared_funcs == std::vector<bool>{false, true, true, true, false});
  b.module.code[0].body = b.expr({0xd2, 4, 0x1a, kEnd});
  CHECK(check(b.module).text() == "undeclared function reference 4");
}

TEST_CASE("constant expressions") {
  auto global = [](ValType type, std::vector<uint8_t> init) {
    Build b;
    b.module.globals.push_back({{kI32, false}, b.expr({0x41, 5, kEnd})});
    b.module.globals.push_back({{kI32, true}, b.expr({0x41, 5, kEnd})});
    b.module.globals.push_back({{type, false}, b.expr(std::move(init), 40)});
    return check(b.module);
  };
  CHECK(global(kI32, {0x23, 0, 0x41, 2, 0x6c, kEnd}).ok);
  CHECK(global(kI32, {0x41, 2, 0x45, kEnd}).text() == "constant expression required: i32.eqz");
  CHECK(global(kI32, {0x23, 1, kEnd}).error.code == ErrorCode::constant_required);
  CHECK(global(kI32, {0x23, 2, kEnd}).text() == "unknown global 2");
  Verdict wrong = global(kI64, {0x41, 2, kEnd});
  CHECK(wrong.sink.detail == "expected i64, found i32");
  CHECK(wrong.error.offset == 42);
  CHECK(wrong.sink.func_index == -1);
}

TEST_CASE("a failed module leaves no types behind") {
  TypeRegistry registry;
  Build b;
  b.type(func_type({kI32}, {}));
  b.func(b.type(func_type({}, {kI32})), {kEnd});
  CHECK_FALSE(check_all(b.module, {}, registry, nullptr).ok());
  CHECK(registry.live_types() == 0);
  SubType sub = struct_type({}), super = struct_type({{kI32, false}});
  super.final = false;
  sub.super = TypeIdx{2};
  b.type(super);
  b.type(sub);
  ErrorSink sink;
  auto failed = check_module(b.module, {}, registry, &sink);
  REQUIRE(!failed.ok());
  CHECK(describe(failed.error(), &sink) == "sub type 3 does not match super type 2");
  CHECK(registry.live_types() == 0);
}

TEST_CASE("memories") {
  auto memory = [](MemType type) {
    Build b;
    b.module.memories.push_back(type);
    return check(b.module).text();
  };
  CHECK(memory({.limits = {65536, 65536}}) == "ok");
  CHECK(memory({.limits = {65537, {}}}).starts_with("memory size must be at most 65536 pages (4GiB)"));
  CHECK(memory({.limits = {uint64_t{1} << 48, {}}, .addr64 = true}) == "ok");
  CHECK(memory({.limits = {2, 1}}) == "size minimum must not be greater than maximum");
  CHECK(memory({.limits = {1, {}}, .shared = true}) == "shared memory must have maximum");
  CHECK(memory({.limits = {0xffffffff, {}}, .page_size_log2 = 0}) == "ok");
  CHECK(memory({.limits = {1, {}}, .page_size_log2 = 4}).starts_with("invalid custom page size"));
}

}  // namespace
}  // namespace heddle::valid
