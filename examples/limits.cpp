// Guests that do not end and guests that want too much: fuel, deadlines, another thread, limits of a store.
#include <heddle/heddle.h>

#include <chrono>
#include <cstdio>
#include <thread>

using namespace std::chrono_literals;

namespace {

constexpr const char* kModule = R"(
  (module
    (memory (export "memory") 1)
    (func (export "spin") (loop $again (br $again)))
    (func (export "count") (param $n i32) (result i32)
      (local $i i32)
      (loop $again
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $i) (local.get $n))))
      (local.get $i))
    (func $down (export "down") (param $n i32) (result i32)
      (if (result i32) (i32.eqz (local.get $n))
        (then (i32.const 0))
        (else (i32.add (call $down (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))))
    (func (export "grow") (param $pages i32) (result i32) (memory.grow (local.get $pages))))
)";

void report(const char* what, const heddle::Error& error) {
  std::printf("%s: %s\n", what, std::string(name_of(error.kind())).c_str());
}

}  // namespace

int main() {
  heddle::Config config;
  config.fuel = true;
  heddle::Engine engine(config);
  heddle::Module module = heddle::Module::from_text(engine, kModule).value();
  heddle::Store store(engine, {.memory_bytes = 1 << 20});
  heddle::Instance instance = heddle::Linker(engine).instantiate(store, module).value();
  auto spin = instance.typed<void()>("spin").value();
  auto count = instance.typed<int32_t(int32_t)>("count").value();
  auto down = instance.typed<int32_t(int32_t)>("down").value();
  auto grow = instance.typed<int32_t(int32_t)>("grow").value();

  // Fuel bounds the work: the same on every machine.
  store.set_fuel(100'000).value();
  report("endless loop with fuel", spin().error());

  // A deadline bounds the time.
  store.set_fuel(UINT64_MAX).value();
  store.set_deadline(20ms).value();
  report("endless loop with a deadline", spin().error());
  store.clear_deadline();

  // Another thread may stop a store, whatever it does.
  heddle::InterruptHandle handle = store.interrupt_handle();
  std::thread watcher([handle] {
    std::this_thread::sleep_for(20ms);
    handle.interrupt();
  });
  report("endless loop interrupted", spin().error());
  watcher.join();

  // Deep recursion ends in an error, and a memory grows up to the store's limit. The store stays usable.
  report("endless recursion", down(100'000'000).error());
  std::printf("growing beyond the limit: %d\n", grow(1000).value());
  std::printf("counting to 1000: %d\n", count(1000).value());
}
