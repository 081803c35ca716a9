// A type is looked up where it is needed, then further out, and written where it is needed if nobody knows it.
#include "component/plug/type_writer.h"

namespace heddle::component::plug {

TypeWriter::TypeWriter(Component& out, Owner& owner, ErrorSink* sink)
    : owner_(owner), sink_(sink), outermost_{nullptr, out.order, out.types, out.aliases, {}, 0} {}

void TypeWriter::know_exports(const Foreign& instance, uint32_t index) {
  for (const Item& item : instance.types->interface(instance.id).exports) {
    if (item.entity.sort != Sort::type) continue;
    named_.try_emplace(key({instance.types, item.entity.type()}), Named{index, item.name->text});
  }
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

// Where it has a name, here or further out.
std::optional<uint32_t> TypeWriter::find(Space& space, const Foreign& type) {
  if (const auto known = space.known.find(key(type)); known != space.known.end()) return known->second;
  Alias alias;
  alias.sort = Sort::type;
  if (space.outer) {
    const std::optional<uint32_t> outside = find(*space.outer, type);
    if (!outside) return std::nullopt;
    alias.target = Alias::Target::outer;
    alias.scope = 1;
    alias.index = *outside;
  } else {
    const auto named = named_.find(key(type));
    if (named == named_.end()) return std::nullopt;
    alias.index = named->second.instance;
    alias.name = named->second.name;
    alias.scope = named->second.instance;
  }
  const uint32_t index = add_alias(space, alias);
  space.known.emplace(key(type), index);
  return index;
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
      has_items ? TRY(interface(space, kind, {&type, 1})) : add_type(space, TRY(define(space, type)));
  space.known.emplace(key(type), index);
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

Result<uint32_t> TypeWriter::instance(std::span<const Foreign> parts) {
  return interface(outermost_, TypeKind::instance, parts);
}

Result<uint32_t> TypeWriter::interface(Space& space, TypeKind kind, std::span<const Foreign> parts) {
  DefType def;
  def.kind = kind;
  def.declarations = std::make_unique<Declarations>();
  Declarations& into = *def.declarations;
  Space inside{&space, into.order, into.types, into.aliases, {}, 0};
  std::map<std::string_view, uint32_t> imports, exports;
  for (const Foreign& part : parts) {
    const Interface& type = part.types->interface(part.id);
    TRY(items(inside, *part.types, type.imports, DefKind::import, into, imports));
    TRY(items(inside, *part.types, type.exports, DefKind::export_, into, exports));
  }
  return add_type(space, std::move(def));
}

// `names` has what is there already: of types their indices.
Result<void> TypeWriter::items(Space& space, const Types& types, const Items& items, DefKind kind, Declarations& into,
                               std::map<std::string_view, uint32_t>& names) {
  std::vector<Import>& list = kind == DefKind::import ? into.imports : into.exports;
  for (const Item& item : items) {
    const bool is_type = item.entity.sort == Sort::type;
    auto known = names.find(item.name->text);
    if (known == names.end()) {
      const ExternType type = TRY(external(space, types, item.entity));
      list.push_back({*item.name, type, 0});
      extend(space.order, kind, list.size() - 1);
      known = names.emplace(item.name->text, is_type ? space.count++ : 0).first;
    }
    if (is_type) space.known.insert_or_assign(key({&types, item.entity.type()}), known->second);
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
  if (entity.sort == Sort::type && types.is_resource(type.id)) {
    TRY(owner_.provide(type));
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
