// Many calls in flight in one store: a component asks for pages, a pool of threads has them after a while, in
// whatever order. The component's functions wait; no thread does, but the one that drives the store.
#include <heddle/component.h>

#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

// size: async func(url: string) -> u32, the sum of the page's bytes. It reads the page as a stream.
constexpr const char* kCrawler = R"((component
  (type $bytes (stream u8))
  (import "web:api/pages" (instance $pages
    (export "fetch" (func async (param "url" string) (result (stream u8))))))
  (core module $libc
    (memory (export "memory") 1)
    (global $next (mut i32) (i32.const 4096))
    (func (export "realloc") (param i32 i32 i32 i32) (result i32)
      (global.get $next)
      (global.set $next (i32.and (i32.add (i32.add (global.get $next) (local.get 3)) (i32.const 7)) (i32.const -8)))))
  (core instance $libc (instantiate $libc))
  (core func $fetch (canon lower (func $pages "fetch") async (memory $libc "memory")))
  (core func $read (canon stream.read $bytes async (memory $libc "memory")))
  (core func $close (canon stream.drop-readable $bytes))
  (core func $return (canon task.return (result u32)))
  (core func $get (canon context.get i32 0))
  (core func $set (canon context.set i32 0))
  (core func $new (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $drop (canon subtask.drop))
  (core module $code
    (import "" "memory" (memory 1))
    (import "" "fetch" (func $fetch (param i32 i32 i32) (result i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "close" (func $close (param i32)))
    (import "" "return" (func $return (param i32)))
    (import "" "get" (func $get (result i32)))
    (import "" "set" (func $set (param i32)))
    (import "" "new" (func $new (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    ;; A call's own 512 bytes: the stream, the waitable set, the size so far, then the bytes.
    (global $next (mut i32) (i32.const 32768))
    (func (export "size") (param $url i32) (param $length i32) (result i32) (local $at i32) (local $status i32)
      (local.set $at (global.get $next))
      (global.set $next (i32.add (local.get $at) (i32.const 512)))
      (call $set (local.get $at))
      (i32.store offset=4 (local.get $at) (call $new))
      (local.set $status (call $fetch (local.get $url) (local.get $length) (local.get $at)))
      (if (i32.eq (i32.and (local.get $status) (i32.const 15)) (i32.const 2))
        (then (return (call $read-on (local.get $at)))))
      (call $wait-for (i32.shr_u (local.get $status) (i32.const 4)) (local.get $at)))
    (func $wait-for (param $what i32) (param $at i32) (result i32)
      (call $join (local.get $what) (i32.load offset=4 (local.get $at)))
      (i32.or (i32.const 2) (i32.shl (i32.load offset=4 (local.get $at)) (i32.const 4))))
    (func $read-on (param $at i32) (result i32) (local $got i32)
      (loop $more
        (local.set $got
          (call $read (i32.load (local.get $at)) (i32.add (local.get $at) (i32.const 16)) (i32.const 64)))
        (if (i32.eq (local.get $got) (i32.const -1))
          (then (return (call $wait-for (i32.load (local.get $at)) (local.get $at)))))
        (if (call $take (local.get $at) (local.get $got)) (then (br $more))))
      (i32.const 0))
    ;; Adds up what was read; 0: that was all.
    (func $take (param $at i32) (param $got i32) (result i32) (local $i i32)
      (block $done (loop $add
        (br_if $done (i32.ge_u (local.get $i) (i32.shr_u (local.get $got) (i32.const 4))))
        (i32.store offset=8 (local.get $at) (i32.add (i32.load offset=8 (local.get $at))
          (i32.load8_u offset=16 (i32.add (local.get $at) (local.get $i)))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $add)))
      (if (i32.eqz (i32.and (local.get $got) (i32.const 15))) (then (return (i32.const 1))))
      (call $join (i32.load (local.get $at)) (i32.const 0))
      (call $close (i32.load (local.get $at)))
      (call $return (i32.load offset=8 (local.get $at)))
      (i32.const 0))
    (func (export "callback") (param $event i32) (param $p1 i32) (param $p2 i32) (result i32)
      (if (i32.eq (local.get $event) (i32.const 1)) (then
        (if (i32.ne (local.get $p2) (i32.const 2)) (then (return (call $wait-on))))
        (call $drop (local.get $p1))
        (return (call $read-on (call $get)))))
      (if (call $take (call $get) (local.get $p2)) (then (return (call $read-on (call $get)))))
      (i32.const 0))
    (func $wait-on (result i32)
      (i32.or (i32.const 2) (i32.shl (i32.load offset=4 (call $get)) (i32.const 4)))))
  (core instance $i (instantiate $code (with "" (instance
    (export "memory" (memory $libc "memory")) (export "fetch" (func $fetch)) (export "read" (func $read))
    (export "close" (func $close)) (export "return" (func $return)) (export "get" (func $get))
    (export "set" (func $set)) (export "new" (func $new)) (export "join" (func $join))
    (export "drop" (func $drop))))))
  (func (export "size") async (param "url" string) (result u32)
    (canon lift (core func $i "size") async (callback (func $i "callback"))
      (memory $libc "memory") (realloc (func $libc "realloc")))))
)";

using Page = heddle::Result<std::vector<uint8_t>>;
using Size = heddle::TypedComponentFunc<uint32_t(std::string_view)>;

// Something of the embedder's that has its own threads.
class Web {
 public:
  explicit Web(heddle::EventLoop& loop) : loop_(loop) {}
  ~Web() {
    for (std::thread& thread : threads_) thread.join();
  }
  Web(const Web&) = delete;
  Web& operator=(const Web&) = delete;

  // A host function that waits: for a thread, which tells by the completer.
  heddle::Task<heddle::Result<heddle::StreamReader<uint8_t>>> fetch(std::string url) {
    heddle::Completion<std::vector<uint8_t>> page;
    threads_.emplace_back([url, completer = page.completer()] {
      if (url.empty()) return completer.complete(heddle::Trap("there is no page without a name")), void();
      std::vector<uint8_t> bytes(url.size() * 100, 1);
      completer.complete(std::move(bytes));
    });
    Page bytes = co_await page;
    if (!bytes) co_return bytes.error();
    auto [reader, writer] = heddle::make_stream<uint8_t>();
    loop_.spawn(send(std::move(writer), *std::move(bytes)));
    co_return std::move(reader);
  }

 private:
  static heddle::Task<> send(heddle::StreamWriter<uint8_t> to, std::vector<uint8_t> bytes) {
    static_cast<void>(co_await std::move(to).end_with(std::move(bytes)));
  }
  heddle::EventLoop& loop_;
  std::vector<std::thread> threads_;
};

heddle::Task<uint32_t> crawl(const Size& size, std::vector<std::string> urls) {
  std::vector<heddle::Task<heddle::Result<uint32_t>>> pages;
  pages.reserve(urls.size());
  for (const std::string& url : urls) pages.push_back(size.async(url));
  uint32_t sum = 0, i = 0;
  for (const heddle::Result<uint32_t>& bytes : co_await when_all(std::move(pages))) {
    std::printf("%-8s %4u\n", urls[i++].c_str(), bytes.value());
    sum += bytes.value();
  }
  co_return sum;
}

}  // namespace

int main() {
  heddle::Engine engine;
  heddle::Component component = heddle::Component::from_text(engine, kCrawler).value();
  heddle::Store store(engine);
  heddle::EventLoop loop(store);
  Web web(loop);
  heddle::ComponentLinker linker(engine);
  linker.define("web:api/pages#fetch", [&](std::string url) { return web.fetch(std::move(url)); });
  heddle::ComponentInstance instance = linker.instantiate(store, component).value();
  auto size = instance.get<uint32_t(std::string_view)>("size").value();

  // All at once.
  std::printf("together %4u\n", loop.run(crawl(size, {"a", "bcd", "ef", "ghijk"})).value());
  // One, as if it did not wait.
  std::printf("alone    %4u\n", size("xyz").value());
  // A call that nobody wants any more is cancelled, by its end.
  {
    heddle::Task<heddle::Result<uint32_t>> unwanted = size.async("never");
    loop.start(unwanted);
  }
  // What goes wrong in a host function ends the guest that called it.
  std::printf("%s\n", size("").error().message().c_str());
}
