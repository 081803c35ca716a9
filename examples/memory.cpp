// Memory, from both sides: a host function that reads what the guest points to, the host that fills a buffer of the
// guest's, and a memory that two instances share.
#include <heddle/heddle.h>

#include <cstdio>
#include <cstring>
#include <string>

namespace {

constexpr const char* kLogger = R"(
  (module
    (import "host" "log" (func $log (param i32 i32)))
    (import "shared" "memory" (memory 1))
    (data (i32.const 16) "written by the guest")
    (func (export "run") (call $log (i32.const 16) (i32.const 20))))
)";

constexpr const char* kSummer = R"(
  (module
    (import "shared" "memory" (memory 1))
    (func (export "sum") (param $at i32) (param $count i32) (result i64)
      (local $sum i64)
      (loop $next
        (local.set $sum (i64.add (local.get $sum) (i64.load32_u (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 4)))
        (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
      (local.get $sum)))
)";

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Store store(engine);
  heddle::Memory memory = heddle::Memory::create(store, {.min_pages = 1, .max_pages = 4}).value();

  heddle::Linker linker(engine);
  linker.define("shared", "memory", memory);
  linker.define("host", "log", [memory](uint32_t address, uint32_t size) -> heddle::Result<void> {
    auto text = memory.slice(address, size);  // checked: the guest may point anywhere
    if (!text) return text.error();
    std::printf("log: %.*s\n", static_cast<int>(text->size()), reinterpret_cast<const char*>(text->data()));
    return {};
  });

  heddle::Module logger = heddle::Module::from_text(engine, kLogger).value();
  heddle::Module summer = heddle::Module::from_text(engine, kSummer).value();
  heddle::Instance first = linker.instantiate(store, logger).value();
  heddle::Instance second = linker.instantiate(store, summer).value();
  first.typed<void()>("run")->operator()().value();

  for (uint32_t i = 0; i < 100; ++i) memory.write<uint32_t>(1024 + 4 * i, i).value();
  auto sum = second.typed<int64_t(int32_t, int32_t)>("sum").value();
  std::printf("sum: %lld\n", static_cast<long long>(sum(1024, 100).value()));

  std::printf("pages: %llu, then ", static_cast<unsigned long long>(memory.grow(2).value()));
  std::printf("%llu\n", static_cast<unsigned long long>(memory.size_pages()));
  std::printf("beyond the end: %s\n", memory.read<uint64_t>(3 * 65536 - 4).error().message().c_str());
}
