#include "component/link/linker.h"

#include "component/syntax/extern_name.h"
#include "component/valid/match.h"

namespace heddle::component::link {
namespace {

bool serves(const VersionedName& given, const VersionedName& wanted) {
  return given.shared() == wanted.shared() && precedence(given.version, wanted.version) >= 0;
}

constexpr uint64_t kMatchBytes = uint64_t{1} << 20;  // as much work as for a component of this size

}  // namespace

bool serves(std::string_view given, std::string_view wanted) {
  if (given == wanted) return true;
  const auto a = versioned(given), b = versioned(wanted);
  return a && b && serves(*a, *b);
}

Offers::Offers(const Items& exports) : exports_(&exports) {
  for (const component::Item& item : exports) {
    const auto given = versioned(item.name->text);
    if (!given) continue;
    const auto [best, fresh] = highest_.try_emplace(given->shared(), Best{given->version, &item});
    if (!fresh && precedence(given->version, best->second.version) > 0) best->second = {given->version, &item};
  }
}

const component::Item* Offers::find(std::string_view import) const {
  if (const component::Item* exact = exports_->find(import)) return exact;
  const auto wanted = versioned(import);
  if (!wanted) return nullptr;
  const auto best = highest_.find(wanted->shared());
  return best != highest_.end() && precedence(best->second.version, wanted->version) >= 0 ? best->second.item
                                                                                          : nullptr;
}

const component::Item* find_compatible(const Items& exports, std::string_view import) {
  const component::Item* exact = exports.find(import);
  return exact ? exact : Offers(exports).find(import);
}

Result<void> check_import(const rt::Engine& engine, const Loaded& given, const Entity& exported, const Loaded& wanted,
                          const Entity& imported, std::string_view name, const Features& features, ErrorSink* sink) {
  Context context(features, sink, kMatchBytes);
  Matcher matcher(context, engine.types, given.checked.types, wanted.checked.types);
  matcher.leave_to_others(wanted.type().imported);
  // Resource types that the import binds stand for those that are given.
  const ExternName own_name{name, {}};
  Items one, other;
  one.add({&own_name, exported});
  other.add({&own_name, imported});
  one.make_index();
  other.make_index();
  auto matched = matcher.items(one, other, wanted.type().imported, "import");
  return matched.ok() ? matched : Result<void>(ErrorCode::incompatible_import);
}

namespace {

Error disagree(const std::string& path, std::string_view what, ErrorSink* sink) {
  if (sink) sink->set("`" + path + "`: " + std::string(what));
  return Error{ErrorCode::incompatible_import};
}

// Of functions that match but for resource types.
bool same_resources(const canon::TypeSpace& space, const Type& wanted, const canon::FuncType& given) {
  if (!wanted.has_resource) return true;
  for (size_t i = 0; i < given.params.size(); ++i) {
    if (!(canon::T(&space, wanted.fields[i].type) == given.params[i])) return false;
  }
  return canon::T(&space, wanted.first) == given.result;
}

}  // namespace

Result<void> bind_resources(canon::TypeSpace& space, const Entity& entity, const Item& item, const std::string& path,
                            ErrorSink* sink) {
  if (entity.sort == Sort::type && space.types->is_resource(entity.type())) {
    const auto& given = std::get<TypeItem>(item).resource;
    const auto& bound = space.resources.try_emplace(space.types->resource(entity.type()), given).first->second;
    return bound == given ? Result<void>()
                          : disagree(path, "the resource type is not the one that another import is given", sink);
  }
  if (entity.sort == Sort::func) {
    const bool same = same_resources(space, (*space.types)[entity.type()], *std::get<FuncItem>(item).type);
    return same ? Result<void>() : disagree(path, "its resource types are not those of another import", sink);
  }
  if (entity.sort != Sort::instance) return {};
  const auto& instance = *std::get<std::shared_ptr<const InstanceItem>>(item);
  for (const component::Item& inner : space.types->interface(entity.type()).exports) {
    const std::string name(inner.name->text);
    std::string inside = path;
    inside.append("#").append(name);
    if (const Item* found = instance.find(name)) TRY(bind_resources(space, inner.entity, *found, inside, sink));
  }
  return {};
}

}  // namespace heddle::component::link
