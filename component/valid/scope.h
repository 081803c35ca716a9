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

using NamedTypes = std::unordered_set<uint32_t>;  // entries of types

// The imports or the exports of a scope.
struct Side {
  Items items;
  std::unordered_map<std::string, std::string_view> names;  // by what makes them unique
  NamedTypes named;                                         // what is visible by them
  ResourceNames resources;
};

struct Scope {
  enum class Kind : uint8_t { component, component_type, instance_type };
  explicit Scope(Kind kind) : kind(kind) {}

  Kind kind;
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
