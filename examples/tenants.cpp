// One module, many tenants: a store for each on several threads, a linker for all. What one tenant does wrong, or
// keeps, the others do not see.
#include <heddle/heddle.h>

#include <atomic>
#include <cstdio>
#include <thread>
#include <vector>

namespace {

constexpr const char* kModule = R"(
  (module
    (import "tenant" "price" (func $price (param i32) (result i32)))
    (global $total (mut i32) (i32.const 0))
    (func (export "buy") (param $item i32) (result i32)
      (global.set $total (i32.add (global.get $total) (call $price (local.get $item))))
      (global.get $total))
    (func (export "crash") unreachable))
)";

struct Tenant {
  int32_t factor;
  std::atomic<int> calls{0};
};

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Module module = heddle::Module::from_text(engine, kModule).value();
  heddle::Linker linker(engine);
  linker.define("tenant", "price", [](heddle::Caller& caller, int32_t item) {
    auto& tenant = caller.data<Tenant>();
    ++tenant.calls;
    return item * tenant.factor;
  });

  constexpr int kThreads = 4, kStores = 250;
  std::atomic<int> right{0}, traps{0};
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kStores; ++i) {
        Tenant tenant{.factor = t + 1};
        heddle::Store store(engine);
        store.set_data(&tenant);
        heddle::Instance instance = linker.instantiate(store, module).value();
        auto buy = instance.typed<int32_t(int32_t)>("buy").value();
        if (!instance.typed<void()>("crash").value()()) ++traps;
        buy(10).value();
        if (buy(i).value() == (10 + i) * (t + 1) && tenant.calls == 2) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::printf("%d tenants, %d right, %d crashed and went on\n", kThreads * kStores, right.load(), traps.load());
}
