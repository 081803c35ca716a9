// Walks the items in their order. In each scope, an interface or the world, the types that it names are known by what
// they are (Types::identity): whatever refers to one of them refers to its name, a type that was named by another
// interface before is used from there, and all other types are written out where they stand.
//
// Of an interface that stands in several places, as an import and as an export or in several types of a package, each
// may show another part: they are put together by name, and the types of each become known as those that are there.
// What two of them show must be the same.
#include "component/wit/from_component.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "component/syntax/extern_name.h"
#include "component/wit/package_docs.h"

namespace heddle::component::wit {
namespace {

// The types that are named in a scope. Where one has several names, whoever refers to it says by which entry.
struct Scope {
  Owner owner;
  std::unordered_map<uint64_t, TypeDefIdx> named, unnamed;
  std::unordered_map<TypeId, TypeDefIdx> entries;
  // Of a world: the interfaces that it imports by their own names, and what no other item of it may be called.
  std::unordered_set<uint32_t> imported{};
  std::unordered_set<std::string> taken{};
  std::unordered_map<std::string, uint32_t> next{};  // how often it was tried to add one
};

// Of a name in an interface or a world.
std::string key(const Owner& owner, std::string_view name) {
  return (owner.kind == Owner::Kind::world ? "w" : "i") + std::to_string(owner.index) + "/" + std::string(name);
}

class Converter {
 public:
  Converter(const Types& types, ErrorSink* sink) : types_(types), sink_(sink) {}

  Result<Wit> run(TypeId type) {
    const component::Interface& component = types_.interface(type);
    if (is_package(component)) {
      for (const Item& item : component.exports) TRY(package_item(types_.interface(item.entity.type())));
      return std::move(wit_);
    }
    Package root;
    root.name = {"root", "component", ""};
    wit_.root = wit_.packages.push(std::move(root));
    TRY(world(wit_.root, "root", component));
    return std::move(wit_);
  }

 private:
  Error fail(std::string words) {
    if (sink_) sink_->set(std::move(words));
    return {ErrorCode::invalid_component};
  }

  // --- items
  bool is_package(const component::Interface& component) const;
  Result<bool> is_interface(std::string_view name, Sort sort);
  Result<void> new_name(std::string_view name, std::string_view what);
  Result<void> package_item(const component::Interface& type);
  Result<void> world(PackageIdx package, std::string_view name, const component::Interface& component);
  Result<void> world_item(Scope& scope, const Item& item, std::vector<WorldItem>& into);
  void leave_out(const Item& item);
  Result<InterfaceIdx> interface(std::string_view name, const component::Interface& type, const std::string& place);
  Result<void> fill(InterfaceIdx index, const component::Interface& type);
  bool is_new_resource_of(const Scope& scope, TypeDefIdx there, TypeId type) const;
  bool same(TypeId a, TypeId b);
  bool same(ValType a, ValType b);
  bool same_parts(const Type& a, const Type& b);
  Result<void> fill_type(Scope& scope, InterfaceIdx index, const Item& item);
  PackageIdx package(std::string_view name, std::string_view version);
  // Can others use its types?
  bool has_path(const Owner& owner) const {
    return owner.kind == Owner::Kind::interface && !wit_.interfaces[InterfaceIdx{owner.index}].name.empty();
  }
  Result<void> function(Scope& scope, const Item& item, std::vector<Function>& functions);
  Result<Function> signature(Scope& scope, const Type& type);

  // --- types
  Result<TypeDefIdx> name_type(Scope& scope, std::string_view name, TypeId type);
  void annotate(TypeDefIdx index, const ExternName& name);
  std::optional<TypeDefIdx> known(const Scope& scope, TypeId type) const;
  Result<std::optional<TypeDefIdx>> named(Scope& scope, TypeId type);
  Result<std::optional<TypeDefIdx>> bring_in(Scope& world, TypeId type);
  Result<ValType> value(Scope& scope, ValType type);
  Result<void> define(Scope& scope, TypeId type, TypeDef& def);
  Result<void> fields(Scope& scope, const Type& type, TypeDef& def);

  const Types& types_;
  ErrorSink* sink_;
  Wit wit_;
  struct Known {
    InterfaceIdx index;
    std::string place;  // where it stands first
  };
  std::unordered_map<std::string, Known> interfaces_;     // by their names
  std::unordered_map<std::string, std::string> spelled_;  // whatever the case of their letters
  std::string differs_;                                   // what to say of the one that is filled again
  std::unordered_map<std::string, PackageIdx> packages_;
  struct Named {
    TypeDefIdx index;
    TypeId type;
  };
  std::unordered_map<std::string, Named> names_;       // of types, behind their owner's key
  std::unordered_map<std::string, TypeId> functions_;  // likewise
  std::set<std::pair<uint64_t, uint64_t>> same_;       // identities of types that were compared
  // Of types, by identity, in whatever interface with a path named them first; and by which one names them.
  std::unordered_map<uint64_t, TypeDefIdx> first_names_;
  std::unordered_map<TypeId, TypeDefIdx> entries_;
  std::unordered_set<uint64_t> resources_;  // that are defined, wherever
};

// --- items

std::optional<std::string> attribute(const ExternName& name, Attribute::Kind kind) {
  for (const Attribute& attribute : name.attributes) {
    if (attribute.kind == kind) return std::string(attribute.text);
  }
  return std::nullopt;
}

std::string full_name(const ExternName& name) {
  return std::string(name.text) + attribute(name, Attribute::Kind::version_suffix).value_or("");
}

Annotations annotations(const ExternName& name) {
  Annotations made;
  made.external_id = attribute(name, Attribute::Kind::external_id);
  return made;
}

std::optional<ParsedName> interface_name(std::string_view name) {
  auto parsed = parse_extern_name(name, Features(), nullptr);
  if (parsed && parsed->kind != ParsedName::Kind::interface) return std::nullopt;
  return parsed;
}

// Each export is the type of a component that exports one interface, or the type of one world.
bool Converter::is_package(const component::Interface& component) const {
  if (!component.imports.empty() || component.exports.empty()) return false;
  return std::all_of(component.exports.begin(), component.exports.end(), [&](const Item& item) {
    if (item.entity.sort != Sort::type || types_.kind(item.entity.type()) != TypeKind::component) return false;
    const Items& exports = types_.interface(item.entity.type()).exports;
    if (exports.size() != 1 || !interface_name(full_name(*exports[0].name))) return false;
    return exports[0].entity.sort == Sort::instance || exports[0].entity.sort == Sort::component;
  });
}

// By its own name, which nothing else can have.
Result<bool> Converter::is_interface(std::string_view name, Sort sort) {
  const auto parsed = parse_extern_name(name, Features(), nullptr);
  if (!parsed) return fail("`" + std::string(name) + "` has no WIT: it is no name there");
  if (parsed->kind != ParsedName::Kind::interface) return false;
  if (sort == Sort::instance) return true;
  return fail("`" + std::string(name) + "` has no WIT: only instances can be called like interfaces");
}

Result<void> Converter::package_item(const component::Interface& type) {
  const Item& item = type.exports[0];
  const std::string name = full_name(*item.name);
  const auto parsed = interface_name(name);
  const PackageIdx in = package(parsed->package, parsed->version);
  if (wit_.packages.size() == 1) wit_.root = in;
  if (item.entity.sort == Sort::component) {
    TRY(new_name(name, "a world"));
    return world(in, parsed->projection, types_.interface(item.entity.type()));
  }
  for (const Item& import : type.imports) {
    if (import.entity.sort != Sort::instance) return fail("an interface uses what is none: `" + name + "`");
    const component::Interface& used = types_.interface(import.entity.type());
    TRY(interface(full_name(*import.name), used, "what `" + name + "` uses"));
  }
  TRY(interface(name, types_.interface(item.entity.type()), "its package"));
  return {};
}

// Of an interface or a world, which nothing else has.
Result<void> Converter::new_name(std::string_view name, std::string_view what) {
  const auto [alike, fresh] = spelled_.try_emplace(unique_key(name), name);
  if (fresh) return {};
  if (alike->second == name) {
    return fail("`" + std::string(name) + "` has no WIT: it is " + std::string(what) +
                ", and another item of its package has that name");
  }
  return fail("`" + std::string(name) + "` has no WIT beside `" + alike->second +
              "`: the case of letters tells no names apart");
}

Result<void> Converter::world(PackageIdx package, std::string_view name, const component::Interface& component) {
  const WorldIdx index = wit_.worlds.push({});
  wit_.packages[package].worlds.push_back(index);
  wit_.worlds[index].name = name;
  wit_.worlds[index].package = package;
  Scope scope{{Owner::Kind::world, index.raw}, {}, {}, {}};
  for (const Item& item : component.imports) scope.taken.emplace(item.name->text);
  for (const Item& item : component.exports) scope.taken.emplace(item.name->text);
  for (const Item& item : component.imports) TRY(world_item(scope, item, wit_.worlds[index].imports));
  for (const Item& item : component.exports) TRY(world_item(scope, item, wit_.worlds[index].exports));
  return {};
}

void Converter::leave_out(const Item& item) {
  if (!sink_) return;
  sink_->notes.push_back("`" + std::string(item.name->text) + "` is left out: it is a " +
                         std::string(describe(item.entity.sort)) + ", which WIT cannot tell");
}

Result<void> Converter::world_item(Scope& scope, const Item& item, std::vector<WorldItem>& into) {
  const std::string name = full_name(*item.name);
  const bool is_import = &into == &wit_.worlds[WorldIdx{scope.owner.index}].imports;
  if (is_import && (item.entity.sort == Sort::core_module || item.entity.sort == Sort::component)) {
    leave_out(item);
    return {};
  }
  const bool plain = !TRY(is_interface(name, item.entity.sort));
  WorldItem made;
  switch (item.entity.sort) {
    case Sort::instance: {
      made.kind = WorldItem::Kind::interface;
      if (plain) made.name = name;
      if (plain) made.annotations = annotations(*item.name);  // WIT has none for a path
      const std::string named = plain ? attribute(*item.name, Attribute::Kind::implements).value_or("") : name;
      const std::string place = std::string(is_import ? "the import" : "the export") + " `" + name + "`";
      made.interface = TRY(interface(named, types_.interface(item.entity.type()), place));
      if (is_import && !plain) scope.imported.insert(made.interface.raw);
      break;
    }
    case Sort::func: {
      made.kind = WorldItem::Kind::function;
      std::vector<Function> functions;
      TRY(function(scope, item, functions));
      if (functions.empty()) return {};  // a method: its resource has it
      made.function = std::move(functions[0]);
      made.name = name;
      break;
    }
    case Sort::type:
      if (!is_import) return fail("`" + name + "` has no WIT: it is a type, and worlds export none");
      made.kind = WorldItem::Kind::type;
      made.type = TRY(name_type(scope, name, item.entity.type()));
      made.name = name;
      annotate(made.type, *item.name);
      break;
    default: return fail("`" + name + "` has no WIT: it is a " + std::string(describe(item.entity.sort)));
  }
  into.push_back(std::move(made));
  return {};
}

// A name says which interface; one that is imported and exported is the same.
Result<InterfaceIdx> Converter::interface(std::string_view name, const component::Interface& type,
                                          const std::string& place) {
  if (name.empty()) {
    const InterfaceIdx index = wit_.interfaces.push({});
    wit_.interfaces[index].package = wit_.root;
    TRY(fill(index, type));
    return index;
  }
  if (const auto known = interfaces_.find(std::string(name)); known != interfaces_.end()) {
    const auto& [index, first] = known->second;
    differs_ = "`" + std::string(name) + "` is not the same in " + first + " and in " + place;
    TRY(fill(index, type));
    return index;
  }
  const auto parsed = interface_name(name);
  if (!parsed) return fail("`" + std::string(name) + "` is not the name of an interface");
  TRY(new_name(name, "an interface"));
  const InterfaceIdx index = wit_.interfaces.push({});
  interfaces_.emplace(name, Known{index, place});
  const PackageIdx in = package(parsed->package, parsed->version);
  wit_.interfaces[index].name = parsed->projection;
  wit_.interfaces[index].package = in;
  TRY(fill(index, type));
  wit_.packages[in].interfaces.push_back(index);  // behind those that it uses
  return index;
}

Result<void> Converter::fill(InterfaceIdx index, const component::Interface& type) {
  Scope scope{{Owner::Kind::interface, index.raw}, {}, {}, {}};
  for (const Item& item : type.exports) {
    TRY(is_interface(item.name->text, item.entity.sort));
    const std::string name = key(scope.owner, item.name->text);
    if (item.entity.sort == Sort::type ? functions_.contains(name) : names_.contains(name)) return fail(differs_);
    switch (item.entity.sort) {
      case Sort::type: TRY(fill_type(scope, index, item)); break;
      case Sort::func: TRY(function(scope, item, wit_.interfaces[index].functions)); break;
      default:
        return fail("`" + std::string(item.name->text) + "` has no WIT: it is a " +
                    std::string(describe(item.entity.sort)));
    }
  }
  return {};
}

Result<void> Converter::fill_type(Scope& scope, InterfaceIdx index, const Item& item) {
  const uint64_t identity = types_.identity(item.entity.type());
  if (const auto there = names_.find(key(scope.owner, item.name->text)); there != names_.end()) {
    const auto& [index_there, type_there] = there->second;
    if (!same(type_there, item.entity.type()) && !is_new_resource_of(scope, index_there, item.entity.type()))
      return fail(differs_);
    scope.entries.emplace(item.entity.type(), index_there);
    entries_.emplace(item.entity.type(), index_there);
    scope.named.try_emplace(identity, index_there);
    first_names_.try_emplace(identity, index_there);
    return {};
  }
  const TypeDefIdx named = TRY(name_type(scope, item.name->text, item.entity.type()));
  annotate(named, *item.name);
  wit_.interfaces[index].types.push_back(named);
  return {};
}

// An interface has resource types of its own wherever it stands.
bool Converter::is_new_resource_of(const Scope& scope, TypeDefIdx there, TypeId type) const {
  if (!types_.is_resource(type) || first_names_.contains(types_.identity(type))) return false;
  const auto resource = wit_.types[there].resource;
  return resource && wit_.types[*resource].owner == scope.owner;
}

// Resource types are the same where they have one name.
bool Converter::same(TypeId a, TypeId b) {
  if (types_.same(a, b)) return true;
  const std::pair both(types_.identity(a), types_.identity(b));
  if (types_.is_resource(a) || types_.is_resource(b)) {
    const auto one = first_names_.find(both.first), other = first_names_.find(both.second);
    if (one == first_names_.end() || other == first_names_.end()) return false;
    const auto resource = wit_.types[one->second].resource;
    return resource && resource == wit_.types[other->second].resource;
  }
  if (same_.contains(both)) return true;
  if (!same_parts(types_[a], types_[b])) return false;
  same_.insert(both);
  return true;
}

bool Converter::same(ValType a, ValType b) {
  const auto primitive = [&](ValType type) {
    return type.is_defined() && types_.kind(type_id(type)) == TypeKind::primitive ? types_[type].first : type;
  };
  a = primitive(a);
  b = primitive(b);
  return a == b || (a.is_defined() && b.is_defined() && same(type_id(a), type_id(b)));
}

// Of value types and functions.
bool Converter::same_parts(const Type& a, const Type& b) {
  if (a.kind != b.kind || a.number != b.number || a.fields.size() != b.fields.size()) return false;
  if (!same(a.first, b.first) || !same(a.second, b.second)) return false;
  if (a.resource != kNoTypeId && !same(a.resource, b.resource)) return false;
  return std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(),
                    [&](const component::Field& x, const component::Field& y) {
                      return x.label == y.label && same(x.type, y.type);
                    });
}

PackageIdx Converter::package(std::string_view name, std::string_view version) {
  const std::string text = std::string(name) + "@" + std::string(version);
  if (const auto known = packages_.find(text); known != packages_.end()) return known->second;
  const size_t colon = std::min(name.find(':'), name.size() - 1);
  Package made;
  made.name = {std::string(name.substr(0, colon)), std::string(name.substr(colon + 1)), std::string(version)};
  const PackageIdx index = wit_.packages.push(std::move(made));
  packages_.emplace(text, index);
  return index;
}

Result<Function> Converter::signature(Scope& scope, const Type& type) {
  Function made;
  made.async = type.kind == TypeKind::async_func;
  for (const component::Field& param : type.fields) {
    made.params.push_back({{}, std::string(param.label), TRY(value(scope, param.type))});
  }
  made.result = TRY(value(scope, type.first));
  return made;
}

// Of a resource's functions, the resource gets them.
Result<void> Converter::function(Scope& scope, const Item& item, std::vector<Function>& functions) {
  const std::string_view name = item.name->text;
  const Type& type = types_[item.entity.type()];
  if (scope.owner.kind == Owner::Kind::interface) {
    const auto [there, fresh] = functions_.try_emplace(key(scope.owner, name), item.entity.type());
    if (!fresh) return same(there->second, item.entity.type()) ? Result<void>() : fail(differs_);
  }
  const auto parsed = parse_extern_name(name, Features(), nullptr);
  const auto kind = parsed ? parsed->kind : ParsedName::Kind::label;
  Function made = TRY(signature(scope, type));
  made.annotations = annotations(*item.name);
  made.name = kind == ParsedName::Kind::method || kind == ParsedName::Kind::static_ ? parsed->field : name;
  if (kind == ParsedName::Kind::label || kind == ParsedName::Kind::interface) {
    functions.push_back(std::move(made));
    return {};
  }
  if (kind == ParsedName::Kind::method) {
    made.kind = Function::Kind::method;
    made.params.erase(made.params.begin());  // self
  } else if (kind == ParsedName::Kind::static_) {
    made.kind = Function::Kind::static_;
  } else {
    made.kind = Function::Kind::constructor;
    made.name.clear();
    const bool fails = type.first.is_defined() && types_.kind(type_id(type.first)) == TypeKind::result;
    if (!fails) made.result = ValType();
  }
  const auto resource = names_.find(key(scope.owner, parsed->label));
  if (resource == names_.end() || wit_.types[resource->second.index].kind != TypeDef::Kind::resource) {
    return fail("`" + std::string(name) + "`: there is no such resource");
  }
  wit_.types[resource->second.index].methods.push_back(std::move(made));
  return {};
}

// --- types

Result<TypeDefIdx> Converter::name_type(Scope& scope, std::string_view name, TypeId type) {
  const uint64_t identity = types_.identity(type);
  TypeDef def;
  def.name = name;
  def.owner = scope.owner;
  if (const auto same = known(scope, type)) {
    const Owner from = wit_.types[*same].owner;
    const bool here = from.kind == scope.owner.kind && from.index == scope.owner.index;
    def.kind = here ? TypeDef::Kind::alias : TypeDef::Kind::use;
    def.first = val_type(*same);
    def.resource = wit_.types[*same].resource;
    if (!here && scope.owner.kind == Owner::Kind::interface && from.kind == Owner::Kind::interface) {
      std::vector<InterfaceIdx>& uses = wit_.interfaces[InterfaceIdx{scope.owner.index}].uses;
      if (std::find(uses.begin(), uses.end(), InterfaceIdx{from.index}) == uses.end()) uses.push_back({from.index});
    }
  } else if (types_.is_resource(type)) {
    if (!resources_.insert(identity).second) {
      return fail("`" + def.name +
                  "` has no WIT: it is a resource type of the world, or of an interface that has no" +
                  " name, which nothing else can use");
    }
    def.kind = TypeDef::Kind::resource;
    def.resource = wit_.types.next();
  } else if (types_.kind(type) == TypeKind::primitive) {
    def.first = types_[type].first;
  } else {
    TRY(define(scope, type, def));
  }
  const bool new_here = def.kind != TypeDef::Kind::alias || types_.kind(type) == TypeKind::primitive;
  const TypeDefIdx index = wit_.types.push(std::move(def));
  scope.entries[type] = index;
  names_.try_emplace(key(scope.owner, name), Named{index, type});
  if (new_here) scope.named[identity] = index;
  if (has_path(scope.owner)) {
    first_names_.emplace(identity, index);
    entries_.emplace(type, index);
  }
  return index;
}

// A `use` has no annotations but gates.
void Converter::annotate(TypeDefIdx index, const ExternName& name) {
  TypeDef& def = wit_.types[index];
  if (def.kind != TypeDef::Kind::use) def.annotations = annotations(name);
}

// Another name of the same type: the one that this is a name of, else one in the scope, else the first of all. Names
// of names of names are followed only so far, for each of them may be asked for.
std::optional<TypeDefIdx> Converter::known(const Scope& scope, TypeId type) const {
  uint32_t far = 100;
  for (TypeId from = types_.named_from(type); from != kNoTypeId && far-- > 0; from = types_.named_from(from)) {
    if (const auto here = scope.entries.find(from); here != scope.entries.end()) return here->second;
    if (const auto there = entries_.find(from); there != entries_.end()) return there->second;
  }
  const uint64_t identity = types_.identity(type);
  if (const auto here = scope.named.find(identity); here != scope.named.end()) return here->second;
  const auto first = first_names_.find(identity);
  return first == first_names_.end() ? std::nullopt : std::optional(first->second);
}

Result<std::optional<TypeDefIdx>> Converter::named(Scope& scope, TypeId type) {
  if (const auto entry = scope.entries.find(type); entry != scope.entries.end()) {
    return std::optional(entry->second);
  }
  const auto same = scope.named.find(types_.identity(type));
  if (same != scope.named.end()) return std::optional(same->second);
  if (scope.owner.kind == Owner::Kind::world) return bring_in(scope, type);
  return std::optional<TypeDefIdx>();
}

// A component may use a type of an interface that it imports as it is; in WIT a world has to name it.
Result<std::optional<TypeDefIdx>> Converter::bring_in(Scope& world, TypeId type) {
  const auto first = first_names_.find(types_.identity(type));
  if (first == first_names_.end()) return std::optional<TypeDefIdx>();
  const Owner from = wit_.types[first->second].owner;
  if (!world.imported.contains(from.index)) return std::optional<TypeDefIdx>();
  WorldItem made;
  made.kind = WorldItem::Kind::type;
  made.name = wit_.types[first->second].name;
  if (!world.taken.insert(made.name).second) {
    const std::string base = made.name + "-" + wit_.interfaces[InterfaceIdx{from.index}].name;
    uint32_t& next = world.next[base];
    do made.name = base + (next++ ? std::to_string(next) : "");
    while (!world.taken.insert(made.name).second);
  }
  made.type = TRY(name_type(world, made.name, type));
  wit_.worlds[WorldIdx{world.owner.index}].imports.push_back(made);
  return std::optional(made.type);
}

Result<ValType> Converter::value(Scope& scope, ValType type) {
  if (!type.present() || type.is_primitive()) return type;
  const TypeId id = type_id(type);
  const uint64_t identity = types_.identity(id);
  if (const auto name = TRY(named(scope, id))) return val_type(*name);
  if (types_.kind(id) == TypeKind::primitive) return types_[id].first;
  if (const auto known = scope.unnamed.find(identity); known != scope.unnamed.end()) return val_type(known->second);
  TypeDef def;
  TRY(define(scope, id, def));
  const bool needs_name = def.kind == TypeDef::Kind::record || def.kind == TypeDef::Kind::variant ||
                          def.kind == TypeDef::Kind::enum_ || def.kind == TypeDef::Kind::flags;
  if (needs_name) return fail("a " + std::string(describe(types_, id)) + " without a name has no WIT");
  const TypeDefIdx index = wit_.types.push(std::move(def));
  scope.unnamed.emplace(identity, index);
  return val_type(index);
}

Result<void> Converter::define(Scope& scope, TypeId id, TypeDef& def) {
  const Type& type = types_[id];
  using Kind = TypeDef::Kind;
  switch (type.kind) {
    case TypeKind::record: def.kind = Kind::record; break;
    case TypeKind::variant: def.kind = Kind::variant; break;
    case TypeKind::enum_: def.kind = Kind::enum_; break;
    case TypeKind::flags: def.kind = Kind::flags; break;
    case TypeKind::tuple: def.kind = Kind::tuple; break;
    case TypeKind::list: def.kind = Kind::list; break;
    case TypeKind::fixed_list: def.kind = Kind::fixed_list; break;
    case TypeKind::option: def.kind = Kind::option; break;
    case TypeKind::result: def.kind = Kind::result; break;
    case TypeKind::map: def.kind = Kind::map; break;
    case TypeKind::future: def.kind = Kind::future; break;
    case TypeKind::stream: def.kind = Kind::stream; break;
    case TypeKind::own: def.kind = Kind::own; break;
    case TypeKind::borrow: def.kind = Kind::borrow; break;
    default: return fail("a type of a " + std::string(describe(types_, id)) + " has no WIT");
  }
  def.has_borrow = type.has_borrow;
  def.length = type.number;
  if (type.resource != kNoTypeId) {
    const auto name = TRY(named(scope, type.resource));
    if (!name) return fail("a resource type without a name has no WIT");
    def.first = val_type(*name);
    return {};
  }
  def.first = TRY(value(scope, type.first));
  def.second = TRY(value(scope, type.second));
  return fields(scope, type, def);
}

Result<void> Converter::fields(Scope& scope, const Type& type, TypeDef& def) {
  for (const component::Field& field : type.fields) {
    def.fields.push_back({{}, std::string(field.label), TRY(value(scope, field.type))});
  }
  return {};
}

}  // namespace

Result<Wit> from_component(const Component& component, const Checked& checked, ErrorSink* sink) {
  Wit wit = TRY(Converter(checked.types, sink).run(checked.root.type));
  TRY(add_package_docs(component, wit, sink));
  return wit;
}

}  // namespace heddle::component::wit
