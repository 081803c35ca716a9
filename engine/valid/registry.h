// Canonical types (spec 3.1.x: rolling, unrolling, equivalence). Every rec group of every module of an engine is
// entered here once; equal groups get equal ids, so that type equivalence is an integer compare and a subtype test
// looks into a display of supertypes. Ids inside a canonical type are canonical too.
//
// Threads: any. Reading a DefType takes no lock: it is immutable and stays where it is while somebody holds its
// group. Lifetime: groups are counted; a module (or a host function type) holds the groups it uses through TypeUse.
#pragma once
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "syntax/module.h"
#include "syntax/types.h"

namespace heddle {

using TypeId = uint32_t;  // canonical, engine-wide; fits the 24 bits a HeapType has for it
inline constexpr TypeId kNoType = 0xffffffff;
inline constexpr TypeId kMaxTypeId = 0xfffff0;  // ids from here on are never handed out (gc/heap.h uses some)

struct TypeGroup;  // one canonical rec group: registry.cpp

// A view of values that stand behind it in the same block: half the size of a span, and bound to its place.
template <class T>
class Part {
 public:
  Part() = default;
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  // SAFETY: `place` was given values of the block that this view lies in.
  const T* data() const { return reinterpret_cast<const T*>(reinterpret_cast<const std::byte*>(this) + offset_); }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size(); }
  const T& operator[](size_t i) const { return data()[i]; }
  const T& front() const { return data()[0]; }
  const T& back() const { return data()[size() - 1]; }
  std::span<const T> first(size_t count) const { return std::span<const T>(*this).first(count); }
  std::span<const T> subspan(size_t start) const { return std::span<const T>(*this).subspan(start); }

  void place(const T* values, size_t count) {
    offset_ = static_cast<uint64_t>(reinterpret_cast<const std::byte*>(values) - reinterpret_cast<std::byte*>(this));
    count_ = count;
    HEDDLE_ASSERT(data() == values && size() == count);
  }

 private:
  uint64_t count_ : 24 = 0;
  uint64_t offset_ : 40 = 0;  // in bytes
};

struct DefType {
  TypeId id = kNoType;
  CompKind kind = CompKind::func;
  bool final = true;
  TypeId super = kNoType, describes = kNoType, descriptor = kNoType;
  TypeId cont = kNoType;  // the function type of a continuation type

  // Views into the group: they live as long as the type.
  Part<TypeId> display;           // supertypes from the root down, without the type itself
  Part<ValType> params, results;  // func
  Part<FieldType> fields;         // struct; array: one

  // Derived, for the runtime: slots of parameters and results (v128 takes two), byte offsets of struct fields behind
  // the object header (gc/heap.h), size of a struct with header, size of an array element.
  uint32_t param_slots = 0, result_slots = 0;
  Part<uint32_t> offsets;
  uint32_t object_size = 0, elem_size = 0;
  // Where a struct keeps the reference to its descriptor; 0 if it has none. A hidden field of the first type of the
  // hierarchy that has a descriptor, so at 8 unless a supertype without one has fields.
  uint32_t descriptor_offset = 0;
  uint32_t fields_end = 0;  // behind the last field, before rounding: where a subtype's own fields begin
  TypeGroup* group = nullptr;

  uint32_t depth() const { return static_cast<uint32_t>(display.size()); }
};

class TypeRegistry;

// Holds the groups of the types it was made for; releases them when it goes.
class TypeUse {
 public:
  TypeUse() = default;
  TypeUse(TypeUse&& other) noexcept { swap(other); }
  TypeUse& operator=(TypeUse&& other) noexcept {
    TypeUse taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~TypeUse();
  std::span<const TypeId> ids() const { return ids_; }  // by TypeIdx of the module they were made for
  TypeId operator[](TypeIdx i) const {
    HEDDLE_ASSERT(i.raw < ids_.size());
    return ids_[i.raw];
  }

 private:
  friend class TypeRegistry;
  void swap(TypeUse& other) {
    std::swap(registry_, other.registry_);
    ids_.swap(other.ids_);
    groups_.swap(other.groups_);
  }

  TypeRegistry* registry_ = nullptr;
  std::vector<TypeId> ids_;
  std::vector<TypeGroup*> groups_;
};

class TypeRegistry {
 public:
  explicit TypeRegistry(uint32_t max_types = kMaxTypeId);
  ~TypeRegistry();
  TypeRegistry(const TypeRegistry&) = delete;
  TypeRegistry& operator=(const TypeRegistry&) = delete;

  // Enters a module's types. They are well-formed but for their subtyping declarations: indices in range, supertypes
  // and described types before the type, at most limits::kSubtypingDepth deep. Linear in their size.
  Result<TypeUse> add(const syntax::Module& module);
  // Enters one group, whose indices count on from those of `before`; `use` holds it besides what it holds already.
  Result<void> add_group(std::span<const SubType> group, std::span<const TypeId> before, TypeUse& use);
  // A final function type without supertype, from canonical value types: what host functions have.
  Result<TypeUse> add_func(std::span<const ValType> params, std::span<const ValType> results);

  const DefType& operator[](TypeId id) const {  // of a held id
    const DefType* type = find(id);
    HEDDLE_ASSERT(type);
    return *type;
  }
  bool is_subtype(TypeId sub, TypeId super) const {
    if (sub == super) return true;
    const DefType& s = (*this)[sub];
    uint32_t depth = (*this)[super].depth();
    return depth < s.display.size() && s.display[depth] == super;
  }
  bool matches(HeapType sub, HeapType super) const;  // spec 3.3.3, on canonical types
  bool matches(ValType sub, ValType super) const { return sub == super || sub.is_bot() || matches_ref(sub, super); }
  bool matches(FieldType sub, FieldType super) const;
  bool matches(std::span<const ValType> sub, std::span<const ValType> super) const;
  // The top of a heap type's hierarchy: any, func, extern, exn or cont.
  HeapKind top_of(HeapType heap) const;

  size_t live_types() const;  // for tests

 private:
  friend class TypeUse;
  struct Impl;
  using Slot = std::atomic<const DefType*>;

  // Ids live in chunks of doubling size that never move: chunk k holds kFirstChunk << k of them.
  static constexpr uint32_t kFirstChunk = 1024, kChunks = 15;
  // Written so that the compiler sees that the operand is not 0, for which bit_width needs a branch on x86-64.
  static constexpr uint32_t chunk_of(TypeId id) {
    return static_cast<uint32_t>(std::bit_width(id / kFirstChunk + 1)) - 1;
  }
  const DefType* find(TypeId id) const {
    if (id >= kMaxTypeId) [[unlikely]]
      return nullptr;
    uint32_t chunk = chunk_of(id);
    const Slot* slots = chunks_[chunk].load(std::memory_order_acquire);
    if (!slots) [[unlikely]]
      return nullptr;
    return slots[id + kFirstChunk - (kFirstChunk << chunk)].load(std::memory_order_acquire);
  }
  void reserve_slot(TypeId id);
  Slot& slot(TypeId id);
  bool matches_ref(ValType sub, ValType super) const;

  std::array<std::atomic<Slot*>, kChunks> chunks_{};
  std::unique_ptr<Impl> impl_;
};

// The bottom of all heap types, which no module can write: what a reference popped from unreachable code refers to.
inline constexpr HeapType kBotHeap = HeapType(static_cast<HeapKind>(14));

// Module-relative types to canonical ones: indices become ids by `ids`.
constexpr ValType canonical(ValType t, std::span<const TypeId> ids) {
  if (!t.defined()) return t;
  return ValType::ref(t.heap().with_index(ids[t.heap().index()]), t.nullable());
}
constexpr HeapType canonical(HeapType t, std::span<const TypeId> ids) {
  return t.abstract() ? t : t.with_index(ids[t.index()]);
}

// "(ref null $t)", "i32": as the text format writes it; defined types by number.
std::string to_string(ValType type);
std::string to_string(HeapType type);

}  // namespace heddle
