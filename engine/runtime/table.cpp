#include "runtime/table.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include "syntax/limits.h"

namespace heddle::rt {
namespace {

constexpr uint64_t kRefused = UINT64_MAX;

uint64_t max_entries(const TableType& type) {
  return std::min(type.limits.max.value_or(UINT64_MAX), uint64_t{limits::kTableEntries});
}

// Zeroed without being touched: large blocks come as fresh pages, so that a huge table costs nothing until it is
// used.
Ref* allocate(uint64_t entries) {
  return static_cast<Ref*>(std::calloc(std::max(entries, uint64_t{1}), sizeof(Ref)));
}

}  // namespace

Result<std::unique_ptr<Table>> Table::create(const TableType& type, Ref init, Budget* budget) {
  uint64_t size = type.limits.min;
  if (size > limits::kTableEntries) return ErrorCode::out_of_memory;
  std::unique_ptr<Table> table(new (std::nothrow) Table());
  if (!table) return ErrorCode::out_of_memory;
  table->type = type;
  table->elems = allocate(size);
  if (!table->elems) return ErrorCode::out_of_memory;
  if (budget && !budget->charge(Resource::table_elements, size)) return ErrorCode::budget_exceeded;
  table->budget = budget;
  table->size = table->capacity = size;
  if (init != 0) std::fill_n(table->elems, size, init);
  return table;
}

Table::~Table() {
  std::free(elems);
  if (budget) budget->release(Resource::table_elements, size);
}

// Capacity doubles, so that growing one by one is linear.
uint64_t Table::grow(uint64_t delta, Ref init) {
  uint64_t most = max_entries(type);
  if (size > most || delta > most - size) return kRefused;
  uint64_t old_size = size, new_size = size + delta;
  if (budget && !budget->charge(Resource::table_elements, delta)) return kRefused;
  if (new_size > capacity) {
    uint64_t new_capacity = std::min(std::max(new_size, capacity * 2), most);
    Ref* moved = allocate(new_capacity);
    if (!moved) {
      if (budget) budget->release(Resource::table_elements, delta);
      return kRefused;
    }
    std::memcpy(moved, elems, old_size * sizeof(Ref));
    std::free(elems);
    elems = moved;
    capacity = new_capacity;
  }
  size = new_size;
  if (init != 0) std::fill_n(elems + old_size, delta, init);
  return old_size;
}

TableType Table::current_type() const {
  TableType current = type;
  current.limits.min = size;
  return current;
}

}  // namespace heddle::rt
