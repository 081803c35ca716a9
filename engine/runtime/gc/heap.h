// The garbage-collected heap of one store: precise objects, conservative roots, non-moving mark-region blocks with
// bump allocation into free lines (after Immix). No tier needs stack maps and no reference ever changes.
//
// An object starts with this header; what follows is given by its type (valid/registry.h lays structs and arrays
// out):
//   struct   fields at DefType::offsets, the hidden reference to a descriptor at DefType::descriptor_offset
//   array    u32 length at byte 8, elements from byte 16
//   exception, continuation, host reference: the structs below, whose TypeId is one of the reserved ones
//
// Collection happens inside allocate() only, so code that does not allocate may hold raw references; code that does
// relies on the conservative scan of native stack and registers. Only a pointer to an object's start keeps it: code
// that holds a pointer into an object across an allocation has to hold the reference as well. The budget's gc_bytes
// bounds what lives.
//
// blocks.h: small objects. large.h: the others. marker.h: what is reachable.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "runtime/budget.h"
#include "runtime/tier.h"
#include "valid/registry.h"

namespace heddle::rt {
struct Fiber;
struct Tag;
}  // namespace heddle::rt

namespace heddle::gc {

using rt::Ref;

inline constexpr TypeId kExceptionType = kMaxTypeId + 1;
inline constexpr TypeId kContinuationType = kMaxTypeId + 2;
inline constexpr TypeId kHostRefType = kMaxTypeId + 3;

inline constexpr uint64_t kChunkBytes = uint64_t{1} << 20;  // blocks.h
inline constexpr uint32_t kLargeObject = 1;

struct Object {
  TypeId type;
  uint32_t meta;  // the heap's own: the size in bytes, or kLargeObject
};
struct Struct : Object {
  uint8_t* field(uint32_t offset) { return reinterpret_cast<uint8_t*>(this) + offset; }
};
struct Array : Object {
  uint32_t length;
  uint32_t pad;
  uint8_t* elements() { return reinterpret_cast<uint8_t*>(this + 1); }
};
struct Exception : Object {
  rt::Tag* tag;
  uint32_t slot_count;  // arguments, as slots, follow; scanned conservatively
  uint32_t pad;
  uint64_t* args() { return reinterpret_cast<uint64_t*>(this + 1); }
};
struct Continuation : Object {
  TypeId cont_type;      // canonical continuation type it has now (cont.bind changes it)
  uint32_t bound_slots;  // arguments bound by cont.bind so far
  rt::Fiber* fiber;      // null once consumed. Released when the object dies.
};
struct HostRef : Object {
  uint64_t payload;
};

inline bool is_i31(Ref r) { return r & 1; }
inline Ref make_i31(uint32_t value) { return (static_cast<uint64_t>(value & 0x7fffffff) << 1) | 1; }
inline uint32_t i31_u(Ref r) { return static_cast<uint32_t>(r >> 1) & 0x7fffffff; }
inline uint32_t i31_s(Ref r) {
  return static_cast<uint32_t>(static_cast<int32_t>(static_cast<uint32_t>(r >> 1) << 1) >> 1);
}
inline Object* to_object(Ref r) { return reinterpret_cast<Object*>(static_cast<uintptr_t>(r)); }
inline Ref to_ref(const Object* o) { return reinterpret_cast<uintptr_t>(o); }

class RootVisitor {
 public:
  virtual void conservative(const uint64_t* first, const uint64_t* last) = 0;  // words that may be references
  virtual void exact(Ref ref) = 0;  // null, i31 and FuncRef words are ignored

 protected:
  ~RootVisitor() = default;
};

class RootSource {  // the store
 public:
  virtual void visit_roots(RootVisitor& visitor) = 0;

 protected:
  ~RootSource() = default;
};

// Where the next small object goes, and the end of the zeroed run of lines it lies in.
struct Bump {
  uintptr_t cursor = 0, limit = 0;
};

class Heap {
 public:
  Heap();
  ~Heap();
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;
  // `release_fiber` is called for the fibers of a continuation that died: its own and those it was resumed by
  // (Fiber::parent). With `zeal`, every allocation collects, and what is freed is overwritten.
  void init(const TypeRegistry* types, rt::Budget* budget, RootSource* roots, bool zeal, void* owner,
            void (*release_fiber)(void* owner, rt::Fiber* fiber));

  // The fast path: null where the current run has no room; `bytes` is a multiple of 8. Never collects.
  Object* try_bump(TypeId type, uint64_t bytes) {
    if (bytes > bump_.limit - bump_.cursor) return nullptr;
    return place(bump_, type, bytes);
  }
  // Zeroed but for the header. `bytes` includes the header; gc_heap_exhausted where the budget or the machine has no
  // more. May collect.
  Result<Object*> allocate(TypeId type, uint64_t bytes) {
    bytes = (bytes + 7) & ~uint64_t{7};
    Object* object = try_bump(type, bytes);
    if (!object) [[unlikely]]
      return allocate_slowly(type, bytes);
    return object;
  }
  Result<Struct*> new_struct(const DefType& type) {
    return static_cast<Struct*>(TRY(allocate(type.id, type.object_size)));
  }
  Result<Array*> new_array(const DefType& type, uint32_t length);  // array_too_large where the size does not fit
  Result<Exception*> new_exception(rt::Tag* tag, uint32_t slot_count);
  // A collection here does not see `fiber` yet: it is either empty or still one of the running ones.
  Result<Continuation*> new_continuation(TypeId cont_type, rt::Fiber* fiber);
  Result<HostRef*> new_host_ref(uint64_t payload);

  void collect();
  // The native stack of the current activation is scanned from the collector's frame up to here. Holds for the
  // calling thread: a collection on another one scans no native stack.
  void set_native_base(const void* base);
  const void* native_base() const;
  // Is this the start of an object of this heap that no collection has freed?
  bool holds(Ref ref) const;

  struct Stats {
    // Live as of the last collection. Small objects count in whole lines of 128 bytes.
    uint64_t live_bytes = 0, allocated_bytes = 0, collections = 0, blocks = 0;
  };
  Stats stats() const;
  void limit_mark_stack(uint64_t entries);  // for tests

 private:
  struct Impl;
  static Object* place(Bump& bump, TypeId type, uint64_t bytes) {
    uintptr_t address = bump.cursor;
    bump.cursor += bytes;
    // SAFETY: the run lies in a chunk, whose first bytes are the bitmap of object starts (blocks.h).
    auto* starts = reinterpret_cast<uint64_t*>(address & ~(kChunkBytes - 1));
    starts[(address & (kChunkBytes - 1)) >> 9] |= uint64_t{1} << ((address >> 3) & 63);
    auto* object = reinterpret_cast<Object*>(address);
    object->type = type;
    object->meta = static_cast<uint32_t>(bytes);
    return object;
  }
  Result<Object*> allocate_slowly(TypeId type, uint64_t bytes);
  Object* find_room(TypeId type, uint64_t bytes);
  Object* find_room_large(TypeId type, uint64_t bytes);

  Bump bump_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle::gc
