// Tables (spec 4.2.8): vectors of references.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include <heddle/result.h>
#include <heddle/value.h>

namespace heddle::api {

struct TableType {
  ValType element = ValType::funcref();
  uint64_t min = 0;
  std::optional<uint64_t> max{};
  bool table64 = false;  // indices are i64
};

class Table {
 public:
  // For a guest to import: Linker::define. `init` fills it; its type must match that of the elements.
  static Result<Table> create(StoreRef store, const TableType& type, const Val& init);

  TableType type() const;  // min is the current size
  uint64_t size() const;   // 0 where the store is gone
  Result<Val> get(uint64_t index) const;
  Result<void> set(uint64_t index, const Val& value);
  // The size before. exhaustion where it cannot grow so far.
  Result<uint64_t> grow(uint64_t delta, const Val& init);

 private:
  friend struct detail::Access;
  Table(std::shared_ptr<detail::StoreCell> cell, rt::Table* table) : cell_(std::move(cell)), table_(table) {}
  std::shared_ptr<detail::StoreCell> cell_;
  rt::Table* table_ = nullptr;
};

}  // namespace heddle::api
