// A store (spec 4.2.3): everything one group of instances owns, used by one thread at a time, without locks. StoreContext is
// the part that code in execution reaches; machine code knows its layout.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/budget.h"
#include "runtime/engine.h"
#include "runtime/fiber.h"
#include "runtime/gc/heap.h"
#include "runtime/instance.h"
#include "runtime/memory.h"
#include "runtime/table.h"
#include "runtime/tier.h"
#include "runtime/trap.h"

namespace heddle::rt {

struct Activation;  // one run of the interpreter's loop or of machine code; exec/interp/frame.h

struct StoreContext {
  // Loop heads and function entries look here; nonzero asks to stop: see Interrupt. Set from any thread.
  std::atomic<uint32_t> poll{0};
  Slot* value_limit = nullptr;      // of the current fiber
  uintptr_t native_limit = 0;       // lowest stack address that may be used on the current native stack
  int64_t fuel = INT64_MAX;         // charged per basic block where metering is on; host calls charge too
  Fiber* fiber = nullptr;           // current
  Activation* activation = nullptr;  // innermost
};

// Bits of StoreContext::poll.
enum Interrupt : uint32_t { kInterrupted = 1, kDeadline = 2 };

struct Pending {
  Trap trap;
  Ref exception = 0;
  const FuncRef* tail_target = nullptr;
};

// A host function: called with its store, its arguments in slots, results expected in the same slots. Returns returned,
// threw (pending.exception set) or trapped (pending.trap set).
using HostCallback = Outcome (*)(void* env, Store& store, Slot* args);

struct HostFunc {
  FuncRef ref;
  FuncCode code;
  HostCallback callback = nullptr;
  void* env = nullptr;
  void (*drop)(void* env) = nullptr;
  TypeUse type;
  uint32_t fuel_cost = 0;
};

struct Store final : gc::RootSource {
  StoreContext context;
  std::shared_ptr<Engine> engine;
  uint64_t id = 0;
  Budget budget;
  gc::Heap heap;
  Pending pending;
  std::unique_ptr<Fiber> root;
  std::vector<std::unique_ptr<Fiber>> fibers;  // of continuations; released when done or collected
  uint32_t host_depth = 0;                     // nested host -> wasm calls
  bool poisoned = false;                       // an invariant broke: nothing runs in it any more
  std::string poison_reason;

  Instance host_instance;
  struct InstanceDeleter {
    void operator()(Instance* instance) const;
  };
  std::vector<std::unique_ptr<Instance, InstanceDeleter>> instances;
  std::vector<std::unique_ptr<HostFunc>> host_funcs;
  std::vector<std::shared_ptr<Memory>> memories;  // shared: a shared memory may be held by several stores
  std::vector<std::unique_ptr<Table>> tables;
  std::vector<std::unique_ptr<Global>> globals;  // made by the host; an instance's own lie in it
  std::vector<std::unique_ptr<Tag>> tags;
  std::vector<TypeUse> types;          // canonical types that host-made objects use
  std::vector<Ref*> precise_roots;     // handles of the embedder: registered while they live

  static Result<std::unique_ptr<Store>> create(std::shared_ptr<Engine> engine);
  ~Store();
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const TypeRegistry& types_of_engine() const { return engine->types; }
  FuncRef* add_host_func(TypeUse type, HostCallback callback, void* env, void (*drop)(void*));
  // Fails the current call: fills pending.trap and returns Outcome::trapped. Captures the backtrace.
  Outcome trap(ErrorCode code, std::string message = {});
  void visit_roots(gc::RootVisitor& visitor) override;  // everything the heap must keep
};

}  // namespace heddle::rt
