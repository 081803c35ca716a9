// Types and functions of an interface or world. Names may be used before they are defined, but types are not
// recursive: they are resolved in the order of their references, and functions after all types.
#include <algorithm>

#include "component/syntax/limits.h"
#include "component/wit/resolver.h"

namespace heddle::component::wit {
namespace {

struct KindPair {
  ast::Type::Kind syntax;
  TypeDef::Kind kind;
};
constexpr KindPair kKinds[] = {
    {ast::Type::Kind::own, TypeDef::Kind::own},       {ast::Type::Kind::borrow, TypeDef::Kind::borrow},
    {ast::Type::Kind::list, TypeDef::Kind::list},     {ast::Type::Kind::fixed_list, TypeDef::Kind::fixed_list},
    {ast::Type::Kind::option, TypeDef::Kind::option}, {ast::Type::Kind::result, TypeDef::Kind::result},
    {ast::Type::Kind::tuple, TypeDef::Kind::tuple},   {ast::Type::Kind::map, TypeDef::Kind::map},
    {ast::Type::Kind::future, TypeDef::Kind::future}, {ast::Type::Kind::stream, TypeDef::Kind::stream},
};

TypeDef::Kind kind_of_parts(ast::Type::Kind syntax) {
  const auto* found =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const KindPair& pair) { return pair.syntax == syntax; });
  HEDDLE_ASSERT(found != std::end(kKinds));
  return found->kind;
}

TypeDef::Kind kind_of_def(ast::TypeDef::Kind syntax) {
  switch (syntax) {
    case ast::TypeDef::Kind::alias: return TypeDef::Kind::alias;
    case ast::TypeDef::Kind::record: return TypeDef::Kind::record;
    case ast::TypeDef::Kind::variant: return TypeDef::Kind::variant;
    case ast::TypeDef::Kind::enum_: return TypeDef::Kind::enum_;
    case ast::TypeDef::Kind::flags: return TypeDef::Kind::flags;
    case ast::TypeDef::Kind::resource: return TypeDef::Kind::resource;
  }
  return TypeDef::Kind::alias;
}

Function::Kind kind_of_func(ast::Func::Kind syntax) {
  switch (syntax) {
    case ast::Func::Kind::free: return Function::Kind::free;
    case ast::Func::Kind::method: return Function::Kind::method;
    case ast::Func::Kind::static_: return Function::Kind::static_;
    case ast::Func::Kind::constructor: return Function::Kind::constructor;
  }
  return Function::Kind::free;
}

// kt
bool is_key(const ast::Type& type) {
  return type.kind == ast::Type::Kind::primitive && type.primitive != Primitive::f32 &&
         type.primitive != Primitive::f64 && type.primitive != Primitive::error_context;
}

// The named types that a type is made of.
void collect_names(const ast::Type& type, std::vector<ast::Id>& names) {
  if (!type.name.text.empty()) names.push_back(type.name);
  for (const ast::Type& arg : type.args) collect_names(arg, names);
}

}  // namespace

TypeDefIdx Resolver::add_type(TypeDef def) {
  def.has_borrow |=
      def.kind == TypeDef::Kind::borrow || has_borrow(def.first) || has_borrow(def.second) ||
      std::any_of(def.fields.begin(), def.fields.end(), [&](const Field& field) { return has_borrow(field.type); });
  if (def.kind == TypeDef::Kind::resource) def.resource = wit_.types.next();
  if (def.kind == TypeDef::Kind::alias || def.kind == TypeDef::Kind::use) {
    if (!def.first.is_primitive()) def.resource = wit_.type(def.first).resource;
  }
  return wit_.types.push(std::move(def));
}

Result<void> Resolver::add_name(Names& names, const ast::Id& name, Named named) {
  if (!names.add(name.text, named)) return {};
  return fail(name.offset, quoted(name.text) + " is defined twice");
}

Result<void> Resolver::resolve_interface(const ast::Body& body, uint32_t file, InterfaceIdx index) {
  Names names;
  const Place place{file, {Owner::Kind::interface, index.raw}, names};
  std::vector<TypeDefIdx> types;
  InterfaceList uses;
  std::vector<Function> functions;
  TRY(resolve_types(body, place, types, uses));
  for (const ast::Func& func : body.funcs) {
    const bool included = TRY(enabled(func.annotations, func.name.offset, files_[file].package));
    TRY(add_name(names, func.name, {included ? Named::Kind::function : Named::Kind::disabled, {}}));
    if (included) {
      functions.push_back(TRY(resolve_function(func, place)));
    } else {
      TRY(check_names(func, names));
    }
  }
  Interface& interface = wit_.interfaces[index];
  interface.types = std::move(types);
  interface.functions = std::move(functions);
  interface.uses = std::move(uses.in_order);
  interface_names_[index] = std::move(names);
  return {};
}

// The types that are used come first, then those that are defined.
Result<void> Resolver::resolve_types(const ast::Body& body, Place place, std::vector<TypeDefIdx>& types,
                                     InterfaceList& uses) {
  for (const ast::Use& use : body.uses) TRY(resolve_use(use, place, types, uses));
  std::vector<const ast::TypeDef*> defs, left_out;
  for (const ast::TypeDef& def : body.types) {
    if (TRY(enabled(def.annotations, def.name.offset, files_[place.file].package))) {
      defs.push_back(&def);
    } else {
      left_out.push_back(&def);
      TRY(add_name(place.names, def.name, {Named::Kind::disabled, {}}));
      for (const ast::Func& method : def.methods) {
        TRY(check_contained(method.name, method.annotations, files_[place.file].package));
      }
    }
  }
  const std::vector<uint32_t> order = TRY(sorted_types(defs, place.names));
  std::vector<TypeDefIdx> indices(defs.size());
  for (uint32_t i : order) {
    indices[i] = TRY(resolve_def(*defs[i], place));
    types.push_back(indices[i]);
    TRY(add_name(place.names, defs[i]->name, {Named::Kind::type, indices[i]}));
  }
  for (uint32_t i : order) TRY(resolve_methods(*defs[i], place, indices[i]));
  for (const ast::TypeDef* def : left_out) TRY(check_names(*def, place.names));
  return {};
}

Result<void> Resolver::resolve_use(const ast::Use& use, Place place, std::vector<TypeDefIdx>& types,
                                   InterfaceList& uses) {
  if (!TRY(enabled(use.annotations, use.from.name.offset, files_[place.file].package))) {
    for (const ast::Rename& name : use.names) TRY(add_name(place.names, name.as, {Named::Kind::disabled, {}}));
    return check_names(use, place.file);
  }
  const InterfaceIdx from{TRY(find_enabled(place.file, use.from, Wanted::interface))};
  uses.add(from);
  for (const ast::Rename& name : use.names) {
    TypeDef def;
    def.annotations = use.annotations;
    def.annotations.docs.clear();
    def.kind = TypeDef::Kind::use;
    def.name = name.as.text;
    def.owner = place.owner;
    def.first = val_type(TRY(find_type(name.name, interface_names_[from], use.from.name.text)));
    types.push_back(add_type(std::move(def)));
    TRY(add_name(place.names, name.as, {Named::Kind::type, types.back()}));
  }
  return {};
}

// `outside` has the names that are resolved already.
Result<std::vector<uint32_t>> Resolver::sorted_types(const std::vector<const ast::TypeDef*>& defs,
                                                     const Names& outside) {
  Scope<uint32_t> local;
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < defs.size(); ++i) {
    const ast::Id& name = defs[i]->name;
    texts.emplace_back(name.text);
    if (local.add(name.text, i)) return fail(name.offset, quoted(name.text) + " is defined twice");
  }
  std::vector<std::vector<Edge>> edges(defs.size());
  for (uint32_t i = 0; i < defs.size(); ++i) {
    std::vector<ast::Id> names;
    collect_names(defs[i]->alias, names);
    for (const ast::Field& field : defs[i]->fields) collect_names(field.type, names);
    for (const ast::Id& name : names) {
      if (const uint32_t* other = local.find(name.text)) {
        edges[i].push_back({*other, name.offset});
      } else {
        TRY(find_type(name, outside));
      }
    }
  }
  Order order = sort(edges);
  if (!order.cycle.empty()) return cycle(order, "the type", texts);
  return std::move(order.order);
}

// `interface`: the other one that has the names.
Result<TypeDefIdx> Resolver::find_type(const ast::Id& id, const Names& names, std::string_view interface) {
  const Named* named = names.find(id.text);
  if (!named) {
    const std::string where = interface.empty() ? "" : " in " + quoted(interface);
    return fail(id.offset, "there is no type " + quoted(id.text) + where);
  }
  switch (named->kind) {
    case Named::Kind::type: return named->type;
    case Named::Kind::function: return fail(id.offset, quoted(id.text) + " is a function, where a type is wanted");
    case Named::Kind::disabled: return disabled(id, "type");
  }
  return TypeDefIdx{};
}

// --- types
// ----------------------------------------------------------------------------------------------------------

Result<TypeDefIdx> Resolver::resolve_def(const ast::TypeDef& def, Place place) {
  TypeDef type;
  type.kind = kind_of_def(def.kind);
  if (def.kind == ast::TypeDef::Kind::alias) {
    if (def.alias.kind == ast::Type::Kind::primitive) {
      type.first = def.alias.primitive;
    } else if (def.alias.kind == ast::Type::Kind::name) {
      type.first = val_type(TRY(find_type(def.alias.name, place.names)));
    } else {
      TRY(resolve_parts(def.alias, place, type));
    }
  }
  TRY(resolve_fields(def, place, type));
  type.annotations = def.annotations;
  type.name = def.name.text;
  type.owner = place.owner;
  return add_type(std::move(type));
}

Result<void> Resolver::resolve_fields(const ast::TypeDef& def, Place place, TypeDef& type) {
  Scope<bool> labels;
  if (def.kind == ast::TypeDef::Kind::flags && def.fields.size() > limits::kFlags) {
    return fail(def.fields[limits::kFlags].name.offset,
                quoted(def.name.text) + " cannot have more than " + std::to_string(limits::kFlags) + " flags");
  }
  for (const ast::Field& field : def.fields) {
    if (labels.add(field.name.text, true)) {
      return fail(field.name.offset, quoted(field.name.text) + " stands twice in " + quoted(def.name.text));
    }
    type.fields.push_back({field.docs, std::string(field.name.text), TRY(resolve_type(field.type, place))});
  }
  return {};
}

// A type where one is used: the name of a resource stands for a handle that owns one.
Result<ValType> Resolver::resolve_type(const ast::Type& type, Place place) {
  if (type.kind == ast::Type::Kind::none) return ValType();
  if (type.kind == ast::Type::Kind::primitive) return ValType(type.primitive);
  TypeDef def;
  if (type.kind == ast::Type::Kind::name) {
    const ValType named = val_type(TRY(find_type(type.name, place.names)));
    if (!wit_.type(named).resource) return named;
    def.kind = TypeDef::Kind::own;
    def.first = named;
  } else {
    TRY(resolve_parts(type, place, def));
  }
  return val_type(add_type(std::move(def)));
}

// What a type that needs no name is made of.
Result<void> Resolver::resolve_parts(const ast::Type& type, Place place, TypeDef& def) {
  def.kind = kind_of_parts(type.kind);
  def.length = type.length;
  if (def.kind == TypeDef::Kind::own || def.kind == TypeDef::Kind::borrow) {
    def.first = val_type(TRY(find_type(type.name, place.names)));
    if (wit_.type(def.first).resource) return {};
    return fail(type.name.offset, quoted(type.name.text) + " is no resource, and so has no handles");
  }
  if (def.kind == TypeDef::Kind::map && !is_key(type.args[0])) {
    return fail(type.args[0].offset, "a map's keys are integers, `bool`, `char` or `string`");
  }
  std::vector<ValType> parts;
  parts.reserve(type.args.size());
  for (const ast::Type& arg : type.args) parts.push_back(TRY(resolve_type(arg, place)));
  if (def.kind == TypeDef::Kind::tuple) {
    for (ValType part : parts) def.fields.push_back({{}, {}, part});
    return {};
  }
  if (!parts.empty()) def.first = parts[0];
  if (parts.size() > 1) def.second = parts[1];
  const bool outlives = def.kind == TypeDef::Kind::future || def.kind == TypeDef::Kind::stream;
  if (outlives && has_borrow(def.first)) {
    return fail(type.offset, "what outlives a call, such as a future or stream, cannot hold a `borrow`");
  }
  return {};
}

// --- functions
// ------------------------------------------------------------------------------------------------------

Result<void> Resolver::resolve_methods(const ast::TypeDef& def, Place place, TypeDefIdx type) {
  Scope<bool> names;
  bool has_constructor = false;
  std::vector<Function> methods;
  for (const ast::Func& func : def.methods) {
    if (func.kind == ast::Func::Kind::constructor) {
      if (has_constructor) return fail(func.name.offset, quoted(def.name.text) + " has two constructors");
      has_constructor = true;
      TRY(check_constructor(func, def.name));
    } else if (names.add(func.name.text, true)) {
      return fail(func.name.offset, quoted(func.name.text) + " stands twice in " + quoted(def.name.text));
    } else if (folded(func.name.text) == folded(def.name.text)) {  // no component can have both (Explainer.md)
      return fail(func.name.offset, quoted(func.name.text) + " has the name of its resource");
    }
    if (!TRY(enabled(func.annotations, func.name.offset, files_[place.file].package))) {
      TRY(check_names(func, place.names));
      continue;
    }
    methods.push_back(TRY(resolve_function(func, place)));
  }
  wit_.types[type].methods = std::move(methods);
  return {};
}

// A constructor that can fail says so: `result<r, ...>`.
Result<void> Resolver::check_constructor(const ast::Func& func, const ast::Id& resource) {
  const ast::Type& result = func.result;
  if (result.kind == ast::Type::Kind::none) return {};
  const bool constructs =
      result.kind == ast::Type::Kind::result && !result.args.empty() &&
      (result.args[0].kind == ast::Type::Kind::name || result.args[0].kind == ast::Type::Kind::own) &&
      result.args[0].name.text == resource.text;
  if (constructs) return {};
  return fail(result.offset,
              "a constructor that tells its result has `result<" + std::string(resource.text) + ", ...>`");
}

Result<Function> Resolver::resolve_function(const ast::Func& func, Place place) {
  Function function;
  function.annotations = func.annotations;
  function.kind = kind_of_func(func.kind);
  if (func.kind != ast::Func::Kind::constructor) function.name = func.name.text;
  function.async = func.async;
  Scope<bool> params;
  if (func.kind == ast::Func::Kind::method) params.add("self", true);
  for (const ast::Field& param : func.params) {
    if (params.add(param.name.text, true)) {
      return fail(param.name.offset, "two parameters are called " + quoted(param.name.text));
    }
    function.params.push_back({{}, std::string(param.name.text), TRY(resolve_type(param.type, place))});
  }
  function.result = TRY(resolve_type(func.result, place));
  if (has_borrow(function.result)) {
    return fail(func.name.offset, quoted(func.name.text) + " returns a `borrow`, which ends with the call");
  }
  return function;
}

// --- what a feature that is not enabled leaves out

Result<void> Resolver::check_names(const ast::Type& type, const Names& names) {
  std::vector<ast::Id> used;
  collect_names(type, used);
  for (const ast::Id& name : used) {
    const Named* named = names.find(name.text);
    if (!named || named->kind == Named::Kind::function) TRY(find_type(name, names));
  }
  return {};
}

Result<void> Resolver::check_names(const ast::Func& func, const Names& names) {
  for (const ast::Field& param : func.params) TRY(check_names(param.type, names));
  return check_names(func.result, names);
}

Result<void> Resolver::check_names(const ast::TypeDef& def, const Names& names) {
  TRY(check_names(def.alias, names));
  for (const ast::Field& field : def.fields) TRY(check_names(field.type, names));
  for (const ast::Func& method : def.methods) TRY(check_names(method, names));
  return {};
}

// The names of an interface that is left out itself are not kept.
Result<void> Resolver::check_names(const ast::Use& use, uint32_t file) {
  const Item& from = items_[TRY(find_item(file, use.from, Wanted::interface))];
  if (!from.enabled) return {};
  const Names& names = interface_names_[InterfaceIdx{from.index}];
  for (const ast::Rename& name : use.names) {
    if (!names.find(name.name.text)) TRY(find_type(name.name, names, use.from.name.text));
  }
  return {};
}

Result<void> Resolver::check_names(const ast::Body& body, uint32_t file, Names& names) {
  const Named left_out{Named::Kind::disabled, {}};
  for (const ast::Use& use : body.uses) {
    TRY(check_names(use, file));
    for (const ast::Rename& name : use.names) TRY(add_name(names, name.as, left_out));
  }
  for (const ast::TypeDef& def : body.types) TRY(add_name(names, def.name, left_out));
  for (const ast::Func& func : body.funcs) TRY(add_name(names, func.name, {Named::Kind::function, {}}));
  for (const ast::TypeDef& def : body.types) TRY(check_names(def, names));
  for (const ast::Func& func : body.funcs) TRY(check_names(func, names));
  return {};
}

Result<void> Resolver::check_names(const ast::Extern& external, uint32_t file, const Names& names) {
  Names inside;
  TRY(check_names(external.interface, file, inside));
  return check_names(external.func, names);
}

Result<void> Resolver::check_names(const Item& item) {
  Names names;
  TRY(check_names(item.interface ? item.interface->body : item.world->body, item.file, names));
  if (item.interface) return {};
  for (const ast::Extern& external : item.world->externs) TRY(check_names(external, item.file, names));
  return {};
}

}  // namespace heddle::component::wit
