// The identifiers of a module: (scope, name) -> index. An open hash table over names that live in the source or
// beside it; clear() costs nothing, so that each function's locals can use one table in turn. The hash is keyed by
// an address, which a source cannot know, so that no source can choose names that collide.
#pragma once
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace heddle::text {

class Symbols {
 public:
  std::optional<uint32_t> find(uint32_t scope, std::string_view name) const {
    if (count_ == 0) return std::nullopt;
    const Slot& slot = slots_[probe(scope, name)];
    if (slot.generation != generation_) return std::nullopt;
    return slot.value;
  }

  // What the name stood for until now.
  std::optional<uint32_t> set(uint32_t scope, std::string_view name, uint32_t value) {
    if ((count_ + 1) * 2 > slots_.size()) grow();
    Slot& slot = slots_[probe(scope, name)];
    if (slot.generation == generation_) {
      uint32_t old = slot.value;
      slot.value = value;
      return old;
    }
    slot = {name, scope, value, generation_};
    ++count_;
    return std::nullopt;
  }

  void clear() {
    ++generation_;
    count_ = 0;
  }

  // All names of a scope, for messages.
  template <class F>
  void each(uint32_t scope, F&& f) const {
    for (const Slot& slot : slots_) {
      if (slot.generation == generation_ && slot.scope == scope) f(slot.name, slot.value);
    }
  }

 private:
  struct Slot {
    std::string_view name;
    uint32_t scope = 0, value = 0;
    uint64_t generation = 0;
  };

  static uint64_t mix(uint64_t a, uint64_t b) {
    __extension__ using Product = unsigned __int128;
    Product product = static_cast<Product>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }

  uint64_t hash(uint32_t scope, std::string_view name) const {
    uint64_t h = key_ ^ (uint64_t{scope} << 32 | static_cast<uint32_t>(name.size()));
    size_t i = 0;
    for (; i + 8 <= name.size(); i += 8) {
      uint64_t chunk;
      std::memcpy(&chunk, name.data() + i, 8);
      h = mix(h ^ chunk, 0x9e3779b97f4a7c15);
    }
    uint64_t rest = 0;
    std::memcpy(&rest, name.data() + i, name.size() - i);
    return mix(h ^ rest, 0xd6e8feb86659fd93);
  }

  size_t probe(uint32_t scope, std::string_view name) const {
    size_t i = hash(scope, name) & (slots_.size() - 1);
    while (slots_[i].generation == generation_ && !(slots_[i].scope == scope && slots_[i].name == name)) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  void grow() {
    std::vector<Slot> old(slots_.empty() ? 64 : slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.generation == generation_) slots_[probe(slot.scope, slot.name)] = slot;
    }
  }

  std::vector<Slot> slots_;
  size_t count_ = 0;
  uint64_t generation_ = 1;
  // SAFETY: the address is used as a number only.
  uint64_t key_ = mix(reinterpret_cast<uintptr_t>(this) | 1, 0xa0761d6478bd642f);
};

}  // namespace heddle::text
