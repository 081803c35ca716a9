// Value types as they are at run time: a type of a component, seen by an instance of it. What a resource type is,
// which of definitions.py's classes of the same names say, is the instance's to know.
#pragma once
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "component/valid/types.h"

namespace heddle::component::canon {

struct ComponentInstance;
struct ResourceType;

// The types of a component and the resource types of one instance of it, by their ids.
struct TypeSpace {
  const Types* types = nullptr;
  std::unordered_map<ResourceId, std::shared_ptr<ResourceType>> resources;
  const std::shared_ptr<ResourceType>& resource(TypeId entry) const {
    const auto found = resources.find(types->resource(entry));
    HEDDLE_ASSERT(found != resources.end());
    return found->second;
  }
};

// A value type; or a tuple of several that has no definition of its own.
class T {
 public:
  T() = default;  // none
  T(const TypeSpace* space, ValType type) : space_(space), type_(type) {}
  static T tuple(std::vector<T> parts);

  bool present() const { return tuple_ || type_.present(); }
  const TypeSpace* space() const { return space_; }
  ValType type() const { return type_; }
  const std::shared_ptr<const std::vector<T>>& parts() const { return tuple_; }
  friend bool operator==(const T& a, const T& b);  // the same in meaning: see TypeNumbers, which knows it sooner

 private:
  const TypeSpace* space_ = nullptr;
  ValType type_;
  std::shared_ptr<const std::vector<T>> tuple_;
};

struct FuncType {
  std::vector<T> params;
  T result;  // may be absent
  bool async = false;
  std::span<const T> result_type() const { return {&result, result.present() ? size_t{1} : size_t{0}}; }
};

// The fields of a record, the cases of a variant, some absent, or the element of a list, a stream or a future: seen
// in the definition they are of, for a type may have many and a value needs few of them.
class Parts {
 public:
  Parts() = default;  // none
  Parts(std::span<const T> types)
      : types_(types) {}  // NOLINT(google-explicit-constructor): as a span is made of them
  Parts(const std::vector<T>& types) : types_(types) {}  // NOLINT(google-explicit-constructor): the same
  explicit Parts(std::shared_ptr<const std::vector<T>> tuple) : types_(*tuple), tuple_(std::move(tuple)) {}
  // The fields of a definition.
  Parts(const TypeSpace* space, const Type& of) : space_(space), definition_(&of), size_(of.fields.size()) {}
  // The one or two types of a definition.
  Parts(const TypeSpace* space, const Type& of, ValType first, std::optional<ValType> second = std::nullopt)
      : space_(space), definition_(&of), first_(first), second_(second), size_(second ? 2 : 1), few_(true) {}

  size_t size() const { return definition_ ? size_ : types_.size(); }
  bool empty() const { return size() == 0; }
  T operator[](size_t i) const {
    HEDDLE_ASSERT(i < size());
    if (!definition_) return types_[i];
    return {space_, few_ ? (i == 0 ? first_ : *second_) : definition_->fields[i].type};
  }
  // What they are all the parts of, if that has a definition, which knows its layout.
  const Abi* whole(uint32_t ptr_size) const { return definition_ ? &definition_->abi(ptr_size) : nullptr; }

  class Iterator {
   public:
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(const Parts* of, size_t i) : of_(of), i_(i) {}
    T operator*() const { return (*of_)[i_]; }
    Iterator& operator++() { return ++i_, *this; }
    Iterator operator++(int) { return {of_, i_++}; }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Parts* of_ = nullptr;
    size_t i_ = 0;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }

 private:
  std::span<const T> types_;
  std::shared_ptr<const std::vector<T>> tuple_;  // whose they are, or null
  const TypeSpace* space_ = nullptr;
  const Type* definition_ = nullptr;
  ValType first_;
  std::optional<ValType> second_;
  size_t size_ = 0;
  bool few_ = false;
};

// What is left of a type when it is despecialized (CanonicalABI.md, "Despecialization").
struct Despecialized {
  enum class Kind : uint8_t { primitive, list, record, variant, flags, own, borrow, stream, future };
  Kind kind = Kind::primitive;
  Primitive primitive = Primitive::bool_;
  Parts parts{};
  bool has_length = false;     // list
  uint32_t length = 0;         // list: of a fixed length. flags: how many
  ResourceType* rt = nullptr;  // own, borrow
};
Despecialized despecialize(const T& t);

// "## Type Predicates"
bool contains_borrow(const T& t);
bool none_or_number_type(const T& t);

}  // namespace heddle::component::canon
