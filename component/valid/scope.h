// A scope while it is being checked: a component, or a component or instance type. Besides its index spaces it knows
// the names that are taken, the resource types that are bound in it, and which entries of types its imports and
// exports have given a name (Explainer.md, "External Visibility of Types").
#pragma once
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "component/valid/check.h"

namespace heddle::component {

// Resource types that one side of a scope, its imports or its exports, has named at its top.
struct ResourceNames {
  std::unordered_map<uint32_t, std::string_view> by_entry;
  std::unordered_set<std::string_view> names;
};

// Which types are visible by what one side of a scope has named: entries that have a name themselves, and bodies that
// were found to use none but such. What is added last can be taken away again.
class NamedTypes {
 public:
  void add_name(TypeId entry) { add(name(entry)); }
  bool has_name(TypeId entry) const { return known_.contains(name(entry)); }
  void add_body(uint64_t identity) { add(identity); }
  bool has_body(uint64_t identity) const { return known_.contains(identity); }

  size_t size() const { return in_order_.size(); }
  void shrink(size_t size) {
    for (; in_order_.size() > size; in_order_.pop_back()) known_.erase(in_order_.back());
  }

 private:
  static uint64_t name(TypeId entry) { return index_of(entry) | uint64_t{1} << 63; }  // an identity has fewer bits
  void add(uint64_t key) {
    if (known_.insert(key).second) in_order_.push_back(key);
  }

  std::unordered_set<uint64_t> known_;
  std::vector<uint64_t> in_order_;
};

// The imports or the exports of a scope.
struct Side {
  Items items;
  List<uint32_t> places;                                    // of the items, in the source
  std::unordered_map<std::string, std::string_view> names;  // by what makes them unique
  NamedTypes named;
  ResourceNames resources;
};

struct Scope {
  enum class Kind : uint8_t { component, component_type, instance_type };
  Scope(Kind kind, size_t first_entry) : kind(kind), first_entry(first_entry) {}

  Kind kind;
  size_t first_entry;  // of types, that is younger than the scope
  IndexSpaces spaces;
  Side imports, exports;
  List<ResourceId> imported, defined;                   // ascending
  std::unordered_map<ResourceId, heddle::ValType> own;  // defined by a type definition: its representation
  struct Value {
    uint32_t at = 0;  // its definition
    bool used = false;
  };
  std::vector<Value> values;                 // by index
  std::vector<CheckedComponent> components;  // nested ones
  heddle::ValType context_type;              // of context.get and context.set, once there is one

  bool is_type() const { return kind != Kind::component; }
};

}  // namespace heddle::component
