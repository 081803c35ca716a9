// A type is looked up where it is needed, then further out, and written where it is needed if nobody knows it.
#include "component/plug/type_writer.h"

namespace heddle::component::plug {

TypeWriter::TypeWriter(Component& out, Owner& owner, ErrorSink* sink)
    : owner_(owner), sink_(sink), outermost_{nullptr, out.order, out.types, out.aliases, {}, {}, 0} {}

bool TypeWriter::leaves_out(const Part& part, const Item& item) {
  if (!part.types_only) return false;
  return item.entity.sort != Sort::type || !owner_.can_import({part.type.types, item.entity.type()});
}

void TypeWriter::know_exports(const Part& instance, uint32_t index) {
  for (const Item& item : instance.type.types->interface(instance.type.id).exports) {
    if (item.entity.sort != Sort::type || leaves_out(instance, item)) continue;
    const Foreign type{instance.type.types, item.entity.type()};
    named_.try_emplace(key(type), Named{index, item.name->text});
    named_entries_.try_emplace(entry(type), Named{index, item.name->text});
  }
}

std::vector<Foreign> TypeWriter::lend(const Foreign& instance, uint32_t index) {
  std::vector<Foreign> lent;
  for (const Item& item : instance.types->interface(instance.id).exports) {
    if (item.entity.sort != Sort::type || !instance.types->is_resource(item.entity.type())) continue;
    const Foreign type{instance.types, item.entity.type()};
    if (outermost_.known.contains(key(type)) ||
        !named_.try_emplace(key(type), Named{index, item.name->text}).second) {
      continue;
    }
    lent.push_back(type);
  }
  return lent;
}

void TypeWriter::forget(const std::vector<Foreign>& types) {
  for (const Foreign& type : types) {
    named_.erase(key(type));
    outermost_.known.erase(key(type));
  }
}

// The first name of a type stands for it where none of its entries is known.
void TypeWriter::name(Space& space, const Foreign& type, uint32_t index) {
  space.entries.insert_or_assign(entry(type), index);
  Known& known = space.known.try_emplace(key(type), Known{index, true}).first->second;
  if (!known.named) known = {index, true};
}

uint32_t TypeWriter::add_alias(Space& space, Alias alias) {
  space.aliases.push_back(alias);
  extend(space.order, DefKind::alias, space.aliases.size() - 1);
  return space.count++;
}

uint32_t TypeWriter::add_type(Space& space, DefType type) {
  space.types.push_back(std::move(type));
  extend(space.order, DefKind::type, space.types.size() - 1);
  return space.count++;
}

// Of a type of the scope around it.
uint32_t TypeWriter::add_outer(Space& space, uint32_t index) {
  Alias alias;
  alias.sort = Sort::type;
  alias.target = Alias::Target::outer;
  alias.scope = 1;
  alias.index = index;
  return add_alias(space, alias);
}

uint32_t TypeWriter::add_alias_of(const Named& named) {
  Alias alias;
  alias.sort = Sort::type;
  alias.scope = named.instance;
  alias.name = named.name;
  return add_alias(outermost_, alias);
}

// Where it has a name, here or further out.
std::optional<uint32_t> TypeWriter::find(Space& space, const Foreign& type) {
  if (const auto here = space.entries.find(entry(type)); here != space.entries.end()) return here->second;
  if (const auto known = space.known.find(key(type)); known != space.known.end()) return known->second.index;
  if (const std::optional<uint32_t> found = find_entry(space, type)) return found;
  uint32_t index = 0;
  if (space.outer) {
    const std::optional<uint32_t> outside = find(*space.outer, type);
    if (!outside) return std::nullopt;
    index = add_outer(space, *outside);
  } else {
    const auto named = named_.find(key(type));
    if (named == named_.end()) return std::nullopt;
    index = add_alias_of(named->second);
  }
  space.known.emplace(key(type), Known{index, false});
  return index;
}

// The same by its very name.
std::optional<uint32_t> TypeWriter::find_entry(Space& space, const Foreign& type) {
  if (const auto here = space.entries.find(entry(type)); here != space.entries.end()) return here->second;
  uint32_t index = 0;
  if (space.outer) {
    const std::optional<uint32_t> outside = find_entry(*space.outer, type);
    if (!outside) return std::nullopt;
    index = add_outer(space, *outside);
  } else {
    const auto named = named_entries_.find(entry(type));
    if (named == named_entries_.end()) return std::nullopt;
    index = add_alias_of(named->second);
  }
  space.entries.emplace(entry(type), index);
  space.known.emplace(key(type), Known{index, false});
  return index;
}

// What a new name of a type is a name of. Names of names of names are followed only so far.
std::optional<uint32_t> TypeWriter::find_original(Space& space, const Foreign& type) {
  uint32_t far = 100;
  for (TypeId from = type.types->named_from(type.id); from != kNoTypeId && far-- > 0;
       from = type.types->named_from(from)) {
    if (const auto found = find_entry(space, {type.types, from})) return found;
  }
  return std::nullopt;
}

Result<uint32_t> TypeWriter::index(Space& space, const Foreign& type) {
  TRY(owner_.provide(type));
  if (const std::optional<uint32_t> found = find(space, type)) return *found;
  if (type.types->is_resource(type.id)) {
    if (sink_) sink_->set("a resource type in it is defined by nobody who is left");
    return ErrorCode::invalid_component;
  }
  const TypeKind kind = type.types->kind(type.id);
  const bool has_items = kind == TypeKind::instance || kind == TypeKind::component;
  const uint32_t index =
      has_items ? TRY(interface(space, kind, std::vector<Part>{{type}})) : add_type(space, TRY(define(space, type)));
  space.known.emplace(key(type), Known{index, false});
  return index;
}

Result<ValType> TypeWriter::value(Space& space, const Types& types, ValType type) {
  if (!type.is_defined()) return type;
  return ValType::defined(TRY(index(space, {&types, type_id(type)})));
}

// Types with parts, and functions.
Result<DefType> TypeWriter::define(Space& space, const Foreign& foreign) {
  const Type& type = (*foreign.types)[foreign.id];
  DefType def;
  def.kind = type.kind;
  def.number = type.number;
  def.first = TRY(value(space, *foreign.types, type.first));
  def.second = TRY(value(space, *foreign.types, type.second));
  for (const Field& field : type.fields) {
    def.fields.push_back({field.label, TRY(value(space, *foreign.types, field.type))});
  }
  if (type.resource != kNoTypeId) def.number = TRY(index(space, {foreign.types, type.resource}));
  return def;
}

Result<uint32_t> TypeWriter::instance(std::span<const Part> parts) {
  return interface(outermost_, TypeKind::instance, parts);
}

Result<uint32_t> TypeWriter::interface(Space& space, TypeKind kind, std::span<const Part> parts) {
  DefType def;
  def.kind = kind;
  def.declarations = std::make_unique<Declarations>();
  Declarations& into = *def.declarations;
  Space inside{&space, into.order, into.types, into.aliases, {}, {}, 0};
  std::map<std::string_view, uint32_t> imports, exports;
  for (const Part& part : parts) {
    TRY(items(inside, part, DefKind::import, into, imports));
    TRY(items(inside, part, DefKind::export_, into, exports));
  }
  return add_type(space, std::move(def));
}

// `names` has what is there already: of types their indices.
Result<void> TypeWriter::items(Space& space, const Part& part, DefKind kind, Declarations& into,
                               std::map<std::string_view, uint32_t>& names) {
  const Types& types = *part.type.types;
  const Interface& type = types.interface(part.type.id);
  std::vector<Import>& list = kind == DefKind::import ? into.imports : into.exports;
  for (const Item& item : kind == DefKind::import ? type.imports : type.exports) {
    if (leaves_out(part, item)) continue;
    const bool is_type = item.entity.sort == Sort::type;
    auto known = names.find(item.name->text);
    if (known == names.end()) {
      const ExternType type = TRY(external(space, types, item.entity));
      list.push_back({*item.name, type, 0});
      extend(space.order, kind, list.size() - 1);
      known = names.emplace(item.name->text, is_type ? space.count++ : 0).first;
    }
    if (is_type) name(space, {&types, item.entity.type()}, known->second);
  }
  return {};
}

Result<ExternType> TypeWriter::external(Space& space, const Types& types, const Entity& entity) {
  ExternType made;
  made.sort = entity.sort;
  if (entity.sort == Sort::core_module) {
    if (sink_) sink_->set("it is or has a core module, and those a plug has to provide");
    return ErrorCode::invalid_component;
  }
  if (entity.sort == Sort::value) {
    made.type = TRY(value(space, types, entity.value));
    return made;
  }
  const Foreign type{&types, entity.type()};
  if (entity.sort == Sort::type) {
    TRY(owner_.provide(type));
    if (const std::optional<uint32_t> original = find_original(space, type)) {
      made.index = *original;
      return made;
    }
  }
  if (entity.sort == Sort::type && types.is_resource(type.id)) {
    if (const std::optional<uint32_t> known = find(space, type)) {
      made.index = *known;
    } else {
      made.bound = ExternType::Bound::sub_resource;
    }
    return made;
  }
  made.index = TRY(index(space, type));
  return made;
}

}  // namespace heddle::component::plug
