// Walks the items in their order. In each scope, an interface or the world, the types that it names are known by what
// they are (Types::identity): whatever refers to one of them refers to its name, a type that was named by another
// interface before is used from there, and all other types are written out where they stand.
#include "component/wit/from_component.h"

#include <algorithm>
#include <unordered_map>

#include "component/syntax/extern_name.h"

namespace heddle::component::wit {
namespace {

// The types that are named in a scope.
struct Scope {
  Owner owner;
  std::unordered_map<uint64_t, TypeDefIdx> named, unnamed;
};

class Converter {
 public:
  Converter(const Types& types, ErrorSink* sink) : types_(types), sink_(sink) {}

  Result<Wit> run(TypeId type) {
    Package root;
    root.name = {"root", "component", ""};
    wit_.root = wit_.packages.push(std::move(root));
    const WorldIdx world = wit_.worlds.push({});
    wit_.packages[wit_.root].worlds.push_back(world);
    wit_.worlds[world].name = "root";
    wit_.worlds[world].package = wit_.root;
    Scope scope{{Owner::Kind::world, world.raw}, {}, {}};
    const component::Interface& component = types_.interface(type);
    for (const Item& item : component.imports) TRY(world_item(scope, item, wit_.worlds[world].imports));
    for (const Item& item : component.exports) TRY(world_item(scope, item, wit_.worlds[world].exports));
    return std::move(wit_);
  }

 private:
  Error fail(std::string words) {
    if (sink_) sink_->set(std::move(words));
    return {ErrorCode::invalid_component};
  }

  // --- items
  Result<void> world_item(Scope& scope, const Item& item, std::vector<WorldItem>& into);
  Result<InterfaceIdx> interface(std::string_view name, const component::Interface& type);
  Result<void> fill(InterfaceIdx index, const component::Interface& type);
  PackageIdx package(std::string_view name, std::string_view version);
  Result<void> function(Scope& scope, std::string_view name, TypeId type, std::vector<Function>& functions);

  // --- types
  Result<TypeDefIdx> name_type(Scope& scope, std::string_view name, TypeId type);
  Result<ValType> value(Scope& scope, ValType type);
  Result<void> define(Scope& scope, TypeId type, TypeDef& def);
  Result<void> fields(Scope& scope, const Type& type, TypeDef& def);

  const Types& types_;
  ErrorSink* sink_;
  Wit wit_;
  std::unordered_map<std::string, InterfaceIdx> interfaces_;  // by their names
  std::unordered_map<std::string, PackageIdx> packages_;
  std::unordered_map<uint64_t, TypeDefIdx> first_names_;  // of a type, in whatever interface named it first
};

// --- items

Result<void> Converter::world_item(Scope& scope, const Item& item, std::vector<WorldItem>& into) {
  const std::string_view name = item.name->text;
  WorldItem made;
  switch (item.entity.sort) {
    case Sort::instance: {
      made.kind = WorldItem::Kind::interface;
      const auto parsed = parse_extern_name(name, Features(), nullptr);
      const bool plain = !parsed || parsed->kind != ParsedName::Kind::interface;
      if (plain) made.name = name;
      made.interface = TRY(interface(plain ? std::string_view() : name, types_.interface(item.entity.type())));
      break;
    }
    case Sort::func: {
      made.kind = WorldItem::Kind::function;
      std::vector<Function> functions;
      TRY(function(scope, name, item.entity.type(), functions));
      if (functions.empty()) return {};  // a method: its resource has it
      made.function = std::move(functions[0]);
      made.name = name;
      break;
    }
    case Sort::type:
      made.kind = WorldItem::Kind::type;
      made.type = TRY(name_type(scope, name, item.entity.type()));
      made.name = name;
      break;
    default:
      return fail("`" + std::string(name) + "` has no WIT: it is a " + std::string(describe(item.entity.sort)));
  }
  into.push_back(std::move(made));
  return {};
}

// A name says which interface; one that is imported and exported is the same.
Result<InterfaceIdx> Converter::interface(std::string_view name, const component::Interface& type) {
  if (name.empty()) {
    const InterfaceIdx index = wit_.interfaces.push({});
    wit_.interfaces[index].package = wit_.root;
    TRY(fill(index, type));
    return index;
  }
  if (const auto known = interfaces_.find(std::string(name)); known != interfaces_.end()) return known->second;
  const auto parsed = parse_extern_name(name, Features(), nullptr);
  HEDDLE_ASSERT(parsed);
  const InterfaceIdx index = wit_.interfaces.push({});
  interfaces_.emplace(name, index);
  const PackageIdx in = package(parsed->package, parsed->version);
  wit_.interfaces[index].name = parsed->projection;
  wit_.interfaces[index].package = in;
  TRY(fill(index, type));
  wit_.packages[in].interfaces.push_back(index);  // behind those that it uses
  return index;
}

Result<void> Converter::fill(InterfaceIdx index, const component::Interface& type) {
  Scope scope{{Owner::Kind::interface, index.raw}, {}, {}};
  for (const Item& item : type.exports) {
    switch (item.entity.sort) {
      case Sort::type: {
        const TypeDefIdx named = TRY(name_type(scope, item.name->text, item.entity.type()));
        wit_.interfaces[index].types.push_back(named);
        break;
      }
      case Sort::func: {
        std::vector<Function> functions;
        TRY(function(scope, item.name->text, item.entity.type(), functions));
        for (Function& each : functions) wit_.interfaces[index].functions.push_back(std::move(each));
        break;
      }
      default:
        return fail("`" + std::string(item.name->text) + "` has no WIT: it is a " +
                    std::string(describe(item.entity.sort)));
    }
  }
  return {};
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

// Of a resource's functions, the resource gets them.
Result<void> Converter::function(Scope& scope, std::string_view name, TypeId id, std::vector<Function>& functions) {
  const Type& type = types_[id];
  const auto parsed = parse_extern_name(name, Features(), nullptr);
  const auto kind = parsed ? parsed->kind : ParsedName::Kind::label;
  Function made;
  made.name = kind == ParsedName::Kind::method || kind == ParsedName::Kind::static_ ? parsed->field : name;
  made.async = types_.kind(id) == TypeKind::async_func;
  for (const component::Field& param : type.fields) {
    made.params.push_back({{}, std::string(param.label), TRY(value(scope, param.type))});
  }
  made.result = TRY(value(scope, type.first));
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
  for (const auto& [identity, index] : scope.named) {
    TypeDef& def = wit_.types[index];
    if (def.kind != TypeDef::Kind::resource || def.name != parsed->label) continue;
    def.methods.push_back(std::move(made));
    return {};
  }
  return fail("`" + std::string(name) + "`: there is no such resource");
}

// --- types

Result<TypeDefIdx> Converter::name_type(Scope& scope, std::string_view name, TypeId type) {
  const uint64_t identity = types_.identity(type);
  TypeDef def;
  def.name = name;
  def.owner = scope.owner;
  if (const auto here = scope.named.find(identity); here != scope.named.end()) {
    def.kind = TypeDef::Kind::alias;
    def.first = val_type(here->second);
    def.resource = wit_.types[here->second].resource;
  } else if (const auto there = first_names_.find(identity); there != first_names_.end()) {
    def.kind = TypeDef::Kind::use;
    def.first = val_type(there->second);
    def.resource = wit_.types[there->second].resource;
    const Owner from = wit_.types[there->second].owner;
    if (scope.owner.kind == Owner::Kind::interface && from.kind == Owner::Kind::interface) {
      std::vector<InterfaceIdx>& uses = wit_.interfaces[InterfaceIdx{scope.owner.index}].uses;
      if (std::find(uses.begin(), uses.end(), InterfaceIdx{from.index}) == uses.end()) uses.push_back({from.index});
    }
  } else if (types_.is_resource(type)) {
    def.kind = TypeDef::Kind::resource;
    def.resource = wit_.types.next();
  } else if (types_.kind(type) == TypeKind::primitive) {
    def.first = types_[type].first;
  } else {
    TRY(define(scope, type, def));
  }
  const bool new_here = def.kind != TypeDef::Kind::alias || types_.kind(type) == TypeKind::primitive;
  const TypeDefIdx index = wit_.types.push(std::move(def));
  if (new_here) scope.named[identity] = index;
  if (scope.owner.kind == Owner::Kind::interface) first_names_.emplace(identity, index);
  return index;
}

Result<ValType> Converter::value(Scope& scope, ValType type) {
  if (!type.present() || type.is_primitive()) return type;
  const TypeId id = type_id(type);
  const uint64_t identity = types_.identity(id);
  if (const auto named = scope.named.find(identity); named != scope.named.end()) return val_type(named->second);
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
    const auto named = scope.named.find(types_.identity(type.resource));
    if (named == scope.named.end()) return fail("a resource type without a name has no WIT");
    def.first = val_type(named->second);
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

Result<Wit> from_component(const Types& types, TypeId type, ErrorSink* sink) {
  return Converter(types, sink).run(type);
}

}  // namespace heddle::component::wit
