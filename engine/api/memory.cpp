// Memories.
#include "api/internal.h"

#include <algorithm>

#include "syntax/limits.h"

namespace heddle::api {

using detail::Access;
using detail::StoreCell;

namespace {

Result<MemType> checked(const MemoryType& type) {
  if (type.page_size_log2 != 16 && type.page_size_log2 != 0) return Access::error(ErrorCode::invalid_page_size);
  if (type.shared && !type.max_pages) return Access::error(ErrorCode::shared_needs_max);
  if (type.max_pages && *type.max_pages < type.min_pages) return Access::error(ErrorCode::size_minimum);
  MemType out;
  out.limits.min = type.min_pages;
  out.limits.max = type.max_pages;
  out.addr64 = type.memory64;
  out.shared = type.shared;
  out.page_size_log2 = type.page_size_log2;
  return out;
}

}  // namespace

Memory Access::memory(StoreCell* cell, rt::Memory* m) {
  Memory memory;
  memory.memory_ = m;
  if (!m->type().shared) {
    memory.cell_ = cell->shared_from_this();
    return memory;
  }
  rt::Store& store = *cell->store;
  memory.engine_ = store.engine;
  auto owner =
      std::find_if(store.memories.begin(), store.memories.end(), [m](auto& held) { return held.get() == m; });
  HEDDLE_ASSERT(owner != store.memories.end());
  memory.shared_ = *owner;
  return memory;
}

Result<Memory> Memory::create(StoreRef in, const MemoryType& type) {
  StoreCell* cell = Access::cell(in);
  auto alive = detail::alive(cell);
  if (!alive.ok()) return detail::gone(cell);
  rt::Store& store = *alive.value();
  if (type.shared) return Error(ErrorKind::misuse, "a shared memory belongs to no store: see Memory::create_shared");
  Result<MemType> wanted = checked(type);
  if (!wanted) return wanted.error();
  auto made = rt::Memory::create(*wanted, store.engine->config.memory, &store.budget);
  if (!made.ok()) return Access::error(made.error().code);
  store.memories.push_back(std::move(made).value());
  return Access::memory(cell, store.memories.back().get());
}

Result<Memory> Memory::create_shared(const Engine& engine, const MemoryType& type) {
  Result<MemType> wanted = checked(type);
  if (!wanted) return wanted.error();
  if (!type.shared) return Error(ErrorKind::misuse, "the type is not that of a shared memory");
  auto made = rt::Memory::create(*wanted, Access::engine(engine)->config.memory, nullptr);
  if (!made.ok()) return Access::error(made.error().code);
  Memory memory;
  memory.shared_ = std::move(made).value();
  memory.memory_ = memory.shared_.get();
  memory.engine_ = Access::engine(engine);
  return memory;
}

// The memory, or null where it went with its store.
#define HEDDLE_LIVE_MEMORY() (shared_ || (cell_ && cell_->store) ? memory_ : nullptr)

MemoryType Memory::type() const {
  MemoryType out;
  const rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  if (!memory) return out;
  MemType type = memory->current_type();
  out.min_pages = type.limits.min;
  out.max_pages = type.limits.max;
  out.memory64 = type.addr64;
  out.shared = type.shared;
  out.page_size_log2 = type.page_size_log2;
  return out;
}

uint64_t Memory::size_bytes() const {
  const rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  return memory ? memory->size() : 0;
}

uint64_t Memory::size_pages() const {
  const rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  return memory ? memory->pages() : 0;
}

Result<uint64_t> Memory::grow(uint64_t delta_pages) {
  rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  if (!memory) return detail::gone(cell_.get());
  uint64_t before = memory->grow(delta_pages);
  if (before == UINT64_MAX) return Error(ErrorKind::exhaustion, "the memory cannot grow so far");
  return before;
}

std::span<uint8_t> Memory::bytes() const {
  const rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  return memory ? std::span<uint8_t>(memory->base(), memory->size()) : std::span<uint8_t>();
}

Result<std::span<uint8_t>> Memory::slice(uint64_t address, uint64_t size) const {
  rt::Memory* memory = HEDDLE_LIVE_MEMORY();
  if (!memory) return detail::gone(cell_.get());
  auto part = memory->slice(address, size);
  if (!part.ok()) return Access::error(part.error().code);
  return part.value();
}

#undef HEDDLE_LIVE_MEMORY

}  // namespace heddle::api
