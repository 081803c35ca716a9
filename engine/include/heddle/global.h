// Globals (spec 4.2.10).
#pragma once
#include <memory>

#include <heddle/result.h>
#include <heddle/value.h>

namespace heddle::api {

class Global {
 public:
  // For a guest to import: Linker::define. It has the value's type.
  static Result<Global> create(StoreRef store, const Val& value, bool is_mutable = false);

  ValType type() const;
  bool is_mutable() const;
  Result<Val> get() const;
  // misuse where it is immutable or the value has another type.
  Result<void> set(const Val& value);

 private:
  friend struct detail::Access;
  Global(std::shared_ptr<detail::StoreCell> cell, rt::Global* global) : cell_(std::move(cell)), global_(global) {}
  std::shared_ptr<detail::StoreCell> cell_;
  rt::Global* global_ = nullptr;
};

}  // namespace heddle::api
