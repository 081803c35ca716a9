// Structs and arrays (spec 2.3.9, 4.2.15) on the guest's garbage-collected heap: their types, making, reading and
// writing them.
//
//   StructType point = *StructType::create(engine, {{.type = ValType::f64()}, {.type = ValType::f64()}});
//   StructRef p = *StructRef::create(store, point, {0.5, 2.0});
//   Result<void> done = p.set(0, 1.5);
//   auto results = guest_function.call({p});
//
// Types: one that the embedder makes is the same as a module's `(type (struct ...))` with these fields, final and
// alone in its group. The others, of a group or with a supertype, come from the modules: StructType::of.
//
// Ownership: as all references, these keep the object alive while they live. Threads: types may be used by any, the
// references belong to their store's.
//
// Errors: misuse for a value of another type, an immutable field, an object of another store; a trap's words (out of
// bounds, null) where the guest's own access would trap.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include <heddle/value.h>

namespace heddle::api {

// A field of a struct, or what the elements of an array are.
struct FieldType {
  ValType type = ValType::i32();  // of the value as it is read and written
  uint8_t packed_bits = 0;        // 8 or 16: of an i32 so many low bits are kept, and read with zeros above; 0: all
  bool is_mutable = true;
  friend bool operator==(const FieldType&, const FieldType&) = default;
};

class StructType {
 public:
  static Result<StructType> create(const Engine& engine, std::span<const FieldType> fields);
  static Result<StructType> create(const Engine& engine, std::initializer_list<FieldType> fields) {
    return create(engine, std::span<const FieldType>(fields.begin(), fields.size()));
  }
  // The type that a reference type names: of a parameter (Func::type), of a value, of an object (AnyRef::type).
  // misuse where it names no struct type of a module in the store.
  static Result<StructType> of(StoreRef store, ValType type);

  std::vector<FieldType> fields() const;
  ValType ref() const;  // (ref null $t)
  friend bool operator==(const StructType& a, const StructType& b);

 private:
  friend struct detail::Access;
  explicit StructType(std::shared_ptr<const detail::AggregateType> type) : type_(std::move(type)) {}
  std::shared_ptr<const detail::AggregateType> type_;
};

class ArrayType {
 public:
  static Result<ArrayType> create(const Engine& engine, const FieldType& element);
  static Result<ArrayType> of(StoreRef store, ValType type);  // as StructType::of

  FieldType element() const;
  ValType ref() const;
  friend bool operator==(const ArrayType& a, const ArrayType& b);

 private:
  friend struct detail::Access;
  explicit ArrayType(std::shared_ptr<const detail::AggregateType> type) : type_(std::move(type)) {}
  std::shared_ptr<const detail::AggregateType> type_;
};

class StructRef : public AnyRef {
 public:
  StructRef() = default;
  // One value a field, immutable ones as well. exhaustion where the store's heap has no room.
  static Result<StructRef> create(StoreRef store, const StructType& type, std::span<const Val> fields);
  static Result<StructRef> create(StoreRef store, const StructType& type, std::initializer_list<Val> fields) {
    return create(store, type, std::span<const Val>(fields.begin(), fields.size()));
  }
  // The struct that it refers to; misuse where it is none (null stays null).
  static Result<StructRef> cast(const AnyRef& ref);

  std::vector<FieldType> fields() const;  // of the object's own type, which may be a subtype of what was expected
  Result<Val> get(uint32_t field) const;
  Result<void> set(uint32_t field, const Val& value) const;

 private:
  friend struct detail::Access;
  explicit StructRef(Ref ref) : AnyRef(std::move(ref)) {}
};

class ArrayRef : public AnyRef {
 public:
  ArrayRef() = default;
  // All elements alike, or given one by one.
  static Result<ArrayRef> create(StoreRef store, const ArrayType& type, uint32_t length, const Val& element);
  static Result<ArrayRef> create(StoreRef store, const ArrayType& type, std::span<const Val> elements);
  static Result<ArrayRef> create(StoreRef store, const ArrayType& type, std::initializer_list<Val> elements) {
    return create(store, type, std::span<const Val>(elements.begin(), elements.size()));
  }
  // Of numbers, by their bytes: see `read`. misuse where it is no whole number of elements.
  static Result<ArrayRef> from_bytes(StoreRef store, const ArrayType& type, std::span<const uint8_t> bytes);
  static Result<ArrayRef> cast(const AnyRef& ref);  // as StructRef::cast

  FieldType element() const;
  uint32_t length() const;  // in elements; 0 of null
  Result<Val> get(uint32_t index) const;
  Result<void> set(uint32_t index, const Val& value) const;
  // Many elements at once, from `index` on, as little-endian bytes in their packed size: text in an array of i8, for
  // example. Only arrays of numbers, and whole elements.
  Result<void> read(uint32_t index, std::span<uint8_t> to) const;
  Result<void> write(uint32_t index, std::span<const uint8_t> from) const;

 private:
  friend struct detail::Access;
  explicit ArrayRef(Ref ref) : AnyRef(std::move(ref)) {}
};

}  // namespace heddle::api
