// A table (spec 4.2.8) and the other small store objects: globals, tags, passive segments. Elements and globals hold
// references as slots do. Everything here belongs to one store.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/checked.h"
#include "base/result.h"
#include "runtime/budget.h"
#include "runtime/tier.h"
#include "syntax/types.h"

namespace heddle::rt {

// Element access is open: the tiers read `elems` and `size` directly.
struct Table {
  Ref* elems = nullptr;
  uint64_t size = 0;
  TableType type;  // elem is canonical; limits as declared
  Budget* budget = nullptr;
  uint64_t capacity = 0;

  static Result<std::unique_ptr<Table>> create(const TableType& type, Ref init, Budget* budget);
  ~Table();
  uint64_t grow(uint64_t delta, Ref init);  // the size before, or -1 (all bits)
  // The one check of ranges: the elements [start, start + count).
  Result<std::span<Ref>> slice(uint64_t start, uint64_t count) const {
    if (!in_bounds(start, count, size)) return ErrorCode::out_of_bounds_table;
    return std::span<Ref>(elems + start, count);
  }
  TableType current_type() const;
};

struct Global {
  Slot value[2] = {};  // v128 uses both
  GlobalType type;     // canonical
};

struct Tag {
  TypeId type = kNoType;  // of its function type
};

// A passive segment of an instance; dropping empties it.
struct ElemSegment {
  std::vector<Ref> refs;
};
struct DataSegment {
  std::span<const uint8_t> bytes;
};

}  // namespace heddle::rt
