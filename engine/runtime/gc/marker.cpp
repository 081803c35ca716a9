#include "runtime/gc/marker.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/fiber.h"

namespace heddle::gc {
namespace {

constexpr uint64_t kKeptEntries = 32'768;

uint64_t load_ref(const Object* object, uint64_t offset) {
  uint64_t word;
  std::memcpy(&word, reinterpret_cast<const uint8_t*>(object) + offset, sizeof word);
  return word;
}

}  // namespace

Marker::~Marker() {
  if (stack_ != first_entries_) std::free(stack_);
}

inline void Marker::visit(uint64_t word) {
  if (word == 0 || word & 7) return;
  if (blocks_.has_chunk(word)) {
    Bit bit = Bit::of(word);
    Chunk* chunk = Chunk::of(word);
    if (!(chunk->starts[bit.word] & bit.mask) || chunk->marks[bit.word] & bit.mask) return;
    chunk->marks[bit.word] |= bit.mask;
  } else if (!large_.starts_object(word) || !LargeSpace::set_mark(word)) {
    return;
  }
  push(to_object(word));
}

inline void Marker::push(Object* object) {
  if (count_ == capacity_) [[unlikely]] {
    grow_stack();
    if (count_ == capacity_) {
      overflowed_ = true;
      return;
    }
  }
  stack_[count_++] = object;
}

void Marker::grow_stack() {
  uint64_t capacity = std::min(capacity_ * 2, stack_limit_);
  if (capacity <= capacity_) return;
  auto* grown = static_cast<Object**>(std::malloc(capacity * sizeof(Object*)));
  if (!grown) return;
  std::memcpy(grown, stack_, count_ * sizeof(Object*));
  if (stack_ != first_entries_) std::free(stack_);
  stack_ = grown;
  capacity_ = capacity;
}

void Marker::finish() {
  if (capacity_ <= kKeptEntries) return;
  std::free(stack_);
  stack_ = first_entries_;
  capacity_ = kFirstEntries;
}

// Objects wait in a short queue between the stack and their scan, while the cache fetches them.
void Marker::drain() {
  constexpr unsigned kAhead = 8;
  Object* ahead[kAhead] = {};
  do {
    unsigned at = 0;
    for (unsigned idle = 0; idle <= kAhead; at = (at + 1) % kAhead) {
      Object* next = count_ > 0 ? stack_[--count_] : nullptr;
      if (next) __builtin_prefetch(next);
      std::swap(ahead[at], next);
      if (next) scan(next);
      idle = next || count_ > 0 ? 0 : idle + 1;
    }
    if (overflowed_) rescan();
  } while (count_ > 0);
}

// Looks again at what is marked, for the children that found no room on the stack. Stops where the stack is full
// again: what is on it has to be drained first.
void Marker::rescan() {
  overflowed_ = false;
  auto scan_again = [this](Object* object) {
    if (!overflowed_) scan(object);
  };
  blocks_.for_each_marked(scan_again);
  large_.for_each_marked(scan_again);
}

void Marker::scan(Object* object) {
  if (!(object->meta & kLargeObject)) {
    BlockSpace::mark_lines(reinterpret_cast<uintptr_t>(object), object->meta & ~kLargeObject);
  }
  const Plan& plan = plan_of(object->type);
  switch (plan.shape) {
    case Shape::leaf: break;
    case Shape::words:
      for (uint64_t mask = plan.mask; mask != 0; mask &= mask - 1) {
        visit(load_ref(object, static_cast<uint64_t>(__builtin_ctzll(mask)) * 8));
      }
      break;
    case Shape::fields: scan_fields(object, *plan.def); break;
    case Shape::refs: {
      auto* array = static_cast<Array*>(object);
      auto* refs = reinterpret_cast<const uint64_t*>(array->elements());
      for (uint32_t i = 0; i < array->length; i++) visit(refs[i]);
      break;
    }
    case Shape::exception: {
      auto* exception = static_cast<Exception*>(object);
      conservative(exception->args(), exception->args() + exception->slot_count);
      break;
    }
    case Shape::continuation:
      for (rt::Fiber* fiber = static_cast<Continuation*>(object)->fiber; fiber; fiber = fiber->parent) {
        conservative(fiber->value_base, fiber->value_sp);
      }
      break;
  }
}

void Marker::scan_fields(Object* object, const DefType& type) {
  if (type.descriptor_offset != 0) visit(load_ref(object, type.descriptor_offset));
  for (size_t i = 0; i < type.fields.size(); i++) {
    if (type.fields[i].type.is_ref()) visit(load_ref(object, type.offsets[i]));
  }
}

inline const Marker::Plan& Marker::plan_of(TypeId type) {
  Plan& plan = plans_[type % kPlans];
  if (plan.type != type) [[unlikely]]
    plan = make_plan(type);
  return plan;
}

Marker::Plan Marker::make_plan(TypeId type) const {
  Plan plan{.type = type};
  if (type == kExceptionType) plan.shape = Shape::exception;
  if (type == kContinuationType) plan.shape = Shape::continuation;
  if (type >= kMaxTypeId) return plan;
  const DefType& def = (*types_)[type];
  plan.def = &def;
  if (def.kind == CompKind::array) {
    plan.shape = def.fields[0].type.is_ref() ? Shape::refs : Shape::leaf;
    return plan;
  }
  if (def.descriptor_offset != 0) plan.mask |= uint64_t{1} << (def.descriptor_offset / 8 % 64);
  for (size_t i = 0; i < def.fields.size(); i++) {
    if (def.fields[i].type.is_ref()) plan.mask |= uint64_t{1} << (def.offsets[i] / 8 % 64);
  }
  if (plan.mask != 0) plan.shape = def.object_size <= 64 * 8 ? Shape::words : Shape::fields;
  return plan;
}

// Reads whatever lies between: neighbouring frames' variables and the red zones that a sanitizer puts around them.
__attribute__((no_sanitize("address", "thread"))) void Marker::conservative(const uint64_t* first,
                                                                            const uint64_t* last) {
  for (; first < last; first++) visit(*first);
}

// SAFETY: the words from the caller's frame up to `base` are this thread's stack. The function's own callee-saved
// registers were spilled by its caller, above this frame.
[[gnu::noinline]] void Marker::scan_native_words(const void* base) {
  auto low = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) & ~uintptr_t{7};
  auto high = reinterpret_cast<uintptr_t>(base) & ~uintptr_t{7};
  conservative(reinterpret_cast<const uint64_t*>(low), reinterpret_cast<const uint64_t*>(high));
}

[[gnu::noinline]] void Marker::native_stack(const void* base) {
  __builtin_unwind_init();  // every callee-saved register now lies in this frame
  scan_native_words(base);
  asm volatile("" ::: "memory");  // no tail call: the frame has to be there while it is scanned
}

}  // namespace heddle::gc
