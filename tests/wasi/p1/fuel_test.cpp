// WASI's functions charge fuel for the bytes they move: a guest cannot have the host work for it for nothing.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "wasi/host/scratch.h"

#include <heddle/heddle.h>
#include <heddle/wasi.h>

using heddle::wasi::test::Scratch;
namespace api = heddle::api;

namespace {

constexpr uint64_t kPlenty = 1'000'000'000;
constexpr uint32_t kPages = 1600;  // 100 MiB

// A function for each of the calls; the iovec at 0 names all memory from 1024 on, `size` bytes of it.
constexpr const char* kGuest = R"((module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_pwrite" (func $pwrite (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_readdir" (func $readdir (param i32 i32 i32 i64 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1600)
  (func $iovec (param i32) (i32.store (i32.const 0) (i32.const 1024)) (i32.store (i32.const 4) (local.get 0)))
  (func (export "write") (param i32 i32) (result i32)
    (call $iovec (local.get 1))
    (call $write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "read") (param i32 i32) (result i32)
    (call $iovec (local.get 1))
    (call $read (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
  (func (export "readdir") (param i32 i32) (result i32)
    (call $readdir (local.get 0) (i32.const 1024) (local.get 1) (i64.const 0) (i32.const 8)))
  (func (export "random") (param i32 i32) (result i32)
    (call $random (i32.const 1024) (local.get 1)))
  (func (export "writes") (param i32 i32) (result i32) (local i32)
    (call $iovec (local.get 1))
    (loop $l
      (local.set 2 (call $write (local.get 0) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $l (i32.eqz (local.get 2))))
    (local.get 2))))";

api::Config with_fuel() {
  api::Config config;
  config.fuel = true;
  return config;
}

api::WasiConfig with_streams(int in, int out) {
  api::WasiConfig config;
  config.stdin_fd = in;
  config.stdout_fd = out;
  return config;
}

struct Guest {
  explicit Guest(api::WasiConfig wasi_config, const api::Config& config = with_fuel())
      : engine(config), store(engine), linker(engine) {
    api::Result<api::Wasi> wasi = api::Wasi::create(std::move(wasi_config));
    REQUIRE(wasi.ok());
    wasi->add_to(linker);
    api::Result<api::Module> module = api::Module::from_text(engine, kGuest);
    REQUIRE_MESSAGE(module.ok(), module.error().to_string());
    instance = linker.instantiate(store, *module).value();
  }
  api::Result<int32_t> call(const char* name, int32_t fd, uint32_t size) {
    return instance->typed<int32_t(int32_t, uint32_t)>(name).value()(fd, size);
  }
  // What a call costs that succeeds, and that the fuel for it is just enough.
  uint64_t cost(const char* name, int32_t fd, uint32_t size) {
    REQUIRE(store.set_fuel(kPlenty).ok());
    api::Result<int32_t> error = call(name, fd, size);
    REQUIRE_MESSAGE(error.ok(), error.error().to_string());
    CHECK(*error == 0);
    return kPlenty - store.fuel().value();
  }

  api::Engine engine;
  api::Store store;
  api::Linker linker;
  std::optional<api::Instance> instance;
};

}  // namespace

TEST_CASE("wasi fuel: bytes written, read and made at random cost one for 64") {
  int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
  REQUIRE(null >= 0);
  REQUIRE(zero >= 0);
  Guest guest(with_streams(zero, null));
  for (const char* name : {"write", "read", "random"}) {
    CAPTURE(name);
    int32_t fd = std::string_view(name) == "read" ? 0 : 1;
    const uint64_t call = guest.cost(name, fd, 0);
    CHECK(call < 40);
    CHECK(guest.cost(name, fd, 63) == call);
    CHECK(guest.cost(name, fd, 64) == call + 1);
    CHECK(guest.cost(name, fd, 64'000'000) == call + 1'000'000);
    // One less than it costs is not enough, and then nothing is left.
    REQUIRE(guest.store.set_fuel(call + 1'000'000 - 1).ok());
    api::Error error = guest.call(name, fd, 64'000'000).error();
    CHECK(error.kind() == api::ErrorKind::out_of_fuel);
    REQUIRE(error.trap());
    CHECK(!error.trap()->backtrace.empty());
    CHECK(guest.store.fuel().value() == 0);
  }
  close(null);
  close(zero);
}

TEST_CASE("wasi fuel: what was offered but not moved is given back") {
  Scratch scratch;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  api::WasiConfig config = with_streams(ends[0], ends[1]);
  config.dirs = {{.host = scratch.root(), .guest = "/data"}};
  Guest guest(config);
  const uint64_t write = guest.cost("write", 1, 0);
  CHECK(guest.cost("write", 1, 640) == write + 10);
  const uint64_t call = guest.cost("random", 0, 0);
  CHECK(guest.cost("read", 0, 64'000'000) < call + 30);  // 640 bytes are there
  const uint64_t listed = guest.cost("readdir", 3, 64'000'000);
  CHECK(listed < 40);
  CHECK(guest.instance->memory()->read<uint32_t>(8).value() < 640);
  // But what is offered has to be paid for first.
  REQUIRE(guest.store.set_fuel(1000).ok());
  CHECK(guest.call("readdir", 3, 64'000'000).error().kind() == api::ErrorKind::out_of_fuel);
  // A failed call moves nothing.
  REQUIRE(guest.store.set_fuel(kPlenty).ok());
  CHECK(guest.call("write", 77, 64'000'000).value() != 0);
  CHECK(kPlenty - guest.store.fuel().value() < 40);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("wasi fuel: a guest that only writes comes to an end") {
  int null = open("/dev/null", O_WRONLY);
  Guest guest(with_streams(0, null));
  REQUIRE(guest.store.set_fuel(50'000'000).ok());
  CHECK(guest.call("writes", 1, kPages * 65536 - 1024).error().kind() == api::ErrorKind::out_of_fuel);
  Guest free(with_streams(0, null), api::Config());
  CHECK(free.call("write", 1, kPages * 65536 - 1024).value() == 0);
  close(null);
}
