// The smallest embedding: a module, a host function for it, a call.
#include <heddle/heddle.h>

#include <cstdio>

int main() {
  heddle::Engine engine;
  heddle::Module module = heddle::Module::from_text(engine, R"(
    (module
      (import "host" "print" (func $print (param i32)))
      (func (export "greet") (param $times i32) (result i32)
        (call $print (local.get $times))
        (i32.mul (local.get $times) (i32.const 2))))
  )")
                              .value();

  heddle::Linker linker(engine);
  linker.define("host", "print", [](int32_t n) { std::printf("hello %d times\n", n); });

  heddle::Store store(engine);
  heddle::Instance instance = linker.instantiate(store, module).value();
  auto greet = instance.typed<int32_t(int32_t)>("greet").value();
  std::printf("twice that is %d\n", greet(21).value());
}
