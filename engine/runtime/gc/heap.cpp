// The heap's policy: where an object goes, when to collect, what to do when the budget refuses.
#include "runtime/gc/heap.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/fiber.h"
#include "runtime/gc/blocks.h"
#include "runtime/gc/large.h"
#include "runtime/gc/marker.h"

namespace heddle::gc {
namespace {

constexpr uint64_t kMinThreshold = uint64_t{1} << 20;  // bytes allocated between two collections, at least
constexpr uint64_t kMaxObjectBytes = uint64_t{1} << 31;
// Where the budget is nearly used up by what lives, a collection that makes less room than this part of it is the
// last one: otherwise the time spent collecting would have no bound.
constexpr uint64_t kLeastRoom = 64;

const void* this_thread() {
  thread_local const char token = 0;
  return &token;
}

// The continuations that may own a fiber. A fiber costs far more than the object that owns it: where their number has
// doubled since the last time, it is time to collect, whatever the heap's size.
struct ContinuationList {
  static constexpr uint64_t kLeastLimit = 256;

  Continuation** items = nullptr;
  uint64_t count = 0, capacity = 0, limit = kLeastLimit;

  ContinuationList() = default;
  ContinuationList(const ContinuationList&) = delete;
  ContinuationList& operator=(const ContinuationList&) = delete;
  ~ContinuationList() { std::free(items); }

  [[nodiscard]] bool reserve_one() {
    if (count < capacity) return true;
    uint64_t larger = std::max(capacity * 2, uint64_t{64});
    auto* grown = static_cast<Continuation**>(std::realloc(items, larger * sizeof(Continuation*)));
    if (!grown) return false;
    items = grown;
    capacity = larger;
    return true;
  }

  template <class Keep>
  void keep_if(Keep keep) {
    uint64_t kept = 0;
    for (uint64_t i = 0; i < count; i++) {
      if (keep(*items[i])) items[kept++] = items[i];
    }
    count = kept;
  }

  // Consumed ones own no fiber any more. Are there still many?
  bool many_after_dropping_consumed() {
    keep_if([](const Continuation& continuation) { return continuation.fiber != nullptr; });
    return count > limit / 2;
  }
  void set_limit() { limit = std::max(kLeastLimit, count * 2); }
};

}  // namespace

struct Heap::Impl {
  BlockSpace blocks;
  LargeSpace large;
  Marker marker{blocks, large};
  Bump overflow;  // for objects of more than a line that find no room in the current run
  ContinuationList continuations;
  rt::Budget* budget = nullptr;
  RootSource* roots = nullptr;
  bool zeal = false;
  void* owner = nullptr;
  void (*release_fiber)(void* owner, rt::Fiber* fiber) = nullptr;
  const void* native_base = nullptr;
  const void* native_thread = nullptr;
  uint64_t since_collection = 0, threshold = kMinThreshold;
  uint64_t allocated = 0, collections = 0;

  // The rest of the old run is lost until the next collection.
  bool start(Bump& bump, Run run) {
    if (run.begin == run.end) return false;
    retire(bump);
    bump = {run.begin, run.end};
    since_collection += run.end - run.begin;
    allocated += run.end - run.begin;
    return true;
  }
  void retire(Bump& bump) {
    allocated -= bump.limit - bump.cursor;
    bump = {};
  }

  // Is there enough room after a collection for more work than collecting?
  bool worth_going_on() const {
    if (zeal || !budget) return true;
    uint64_t limit = budget->limit(rt::Resource::gc_bytes), used = budget->used(rt::Resource::gc_bytes);
    uint64_t left = limit > used ? limit - used : 0;
    return left + blocks.recyclable_bytes() >= used / kLeastRoom;
  }

  void release_dead_fibers() {
    continuations.keep_if([this](const Continuation& continuation) {
      if (BlockSpace::is_marked(reinterpret_cast<uintptr_t>(&continuation))) return true;
      for (rt::Fiber* fiber = continuation.fiber; fiber;) {
        rt::Fiber* parent = fiber->parent;
        release_fiber(owner, fiber);
        fiber = parent;
      }
      return false;
    });
  }
};

Heap::Heap() : impl_(std::make_unique<Impl>()) {}
Heap::~Heap() = default;

void Heap::init(const TypeRegistry* types, rt::Budget* budget, RootSource* roots, bool zeal, void* owner,
                void (*release_fiber)(void* owner, rt::Fiber* fiber)) {
  impl_->blocks.init(budget, zeal);
  impl_->large.init(budget);
  impl_->marker.init(types);
  impl_->budget = budget;
  impl_->roots = roots;
  impl_->zeal = zeal;
  impl_->owner = owner;
  impl_->release_fiber = release_fiber;
}

Result<Object*> Heap::allocate_slowly(TypeId type, uint64_t bytes) {
  bool collected = impl_->zeal || impl_->since_collection >= impl_->threshold;
  if (collected) collect();
  Object* object = find_room(type, bytes);
  if (!object && !collected) {
    collect();
    if (impl_->worth_going_on()) object = find_room(type, bytes);
  }
  if (!object) return ErrorCode::gc_heap_exhausted;
  if (impl_->zeal) impl_->retire(bump_);  // so that the next allocation comes here again
  return object;
}

// An object of more than a line does not drop a run that others still fit into: it goes to the overflow run.
Object* Heap::find_room(TypeId type, uint64_t bytes) {
  if (bytes > kMaxSmallBytes) return find_room_large(type, bytes);
  Impl& impl = *impl_;
  if (bytes <= bump_.limit - bump_.cursor) return place(bump_, type, bytes);
  if (bytes > kLineBytes && bump_.limit - bump_.cursor >= kLineBytes) {
    if (bytes > impl.overflow.limit - impl.overflow.cursor && !impl.start(impl.overflow, impl.blocks.take_block())) {
      return nullptr;
    }
    return place(impl.overflow, type, bytes);
  }
  bool started = impl.start(bump_, impl.blocks.take_lines(bytes)) || impl.start(bump_, impl.blocks.take_block());
  return started ? place(bump_, type, bytes) : nullptr;
}

Object* Heap::find_room_large(TypeId type, uint64_t bytes) {
  Object* object = impl_->large.allocate(bytes);
  if (!object) return nullptr;
  object->type = type;
  object->meta = kLargeObject;
  impl_->since_collection += bytes;
  impl_->allocated += bytes;
  return object;
}

Result<Array*> Heap::new_array(const DefType& type, uint32_t length) {
  uint64_t bytes = sizeof(Array) + uint64_t{length} * type.elem_size;
  if (bytes > kMaxObjectBytes) return ErrorCode::array_too_large;
  auto* array = static_cast<Array*>(TRY(allocate(type.id, bytes)));
  array->length = length;
  return array;
}

Result<Exception*> Heap::new_exception(rt::Tag* tag, uint32_t slot_count) {
  uint64_t bytes = sizeof(Exception) + uint64_t{slot_count} * sizeof(uint64_t);
  auto* exception = static_cast<Exception*>(TRY(allocate(kExceptionType, bytes)));
  exception->tag = tag;
  exception->slot_count = slot_count;
  return exception;
}

Result<Continuation*> Heap::new_continuation(TypeId cont_type, rt::Fiber* fiber) {
  ContinuationList& all = impl_->continuations;
  if (all.count >= all.limit) {
    if (all.many_after_dropping_consumed()) collect();
    all.set_limit();
  }
  auto* continuation = static_cast<Continuation*>(TRY(allocate(kContinuationType, sizeof(Continuation))));
  if (!all.reserve_one()) return ErrorCode::gc_heap_exhausted;
  all.items[all.count++] = continuation;
  continuation->cont_type = cont_type;
  continuation->fiber = fiber;
  return continuation;
}

Result<HostRef*> Heap::new_host_ref(uint64_t payload) {
  auto* host = static_cast<HostRef*>(TRY(allocate(kHostRefType, sizeof(HostRef))));
  host->payload = payload;
  return host;
}

void Heap::collect() {
  Impl& impl = *impl_;
  impl.retire(bump_);
  impl.retire(impl.overflow);
  impl.blocks.clear_lines();
  if (impl.roots) impl.roots->visit_roots(impl.marker);
  if (impl.native_base && impl.native_thread == this_thread()) impl.marker.native_stack(impl.native_base);
  impl.marker.drain();
  impl.marker.finish();
  impl.release_dead_fibers();
  impl.blocks.sweep();
  impl.large.sweep();
  impl.collections++;
  impl.since_collection = 0;
  impl.threshold = std::max(kMinThreshold, impl.blocks.live_bytes() + impl.large.bytes());
}

void Heap::set_native_base(const void* base) {
  impl_->native_base = base;
  impl_->native_thread = this_thread();
}

const void* Heap::native_base() const { return impl_->native_base; }

bool Heap::holds(Ref ref) const {
  return ref != 0 &&
         (impl_->blocks.has_chunk(ref) ? BlockSpace::starts_object(ref) : impl_->large.starts_object(ref));
}

Heap::Stats Heap::stats() const {
  const Impl& impl = *impl_;
  uint64_t unused = (bump_.limit - bump_.cursor) + (impl.overflow.limit - impl.overflow.cursor);
  return {.live_bytes = impl.blocks.live_bytes() + impl.large.bytes(),
          .allocated_bytes = impl.allocated - unused,
          .collections = impl.collections,
          .blocks = impl.blocks.blocks_in_use()};
}

void Heap::limit_mark_stack(uint64_t entries) { impl_->marker.set_stack_limit(entries); }

}  // namespace heddle::gc
