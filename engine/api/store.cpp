// Stores: limits, fuel, deadlines, interruption.
#include "api/internal.h"
#include "os/clock.h"

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

namespace {

void set_limits(rt::Budget& budget, const Limits& limits) {
  auto set = [&](rt::Resource resource, const std::optional<uint64_t>& limit) {
    if (limit) budget.set_limit(resource, *limit);
  };
  set(rt::Resource::memory_bytes, limits.memory_bytes);
  set(rt::Resource::table_elements, limits.table_elements);
  set(rt::Resource::gc_bytes, limits.gc_bytes);
  set(rt::Resource::instances, limits.instances);
  set(rt::Resource::component_bytes, limits.component_bytes);
  if (limits.stack_bytes)
    budget.set_limit(rt::Resource::stack_bytes, budget.used(rt::Resource::stack_bytes) + *limits.stack_bytes);
}

// Handles find the store gone while it takes down what it owns, host functions with handles of their own among it.
void close(const std::shared_ptr<StoreCell>& cell) {
  if (!cell || !cell->store) return;
  if (cell->store->host_depth > 0) misused("a store is destroyed by a host function that runs in it");
  std::shared_ptr<void> components = std::move(cell->components);
  std::unique_ptr<rt::Store> dying = std::move(cell->store);
  components.reset();
  dying.reset();
  cell->host_funcs.clear();
  cell->types.clear();
}

}  // namespace

Store::Store(const Engine& engine, const Limits& limits) : cell_(std::make_shared<StoreCell>()) {
  auto store = rt::Store::create(Access::engine(engine));
  if (!store.ok()) {
    cell_->status = store.error().code;
    return;
  }
  cell_->store = std::move(store).value();
  cell_->store->embedder = cell_.get();
  set_limits(cell_->store->budget, limits);
}

Store::~Store() { close(cell_); }

Store& Store::operator=(Store&& other) noexcept {
  if (this == &other) return *this;
  close(cell_);
  cell_ = std::move(other.cell_);
  return *this;
}

Result<void> Store::status() const {
  if (cell_ && cell_->store) return {};
  return detail::gone(cell_.get());
}

InterruptHandle Store::interrupt_handle() const {
  return Access::interrupt_handle(cell_ && cell_->store ? cell_->store->interruptor : nullptr);
}

void InterruptHandle::interrupt() const {
  if (interruptor_) interruptor_->raise(rt::kInterrupted);
}

StoreRef::StoreRef(const Store& store) : cell_(Access::cell(store)) {}
StoreRef::StoreRef(const Caller& caller) : cell_(Access::cell(caller)) {}

Result<void> StoreRef::set_fuel(uint64_t fuel) const {
  auto store = detail::alive(cell_);
  if (!store.ok()) return detail::gone(cell_);
  if (!store.value()->engine->config.fuel) return Error(ErrorKind::misuse, "fuel is off in the engine's Config");
  store.value()->context.fuel = static_cast<int64_t>(std::min<uint64_t>(fuel, INT64_MAX));
  return {};
}

Result<uint64_t> StoreRef::fuel() const {
  auto store = detail::alive(cell_);
  if (!store.ok()) return detail::gone(cell_);
  if (!store.value()->engine->config.fuel) return Error(ErrorKind::misuse, "fuel is off in the engine's Config");
  return static_cast<uint64_t>(std::max<int64_t>(store.value()->context.fuel, 0));
}

Result<void> StoreRef::consume_fuel(uint64_t fuel) const {
  auto store = detail::alive(cell_);
  if (!store.ok()) return detail::gone(cell_);
  if (!store.value()->consume_fuel(fuel)) return Access::error(ErrorCode::out_of_fuel);
  return {};
}

Result<void> StoreRef::set_deadline(std::chrono::nanoseconds from_now) const {
  auto store = detail::alive(cell_);
  if (!store.ok()) return detail::gone(cell_);
  if (!store.value()->engine->config.interruptible) {
    return Error(ErrorKind::misuse, "interruption is off in the engine's Config");
  }
  uint64_t wait_ns = static_cast<uint64_t>(std::max<int64_t>(from_now.count(), 0));
  store.value()->set_deadline(os::monotonic_ns() + wait_ns);
  return {};
}

void StoreRef::clear_deadline() const {
  if (auto store = detail::alive(cell_); store.ok()) store.value()->clear_deadline();
}

void StoreRef::clear_interrupt() const {
  if (auto store = detail::alive(cell_); store.ok()) store.value()->clear_interrupt();
}

void StoreRef::collect_garbage() const {
  auto store = detail::alive(cell_);
  if (!store.ok()) return;
  exec::Entry entry(*store.value());
  if (entry.refused() == ErrorCode::none) store.value()->heap.collect();
}

uint64_t StoreRef::gc_live_bytes() const {
  auto store = detail::alive(cell_);
  return store.ok() ? store.value()->heap.stats().live_bytes : 0;
}

void StoreRef::set_data(void* data) const {
  if (cell_) cell_->data = data;
}
void* StoreRef::data() const { return cell_ ? cell_->data : nullptr; }

}  // namespace heddle::api
