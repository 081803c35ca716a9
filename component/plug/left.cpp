// Groups are written in the order in which they were wanted, but for those that another one needs: these come first.
#include "component/plug/left.h"

#include "component/syntax/extern_name.h"

namespace heddle::component::plug {

std::string group_name(std::string_view import) {
  const auto name = parse_extern_name(import, Features(), nullptr);
  if (!name || name->kind != ParsedName::Kind::interface || name->version.empty()) return std::string(import);
  const auto version = parse_semver(name->version, nullptr);
  if (!version) return std::string(import);
  return std::string(name->package) + "/" + std::string(name->projection) + "@" + version->canonical();
}

// An import names itself, where it is a type, or what it exports.
template <class Take>
void Left::each_type(const Piece& piece, const Item& import, Take take) const {
  const Types& types = piece.checked.types;
  if (import.entity.sort == Sort::type) take(Key(&types, types.identity(import.entity.type())));
  if (import.entity.sort != Sort::instance) return;
  for (const Item& item : types.interface(import.entity.type()).exports) {
    if (item.entity.sort == Sort::type) take(Key(&types, types.identity(item.entity.type())));
  }
}

void Left::want(const Piece& piece, const Item& import) {
  const size_t group = by_name_.try_emplace(group_name(import.name->text), groups_.size()).first->second;
  if (group == groups_.size()) groups_.emplace_back();
  groups_[group].wanted.push_back({&piece, &import});
  each_type(piece, import, [&](const Key& key) {
    if (!served_.contains(key)) owners_.try_emplace(key, group);
  });
}

void Left::is_served(const Piece& piece, const Item& import, const std::string& from) {
  each_type(piece, import, [&](const Key& key) {
    if (!owners_.contains(key)) served_.try_emplace(key, "`" + std::string(import.name->text) + "`, which " + from);
  });
}

Result<void> Left::write() {
  for (Group& group : groups_) TRY(write(group));
  return {};
}

Result<void> Left::provide(const Foreign& type) {
  const Key key(type.types, type.types->identity(type.id));
  if (const auto served = served_.find(key); served != served_.end() && type.types->is_resource(type.id)) {
    if (sink_) sink_->set("it uses a resource type of " + served->second + " provides");
    return ErrorCode::invalid_component;
  }
  const auto owner = owners_.find(key);
  return owner == owners_.end() ? Result<void>() : write(groups_[owner->second]);
}

Result<void> Left::write(Group& group) {
  if (group.state != Group::State::waiting) return {};
  if (depth_ == kDeepest) {
    if (sink_) sink_->set("imports use the types of others more than " + std::to_string(kDeepest) + " deep");
    return ErrorCode::limit_exceeded;
  }
  group.state = Group::State::begun;
  ++depth_;
  const auto type = type_of(group);
  --depth_;
  const ExternName& name = name_of(group);
  if (!type.ok()) {
    const Piece& piece = *group.wanted[0].piece;
    const bool told = depth_ > 0 && type.error().code == ErrorCode::limit_exceeded;  // where the nesting begins
    if (sink_ && !told)
      sink_->detail = piece.name + ": `" + std::string(name.text) + "` cannot be left to import: " + sink_->detail;
    return type.error();
  }
  out_.imports.push_back({name, type.value(), 0});
  extend(out_.order, DefKind::import, out_.imports.size() - 1);
  group.index = add(group);
  group.state = Group::State::written;
  return {};
}

namespace {

// In whatever order; a name has each kind once. Of a version, the rest may differ.
bool same_attributes(const ExternName& a, const ExternName& b) {
  for (const auto kind : {Attribute::Kind::implements, Attribute::Kind::external_id}) {
    const auto find = [&](const ExternName& name) -> std::optional<std::string_view> {
      for (const Attribute& attribute : name.attributes) {
        if (attribute.kind == kind) return attribute.text;
      }
      return std::nullopt;
    };
    if (find(a) != find(b)) return false;
  }
  return true;
}

}  // namespace

Result<ExternType> Left::type_of(const Group& group) {
  const Sort sort = group.wanted[0].import->entity.sort;
  std::vector<Foreign> parts;
  for (const Wanted& wanted : group.wanted) {
    if (wanted.import->entity.sort != sort) {
      if (sink_) sink_->set(wanted.piece->name + " wants something else by that name");
      return ErrorCode::invalid_component;
    }
    if (!same_attributes(*wanted.import->name, *group.wanted[0].import->name)) {
      if (sink_) sink_->set(wanted.piece->name + " says something else of it: its attributes are not the same");
      return ErrorCode::invalid_component;
    }
    parts.push_back(wanted.type());
  }
  if (sort != Sort::instance) {
    return types_.external(group.wanted[0].piece->checked.types, group.wanted[0].import->entity);
  }
  ExternType type;
  type.sort = sort;
  type.index = TRY(types_.instance(parts));
  return type;
}

// The index of what was imported, and which types it has.
SortIndex Left::add(const Group& group) {
  const Sort sort = group.wanted[0].import->entity.sort;
  switch (sort) {
    case Sort::instance:
      for (const Wanted& wanted : group.wanted) types_.know_exports(wanted.type(), instances);
      return {sort, instances++};
    case Sort::type: {
      const uint32_t index = types_.add_named();
      for (const Wanted& wanted : group.wanted) types_.know(wanted.type(), index);
      return {sort, index};
    }
    case Sort::component: return {sort, components++};
    case Sort::value: return {sort, values++};
    default: return {sort, funcs++};
  }
}

const ExternName& Left::name_of(const Group& group) const {
  const ExternName* best = group.wanted[0].import->name;
  const auto version_of = [](const ExternName& name) {
    const auto parsed = parse_extern_name(name.text, Features(), nullptr);
    return parsed ? parse_semver(parsed->version, nullptr) : std::nullopt;
  };
  for (const Wanted& wanted : group.wanted) {
    const auto version = version_of(*wanted.import->name), before = version_of(*best);
    if (version && before && precedence(*version, *before) > 0) best = wanted.import->name;
  }
  return *best;
}

SortIndex Left::index(const Item& import) const { return groups_[by_name_.at(group_name(import.name->text))].index; }

}  // namespace heddle::component::plug
