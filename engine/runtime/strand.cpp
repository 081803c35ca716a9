#include "runtime/strand.h"

#include <algorithm>
#include <new>

namespace heddle::rt {
namespace {

constexpr uint64_t kNativeBytes = uint64_t{1} << 20;
constexpr uint64_t kNativeReserve = uint64_t{256} << 10;  // for host functions, below the limit of guest code

void visit_fibers(const Fiber* fiber, gc::RootVisitor& visitor) {
  for (; fiber; fiber = fiber->parent) visitor.conservative(fiber->value_base, fiber->value_sp);
}

void visit_native(const void* low, const void* high, gc::RootVisitor& visitor) {
  if (high) visitor.conservative(static_cast<const uint64_t*>(low), static_cast<const uint64_t*>(high));
}

}  // namespace

Strand::Strand(Store& store, std::unique_ptr<Fiber> value, std::unique_ptr<os::NativeFiber> native)
    : store_(store), value_(std::move(value)), native_(std::move(native)) {}

Result<std::unique_ptr<Strand>> Strand::create(Store& store) {
  std::unique_ptr<Fiber> value = TRY(Fiber::create(store.engine->config.fiber_stack_bytes, &store.budget));
  std::unique_ptr<os::NativeFiber> native = TRY(os::NativeFiber::create(kNativeBytes));
  std::unique_ptr<Strand> strand(new (std::nothrow) Strand(store, std::move(value), std::move(native)));
  if (!strand) return ErrorCode::out_of_memory;
  strand->store_index_ = static_cast<uint32_t>(store.strands.size());
  store.strands.push_back(strand.get());
  return strand;
}

Strand::~Strand() {
  HEDDLE_ASSERT(!running_);
  store_.strands[store_index_] = store_.strands.back();
  store_.strands[store_index_]->store_index_ = store_index_;
  store_.strands.pop_back();
}

void Strand::start(Body body, void* argument) {
  native_->start(body, argument);
  value_->value_sp = value_->value_base;
  own_.fiber = value_.get();
  own_.activation = nullptr;
  own_.native_limit = reinterpret_cast<uintptr_t>(native_->low()) + kNativeReserve;
  own_.native_base = native_->high();
  own_.host_depth = 1;  // whoever resumes it has prepared the thread
  own_.precise_roots.clear();
  own_.fault_scope = nullptr;
}

void Strand::put_aside(Side& side) {
  side.fiber = store_.context.fiber;
  side.activation = store_.context.activation;
  side.native_limit = store_.context.native_limit;
  side.native_base =
      store_.host_depth == 0 ? nullptr : store_.heap.native_base();  // the embedder's has no references
  side.host_depth = store_.host_depth;
  side.precise_roots.swap(store_.precise_roots);
  side.fault_scope = os::current_fault_scope();
}

void Strand::bring_back(Side& side) {
  store_.switch_to(side.fiber);
  store_.context.activation = side.activation;
  store_.context.native_limit = side.native_limit;
  store_.heap.set_native_base(side.native_base);
  store_.host_depth = side.host_depth;
  store_.precise_roots.swap(side.precise_roots);
  os::current_fault_scope() = side.fault_scope;
}

Result<void> Strand::resume() {
  HEDDLE_ASSERT(!running_);
  TRY(os::prepare_thread_for_faults());
  put_aside(outer_);
  bring_back(own_);
  running_ = true;
  native_->resume();
  running_ = false;
  put_aside(own_);
  bring_back(outer_);
  return {};
}

void Strand::park() {
  HEDDLE_ASSERT(running_);
  native_->park();
}

void Strand::visit_roots(gc::RootVisitor& visitor) const {
  if (!running_ && !in_the_middle()) return;
  const Side& side = running_ ? outer_ : own_;
  visit_fibers(side.fiber, visitor);
  visit_native(running_ ? native_->resumed_from() : native_->parked_at(), side.native_base, visitor);
  for (Ref* root : side.precise_roots) visitor.exact(*root);
}

}  // namespace heddle::rt
