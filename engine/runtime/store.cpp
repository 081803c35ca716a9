// Store: making and ending one, host functions, traps, the roots of its heap.
#include "runtime/store.h"

#include <algorithm>
#include <cstdlib>
#include <new>

#include "os/pages.h"
#include "runtime/strand.h"

namespace heddle::rt {
namespace {

constexpr size_t kMaxSpareFibers = 64;
constexpr uint64_t kKeptBytes = uint64_t{64} << 10;  // of a spare fiber's stack stays resident
constexpr uint32_t kHandleShift = 1;  // a free handle's value is (next << kHandleShift) | 1: an i31 to the collector

// The array entry of host functions: charges fuel, looks for room on the native stack, calls.
Outcome call_host(const FuncRef& callee, Slot* args) {
  // SAFETY: this entry is stored into the FuncCode of HostFuncs only.
  auto& host = static_cast<HostFunc&>(*callee.code);
  Store& store = *host.ref.instance->store;
  if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) < store.context.native_limit) [[unlikely]] {
    if (ErrorCode code = store.make_native_room(); code != ErrorCode::none) return store.trap(code);
  }
  if (!store.consume_fuel(host.fuel_cost)) return store.trap(ErrorCode::out_of_fuel);
  return host.callback(host.env, store, args);
}

}  // namespace

void Store::InstanceDeleter::operator()(Instance* instance) const {
  const syntax::Module& m = instance->module->syntax;
  for (size_t i = 0; i < m.elems.size(); ++i) instance->elems()[i].~ElemSegment();
  std::shared_ptr<Module> keep = std::move(instance->keep);  // the layout is needed up to here
  instance->~Instance();
  std::free(instance);
}

Result<std::unique_ptr<Store>> Store::create(std::shared_ptr<Engine> engine) {
  std::unique_ptr<Store> store(new (std::nothrow) Store());
  if (!store) return ErrorCode::out_of_memory;
  const EngineConfig& config = engine->config;
  store->id = engine->next_id.fetch_add(1, std::memory_order_relaxed);
  store->engine = std::move(engine);
  store->interruptor = std::make_shared<Interruptor>(&store->context.poll);
  store->host_instance.context = &store->context;
  store->host_instance.store = store.get();
  store->root = TRY(Fiber::create(config.stack_bytes, &store->budget));
  store->switch_to(store->root.get());
  auto release = [](void* owner, Fiber* fiber) { static_cast<Store*>(owner)->release_fiber(fiber); };
  store->heap.init(&store->engine->types, &store->budget, store.get(), config.gc_zeal, store.get(), release);
  return store;
}

Store::~Store() {
  closing = true;
  if (interruptor) {
    engine->watchdog.disarm(interruptor);
    interruptor->detach();
  }
  for (auto& host : host_funcs) {
    if (host->drop) host->drop(host->env);
  }
}

FuncRef* Store::add_host_func(TypeId type, HostCallback callback, void* env, void (*drop)(void*)) {
  auto host = std::make_unique<HostFunc>();
  const DefType& def = engine->types[type];
  host->type = type;
  host->param_slots = def.param_slots;
  host->result_slots = def.result_slots;
  host->array.store(&call_host, std::memory_order_relaxed);
  host->ref = {type, host.get(), &host_instance};
  host->callback = callback;
  host->env = env;
  host->drop = drop;
  host->fuel_cost = engine->config.host_call_fuel;
  host_funcs.push_back(std::move(host));
  return &host_funcs.back()->ref;
}

FuncRef* Store::add_host_func(TypeUse type, HostCallback callback, void* env, void (*drop)(void*)) {
  TypeId id = type[TypeIdx{0}];
  types.push_back(std::move(type));
  return add_host_func(id, callback, env, drop);
}

void Store::adopt(const std::shared_ptr<Memory>& memory) {
  if (std::find(memories.begin(), memories.end(), memory) == memories.end()) memories.push_back(memory);
}

bool Store::consume_fuel(uint64_t fuel) {
  if (!engine->config.fuel) return true;
  const int64_t left = std::max<int64_t>(context.fuel, 0);  // a basic block that could not be paid left less
  const bool enough = fuel <= static_cast<uint64_t>(left);
  context.fuel = enough ? left - static_cast<int64_t>(fuel) : 0;
  return enough;
}

std::string Store::words_of(ErrorCode code) const {
  std::string words(text_of(code));
  if (code != ErrorCode::budget_exceeded) return words;
  const std::string refusal = budget.refusal();
  return refusal.empty() ? words : words + ": " + refusal;
}

Outcome Store::trap(ErrorCode code, std::string message) {
  if (code == ErrorCode::budget_exceeded && message.empty()) message = words_of(code);
  pending.trap = Trap{.code = code, .message = std::move(message)};
  const bool wanted = code != ErrorCode::exited;  // nobody asks where a program ended that wanted to
  if (wanted && engine->capture_backtrace) engine->capture_backtrace(*this, pending.trap);
  return Outcome::trapped;
}

void Store::poison(std::string reason) {
  if (poisoned) return;
  poisoned = true;
  poison_reason = std::move(reason);
}

Result<Fiber*> Store::add_fiber() {
  auto take = [this]() -> Result<std::unique_ptr<Fiber>> {
    if (spare_fibers.empty()) return Fiber::create(engine->config.fiber_stack_bytes, &budget);
    std::unique_ptr<Fiber> spare = std::move(spare_fibers.back());
    spare_fibers.pop_back();
    return spare;
  };
  auto taken = take();
  if (!taken.ok()) {
    heap.collect();  // continuations that nobody holds any more give theirs back
    taken = take();
  }
  std::unique_ptr<Fiber> fiber = TRY(std::move(taken));
  fiber->state = FiberState::fresh;
  fiber->store_index = static_cast<uint32_t>(fibers.size());
  fibers.push_back(std::move(fiber));
  return fibers.back().get();
}

void Store::release_fiber(Fiber* fiber) {
  if (closing) return;  // all fibers go
  uint32_t index = fiber->store_index;
  HEDDLE_ASSERT(index < fibers.size() && fibers[index].get() == fiber);
  std::unique_ptr<Fiber> taken = std::move(fibers[index]);
  if (index + 1 < fibers.size()) {
    fibers[index] = std::move(fibers.back());
    fibers[index]->store_index = index;
  }
  fibers.pop_back();
  if (spare_fibers.size() >= kMaxSpareFibers) return;
  auto* stack = reinterpret_cast<uint8_t*>(taken->value_base);
  if (taken->value_bytes() > kKeptBytes) (void)os::discard(stack + kKeptBytes, taken->value_bytes() - kKeptBytes);
  taken->value_sp = taken->value_base;
  taken->parent = nullptr;
  taken->state = FiberState::done;
  spare_fibers.push_back(std::move(taken));
}

ErrorCode Store::make_value_room(const Slot* top) {
  return strand ? strand->make_value_room(top) : ErrorCode::call_stack_exhausted;
}

ErrorCode Store::make_native_room() { return strand ? strand->make_native_room() : ErrorCode::call_stack_exhausted; }

uint32_t Store::add_handle(Ref ref) {
  if (free_handle == kNoHandle) {
    handles.push_back(ref);
    return static_cast<uint32_t>(handles.size() - 1);
  }
  uint32_t handle = free_handle;
  free_handle = static_cast<uint32_t>(handles[handle] >> kHandleShift);
  handles[handle] = ref;
  return handle;
}

void Store::drop_handle(uint32_t handle) {
  HEDDLE_ASSERT(handle < handles.size());
  handles[handle] = static_cast<Ref>(free_handle) << kHandleShift | 1;
  free_handle = handle;
}

// --- roots

namespace {

// References to functions are not on the heap: tables and globals of them need no visit.
bool may_hold_objects(const TypeRegistry& types, ValType type) {
  return type.is_ref() && types.top_of(type.heap()) != HeapKind::func;
}

void visit_instance(Instance& instance, const TypeRegistry& types, gc::RootVisitor& visitor) {
  const syntax::Module& m = instance.module->syntax;
  const valid::ModuleInfo& info = instance.module->info;
  for (size_t i = m.imported_globals; i < m.globals.size(); ++i) {
    const Global* global = instance.globals()[i];
    if (global && may_hold_objects(types, info.globals[i].type)) visitor.exact(global->value[0]);
  }
  for (size_t i = 0; i < m.elems.size(); ++i) {
    if (!may_hold_objects(types, info.elems[i])) continue;
    for (Ref ref : instance.elems()[i].refs) visitor.exact(ref);
  }
}

}  // namespace

// The running fibers are those from the current one up; a suspended one is reached through its continuation.
void Store::visit_roots(gc::RootVisitor& visitor) {
  for (const Fiber* fiber = context.fiber; fiber; fiber = fiber->parent) {
    visitor.conservative(fiber->value_base, fiber->value_sp);
  }
  for (const Strand* strand : strands) strand->visit_roots(visitor);
  for (auto& instance : instances) visit_instance(*instance, engine->types, visitor);
  for (auto& table : tables) {
    if (!may_hold_objects(engine->types, table->type.elem)) continue;
    for (uint64_t i = 0; i < table->size; ++i) visitor.exact(table->elems[i]);
  }
  for (auto& global : globals) {
    if (may_hold_objects(engine->types, global->type.type)) visitor.exact(global->value[0]);
  }
  for (Ref* root : precise_roots) visitor.exact(*root);
  for (Ref handle : handles) visitor.exact(handle);
  visitor.exact(pending.exception);
}

}  // namespace heddle::rt
