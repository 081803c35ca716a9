// Bulk operators work in pieces: what they leave is what one step would leave, they stop when they are asked to, and
// they cost fuel by their size.
#include "runtime/bulk.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "exec/support.h"
#include "os/clock.h"

using namespace heddle;
using namespace heddle::rt;
using heddle::testing::i32;
using heddle::testing::World;

namespace {

std::vector<uint8_t> numbered(size_t bytes) {
  std::vector<uint8_t> out(bytes);
  for (size_t i = 0; i < bytes; ++i) out[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  return out;
}

EngineConfig with_fuel() {
  EngineConfig config;
  config.fuel = true;
  return config;
}

constexpr std::string_view kOperators = R"((module
  (type $bytes (array (mut i8)))
  (memory (export "m") 64)
  (table $t 100000 funcref)
  (elem $e func $nop $nop $nop)
  (data $d "abc")
  (func $nop)
  (func (export "nothing") (param i32) (drop (local.get 0)))
  (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 7) (local.get 0)))
  (func (export "copy") (param i32) (memory.copy (i32.const 64) (i32.const 0) (local.get 0)))
  (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "table.fill") (param i32) (table.fill $t (i32.const 0) (ref.null func) (local.get 0)))
  (func (export "table.copy") (param i32) (table.copy $t $t (i32.const 0) (i32.const 0) (local.get 0)))
  (func (export "table.grow") (param i32) (drop (table.grow $t (ref.null func) (local.get 0))))
  (func (export "array.new") (param i32) (drop (array.new $bytes (i32.const 1) (local.get 0))))
  (func (export "array.new_default") (param i32) (drop (array.new_default $bytes (local.get 0))))
  (func (export "array.fill") (param i32)
    (array.fill $bytes (array.new_default $bytes (local.get 0)) (i32.const 0) (i32.const 1) (local.get 0)))
))";

// What a call of `name` with `size` costs.
int64_t cost(World& world, Instance& instance, std::string_view name, uint32_t size) {
  world.store->context.fuel = 1'000'000;
  world.call(instance, name, {i32(size)});
  REQUIRE(world.outcome == Outcome::returned);
  return 1'000'000 - world.store->context.fuel;
}

}  // namespace

TEST_CASE("bulk: copies overlap as they like, whatever the pieces") {
  World world;
  constexpr size_t kBytes = 3 * kBulkPiece + 12'345;
  const std::vector<uint8_t> before = numbered(kBytes + kBulkPiece + 100);
  for (size_t distance : {size_t{0}, size_t{1}, size_t{100}, size_t{kBulkPiece}, size_t{kBulkPiece + 99}}) {
    for (bool up : {false, true}) {
      std::vector<uint8_t> got = before, wanted = before;
      const size_t to = up ? distance : 0, from = up ? 0 : distance;
      std::memmove(wanted.data() + to, wanted.data() + from, kBytes);
      REQUIRE(bulk_copy(*world.store, got.data() + to, got.data() + from, kBytes) == ErrorCode::none);
      CHECK(got == wanted);
    }
  }
  CHECK(bulk_copy(*world.store, nullptr, nullptr, 0) == ErrorCode::none);
}

TEST_CASE("bulk: fills with units of every size") {
  World world;
  const std::vector<uint8_t> unit = numbered(16);
  for (uint32_t size : {1u, 2u, 4u, 8u, 16u}) {
    const size_t bytes = 2 * kBulkPiece + size_t{5} * size;
    std::vector<uint8_t> got(bytes + 1, 0xee);
    REQUIRE(bulk_fill_in_pieces(*world.store, got.data(), unit.data(), size, bytes) == ErrorCode::none);
    bool same = true;
    for (size_t i = 0; i < bytes; ++i) same = same && got[i] == unit[i % size];
    CHECK(same);
    CHECK(got[bytes] == 0xee);
  }
}

TEST_CASE("bulk: the poll word stops an operator between two pieces") {
  World world;
  StoreContext& context = world.store->context;
  std::vector<uint8_t> from(3 * kBulkPiece, 1), to(3 * kBulkPiece, 0);
  context.poll = kDeadline;
  CHECK(bulk_copy(*world.store, to.data(), from.data(), kBulkPiece) == ErrorCode::none);  // one piece is the least
  CHECK(bulk_copy(*world.store, to.data(), from.data(), from.size()) == ErrorCode::deadline_exceeded);
  CHECK(to[kBulkPiece - 1] == 1);
  CHECK(to[kBulkPiece] == 0);
  CHECK(context.poll == kDeadline);  // stays

  context.poll = kInterrupted;
  CHECK(bulk_fill(*world.store, to.data(), 9, to.size()) == ErrorCode::interrupted);
  CHECK(to[kBulkPiece - 1] == 9);
  CHECK(to[kBulkPiece] == 0);
  CHECK(context.poll == 0);  // consumed
  CHECK(bulk_fill(*world.store, to.data(), 9, to.size()) == ErrorCode::none);
  CHECK(to.back() == 9);
}

TEST_CASE("bulk: a deadline ends one huge operator") {
  World world;
  auto made = world.try_instantiate(R"((module
    (memory (export "m") 16384)
    (func (export "fill") (memory.fill (i32.const 0) (i32.const 7) (i32.const 0x40000000)))
    (func (export "copy") (memory.copy (i32.const 0) (i32.const 1) (i32.const 0x3fffffff)))))");
  if (!made.ok()) return;  // a gigabyte of address space is not to be had
  Instance& instance = *made.value();
  const uint8_t* bytes = instance.memories()[0]->base();
  auto ends_before_its_end = [&](std::string_view name) {
    world.store->set_deadline(os::monotonic_ns() + 5'000'000);
    world.call(instance, name);
    CHECK(world.trap_code() == ErrorCode::deadline_exceeded);
    CHECK(bytes[0x3fff'ffff] == 0);  // not reached
    world.store->clear_deadline();
  };
  // On a busy machine the deadline may pass before the operator begins.
  for (int tries = 0; tries < 100 && bytes[0] != 7; ++tries) ends_before_its_end("fill");
  CHECK(bytes[0] == 7);  // begun
  ends_before_its_end("copy");
}

TEST_CASE("bulk: bytes cost fuel") {
  World world(with_fuel());
  Instance& instance = world.instantiate(kOperators);
  for (std::string_view name : {"fill", "copy", "array.new", "array.new_default"}) {
    INFO(name);
    const int64_t least = cost(world, instance, name, 0);
    CHECK(cost(world, instance, name, 63) == least);
    CHECK(cost(world, instance, name, 64) == least + 1);
    CHECK(cost(world, instance, name, 640'063) == least + 10'000);
  }
  CHECK(cost(world, instance, "init", 3) == cost(world, instance, "init", 0));
  for (std::string_view name : {"table.fill", "table.copy", "table.grow"}) {
    INFO(name);
    CHECK(cost(world, instance, name, 80'000) == cost(world, instance, name, 0) + 10'000);
  }
  CHECK(cost(world, instance, "array.fill", 6400) == cost(world, instance, "array.fill", 0) + 200);
}

TEST_CASE("bulk: without the fuel nothing is done") {
  World world(with_fuel());
  Instance& instance = world.instantiate(kOperators);
  world.store->context.fuel = 1000;
  world.call(instance, "fill", {i32(4 << 20)});
  CHECK(world.trap_code() == ErrorCode::out_of_fuel);
  CHECK(world.store->context.fuel == 0);
  CHECK(instance.memories()[0]->base()[0] == 0);
  world.store->context.fuel = 1000;
  world.call(instance, "fill", {i32(UINT32_MAX)});  // out of bounds costs nothing
  CHECK(world.trap_code() == ErrorCode::out_of_bounds_memory);
  CHECK(world.store->context.fuel > 900);
  world.store->context.fuel = 1000;
  world.call(instance, "array.new", {i32(4 << 20)});
  CHECK(world.trap_code() == ErrorCode::out_of_fuel);
}
