// Imports and exports (Explainer.md, "Import and Export Definitions"): what they are, what they put into the index
// spaces, and whether all types they use are visible outside (Explainer.md, "External Visibility of Types").
#include <utility>

#include "component/valid/checker.h"

namespace heddle::component {

// --- what is imported or exported

Result<Entity> Checker::entity_of(const ExternType& type) {
  switch (type.sort) {
    case Sort::core_module: {
      const heddle::TypeId found = TRY(core_type_at(type.index));
      if (is_module(found)) return Entity{type.sort, {}, module_of(found)};
      return context_.fail("core type index " + std::to_string(type.index) + " is not a module type");
    }
    case Sort::func: return Entity::of(type.sort, TRY(func_type_at(type.index)));
    case Sort::value:
      TRY(context_.need(Feature::values, "a value"));
      if (type.type.present()) return Entity{type.sort, TRY(val_type(type.type)), 0};
      if (type.index < spaces().values.size()) return Entity{type.sort, spaces().values[type.index], 0};
      return context_.fail_index("value", "value", type.index);
    case Sort::type:
      if (type.bound == ExternType::Bound::sub_resource) return Entity::of(type.sort, types_.add_resource());
      return Entity::of(type.sort, types_.add_name(TRY(type_at(type.index))));
    case Sort::component: return Entity::of(type.sort, TRY(type_at(type.index, TypeKind::component, "a component")));
    case Sort::instance: return Entity::of(type.sort, TRY(type_at(type.index, TypeKind::instance, "an instance")));
    default:
      return context_.fail("a core " + std::string(describe(type.sort)) + " can be neither imported nor exported");
  }
}

Result<void> Checker::import(const Import& import) {
  context_.at = import.at;
  const Entity entity = TRY(entity_of(import.type));
  return declare(import.name, entity, Direction::import, import.type.bound == ExternType::Bound::sub_resource);
}

Result<void> Checker::export_declaration(const Import& e) {
  context_.at = e.at;
  const Entity entity = TRY(entity_of(e.type));
  return declare(e.name, entity, Direction::export_, e.type.bound == ExternType::Bound::sub_resource);
}

Result<void> Checker::export_(const Export& e) {
  context_.at = e.at;
  Entity entity = TRY(entity_at(e.what));
  if (entity.sort == Sort::type) entity = Entity::of(entity.sort, types_.add_name(entity.type()));
  if (!e.type) return declare(e.name, entity, Direction::export_, false);
  const Entity ascribed = TRY(entity_of(*e.type));
  const bool abstract = e.type->bound == ExternType::Bound::sub_resource;
  const bool hidden = abstract && entity.sort == Sort::type && types_.is_resource(entity.type());
  if (!hidden) {
    TRY(context_.in(Matcher(context_, registry_, types_, types_).entity(entity, ascribed),
                    [] { return "ascribed type of export is not compatible with item's type"; }));
  }
  return declare(e.name, ascribed, Direction::export_, abstract);
}

// `fresh`: this is where a resource type begins to exist.
Result<void> Checker::declare(const ExternName& name, Entity entity, Direction direction, bool fresh) {
  Side& side = direction == Direction::import ? scope().imports : scope().exports;
  List<ResourceId>& bound = direction == Direction::import ? scope().imported : scope().defined;
  if (entity.sort == Sort::instance) entity = TRY(open_instance(entity, direction));
  if (entity.sort == Sort::type && types_.is_resource(entity.type())) {
    if (fresh) bound.push_back(types_.resource(entity.type()));
    side.resources.by_entry[index_of(entity.type())] = name.text;
    side.resources.names.insert(name.text);
  }
  push(entity);
  // What is exported has been used.
  if (entity.sort == Sort::value && direction == Direction::export_) scope().values.back().used = true;
  if (direction == Direction::export_) TRY(no_borrow_in(entity));
  if (!TRY(register_type(entity, direction))) {
    return context_.fail(std::string(describe(entity.sort)) + " not valid to be used as " +
                         std::string(name_of(direction)) + ": " + hidden_ + " has no name here; it must be " +
                         (direction == Direction::import ? "imported" : "imported or exported") + " before");
  }
  TRY(extern_name(side, name, entity, direction));
  side.items.add({&name, entity});
  side.places.push_back(context_.at);
  return {};
}

// An instance of its own: the resource types that its type binds are new, and the scope's.
Result<Entity> Checker::open_instance(Entity entity, Direction direction) {
  const List<ResourceId>& defined = types_.interface(entity.type()).defined;
  if (defined.empty()) return entity;
  List<ResourceId>& bound = direction == Direction::import ? scope().imported : scope().defined;
  Substitution by(types_, context_);
  List<ResourceId> fresh;
  for (ResourceId id : defined) {
    fresh.push_back(types_.resource(types_.add_resource()));
    by.replace(id, fresh.back());
    bound.push_back(fresh.back());
  }
  Type type;
  type.kind = TypeKind::instance;
  type.interface = std::make_unique<Interface>();
  type.interface->exports = TRY(by.items(types_.interface(entity.type()).exports));
  return Entity::of(entity.sort, TRY(add(std::move(type))));
}

Result<void> Checker::no_borrow_in(const Entity& entity) {
  return entity.sort == Sort::value ? no_borrow(entity.value, "an exported value") : Result<void>();
}

// --- visibility

// Are all types that it uses visible? Then it is visible itself, from now on. Else `hidden_` says which is not.
Result<bool> Checker::register_type(const Entity& entity, Direction direction) {
  if (scope().kind == Scope::Kind::instance_type) return true;
  TRY(context_.step());
  NamedTypes& named_types = direction == Direction::import ? scope().imports.named : scope().exports.named;
  switch (entity.sort) {
    case Sort::type:
      if (direction == Direction::import && equals_export(entity.type())) {
        hidden_ = "the exported type that it equals";
        return false;
      }
      if (!TRY(all_named(entity.type(), named_types))) return false;
      // What is imported can be exported too.
      named_types.add_name(entity.type());
      scope().exports.named.add_name(entity.type());
      return true;
    case Sort::instance:
      for (const Item& item : types_.interface(entity.type()).exports) {
        if (!TRY(register_type(item.entity, direction))) return is_hidden(item.name->text);
      }
      return true;
    case Sort::func: return all_named(entity.type(), named_types);
    case Sort::value: return named(entity.value, named_types);
    default: return true;
  }
}

// Imports cannot depend on exports, and so refer to none of their names: to those of the same scope, that is.
bool Checker::equals_export(TypeId id) const {
  const TypeId from = types_.named_from(id);
  const Scope& here = *scopes_.back();
  if (from == kNoTypeId || index_of(from) < here.first_entry) return false;
  return here.exports.named.has_name(from) && !here.imports.named.has_name(from);
}

// The parts of a type that is given a name itself.
Result<bool> Checker::all_named(TypeId id, NamedTypes& named_types) {
  TRY(context_.step());
  switch (types_.kind(id)) {
    case TypeKind::resource:
    case TypeKind::component: return true;
    case TypeKind::instance: {
      if (named_types.has_body(types_.identity(id))) return true;
      const size_t outside = named_types.size();
      if (!TRY(exports_named(id, named_types))) return false;
      named_types.shrink(outside);
      named_types.add_body(types_.identity(id));
      return true;
    }
    default: return named_parts(types_[id], named_types);
  }
}

// In an instance type, the types that it exports are names for what it exports behind them.
Result<bool> Checker::exports_named(TypeId id, NamedTypes& named_types) {
  TRY(context_.step());
  for (const Item& item : types_.interface(id).exports) {
    const Entity& entity = item.entity;
    bool visible = true;
    if (entity.sort == Sort::instance) visible = TRY(exports_named(entity.type(), named_types));
    if (entity.sort == Sort::value) visible = TRY(named(entity.value, named_types));
    if (entity.sort == Sort::type || entity.sort == Sort::func) visible = TRY(all_named(entity.type(), named_types));
    if (!visible) return is_hidden(item.name->text);
    if (entity.sort == Sort::type) named_types.add_name(entity.type());
  }
  return true;
}

Result<bool> Checker::named_parts(const Type& type, NamedTypes& named_types) {
  TRY(context_.step(type.fields.size()));
  if (type.resource != kNoTypeId && !named_types.has_name(type.resource)) {
    hidden_ = "its resource type";
    return false;
  }
  if (!TRY(named(type.first, named_types)) || !TRY(named(type.second, named_types))) return false;
  for (const Field& field : type.fields) {
    if (!TRY(named(field.type, named_types))) return is_hidden(field.label);
  }
  return true;
}

// What is hidden is a part of what is called `name`.
bool Checker::is_hidden(std::string_view name) {
  if (!name.empty()) hidden_ = quoted(name) + ": " + hidden_;
  return false;
}

// A value type where it is used. Records and the like need a name; of others the parts do, and once they are found to
// have them the type need not be looked into again.
Result<bool> Checker::named(ValType type, NamedTypes& named_types) {
  if (!type.is_defined() || named_types.has_name(type_id(type))) return true;
  const uint64_t body = types_.identity(type_id(type));
  switch (types_[type].kind) {
    case TypeKind::record:
    case TypeKind::variant:
    case TypeKind::flags:
    case TypeKind::enum_: hidden_ = "its " + std::string(info(types_[type].kind).text); return false;
    default: break;
  }
  if (named_types.has_body(body)) return true;
  if (!TRY(named_parts(types_[type], named_types))) return false;
  named_types.add_body(body);
  return true;
}

}  // namespace heddle::component
