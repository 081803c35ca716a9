// Linear memories (spec 4.2.9).
#pragma once
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>

#include <heddle/result.h>
#include <heddle/store.h>

namespace heddle::api {

struct MemoryType {
  uint64_t min_pages = 0;
  std::optional<uint64_t> max_pages{};
  bool memory64 = false;        // addresses are i64
  bool shared = false;          // needs max_pages (threads proposal)
  uint8_t page_size_log2 = 16;  // 16, or 0: pages of one byte (custom-page-sizes proposal)
};

// A memory of a store, or a shared one, which belongs to no store and lives as long as somebody holds it: it may be
// handed to stores of the same engine on other threads. Copying a handle shares the memory.
class Memory {
 public:
  // For a guest to import: Linker::define.
  static Result<Memory> create(StoreRef store, const MemoryType& type);
  static Result<Memory> create_shared(const Engine& engine, const MemoryType& type);

  MemoryType type() const;  // min_pages is the current size
  uint64_t size_bytes() const;
  uint64_t size_pages() const;
  // The size before, in pages. exhaustion where it cannot grow so far.
  Result<uint64_t> grow(uint64_t delta_pages);

  // All of its bytes. Valid until the memory grows, which any call of the guest may do. Other threads may write to a
  // shared one at any moment. Empty where the store is gone.
  std::span<uint8_t> bytes() const;
  // The bytes [address, address + size), or `misuse` where they are not all inside. For what a guest points to.
  Result<std::span<uint8_t>> slice(uint64_t address, uint64_t size) const;

  // Little-endian numbers and plain structs, at any alignment.
  template <class T>
  Result<T> read(uint64_t address) const {
    static_assert(std::is_trivially_copyable_v<T>);
    Result<std::span<uint8_t>> from = slice(address, sizeof(T));
    if (!from) return from.error();
    T value;
    std::memcpy(&value, from->data(), sizeof(T));
    return value;
  }
  template <class T>
  Result<void> write(uint64_t address, const T& value) const {
    static_assert(std::is_trivially_copyable_v<T>);
    Result<std::span<uint8_t>> to = slice(address, sizeof(T));
    if (!to) return to.error();
    std::memcpy(to->data(), &value, sizeof(T));
    return {};
  }

 private:
  friend struct detail::Access;
  Memory() = default;
  std::shared_ptr<detail::StoreCell> cell_;  // null for a shared one
  rt::Memory* memory_ = nullptr;
  std::shared_ptr<rt::Memory> shared_;
  std::shared_ptr<rt::Engine> engine_;
};

}  // namespace heddle::api
