// Writer against Reader: every number comes back, in the shortest form; types have the specification's codes.
#include "binary/writer.h"

#include <doctest/doctest.h>

#include "base/reader.h"

using namespace heddle;
using binary::Writer;

namespace {

using ByteVec = std::vector<uint8_t>;

template <class F>
ByteVec written(F&& f) {
  ByteVec out;
  Writer w(out);
  f(w);
  return out;
}

}  // namespace

TEST_CASE("unsigned LEB128 is shortest and reads back") {
  CHECK(written([](Writer& w) { w.u32(0); }) == ByteVec{0});
  CHECK(written([](Writer& w) { w.u32(127); }) == ByteVec{0x7f});
  CHECK(written([](Writer& w) { w.u32(128); }) == ByteVec{0x80, 0x01});
  CHECK(written([](Writer& w) { w.u32(0xffffffff); }) == ByteVec{0xff, 0xff, 0xff, 0xff, 0x0f});
  CHECK(written([](Writer& w) { w.u64(~uint64_t{0}); }).size() == 10);
  for (int bit = 0; bit < 64; ++bit) {
    for (uint64_t delta : {uint64_t{0}, uint64_t{1}}) {
      uint64_t value = (uint64_t{1} << bit) - delta;
      ByteVec bytes = written([&](Writer& w) { w.u64(value); });
      Reader reader(bytes);
      CHECK(reader.u64().value() == value);
      CHECK(reader.at_end());
    }
  }
}

TEST_CASE("signed LEB128 is shortest and reads back") {
  CHECK(written([](Writer& w) { w.s32(-1); }) == ByteVec{0x7f});
  CHECK(written([](Writer& w) { w.s32(63); }) == ByteVec{0x3f});
  CHECK(written([](Writer& w) { w.s32(64); }) == ByteVec{0xc0, 0x00});
  CHECK(written([](Writer& w) { w.s32(-64); }) == ByteVec{0x40});
  CHECK(written([](Writer& w) { w.s32(-65); }) == ByteVec{0xbf, 0x7f});
  CHECK(written([](Writer& w) { w.s32(INT32_MIN); }) == ByteVec{0x80, 0x80, 0x80, 0x80, 0x78});
  for (int bit = 0; bit < 63; ++bit) {
    for (int64_t value :
         {int64_t{1} << bit, -(int64_t{1} << bit), (int64_t{1} << bit) - 1, -(int64_t{1} << bit) - 1}) {
      ByteVec bytes = written([&](Writer& w) { w.s64(value); });
      Reader reader(bytes);
      CHECK(reader.s64().value() == value);
      CHECK(reader.at_end());
    }
  }
}

TEST_CASE("a size goes before what it measures") {
  for (size_t n : {size_t{0}, size_t{1}, size_t{127}, size_t{128}, size_t{16383}, size_t{16384}}) {
    ByteVec bytes = written([&](Writer& w) {
      w.byte(0xaa);
      w.sized([&] {
        for (size_t i = 0; i < n; ++i) w.byte(static_cast<uint8_t>(i));
      });
    });
    Reader reader(bytes);
    CHECK(reader.byte().value() == 0xaa);
    CHECK(reader.u32().value() == n);
    REQUIRE(reader.remaining() == n);
    for (size_t i = 0; i < n; ++i) CHECK(reader.byte().value() == static_cast<uint8_t>(i));
  }
}

TEST_CASE("types have the specification's codes") {
  auto val = [](ValType t) { return written([&](Writer& w) { w.val_type(t); }); };
  CHECK(val(kI32) == ByteVec{0x7f});
  CHECK(val(kV128) == ByteVec{0x7b});
  CHECK(val(ValKind::i16) == ByteVec{0x77});
  CHECK(val(kFuncRef) == ByteVec{0x70});
  CHECK(val(ValType::ref(HeapKind::func, false)) == ByteVec{0x64, 0x70});
  CHECK(val(ValType::ref(HeapKind::nocont, true)) == ByteVec{0x75});
  CHECK(val(ValType::ref(HeapType::defined(64), true)) == ByteVec{0x63, 0xc0, 0x00});
  CHECK(val(ValType::ref(HeapType::defined(64, true), false)) == ByteVec{0x64, 0x62, 0xc0, 0x00});
}

TEST_CASE("limits flags") {
  auto mem = [](MemType t) { return written([&](Writer& w) { w.mem_type(t); }); };
  CHECK(mem({.limits = {.min = 1, .max = {}}}) == ByteVec{0x00, 0x01});
  CHECK(mem({.limits = {.min = 1, .max = 2}, .shared = true}) == ByteVec{0x03, 0x01, 0x02});
  CHECK(mem({.limits = {.min = 1, .max = {}}, .addr64 = true, .page_size_log2 = 0}) == ByteVec{0x0c, 0x01, 0x00});
  CHECK(written([](Writer& w) {
          w.table_type({.elem = kExternRef, .limits = {.min = 0, .max = 3}, .addr64 = true});
        }) == ByteVec{0x6f, 0x05, 0x00, 0x03});
}

TEST_CASE("opcodes") {
  CHECK(written([](Writer& w) { w.opcode(0x0b); }) == ByteVec{0x0b});
  CHECK(written([](Writer& w) { w.opcode(0xfd113); }) == ByteVec{0xfd, 0x93, 0x02});
}
