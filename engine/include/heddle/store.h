// Store (spec 4.2.3): everything a group of instances owns. Stores are independent of each other: what goes wrong in
// one leaves the others as they are, and when it goes, all of it goes.
//
// Threads: a store and every handle to something in it (Instance, Func, Memory, ExternRef, ...) belong to one thread
// at a time; only InterruptHandle may be used from any. Different stores may run on different threads.
//
// Ownership: the store owns what is in it, handles do not keep it alive. A handle whose store is gone may still be
// copied and destroyed; using it is an error (misuse), never undefined. The same goes for a handle used with another
// store.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include <heddle/engine.h>
#include <heddle/result.h>

namespace heddle::api {

// What a store may use; empty: as much as there is. A guest that wants more gets what the specification says
// (memory.grow and table.grow give -1) or an exhaustion error.
struct Limits {
  std::optional<uint64_t> memory_bytes{};    // of all linear memories together; a shared one counts with its maximum
  std::optional<uint64_t> table_elements{};  // of all tables
  std::optional<uint64_t> gc_bytes{};        // of live structs, arrays, exceptions
  std::optional<uint64_t> instances{};
  std::optional<uint64_t> stack_bytes{};  // of the stacks of continuations
  // Of what the host keeps for components: instances, handles, calls that wait, values on their way. 256 MiB. Calls
  // that may wait are begun only while an eighth of it is left, or 64 KiB, so that those which have begun can go on.
  std::optional<uint64_t> component_bytes{};
};

// A store that is not owned: what functions take. A Store and a Caller convert to it.
class StoreRef {
 public:
  StoreRef(const Store& store);
  StoreRef(const Caller& caller);

  // Fuel left for guests to use; fails unless Config::fuel is on. A call that needs more ends with out_of_fuel.
  // Stores start with as much as there can be.
  Result<void> set_fuel(uint64_t fuel) const;
  Result<uint64_t> fuel() const;
  // Takes fuel for work that a host function does for the guest, before it does it: the call itself costs only
  // Config::host_call_fuel, however long it takes. out_of_fuel where less is left: then all of it is gone, and the
  // function hands the error on, which ends the guest. Free where the engine does not count.
  Result<void> consume_fuel(uint64_t fuel) const;

  // Calls that are still running `from_now` end with a deadline error, and so do later ones, until the deadline is
  // cleared or replaced. Fails unless Config::interruptible is on.
  Result<void> set_deadline(std::chrono::nanoseconds from_now) const;
  void clear_deadline() const;
  // An interruption that came when nothing ran any more would end the next call: this takes it back.
  void clear_interrupt() const;

  // Frees what the guests cannot reach any more. Happens by itself; this is for measurements and tests.
  void collect_garbage() const;
  uint64_t gc_live_bytes() const;

  // A pointer of the embedder's own, for its host functions (Caller::data). Not looked at, not owned.
  void set_data(void* data) const;
  void* data() const;

 private:
  friend struct detail::Access;
  detail::StoreCell* cell_;
};

// Stops what runs in a store. Copyable, usable from any thread (but not in a signal handler: it takes a lock), and
// safe when the store is gone.
class InterruptHandle {
 public:
  // The call that is running, or else the next one, ends with an `interrupted` error within microseconds: at the next
  // loop iteration or call of the guest. Host functions are not interrupted. A component's instance in which a call
  // is ended so has trapped; a call that has not begun harms nobody.
  void interrupt() const;

 private:
  friend struct detail::Access;
  explicit InterruptHandle(std::shared_ptr<rt::Interruptor> interruptor) : interruptor_(std::move(interruptor)) {}
  std::shared_ptr<rt::Interruptor> interruptor_;
};

class Store {
 public:
  // Without memory for it the store is made all the same, and every use of it says so (see `status`).
  explicit Store(const Engine& engine, const Limits& limits = {});
  ~Store();
  Store(Store&& other) noexcept = default;
  Store& operator=(Store&& other) noexcept;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  Result<void> status() const;

  Result<void> set_fuel(uint64_t fuel) { return StoreRef(*this).set_fuel(fuel); }
  Result<uint64_t> fuel() const { return StoreRef(*this).fuel(); }
  Result<void> consume_fuel(uint64_t fuel) { return StoreRef(*this).consume_fuel(fuel); }
  Result<void> set_deadline(std::chrono::nanoseconds from_now) { return StoreRef(*this).set_deadline(from_now); }
  void clear_deadline() { StoreRef(*this).clear_deadline(); }
  void clear_interrupt() { StoreRef(*this).clear_interrupt(); }
  InterruptHandle interrupt_handle() const;
  void collect_garbage() { StoreRef(*this).collect_garbage(); }
  uint64_t gc_live_bytes() const { return StoreRef(*this).gc_live_bytes(); }
  void set_data(void* data) { StoreRef(*this).set_data(data); }
  void* data() const { return StoreRef(*this).data(); }

 private:
  friend struct detail::Access;
  std::shared_ptr<detail::StoreCell> cell_;
};

}  // namespace heddle::api
