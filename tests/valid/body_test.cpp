#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "valid/build.h"

namespace heddle::valid {
namespace {

using namespace testing;

constexpr uint8_t kEnd = 0x0b, kLocalGet = 0x20, kLocalSet = 0x21, kI32Const = 0x41, kI32Add = 0x6a, kF32Const = 0x43,
                  kDrop = 0x1a, kBlock = 0x02, kIf = 0x04, kUnreachable = 0x00, kEmpty = 0x40;

TEST_CASE("a mismatch names both types, the function and the place") {
  Verdict v = check_body_of({}, {kI32}, {kI32Const, 1, kF32Const, 0, 0, 0, 0, kI32Add, kEnd});
  REQUIRE(!v.ok);
  CHECK(v.error.code == ErrorCode::type_mismatch);
  CHECK(v.sink.detail == "expected i32, found f32");
  CHECK(v.error.offset == 107);
  CHECK(v.sink.func_index == 0);
}

TEST_CASE("the same mismatch where the short way does not reach") {
  // The local's index takes five bytes, so every instruction goes the long way.
  std::vector<uint8_t> body = {kLocalGet, 0x80, 0x80, 0x80, 0x80, 0x00, kI32Add, kEnd};
  Verdict v = check_body_of({kI64}, {}, body);
  REQUIRE(!v.ok);
  CHECK(v.sink.detail == "expected i32, found i64");
  CHECK(v.error.offset == 106);
}

TEST_CASE("operands missing and left over") {
  Verdict missing = check_body_of({}, {}, {kI32Const, 1, kI32Add, kDrop, kEnd});
  CHECK(missing.text() == "type mismatch: expected i32, found nothing");
  Verdict extra = check_body_of({}, {}, {kI32Const, 1, kEnd});
  CHECK(extra.text() == "type mismatch: block requires [] but stack has [i32]");
  Verdict result = check_body_of({}, {kI32}, {kF32Const, 0, 0, 0, 0, kEnd});
  CHECK(result.text() == "type mismatch: instruction requires [i32] but stack has [f32]: expected i32, found f32");
}

TEST_CASE("long runs of operands: of these very types, of subtypes, wrong in one place, too short") {
  auto verdict = [](ValType type, std::vector<uint8_t> first, const std::vector<uint8_t>& others, size_t count) {
    for (size_t i = 1; i < count; ++i) first.insert(first.end(), others.begin(), others.end());
    first.push_back(kEnd);
    return check_body_of({}, std::vector<ValType>(12, type), first);
  };
  const std::vector<uint8_t> one = {kI32Const, 1}, null = {0xd0, 0x73};  // ref.null nofunc
  CHECK(verdict(kI32, one, one, 12).ok);
  CHECK(verdict(kI32, {kF32Const, 0, 0, 0, 0}, one, 12).sink.detail == "expected i32, found f32");
  CHECK(verdict(kI32, one, one, 11).sink.detail == "expected i32, found nothing");
  CHECK_FALSE(verdict(kI32, one, one, 13).ok);
  CHECK(verdict(kI32, {kUnreachable}, one, 4).ok);
  CHECK(verdict(kFuncRef, null, null, 12).ok);
  CHECK_FALSE(verdict(kFuncRef, one, null, 12).ok);
}

TEST_CASE("every label of a br_table takes the operands, not only the first") {
  auto table = [](ValType result, uint8_t first, uint8_t second) {
    return check_body_of({}, {result},
                         {kBlock, 0x7f /*i32*/, kI32Const, 0, kI32Const, 0, 0x0e /*br_table*/, 2, first, first,
                          second, kEnd, kDrop, kUnreachable, kEnd});
  };
  CHECK(table(kI32, 0, 1).ok);
  CHECK_FALSE(table(kF32, 0, 1).ok);
  CHECK_FALSE(table(kF32, 1, 0).ok);
  CHECK(table(kF32, 0, 0).ok);
}

TEST_CASE("values in unreachable code have any type") {
  CHECK(check_body_of({}, {kI32}, {kUnreachable, kI32Add, kEnd}).ok);
  CHECK(check_body_of({}, {kI32}, {kUnreachable, kEnd}).ok);
  CHECK(check_body_of({}, {}, {kUnreachable, 0x1b /*select*/, kDrop, kEnd}).ok);
  CHECK(check_body_of({}, {}, {kUnreachable, 0xd4 /*ref.as_non_null*/, 0xd1 /*ref.is_null*/, kDrop, kEnd}).ok);
  // A reference of unknown type is a reference still.
  CHECK_FALSE(check_body_of({}, {}, {kUnreachable, 0xd4, kI32Add, kDrop, kEnd}).ok);
  CHECK_FALSE(check_body_of({}, {}, {kUnreachable, kF32Const, 0, 0, 0, 0, kI32Add, kDrop, kEnd}).ok);
}

TEST_CASE("indices out of range") {
  CHECK(check_body_of({}, {}, {kLocalGet, 3, kDrop, kEnd}).text() == "unknown local 3");
  CHECK(check_body_of({}, {}, {0x0c, 1, kEnd}).text() == "unknown label 1");
  CHECK(check_body_of({}, {}, {0x10, 9, kEnd}).text() == "unknown function 9");
  CHECK(check_body_of({}, {}, {kI32Const, 0, 0x28, 0x42, 1, 0, kDrop, kEnd}).text() == "unknown memory 1");
}

TEST_CASE("malformed bodies") {
  CHECK(check_body_of({}, {}, {0xff, kEnd}).text() == "illegal opcode ff");
  CHECK(check_body_of({}, {}, {0xfc, 0x7f, kEnd}).text() == "illegal opcode fc 127");
  Verdict cut = check_body_of({}, {}, {kBlock, kEmpty, kEnd});
  CHECK(cut.text() == "unexpected end of section or function");
  Verdict long_leb = check_body_of({}, {}, {kI32Const, 0x80, 0x80, 0x80, 0x80, 0x80, 0, kDrop, kEnd});
  CHECK(long_leb.error.code == ErrorCode::leb_too_long);
  Verdict after = check_body_of({}, {}, {kEnd, 0x01});
  CHECK(kind_of(after.error.code) == ErrorKind::malformed);
  CHECK(check_body_of({}, {}, {0x05, kEnd}).error.code == ErrorCode::end_expected);
}

TEST_CASE("a local without default must be set before it is read, in each block anew") {
  ValType func = kFuncRef.as_nullable(false);
  std::vector<syntax::LocalRun> locals = {{1, func}};
  auto check = [&](std::vector<uint8_t> body) { return check_body_of({func}, {}, std::move(body), locals); };
  CHECK(check({kLocalGet, 1, kDrop, kEnd}).text() == "uninitialized local 1");
  CHECK(check({kLocalGet, 0, kLocalSet, 1, kLocalGet, 1, kDrop, kEnd}).ok);
  CHECK(check({kBlock, kEmpty, kLocalGet, 0, kLocalSet, 1, kLocalGet, 1, kDrop, kEnd, kEnd}).ok);
  CHECK(check({kBlock, kEmpty, kLocalGet, 0, kLocalSet, 1, kEnd, kLocalGet, 1, kDrop, kEnd}).text() ==
        "uninitialized local 1");
  CHECK(
      check({kI32Const, 0, kIf, kEmpty, kLocalGet, 0, kLocalSet, 1, 0x05, kLocalGet, 1, kDrop, kEnd, kEnd}).text() ==
      "uninitialized local 1");
}

TEST_CASE("locals beyond those expanded at first") {
  std::vector<syntax::LocalRun> locals = {{1000, kI32}, {40000, kI64}, {2, kF32}};
  // local.get 41001 (f32), f32.neg; local.get 999 (i32); local.get 1000 (i64)
  std::vector<uint8_t> good = {kLocalGet, 0xa9,  0xc0,      0x02, 0x8c, kDrop, kLocalGet, 0xe7, 0x07,
                               0x45,      kDrop, kLocalGet, 0xe8, 0x07, 0x50,  kDrop,     kEnd};
  CHECK(check_body_of({}, {}, good, locals).ok);
  std::vector<uint8_t> bad = {kLocalGet, 0xaa, 0xc0, 0x02, kDrop, kEnd};
  CHECK(check_body_of({}, {}, bad, locals).text() == "unknown local 41002");
}

TEST_CASE("what a body leaves behind") {
  Build b;
  b.memory();
  b.module.tables = {{.type = {kFuncRef, {1, std::nullopt}}, .init = {}},
                     {.type = {kFuncRef, {1, std::nullopt}}, .init = {}}};
  uint32_t type = b.type(func_type({}, {}));
  b.func(type, {0x03, kEmpty, kI32Const, 1, kI32Const, 2, kI32Const, 3, kDrop, kDrop, kDrop, kEnd, 0x10, 0, kEnd});
  b.func(type, {kI32Const, 0, 0xd0, 0x70, 0x26, 1, kEnd});
  b.func(type, {0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, kDrop, kEnd});
  TypeRegistry registry;
  auto checked = check_all(b.module, {}, registry, nullptr);
  REQUIRE(checked.ok());
  const std::vector<BodyInfo>& bodies = checked.value().bodies;
  CHECK(bodies[0].max_height_slots == 3);
  CHECK(bodies[0].control_depth == 2);
  CHECK(bodies[0].has_loops);
  CHECK(bodies[0].has_calls);
  CHECK_FALSE(bodies[1].has_loops);
  CHECK_FALSE(bodies[1].has_calls);
  CHECK(bodies[1].written_tables == 2);
  CHECK(bodies[2].max_height_slots == 2);
  CHECK_FALSE(checked.value().module.mutated_tables[0]);
  CHECK(checked.value().module.mutated_tables[1]);
}

TEST_CASE("bodies are checked on several threads") {
  Build b;
  b.memory();
  uint32_t type = b.type(func_type({kI32}, {kI32}));
  for (int i = 0; i < 64; ++i) {
    bool wrong = i % 16 == 7;
    b.func(type, {kLocalGet, 0, kI32Const, 1, kI32Add, static_cast<uint8_t>(wrong ? kDrop : 0x01), kEnd},
           {{300, kI64}});
  }
  TypeRegistry registry;
  auto info = check_module(b.module, {}, registry, nullptr);
  REQUIRE(info.ok());
  std::atomic<int> valid{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (uint32_t i = 0; i < 64; ++i) valid += check_body(b.module, {}, registry, info.value(), i, nullptr).ok();
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(valid == 4 * 60);
}

TEST_CASE("proposals that are off") {
  Features features;
  features.set(Feature::legacy_exceptions, false);
  features.set(Feature::threads, false);
  Build legacy, fence;
  legacy.func(legacy.type(func_type({}, {})), {0x06, kEmpty, kEnd, kEnd});
  fence.func(fence.type(func_type({}, {})), {0xfe, 0x03, 0x00, kEnd});
  CHECK(check(legacy.module).ok);
  CHECK(check(legacy.module, features).text() == "feature not enabled: legacy-exceptions");
  CHECK(check(fence.module).ok);
  CHECK(check(fence.module, features).text() == "feature not enabled: threads");
}

TEST_CASE("casts between hierarchies and to continuations") {
  Build b;
  uint32_t func = b.type(func_type({}, {}));
  SubType cont;
  cont.kind = CompKind::cont;
  cont.cont = TypeIdx{func};
  b.type(cont);
  b.func(func, {0xd0, 0x6e, 0xfb, 0x14, 0x70, kDrop, kEnd});  // ref.null any; ref.test (ref func)
  CHECK(check(b.module).text() == "type mismatch: expected funcref, found anyref");
  b.module.code[0].body = b.expr({0xd0, 0x01, 0xfb, 0x14, 0x01, kDrop, kEnd});
  CHECK(check(b.module).error.code == ErrorCode::invalid_cast);
}

TEST_CASE("limits of bodies, at the limit and beyond") {
  auto locals = [](uint32_t n) { return check_body_of({kI32}, {}, {kEnd}, {{n - 2, kI32}, {1, kF64}}); };
  CHECK(locals(50'000).ok);
  CHECK(locals(50'001).text() == "implementation limit exceeded: locals: 50001, at most 50000");

  auto targets = [](uint32_t n) {
    std::vector<uint8_t> body = {kI32Const,
                                 0,
                                 0x0e,
                                 static_cast<uint8_t>((n & 0x7f) | 0x80),
                                 static_cast<uint8_t>((n >> 7 & 0x7f) | 0x80),
                                 static_cast<uint8_t>(n >> 14)};
    body.insert(body.end(), n + 1, 0);
    body.push_back(kEnd);
    return check_body_of({}, {}, body);
  };
  CHECK(targets(65'520).ok);
  CHECK(targets(65'521).text() == "implementation limit exceeded: br_table targets: 65521, at most 65520");

  auto depth = [](uint32_t n) {
    std::vector<uint8_t> body;
    for (uint32_t i = 0; i < n; ++i) body.insert(body.end(), {kBlock, kEmpty});
    body.insert(body.end(), n + 1, kEnd);
    return check_body_of({}, {}, body);
  };
  CHECK(depth(100'000).ok);
  CHECK(depth(100'001).error.code == ErrorCode::limit_exceeded);

  auto size = [](size_t n) {
    std::vector<uint8_t> body(n, 0x01);
    body.back() = kEnd;
    return check_body_of({}, {}, body);
  };
  CHECK(size(7'654'321).ok);
  CHECK(size(7'654'322).text() == "implementation limit exceeded: function size: 7654322, at most 7654321");

  auto fixed = [](uint32_t n) {
    Build b;
    uint32_t array = b.type(array_type({kI32, true}));
    std::vector<uint8_t> body = {kUnreachable,
                                 0xfb,
                                 0x08,
                                 static_cast<uint8_t>(array),
                                 static_cast<uint8_t>((n & 0x7f) | 0x80),
                                 static_cast<uint8_t>(n >> 7),
                                 kDrop,
                                 kEnd};
    b.func(b.type(func_type({}, {})), body);
    return check(b.module);
  };
  CHECK(fixed(10'000).ok);
  CHECK(fixed(10'001).text() == "implementation limit exceeded: array.new_fixed: 10001, at most 10000");
}

TEST_CASE("operands on the stack, at the limit and beyond") {
  auto calls = [](uint32_t n, bool one_more) {
    Build b;
    uint32_t wide = b.type(func_type({}, std::vector<ValType>(1000, kI64)));
    std::vector<uint8_t> body;
    for (uint32_t i = 0; i < n; ++i) body.insert(body.end(), {0x10, 0});  // call 0
    if (one_more) body.insert(body.end(), {kI32Const, 0});
    body.insert(body.end(), {kUnreachable, kEnd});
    b.func(wide, {kUnreachable, kEnd});
    b.func(b.type(func_type({}, {})), body);
    return b;
  };
  TypeRegistry registry;
  auto checked = check_all(calls(25, false).module, {}, registry, nullptr);
  REQUIRE(checked.ok());
  CHECK(checked.value().bodies[1].max_height_slots == 25'000);
  CHECK(check(calls(1000, false).module).ok);
  CHECK(check(calls(1000, true).module).text() ==
        "implementation limit exceeded: operands on the stack: 1000001, at most 1000000");
  CHECK(check(calls(1001, false).module).error.code == ErrorCode::limit_exceeded);
}

}  // namespace
}  // namespace heddle::valid
