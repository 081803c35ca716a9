// Strands: guest and C++ code that stops below one another and is gone on with, its references alive meanwhile.
#include "runtime/strand.h"

#include <vector>

#include "exec/support.h"

using namespace heddle;
using testing::i32;
using testing::World;

namespace {

// A host function parks the strand that calls it; what the guest holds on its stack is needed afterwards.
constexpr std::string_view kGuest = R"((module
  (import "h" "park" (func $park))
  (import "h" "again" (func $again (param i32)))
  (type $s (struct (field i32)))
  (func (export "f") (param i32) (result i32)
    (local $kept (ref null $s))
    (local.set $kept (struct.new $s (local.get 0)))
    (call $park)
    (drop (struct.new $s (i32.const 9)))
    (call $park)
    (i32.add (struct.get $s 0 (local.get $kept)) (i32.const 1)))
  (memory 1)
  (func (export "trap") (call $park) (unreachable))
  (func (export "fault") (call $park) (drop (i32.load (i32.const 0x7fffffff))))
  (func (export "nest") (param i32)
    (if (local.get 0) (then (call $again (i32.sub (local.get 0) (i32.const 1))))))
  (func $deep (export "deep") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (call $park) (i32.const 0))
      (else (i32.add (i32.const 1) (call $deep (i32.sub (local.get 0) (i32.const 1))))))))
)";

struct Calls {
  explicit Calls(const rt::EngineConfig& config = {}) : world(config) {
    const DefType& none = *new_type("(func)");
    rt::FuncRef* park = world.store->add_host_func(
        none.id,
        [](void* env, rt::Store&, rt::Slot*) {
          static_cast<Calls*>(env)->current->park();
          return rt::Outcome::returned;
        },
        this, nullptr);
    world.names.objects.emplace("h.park", exec::Extern::of(park));
    rt::FuncRef* again = world.store->add_host_func(
        new_type("(func (param i32))")->id,
        [](void* env, rt::Store&, rt::Slot* args) {
          Calls& calls = *static_cast<Calls*>(env);
          calls.world.call(*calls.instance, "nest", {i32(static_cast<uint32_t>(args[0]))});
          return calls.world.outcome;
        },
        this, nullptr);
    world.names.objects.emplace("h.again", exec::Extern::of(again));
    instance = &world.instantiate(kGuest);
  }

  struct Call {
    Calls& calls;
    std::string name;
    uint32_t argument;
    uint64_t result = 0;
    ErrorCode trap = ErrorCode::none;
    std::unique_ptr<rt::Strand> strand;
  };

  std::unique_ptr<Call> start(std::string name, uint32_t argument = 0) {
    auto call = std::make_unique<Call>(Call{*this, std::move(name), argument, 0, ErrorCode::none, nullptr});
    call->strand = rt::Strand::create(*world.store).value();
    call->strand->start(
        [](void* opaque) {
          Call& c = *static_cast<Call*>(opaque);
          std::vector<exec::Val> args;
          if (c.name != "trap" && c.name != "fault") args.push_back(i32(c.argument));
          c.result = c.calls.world.call(*c.calls.instance, c.name, args);
          c.trap = c.calls.world.trap_code();
        },
        call.get());
    return call;
  }
  void resume(Call& call) {
    rt::Strand* outer = current;
    current = call.strand.get();
    CHECK(call.strand->resume().ok());
    current = outer;
  }

  const DefType* new_type(const std::string& type) {
    holders.push_back(world.load("(module (type " + type + "))"));
    return &world.engine->types[holders.back()->type_id(TypeIdx{0})];
  }
  uint64_t paid() const { return world.store->budget.used(rt::Resource::component_bytes); }

  World world;
  std::vector<std::shared_ptr<rt::Module>> holders;
  rt::Instance* instance = nullptr;
  rt::Strand* current = nullptr;
};

}  // namespace

TEST_CASE("strands stop and go on in any order, and keep what they hold") {
  for (const bool zeal : {false, true}) {
    rt::EngineConfig config;
    config.gc_zeal = zeal;
    Calls calls(config);
    std::vector<std::unique_ptr<Calls::Call>> all;
    for (uint32_t i = 0; i < 20; ++i) all.push_back(calls.start("f", i));
    for (auto& call : all) calls.resume(*call);
    calls.world.store->heap.collect();
    for (size_t i = all.size(); i-- > 0;) calls.resume(*all[i]);
    calls.world.store->heap.collect();
    for (auto& call : all) {
      CHECK(call->strand->in_the_middle());
      calls.resume(*call);
      CHECK(!call->strand->in_the_middle());
      CHECK(call->result == call->argument + 1);
    }
  }
}

TEST_CASE("a strand can begin again, after a trap too") {
  Calls calls;
  auto call = calls.start("trap");
  calls.resume(*call);
  calls.resume(*call);
  CHECK(call->trap == ErrorCode::unreachable_executed);
  CHECK(calls.world.store->host_depth == 0);
  call->name = "f";
  call->argument = 4;
  auto again = calls.start("f", 4);
  again->strand.swap(call->strand);
  again->strand->start(
      [](void* opaque) {
        auto& c = *static_cast<Calls::Call*>(opaque);
        c.result = c.calls.world.call(*c.calls.instance, c.name, {i32(c.argument)});
      },
      again.get());
  for (int i = 0; i < 3; ++i) calls.resume(*again);
  CHECK(again->result == 5);
  call->strand.reset();
}

TEST_CASE("a fault on a strand is a trap") {
  for (const rt::MemoryMode mode : {rt::MemoryMode::guard, rt::MemoryMode::checked}) {
    rt::EngineConfig config;
    config.memory = mode;
    Calls calls(config);
    auto outer = calls.start("f", 1);
    calls.resume(*outer);
    for (int i = 0; i < 3; ++i) {
      auto call = calls.start("fault");
      calls.resume(*call);
      calls.resume(*call);
      CHECK(call->trap == ErrorCode::out_of_bounds_memory);
      CHECK(calls.world.store->pending.trap.frames.size() == 1);
    }
    calls.resume(*outer);
    calls.resume(*outer);
    CHECK(outer->result == 2);
  }
}

TEST_CASE("strands nest, each with a stack of its own") {
  Calls calls;
  auto deep = calls.start("deep", 100);
  calls.resume(*deep);
  auto other = calls.start("f", 1);
  calls.resume(*other);
  calls.resume(*deep);
  CHECK(deep->result == 100);
  calls.resume(*other);
  calls.resume(*other);
  CHECK(other->result == 2);
}

TEST_CASE("strands cost their store's budget") {
  World world;
  world.store->budget.set_limit(rt::Resource::stack_bytes,
                                world.store->budget.used(rt::Resource::stack_bytes) + (uint64_t{4} << 20));
  std::vector<std::unique_ptr<rt::Strand>> strands;
  ErrorCode refused = ErrorCode::none;
  for (int i = 0; i < 100 && refused == ErrorCode::none; ++i) {
    auto made = rt::Strand::create(*world.store);
    if (made.ok()) {
      strands.push_back(std::move(made).value());
    } else {
      refused = made.error().code;
    }
  }
  CHECK(refused == ErrorCode::budget_exceeded);
  strands.clear();
  CHECK(rt::Strand::create(*world.store).ok());
}

TEST_CASE("a strand costs as much of its stacks as has been used, while it is somebody's") {
  Calls calls;
  auto shallow = calls.start("f", 1);
  const uint64_t first = calls.paid();
  auto deep = calls.start("deep", 4000);
  calls.resume(*deep);
  const uint64_t grown = calls.paid();
  CHECK(grown > 2 * first + (uint64_t{128} << 10));
  calls.resume(*deep);
  CHECK(deep->result == 4000);
  CHECK(calls.paid() == grown);  // what it has used is resident still
  deep->strand->pay_back();
  CHECK(calls.paid() < grown - (uint64_t{128} << 10));
  REQUIRE(deep->strand->pay());
  CHECK(calls.paid() <= 2 * first + (uint64_t{64} << 10));
  deep.reset();
  shallow.reset();
  CHECK(calls.paid() == 0);
}

TEST_CASE("a strand that has to stop where it cannot pay, or at the end of its stacks") {
  Calls calls;
  rt::Budget& budget = calls.world.store->budget;
  for (const char* name : {"deep", "nest"}) {
    CAPTURE(std::string(name));
    const uint32_t more = name == std::string("deep") ? 4000 : 150;
    auto call = calls.start(name, more);
    budget.set_limit(rt::Resource::component_bytes, calls.paid() + (uint64_t{16} << 10));
    calls.resume(*call);
    CHECK(call->trap == ErrorCode::budget_exceeded);
    budget.set_limit(rt::Resource::component_bytes, rt::Budget::kComponentBytes);
    call = calls.start(name, 1'000'000);
    calls.resume(*call);
    CHECK(call->trap == ErrorCode::call_stack_exhausted);
    CHECK(calls.paid() < (uint64_t{2} << 20));
  }
}

TEST_CASE("a strand for which only the first pages can be paid has no more") {
  Calls calls;
  rt::Budget& budget = calls.world.store->budget;
  auto call = calls.start("deep", 400);
  const uint64_t first = calls.paid();
  calls.resume(*call);
  calls.resume(*call);
  CHECK(calls.paid() > first);
  call->strand->pay_back();
  CHECK(calls.paid() == 0);
  budget.set_limit(rt::Resource::component_bytes, first);
  REQUIRE(call->strand->pay());
  CHECK(calls.paid() == first);
  auto other = rt::Strand::create(*calls.world.store);
  CHECK(other.error().code == ErrorCode::budget_exceeded);
}
