// One function a kind of type. Each step is counted; types are at most kTypeDepth deep, and so is the recursion.
#include "component/valid/match.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace heddle::component {
namespace {

bool binds(const List<ResourceId>& bound, ResourceId id) {
  return std::binary_search(bound.begin(), bound.end(), id);
}

}  // namespace

// --- entities

Result<void> Matcher::entity(const Entity& given, const Entity& wanted) {
  TRY(context_.step());
  if (given.sort != wanted.sort) return expected(describe(wanted.sort), describe(given.sort));
  switch (wanted.sort) {
    case Sort::core_module: return module(given.id, wanted.id);
    case Sort::value: return value(given.value, wanted.value);
    case Sort::type: return equal(given.type(), wanted.type());
    default: return type(given.type(), wanted.type());
  }
}

Error Matcher::expected(std::string_view wanted, std::string_view found) const {
  return context_.fail("expected " + std::string(wanted) + ", found " + std::string(found));
}

// Types that are given where types are wanted are the same: each is a subtype of the other. Both are found out in one
// walk, as one for each direction at each level would be 2^depth walks.
Result<void> Matcher::equal(TypeId given, TypeId wanted) {
  const TypeKind kind = this->wanted().kind(wanted);
  const bool has_items = kind == TypeKind::component || kind == TypeKind::instance;
  const bool before = std::exchange(equal_, equal_ || has_items);
  auto same = type(given, wanted);
  equal_ = before;
  return same;
}

// Once all that is wanted is given: for equality nothing more is, and each resource type that one side binds stands
// for one of its own that the other binds.
Result<void> Matcher::only(const Items& given, const List<ResourceId>& given_bound, const Items& wanted,
                           const List<ResourceId>& bound, std::string_view missing) {
  if (!equal_) return {};
  TRY(context_.step(given.size() + bound.size()));
  for (const Item& item : given) {
    if (!wanted.find(item.name->text)) return context_.fail(std::string(missing) + " " + quoted(item.name->text));
  }
  std::unordered_set<ResourceId> taken;
  for (ResourceId id : bound) {
    const auto found = wanted_->bound.find(id);
    if (found == wanted_->bound.end()) continue;  // nothing names it
    const Resource& to = found->second.to;
    if (to.types == given_->types && binds(given_bound, to.id) && taken.insert(to.id).second) continue;
    return context_.fail("resource types are not the same");
  }
  return {};
}

// The same body, in which nothing is bound differently on the two sides.
bool Matcher::identical(TypeId given, TypeId wanted) const {
  if (given_->types != wanted_->types || !this->given().same(given, wanted)) return false;
  if (given_->bound.empty() && wanted_->bound.empty()) return true;
  return !this->given().is_resource(given) && !this->given()[given].has_resource;
}

Result<void> Matcher::type(TypeId given, TypeId wanted) {
  TRY(context_.step());
  if (identical(given, wanted)) return {};
  const TypeKind a = this->given().kind(given), b = this->wanted().kind(wanted);
  if (a == TypeKind::resource || b == TypeKind::resource) {
    if (a == b) return resource(given, wanted);
    auto name = [](const Types& types, TypeId id) -> std::string_view {
      switch (types.kind(id)) {
        case TypeKind::resource:
        case TypeKind::component:
        case TypeKind::instance:
        case TypeKind::func:
        case TypeKind::async_func: return describe(types, id);
        default: return "defined type";
      }
    };
    return expected(name(this->wanted(), wanted), name(this->given(), given));
  }
  const Type &found = this->given()[given], &asked = this->wanted()[wanted];
  const bool both_funcs = info(a).text == "func" && info(b).text == "func";
  if (both_funcs || a == TypeKind::async_func || b == TypeKind::async_func) return func(found, asked);
  if (a == TypeKind::primitive && b == TypeKind::primitive) return value(found.first, asked.first);
  if (a != b) {
    auto name = [](TypeKind kind, const Types& types, TypeId id) {
      return kind == TypeKind::primitive ? std::string_view("primitive") : describe(types, id);
    };
    // What is found is told exactly.
    return expected(name(b, this->wanted(), wanted), describe(this->given(), given));
  }
  return fields(found, asked);
}

Result<void> Matcher::value(ValType given, ValType wanted) {
  TRY(context_.step());
  auto primitive = [](const Types& types, ValType type) -> std::optional<Primitive> {
    if (type.is_primitive()) return type.primitive();
    const Type& defined = types[type];
    if (defined.kind == TypeKind::primitive) return defined.first.primitive();
    return std::nullopt;
  };
  const auto a = primitive(this->given(), given), b = primitive(this->wanted(), wanted);
  if (a && b) {
    if (*a == *b) return {};
    return context_.fail("expected primitive " + quoted(info(*b).text) + " found primitive " + quoted(info(*a).text));
  }
  if (!a && !b) return type(type_id(given), type_id(wanted));
  const bool by_name = wanted.is_defined() && b;  // the other way round nobody says which
  return expected(by_name ? "primitive" : describe(this->wanted(), wanted), describe(this->given(), given));
}

// --- value types

Result<void> Matcher::fields(const Type& given, const Type& wanted) {
  switch (wanted.kind) {
    case TypeKind::record:
    case TypeKind::variant:
    case TypeKind::tuple: {
      constexpr std::string_view kWhat[] = {" fields", " cases", " types"};
      const size_t what = wanted.kind == TypeKind::record ? 0 : wanted.kind == TypeKind::variant ? 1 : 2;
      if (given.fields.size() != wanted.fields.size()) {
        return expected(std::to_string(wanted.fields.size()).append(kWhat[what]),
                        std::to_string(given.fields.size()));
      }
      for (size_t i = 0; i < wanted.fields.size(); ++i) {
        auto tuple_field = [&] { return "type mismatch in tuple field " + std::to_string(i); };
        const auto matched = part(given.fields[i], wanted.fields[i], wanted.kind);
        TRY(what == 2 ? context_.in(matched, tuple_field) : matched);
      }
      return {};
    }
    case TypeKind::flags:
    case TypeKind::enum_:
      TRY(context_.step(wanted.fields.size()));
      if (given.fields == wanted.fields) return {};
      return context_.fail("mismatch in " + std::string(info(wanted.kind).text) + " elements");
    case TypeKind::fixed_list:
      if (given.number != wanted.number) {
        return expected("a list of length " + std::to_string(wanted.number),
                        "one of length " + std::to_string(given.number));
      }
      return value(given.first, wanted.first);
    case TypeKind::list:
    case TypeKind::option: return value(given.first, wanted.first);
    case TypeKind::map:
      TRY(context_.in(value(given.first, wanted.first), [] { return "type mismatch in map key"; }));
      return context_.in(value(given.second, wanted.second), [] { return "type mismatch in map value"; });
    case TypeKind::result:
      TRY(optional(given.first, wanted.first, "ok type", "type mismatch in ok variant"));
      return optional(given.second, wanted.second, "err type", "type mismatch in err variant");
    case TypeKind::stream: return optional(given.first, wanted.first, "stream type", "type mismatch in stream");
    case TypeKind::future: return optional(given.first, wanted.first, "future type", "type mismatch in future");
    case TypeKind::own:
    case TypeKind::borrow: return resource(given.resource, wanted.resource);
    case TypeKind::instance: return instance(*given.interface, *wanted.interface);
    case TypeKind::component: return component(*given.interface, *wanted.interface);
    case TypeKind::primitive:
    case TypeKind::resource:
    case TypeKind::func:
    case TypeKind::async_func: break;
  }
  HEDDLE_ASSERT(!"a type with parts");
  return {};
}

// Of a record, a variant or a tuple.
Result<void> Matcher::part(const Field& given, const Field& wanted, TypeKind kind) {
  if (kind == TypeKind::tuple) return value(given.type, wanted.type);
  const bool record = kind == TypeKind::record;
  if (given.label != wanted.label) {
    return expected((record ? "field name " : "case named ") + quoted(wanted.label), quoted(given.label));
  }
  auto where = [&] {
    return (record ? "type mismatch in record field " : "type mismatch in variant case ") + quoted(wanted.label);
  };
  if (given.type.present() && wanted.type.present()) return context_.in(value(given.type, wanted.type), where);
  if (given.type.present() == wanted.type.present()) return {};
  const std::string expected_case = "expected case " + quoted(wanted.label);
  return context_.fail(expected_case + (wanted.type.present() ? " to have a type, found none" : " to have no type"));
}

Result<void> Matcher::optional(ValType given, ValType wanted, std::string_view what, std::string_view where) {
  if (given.present() && wanted.present()) return context_.in(value(given, wanted), [&] { return where; });
  if (given.present() == wanted.present()) return {};
  const std::string expected_type = "expected " + std::string(what);
  return context_.fail(expected_type + (wanted.present() ? ", but found none" : " to not be present"));
}

Result<void> Matcher::resource(TypeId given, TypeId wanted) {
  const Resource a = resolve(*given_, this->given().resource(given));
  const Resource b = resolve(*wanted_, this->wanted().resource(wanted));
  if (a == b || is_left_to_others(this->wanted().resource(wanted))) return {};
  return context_.fail("resource types are not the same");
}

// --- functions, instances, components

Result<void> Matcher::func(const Type& given, const Type& wanted) {
  if (given.kind != wanted.kind) {
    auto name = [](const Type& type) -> std::string_view {
      switch (type.kind) {
        case TypeKind::func: return "sync function";
        case TypeKind::async_func: return "async function";
        default: return info(type.kind).text;
      }
    };
    return expected(name(wanted), name(given));
  }
  if (given.fields.size() != wanted.fields.size()) {
    return expected(std::to_string(wanted.fields.size()) + " parameters", std::to_string(given.fields.size()));
  }
  for (size_t i = 0; i < wanted.fields.size(); ++i) {
    const Field &a = given.fields[i], &b = wanted.fields[i];
    if (a.label != b.label) return expected("parameter named " + quoted(b.label), quoted(a.label));
    TRY(context_.in(value(a.type, b.type), [&] { return "type mismatch in function parameter " + quoted(b.label); }));
  }
  if (given.first.present() && wanted.first.present()) {
    return context_.in(value(given.first, wanted.first), [] { return "type mismatch with result type"; });
  }
  if (given.first.present() == wanted.first.present()) return {};
  return wanted.first.present()
             ? expected("a result", "none")
             : expected("no result", "one (for the function given: expected a result, found none)");
}

Result<void> Matcher::instance(const Interface& given, const Interface& wanted) {
  const size_t mark = undo_.size();
  TRY(bind(given.exports, wanted.exports, wanted.defined));
  for (const Item& item : wanted.exports) {
    TRY(context_.step());
    const std::string_view name = item.name->text;
    const Item* found = given.exports.find(name);
    if (!found) return context_.fail("missing expected export " + quoted(name));
    TRY(context_.in(entity(found->entity, item.entity),
                    [&] { return "type mismatch in instance export " + quoted(name); }));
  }
  TRY(only(given.exports, given.defined, wanted.exports, wanted.defined, "missing expected export"));
  unbind(mark);
  return {};
}

// Imports the other way round: what the wanted component is given must do for the one that is there.
Result<void> Matcher::component(const Interface& given, const Interface& wanted) {
  const size_t mark = undo_.size();
  ++components_;
  swap_sides();
  auto imports = items(wanted.imports, given.imports, given.imported, "import");
  if (imports.ok()) {
    imports = only(wanted.imports, wanted.imported, given.imports, given.imported, "missing import named");
  }
  swap_sides();
  TRY(imports);
  TRY(items(given.exports, wanted.exports, wanted.defined, "export"));
  TRY(only(given.exports, given.defined, wanted.exports, wanted.defined, "missing export named"));
  unbind(mark);
  --components_;
  return {};
}

Result<void> Matcher::items(const Items& given, const Items& wanted, const List<ResourceId>& bound,
                            std::string_view what) {
  TRY(bind(given, wanted, bound));
  for (const Item& item : wanted) {
    TRY(context_.step());
    const std::string_view name = item.name->text;
    const Item* found = given.find(name);
    if (!found) return context_.fail("missing " + std::string(what) + " named " + quoted(name));
    TRY(context_.in(entity(found->entity, item.entity),
                    [&] { return "type mismatch for " + std::string(what) + " " + quoted(name); }));
  }
  return {};
}

// --- core modules

Result<void> Matcher::module(uint32_t given, uint32_t wanted) {
  const CoreModuleType &a = this->given().modules[given], &b = this->wanted().modules[wanted];
  if (&a == &b) return {};
  TRY(core_module(this->given(), a, this->wanted(), b));
  return equal_ ? core_module(this->wanted(), b, this->given(), a) : Result<void>();
}

Result<void> Matcher::core_module(const Types& given_types, const CoreModuleType& given, const Types& wanted_types,
                                  const CoreModuleType& wanted) {
  TRY(core_items(wanted.imports, given.imports, true));
  return core_items(given_types.core_exports[given.exports], wanted_types.core_exports[wanted.exports], false);
}

Result<void> Matcher::core_items(const CoreItems& given, const CoreItems& wanted, bool imports) {
  for (const CoreItem& item : wanted) {
    TRY(context_.step());
    const std::string name = (imports ? "import `" + item.module + "::" : "export `") + item.name + "`";
    const CoreItem* found = given.find(item.module, item.name);
    if (!found) return context_.fail("missing expected " + name);
    TRY(context_.in(match_core(context_, registry_, found->type, item.type),
                    [&] { return "type mismatch in " + name; }));
  }
  return {};
}

namespace {

std::string_view name_of(ExternKind kind) {
  constexpr std::string_view kNames[] = {"func", "table", "memory", "global", "tag"};
  return kNames[static_cast<size_t>(kind)];
}

std::string why_not(const TypeRegistry& registry, const CanonicalType& given, const CanonicalType& wanted) {
  auto expected = [](std::string_view asked, std::string_view found) {
    return "expected " + std::string(asked) + ", found " + std::string(found);
  };
  if (given.kind != wanted.kind) return expected(name_of(wanted.kind), name_of(given.kind));
  switch (wanted.kind) {
    case ExternKind::table:
      if (given.table.elem != wanted.table.elem) {
        return expected("table element type " + to_string(wanted.table.elem), to_string(given.table.elem));
      }
      return given.table.addr64 != wanted.table.addr64 ? "mismatch in index type used for tables"
                                                       : "mismatch in table limits";
    case ExternKind::memory:
      if (given.memory.shared != wanted.memory.shared) return "mismatch in the shared flag for memories";
      if (given.memory.addr64 != wanted.memory.addr64) return "mismatch in index type used for memories";
      return given.memory.page_size_log2 != wanted.memory.page_size_log2 ? "mismatch in page size for memories"
                                                                         : "mismatch in memory limits";
    case ExternKind::global:
      if (given.global.mut != wanted.global.mut) {
        return expected(wanted.global.mut ? "a mutable global" : "an immutable global", "one that is not");
      }
      return expected("global type " + to_string(wanted.global.type), to_string(given.global.type));
    case ExternKind::func:
    case ExternKind::tag: break;
  }
  return "expected: " + to_string(registry, wanted) + ", found: " + to_string(registry, given);
}

}  // namespace

Result<void> match_core(const Context& context, const TypeRegistry& registry, const CanonicalType& given,
                        const CanonicalType& wanted) {
  if (matches(registry, given, wanted)) return {};
  return context.fail(why_not(registry, given, wanted));
}

// --- bound resource types

Matcher::Resource Matcher::resolve(const Side& side, ResourceId id) const {
  auto found = side.bound.find(id);
  return found != side.bound.end() ? found->second.to : Resource{side.types, id};
}

std::optional<ResourceId> Matcher::bound_to(ResourceId wanted) const {
  auto found = sides_[1].bound.find(wanted);
  if (found == sides_[1].bound.end()) return std::nullopt;
  return found->second.to.id;
}

// What a component type names cannot be compared later. Ids are those of the side that is wanted at first.
bool Matcher::is_left_to_others(ResourceId wanted) const {
  if (!others_ || components_ > 0 || equal_ || wanted_ != &sides_[1]) return false;
  return binds(*others_, wanted) && !wanted_->bound.contains(wanted);
}

Result<void> Matcher::bind(const Items& given, const Items& wanted, const List<ResourceId>& bound) {
  ++scope_;
  return bound.empty() ? Result<void>() : bind_items(given, wanted, bound);
}

Result<void> Matcher::bind_items(const Items& given, const Items& wanted, const List<ResourceId>& bound) {
  for (const Item& item : wanted) {
    TRY(context_.step());
    if (item.entity.sort != Sort::type && item.entity.sort != Sort::instance) continue;
    if (const Item* found = given.find(item.name->text)) TRY(bind_entity(found->entity, item.entity, bound));
  }
  return {};
}

// A variable is bound where it is named first; wherever else it is named, the type must turn out to be the same.
Result<void> Matcher::bind_entity(const Entity& given, const Entity& wanted, const List<ResourceId>& bound) {
  if (given.sort != wanted.sort) return {};
  if (wanted.sort == Sort::instance) {
    if (!this->wanted()[wanted.type()].has_resource) return {};
    return bind_items(this->given().interface(given.type()).exports, this->wanted().interface(wanted.type()).exports,
                      bound);
  }
  if (!this->wanted().is_resource(wanted.type()) || !this->given().is_resource(given.type())) return {};
  const ResourceId id = this->wanted().resource(wanted.type());
  if (!binds(bound, id)) return {};
  auto [place, fresh] = wanted_->bound.try_emplace(id);
  if (!fresh && place->second.scope == scope_) return {};
  undo_.push_back({wanted_, id, fresh ? std::nullopt : std::optional(place->second)});
  place->second = {resolve(*given_, this->given().resource(given.type())), scope_};
  return {};
}

void Matcher::unbind(size_t mark) {
  while (undo_.size() > mark) {
    const Undo& undo = undo_.back();
    if (undo.before) {
      undo.side->bound[undo.id] = *undo.before;
    } else {
      undo.side->bound.erase(undo.id);
    }
    undo_.pop_back();
  }
}

}  // namespace heddle::component
