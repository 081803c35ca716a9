// Groups are written in the order in which they were wanted, but for those that another one needs: these come first.
#include "component/plug/left.h"

#include "component/syntax/extern_name.h"

namespace heddle::component::plug {

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
    if (!owners_.contains(key)) served_.try_emplace(key, Served{{&piece, &import}, from});
  });
}

std::optional<Foreign> Left::served_resource(const Foreign& type) {
  if (type.types->is_resource(type.id)) return served_.contains(key(type)) ? std::optional(type) : std::nullopt;
  if (!(*type.types)[type.id].has_resource) return std::nullopt;
  if (const auto known = resources_.find(key(type)); known != resources_.end()) return known->second;
  std::optional<Foreign> found;
  (void)each_part(type, [&](const Foreign& part) {
    if (!found) found = served_resource(part);
    return Result<void>();
  });
  return resources_.emplace(key(type), found).first->second;
}

void Left::take_served(const Foreign& type, std::vector<Foreign>& into) {
  if (!served_resource(type) || !named_.insert(key(type)).second) return;
  if (!type.types->is_resource(type.id)) {
    (void)each_part(type, [&](const Foreign& part) {
      take_served(part, into);
      return Result<void>();
    });
  }
  if (served_.contains(key(type))) into.push_back(type);
}

std::string Left::provider(const Foreign& resource) const {
  const Served& served = served_.at(key(resource));
  return "`" + std::string(served.import.import->name->text) + "`, which " + served.from + " provides";
}

Result<bool> Left::need(const Foreign& type) {
  if (served_.empty() || type.types->is_resource(type.id)) return false;
  if (const auto known = needed_.find(key(type)); known != needed_.end()) return known->second;
  bool needs = served_.contains(key(type));
  if (needs && !served_resource(type)) {
    TRY(provide(type));
  } else {
    TRY(each_part(type, [&](const Foreign& part) -> Result<void> {
      needs |= TRY(need(part));
      return {};
    }));
  }
  return needed_.emplace(key(type), needs).first->second;
}

Result<void> Left::write() {
  for (size_t i = 0; i < groups_.size(); ++i) TRY(write(groups_[i]));
  written_ = true;
  return {};
}

Result<void> Left::provide(const Foreign& type) {
  if (const auto served = served_.find(key(type)); served != served_.end()) {
    const auto resource = served_resource(type);
    if (!resource) return write_types(served->second.import);
    if (!type.types->is_resource(type.id)) return {};  // its parts will say so
    if (named_.contains(key(type))) return {};
    if (sink_) sink_->set("it uses a resource type of " + provider(*resource));
    return ErrorCode::invalid_component;
  }
  const auto owner = owners_.find(key(type));
  return owner == owners_.end() ? Result<void>() : write(groups_[owner->second]);
}

// Of an interface that is served.
Result<void> Left::write_types(const Wanted& import) {
  if (import.import->entity.sort != Sort::instance || written_) return {};
  const size_t index = by_name_.try_emplace(group_name(import.import->name->text), groups_.size()).first->second;
  if (index == groups_.size()) groups_.emplace_back();
  Group& group = groups_[index];
  if (group.state != Group::State::waiting) return {};
  group.wanted.push_back({import.piece, import.import, true});
  return write(group);
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
  std::vector<TypeWriter::Part> parts;
  for (const Wanted& wanted : group.wanted) {
    if (wanted.import->entity.sort != sort) {
      if (sink_) sink_->set(wanted.piece->name + " wants something else by that name");
      return ErrorCode::invalid_component;
    }
    if (!same_attributes(*wanted.import->name, *group.wanted[0].import->name)) {
      if (sink_) sink_->set(wanted.piece->name + " says something else of it: its attributes are not the same");
      return ErrorCode::invalid_component;
    }
    parts.push_back({wanted.type(), wanted.types_only});
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
      for (const Wanted& wanted : group.wanted) {
        types_.know_exports({wanted.type(), wanted.types_only}, instances);
      }
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
  for (const Wanted& wanted : group.wanted) {
    const auto name = versioned(wanted.import->name->text), before = versioned(best->text);
    if (name && before && precedence(name->version, before->version) > 0) best = wanted.import->name;
  }
  return *best;
}

SortIndex Left::index(const Item& import) const { return groups_[by_name_.at(group_name(import.name->text))].index; }

}  // namespace heddle::component::plug
