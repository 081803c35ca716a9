// Value types as they are at run time: a type of a component, seen by an instance of it. What a resource type is,
// which of definitions.py's classes of the same names say, is the instance's to know.
#pragma once
#include <memory>
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
  const std::vector<T>* parts() const { return tuple_.get(); }
  friend bool operator==(const T& a, const T& b);  // the same in meaning, wherever they are from

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

// What is left of a type when it is despecialized (CanonicalABI.md, "Despecialization").
struct Despecialized {
  enum class Kind : uint8_t { primitive, list, record, variant, flags, own, borrow, stream, future };
  Kind kind = Kind::primitive;
  Primitive primitive = Primitive::bool_;
  std::vector<T> parts{};      // record: fields. variant: cases, some absent. list, stream, future: the element
  bool has_length = false;     // list
  uint32_t length = 0;         // list: of a fixed length. flags: how many
  ResourceType* rt = nullptr;  // own, borrow
};
Despecialized despecialize(const T& t);

// "## Type Predicates"
bool contains_borrow(const T& t);
bool contains_async_value(const T& t);
bool none_or_number_type(const T& t);

}  // namespace heddle::component::canon
