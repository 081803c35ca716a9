// Many agents, each in a store of its own, and one linker for all: agent.h is made from agent.wit by `heddle bindgen
// cpp`. What an agent calls is a method of the object that its store has; the caller pays for it, in fuel.
#include <agent.h>

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace desk = wit::platform::agents::desk;
namespace world = wit::platform::agents::agent;

class Tally final : public desk::Tally {
 public:
  heddle::Result<uint32_t> add(heddle::ComponentCaller& caller, uint32_t n) override {
    if (heddle::Result<void> paid = caller.consume_fuel(100); !paid) return paid.error();
    return sum_ += n;
  }

 private:
  uint32_t sum_ = 0;
};

class Agent final : public desk::Host, public world::Host {
 public:
  Agent(std::string name, std::vector<uint8_t> mail) : name_(std::move(name)), mail_(std::move(mail)) {}
  heddle::Result<heddle::Own<desk::Tally>> new_tally(heddle::ComponentCaller&) override {
    return heddle::Own<desk::Tally>::of(std::make_shared<Tally>());
  }
  // The writer is a task of the caller's store.
  heddle::Result<heddle::StreamReader<uint8_t>> mail(heddle::ComponentCaller& caller) override {
    auto [reader, writer] = heddle::make_stream<uint8_t>();
    heddle::EventLoop(caller).spawn(send(std::move(writer), mail_));
    return std::move(reader);
  }
  heddle::Result<void> report(heddle::ComponentCaller&, uint32_t sum) override {
    std::printf("%s reports %u\n", name_.c_str(), sum);
    return {};
  }

 private:
  static heddle::Task<> send(heddle::StreamWriter<uint8_t> to, std::vector<uint8_t> bytes) {
    static_cast<void>(co_await std::move(to).end_with(std::move(bytes)));
  }
  std::string name_;
  std::vector<uint8_t> mail_;
};

// A component of that world, by hand: it reads a few bytes at a time.
constexpr const char* kAgent = R"((component
  (import "platform:agents/desk@1.0.0" (instance $desk
    (export "tally" (type $tally (sub resource)))
    (export "[constructor]tally" (func (result (own $tally))))
    (export "[method]tally.add" (func (param "self" (borrow $tally)) (param "n" u32) (result u32)))
    (export "mail" (func (result (stream u8))))))
  (import "report" (func $report (param "sum" u32)))
  (alias export $desk "tally" (type $tally))
  (type $bytes (stream u8))
  (core module $libc (memory (export "memory") 1))
  (core instance $libc (instantiate $libc))
  (core func $new (canon lower (func $desk "[constructor]tally")))
  (core func $add (canon lower (func $desk "[method]tally.add")))
  (core func $drop (canon resource.drop $tally))
  (core func $mail (canon lower (func $desk "mail")))
  (core func $read (canon stream.read $bytes async (memory $libc "memory")))
  (core func $close (canon stream.drop-readable $bytes))
  (core func $set (canon waitable-set.new))
  (core func $join (canon waitable.join))
  (core func $wait (canon waitable-set.wait (memory $libc "memory")))
  (core func $report (canon lower (func $report)))
  (core module $code
    (import "libc" "memory" (memory 1))
    (import "" "new" (func $new (result i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (import "" "mail" (func $mail (result i32)))
    (import "" "read" (func $read (param i32 i32 i32) (result i32)))
    (import "" "close" (func $close (param i32)))
    (import "" "set" (func $set (result i32)))
    (import "" "join" (func $join (param i32 i32)))
    (import "" "wait" (func $wait (param i32 i32) (result i32)))
    (import "" "report" (func $report (param i32)))
    (global $set (mut i32) (i32.const 0))
    ;; Waits until there are some bytes, or no more: how many, and in the lower four bits whether there may be more.
    (func $read-some (param $mail i32) (result i32) (local $got i32)
      (local.set $got (call $read (local.get $mail) (i32.const 0) (i32.const 4)))
      (if (i32.ne (local.get $got) (i32.const -1)) (then (return (local.get $got))))
      (call $join (local.get $mail) (global.get $set))
      (drop (call $wait (global.get $set) (i32.const 16)))
      (call $join (local.get $mail) (i32.const 0))
      (i32.load (i32.const 20)))
    (func (export "work") (local $tally i32) (local $mail i32) (local $got i32) (local $i i32) (local $sum i32)
      (global.set $set (call $set))
      (local.set $tally (call $new))
      (local.set $mail (call $mail))
      (loop $more
        (local.set $got (call $read-some (local.get $mail)))
        (local.set $i (i32.const 0))
        (block $done (loop $next
          (br_if $done (i32.ge_u (local.get $i) (i32.shr_u (local.get $got) (i32.const 4))))
          (local.set $sum (call $add (local.get $tally) (i32.load8_u (local.get $i))))
          (local.set $i (i32.add (local.get $i) (i32.const 1)))
          (br $next)))
        (br_if $more (i32.eqz (i32.and (local.get $got) (i32.const 15)))))
      (call $close (local.get $mail))
      (call $drop (local.get $tally))
      (call $report (local.get $sum))))
  (core instance $i (instantiate $code (with "libc" (instance $libc)) (with "" (instance
    (export "new" (func $new)) (export "add" (func $add)) (export "drop" (func $drop)) (export "mail" (func $mail))
    (export "read" (func $read)) (export "close" (func $close)) (export "set" (func $set))
    (export "join" (func $join)) (export "wait" (func $wait)) (export "report" (func $report))))))
  (func (export "work") async (canon lift (core func $i "work")))
))";

}  // namespace

int main() {
  heddle::Config config;
  config.fuel = true;
  heddle::Engine engine(config);
  heddle::Component component = heddle::Component::from_text(engine, kAgent).value();
  heddle::ComponentLinker linker(engine);
  world::add_to(linker, [](heddle::ComponentCaller& caller) -> Agent& { return caller.data<Agent>(); });

  for (uint8_t i = 0; i < 4; ++i) {
    Agent agent("agent " + std::to_string(i), std::vector<uint8_t>(size_t{10} * i, i));
    heddle::Store store(engine);
    store.set_data(&agent);
    store.set_fuel(3000).value();
    heddle::ComponentInstance instance = linker.instantiate(store, component).value();
    auto guest = world::Guest::from(instance).value();
    heddle::Result<void> worked = heddle::EventLoop(store).run(guest.work());
    if (!worked) std::printf("agent %d: %s\n", i, worked.error().message().c_str());
  }
}
