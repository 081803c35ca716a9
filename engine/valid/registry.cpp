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

struct TypeGroup {
  uint32_t refs = 0;  // TypeUses and groups that refer to it
  uint64_t hash = 0;
  std::vector<uint32_t> key;
  std::vector<DefType> types;
  std::vector<TypeGroup*> uses;  // the groups it refers to, each once
  // What the views of `types` point into.
  std::vector<ValType> vals;
  std::vector<FieldType> fields;
  std::vector<uint32_t> offsets;
  std::vector<std::unique_ptr<TypeId[]>> displays;
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
    for (const SubType& type : source_.types) write(type);
  }

 private:
  static constexpr uint32_t kOwn = 0x80;  // the bit of a ValType's word that is free

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

  TypeGroup* find(uint64_t hash, const std::vector<uint32_t>& key) const {
    if (entries_.empty()) return nullptr;
    for (size_t i = hash & mask_; entries_[i].group; i = (i + 1) & mask_) {
      if (entries_[i].hash == hash && entries_[i].group->key == key) return entries_[i].group;
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

}  // namespace

struct TypeRegistry::Impl {
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
    return group;
  }

  Result<TypeGroup*> make(TypeRegistry& registry, const Source& source) {
    size_t count = source.types.size();
    if (count > free_ids.size() + (max_types - next_id)) return ErrorCode::type_registry_full;
    auto group = std::make_unique<TypeGroup>();
    group->key = key;
    group->types.resize(count);
    for (DefType& type : group->types) {
      type.id = take_id(registry);
      type.group = group.get();
    }
    fill(registry, source, *group);
    hold_uses(registry, *group);
    for (const DefType& type : group->types) registry.slot(type.id).store(&type, std::memory_order_release);
    live += count;
    return group.release();
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

  void fill(TypeRegistry& registry, const Source& source, TypeGroup& group);
  void fill_type(const Source& source, TypeGroup& group, size_t i);
  void hold_uses(TypeRegistry& registry, TypeGroup& group);

  void release(TypeRegistry& registry, std::vector<TypeGroup*> work) {
    while (!work.empty()) {
      TypeGroup* group = work.back();
      work.pop_back();
      if (--group->refs > 0) continue;
      work.insert(work.end(), group->uses.begin(), group->uses.end());
      groups.erase(group);
      for (const DefType& type : group->types) {
        registry.slot(type.id).store(nullptr, std::memory_order_release);
        free_ids.push_back(type.id);
      }
      live -= group->types.size();
      delete group;
    }
  }
};

namespace {

// The display of the types right below `super`.
std::span<const TypeId> add_display(const DefType& super, TypeGroup& group) {
  size_t depth = super.display.size();
  auto display = std::make_unique<TypeId[]>(depth + 1);
  std::copy(super.display.begin(), super.display.end(), display.get());
  display[depth] = super.id;
  group.displays.push_back(std::move(display));
  return {group.displays.back().get(), depth + 1};
}

// Field offsets go on where those of the supertype end; the descriptor comes before the fields of the first type of
// the hierarchy that has one. What the supertype is has not been checked yet, so a wrong one may not lead astray.
void lay_out_struct(DefType& type, const DefType* super, std::vector<uint32_t>& offsets) {
  uint32_t at = kHeader;
  size_t inherited = 0;
  const uint32_t* begin = offsets.data() + offsets.size();
  if (super && super->kind == CompKind::struct_) {
    inherited = std::min(super->fields.size(), type.fields.size());
    offsets.insert(offsets.end(), super->offsets.begin(), super->offsets.begin() + static_cast<ptrdiff_t>(inherited));
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
    offsets.push_back(at);
    at += size;
  }
  type.offsets = {begin, type.fields.size()};
  type.fields_end = at;
  type.object_size = round_up(at, 8);
}

}  // namespace

void TypeRegistry::Impl::fill(TypeRegistry& registry, const Source& source, TypeGroup& group) {
  // The arenas are sized once, so that the views into them stay where they are.
  size_t vals = 0, fields = 0, offsets = 0;
  for (const SubType& type : source.types) {
    vals += type.params.size() + type.results.size();
    fields += type.fields.size();
    if (type.kind == CompKind::struct_) offsets += type.fields.size();
  }
  group.vals.reserve(vals);
  group.fields.reserve(fields);
  group.offsets.reserve(offsets);
  std::unordered_map<TypeId, std::span<const TypeId>> displays;  // of the types below a supertype
  for (size_t i = 0; i < source.types.size(); ++i) {
    DefType& type = group.types[i];
    fill_type(source, group, i);
    const DefType* super = nullptr;
    if (type.super != kNoType) {
      uint32_t index = source.types[i].super->raw;
      super = source.own(index) ? &group.types[index - source.first] : &registry[type.super];
      std::span<const TypeId>& display = displays[super->id];
      if (display.empty()) display = add_display(*super, group);
      type.display = display;
    }
    if (type.kind == CompKind::struct_) lay_out_struct(type, super, group.offsets);
    if (type.kind == CompKind::array) type.elem_size = storage_size(type.fields[0].type);
  }
}

void TypeRegistry::Impl::fill_type(const Source& source, TypeGroup& group, size_t i) {
  const SubType& from = source.types[i];
  DefType& type = group.types[i];
  auto id = [&](TypeIdx x) {
    return source.own(x.raw) ? group.types[x.raw - source.first].id : source.earlier(x.raw);
  };
  auto value = [&](ValType t) {
    if (!t.defined()) return t;
    return ValType::ref(t.heap().with_index(id(TypeIdx{t.heap().index()})), t.nullable());
  };
  auto values = [&](std::span<const ValType> types) {
    const ValType* begin = group.vals.data() + group.vals.size();
    for (ValType t : types) group.vals.push_back(value(t));
    return std::span<const ValType>(begin, types.size());
  };

  type.kind = from.kind;
  type.final = from.final;
  if (from.super) type.super = id(*from.super);
  if (from.describes) type.describes = id(*from.describes);
  if (from.descriptor) type.descriptor = id(*from.descriptor);
  if (from.kind == CompKind::cont) type.cont = id(from.cont);
  type.params = values(from.params);
  type.results = values(from.results);
  type.param_slots = slots_of_all(type.params);
  type.result_slots = slots_of_all(type.results);
  type.fields = {group.fields.data() + group.fields.size(), from.fields.size()};
  for (const FieldType& field : from.fields) group.fields.push_back({value(field.type), field.mut});
}

void TypeRegistry::Impl::hold_uses(TypeRegistry& registry, TypeGroup& group) {
  auto use = [&](TypeId id) {
    if (id == kNoType) return;
    const DefType* type = registry.find(id);
    if (type) group.uses.push_back(type->group);  // the group's own types have no slot yet
  };
  for (const DefType& type : group.types) {
    use(type.super);
    use(type.cont);
  }
  for (ValType t : group.vals) use(t.defined() ? t.heap().index() : kNoType);
  for (const FieldType& f : group.fields) use(f.type.defined() ? f.type.heap().index() : kNoType);
  std::sort(group.uses.begin(), group.uses.end());
  group.uses.erase(std::unique(group.uses.begin(), group.uses.end()), group.uses.end());
  for (TypeGroup* used : group.uses) ++used->refs;
}

TypeRegistry::TypeRegistry(uint32_t max_types) : impl_(std::make_unique<Impl>()) {
  impl_->max_types = std::min(max_types, kMaxTypeId);
  impl_->seed = static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
                reinterpret_cast<uintptr_t>(impl_.get());
}

TypeRegistry::~TypeRegistry() {
  for (const GroupTable::Entry& entry : impl_->groups.entries()) delete entry.group;
  for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

void TypeRegistry::reserve_slot(TypeId id) {
  uint32_t chunk = static_cast<uint32_t>(std::bit_width((id + kFirstChunk) / kFirstChunk)) - 1;
  if (chunks_[chunk].load(std::memory_order_relaxed)) return;
  chunks_[chunk].store(new Slot[kFirstChunk << chunk](), std::memory_order_release);
}

TypeRegistry::Slot& TypeRegistry::slot(TypeId id) {
  uint32_t chunk = static_cast<uint32_t>(std::bit_width((id + kFirstChunk) / kFirstChunk)) - 1;
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
    for (const DefType& type : group.value()->types) use.ids_.push_back(type.id);
  }
  return use;
}

Result<TypeUse> TypeRegistry::add_func(std::span<const ValType> params, std::span<const ValType> results) {
  SubType type;
  type.params.assign(params.begin(), params.end());
  type.results.assign(results.begin(), results.end());
  TypeUse use;
  use.registry_ = this;
  std::unique_lock lock(impl_->mutex);
  auto group = impl_->enter(*this, Source{{&type, 1}, {}, kNoType});
  lock.unlock();
  if (!group.ok()) return group.error();
  use.groups_.push_back(group.value());
  use.ids_.push_back(group.value()->types[0].id);
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
