// Hash-consing of rec groups. A group is described by a flat key of words in which a reference to a type of the group
// itself is relative to the group and every other reference is a canonical id; two groups are equal if and only if
// their keys are (spec 3.1.x, equi-recursive types made iso-recursive). A group holds the groups it refers to; they
// are older, so there are no cycles and counting suffices. Nothing here recurses.
#include "valid/registry.h"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <unordered_map>

#include "base/checked.h"

namespace heddle {

// A group and all that belongs to it are one block: there may be a million of them.
//
//   [TypeGroup][uses][types][key][params and results][fields][field offsets][displays]
struct TypeGroup {
  uint32_t refs = 0;  // TypeUses and groups that refer to it
  uint32_t type_count = 0, use_count = 0;
  uint64_t hash = 0;
  std::span<const uint32_t> key;

  // SAFETY: see above; GroupBuilder makes the block.
  TypeGroup** use_array() { return reinterpret_cast<TypeGroup**>(this + 1); }
  DefType* type_array() { return reinterpret_cast<DefType*>(use_array() + use_count); }
  std::span<TypeGroup*> uses() { return {use_array(), use_count}; }  // the groups it refers to, each once
  std::span<DefType> types() { return {type_array(), type_count}; }
};

namespace {

// Where the indices of a group's types come from: a module's, in which those from `first` on are the group's own, or
// canonical ids throughout (first is then beyond all of them).
struct Source {
  std::span<const SubType> types;
  std::span<const TypeId> ids;  // of the module's earlier types; empty: indices are canonical already
  uint32_t first = 0;

  bool own(uint32_t index) const { return index >= first; }
  TypeId earlier(uint32_t index) const { return ids.empty() ? index : ids[index]; }
};

// The key of a group, word by word.
class KeyWriter {
 public:
  KeyWriter(const Source& source, std::vector<uint32_t>& out) : source_(source), out_(out) {}

  void write() {
    out_.clear();
    size_t words = 0;
    for (const SubType& type : source_.types) words += most_words(type);
    out_.reserve(words);
    for (const SubType& type : source_.types) write(type);
  }

 private:
  static constexpr uint32_t kOwn = 0x80;  // the bit of a ValType's word that is free

  static size_t most_words(const SubType& type) {
    size_t references = type.super.has_value() + type.describes.has_value() + type.descriptor.has_value();
    return 3 + references + type.params.size() + type.results.size() + 2 * type.fields.size();
  }

  void write(const SubType& type) {
    out_.push_back(static_cast<uint32_t>(type.kind) | uint32_t{type.final} << 4 |
                   uint32_t{type.super.has_value()} << 5 | uint32_t{type.describes.has_value()} << 6 |
                   uint32_t{type.descriptor.has_value()} << 7);
    if (type.super) index(*type.super);
    if (type.describes) index(*type.describes);
    if (type.descriptor) index(*type.descriptor);
    switch (type.kind) {
      case CompKind::func:
        values(type.params);
        values(type.results);
        break;
      case CompKind::struct_:
      case CompKind::array:
        out_.push_back(static_cast<uint32_t>(type.fields.size()));
        for (const FieldType& field : type.fields) {
          value(field.type);
          out_.push_back(field.mut);
        }
        break;
      case CompKind::cont: index(type.cont); break;
    }
  }

  void index(TypeIdx i) {
    out_.push_back(source_.own(i.raw) ? (i.raw - source_.first) << 1 | 1 : source_.earlier(i.raw) << 1);
  }

  void values(std::span<const ValType> types) {
    out_.push_back(static_cast<uint32_t>(types.size()));
    for (ValType t : types) value(t);
  }

  void value(ValType t) {
    if (!t.defined()) return out_.push_back(t.bits());
    uint32_t i = t.heap().index();
    uint32_t as = source_.own(i) ? i - source_.first : source_.earlier(i);
    uint32_t bits = ValType::ref(t.heap().with_index(as), t.nullable()).bits();
    out_.push_back(source_.own(i) ? bits | kOwn : bits);
  }

  const Source& source_;
  std::vector<uint32_t>& out_;
};

uint64_t hash_of(std::span<const uint32_t> key, uint64_t seed) {
  uint64_t hash = seed ^ key.size();
  for (uint32_t word : key) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 29;
  }
  return hash;
}

constexpr uint32_t kHeader = 8, kReference = 8;  // bytes: an object's header, a reference

constexpr uint32_t round_up(uint32_t n, uint32_t to) { return (n + to - 1) / to * to; }

uint32_t slots_of_all(std::span<const ValType> types) {
  uint32_t slots = 0;
  for (ValType t : types) slots += slots_of(t);
  return slots;
}

// The canonical groups by hash: open addressing, at most half full, gaps closed on removal.
class GroupTable {
 public:
  struct Entry {
    uint64_t hash = 0;
    TypeGroup* group = nullptr;
  };

  TypeGroup* find(uint64_t hash, std::span<const uint32_t> key) const {
    if (entries_.empty()) return nullptr;
    for (size_t i = hash & mask_; entries_[i].group; i = (i + 1) & mask_) {
      if (entries_[i].hash == hash && std::ranges::equal(entries_[i].group->key, key)) return entries_[i].group;
    }
    return nullptr;
  }

  void insert(uint64_t hash, TypeGroup* group) {
    if ((count_ + 1) * 2 > entries_.size()) grow();
    ++count_;
    place({hash, group});
  }

  void erase(const TypeGroup* group) {
    size_t gap = group->hash & mask_;
    while (entries_[gap].group != group) gap = (gap + 1) & mask_;
    --count_;
    for (size_t i = (gap + 1) & mask_; entries_[i].group; i = (i + 1) & mask_) {
      // An entry whose own place lies behind the gap stays.
      if (((i - entries_[i].hash) & mask_) < ((i - gap) & mask_)) continue;
      entries_[gap] = entries_[i];
      gap = i;
    }
    entries_[gap] = {};
  }

  const std::vector<Entry>& entries() const { return entries_; }

 private:
  void place(Entry entry) {
    size_t i = entry.hash & mask_;
    while (entries_[i].group) i = (i + 1) & mask_;
    entries_[i] = entry;
  }

  void grow() {
    std::vector<Entry> before(std::max<size_t>(64, entries_.size() * 2));
    before.swap(entries_);
    mask_ = entries_.size() - 1;
    for (const Entry& entry : before) {
      if (entry.group) place(entry);
    }
  }

  std::vector<Entry> entries_;
  size_t mask_ = 0, count_ = 0;
};

// The types directly below a supertype share one display. Which supertypes there are, and where their displays begin:
// by the place in the group for its own types, by id for others.
class DisplayPlan {
 public:
  static constexpr uint32_t kNowhere = UINT32_MAX;

  DisplayPlan(const TypeRegistry& registry, const Source& source) : source_(source) {
    for (uint32_t i = 0; i < source.types.size(); ++i) {
      const SubType& type = source.types[i];
      if (type.super) add(registry, type.super->raw, i);
    }
  }

  uint32_t words() const { return words_; }
  uint32_t& place_below(uint32_t super) {
    if (!source_.own(super)) return others_.try_emplace(super, kNowhere).first->second;
    if (own_.empty()) own_.assign(source_.types.size(), kNowhere);
    return own_[super - source_.first];
  }

 private:
  // Type `i` is below `super`.
  void add(const TypeRegistry& registry, uint32_t super, uint32_t i) {
    if (depths_.empty()) depths_.assign(source_.types.size(), 0);
    uint32_t depth = source_.own(super) ? depths_[super - source_.first] : registry[source_.earlier(super)].depth();
    depths_[i] = static_cast<uint8_t>(depth + 1);
    uint32_t& place = place_below(super);
    if (place != kNowhere) return;
    place = words_;
    words_ += depth + 1;
  }

  const Source& source_;
  uint32_t words_ = 0;
  std::vector<uint8_t> depths_;  // of the group's types
  std::vector<uint32_t> own_;
  std::unordered_map<uint32_t, uint32_t> others_;
};

// Makes a group's block and fills it.
class GroupBuilder {
 public:
  GroupBuilder(const TypeRegistry& registry, const Source& source)
      : registry_(registry), source_(source), displays_(registry, source) {}

  // Without ids yet.
  TypeGroup* allocate(std::span<const uint32_t> key) {
    collect_uses();
    size_t vals = 0, fields = 0, offsets = 0;
    for (const SubType& type : source_.types) {
      vals += type.params.size() + type.results.size();
      fields += type.fields.size();
      if (type.kind == CompKind::struct_) offsets += type.fields.size();
    }
    static_assert(sizeof(FieldType) == 8 && sizeof(DefType) % 8 == 0 && sizeof(TypeGroup) % 8 == 0);
    size_t words = key.size() + vals + offsets + displays_.words();
    size_t types = source_.types.size();
    void* block = ::operator new(sizeof(TypeGroup) + uses_.size() * sizeof(TypeGroup*) + types * sizeof(DefType) +
                                 fields * sizeof(FieldType) + words * sizeof(uint32_t));
    group_ = new (block) TypeGroup();
    group_->type_count = static_cast<uint32_t>(types);
    group_->use_count = static_cast<uint32_t>(uses_.size());
    std::ranges::copy(uses_, group_->use_array());
    for (size_t i = 0; i < types; ++i) new (group_->type_array() + i) DefType();
    fields_ = reinterpret_cast<FieldType*>(group_->type_array() + types);
    auto* own_key = reinterpret_cast<uint32_t*>(fields_ + fields);
    std::ranges::copy(key, own_key);
    group_->key = {own_key, key.size()};
    vals_ = reinterpret_cast<ValType*>(own_key + key.size());
    offsets_ = reinterpret_cast<uint32_t*>(vals_ + vals);
    display_words_ = offsets_ + offsets;
    return group_;
  }

  // All but the ids, which are there.
  void fill() {
    for (uint32_t i = 0; i < source_.types.size(); ++i) {
      DefType& type = group_->types()[i];
      fill_type(source_.types[i], type);
      const DefType* super = nullptr;
      if (type.super != kNoType) {
        uint32_t index = source_.types[i].super->raw;
        super = source_.own(index) ? &group_->types()[index - source_.first] : &registry_[type.super];
        place_display(type, *super, display_words_ + displays_.place_below(index));
      }
      if (type.kind == CompKind::struct_) lay_out_struct(type, super);
      if (type.kind == CompKind::array) type.elem_size = storage_size(type.fields[0].type);
    }
  }

 private:
  // The groups of the types of other groups that are referred to. Descriptors are always of the same group.
  void collect_uses() {
    auto use = [&](uint32_t index) {
      if (!source_.own(index)) uses_.push_back(registry_[source_.earlier(index)].group);
    };
    auto value = [&](ValType t) {
      if (t.defined()) use(t.heap().index());
    };
    for (const SubType& type : source_.types) {
      if (type.super) use(type.super->raw);
      if (type.kind == CompKind::cont) use(type.cont.raw);
      for (ValType t : type.params) value(t);
      for (ValType t : type.results) value(t);
      for (const FieldType& field : type.fields) value(field.type);
    }
    std::sort(uses_.begin(), uses_.end());
    uses_.erase(std::unique(uses_.begin(), uses_.end()), uses_.end());
  }

  TypeId id(TypeIdx x) const {
    return source_.own(x.raw) ? group_->types()[x.raw - source_.first].id : source_.earlier(x.raw);
  }
  ValType value(ValType t) const {
    if (!t.defined()) return t;
    return ValType::ref(t.heap().with_index(id(TypeIdx{t.heap().index()})), t.nullable());
  }
  void place_values(Part<ValType>& part, std::span<const ValType> types) {
    const ValType* begin = vals_;
    for (ValType t : types) *vals_++ = value(t);
    part.place(begin, types.size());
  }

  void fill_type(const SubType& from, DefType& type) {
    type.kind = from.kind;
    type.final = from.final;
    if (from.super) type.super = id(*from.super);
    if (from.describes) type.describes = id(*from.describes);
    if (from.descriptor) type.descriptor = id(*from.descriptor);
    if (from.kind == CompKind::cont) type.cont = id(from.cont);
    place_values(type.params, from.params);
    place_values(type.results, from.results);
    type.param_slots = slots_of_all(type.params);
    type.result_slots = slots_of_all(type.results);
    const FieldType* fields = fields_;
    for (const FieldType& field : from.fields) *fields_++ = {value(field.type), field.mut};
    type.fields.place(fields, from.fields.size());
  }

  // Written again for every type below `super`, which changes nothing: a few words.
  static void place_display(DefType& type, const DefType& super, uint32_t* words) {
    *std::ranges::copy(super.display, words).out = super.id;
    type.display.place(words, super.display.size() + 1);
  }

  void lay_out_struct(DefType& type, const DefType* super);

  const TypeRegistry& registry_;
  const Source& source_;
  DisplayPlan displays_;
  std::vector<TypeGroup*> uses_;
  TypeGroup* group_ = nullptr;
  // Where the next of each stands.
  FieldType* fields_ = nullptr;
  ValType* vals_ = nullptr;
  uint32_t* offsets_ = nullptr;
  uint32_t* display_words_ = nullptr;  // all of them
};

// Field offsets go on where those of the supertype end; the descriptor comes before the fields of the first type of
// the hierarchy that has one. What the supertype is has not been checked yet, so a wrong one may not lead astray.
void GroupBuilder::lay_out_struct(DefType& type, const DefType* super) {
  uint32_t at = kHeader;
  size_t inherited = 0;
  const uint32_t* begin = offsets_;
  if (super && super->kind == CompKind::struct_) {
    inherited = std::min(super->fields.size(), type.fields.size());
    offsets_ = std::copy_n(super->offsets.begin(), inherited, offsets_);
    at = super->fields_end;
    type.descriptor_offset = super->descriptor_offset;
  }
  if (type.descriptor != kNoType && type.descriptor_offset == 0) {
    type.descriptor_offset = round_up(at, kReference);
    at = type.descriptor_offset + kReference;
  }
  for (size_t i = inherited; i < type.fields.size(); ++i) {
    uint32_t size = storage_size(type.fields[i].type);
    at = round_up(at, std::min(size, 8u));
    *offsets_++ = at;
    at += size;
  }
  type.offsets.place(begin, type.fields.size());
  type.fields_end = at;
  type.object_size = round_up(at, 8);
}

}  // namespace

struct TypeRegistry::Impl {
  static constexpr size_t kKeptKey = 1 << 14;  // words of scratch that stay

  mutable std::mutex mutex;
  uint64_t seed = 0;  // keys come from guests: without it they could be made to collide
  uint32_t max_types = 0, next_id = 0;
  size_t live = 0;
  std::vector<TypeId> free_ids;
  GroupTable groups;
  std::vector<uint32_t> key;  // scratch

  // The group of `source`, made if it is new; it counts one reference more.
  Result<TypeGroup*> enter(TypeRegistry& registry, const Source& source) {
    KeyWriter(source, key).write();
    uint64_t hash = hash_of(key, seed);
    TypeGroup* group = groups.find(hash, key);
    if (!group) {
      group = TRY(make(registry, source));
      group->hash = hash;
      groups.insert(hash, group);
    }
    ++group->refs;
    if (key.capacity() > kKeptKey) key = {};
    return group;
  }

  Result<TypeGroup*> make(TypeRegistry& registry, const Source& source) {
    size_t count = source.types.size();
    if (count > free_ids.size() + (max_types - next_id)) return ErrorCode::type_registry_full;
    GroupBuilder builder(registry, source);
    TypeGroup* group = builder.allocate(key);
    for (DefType& type : group->types()) {
      type.id = take_id(registry);
      type.group = group;
    }
    builder.fill();
    for (TypeGroup* used : group->uses()) ++used->refs;
    for (const DefType& type : group->types()) registry.slot(type.id).store(&type, std::memory_order_release);
    live += count;
    return group;
  }

  TypeId take_id(TypeRegistry& registry) {
    if (!free_ids.empty()) {
      TypeId id = free_ids.back();
      free_ids.pop_back();
      return id;
    }
    registry.reserve_slot(next_id);
    return next_id++;
  }

  void release(TypeRegistry& registry, std::vector<TypeGroup*> work) {
    while (!work.empty()) {
      TypeGroup* group = work.back();
      work.pop_back();
      if (--group->refs > 0) continue;
      work.insert(work.end(), group->uses().begin(), group->uses().end());
      groups.erase(group);
      for (const DefType& type : group->types()) {
        registry.slot(type.id).store(nullptr, std::memory_order_release);
        free_ids.push_back(type.id);
      }
      live -= group->type_count;
      ::operator delete(group);
    }
  }
};

TypeRegistry::TypeRegistry(uint32_t max_types) : impl_(std::make_unique<Impl>()) {
  impl_->max_types = std::min(max_types, kMaxTypeId);
  impl_->seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
                reinterpret_cast<uintptr_t>(impl_.get());
}

TypeRegistry::~TypeRegistry() {
  for (const GroupTable::Entry& entry : impl_->groups.entries()) ::operator delete(entry.group);
  for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

void TypeRegistry::reserve_slot(TypeId id) {
  uint32_t chunk = chunk_of(id);
  if (chunks_[chunk].load(std::memory_order_relaxed)) return;
  chunks_[chunk].store(new Slot[kFirstChunk << chunk](), std::memory_order_release);
}

TypeRegistry::Slot& TypeRegistry::slot(TypeId id) {
  uint32_t chunk = chunk_of(id);
  return chunks_[chunk].load(std::memory_order_relaxed)[id + kFirstChunk - (kFirstChunk << chunk)];
}

Result<TypeUse> TypeRegistry::add(const syntax::Module& module) {
  TypeUse use;
  use.registry_ = this;
  use.ids_.reserve(module.types.size());
  use.groups_.reserve(module.rec_groups.size());
  std::span<const SubType> types = module.types;
  std::unique_lock lock(impl_->mutex);
  for (const syntax::RecGroup& rec : module.rec_groups) {
    HEDDLE_ASSERT(rec.first == use.ids_.size() && in_bounds(rec.first, rec.count, types.size()));
    auto group = impl_->enter(*this, Source{types.subspan(rec.first, rec.count), use.ids_, rec.first});
    if (!group.ok()) {
      lock.unlock();  // `use` gives back what it has
      return group.error();
    }
    use.groups_.push_back(group.value());
    for (const DefType& type : group.value()->types()) use.ids_.push_back(type.id);
  }
  return use;
}

Result<void> TypeRegistry::add_group(std::span<const SubType> group, std::span<const TypeId> before, TypeUse& use) {
  HEDDLE_ASSERT(!use.registry_ || use.registry_ == this);
  use.registry_ = this;
  std::unique_lock lock(impl_->mutex);
  auto entered = impl_->enter(*this, Source{group, before, static_cast<uint32_t>(before.size())});
  lock.unlock();
  if (!entered.ok()) return entered.error();
  use.groups_.push_back(entered.value());
  for (const DefType& type : entered.value()->types()) use.ids_.push_back(type.id);
  return {};
}

Result<TypeUse> TypeRegistry::add_func(std::span<const ValType> params, std::span<const ValType> results) {
  SubType type;
  type.params = List<ValType>(params);
  type.results = List<ValType>(results);
  TypeUse use;
  use.registry_ = this;
  std::unique_lock lock(impl_->mutex);
  auto group = impl_->enter(*this, Source{{&type, 1}, {}, kNoType});
  lock.unlock();
  if (!group.ok()) return group.error();
  use.groups_.push_back(group.value());
  use.ids_.push_back(group.value()->types()[0].id);
  return use;
}

size_t TypeRegistry::live_types() const {
  std::lock_guard lock(impl_->mutex);
  return impl_->live;
}

TypeUse::~TypeUse() {
  if (!registry_ || groups_.empty()) return;
  std::lock_guard lock(registry_->impl_->mutex);
  registry_->impl_->release(*registry_, std::move(groups_));
}

}  // namespace heddle
