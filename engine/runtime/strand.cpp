#include "runtime/strand.h"

#include <algorithm>
#include <new>
#include <utility>

#include "os/pages.h"

namespace heddle::rt {
namespace {

constexpr uint64_t kNativeBytes = uint64_t{1} << 20;
constexpr uint64_t kNativeReserve = uint64_t{256} << 10;  // for host functions, below the limit of guest code
// Of each stack, what is counted as resident from the beginning: as much as code takes that calls little and waits.
constexpr uint64_t kFirstValueBytes = uint64_t{4} << 10, kFirstNativeBytes = uint64_t{12} << 10;
constexpr uint64_t kNativeStep = uint64_t{8} << 10;  // what C++ takes below a limit until it is looked at again
constexpr size_t kMostStrands = 12'000;  // of a store: half of what the process may have (StackSpace::most)
constexpr uint64_t kKeptBytes = uint64_t{64} << 10;  // of both stacks stays resident while nothing runs on them

// The size of a stack of which `used` bytes are needed and `now` may be resident: so that growing is rare.
uint64_t grown(uint64_t now, uint64_t used, uint64_t all) {
  while (now < used) now *= 2;
  return std::min(now, all);
}

void visit_fibers(const Fiber* fiber, gc::RootVisitor& visitor) {
  for (; fiber; fiber = fiber->parent) visitor.conservative(fiber->value_base, fiber->value_sp);
}

void visit_native(const void* low, const void* high, gc::RootVisitor& visitor) {
  if (high) visitor.conservative(static_cast<const uint64_t*>(low), static_cast<const uint64_t*>(high));
}

}  // namespace

Strand::Strand(Store& store, os::StackSpace space, std::unique_ptr<Fiber> value,
               std::unique_ptr<os::NativeFiber> native)
    : store_(store),
      space_(std::move(space)),
      value_(std::move(value)),
      native_(std::move(native)),
      native_bytes_(os::to_pages(kFirstNativeBytes)) {
  set_value_bytes(std::min(os::to_pages(kFirstValueBytes), value_->value_bytes()));
}

Result<std::unique_ptr<Strand>> Strand::create(Store& store) {
  if (store.strands.size() >= kMostStrands) {
    store.budget.refuse({"stacks", 1, store.strands.size(), kMostStrands});
    return ErrorCode::budget_exceeded;
  }
  const uint64_t native_bytes = os::to_pages(kNativeBytes);
  const uint64_t value_bytes = os::to_pages(store.engine->config.fiber_stack_bytes);
  if (value_bytes > os::StackSpace::kMaxBytes) return ErrorCode::out_of_memory;
  os::StackSpace space = TRY(os::StackSpace::create(native_bytes + value_bytes));
  std::unique_ptr<Fiber> value = TRY(Fiber::create_on(space.low() + native_bytes, value_bytes, &store.budget));
  std::unique_ptr<os::NativeFiber> native = TRY(os::NativeFiber::create_on(space.low(), native_bytes));
  std::unique_ptr<Strand> strand(new (std::nothrow)
                                     Strand(store, std::move(space), std::move(value), std::move(native)));
  if (!strand) return ErrorCode::out_of_memory;
  strand->store_index_ = static_cast<uint32_t>(store.strands.size());
  store.strands.push_back(strand.get());
  if (!strand->pay()) return ErrorCode::budget_exceeded;
  return strand;
}

Strand::~Strand() {
  HEDDLE_ASSERT(!running_);
  store_.budget.release(Resource::component_bytes, paid_);
  store_.strands[store_index_] = store_.strands.back();
  store_.strands[store_index_]->store_index_ = store_index_;
  store_.strands.pop_back();
}

void Strand::start(Body body, void* argument) {
  native_->start(body, argument);
  value_->value_sp = value_->value_base;
  own_.fiber = value_.get();
  own_.activation = nullptr;
  own_.native_limit = native_limit();
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
  Strand* outer = std::exchange(store_.strand, this);
  native_->resume();
  store_.strand = outer;
  running_ = false;
  put_aside(own_);
  bring_back(outer_);
  return {};
}

void Strand::park() {
  HEDDLE_ASSERT(running_);
  native_->park();
}

// --- what it costs

bool Strand::charge(uint64_t bytes) {
  if (!store_.budget.charge(Resource::component_bytes, bytes)) return false;
  paid_ += bytes;
  return true;
}

void Strand::set_value_bytes(uint64_t bytes) {
  value_bytes_ = bytes;
  value_->value_limit = value_->value_base + bytes / sizeof(Slot);
}

uintptr_t Strand::native_limit() const {
  return std::max(reinterpret_cast<uintptr_t>(native_->high()) - native_bytes_ + kNativeStep,
                  reinterpret_cast<uintptr_t>(native_->low()) + kNativeReserve);
}

bool Strand::pay() {
  HEDDLE_ASSERT(paid_ == 0);
  if (charge(value_bytes_ + native_bytes_)) return true;
  shrink();
  return charge(value_bytes_ + native_bytes_);
}

void Strand::pay_back() {
  HEDDLE_ASSERT(!running_ && !in_the_middle());
  store_.budget.release(Resource::component_bytes, std::exchange(paid_, 0));
  if (value_bytes_ + native_bytes_ > kKeptBytes) shrink();
}

// Gives back to the system what lies behind the first pages.
void Strand::shrink() {
  const uint64_t value = os::to_pages(kFirstValueBytes), native = os::to_pages(kFirstNativeBytes);
  if (value_bytes_ > value) {
    auto* rest = reinterpret_cast<uint8_t*>(value_->value_base) + value;
    if (os::discard(rest, value_->value_bytes() - value)) set_value_bytes(value);
  }
  if (native_bytes_ > native && native_->discard_below(native)) native_bytes_ = native;
}

ErrorCode Strand::make_value_room(const Slot* top) {
  if (store_.context.fiber != value_.get() || top > value_->value_end) return ErrorCode::call_stack_exhausted;
  const auto used = static_cast<uint64_t>(top - value_->value_base) * sizeof(Slot);
  const uint64_t bytes = grown(value_bytes_, used, value_->value_bytes());
  if (!charge(bytes - value_bytes_)) return ErrorCode::budget_exceeded;
  set_value_bytes(bytes);
  store_.context.value_limit = value_->value_limit;
  return ErrorCode::none;
}

ErrorCode Strand::make_native_room() {
  const auto here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0));
  if (here < reinterpret_cast<uintptr_t>(native_->low()) + kNativeReserve) return ErrorCode::call_stack_exhausted;
  const uint64_t used = reinterpret_cast<uintptr_t>(native_->high()) - here + kNativeStep;
  const uint64_t bytes = grown(native_bytes_, used, native_->bytes());
  if (!charge(bytes - native_bytes_)) return ErrorCode::budget_exceeded;
  native_bytes_ = bytes;
  store_.context.native_limit = native_limit();
  return ErrorCode::none;
}

// ---

void Strand::visit_roots(gc::RootVisitor& visitor) const {
  if (!running_ && !in_the_middle()) return;
  const Side& side = running_ ? outer_ : own_;
  visit_fibers(side.fiber, visitor);
  visit_native(running_ ? native_->resumed_from() : native_->parked_at(), side.native_base, visitor);
  for (Ref* root : side.precise_roots) visitor.exact(*root);
}

}  // namespace heddle::rt
