// The state of resolution, which goes over all packages together in three steps: names of packages and of their
// items, without which no path can be followed (resolve.cpp); then item by item, in the order of their references,
// types and functions (resolve_types.cpp), and what worlds import and export (resolve_worlds.cpp).
#pragma once
#include <map>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "component/wit/resolve.h"
#include "component/wit/sort.h"

namespace heddle::component::wit {

// Names are unique in their scope whatever the case of their letters, and are found by their own spelling.
std::string folded(std::string_view name);

template <class T>
class Scope {
 public:
  // The entry that has the name already, or null where it was added.
  const T* add(std::string_view name, T entry) {
    auto [found, fresh] = entries_.try_emplace(folded(name), Entry{std::string(name), std::move(entry)});
    return fresh ? nullptr : &found->second.entry;
  }
  const T* find(std::string_view name) const {
    auto found = entries_.find(folded(name));
    return found != entries_.end() && found->second.name == name ? &found->second.entry : nullptr;
  }

 private:
  struct Entry {
    std::string name;
    T entry;
  };
  std::unordered_map<std::string, Entry> entries_;
};

// A type or function of an interface, or a type of a world.
struct Named {
  enum class Kind : uint8_t { type, function, disabled };
  Kind kind = Kind::type;
  TypeDefIdx type;
};
using Names = Scope<Named>;
// What a world imports so far, or exports.
struct Known {
  Scope<WorldItem::Kind> names;                     // plain ones
  std::unordered_map<uint32_t, size_t> interfaces;  // under their own names, and where they are in the list
};

// Interfaces, each once.
struct InterfaceList {
  std::vector<InterfaceIdx> in_order;
  std::unordered_set<uint32_t> known;
  void add(InterfaceIdx interface) {
    if (known.insert(interface.raw).second) in_order.push_back(interface);
  }
};

class Resolver {
 public:
  Resolver(const Sources& sources, const ResolveOptions& options, ErrorSink* sink)
      : sources_(sources), options_(options), sink_(sink) {}

  Result<Wit> run(const std::vector<Group>& groups);

 private:
  // An interface or a world, before and after it is resolved.
  struct Item {
    const ast::Interface* interface = nullptr;
    const ast::World* world = nullptr;
    uint32_t file = 0;     // of `files_`
    bool enabled = false;  // only those get an index
    uint32_t index = 0;    // InterfaceIdx or WorldIdx

    const ast::Id& name() const { return interface ? interface->name : world->name; }
    const Annotations& annotations() const { return interface ? interface->annotations : world->annotations; }
  };
  // What has top-level names of its own: a file, or a nested package.
  struct File {
    const ast::Items* items;
    uint32_t package;
    Scope<uint32_t> names;  // what `use` makes of items
  };
  struct Declared {
    const ast::Header* header;
    std::string docs;
    bool translated;
    Scope<uint32_t> items;
    std::vector<uint32_t> in_order;
    PackageIdx index;
  };
  enum class Wanted : uint8_t { interface, world };

  // Names.
  Result<void> declare_group(const Group& group);
  Result<void> declare_package(const ast::Header& header, std::string docs,
                               const std::vector<const ast::Items*>& files, bool translated);
  Result<void> declare_items(uint32_t file);
  Result<void> declare_uses(uint32_t file);
  Result<uint32_t> find_item(uint32_t file, const ast::UsePath& path, bool own_package_only = false);
  Result<uint32_t> find_item(uint32_t file, const ast::UsePath& path, Wanted wanted);
  Result<uint32_t> find_enabled(uint32_t file, const ast::UsePath& path, Wanted wanted);

  // Order.
  Result<void> collect_edges(uint32_t item, std::vector<Edge>& edges);
  Result<std::vector<uint32_t>> sorted_packages(const std::vector<std::vector<Edge>>& edges);
  Result<std::vector<uint32_t>> sorted_items(const std::vector<std::vector<Edge>>& edges);
  Result<void> resolve_items(const std::vector<uint32_t>& order, uint32_t package);

  // Types and functions.
  struct Place {  // where names are looked up
    uint32_t file;
    Owner owner;
    Names& names;
  };
  Result<void> resolve_interface(const ast::Body& body, uint32_t file, InterfaceIdx index);
  Result<void> resolve_types(const ast::Body& body, Place place, std::vector<TypeDefIdx>& types, InterfaceList& uses);
  Result<void> resolve_use(const ast::Use& use, Place place, std::vector<TypeDefIdx>& types, InterfaceList& uses);
  Result<std::vector<uint32_t>> sorted_types(const std::vector<const ast::TypeDef*>& defs, const Names& outside);
  Result<TypeDefIdx> resolve_def(const ast::TypeDef& def, Place place);
  Result<void> resolve_fields(const ast::TypeDef& def, Place place, TypeDef& type);
  Result<void> resolve_methods(const ast::TypeDef& def, Place place, TypeDefIdx type);
  Result<void> check_constructor(const ast::Func& func, const ast::Id& resource);
  Result<Function> resolve_function(const ast::Func& func, Place place);
  Result<ValType> resolve_type(const ast::Type& type, Place place);
  Result<void> resolve_parts(const ast::Type& type, Place place, TypeDef& def);
  Result<TypeDefIdx> find_type(const ast::Id& id, const Names& names, std::string_view interface = {});
  // Of what is left out: whether there are the types that it names.
  Result<void> check_names(const ast::Type& type, const Names& names);
  Result<void> check_names(const ast::Func& func, const Names& names);
  Result<void> check_names(const ast::TypeDef& def, const Names& names);
  Result<void> check_names(const ast::Use& use, uint32_t file);
  Result<void> check_names(const ast::Body& body, uint32_t file, Names& names);
  Result<void> check_names(const ast::Extern& external, uint32_t file, const Names& names);
  Result<void> check_names(const Item& item);
  Result<void> add_name(Names& names, const ast::Id& name, Named named);
  bool has_borrow(ValType type) const { return type.present() && !type.is_primitive() && wit_.type(type).has_borrow; }
  TypeDefIdx add_type(TypeDef def);

  // Worlds.
  struct Include;
  struct Elaboration;
  Result<void> resolve_world(uint32_t item);
  Result<void> resolve_extern(const ast::Extern& external, Place place, Known& known);
  Result<void> resolve_include(const ast::Include& syntax, Place place, Known (&known)[2]);
  Result<void> include_items(Include& include, bool exports, Known& known);
  Result<void> merge(Include& include, WorldItem& into, const WorldItem& item);
  Result<void> elaborate(uint32_t item);

  // Gates.
  Result<bool> enabled(const Annotations& annotations, uint32_t offset, uint32_t package);
  Result<void> check_contained(const ast::Id& name, const Annotations& annotations, uint32_t package);
  Error disabled(const ast::Id& name, std::string_view what) const;

  Error fail(uint32_t offset, std::string what) const { return invalid(sink_, offset, std::move(what)); }
  void note(std::string text) const {
    if (sink_) sink_->notes.push_back(std::move(text));
  }
  Error cycle(const Order& order, std::string_view what, const std::vector<std::string>& names) const;

  const Sources& sources_;
  const ResolveOptions& options_;
  ErrorSink* sink_;
  Wit wit_;
  std::vector<Declared> packages_;
  std::map<std::string, uint32_t, std::less<>> package_names_;
  std::vector<File> files_;
  std::vector<Item> items_;
  IndexVec<InterfaceIdx, Names> interface_names_;
  uint64_t work_ = 0;  // items of worlds that were copied or visited
};

}  // namespace heddle::component::wit
