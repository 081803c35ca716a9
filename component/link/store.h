// What all instances of components in one store share: the specification's store on top of the engine's, and who owns
// what. Everything lives as long as it does.
//
// A trap is told once: it is captured where it happens (rt::Store::pending) and passed up as an error; `trapped` says
// so on the way.
#pragma once
#include <cstddef>
#include <list>
#include <memory>
#include <memory_resource>
#include <unordered_map>
#include <utility>
#include <vector>

#include "component/link/direct.h"
#include "component/link/items.h"

namespace heddle::component::link {

canon::CoreVal::Type core_type(heddle::ValType type);  // i64 for references: all their bits
uint64_t bits_of(const canon::CoreVal& value);         // as a slot has them
canon::CoreVals read_slots(const heddle::Part<heddle::ValType>& types, const rt::Slot* slots);

// A guest's memory as lifting and lowering see it.
class GuestMemory final : public canon::MemInst {
 public:
  explicit GuestMemory(rt::Memory& memory) : memory_(memory) { ptr_size = memory.type().addr64 ? 8 : 4; }
  std::span<uint8_t> bytes() override { return {memory_.base(), memory_.size()}; }

 private:
  rt::Memory& memory_;
};

// A core function as the definitions have it.
class CanonCall {
 public:
  CanonCall(ComponentStore& store, canon::CoreFuncInst func, heddle::TypeId type,
            const canon::ComponentInstance& caller)
      : store_(store), func_(std::move(func)), type_(type), caller_(caller) {}

  ComponentStore& store() const { return store_; }
  const canon::ComponentInstance& caller() const { return caller_; }
  Result<void> run(rt::Slot* args) const;

 private:
  ComponentStore& store_;
  const canon::CoreFuncInst func_;
  const heddle::TypeId type_;
  const canon::ComponentInstance& caller_;
};

// The index spaces of an instance while its definitions are walked, and what they refer to afterwards.
struct Frame {
  Frame(const Part& part, const Types& types, std::shared_ptr<const Loaded> loaded, const Frame* outer,
        canon::ComponentInstance& inst)
      : part(part), types(types), loaded(std::move(loaded)), outer(outer), inst(inst) {
    space.types = &types;
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  const Part& part;
  const Types& types;
  std::shared_ptr<const Loaded> loaded;
  const Frame* outer;
  canon::ComponentInstance& inst;
  canon::TypeSpace space;
  // Of what follows, which goes with the frame; a first piece that most need no more than.
  alignas(std::max_align_t) std::byte first_piece[2048];
  std::pmr::monotonic_buffer_resource memory{first_piece, sizeof(first_piece)};
  // Lists, for what is in them stays where it is.
  std::pmr::list<canon::FuncType> func_types{&memory};
  std::pmr::list<Options> options{&memory};
  std::pmr::list<LiftedFunc> lifted{&memory};
  std::pmr::list<CallPassage> passages{&memory};
  std::pmr::list<HostPassage> host_passages{&memory};
  std::pmr::list<DirectCall> direct_calls{&memory};
  std::pmr::list<HostCall> host_calls{&memory};
  std::pmr::list<StoredHostCall> stored_host_calls{&memory};
  std::pmr::list<CanonCall> canon_calls{&memory};

  std::pmr::vector<std::shared_ptr<rt::Module>> core_modules{&memory};
  std::pmr::vector<CoreInstanceItem> core_instances{&memory};
  std::pmr::vector<rt::FuncRef*> core_funcs{&memory};
  std::pmr::vector<rt::Table*> core_tables{&memory};
  std::pmr::vector<rt::Memory*> core_memories{&memory};
  std::pmr::vector<rt::Global*> core_globals{&memory};
  std::pmr::vector<rt::Tag*> core_tags{&memory};
  std::pmr::vector<FuncItem> funcs{&memory};
  std::pmr::vector<TypeItem> type_items{&memory};
  std::pmr::vector<ValueItem> values{&memory};
  std::pmr::vector<ComponentItem> components{&memory};
  std::pmr::vector<std::shared_ptr<const InstanceItem>> instances{&memory};
};

class ComponentStore {
 public:
  explicit ComponentStore(rt::Store& core, const canon::Choices& choices = canon::Choices(),
                          bool donut_wrapping = true);
  ~ComponentStore();
  ComponentStore(const ComponentStore&) = delete;
  ComponentStore& operator=(const ComponentStore&) = delete;

  rt::Store& core() { return canon_.core; }
  canon::Store& canon() { return canon_; }
  Frame& add_frame(const Part& part, const Types& types, std::shared_ptr<const Loaded> loaded, const Frame* outer,
                   canon::ComponentInstance* parent);
  GuestMemory& memory(rt::Memory& memory);  // one each, which options are compared by

  // A core function as the definitions call it; and the other way round a CanonCall, or one of direct.h, which runs
  // with its arguments in slots and leaves its results there.
  canon::CoreFuncInst from_core(rt::FuncRef& func);
  template <class Call>
  rt::FuncRef* to_core(Call& call, heddle::TypeId type) {
    auto run = [](void* env, rt::Store&, rt::Slot* args) {
      Call& call = *static_cast<Call*>(env);
      const Result<void> done = call.run(args);
      if (!done.ok()) [[unlikely]]
        return call.store().fail(done.error());
      if (call.caller().has_ended())
          [[unlikely]]  // while it was on the stack: an allocator, for another call's result
        return call.store().fail(Error{ErrorCode::cannot_enter});
      return rt::Outcome::returned;
    };
    return core().add_host_func(type, run, &call, nullptr);
  }
  // Calls a function as the definitions have it by what core code gave.
  Result<void> call_canon(const canon::CoreFuncInst& func, heddle::TypeId type, rt::Slot* args);
  Result<canon::CoreVals> call_core(const rt::FuncRef& func, std::span<const canon::CoreVal> args);

  // Runs `f` as a task until it has resolved; the arguments are given, the result is returned. deadlock where it
  // cannot go on.
  Result<std::vector<canon::Val>> call(const canon::FuncInst& f, std::vector<canon::Val> args);
  // Ends the call from below: with the trap that is captured already, or one of `error`.
  rt::Outcome fail(const Error& error);
  Error fail(rt::Outcome outcome);  // a call of a core function that did not return
  void begin() { trapped_ = false; }
  std::string message_of(const Error& error) const;  // of one that a call ended with

 private:
  canon::Store canon_;
  bool trapped_ = false;
  std::vector<std::unique_ptr<Frame>> frames_;
  std::unordered_map<rt::Memory*, GuestMemory> memories_;
  ElementPlans element_plans_;
};

}  // namespace heddle::component::link
