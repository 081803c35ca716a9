// From what types mean back to definitions of them: what a component has to write to import what others import.
// Types of several components are written into one; which of them are the same is known by the name they are
// imported under.
//
// A type that an interface names is referred to by that name, for only so it may be seen from outside (Explainer.md,
// "External Visibility of Types"): where it has several, by the one whose entry is meant, else by the first. All
// others are written where they are used.
#pragma once
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "component/plug/parts.h"

namespace heddle::component::plug {

class TypeWriter {
 public:
  // Whoever writes imports: called before a type is looked up that no definition so far has named.
  class Owner {
   public:
    virtual Result<void> provide(const Foreign& type) = 0;
    virtual bool can_import(const Foreign& type) = 0;

   protected:
    ~Owner() = default;
  };

  // An instance type, or only those of its exports that are types and can be imported.
  struct Part {
    Foreign type;
    bool types_only = false;
  };

  TypeWriter(Component& out, Owner& owner, ErrorSink* sink);

  // The index in the component's space of a type that is what `type` is.
  Result<uint32_t> type(const Foreign& type) { return index(outermost_, type); }
  // Of an instance type that has the exports of all of these.
  Result<uint32_t> instance(std::span<const Part> parts);

  // What an import or export has named. Of instances, the alias is written when something refers to it.
  void know(const Foreign& type, uint32_t index) { name(outermost_, type, index); }
  void know_exports(const Part& instance, uint32_t index);
  // Resource types that an instance exports and nobody knows are known from it, until they are forgotten.
  std::vector<Foreign> lend(const Foreign& instance, uint32_t index);
  void forget(const std::vector<Foreign>& types);
  uint32_t add_named() { return outermost_.count++; }  // an import or export of a type
  Result<ExternType> external(const Types& types, const Entity& entity) {
    return external(outermost_, types, entity);
  }

 private:
  using Key = std::pair<const Types*, uint64_t>;
  using Entry = std::pair<const Types*, TypeId>;
  struct Known {
    uint32_t index;
    bool named;  // not only written down or an alias
  };
  struct Named {
    uint32_t instance;
    std::string_view name;
  };
  // What holds definitions: the component, or a type of instances or components in it.
  struct Space {
    Space* outer;
    std::vector<Run>& order;
    std::vector<DefType>& types;
    std::vector<Alias>& aliases;
    std::map<Key, Known> known;
    std::map<Entry, uint32_t> entries;  // that are named, or aliases of such
    uint32_t count = 0;                 // of types
  };

  static Key key(const Foreign& type) { return {type.types, type.types->identity(type.id)}; }
  static Entry entry(const Foreign& type) { return {type.types, type.id}; }
  static void name(Space& space, const Foreign& type, uint32_t index);
  std::optional<uint32_t> find(Space& space, const Foreign& type);
  std::optional<uint32_t> find_entry(Space& space, const Foreign& type);
  std::optional<uint32_t> find_original(Space& space, const Foreign& type);
  uint32_t add_outer(Space& space, uint32_t index);
  uint32_t add_alias_of(const Named& named);
  uint32_t add_alias(Space& space, Alias alias);
  uint32_t add_type(Space& space, DefType type);

  Result<uint32_t> index(Space& space, const Foreign& type);
  Result<ValType> value(Space& space, const Types& types, ValType type);
  Result<DefType> define(Space& space, const Foreign& type);
  Result<uint32_t> interface(Space& space, TypeKind kind, std::span<const Part> parts);
  bool leaves_out(const Part& part, const Item& item);
  Result<void> items(Space& space, const Part& part, DefKind kind, Declarations& into,
                     std::map<std::string_view, uint32_t>& names);
  Result<ExternType> external(Space& space, const Types& types, const Entity& entity);

  Owner& owner_;
  ErrorSink* sink_;
  Space outermost_;
  std::map<Key, Named> named_;
  std::map<Entry, Named> named_entries_;
};

}  // namespace heddle::component::plug
