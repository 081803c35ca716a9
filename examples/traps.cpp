// What goes wrong, and what is said about it: a trap with its backtrace, host functions that fail in three ways, a
// missing import, a module that does not validate.
#include <heddle/heddle.h>

#include <cstdio>
#include <stdexcept>

namespace {

constexpr const char* kModule = R"(
  (module $shop
    (import "host" "fetch" (func $fetch (param i32) (result i32)))
    (func $divide (param i32) (result i32) (i32.div_u (i32.const 100) (local.get 0)))
    (func $share (param i32) (result i32) (call $divide (local.get 0)))
    (func (export "share") (param i32) (result i32) (call $share (local.get 0)))
    (func (export "load") (param i32) (result i32) (call $fetch (local.get 0))))
)";

void print(const char* what, const heddle::Error& error) {
  std::printf("--- %s\n%s: %s\n", what, std::string(name_of(error.kind())).c_str(), error.message().c_str());
  if (!error.trap()) return;
  for (const heddle::Frame& frame : error.trap()->backtrace) {
    std::printf("  in %s!%s\n", frame.module.c_str(), frame.func.c_str());
  }
}

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Module module = heddle::Module::from_text(engine, kModule).value();
  heddle::Store store(engine);
  heddle::Linker linker(engine);
  print("missing import", linker.instantiate(store, module).error());

  linker.define("host", "fetch", [](int32_t key) -> heddle::Result<int32_t> {
    if (key == 1) return heddle::Trap("no such key");
    if (key == 2) throw std::runtime_error("the database is down");
    if (key == 3) return heddle::Trap::exit(42);
    return key;
  });
  heddle::Instance instance = linker.instantiate(store, module).value();
  auto share = instance.typed<int32_t(int32_t)>("share").value();
  auto load = instance.typed<int32_t(int32_t)>("load").value();
  print("division", share(0).error());
  print("refused", load(1).error());
  print("thrown", load(2).error());
  print("exited", load(3).error());
  std::printf("exit code %d\n", static_cast<int>(load(3).error().exit_code()));
  print("wrong signature", instance.typed<int64_t(int32_t)>("share").error());
  print("wrong name", instance.func("shore").error());
  print("invalid module", heddle::Module::from_text(engine, "(module (func (result i32) (i64.const 1)))").error());
  std::printf("still at work: %d\n", share(4).value());
}
