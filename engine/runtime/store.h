// A store (spec 4.2.3): everything one group of instances owns, used by one thread at a time, without locks.
// StoreContext is the part that code in execution reaches; machine code knows its layout.
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

class Strand;       // runtime/strand.h
struct Activation;  // one run of the interpreter's loop or of machine code; exec/interp/frame.h

struct StoreContext {
  // Loop heads and function entries look here; nonzero asks to stop: see Interrupt. Set from any thread.
  std::atomic<uint32_t> poll{0};
  Slot* value_limit = nullptr;       // of the current fiber
  uintptr_t native_limit = 0;        // lowest stack address that may be used on the current native stack
  int64_t fuel = INT64_MAX;          // charged per basic block where metering is on; host calls charge too
  Fiber* fiber = nullptr;            // current
  Activation* activation = nullptr;  // innermost

  // What a poll word that is not zero asks for. An interruption is consumed by the call it ends; a deadline stays.
  ErrorCode take_interruption() {
    if (!(poll.load(std::memory_order_relaxed) & kInterrupted)) return ErrorCode::deadline_exceeded;
    poll.fetch_and(~uint32_t{kInterrupted}, std::memory_order_relaxed);
    return ErrorCode::interrupted;
  }
};

struct Pending {
  Trap trap;
  Ref exception = 0;
  const FuncRef* tail_target = nullptr;
};

// A host function: called with its store, its arguments in slots, results expected in the same slots. Returns
// returned, threw (pending.exception set) or trapped (pending.trap set).
using HostCallback = Outcome (*)(void* env, Store& store, Slot* args);

struct HostFunc final : FuncCode {
  FuncRef ref;
  HostCallback callback = nullptr;
  void* env = nullptr;
  void (*drop)(void* env) = nullptr;
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
  std::vector<std::unique_ptr<Fiber>> fibers;        // of continuations, at their store_index
  std::vector<std::unique_ptr<Fiber>> spare_fibers;  // released ones: cont.new maps nothing in the long run
  uint32_t host_depth = 0;                           // nested host -> wasm calls
  bool poisoned = false;                             // an invariant broke: nothing runs in it any more
  bool closing = false;                              // the destructor runs
  std::string poison_reason;
  void* embedder = nullptr;                  // the public API's own (api/internal.h)
  std::shared_ptr<Interruptor> interruptor;  // how other threads and deadlines reach context.poll

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
  std::vector<TypeUse> types;        // canonical types that host-made objects use
  std::vector<Strand*> strands;      // all there are: owned by the tier above, which ends them before the store
  Strand* strand = nullptr;          // what runs now, unless it is the thread's own stack
  std::vector<Ref*> precise_roots;   // of C++ code on this thread's stack: last in, first out (ScopedRoot)
  std::vector<Ref> handles;          // references the embedder holds, by handle; free ones are chained through
  uint32_t free_handle = kNoHandle;  // their values

  static constexpr uint32_t kNoHandle = 0xffffffff;

  static Result<std::unique_ptr<Store>> create(std::shared_ptr<Engine> engine);
  ~Store();
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // `env` is handed to each call and dropped with the store. The type is held by the caller or by `types`.
  FuncRef* add_host_func(TypeId type, HostCallback callback, void* env, void (*drop)(void*));
  // The same, and the store holds the type.
  FuncRef* add_host_func(TypeUse type, HostCallback callback, void* env, void (*drop)(void*));
  // Keeps a shared memory of another store alive as long as this one.
  void adopt(const std::shared_ptr<Memory>& memory);

  // Takes fuel for work of the host's on the guest's behalf. False where less is left: then none is, and the caller
  // traps with out_of_fuel. Costs nothing where the engine does not count.
  [[nodiscard]] bool consume_fuel(uint64_t fuel);
  // Gives back what was taken for more work than was done.
  void return_fuel(uint64_t fuel) {
    if (engine->config.fuel) context.fuel += static_cast<int64_t>(fuel);
  }

  // For work of the host's that takes long: an error where it has been asked to stop.
  Result<void> stop_if_asked() {
    if (context.poll.load(std::memory_order_relaxed) == 0) [[likely]]
      return {};
    return context.take_interruption();
  }
  std::string words_of(ErrorCode code) const;  // of a failure just now: with what was refused
  // Fails the current call: fills pending.trap and returns Outcome::trapped. Captures the backtrace, but for exits.
  Outcome trap(ErrorCode code, std::string message = {});
  Outcome trap_interrupted() { return trap(context.take_interruption()); }  // the poll word is not zero
  // From now on every call traps: an invariant broke that a guest might have a hand in.
  void poison(std::string reason);
  // Every call that runs at `at_ns` of os::monotonic_ns() traps, and so does every later one until the deadline is
  // cleared.
  void set_deadline(uint64_t at_ns) { engine->watchdog.arm(interruptor, at_ns); }
  void clear_deadline() { engine->watchdog.disarm(interruptor); }
  // Takes back an interruption that nothing has met.
  void clear_interrupt() { interruptor->clear(kInterrupted); }

  // A fiber for a continuation: fresh, its value stack empty. Owned by the store until it is released.
  Result<Fiber*> add_fiber();
  void release_fiber(Fiber* fiber);
  // Makes `fiber` the current one.
  void switch_to(Fiber* fiber) {
    context.fiber = fiber;
    context.value_limit = fiber->value_limit;
  }
  // Where a stack's limit is in the way: on a strand, moves it, and has the budget pay for it. Else, and where there
  // is no more, call_stack_exhausted.
  ErrorCode make_value_room(const Slot* top);
  ErrorCode make_native_room();

  uint32_t add_handle(Ref ref);
  void drop_handle(uint32_t handle);
  void visit_roots(gc::RootVisitor& visitor) override;  // everything the heap must keep
};

// A reference in C++ code that must survive a collection. Scopes nest.
class ScopedRoot {
 public:
  ScopedRoot(Store& store, Ref* ref) : store_(store) { store_.precise_roots.push_back(ref); }
  ~ScopedRoot() { store_.precise_roots.pop_back(); }
  ScopedRoot(const ScopedRoot&) = delete;
  ScopedRoot& operator=(const ScopedRoot&) = delete;

 private:
  Store& store_;
};

}  // namespace heddle::rt
