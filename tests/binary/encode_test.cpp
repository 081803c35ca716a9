// Canonical modules survive decode and encode byte for byte; others come out canonical.
#include "binary/encode.h"

#include <doctest/doctest.h>

#include "binary/build.h"
#include "binary/decode.h"

using namespace heddle;
using test::Build;
using test::ByteVec;

namespace {

ByteVec again(const ByteVec& bytes) {
  auto module = binary::decode(bytes, Features{}, nullptr);
  REQUIRE(module.ok());
  return binary::encode(module.value());
}

}  // namespace

TEST_CASE("a module with every section comes back byte for byte") {
  const uint8_t note[] = {1, 2, 3};
  ByteVec bytes =
      Build()
          .custom("first", note)
          .section(1, {0x04,                                                         //
                       0x60, 0x02, 0x7f, 0x6e, 0x01, 0x7b,                           // func
                       0x4e, 0x02, 0x50, 0x00, 0x5f, 0x02, 0x78, 0x01, 0x77, 0x00,   // rec: sub struct,
                       0x4f, 0x01, 0x01, 0x5e, 0x64, 0x62, 0x01, 0x01,               // sub final 1 array
                       0x5d, 0x00,                                                   // cont
                       0x4e, 0x02, 0x4d, 0x05, 0x5f, 0x00, 0x4c, 0x04, 0x5f, 0x00})  // descriptors
          .custom("after types", {})
          .section(2, {4, 1, 'm', 1, 'f', 0x20, 0, 0, 0, 1, 0x70, 5, 1, 9, 0, 0, 2, 0x0f, 1, 2, 0, 0, 0, 3, 0x7f, 1})
          .section(3, {1, 0})
          .section(4, {2, 0x70, 0, 1, 0x40, 0, 0x64, 0x70, 1, 1, 2, 0xd2, 0, 0x0b})
          .section(5, {1, 0x04, 1})
          .section(13, {1, 0, 0})
          .section(6, {1, 0x7f, 1, 0x41, 0x2a, 0x0b})
          .section(7, {1, 1, 'e', 4, 0})
          .section(8, {0})
          .section(9, {7,                                            //
                       0, 0x41, 0,    0x0b, 1,    0,                 //
                       1, 0,    1,    0,                             //
                       2, 1,    0x41, 0,    0x0b, 0,    1,    0,     //
                       3, 0,    1,    0,                             //
                       4, 0x41, 0,    0x0b, 1,    0xd2, 1,    0x0b,  //
                       5, 0x6f, 1,    0xd0, 0x6f, 0x0b,              //
                       6, 0,    0x41, 0,    0x0b, 0x64, 0x70, 1,    0xd2, 1, 0x0b})
          .section(12, {3})
          .code({2, 3, 0x7f, 0, 0x7e, 0x00, 0x0b})
          .section(11, {3, 0, 0x41, 0, 0x0b, 1, 'x', 1, 0, 2, 1, 0x41, 0, 0x0b, 0})
          .custom("last", note)
          .bytes;
  ByteVec back = again(bytes);
  REQUIRE(back.size() == bytes.size());
  for (size_t i = 0; i < bytes.size(); ++i) {
    CAPTURE(i);
    CHECK(back[i] == bytes[i]);
  }
}

TEST_CASE("what is not canonical becomes so") {
  // Long numbers; an explicit table 0 and memory 0; a group of one; grouped imports; empty sections.
  CHECK(again(Build().raw({5, 0x84, 0x80, 0x00, 0x01, 0x00, 0x80, 0x00}).bytes) ==
        Build().section(5, {1, 0, 0}).bytes);
  CHECK(again(Build().section(9, {1, 2, 0, 0x41, 0, 0x0b, 0, 0}).bytes) ==
        Build().section(9, {1, 0, 0x41, 0, 0x0b, 0}).bytes);
  CHECK(again(Build().section(11, {1, 2, 0, 0x41, 0, 0x0b, 0}).bytes) ==
        Build().section(11, {1, 0, 0x41, 0, 0x0b, 0}).bytes);
  CHECK(again(Build().section(1, {1, 0x4e, 1, 0x4f, 0, 0x5f, 0}).bytes) == Build().section(1, {1, 0x5f, 0}).bytes);
  CHECK(again(Build().section(2, {1, 1, 'm', 0, 0x7e, 3, 0x7f, 0, 1, 1, 'a'}).bytes) ==
        Build().section(2, {1, 1, 'm', 1, 'a', 3, 0x7f, 0}).bytes);
  CHECK(again(Build().section(1, {0}).section(3, {0}).section(10, {0}).section(11, {0}).bytes) == Build().bytes);
}

TEST_CASE("a data count section stays where there was one") {
  CHECK(again(Build().section(12, {0}).bytes) == Build().section(12, {0}).bytes);
  ByteVec without = Build().section(11, {1, 1, 1, 'x'}).bytes;
  CHECK(again(without) == without);
}
