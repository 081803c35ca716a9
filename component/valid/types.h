// What the types of a component mean. A definition, an import or an export of a type gives it an entry of its own,
// for the visibility of types is a matter of which entry is named (Explainer.md, "External Visibility of Types");
// entries that stand for the same type share its body. Resource types are generative: one is equal to itself only.
//
// All entries of a component and of those nested in it are in one Types. Bodies refer to entries; names are views of
// the source. A body never changes once it is added, and what it refers to is older, so there are no cycles.
#pragma once
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/list.h"
#include "component/syntax/component.h"
#include "component/valid/abi.h"
#include "valid/extern_type.h"

namespace heddle::component {

enum class TypeId : uint32_t {};  // an entry
inline constexpr TypeId kNoTypeId{UINT32_MAX};
using ResourceId = uint32_t;

constexpr uint32_t index_of(TypeId id) { return static_cast<uint32_t>(id); }
constexpr ValType val_type(TypeId id) { return ValType::defined(index_of(id)); }
constexpr TypeId type_id(ValType type) { return TypeId{type.index()}; }  // of a defined one

// What an import or export is.
struct Entity {
  Sort sort = Sort::func;  // core_module, func, value, type, component or instance
  ValType value;           // of a value
  uint32_t id = 0;         // core_module: of Types::modules; else a TypeId
  TypeId type() const { return TypeId{id}; }
  static Entity of(Sort sort, TypeId id) { return {sort, {}, index_of(id)}; }
};

struct Item {
  const ExternName* name = nullptr;
  Entity entity;
};

// Imports or exports in their order, found by name.
class Items {
 public:
  void add(Item item) { items_.push_back(item); }
  void make_index();  // after the last one
  const Item* find(std::string_view name) const;
  size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  const Item& operator[](size_t i) const { return items_[i]; }
  const Item* begin() const { return items_.data(); }
  const Item* end() const { return items_.data() + items_.size(); }
  Item* begin() { return items_.data(); }
  Item* end() { return items_.data() + items_.size(); }

 private:
  static constexpr size_t kFew = 8;
  std::vector<Item> items_;
  List<uint32_t> by_name_;  // where there are more than a few
};

// Of component and instance types. The resource types it binds are variables: imported ones stand for what is given,
// defined ones are new with every instance.
struct Interface {
  Items imports, exports;
  List<ResourceId> imported, defined;  // ascending
};

// What each kind has is said beside component::DefType; here indices are those of entries. Of a resource type there
// is only its id.
struct Type {
  TypeKind kind = TypeKind::primitive;
  uint8_t depth = 1;
  bool has_borrow = false, has_pointer = false;  // somewhere in it: a borrow; a list, a map or a string
  bool has_resource = false;                     // or a resource type
  uint32_t size = 1;                             // how many types it is, were it written without sharing
  Abi abi32, abi64;                              // of value types, by the size of pointers
  const Abi& abi(uint32_t pointer) const { return pointer == 8 ? abi64 : abi32; }
  ValType first, second;
  uint32_t number = 0;          // fixed_list
  TypeId resource = kNoTypeId;  // own, borrow
  List<Field> fields;
  std::unique_ptr<Interface> interface;  // component, instance
};

// --- core modules

struct CoreItem {
  std::string module, name;  // exports have no module
  CanonicalType type;
};

class CoreItems {
 public:
  void add(CoreItem item) { items_.push_back(std::move(item)); }
  // The second of two items of the same names, if there are such.
  const CoreItem* make_index();
  const CoreItem* find(std::string_view module, std::string_view name) const;
  size_t size() const { return items_.size(); }
  const CoreItem* begin() const { return items_.data(); }
  const CoreItem* end() const { return items_.data() + items_.size(); }

 private:
  std::vector<CoreItem> items_;
  List<uint32_t> by_name_;
};

struct CoreModuleType {
  CoreItems imports;
  uint32_t exports = 0;  // of Types::core_exports, so that instances share them
};

// --- all of a component's

class Types {
 public:
  Types() = default;
  Types(Types&&) = default;             // NOLINT(performance-noexcept-move-constructor): a deque's may throw
  Types& operator=(Types&&) = default;  // NOLINT(performance-noexcept-move-constructor): the same

  TypeId add(Type type);
  TypeId add_resource();       // a new one
  TypeId add_name(TypeId of);  // another entry of the same type
  TypeId add_name(ResourceId of);
  // The entry of which another is a name: the types are the same, but WIT says by which name it knows one. kNoTypeId
  // where there is none.
  TypeId named_from(TypeId id) const { return entries_[index_of(id)].from; }
  void set_named_from(TypeId id, TypeId from) { entries_[index_of(id)].from = from; }

  size_t size() const { return entries_.size(); }
  TypeKind kind(TypeId id) const { return entries_[index_of(id)].kind; }
  bool is_resource(TypeId id) const { return kind(id) == TypeKind::resource; }
  ResourceId resource(TypeId id) const {
    HEDDLE_ASSERT(is_resource(id));
    return entries_[index_of(id)].body;
  }
  const Type& operator[](TypeId id) const {
    HEDDLE_ASSERT(!is_resource(id));
    return bodies_[entries_[index_of(id)].body];
  }
  const Type& operator[](ValType type) const { return (*this)[type_id(type)]; }
  const Interface& interface(TypeId id) const { return *(*this)[id].interface; }
  bool same(TypeId a, TypeId b) const { return identity(a) == identity(b); }
  // The same number for entries of the same type.
  uint64_t identity(TypeId id) const { return entries_[index_of(id)].body | uint64_t{is_resource(id)} << 32; }

  std::vector<CoreModuleType> modules;
  std::vector<CoreItems> core_exports;  // of modules, and of instances made of exports
  TypeUse core;                         // the core types that components define
  std::vector<TypeUse> held;            // those of core modules

 private:
  struct Entry {
    TypeKind kind;
    uint32_t body;  // of `bodies_`; resource: its id
    TypeId from = kNoTypeId;
  };
  std::vector<Entry> entries_;
  std::deque<Type> bodies_;
  ResourceId next_resource_ = 0;
};

// As messages call it: "record", "u32", "own", "instance".
std::string_view describe(const Types& types, TypeId id);
std::string_view describe(const Types& types, ValType type);
std::string_view describe(Sort sort);

}  // namespace heddle::component
