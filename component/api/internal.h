// What stands behind the public handles of components, on top of engine/api/internal.h. A store's components are one
// State, made when the first is instantiated; it goes before the store does, and all that refers to it by the
// StoreCell finds it gone from then on.
//
// Everything here runs on the store's thread, but for Loop::tell, Loop::wake_up and Signal::set.
#pragma once
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/internal.h"
#include "component/canon/stream.h"
#include "component/link/instantiate.h"

#include <heddle/component.h>

namespace heddle::api::detail {

namespace canon = ::heddle::component::canon;
namespace link = ::heddle::component::link;

// --- types.cpp

// How the world of a component calls its types: "shop:api/prices@1.0.0#item". A resource type that has several names
// is known by the first. For one thread: names are looked for when the first is asked for.
class TypeNames {
 public:
  explicit TypeNames(std::shared_ptr<const link::Loaded> loaded) : loaded_(std::move(loaded)) {}
  std::shared_ptr<const TypeName> find(component::TypeId id) const;  // null: it has none
  const component::Types& types() const { return loaded_->checked.types; }

 private:
  using Interface = std::shared_ptr<const std::string>;
  struct Name {
    const Interface* interface = nullptr;
    std::string_view label;
    std::shared_ptr<const TypeName> made{};  // once it has been asked for
  };
  void add(const component::Items& items, const Interface* interface) const;

  const std::shared_ptr<const link::Loaded> loaded_;
  mutable bool complete_ = false;
  mutable std::deque<Interface> interfaces_;
  mutable std::unordered_map<uint64_t, Name> names_;  // by TypeId; by Types::identity() of resources
};

// `t` may be absent: then null.
std::shared_ptr<const WitType> wit_type(const canon::T& t);
// `definition`: the function type as the world of `names` has it.
std::shared_ptr<const WitFunc> wit_func(std::string name, const canon::FuncType& type,
                                        const component::Type& definition, const TypeNames& names);
std::optional<component::Primitive> primitive_of(WitKind kind);
canon::FuncType func_type(const canon::TypeSpace& space, const component::Type& definition, bool async);
// Makes items of what a component has, for people; they share the types that they look at.
class Lister {
 public:
  explicit Lister(std::shared_ptr<const link::Loaded> loaded);
  ~Lister();
  Lister(const Lister&) = delete;
  Lister& operator=(const Lister&) = delete;
  ComponentItem item(const component::Entity& entity, std::string name);
  // All, and what is in the instances among them (see ComponentItem).
  std::vector<ComponentItem> all(const component::Items& items);

 private:
  void list_into(std::vector<ComponentItem>& all, const component::Items& items, const std::string& prefix,
                 uint64_t& left);
  struct Types;
  std::unique_ptr<Types> types_;
};

// A function of a store's.
struct FuncData : WitFunc {
  explicit FuncData(WitFunc type) : WitFunc(std::move(type)) {}
  canon::FuncInst inst;
  const link::LiftedFunc* lifted = nullptr;  // of a component
  std::vector<canon::T> param_types;
};

// --- value.cpp

uint64_t bytes_of(const Value& value);  // about so many, in the host's memory

// What a store has been charged for values of its guests that the host keeps; given back when they go.
class Charge {
 public:
  explicit Charge(std::shared_ptr<StoreCell> cell) : cell_(std::move(cell)) {}
  ~Charge();
  Charge(const Charge&) = delete;
  Charge& operator=(const Charge&) = delete;
  [[nodiscard]] bool add(uint64_t bytes);  // false: the store may not use so much

 private:
  const std::shared_ptr<StoreCell> cell_;
  uint64_t bytes_ = 0;
};

// --- component_val.cpp

// Where text is no WAVE: its place in bytes, in words.
Error wave_error(const ::heddle::Error& error, const ErrorSink& sink);

// --- stored.cpp

struct StoredCall : link::StoredValues {
  std::optional<Outgoing> out;
};

// A memory of the thread's that is not in use, and goes back to those of the thread that lets go of it.
struct BackToSpare {
  void operator()(link::HostMemory* memory) const;
};
using SpareMemory = std::unique_ptr<link::HostMemory, BackToSpare>;
SpareMemory take_spare_memory();

// As trees; or `stored`, where there are no handles, in memory: arguments until they have been taken, the result from
// when there is one.
struct CallValues {
  explicit CallValues(StoreCell* cell) : out(cell) {}
  std::vector<Value> args;
  Value result;
  bool stored = false;
  SpareMemory args_memory, result_memory;
  Outgoing out;
};

// --- wake.cpp

// Wakes a thread that polls a descriptor.
class Wake {
 public:
  Wake() = default;
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;
  bool open();
  bool is_open() const { return reading_ >= 0; }
  int fd() const { return reading_; }
  void signal() const;
  void clear() const;
  void wait() const;

 private:
  int reading_ = -1, writing_ = -1;
};

// --- loop.cpp

struct Loop {
  // Something to do on the store's thread, in their order, with what is kept until then. F has no captures.
  template <class T, class F>
  void later(std::shared_ptr<T> what, F) {
    static_assert(std::is_empty_v<F>);
    ready.push_back({std::move(what), [](void* it) { F()(*static_cast<T*>(it)); }});
    tell_of_work();
  }
  // The descriptor becomes readable, for who looks at nothing else: there is, or may be, something to do.
  void tell_of_work() {
    if (wake.is_open() && !driven && !any_told) wake_up();
  }
  // The operation is done: who waits for it goes on.
  void resume(std::shared_ptr<Operation> operation);
  void tell(std::shared_ptr<Signal> signal);  // from any thread
  void wake_up();                             // from any thread
  void drain();
  int fd();
  void wait();  // until there is something to drain, or somebody woke it

  struct Action {
    std::shared_ptr<void> what;
    void (*act)(void* what) = nullptr;
  };
  std::deque<Action> ready;
  size_t waiting = 0;   // tasks, for signals
  bool driven = false;  // by somebody who goes on until nothing is ready
  std::atomic<bool> any_told{false};
  std::mutex lock;  // of what follows
  std::vector<std::shared_ptr<Signal>> told;
  Wake wake;
};

class State;

// --- what is under way in a store, and ends in any order

template <class T>
class Listed {
 public:
  std::optional<typename std::list<std::shared_ptr<T>>::iterator> place{};

 private:
  friend T;
  Listed() = default;
};

template <class T>
class UnderWay {
 public:
  using All = std::list<std::shared_ptr<T>>;
  void add(std::shared_ptr<T> it) {
    T& added = *it;
    added.place = all_.insert(all_.end(), std::move(it));
  }
  std::shared_ptr<T> remove(T& it) {  // null: it is not there
    const auto place = std::exchange(it.place, std::nullopt);
    if (!place) return nullptr;
    std::shared_ptr<T> removed = std::move(**place);
    all_.erase(*place);
    return removed;
  }
  All take() {
    for (const std::shared_ptr<T>& it : all_) it->place.reset();
    return std::move(all_);
  }
  const All& all() const { return all_; }
  bool empty() const { return all_.empty(); }

 private:
  All all_;
};

// --- calls of the embedder's: call.cpp

struct Call final : Operation, Listed<Call>, canon::Caller, std::enable_shared_from_this<Call> {
  Call(std::shared_ptr<StoreCell> cell, std::shared_ptr<const WitFunc> func, std::shared_ptr<CallValues> values)
      : cell(std::move(cell)), func(std::move(func)), values(std::move(values)) {}
  ~Call() override;
  void begin() override;    // soon
  void abandon() override;  // asks for its cancellation
  ::heddle::Result<std::vector<Value>> on_start() override;
  ::heddle::Result<void> on_resolve(std::optional<std::vector<Value>> result) override;
  ::heddle::Result<std::optional<canon::CoreVals>> on_start_flat(canon::LiftLowerContext& callee) override;
  ::heddle::Result<bool> on_resolve_flat(canon::LiftLowerContext& callee, std::span<const canon::CoreVal> result,
                                         size_t max_flat) override;
  void begin_now(State& state);
  void cancel_later(State& state);
  ::heddle::Result<canon::OnCancel> invoke(State& state);
  ::heddle::Result<bool> invoke_at_once(State& state);
  bool is_at_once() const;  // it never waits
  // SAFETY: functions of handles are FuncData, all of them.
  const FuncData& data() const { return static_cast<const FuncData&>(*func); }
  void answered();
  bool keep(uint64_t bytes);
  void finish();
  void fail(Error why);

  const std::shared_ptr<StoreCell> cell;
  const std::shared_ptr<const WitFunc> func;
  const std::shared_ptr<CallValues> values;
  canon::OnCancel on_cancel;
  std::optional<Error> error;
  std::optional<Charge> kept;  // for the result, until somebody has it
  bool started = false;        // the component has its arguments
  bool resolved = false;       // the component has answered, whether somebody listens or not
};

// Lets go of what a value has that nobody took.
void discard(StoreCell* cell, const WitType& type, Value& value);

// --- calls of host functions that are tasks: host.cpp

struct HostCall final : canon::Callee, Listed<HostCall>, std::enable_shared_from_this<HostCall> {
  bool keep(uint64_t bytes);
  void ended();  // the task
  ::heddle::Result<void> on_cancel(canon::ComponentInstance* from) override;
  void resolve_later(State& state);
  void resolve(State& state);

  StoreCell* cell = nullptr;
  std::shared_ptr<const HostComponentFunction> function;
  std::shared_ptr<const WitFunc> func;
  std::shared_ptr<CallValues> values;
  std::unique_ptr<HostTask> task;
  std::shared_ptr<canon::Caller> caller;  // null: it has been told, or never will be
  canon::ComponentInstance* from = nullptr;
  std::weak_ptr<Call> direct;  // who calls where that is no component
  std::optional<Charge> paid;  // for the arguments, which are the task's until it has ended
  bool beginning = false, over = false;
};

// `may_store`: there are no handles among its types, and more than scalars, which pass faster as they are.
canon::FuncInst host_func(StoreCell* cell, std::shared_ptr<const HostComponentFunction> function,
                          std::shared_ptr<const WitFunc> func, bool may_store);

// The same of one whose parameters and result are numbers.
class HostNumbers final : public link::HostScalars {
 public:
  HostNumbers(State& state, std::shared_ptr<const HostComponentFunction> function)
      : state_(state), function_(std::move(function)) {}
  ::heddle::Result<void> call(rt::Slot* values) const override;

 private:
  State& state_;
  const std::shared_ptr<const HostComponentFunction> function_;
};

// The same of one whose types have no handles.
class HostBytes final : public link::HostStored {
 public:
  HostBytes(State& state, std::shared_ptr<const HostComponentFunction> function, std::shared_ptr<const WitFunc> func)
      : state_(state), function_(std::move(function)), func_(std::move(func)) {}
  link::StoredValues& begin() const override;
  ::heddle::Result<void> call(link::StoredValues& values) const override;
  void end(link::StoredValues& values) const override;

 private:
  State& state_;
  const std::shared_ptr<const HostComponentFunction> function_;
  const std::shared_ptr<const WitFunc> func_;
};

// --- resources of the embedder's: resource.cpp

struct ResourceDefinition {
  const void* key = nullptr;
};

class HostResource {
 public:
  HostResource(canon::Store& store, std::shared_ptr<const ResourceDefinition> definition);
  uint32_t add(std::shared_ptr<void> object);
  std::shared_ptr<void> find(uint64_t rep) const;  // null: there is none
  std::shared_ptr<void> take(uint64_t rep);
  const std::shared_ptr<canon::ResourceType>& type() const { return type_; }
  const void* key() const { return definition_->key; }

 private:
  const std::shared_ptr<const ResourceDefinition> definition_;
  std::shared_ptr<canon::ResourceType> type_;
  std::vector<std::shared_ptr<void>> objects_;
  std::vector<uint32_t> free_;
};

// --- a store's components: state.cpp

// A copy from or to an end of a stream or a future: stream.cpp.
struct StoresCopy : Copy, Listed<StoresCopy> {
  virtual void fail(Error why) = 0;
  virtual void give_up(const Error& why) = 0;  // unless something was copied, which is how it ends then
  virtual bool has_lost_writer() const = 0;    // it trapped, and nothing has come
};

// A task that the store keeps until it has ended.
struct Spawned : Listed<Spawned> {
  Spawned(StoreCell* cell, Task<> task, WordsOf* words_of) : cell(cell), task(std::move(task)), words_of(words_of) {}
  StoreCell* const cell;
  Task<> task;
  WordsOf* const words_of;
};

class State {
 public:
  explicit State(StoreCell& cell);
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  static State* find(const StoreCell* cell);  // null: there is none, or the store is gone
  static State& in(StoreCell& cell);          // of a store that is there

  // Is nothing of it running? Else nobody may wait for it.
  bool may_wait() { return !nested() && !acting_; }
  bool nested() { return components.canon().nesting_depth > 0; }
  // False: the instance has ended, or the store is to stop, which ends what waits. The instance takes no harm.
  bool may_begin(const FuncData& func, Error& error);
  // False: so little is left of the budget that what runs already may need it.
  bool has_room_for_calls();
  bool is_to_stop() { return components.core().context.poll.load(std::memory_order_relaxed) != 0; }
  void tell_unclaimed(Error why) {
    if (!unclaimed_) unclaimed_ = std::move(why);
  }
  bool step();  // one thing; false: there is none
  Result<Progress> progress(const std::optional<std::chrono::nanoseconds>& at_most);
  bool end_waiting(const Error& why);  // false: nothing waits
  Result<void> run_until(const std::function<bool()>& done);
  // What ended a call from below, once.
  Error take_failure(const ::heddle::Error& error);
  // Calls that are in an instance which trapped will not be answered. If there are none, and nobody else has heard of
  // it, progress() tells. Below a host function, whose caller hears of it, this waits until nothing runs: what does
  // has been entered, as what trapped has.
  void fail_dead(const Error& why, bool claimed = false);
  // Runs `f` as if a call had entered the instance. Where that fails, the instance has trapped.
  bool inside(canon::ComponentInstance& inst, const std::function<::heddle::Result<void>()>& f, Error& error);
  void flush_drops();
  HostResource& host_resource(const std::shared_ptr<const ResourceDefinition>& definition);
  HostResource* find_host_resource(const canon::ResourceType* type);

  link::ComponentStore components;
  StoreCell& cell;
  const std::shared_ptr<Loop> loop;
  UnderWay<Call> calls;
  UnderWay<HostCall> host_calls;
  UnderWay<StoresCopy> copies;
  UnderWay<Spawned> spawned;
  Call* starting = nullptr;  // the call that is being begun
  struct Drop {
    std::shared_ptr<canon::ResourceType> type;
    uint64_t rep = 0;
  };
  std::vector<Drop> drops;  // of guests' resources that could not be destroyed when their handles went
  std::vector<std::shared_ptr<Handed>> never_returned;  // lent to calls that ended without an answer
  // What types of functions refer to; as long as the store.
  struct Imported {
    std::shared_ptr<const link::Loaded> loaded;
    canon::TypeSpace space;
    std::deque<canon::FuncType> types;
  };
  std::deque<Imported> imported;
  std::deque<HostNumbers> host_numbers;
  std::deque<HostBytes> host_bytes;

 private:
  bool stop_waiting();

  bool acting_ = false;
  std::optional<Error> unclaimed_, trapped_below_;
  std::map<std::shared_ptr<const ResourceDefinition>, std::unique_ptr<HostResource>> host_resources_;
  std::unordered_map<const canon::ResourceType*, HostResource*> host_resource_of_;
};

// Runs a guest's destructor. `told`: the caller hears of its trap.
Result<void> drop_now(State& state, const State::Drop& drop, bool told);

Error misuse(std::string words);
::heddle::Error host_failure(State& state, const Error& error);

struct ComponentAccess {
  static component::Features features(const ComponentFeatures& from);
  static ComponentCaller caller(StoreCell* cell) { return ComponentCaller(cell); }
  static Component component(std::shared_ptr<rt::Engine> engine, std::shared_ptr<const link::Loaded> loaded) {
    return {std::move(engine), std::move(loaded)};
  }
  static const std::shared_ptr<rt::Engine>& engine(const Component& c) { return c.engine_; }
  static const std::shared_ptr<const link::Loaded>& loaded(const Component& c) { return c.loaded_; }
  using InstanceData = ComponentInstance::Data;
  static ComponentInstance instance(std::shared_ptr<StoreCell> cell, std::shared_ptr<const InstanceData> data) {
    return {std::move(cell), std::move(data)};
  }
  static const InstanceData& data(const ComponentInstance& i) { return *i.data_; }
  static const std::shared_ptr<StoreCell>& cell(const ComponentInstance& i) { return i.cell_; }
  static ComponentFunc func(std::shared_ptr<StoreCell> cell, std::shared_ptr<const WitFunc> func) {
    return {std::move(cell), std::move(func)};
  }
  static const std::shared_ptr<const WitType>& type(const WitTypeView& view) { return view.type_; }
  static WitTypeView view(std::shared_ptr<const WitType> type) { return WitTypeView(std::move(type)); }
  static WitFuncView view(std::shared_ptr<const WitFunc> func) { return WitFuncView(std::move(func)); }
};

// --- hint.cpp

// To follow an error: other versions of the same, else what is named alike, else a few of those there are.
std::string instead_of(std::string_view wanted, const std::vector<std::string>& names);
// "there are `a`, `b`": those first whose labels are most like what was wanted.
struct NameParts {
  std::string_view interface, label;  // interface: or ""
};
std::string nearest_first(std::string_view wanted, std::vector<NameParts> names);
// "1 argument", "2 arguments"
std::string counted(size_t count, const std::string& what);

}  // namespace heddle::api::detail

namespace heddle::api {

struct ComponentInstance::Data {
  std::shared_ptr<const component::link::InstanceItem> item;
  std::shared_ptr<const component::link::Loaded> loaded;
  std::shared_ptr<const detail::TypeNames> names;
  component::TypeId type{};  // of a component or an instance
  bool exported = false;     // it is one that another exports

  const component::Types& types() const { return loaded->checked.types; }
  const component::Interface& interface() const { return types().interface(type); }
};

}  // namespace heddle::api
