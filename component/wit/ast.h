// The syntax of a text (WIT.md, "Top-level items"), names unresolved. Views point into the text; offsets are those of
// Sources.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "component/syntax/types.h"
#include "component/wit/annotations.h"

namespace heddle::component::wit::ast {

struct Id {
  std::string_view text;
  uint32_t offset = 0;
};

struct PackageName {
  Id space, name;
  std::string_view version;  // or empty
};

struct UsePath {
  std::optional<PackageName> package;
  Id name;
};

// A type where one is used. What each kind has:
//   primitive                    primitive
//   name, own, borrow            name
//   list, option, future, stream args, of the latter two perhaps none
//   fixed_list                   args, length
//   map                          args: keys, values
//   tuple                        args
//   result                       args: ok and error, of which either may be of the kind `none`; or none at all
struct Type {
  enum class Kind : uint8_t {
    none,
    primitive,
    name,
    own,
    borrow,
    list,
    fixed_list,
    option,
    result,
    tuple,
    map,
    future,
    stream,
  };
  Kind kind = Kind::none;
  Primitive primitive{};
  Id name;
  uint32_t length = 0;
  uint32_t offset = 0;
  std::vector<Type> args;
};

// A parameter, a field, a case, a flag; the latter two may have no type.
struct Field {
  std::string docs;
  Id name;
  Type type;
};

struct Func {
  enum class Kind : uint8_t { free, method, static_, constructor };
  Annotations annotations;
  Kind kind = Kind::free;
  bool async = false;
  Id name;  // of a constructor the keyword
  std::vector<Field> params;
  Type result;
};

struct TypeDef {
  enum class Kind : uint8_t { alias, record, variant, enum_, flags, resource };
  Annotations annotations;
  Kind kind = Kind::alias;
  Id name;
  Type alias;
  std::vector<Field> fields;  // of record, variant, enum_, flags
  std::vector<Func> methods;  // of resource
};

struct Rename {
  Id name, as;  // the same where there is no `as`
};

struct Use {
  Annotations annotations;
  UsePath from;
  std::vector<Rename> names;
};

// What interfaces and worlds have in common.
struct Body {
  std::vector<Use> uses;
  std::vector<TypeDef> types;
  std::vector<Func> funcs;  // of interfaces
};

struct Interface {
  Annotations annotations;
  Id name;
  Body body;
};

struct Extern {
  enum class Kind : uint8_t { path, named_path, interface, func };
  Annotations annotations;
  Kind kind = Kind::path;
  bool exported = false;
  Id name;       // of all but `path`
  UsePath path;  // of `path` and `named_path`
  Body interface;
  Func func;
};

struct Include {
  Annotations annotations;
  UsePath from;
  std::vector<Rename> names;
};

struct World {
  Annotations annotations;
  Id name;
  Body body;
  std::vector<Extern> externs;
  std::vector<Include> includes;
};

struct TopLevelUse {
  UsePath path;
  Id as;
};

// The items of a file, or of a package nested in one.
struct Items {
  std::vector<TopLevelUse> uses;
  std::vector<Interface> interfaces;
  std::vector<World> worlds;
};

struct Header {
  std::string docs;
  uint32_t offset = 0;  // of the keyword
  PackageName name;
};

struct NestedPackage {
  Header header;
  Items items;
};

struct File {
  std::optional<Header> header;
  Items items;
  std::vector<NestedPackage> nested;
};

}  // namespace heddle::component::wit::ast
