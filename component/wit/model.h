// What resolved WIT means: packages, interfaces, worlds and types in arenas, which refer to each other by index.
// Gates are decided, includes are replaced by what they include, worlds import whatever their interfaces need, and
// every list of items is sorted so that nothing comes before what it refers to. Nothing here points into a text.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/index.h"
#include "component/syntax/types.h"
#include "component/wit/annotations.h"

namespace heddle::component::wit {

using PackageIdx = Index<struct PackageTag>;
using InterfaceIdx = Index<struct InterfaceTag>;
using WorldIdx = Index<struct WorldTag>;
using TypeDefIdx = Index<struct TypeDefTag>;

// What defines a named type; a type without a name has none.
struct Owner {
  enum class Kind : uint8_t { none, interface, world };
  Kind kind = Kind::none;
  uint32_t index = 0;
  friend bool operator==(const Owner&, const Owner&) = default;
};

// A parameter, a field, a case, a flag, an element of a tuple. Types are primitive, or indices of `Wit::types`.
struct Field {
  std::string docs, name;
  ValType type;
  friend bool operator==(const Field&, const Field&) = default;
};

struct Function {
  enum class Kind : uint8_t { free, method, static_, constructor };
  Annotations annotations;
  std::string name;  // a constructor has none
  Kind kind = Kind::free;
  bool async = false;
  std::vector<Field> params;  // without a method's `self`
  ValType result;             // a constructor that cannot fail has none
  friend bool operator==(const Function&, const Function&) = default;
};

// What each kind has:
//   alias                         first: a named type of the same owner, or a primitive one
//   use                           first: the named type of another interface
//   record, variant, enum_, flags fields
//   tuple                         fields: types only
//   list, option, future, stream  first, which a future or stream may lack
//   fixed_list                    first, length
//   result                        first, second: of ok and of error; either may be absent
//   map                           first: the keys, second: the values
//   own, borrow                   first: the resource, by one of its names
//   resource                      methods
struct TypeDef {
  enum class Kind : uint8_t {
    alias,
    use,
    record,
    variant,
    enum_,
    flags,
    resource,
    tuple,
    list,
    fixed_list,
    option,
    result,
    map,
    future,
    stream,
    own,
    borrow,
  };
  Annotations annotations;
  Kind kind = Kind::alias;
  std::string name;  // or empty
  Owner owner;
  std::vector<Field> fields;
  ValType first, second;
  uint32_t length = 0;
  std::vector<Function> methods;
  OptionalIndex<TypeDefIdx> resource;  // that this is, or is another name of
  bool has_borrow = false;             // somewhere in it
  friend bool operator==(const TypeDef&, const TypeDef&) = default;
};

struct Interface {
  Annotations annotations;
  std::string name;  // empty: defined inside a world
  PackageIdx package;
  std::vector<TypeDefIdx> types;
  std::vector<Function> functions;
  std::vector<InterfaceIdx> uses;  // the interfaces whose types it uses, each once
  friend bool operator==(const Interface&, const Interface&) = default;
};

struct WorldItem {
  enum class Kind : uint8_t { interface, type, function };
  Kind kind = Kind::interface;
  std::string name;         // plain; empty: the interface's own
  Annotations annotations;  // of an interface's import or export; others have their own
  InterfaceIdx interface;
  TypeDefIdx type;
  Function function;
  friend bool operator==(const WorldItem&, const WorldItem&) = default;
};

struct World {
  Annotations annotations;
  std::string name;
  PackageIdx package;
  std::vector<WorldItem> imports, exports;
  friend bool operator==(const World&, const World&) = default;
};

struct PackageName {
  std::string space, name, version;  // the latter may be empty
  std::string text() const { return space + ":" + name + (version.empty() ? "" : "@" + version); }
  friend bool operator==(const PackageName&, const PackageName&) = default;
};

struct Package {
  std::string docs;
  PackageName name;
  std::vector<InterfaceIdx> interfaces;
  std::vector<WorldIdx> worlds;
  friend bool operator==(const Package&, const Package&) = default;
};

struct Wit {
  IndexVec<PackageIdx, Package> packages;
  IndexVec<InterfaceIdx, Interface> interfaces;
  IndexVec<WorldIdx, World> worlds;
  IndexVec<TypeDefIdx, TypeDef> types;
  PackageIdx root;

  const TypeDef& type(ValType type) const { return types[TypeDefIdx{type.index()}]; }
  friend bool operator==(const Wit& a, const Wit& b) {
    return a.packages.items() == b.packages.items() && a.interfaces.items() == b.interfaces.items() &&
           a.worlds.items() == b.worlds.items() && a.types.items() == b.types.items() && a.root == b.root;
  }
};

constexpr ValType val_type(TypeDefIdx index) { return ValType::defined(index.raw); }

}  // namespace heddle::component::wit
