// What worlds import and export (WIT.md, "WIT Worlds", "Union of Worlds with include", "Transitive imports and
// worlds"). A world's types are among its imports. What an include takes over is copied, for it may get other names.
//
// Texts of n characters can make worlds of n * n items: what is copied or visited is counted, and bounded.
#include <algorithm>
#include <array>
#include <iterator>

#include "component/wit/resolver.h"

namespace heddle::component::wit {
namespace {

constexpr uint64_t kWork = 500'000;

std::string_view kind_name(WorldItem::Kind kind) {
  switch (kind) {
    case WorldItem::Kind::interface: return "an interface";
    case WorldItem::Kind::type: return "a type";
    case WorldItem::Kind::function: return "a function";
  }
  return {};
}

size_t size_of(const Annotations& annotations) {
  const Gate& gate = annotations.gate;
  return annotations.docs.size() + gate.since.size() + gate.unstable.size() + gate.deprecated.size() +
         (annotations.external_id ? annotations.external_id->size() : 0);
}

}  // namespace

// Copies of what an included world has, with the types of the including one in place of its own.
struct Resolver::Include {
  Resolver& resolver;
  WorldIdx from, into;
  bool other_package;
  uint32_t offset;                                       // of the path
  std::unordered_map<std::string, std::string> renames;  // plain names
  std::unordered_set<std::string> renamed;               // those that were found
  std::unordered_map<uint32_t, TypeDefIdx> types;        // of `from`, and what stands for them in `into`

  // Texts count too: what is copied takes memory in proportion to the work.
  void count(size_t characters) const { resolver.work_ += 1 + characters / 64; }

  ValType copy(ValType type);
  Function copy(const Function& function);
  std::vector<Field> copy(const std::vector<Field>& fields);
  Annotations copy(const Annotations& annotations) const;
  TypeDefIdx copy_named(TypeDefIdx index, std::string name);
  Result<void> copy_methods();
  WorldItem copy(const WorldItem& item);
};

// Versions of another package say nothing here.
Annotations Resolver::Include::copy(const Annotations& annotations) const {
  Annotations copied = annotations;
  if (other_package && copied.gate.kind == Gate::Kind::since) copied.gate = {};
  return copied;
}

ValType Resolver::Include::copy(ValType type) {
  if (!type.present() || type.is_primitive()) return type;
  if (auto found = types.find(type.index()); found != types.end()) return val_type(found->second);
  TypeDef def = resolver.wit_.type(type);
  if (!def.name.empty()) return type;
  ++resolver.work_;
  def.first = copy(def.first);
  def.second = copy(def.second);
  def.fields = copy(def.fields);
  return val_type(resolver.add_type(std::move(def)));
}

std::vector<Field> Resolver::Include::copy(const std::vector<Field>& fields) {
  std::vector<Field> copied = fields;
  for (Field& field : copied) {
    count(field.docs.size() + field.name.size());
    field.type = copy(field.type);
  }
  return copied;
}

Function Resolver::Include::copy(const Function& function) {
  Function copied = function;
  count(size_of(function.annotations) + function.name.size());
  copied.annotations = copy(function.annotations);
  copied.params = copy(function.params);
  copied.result = copy(function.result);
  return copied;
}

TypeDefIdx Resolver::Include::copy_named(TypeDefIdx index, std::string name) {
  TypeDef def = resolver.wit_.types[index];
  count(size_of(def.annotations) + name.size());
  def.annotations = copy(def.annotations);
  def.name = std::move(name);
  def.owner = {Owner::Kind::world, into.raw};
  def.first = copy(def.first);
  def.second = copy(def.second);
  def.fields = copy(def.fields);
  def.methods.clear();
  const TypeDefIdx copied = resolver.add_type(std::move(def));
  types.emplace(index.raw, copied);
  return copied;
}

// When all types are there, for methods may name those that come later.
Result<void> Resolver::Include::copy_methods() {
  for (const WorldItem& item : resolver.wit_.worlds[from].imports) {
    if (item.kind != WorldItem::Kind::type) continue;
    std::vector<Function> methods = resolver.wit_.types[item.type].methods;
    const std::string name = folded(resolver.wit_.types[types.at(item.type.raw)].name);
    for (const Function& method : methods) {
      if (folded(method.name) != name) continue;
      return resolver.fail(offset, quoted(method.name) + " has the name of its resource");
    }
    for (Function& method : methods) method = copy(method);
    resolver.wit_.types[types.at(item.type.raw)].methods = std::move(methods);
  }
  return {};
}

WorldItem Resolver::Include::copy(const WorldItem& item) {
  WorldItem copied = item;
  count(size_of(item.annotations) + item.name.size());
  copied.annotations = copy(item.annotations);
  if (auto found = renames.find(item.name); found != renames.end()) {
    copied.name = found->second;
    renamed.insert(item.name);
  }
  if (item.kind == WorldItem::Kind::type) copied.type = copy_named(item.type, copied.name);
  if (item.kind == WorldItem::Kind::function) {
    copied.function = copy(item.function);
    copied.function.name = copied.name;
  }
  return copied;
}

// --- what is written
// ------------------------------------------------------------------------------------------------

Result<void> Resolver::resolve_world(uint32_t item) {
  const ast::World& syntax = *items_[item].world;
  const uint32_t file = items_[item].file;
  World world;
  world.annotations = syntax.annotations;
  world.name = syntax.name.text;
  world.package = packages_[files_[file].package].index;
  Package& package = wit_.packages[world.package];
  const WorldIdx index = wit_.worlds.push(std::move(world));
  items_[item].index = index.raw;
  package.worlds.push_back(index);

  Names names;
  const Place place{file, {Owner::Kind::world, index.raw}, names};
  std::vector<TypeDefIdx> types;
  InterfaceList uses;  // which follow from the types
  TRY(resolve_types(syntax.body, place, types, uses));
  Known known[2];
  for (TypeDefIdx type : types) {
    WorldItem import;
    import.kind = WorldItem::Kind::type;
    import.name = wit_.types[type].name;
    import.type = type;
    known[0].names.add(import.name, import.kind);
    wit_.worlds[index].imports.push_back(std::move(import));
  }
  for (const ast::Extern& external : syntax.externs) TRY(resolve_extern(external, place, known[external.exported]));
  for (const ast::Include& include : syntax.includes) TRY(resolve_include(include, place, known));
  return {};
}

Result<void> Resolver::resolve_extern(const ast::Extern& external, Place place, Known& known) {
  using Kind = ast::Extern::Kind;
  const char* doing = external.exported ? "exported" : "imported";
  const ast::Id& named = external.kind == Kind::path ? external.path.name : external.name;
  if (!TRY(enabled(external.annotations, named.offset, files_[place.file].package))) {
    return check_names(external, place.file, place.names);
  }
  WorldItem item;
  item.name = external.name.text;
  item.annotations = external.annotations;
  if (external.kind == Kind::path || external.kind == Kind::named_path) {
    item.interface = InterfaceIdx{TRY(find_enabled(place.file, external.path, Wanted::interface))};
  } else if (external.kind == Kind::interface) {
    Interface interface;
    interface.package = packages_[files_[place.file].package].index;
    item.interface = wit_.interfaces.push(std::move(interface));
    interface_names_.push({});
    TRY(resolve_interface(external.interface, place.file, item.interface));
  } else {
    item.kind = WorldItem::Kind::function;
    item.annotations = {};
    item.function = TRY(resolve_function(external.func, place));
  }
  World& world = wit_.worlds[WorldIdx{place.owner.index}];
  std::vector<WorldItem>& list = external.exported ? world.exports : world.imports;
  if (external.kind == Kind::path) {
    if (!known.interfaces.try_emplace(item.interface.raw, list.size()).second) {
      return fail(named.offset, "the interface " + quoted(named.text) + " is " + doing + " twice");
    }
  } else if (const WorldItem::Kind* other = known.names.add(item.name, item.kind)) {
    return fail(named.offset, quoted(named.text) + " is " + doing + " already, as " + std::string(kind_name(*other)));
  }
  list.push_back(std::move(item));
  return {};
}

Result<void> Resolver::resolve_include(const ast::Include& syntax, Place place, Known (&known)[2]) {
  const uint32_t offset = syntax.from.name.offset;
  if (!TRY(enabled(syntax.annotations, offset, files_[place.file].package))) return {};
  const WorldIdx from{TRY(find_enabled(place.file, syntax.from, Wanted::world))}, into{place.owner.index};
  const bool other_package = wit_.worlds[from].package != wit_.worlds[into].package;
  Include include{*this, from, into, other_package, offset, {}, {}, {}};
  for (const ast::Rename& rename : syntax.names) {
    if (!include.renames.try_emplace(std::string(rename.name.text), rename.as.text).second) {
      return fail(rename.name.offset, quoted(rename.name.text) + " is renamed twice");
    }
  }
  TRY(include_items(include, false, known[0]));
  TRY(include.copy_methods());
  TRY(include_items(include, true, known[1]));
  for (const ast::Rename& rename : syntax.names) {
    if (include.renamed.contains(std::string(rename.name.text))) continue;
    note("the names of interfaces cannot be replaced");
    return fail(rename.name.offset, "nothing that is included has the plain name " + quoted(rename.name.text));
  }
  return {};
}

// Interfaces under their own names are united; plain names have to differ.
Result<void> Resolver::include_items(Include& include, bool exports, Known& known) {
  std::vector<WorldItem> World::* list = exports ? &World::exports : &World::imports;
  for (const WorldItem& original : wit_.worlds[include.from].*list) {
    WorldItem item = include.copy(original);
    if (work_ > kWork) return fail(include.offset, "the worlds become too large");
    std::vector<WorldItem>& into = wit_.worlds[include.into].*list;
    if (item.name.empty()) {
      auto [found, fresh] = known.interfaces.try_emplace(item.interface.raw, into.size());
      if (!fresh) {
        TRY(merge(include, into[found->second], item));
        continue;
      }
    } else if (const WorldItem::Kind* other = known.names.add(item.name, item.kind)) {
      note("`include ... with { " + item.name + " as other-name }` gives it another name");
      return fail(include.offset, "what is included has " + quoted(item.name) + ", which is " +
                                      (exports ? "exported" : "imported") + " already, as " +
                                      std::string(kind_name(*other)));
    }
    into.push_back(std::move(item));
  }
  return {};
}

Result<void> Resolver::merge(Include& include, WorldItem& into, const WorldItem& item) {
  Gate& gate = into.annotations.gate;
  const Gate& other = item.annotations.gate;
  if (gate == other || other.kind == Gate::Kind::none) return {};
  if (gate.kind != Gate::Kind::none) {
    return fail(include.offset, "the interface " + quoted(wit_.interfaces[item.interface].name) +
                                    " has one gate here and another one where it is included from");
  }
  gate = other;
  return {};
}

// --- what follows from it
// -------------------------------------------------------------------------------------------

// Whatever an interface uses is imported before it, unless all of it is exported.
struct Resolver::Elaboration {
  struct Frame {
    InterfaceIdx interface;
    bool exporting;
    size_t next;  // of what it uses
  };
  Resolver& resolver;
  const World& world;
  std::vector<WorldItem> imports, exports;
  // Interfaces under their own names: those there are, those that are imported for what is exported, and the place in
  // `world.exports` of those that are to be exported.
  std::unordered_set<uint32_t> imported, exported, required;
  std::unordered_map<uint32_t, size_t> wanted;

  // Both return the interface that cannot be told to be imported or exported, if there is one.
  void add_import(const WorldItem& item);
  OptionalIndex<InterfaceIdx> add_export(const WorldItem& item);
  bool is_done(InterfaceIdx interface, bool exporting) const {
    return exporting ? exported.contains(interface.raw) : required.contains(interface.raw);
  }
  WorldItem implied(InterfaceIdx interface, const Gate& gate) const;
  size_t rank(const WorldItem& item) const;
  void sort_by_rank(std::vector<WorldItem>& items) const;
};

WorldItem Resolver::Elaboration::implied(InterfaceIdx interface, const Gate& gate) const {
  WorldItem item;
  item.interface = interface;
  item.annotations.gate = gate;
  return item;
}

// Interfaces, types of theirs, types, functions.
size_t Resolver::Elaboration::rank(const WorldItem& item) const {
  switch (item.kind) {
    case WorldItem::Kind::interface: return 0;
    case WorldItem::Kind::type: return resolver.wit_.types[item.type].kind == TypeDef::Kind::use ? 1 : 2;
    case WorldItem::Kind::function: return 3;
  }
  return 3;
}

void Resolver::Elaboration::sort_by_rank(std::vector<WorldItem>& items) const {
  std::array<std::vector<WorldItem>, 4> ranks;
  for (WorldItem& item : items) ranks[rank(item)].push_back(std::move(item));
  items.clear();
  for (std::vector<WorldItem>& of_rank : ranks) std::move(of_rank.begin(), of_rank.end(), std::back_inserter(items));
}

void Resolver::Elaboration::add_import(const WorldItem& item) {
  if (item.name.empty() && imported.contains(item.interface.raw)) return;
  std::vector<Frame> stack{{item.interface, false, 0}};
  while (!stack.empty() && ++resolver.work_ <= kWork) {
    Frame& frame = stack.back();
    const std::vector<InterfaceIdx>& uses = resolver.wit_.interfaces[frame.interface].uses;
    if (frame.next < uses.size()) {
      const InterfaceIdx used = uses[frame.next++];
      if (!imported.contains(used.raw)) stack.push_back({used, false, 0});
      continue;
    }
    const InterfaceIdx done = frame.interface;
    stack.pop_back();
    imports.push_back(stack.empty() ? item : implied(done, item.annotations.gate));
    if (imports.back().name.empty()) imported.insert(done.raw);
  }
}

OptionalIndex<InterfaceIdx> Resolver::Elaboration::add_export(const WorldItem& item) {
  if (item.name.empty() && exported.contains(item.interface.raw)) return {};
  std::vector<Frame> stack{{item.interface, true, 0}};
  while (!stack.empty() && ++resolver.work_ <= kWork) {
    Frame& frame = stack.back();
    const std::vector<InterfaceIdx>& uses = resolver.wit_.interfaces[frame.interface].uses;
    if (frame.next < uses.size()) {
      const InterfaceIdx used = uses[frame.next++];
      const bool exporting = frame.exporting && wanted.contains(used.raw);
      if (!exporting && exported.contains(used.raw)) return used;
      if (!is_done(used, exporting)) stack.push_back({used, exporting, 0});
      continue;
    }
    const Frame done = frame;
    stack.pop_back();
    const bool plain = stack.empty() && !item.name.empty();
    if (!done.exporting) {
      required.insert(done.interface.raw);
      if (imported.insert(done.interface.raw).second)
        imports.push_back(implied(done.interface, item.annotations.gate));
      continue;
    }
    if (plain) {
      exports.push_back(item);
      continue;
    }
    if (required.contains(done.interface.raw)) return done.interface;
    exported.insert(done.interface.raw);
    exports.push_back(world.exports[wanted.at(done.interface.raw)]);
  }
  return {};
}

Result<void> Resolver::elaborate(uint32_t item) {
  const uint32_t offset = items_[item].world->name.offset;
  World& world = wit_.worlds[WorldIdx{items_[item].index}];
  Elaboration all{*this, world, {}, {}, {}, {}, {}, {}};
  all.sort_by_rank(world.imports);
  for (const WorldItem& import : world.imports) {
    if (import.kind == WorldItem::Kind::interface) {
      all.add_import(import);
      continue;
    }
    const TypeDef* type = import.kind == WorldItem::Kind::type ? &wit_.types[import.type] : nullptr;
    if (type && type->kind == TypeDef::Kind::use) {
      all.add_import(all.implied(InterfaceIdx{wit_.type(type->first).owner.index}, type->annotations.gate));
    }
    all.imports.push_back(import);
  }
  for (size_t i = 0; i < world.exports.size(); ++i) {
    const WorldItem& item_ = world.exports[i];
    if (item_.kind == WorldItem::Kind::function) all.exports.push_back(item_);
    if (item_.kind == WorldItem::Kind::interface && item_.name.empty()) all.wanted.emplace(item_.interface.raw, i);
  }
  for (const WorldItem& exported : world.exports) {
    if (exported.kind != WorldItem::Kind::interface) continue;
    const OptionalIndex<InterfaceIdx> torn = all.add_export(exported);
    if (!torn) continue;
    const std::string name = quoted(wit_.interfaces[*torn].name);
    note("everything between the two that uses " + name + " has to be exported too");
    return fail(offset,
                "what " + quoted(world.name) + " exports uses " + name + " both as an import and as an export");
  }
  if (work_ > kWork) return fail(offset, "the worlds become too large");
  all.sort_by_rank(all.imports);
  world.imports = std::move(all.imports);
  world.exports = std::move(all.exports);
  return {};
}

}  // namespace heddle::component::wit
