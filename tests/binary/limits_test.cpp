// The implementation limits (syntax/limits.h) from bytes to a checked module: N is taken, N + 1 is refused with the
// limit's name at the place that goes beyond it. HEDDLE_SLOW_TESTS adds what takes a gigabyte of memory.
#include <doctest/doctest.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "binary/build.h"
#include "binary/decode.h"
#include "os/pages.h"
#include "syntax/limits.h"
#include "valid/check.h"

namespace heddle {
namespace {

using test::Build;
using test::ByteVec;

struct Made {
  ByteVec bytes;
  size_t at = 0;  // where one too many is reported
};

// A module whose last section is given; `at` counts from the beginning of its content.
Made ending(Build build, uint8_t id, const ByteVec& content, size_t at = 0) {
  build.section(id, content);
  return {build.bytes, build.bytes.size() - content.size() + at};
}

void put(ByteVec& out, std::initializer_list<uint8_t> bytes) { out.insert(out.end(), bytes); }
void number(ByteVec& out, uint32_t n) { binary::Writer(out).u32(n); }

// [head] n, then n times [item], then [tail]; `n` is where the error is, unless another place is given.
Made repeated(Build build, uint8_t id, std::initializer_list<uint8_t> head, uint32_t n,
              std::initializer_list<uint8_t> item, std::initializer_list<uint8_t> tail = {}) {
  ByteVec content(head);
  number(content, n);
  for (uint32_t i = 0; i < n; ++i) put(content, item);
  put(content, tail);
  return ending(std::move(build), id, content, head.size());
}

// One function of type [] -> [] with these bytes as its code entry, size excluded.
Made function(const ByteVec& entry, size_t at) {
  ByteVec content{1};
  number(content, static_cast<uint32_t>(entry.size()));
  const size_t head = content.size();
  content.insert(content.end(), entry.begin(), entry.end());
  return ending(Build().section(1, {1, 0x60, 0, 0}).section(3, {1, 0}), 10, content, head + at);
}

Result<void> take(std::span<const uint8_t> bytes, ErrorSink& sink) {
  TypeRegistry types;
  syntax::Module module = TRY(binary::decode(bytes, {}, &sink));
  TRY(valid::check_all(module, {}, types, &sink));
  return {};
}

template <class Make>
void limited(std::string_view name, uint32_t most, Make make) {
  CAPTURE(name);
  ErrorSink within;
  auto taken = take(make(most).bytes, within);
  CHECK_MESSAGE(taken.ok(), (taken.ok() ? "" : describe(taken.error(), &within)));
  ErrorSink beyond;
  const Made one_more = make(most + 1);
  auto refused = take(one_more.bytes, beyond);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::limit_exceeded);
  CHECK(beyond.detail == std::string(name) + ": " + std::to_string(most + 1) + ", at most " + std::to_string(most));
  CHECK(refused.error().offset == one_more.at);
}

TEST_CASE("limits of the type section") {
  limited("types", limits::kRecGroupTypes, [](uint32_t n) { return repeated({}, 1, {1, 0x4e}, n, {0x5f, 0}); });
  limited("types", limits::kTypes,
          [](uint32_t n) { return repeated({}, 1, {2, 0x4e, 2, 0x5f, 0, 0x5f, 0, 0x4e}, n - 2, {0x5f, 0}); });
  limited("rec groups", limits::kRecGroups, [](uint32_t n) { return repeated({}, 1, {}, n, {0x4e, 0}); });
  limited("parameters", limits::kParams, [](uint32_t n) { return repeated({}, 1, {1, 0x60}, n, {0x7f}, {0}); });
  limited("results", limits::kResults, [](uint32_t n) { return repeated({}, 1, {1, 0x60, 0}, n, {0x7f}); });
  limited("fields", limits::kStructFields, [](uint32_t n) { return repeated({}, 1, {1, 0x5f}, n, {0x7f, 0}); });
  limited("subtyping depth", limits::kSubtypingDepth, [](uint32_t n) {
    ByteVec content;
    number(content, n + 1);
    put(content, {0x50, 0, 0x5f, 0});
    for (uint32_t i = 0; i < n; ++i) {
      put(content, {0x50, 1});
      number(content, i);
      put(content, {0x5f, 0});
    }
    Made made = ending({}, 1, content);
    made.at = static_cast<uint32_t>(made.bytes.size() - 5);  // where the last type begins
    return made;
  });
}

TEST_CASE("limits of index spaces") {
  limited("imports", limits::kImports, [](uint32_t n) { return repeated({}, 2, {}, n, {0, 0, 3, 0x7f, 0}); });
  limited("functions", limits::kFuncs, [](uint32_t n) {  // imported ones count
    Build build;
    build.section(1, {1, 0x60, 0, 0}).section(2, {1, 0, 0, 0, 0});
    Made made = repeated(std::move(build), 3, {}, n - 1, {0});
    Build whole;
    whole.bytes = std::move(made.bytes);
    whole.repeated(10, n - 1, {2, 0, 0x0b});
    return Made{std::move(whole.bytes), made.at};
  });
  limited("tables", limits::kTables, [](uint32_t n) { return repeated({}, 4, {}, n, {0x70, 0, 0}); });
  limited("tables", limits::kTables, [](uint32_t n) {
    return repeated(Build().section(2, {1, 0, 0, 1, 0x70, 0, 0}), 4, {}, n - 1, {0x70, 0, 0});
  });
  limited("memories", limits::kMemories, [](uint32_t n) { return repeated({}, 5, {}, n, {0, 0}); });
  limited("memories", limits::kMemories,
          [](uint32_t n) { return repeated(Build().section(2, {1, 0, 0, 2, 0, 0}), 5, {}, n - 1, {0, 0}); });
  limited("globals", limits::kGlobals, [](uint32_t n) { return repeated({}, 6, {}, n, {0x7f, 0, 0x41, 0, 0x0b}); });
  limited("tags", limits::kTags,
          [](uint32_t n) { return repeated(Build().section(1, {1, 0x60, 0, 0}), 13, {}, n, {0, 0}); });
  limited("exports", limits::kExports, [](uint32_t n) {
    ByteVec content;
    number(content, n);
    for (uint32_t i = 0; i < n; ++i) {
      put(content, {4});  // letters
      for (uint32_t k = 0; k < 4; ++k) content.push_back(static_cast<uint8_t>(' ' + (i >> 6 * k & 63)));
      put(content, {2, 0});
    }
    return ending(Build().section(5, {1, 0, 0}), 7, content);
  });
}

TEST_CASE("limits of segments and names") {
  limited("data segments", limits::kDataSegments, [](uint32_t n) { return repeated({}, 11, {}, n, {1, 0}); });
  limited("element segment entries", limits::kElemSegmentEntries, [](uint32_t n) {
    Build build;
    build.section(1, {1, 0x60, 0, 0}).section(2, {1, 0, 0, 0, 0});
    return repeated(std::move(build), 9, {1, 1, 0}, n, {0});
  });
  limited("name bytes", limits::kNameBytes,
          [](uint32_t n) { return repeated({}, 2, {1}, n, {'m'}, {0, 3, 0x7f, 0}); });
  limited("name bytes", limits::kNameBytes,
          [](uint32_t n) { return repeated({}, 2, {1, 0}, n, {'n'}, {3, 0x7f, 0}); });
  limited("name bytes", limits::kNameBytes,
          [](uint32_t n) { return repeated(Build().section(5, {1, 0, 0}), 7, {1}, n, {'e'}, {2, 0}); });
  limited("name bytes", limits::kNameBytes, [](uint32_t n) { return repeated({}, 0, {}, n, {'c'}); });
}

TEST_CASE("limits of bodies") {
  limited("function bytes", limits::kFuncBytes, [](uint32_t n) {
    ByteVec entry(n, 0x01);
    entry.front() = 0;
    entry.back() = 0x0b;
    Made made = function(entry, 0);
    made.at -= 4;  // at the size, which is of four bytes
    return made;
  });
  limited("locals", limits::kLocals, [](uint32_t n) {  // parameters count
    ByteVec entry{2};
    number(entry, n - 3);
    put(entry, {0x7f, 1, 0x7e});
    const size_t at = entry.size();
    put(entry, {0x0b});
    ByteVec content{1, static_cast<uint8_t>(entry.size())};
    content.insert(content.end(), entry.begin(), entry.end());
    return ending(Build().section(1, {1, 0x60, 2, 0x7f, 0x7f, 0}).section(3, {1, 0}), 10, content, 2 + at);
  });
  limited("br_table targets", limits::kBrTableTargets, [](uint32_t n) {
    ByteVec entry{0, 0x41, 0, 0x0e};
    number(entry, n);
    entry.resize(entry.size() + n + 1);
    put(entry, {0x0b});
    return function(entry, 3);
  });
  limited("array.new_fixed", limits::kArrayNewFixed, [](uint32_t n) {
    ByteVec entry{0, 0x00, 0xfb, 0x08, 1};  // unreachable: the operands need not be there
    number(entry, n);
    put(entry, {0x1a, 0x0b});
    ByteVec content{1, static_cast<uint8_t>(entry.size())};
    content.insert(content.end(), entry.begin(), entry.end());
    return ending(Build().section(1, {2, 0x60, 0, 0, 0x5e, 0x7f, 1}).section(3, {1, 0}), 10, content, 4);
  });
  limited("control depth", limits::kControlDepth, [](uint32_t n) {
    ByteVec entry{0};
    for (uint32_t i = 0; i < n; ++i) put(entry, {0x02, 0x40});
    entry.insert(entry.end(), n + 1, 0x0b);
    return function(entry, 1 + 2 * (n - 1));
  });
}

TEST_CASE("limits of sizes in pages and entries") {
  auto memory = [](std::initializer_list<uint8_t> content) {
    ErrorSink sink;
    auto taken = take(Build().section(5, content).bytes, sink);
    return taken.ok() ? std::string("ok") : describe(taken.error(), &sink);
  };
  CHECK(memory({1, 0, 0x80, 0x80, 0x04}) == "ok");
  CHECK(memory({1, 0, 0x81, 0x80, 0x04}).starts_with("memory size"));
  CHECK(memory({1, 1, 0, 0x80, 0x80, 0x04}) == "ok");
  CHECK(memory({1, 1, 0, 0x81, 0x80, 0x04}).starts_with("memory size"));
  CHECK(memory({1, 4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40}) == "ok");
  CHECK(memory({1, 4, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40}).starts_with("memory size"));
}

// The contents of a custom section are not read: the gigabyte is address space.
TEST_CASE("limit of the module's size") {
  const auto most = static_cast<uint32_t>(limits::kModuleBytes);
  void* mapped = os::map_zeroed(uint64_t{most} + 1);
  if (!mapped) return;
  const std::span<uint8_t> bytes(static_cast<uint8_t*>(mapped), size_t{most} + 1);
  ByteVec head = Build().bytes;
  put(head, {0});
  number(head, most - 14);
  REQUIRE(head.size() == 14);
  std::memcpy(bytes.data(), head.data(), head.size());
  ErrorSink sink;
  CHECK(take(bytes.first(most), sink).ok());
  auto refused = take(bytes, sink);
  REQUIRE(!refused.ok());
  CHECK(refused.error().code == ErrorCode::limit_exceeded);
  CHECK(sink.detail == "module bytes: 1073741825, at most 1073741824");
  CHECK(refused.error().offset == 0);
  os::release(mapped, uint64_t{most} + 1);
}

TEST_CASE("limit of element segments") {
  if (std::getenv("HEDDLE_SLOW_TESTS")) {
    limited("element segments", limits::kElemSegments, [](uint32_t n) { return repeated({}, 9, {}, n, {1, 0, 0}); });
    return;
  }
  const Made beyond = repeated({}, 9, {}, limits::kElemSegments + 1, {1, 0, 0});
  ErrorSink sink;
  auto refused = take(beyond.bytes, sink);
  REQUIRE(!refused.ok());
  CHECK(sink.detail == "element segments: 10000001, at most 10000000");
  CHECK(refused.error().offset == beyond.at);
}

}  // namespace
}  // namespace heddle
